//! Errors on their way through JS: failures become JS errors, what JS threw becomes a failure.
//!
//! Guards invariant 8: a code comes from the host or the engine, never from what JS threw. A
//! failure that the host gave to JS is remembered with the error object made for it, so that the
//! same object thrown on keeps its code, and one that only looks like it does not.

use crate::realm::Session;
use boa_engine::object::builtins::JsArray;
use boa_engine::object::builtins::JsProxy;
use boa_engine::property::{Attribute, PropertyDescriptor, PropertyKey};
use boa_engine::value::JsVariant;
use boa_engine::vm::meter::out_of_fuel;
use boa_engine::{Context, JsError, JsNativeError, JsObject, JsString, JsValue, js_string};
use conclave_abi::error::{ErrorCode, Failure};
use std::fmt::Write as _;

/// Longest text of an error that is kept, in bytes. Reason: a receipt's failure and a frame's
/// copy of it stay small whatever was thrown.
const TEXT_BYTES_MAX: usize = 2_048;

/// A `TypeError` with one of our codes, thrown into the running code.
pub(crate) fn throw(context: &mut Context, failure: Failure) -> JsError {
    let native = match failure.code.as_str() {
        "E_TOO_LARGE" | "E_TOO_DEEP" | "E_DEPTH" => JsNativeError::range(),
        "E_BAD_VALUE" | "E_BAD_ID" | "E_BAD_REQUEST" | "E_UNKNOWN_METHOD" => JsNativeError::typ(),
        _ => JsNativeError::error(),
    };
    let error = native
        .with_message(failure.message.clone())
        .into_opaque(context);
    let attribute = Attribute::WRITABLE | Attribute::CONFIGURABLE;
    let data = |value: JsValue| {
        PropertyDescriptor::builder()
            .value(value)
            .writable(attribute.writable())
            .enumerable(attribute.enumerable())
            .configurable(attribute.configurable())
            .build()
    };
    if !failure.name.is_empty() {
        error.insert_property(
            js_string!("name"),
            data(JsString::from(failure.name.as_str()).into()),
        );
    }
    error.insert_property(
        js_string!("code"),
        data(JsString::from(failure.code.as_str()).into()),
    );
    let path = failure
        .path
        .iter()
        .map(|id| JsValue::from(JsString::from(id.as_str())));
    let path = JsArray::from_iter(path.collect::<Vec<_>>(), context);
    error.insert_property(js_string!("path"), data(path.into()));
    Session::of(context).remember_thrown(error.clone(), failure);
    JsError::from_opaque(error.into())
}

/// A `CallError` for what a callee failed with, thrown into the running code. What ends the execution
/// ends that code too.
pub(crate) fn throw_call(context: &mut Context, failure: Failure) -> JsError {
    const CLASS: &str = "CallError";
    let session = Session::of(context);
    if failure.is(ErrorCode::Tables) {
        session.halt_with(failure);
        return out_of_fuel();
    }
    let stdlib = &session.parts().stdlib;
    let class = data(stdlib, CLASS).and_then(|class| class.as_object());
    let prototype = class.and_then(|class| data(&class, "prototype")?.as_object());
    let prototype = prototype.expect("invariant: conclave.js exports the class CallError");
    let error = JsNativeError::error()
        .with_message(failure.message.clone())
        .into_opaque(context);
    error.set_prototype(Some(prototype));
    let text = |text: &str| JsValue::from(JsString::from(text));
    let name = match failure.name.as_str() {
        "" => CLASS,
        name => name,
    };
    let path: Vec<_> = failure.path.iter().map(|id| text(id)).collect();
    for (field, value) in [
        ("name", text(name)),
        ("code", text(&failure.code)),
        ("path", JsArray::from_iter(path, context).into()),
        ("stack", text(&failure.stack)),
    ] {
        let property = PropertyDescriptor::builder()
            .value(value)
            .writable(true)
            .enumerable(false)
            .configurable(true)
            .build();
        error.insert_property(JsString::from(field), property);
    }
    session.remember_thrown(error.clone(), failure);
    JsError::from_opaque(error.into())
}

/// An own data property of an object of the stdlib.
fn data(object: &JsObject, name: &str) -> Option<JsValue> {
    let key = PropertyKey::from(JsString::from(name));
    let found = object.borrow().properties().get(&key);
    found.and_then(|found| found.value().cloned())
}

/// Where the code of a frame comes from.
pub(crate) struct Origin<'a> {
    /// What the engine's stack traces call it.
    pub(crate) path: &'a str,
    /// The subcontract that runs.
    pub(crate) id: &'a str,
}

/// The failure that a thrown value stands for. Runs no code of the subcontract.
pub(crate) fn of_thrown(context: &mut Context, thrown: &JsValue, origin: &Origin<'_>) -> Failure {
    let Some(object) = thrown.as_object() else {
        return Failure::new(ErrorCode::Throw, format!("threw {}", shown(thrown)));
    };
    if let Some(mut failure) = Session::of(context).remembered(&object) {
        // Whoever catches it further out sees all frames that it passed.
        let passed = stack(context, &object, origin);
        failure.stack.push_str(&passed);
        failure.stack = shortened(std::mem::take(&mut failure.stack));
        return failure;
    }
    let mut failure = Failure::new(ErrorCode::Throw, "");
    failure.name = data_text(&object, "name").unwrap_or_default();
    failure.message = data_text(&object, "message").unwrap_or_else(|| "threw an object".to_owned());
    failure.stack = stack(context, &object, origin);
    failure
}

/// The failure of an error that JS can't catch: the frame's gas or memory is used up, or the engine
/// found a defect of its own.
pub(crate) fn of_limit(context: &Context, error: &JsError) -> Failure {
    if let Some(halt) = Session::of(context).halt() {
        return halt;
    }
    let what = match error.as_native() {
        Some(native) => native.message().to_owned(),
        None => match error.as_engine() {
            Some(engine) => engine.to_string(),
            None => "it threw a value for a limit".to_owned(),
        },
    };
    Failure::new(
        ErrorCode::Corrupt,
        format!("the engine failed: {}", shortened(what)),
    )
}

/// A string property, own or inherited, read without running a getter or a proxy's trap.
fn data_text(object: &JsObject, name: &str) -> Option<String> {
    const CHAIN_MAX: usize = 32;
    let key = PropertyKey::from(JsString::from(name));
    let mut next = Some(object.clone());
    for _ in 0..CHAIN_MAX {
        let object = next?;
        if JsProxy::from_object(object.clone()).is_ok() {
            return None;
        }
        if let Some(found) = object.borrow().properties().get(&key) {
            return Some(beginning(&found.value()?.as_string()?));
        }
        next = object.prototype();
    }
    None
}

/// The lines of an error's stack that belong to the frame, with the source's own line numbers.
fn stack(context: &mut Context, error: &JsObject, origin: &Origin<'_>) -> String {
    let Origin { path, id } = origin;
    let getter = Session::of(context).stack_getter();
    let lines = getter.call(&error.clone().into(), &[], context).ok();
    let Some(lines) = lines.as_ref().and_then(JsValue::as_string) else {
        return String::new();
    };
    let mark = format!("({path}:");
    let mut stack = String::new();
    for line in lines.to_std_string_lossy().lines() {
        let Some((function, place)) = line.split_once(&mark) else {
            continue;
        };
        let mut place = place.trim_end_matches(')').split(':');
        let (Some(line), Some(column)) = (place.next(), place.next()) else {
            continue;
        };
        if line != "0" {
            let _ = writeln!(stack, "{function}({id}:{line}:{column})");
        }
    }
    shortened(stack)
}

/// What is said of a value that was thrown and is no object. Its text may be of any length.
fn shown(thrown: &JsValue) -> String {
    /// Bits of a BigInt whose digits are shown: to make them takes the square of their number.
    const BITS_MAX: u64 = 4_096;
    match thrown.variant() {
        JsVariant::String(text) => beginning(&text),
        JsVariant::Symbol(symbol) => {
            let description = symbol.description().unwrap_or_default();
            format!("Symbol({})", beginning(&description))
        }
        JsVariant::BigInt(number) if number.as_inner().bits() > BITS_MAX => {
            format!("a BigInt of {} bits", number.as_inner().bits())
        }
        // The engine's own display would bring 16 KB into the contract, for objects that never come here.
        JsVariant::BigInt(number) => format!("{}n", number.as_inner()),
        JsVariant::Undefined => "undefined".to_owned(),
        JsVariant::Null => "null".to_owned(),
        JsVariant::Boolean(is_true) => is_true.to_string(),
        JsVariant::Integer32(number) => number.to_string(),
        JsVariant::Float64(number) => JsString::from(number).to_std_string_lossy(),
        JsVariant::Object(_) => "an object".to_owned(),
    }
}

/// The beginning of a string, as long as the text of an error may be. Reason: to convert a whole
/// string takes gas that nobody counted.
fn beginning(text: &JsString) -> String {
    let head = text.get(..text.len().min(TEXT_BYTES_MAX + 1));
    shortened(head.unwrap_or_default().to_std_string_lossy())
}

fn shortened(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        let end = (0..=TEXT_BYTES_MAX)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
