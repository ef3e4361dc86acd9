//! What leaves the enclave and what comes back: `near.call`, `send`, `batch`, `yield`, `resume`; what
//! `near.scope` is made of; and how a method that waits forgets what it no longer needs: `checkpoint`, `continueAsNew`.

use super::amounts::{self, Given};
use super::{Function, bad, calls, host, string_argument, thrown};
use crate::copy;
use crate::late;
use crate::port::{
    Anew, Answers, CallWay, LockMode, OutsideAction, OutsideRequest, SectionRequest, Settlement,
    YieldRequest,
};
use crate::realm::Session;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsPromise;
use boa_engine::vm::meter::out_of_fuel;
use boa_engine::{Context, JsArgs, JsResult, JsString, JsValue, js_string};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::{Value, safe_integer};

/// What sections and scopes are made of (js-stdlib/src/flows.js).
pub(super) const LATE: [Function; 5] = [
    ("beginSection", 2, begin_section),
    ("endSection", 1, end_section),
    ("spawn", 4, spawn),
    ("cancel", 1, cancel),
    ("isCancelled", 0, is_cancelled),
];

/// The functions that the module `conclave` takes over.
pub(super) const FUNCTIONS: [Function; 10] = [
    ("outside", 3, outside),
    ("yield", 1, yield_now),
    ("resume", 2, resume),
    ("checkpoint", 1, checkpoint),
    ("continueAsNew", 1, continue_as_new),
    ("withLock", 3, |_, arguments, context| {
        late::call("withLock", arguments, context)
    }),
    ("optimistic", 1, |_, arguments, context| {
        late::call("optimistic", arguments, context)
    }),
    ("lockable", 2, |_, arguments, context| {
        late::call("lockable", arguments, context)
    }),
    ("scope", 1, |_, arguments, context| {
        late::call("scope", arguments, context)
    }),
    ("signal", 0, |_, arguments, context| {
        late::call("signal", arguments, context)
    }),
];

/// `outside(account, actions, answer)`, where `answer` is 0 for none, 1 for JSON and 2 for bytes.
fn outside(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let account = string_argument(arguments, 0, "the account", context)?;
    let actions = copy::out_of_js(arguments.get_or_undefined(1), context);
    let actions = actions.and_then(read_actions);
    let actions = thrown(actions, context)?;
    let answer = match arguments.get_or_undefined(2).as_i32() {
        Some(1) => Answers::Json,
        Some(2) => Answers::Bytes,
        _ => Answers::None,
    };
    let planned = host(context).outside(OutsideRequest {
        account,
        actions,
        answer,
    });
    let number = thrown(planned, context)?;
    if answer == Answers::None {
        return Ok(JsValue::undefined());
    }
    Ok(promise(number, context))
}

/// A promise that is settled when the answer of this number comes.
fn promise(number: u32, context: &mut Context) -> JsValue {
    let (promise, resolvers) = JsPromise::new_pending(context);
    Session::of(context).wait_for(number, resolvers);
    promise.into()
}

/// `near.yield({ timeoutBlocks, resumers })`
fn yield_now(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let options = copy::out_of_js(arguments.get_or_undefined(0), context);
    let request = options.and_then(read_yield);
    let made = request.and_then(|request| host(context).yield_now(request));
    let (number, token) = thrown(made, context)?;
    with_promise("token", super::text(token), number, context)
}

/// An object with a promise, and what it is known by.
fn with_promise(
    name: &str,
    known_by: JsValue,
    number: u32,
    context: &mut Context,
) -> JsResult<JsValue> {
    let promise = promise(number, context);
    let object = JsObject::with_object_proto(context.intrinsics());
    object.create_data_property_or_throw(JsString::from(name), known_by, context)?;
    object.create_data_property_or_throw(js_string!("promise"), promise, context)?;
    Ok(object.into())
}

/// `spawn(id, method, args, options)`
fn spawn(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let request = calls::request(arguments, CallWay::Call, context)?;
    let planned = host(context).spawn(request);
    let number = thrown(planned, context)?;
    with_promise("number", number.into(), number, context)
}

/// `cancel(number)`
fn cancel(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(number) = arguments.get_or_undefined(0).as_number() else {
        return Ok(JsValue::undefined());
    };
    let cancelled = host(context).cancel(number as u32);
    thrown(cancelled, context).map(|()| JsValue::undefined())
}

fn is_cancelled(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(host(context).is_cancelled().into())
}

fn read_yield(options: Value) -> Result<YieldRequest, Failure> {
    const FORM: &str = "near.yield takes { timeoutBlocks: number, resumers: [id] }";
    let fields = match options {
        Value::Undefined => Vec::new(),
        Value::Object(fields) => fields,
        _ => return Err(bad(FORM)),
    };
    let mut request = YieldRequest::default();
    for (name, value) in fields {
        match (name.as_str(), value) {
            (_, Value::Undefined) => {}
            ("timeoutBlocks", Value::Number(blocks)) => {
                let blocks = safe_integer(blocks).ok_or_else(|| bad(FORM))?;
                request.timeout_blocks = Some(blocks);
            }
            ("resumers", Value::Array(ids)) => {
                let ids = ids.into_iter().map(|id| match id {
                    Value::String(id) => Ok(id),
                    _ => Err(bad(FORM)),
                });
                request.resumers = ids.collect::<Result<_, _>>()?;
            }
            _ => return Err(bad(FORM)),
        }
    }
    Ok(request)
}

/// `near.resume(token, value)`
fn resume(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let token = string_argument(arguments, 0, "the token", context)?;
    let value = copy::out_of_js(arguments.get_or_undefined(1), context);
    let done = value.and_then(|value| host(context).resume(&token, &value));
    thrown(done, context).map(JsValue::from)
}

/// `beginSection(locks, options)`
fn begin_section(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let locks = copy::out_of_js(arguments.get_or_undefined(0), context);
    let options = copy::out_of_js(arguments.get_or_undefined(1), context);
    let request = locks.and_then(|locks| read_section(locks, options?));
    let begun = request.and_then(|request| host(context).begin_section(request));
    thrown(begun, context).map(|()| JsValue::undefined())
}

fn read_section(locks: Value, options: Value) -> Result<SectionRequest, Failure> {
    const FORM: &str = "near.withLock takes [['w', key], ['r', key]], a function, and \
         { timeoutBlocks: number }";
    let form = || bad(FORM);
    let items = match locks {
        Value::Array(items) => items,
        Value::Undefined => Vec::new(),
        _ => return Err(form()),
    };
    let lock = |item| {
        let Value::Array(pair) = item else {
            return Err(form());
        };
        let [Value::String(mode), Value::String(key)] = pair.as_slice() else {
            return Err(form());
        };
        match mode.as_str() {
            "r" => Ok((LockMode::Read, key.clone())),
            "w" => Ok((LockMode::Write, key.clone())),
            _ => Err(form()),
        }
    };
    let timeout_blocks = match options {
        Value::Undefined => None,
        Value::Object(fields) => match fields.into_iter().next() {
            None => None,
            Some((name, Value::Number(blocks))) if name == "timeoutBlocks" => {
                Some(safe_integer(blocks).ok_or_else(form)?)
            }
            Some(_) => return Err(form()),
        },
        _ => return Err(form()),
    };
    Ok(SectionRequest {
        locks: items.into_iter().map(lock).collect::<Result<_, _>>()?,
        timeout_blocks,
    })
}

/// `endSection(stays)`
fn end_section(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let settlement = match arguments.get_or_undefined(0).as_boolean() {
        Some(true) => Settlement::Keep,
        _ => Settlement::Undo,
    };
    let ended = host(context).end_section(settlement);
    thrown(ended, context).map(|()| JsValue::undefined())
}

/// `near.checkpoint()`, and `near.checkpoint(value)`, which does not return.
fn checkpoint(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(value) = arguments.first() else {
        let told = host(context).checkpoint();
        return match thrown(told, context)? {
            Some(value) => copy::into_js(&value, context),
            None => Ok(JsValue::undefined()),
        };
    };
    let value = copy::out_of_js(value, context);
    anew(value.map(Anew::From), context)
}

/// `near.continueAsNew(args)`, which does not return.
fn continue_as_new(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let args = copy::out_of_js(arguments.get_or_undefined(0), context);
    anew(args.map(Anew::With), context)
}

/// Ends the frame, which the host runs again from its beginning.
fn anew(anew: Result<Anew, Failure>, context: &mut Context) -> JsResult<JsValue> {
    let done = anew.and_then(|anew| host(context).begin_anew(anew));
    thrown(done, context)?;
    let ended = Failure::new(ErrorCode::Pending, "the method begins anew");
    Session::of(context).halt_with(ended);
    Err(out_of_fuel())
}

/// The actions that a list of objects asks for.
fn read_actions(list: Value) -> Result<Vec<OutsideAction>, Failure> {
    match list {
        Value::Array(items) if !items.is_empty() => items.into_iter().map(read_action).collect(),
        _ => Err(bad("a batch is a list of one action or more")),
    }
}

fn read_action(action: Value) -> Result<OutsideAction, Failure> {
    const FORM: &str =
        "an action is { call: method, args, deposit, gas } or { transfer: yoctoNEAR }";
    let Value::Object(fields) = action else {
        return Err(bad(FORM));
    };
    let mut args = Value::Undefined;
    let (mut method, mut transfer, mut deposit, mut gas) = (None, None, None, None);
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("args", value) => args = value,
            (_, Value::Undefined) => {}
            ("call", Value::String(name)) => method = Some(name),
            ("transfer", value) => transfer = Some(amounts::yocto(&given(value))?),
            ("deposit", value) => deposit = Some(amounts::yocto(&given(value))?),
            ("gas", value) => gas = Some(amounts::gas(&given(value))?),
            _ => return Err(bad(FORM)),
        }
    }
    match (method, transfer) {
        (Some(method), None) => Ok(OutsideAction::Call {
            method,
            args,
            deposit_yocto: deposit.unwrap_or(0),
            gas,
        }),
        (None, Some(amount_yocto)) => Ok(OutsideAction::Transfer { amount_yocto }),
        _ => Err(bad(FORM)),
    }
}

fn given(value: Value) -> Given {
    match value {
        Value::Number(number) => Given::Number(number),
        Value::BigInt(number) => Given::Big(number),
        Value::String(text) => Given::Text(text),
        _ => Given::Other,
    }
}
