//! `near.call`, `near.send` and `near.batch`: what leaves the enclave, and promises of its results.

use super::amounts::{self, Given};
use super::{Function, bad, host, string_argument, thrown};
use crate::copy;
use crate::failure::throw;
use crate::port::{Answers, OutsideAction, OutsideRequest};
use crate::realm::Session;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsArgs, JsResult, JsValue};
use conclave_abi::error::Failure;
use conclave_abi::value::Value;

/// The functions that the module `conclave` takes over.
pub(super) const FUNCTIONS: [Function; 1] = [("outside", 3, outside)];

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
    let number = match planned {
        Ok(number) => number,
        Err(failure) => return Err(throw(context, failure)),
    };
    if answer == Answers::None {
        return Ok(JsValue::undefined());
    }
    let (promise, resolvers) = JsPromise::new_pending(context);
    Session::of(context).wait_for(number, resolvers);
    Ok(promise.into())
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
