//! `near.deposit`, `balance`, `tokens`, `keep` and `transfer`: the running frame's money, in yoctoNEAR,
//! and what its subcontract holds of tokens outside.

use super::{Function, amounts, host, string_argument, thrown};
use boa_engine::{Context, JsArgs, JsBigInt, JsResult, JsValue};

/// The functions that `near` takes over.
pub(super) const FUNCTIONS: [Function; 5] = [
    ("deposit", 0, deposit),
    ("balance", 0, balance),
    ("tokens", 1, tokens),
    ("keep", 0, keep),
    ("transfer", 2, transfer),
];

fn deposit(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(JsBigInt::from(host(context).deposit()).into())
}

fn balance(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let balance = host(context).balance();
    Ok(JsBigInt::from(thrown(balance, context)?).into())
}

fn tokens(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let token = string_argument(arguments, 0, "the token's account", context)?;
    let held = host(context).tokens(&token);
    Ok(JsBigInt::from(thrown(held, context)?).into())
}

fn keep(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let amount = amounts::optional(arguments.get_or_undefined(0), amounts::yocto);
    let amount = thrown(amount, context)?;
    let kept = host(context).keep(amount);
    Ok(JsBigInt::from(thrown(kept, context)?).into())
}

fn transfer(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let to = string_argument(arguments, 0, "the account", context)?;
    let amount = amounts::of(arguments.get_or_undefined(1), amounts::yocto);
    let amount = thrown(amount, context)?;
    let done = host(context).transfer(&to, amount);
    thrown(done, context).map(|()| JsValue::undefined())
}
