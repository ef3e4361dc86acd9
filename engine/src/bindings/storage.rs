//! `storage.*`: keys and values of the running frame's own subcontract.

use super::{Function, host, string_argument, texts, thrown};
use crate::copy;
use crate::port::KeyRange;
use boa_engine::{Context, JsArgs, JsResult, JsValue};

/// The functions that `storage` wraps.
pub(super) const FUNCTIONS: [Function; 5] = [
    ("get", 1, get),
    ("set", 2, set),
    ("remove", 1, remove),
    ("has", 1, has),
    ("keys", 3, keys),
];

fn get(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = string_argument(arguments, 0, "the key", context)?;
    let found = host(context).storage_get(&key);
    match thrown(found, context)? {
        Some(value) => copy::into_js(&value, context),
        None => Ok(JsValue::undefined()),
    }
}

fn set(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = string_argument(arguments, 0, "the key", context)?;
    let value = copy::out_of_js(arguments.get_or_undefined(1), context);
    let value = thrown(value, context)?;
    let done = host(context).storage_set(&key, &value);
    thrown(done, context).map(|()| JsValue::undefined())
}

fn remove(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = string_argument(arguments, 0, "the key", context)?;
    let was_there = host(context).storage_remove(&key);
    thrown(was_there, context).map(JsValue::from)
}

fn has(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = string_argument(arguments, 0, "the key", context)?;
    let is_there = host(context).storage_has(&key);
    thrown(is_there, context).map(JsValue::from)
}

fn keys(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let range = KeyRange {
        prefix: string_argument(arguments, 0, "prefix", context)?,
        from: string_argument(arguments, 1, "from", context)?,
        limit: arguments.get_or_undefined(2).to_u32(context)?,
    };
    let keys = host(context).storage_keys(&range);
    let keys = thrown(keys, context)?;
    Ok(texts(&keys, context))
}
