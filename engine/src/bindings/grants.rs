//! `near.grant`, `revoke`, `grants` and `of`: what a subcontract lets others read of its storage.
//!
//! What a grant says is copied out of the realm before the host looks at it, so nothing of the
//! caller's code runs between the question and the answer: no getter, no proxy. What `near.of` gives
//! knows an id and holds no right: the host looks at each read anew. Its methods are functions of
//! their own, so that no argument of `storage` names another subcontract.

use super::collections::fixed;
use super::storage::{LIMIT, Options, Question, ask, limit_of};
use super::{Function, function, host, paged, string_argument, thrown};
use crate::copy;
use crate::port::{Page, Subject};
use crate::realm::Session;
use boa_engine::object::JsObject;
use boa_engine::property::{PropertyDescriptor, PropertyKey};
use boa_engine::{Context, JsArgs, JsData, JsNativeError, JsResult, JsString, JsValue};
use boa_gc::{Finalize, Trace};
use conclave_abi::value::Value;
use std::rc::Rc;

/// The functions that `near` takes over.
pub(super) const FUNCTIONS: [Function; 4] = [
    ("grant", 2, grant),
    ("revoke", 1, revoke),
    ("grants", 0, grants),
    ("of", 1, of),
];

/// The methods of what `near.of` gives.
const METHODS: [Function; 5] = [
    ("get", 1, get),
    ("has", 1, has),
    ("keys", 0, keys),
    ("entries", 0, entries),
    ("count", 0, count),
];

/// What `near.of` gives; JS can't reach the id.
#[derive(Debug, Trace, Finalize, JsData)]
#[boa_gc(unsafe_empty_trace)]
struct Granted(Rc<str>);

/// The prototype of what `near.of` gives.
pub(super) fn prototype(context: &mut Context) -> JsObject {
    let prototype = JsObject::with_object_proto(context.intrinsics());
    for (name, length, pointer) in METHODS {
        let method = function(context, name, length, pointer);
        let property = PropertyDescriptor::builder().value(method);
        let key = PropertyKey::from(JsString::from(name));
        prototype.insert_property(key, fixed(property));
    }
    prototype
}

#[inline(never)]
fn peer(arguments: &[JsValue], context: &mut Context) -> JsResult<String> {
    string_argument(arguments, 0, "the subcontract's id", context)
}

fn grant(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let peer = peer(arguments, context)?;
    let grant = copy::out_of_js(arguments.get_or_undefined(1), context);
    let done = grant.and_then(|grant| host(context).grant(&peer, grant));
    thrown(done, context).map(|()| JsValue::undefined())
}

fn revoke(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let peer = peer(arguments, context)?;
    let was_there = host(context).revoke(&peer);
    thrown(was_there, context).map(JsValue::from)
}

/// A page of the grants that options `{ from, limit }` ask for.
fn grants(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let options = Options::of(arguments.get_or_undefined(0), context)?;
    let from = options.text("from", context)?.unwrap_or_default();
    let limit = limit_of(&options.get("limit", context)?, LIMIT, context)?;
    let page = host(context).grants(&from, limit);
    let Page { items, next } = thrown(page, context)?;
    let mut shown = Vec::with_capacity(items.len());
    for (peer, grant) in items {
        if let Value::Object(mut fields) = grant {
            fields.insert(0, ("peer".to_owned(), Value::String(peer)));
            shown.push(Value::Object(fields));
        }
    }
    let next = next.map_or(Value::Null, Value::String);
    paged(shown, next, context)
}

fn of(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let granted = Granted(peer(arguments, context)?.into());
    let prototype = Session::of(context).parts().granted.clone();
    Ok(JsObject::from_proto_and_data(prototype, granted).into())
}

#[inline(never)]
fn ask_granted(
    question: Question,
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let object = this.as_object();
    let id = object.and_then(|object| Some(Rc::clone(&object.downcast_ref::<Granted>()?.0)));
    let Some(id) = id else {
        let message = "a method of what near.of gives is called on something else";
        return Err(JsNativeError::typ().with_message(message).into());
    };
    ask(question, Subject::Of(&id), arguments, context)
}

fn get(this: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask_granted(Question::Get, this, arguments, context)
}

fn has(this: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask_granted(Question::Has, this, arguments, context)
}

fn keys(this: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask_granted(Question::Keys, this, arguments, context)
}

fn entries(this: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask_granted(Question::Entries, this, arguments, context)
}

fn count(this: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask_granted(Question::Count, this, arguments, context)
}
