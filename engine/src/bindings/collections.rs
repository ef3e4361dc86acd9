//! Places and names of the persistent collections (js-stdlib/src/collections, docs/spec/collections.md).
//!
//! A key that can't be one is refused here, before anything is read or written.

use super::{Function, bad, string_argument, text, thrown};
use crate::copy;
use crate::failure::throw;
use boa_engine::{Context, JsArgs, JsResult, JsValue};
use conclave_abi::element::{self, ElementError};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;

/// The functions that the collections use.
pub(super) const FUNCTIONS: [Function; 4] = [
    ("place", 1, place),
    ("name", 2, name),
    ("key", 2, key),
    ("refuse", 1, refuse),
];

/// The key that a name of the storage stands for.
///
/// # Errors
/// `E_BAD_VALUE` for a name that the collection did not make.
pub(super) fn key_of(place: &str, name: &str) -> Result<Value, Failure> {
    element::key(place, name).ok_or_else(|| {
        bad(
            "the storage has a name here that is none of this collection's; two collections of \
             different kinds must not share a name",
        )
    })
}

fn failure(error: ElementError) -> Failure {
    let code = match error {
        ElementError::Collection | ElementError::Kind => ErrorCode::BadValue,
        ElementError::TooLarge { .. } => ErrorCode::TooLarge,
    };
    Failure::new(code, error.to_string())
}

fn place(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let collection = string_argument(arguments, 0, "a collection's name", context)?;
    let place = element::place(&collection).map_err(failure);
    thrown(place, context).map(text)
}

fn name(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let place = string_argument(arguments, 0, "the place", context)?;
    let key = copy::out_of_js(arguments.get_or_undefined(1), context);
    let key = thrown(key, context)?;
    let name = element::name(&place, &key).map_err(failure);
    thrown(name, context).map(text)
}

fn key(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let place = string_argument(arguments, 0, "the place", context)?;
    let name = string_argument(arguments, 1, "the name", context)?;
    let key = thrown(key_of(&place, &name), context)?;
    copy::into_js(&key, context)
}

/// Throws `E_BAD_VALUE`, with what is wrong.
fn refuse(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let why = string_argument(arguments, 0, "the reason", context)?;
    Err(throw(context, bad(why)))
}
