//! Native functions behind the module `conclave`: they turn JS arguments into what [`Host`] takes.
//!
//! Guards invariant 9: whatever JS passes, the answer is a value or a JS error.

use crate::copy;
use crate::failure::throw;
use crate::guest::BoaGuest;
use crate::port::{CallRequest, CallWay, Host, KeyRange};
use crate::realm::Session;
use boa_engine::native_function::NativeFunctionPointer;
use boa_engine::object::builtins::{JsArray, JsUint8Array};
use boa_engine::object::{FunctionObjectBuilder, JsObject};
use boa_engine::vm::meter::out_of_fuel;
use boa_engine::{
    Context, JsArgs, JsBigInt, JsError, JsResult, JsString, JsValue, NativeFunction, js_string,
};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use std::rc::Rc;

/// Name, number of parameters, function.
const FUNCTIONS: [(&str, usize, NativeFunctionPointer); 15] = [
    ("caller", 0, caller),
    ("signer", 0, signer),
    ("self", 0, own_id),
    ("deposit", 0, deposit),
    ("blockHeight", 0, block_height),
    ("blockTimestamp", 0, block_timestamp),
    ("randomSeed", 0, random_seed),
    ("log", 1, log),
    ("sha256", 1, sha256),
    ("get", 1, storage_get),
    ("set", 2, storage_set),
    ("remove", 1, storage_remove),
    ("has", 1, storage_has),
    ("keys", 3, storage_keys),
    ("call", 3, call),
];

/// The object of native functions that js-stdlib/src/conclave.js wraps.
pub(crate) fn object(context: &mut Context) -> JsResult<JsObject> {
    let object = JsObject::with_object_proto(context.intrinsics());
    for (name, length, pointer) in FUNCTIONS {
        let function = function(context, name, length, pointer);
        object.create_data_property_or_throw(JsString::from(name), function, context)?;
    }
    Ok(object)
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

/// A string argument, or a `TypeError` that names it.
fn string_argument(
    arguments: &[JsValue],
    index: usize,
    name: &str,
    context: &mut Context,
) -> JsResult<String> {
    let argument = arguments.get_or_undefined(index);
    let found = match argument.as_string() {
        Some(found) => found
            .to_std_string()
            .map_err(|_| "is not well-formed Unicode"),
        None => Err("must be a string"),
    };
    let found = found.map_err(|why| Failure::new(ErrorCode::BadValue, format!("{name} {why}")));
    thrown(found, context)
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

fn deposit(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(JsBigInt::from(host(context).deposit()).into())
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
            let failure =
                Failure::new(ErrorCode::BadValue, "sha256 takes a string or a Uint8Array");
            return Err(throw(context, failure));
        }
    };
    Ok(JsUint8Array::from_iter(digest, context)?.into())
}

fn storage_get(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = string_argument(arguments, 0, "the key", context)?;
    let found = host(context).storage_get(&key);
    match thrown(found, context)? {
        Some(value) => copy::into_js(&value, context),
        None => Ok(JsValue::undefined()),
    }
}

fn storage_set(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = string_argument(arguments, 0, "the key", context)?;
    let value = copy::out_of_js(arguments.get_or_undefined(1), context);
    let value = thrown(value, context)?;
    let done = host(context).storage_set(&key, &value);
    thrown(done, context).map(|()| JsValue::undefined())
}

fn storage_remove(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = string_argument(arguments, 0, "the key", context)?;
    let was_there = host(context).storage_remove(&key);
    thrown(was_there, context).map(JsValue::from)
}

fn storage_has(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = string_argument(arguments, 0, "the key", context)?;
    let is_there = host(context).storage_has(&key);
    thrown(is_there, context).map(JsValue::from)
}

fn storage_keys(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let range = KeyRange {
        prefix: string_argument(arguments, 0, "prefix", context)?,
        from: string_argument(arguments, 1, "from", context)?,
        limit: arguments.get_or_undefined(2).to_u32(context)?,
    };
    let keys = host(context).storage_keys(&range);
    let keys = thrown(keys, context)?;
    Ok(JsArray::from_iter(keys.iter().map(text).collect::<Vec<_>>(), context).into())
}

fn call(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let id = string_argument(arguments, 0, "the subcontract's id", context)?;
    let method = string_argument(arguments, 1, "the method's name", context)?;
    let args = copy::out_of_js(arguments.get_or_undefined(2), context);
    let args = thrown(args, context)?;
    let request = CallRequest {
        id,
        method,
        args,
        gas: None,
        deposit_yocto: 0,
        way: CallWay::Call,
    };
    let result = host(context).call(&mut BoaGuest::new(context), request);
    if let Err(failure) = &result
        && failure.is(ErrorCode::Corrupt)
    {
        // What is broken goes on past the caller's `catch` too (invariant 8).
        Session::of(context).halt_with(failure.clone());
        return Err(out_of_fuel());
    }
    let result = thrown(result, context)?;
    copy::into_js(&result, context)
}
