//! What a `PersistentMap`, a `PersistentSet` and a `PersistentSortedMap` are asked of one key.

use super::{Collection, Kind, walk};
use crate::bindings::{host, storage, thrown};
use crate::copy;
use crate::port::{Order, Subject};
use boa_engine::{Context, JsArgs, JsResult, JsValue};
use conclave_abi::value::Value;

const KEYED: &[Kind] = &[Kind::Map, Kind::Set];

pub(super) fn get(
    own: &Collection,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let name = own.name(arguments.get_or_undefined(0), context)?;
    storage::read(Subject::Own, &name, context)
}

pub(super) fn set(own: &Collection, arguments: &[JsValue], context: &mut Context) -> JsResult<()> {
    let name = own.name(arguments.get_or_undefined(0), context)?;
    storage::write(&name, arguments.get_or_undefined(1), context)
}

pub(super) fn add(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, &[Kind::Set])?;
    let name = own.name(arguments.get_or_undefined(0), context)?;
    storage::write(&name, &JsValue::from(true), context)?;
    Ok(this.clone())
}

pub(super) fn has(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, KEYED)?;
    let name = own.name(arguments.get_or_undefined(0), context)?;
    let is_there = host(context).storage_has(Subject::Own, &name);
    thrown(is_there, context).map(JsValue::from)
}

pub(super) fn delete(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, KEYED)?;
    let name = own.name(arguments.get_or_undefined(0), context)?;
    let was_there = host(context).storage_remove(&name);
    thrown(was_there, context).map(JsValue::from)
}

pub(super) fn size(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, KEYED)?;
    storage::counted(Subject::Own, &own.place, context)
}

pub(super) fn first(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, &[Kind::Map])?;
    walk::nearest(&own, None, None, Order::Ascending, context)
}

pub(super) fn last(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, &[Kind::Map])?;
    walk::nearest(&own, None, None, Order::Descending, context)
}

pub(super) fn ceiling(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, &[Kind::Map])?;
    let name = own.name(arguments.get_or_undefined(0), context)?;
    walk::nearest(&own, Some(name), None, Order::Ascending, context)
}

/// The entry of the key itself, which an exclusive bound leaves out, or else the nearest below.
pub(super) fn floor(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, &[Kind::Map])?;
    let name = own.name(arguments.get_or_undefined(0), context)?;
    let found = host(context).storage_get(Subject::Own, &name);
    match thrown(found, context)? {
        Some(value) => {
            let key = thrown(walk::key_of(&own.place, &name), context)?;
            copy::into_js(&Value::Array(vec![key, value]), context)
        }
        None => walk::nearest(&own, None, Some(name), Order::Descending, context),
    }
}
