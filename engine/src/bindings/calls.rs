//! `call`, `view`, `after` and `near.atomic`: other subcontracts' frames, and savepoints of one's own.
//!
//! What a callee fails with becomes a `CallError`; what the caller itself did wrong (an argument,
//! a refusal before any frame) becomes a native error.

use super::{Function, amounts, bad, host, string, string_argument, thrown};
use crate::copy;
use crate::failure::{throw, throw_call};
use crate::guest::BoaGuest;
use crate::port::{AfterRequest, CallRequest, CallWay, On, Settlement};
use crate::realm::Session;
use boa_engine::vm::meter::out_of_fuel;
use boa_engine::{Context, JsArgs, JsResult, JsString, JsValue};
use conclave_abi::error::ErrorCode;

/// The functions that the module `conclave` takes over.
pub(super) const FUNCTIONS: [Function; 4] = [
    ("call", 3, call),
    ("view", 3, view),
    ("after", 3, after),
    ("atomic", 1, atomic),
];

fn call(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let request = request(arguments, CallWay::Call, context)?;
    enter(request, context)
}

fn view(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let request = request(arguments, CallWay::View, context)?;
    enter(request, context)
}

fn enter(request: CallRequest, context: &mut Context) -> JsResult<JsValue> {
    let result = host(context).call(&mut BoaGuest::new(context), request);
    match result {
        Ok(value) => copy::into_js(&value, context),
        Err(failure) if failure.is(ErrorCode::Corrupt) => {
            // What is broken goes on past the caller's `catch` too (invariant 8).
            Session::of(context).halt_with(failure);
            Err(out_of_fuel())
        }
        Err(failure) => Err(throw_call(context, failure)),
    }
}

fn after(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let call = request(arguments, CallWay::Call, context)?;
    let options = arguments.get_or_undefined(3);
    let on = option(options, "on", context)?;
    let on = outcomes(&on, context)?;
    let reply = option(options, "reply", context)?;
    let reply = if reply.is_undefined() {
        None
    } else {
        Some(string(&reply, "the option `reply`", context)?)
    };
    let done = host(context).after(AfterRequest { call, on, reply });
    thrown(done, context).map(|()| JsValue::undefined())
}

/// What the arguments `id, method, args, {gas, deposit}` ask for. Each option is read once; a
/// view has no deposit.
pub(super) fn request(
    arguments: &[JsValue],
    way: CallWay,
    context: &mut Context,
) -> JsResult<CallRequest> {
    let id = string_argument(arguments, 0, "the subcontract's id", context)?;
    let method = string_argument(arguments, 1, "the method's name", context)?;
    let args = copy::out_of_js(arguments.get_or_undefined(2), context);
    let args = thrown(args, context)?;
    let options = arguments.get_or_undefined(3);
    if !options.is_undefined() && !options.is_object() {
        let failure = bad("options must be an object like { gas: '5 Tgas', deposit: 1n }");
        return Err(throw(context, failure));
    }
    let gas = option(options, "gas", context)?;
    let gas = thrown(amounts::optional(&gas, amounts::gas), context)?;
    let deposit = option(options, "deposit", context)?;
    let deposit = thrown(amounts::optional(&deposit, amounts::yocto), context)?;
    if way == CallWay::View && deposit.is_some_and(|deposit| deposit > 0) {
        return Err(throw(context, bad("a view takes no deposit; use call")));
    }
    Ok(CallRequest {
        id,
        method,
        args,
        gas,
        deposit_yocto: deposit.unwrap_or(0),
        way,
    })
}

/// Reads an option; this may run a getter of the caller.
fn option(options: &JsValue, name: &str, context: &mut Context) -> JsResult<JsValue> {
    match options.as_object() {
        Some(options) => options.get(JsString::from(name), context),
        None => Ok(JsValue::undefined()),
    }
}

/// What the option `on` says.
fn outcomes(value: &JsValue, context: &mut Context) -> JsResult<On> {
    if value.is_undefined() {
        return Ok(On::Success);
    }
    let known = match string(value, "the option `on`", context)?.as_str() {
        "success" => Some(On::Success),
        "error" => Some(On::Error),
        "always" => Some(On::Always),
        _ => None,
    };
    let known = known.ok_or_else(|| bad("the option `on` must be 'success', 'error' or 'always'"));
    thrown(known, context)
}

/// Runs a function in a savepoint: what it did stays if it returns, and is undone if it throws.
/// What it threw goes on as it is, also what JS can't catch.
fn atomic(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(body) = arguments.get_or_undefined(0).as_callable() else {
        let failure = bad("near.atomic takes a function: near.atomic(() => { … })");
        return Err(throw(context, failure));
    };
    let host = host(context);
    host.savepoint();
    let result = body.call(&JsValue::undefined(), &[], context);
    let is_promise = matches!(&result, Ok(value) if value.as_promise().is_some());
    if is_promise {
        host.settle(Settlement::Undo);
        let failure = bad(
            "near.atomic takes a synchronous function: this one returned a promise, \
             and what it did so far is undone",
        );
        return Err(throw(context, failure));
    }
    host.settle(match result {
        Ok(_) => Settlement::Keep,
        Err(_) => Settlement::Undo,
    });
    result
}
