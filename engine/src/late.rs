//! The part of the module 'conclave' that is made when it is first used: sections and scopes of methods
//! that wait (js-stdlib/src/flows.js).
//!
//! In the realm there are native functions in its place, and its compiled code of 3,296 bytes. Its
//! functions took some 17,000 in the snapshot, and every call paid for them (docs/adr/0085).

use crate::bindings::late_natives;
use crate::failure;
use crate::realm::{Session, without_comments};
use boa_engine::object::JsObject;
use boa_engine::vm::image::{self, Origin, Part};
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue, Script, Source, js_error};
use conclave_abi::error::{ErrorCode, Failure};
use std::rc::Rc;

/// What stack traces call it, as the rest of the module.
const PATH: &str = "conclave";

/// Compiles it, when the realm is made.
pub(crate) fn compiled(context: &mut Context) -> JsResult<Part> {
    let text = without_comments(conclave_js_stdlib::FLOWS);
    let script = Script::parse(Source::from_bytes(&text), None, context)?;
    let code = script.codeblock(context)?;
    let bytes = image::write(&code)
        .map_err(|error| JsNativeError::error().with_message(error.to_string()))?;
    Ok(bytes.into())
}

/// Calls one of its functions.
pub(crate) fn call(name: &str, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let object = functions(context)?;
    let function = object.get(JsString::from(name), context)?;
    let function = function
        .as_callable()
        .ok_or_else(|| js_error!(TypeError: "there is no such function"))?;
    function.call(&JsValue::undefined(), arguments, context)
}

/// Its functions; made once per execution.
fn functions(context: &mut Context) -> JsResult<JsObject> {
    let session = Session::of(context);
    if let Some(known) = session.late() {
        return Ok(known);
    }
    let parts = session.parts();
    let origin = Origin {
        path: Some(PATH.into()),
        source: Rc::new(|| None),
    };
    let script = image::read(parts.late.clone(), origin, context).map_err(|error| {
        let failure = Failure::new(ErrorCode::Corrupt, error.to_string());
        failure::throw(context, failure)
    })?;
    let make = script.evaluate(context)?;
    let natives = late_natives(context)?;
    let parameters = [natives.into(), parts.stdlib.clone().into()];
    let made = match make.as_callable() {
        Some(make) => make.call(&JsValue::undefined(), &parameters, context)?,
        None => make,
    };
    let made = made
        .as_object()
        .ok_or_else(|| js_error!(TypeError: "the module is no object"))?;
    session.keep_late(made.clone());
    Ok(made)
}
