//! Native functions behind the module `conclave`: they turn JS arguments into what [`Host`] takes.
//!
//! Guards invariant 9: whatever JS passes, the answer is a value or a JS error.

mod amounts;
mod calls;
mod collections;
mod grants;
mod money;
mod outside;
mod storage;

use crate::copy;
use crate::failure::throw;
use crate::port::Host;
use crate::realm::Session;
use boa_engine::native_function::NativeFunctionPointer;
use boa_engine::object::builtins::{JsArray, JsUint8Array};
use boa_engine::object::{FunctionObjectBuilder, JsObject};
use boa_engine::{
    Context, JsArgs, JsBigInt, JsError, JsResult, JsString, JsValue, NativeFunction, js_string,
};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use std::rc::Rc;

/// Name, number of parameters, function.
type Function = (&'static str, usize, NativeFunctionPointer);

/// What the running code may know of its surroundings.
const FUNCTIONS: [Function; 9] = [
    ("caller", 0, caller),
    ("signer", 0, signer),
    ("self", 0, own_id),
    ("path", 0, path),
    ("blockHeight", 0, block_height),
    ("blockTimestamp", 0, block_timestamp),
    ("randomSeed", 0, random_seed),
    ("log", 1, log),
    ("sha256", 1, sha256),
];

/// What the realm takes of the bindings.
pub(crate) struct Natives {
    /// The functions and classes that js-stdlib/src/conclave.js wraps.
    pub(crate) object: JsObject,
    /// The prototype of iterators over collections.
    pub(crate) walk: JsObject,
    /// The prototype of what `near.of` gives.
    pub(crate) granted: JsObject,
}

/// Makes the native functions and classes.
pub(crate) fn natives(context: &mut Context) -> JsResult<Natives> {
    let object = JsObject::with_object_proto(context.intrinsics());
    let tables: [&[Function]; 6] = [
        &FUNCTIONS,
        &storage::FUNCTIONS,
        &grants::FUNCTIONS,
        &money::FUNCTIONS,
        &calls::FUNCTIONS,
        &outside::FUNCTIONS,
    ];
    for table in tables {
        put_functions(&object, table, context)?;
    }
    let (classes, walk) = collections::classes(context)?;
    object.create_data_property_or_throw(js_string!("collections"), classes, context)?;
    Ok(Natives {
        object,
        walk,
        granted: grants::prototype(context),
    })
}

/// Makes the native functions of which sections and scopes are made.
pub(crate) fn late_natives(context: &mut Context) -> JsResult<JsObject> {
    let object = JsObject::with_object_proto(context.intrinsics());
    put_functions(&object, &outside::LATE, context)?;
    Ok(object)
}

fn put_functions(object: &JsObject, table: &[Function], context: &mut Context) -> JsResult<()> {
    for &(name, length, pointer) in table {
        let function = function(context, name, length, pointer);
        object.create_data_property_or_throw(JsString::from(name), function, context)?;
    }
    Ok(())
}

/// Binds `Math.random` to the block's seed.
pub(crate) fn replace_random(context: &mut Context) -> JsResult<()> {
    let random = function(context, "random", 0, math_random);
    let global = context.global_object();
    let math = global.get(js_string!("Math"), context)?;
    let math = math.as_object().expect("invariant: a realm has Math");
    math.set(js_string!("random"), random, true, context)?;
    Ok(())
}

fn function(
    context: &Context,
    name: &str,
    length: usize,
    pointer: NativeFunctionPointer,
) -> JsValue {
    FunctionObjectBuilder::new(context.realm(), NativeFunction::from_fn_ptr(pointer))
        .name(JsString::from(name))
        .length(length)
        .constructor(false)
        .build()
        .into()
}

fn host(context: &Context) -> Rc<dyn Host> {
    Session::of(context).host()
}

/// Throws a failure of the host into the running code.
fn thrown<T>(result: Result<T, Failure>, context: &mut Context) -> Result<T, JsError> {
    result.map_err(|failure| throw(context, failure))
}

fn text(value: impl AsRef<str>) -> JsValue {
    JsString::from(value.as_ref()).into()
}

/// An array of strings.
fn texts(items: &[String], context: &mut Context) -> JsValue {
    JsArray::from_iter(items.iter().map(text).collect::<Vec<_>>(), context).into()
}

/// A page of a list, and where the next one begins.
fn paged(items: Vec<Value>, next: Value, context: &mut Context) -> JsResult<JsValue> {
    let page = vec![
        ("items".to_owned(), Value::Array(items)),
        ("next".to_owned(), next),
    ];
    copy::into_js(&Value::Object(page), context)
}

/// A failure for an argument that breaks its rule.
fn bad(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::BadValue, message)
}

/// A string argument, or a `TypeError` that names it.
fn string_argument(
    arguments: &[JsValue],
    index: usize,
    name: &str,
    context: &mut Context,
) -> JsResult<String> {
    string(arguments.get_or_undefined(index), name, context)
}

fn string(value: &JsValue, name: &str, context: &mut Context) -> JsResult<String> {
    let why = match value.as_string() {
        Some(found) => match copy::text_of(&found, context)? {
            Some(text) => return Ok(text),
            None => "is not well-formed Unicode",
        },
        None => "must be a string",
    };
    Err(throw(context, bad(format!("{name} {why}"))))
}

fn caller(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(host(context).caller().map_or_else(JsValue::null, text))
}

fn signer(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let signer = host(context).signer();
    thrown(signer, context).map(text)
}

fn own_id(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(text(host(context).own_id()))
}

fn path(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(texts(&host(context).path(), context))
}

fn block_height(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    #[expect(clippy::cast_precision_loss, reason = "a height stays under 2^53")]
    let height = host(context).block_height() as f64;
    Ok(JsValue::from(height))
}

fn block_timestamp(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(JsBigInt::from(host(context).block_timestamp_ns()).into())
}

fn random_seed(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let seed = host(context).random_seed();
    let seed = thrown(seed, context)?;
    Ok(JsUint8Array::from_iter(seed, context)?.into())
}

fn math_random(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fraction = Session::of(context).random_fraction();
    thrown(fraction, context).map(JsValue::from)
}

fn log(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let line = string_argument(arguments, 0, "the text", context)?;
    let done = host(context).log(&line);
    thrown(done, context).map(|()| JsValue::undefined())
}

/// The sha256 of a string's UTF-8 or of a `Uint8Array`.
fn sha256(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let data = copy::out_of_js(arguments.get_or_undefined(0), context);
    let digest = match thrown(data, context)? {
        Value::String(text) => host(context).sha256(text.as_bytes()),
        Value::Bytes(bytes) => host(context).sha256(&bytes),
        _ => {
            return Err(throw(context, bad("sha256 takes a string or a Uint8Array")));
        }
    };
    let digest = thrown(digest, context)?;
    Ok(JsUint8Array::from_iter(digest, context)?.into())
}
