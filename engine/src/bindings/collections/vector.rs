//! `PersistentVector`: items under their indexes, and the length under the place itself.

use super::{Collection, Kind, strange};
use crate::bindings::{bad, host, storage, thrown};
use crate::copy;
use crate::port::{Host, Settlement, Subject};
use boa_engine::value::IntegerOrInfinity;
use boa_engine::{Context, JsArgs, JsResult, JsValue};
use conclave_abi::element;
use conclave_abi::error::Failure;
use conclave_abi::value::Value;

const VECTOR: &[Kind] = &[Kind::Vector];
/// Most items. Reason: an index has to be a number that is exact; nobody can pay for so many.
const ITEMS_MAX: u64 = 1 << 32;

/// The name of an item.
pub(super) fn name(own: &Collection, index: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "indexes are below 2^53")]
    let key = Value::Number(index as f64);
    element::name(&own.place, &key).expect("invariant: a number is a key, and is short")
}

/// How many items there are.
fn items(own: &Collection, host: &dyn Host) -> Result<u64, Failure> {
    match host.storage_get(Subject::Own, &own.place)? {
        None => Ok(0),
        Some(Value::Number(length)) => whole(length).ok_or_else(strange),
        Some(_) => Err(strange()),
    }
}

/// A number that can be an index.
fn whole(number: f64) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked"
    )]
    let whole = number as u64;
    #[expect(clippy::cast_precision_loss, reason = "bounded")]
    let back = whole.min(ITEMS_MAX) as f64;
    // `-0` is an index too.
    (back - number == 0.0).then_some(whole)
}

/// An argument that is an index.
fn index(arguments: &[JsValue]) -> Option<u64> {
    whole(arguments.get_or_undefined(0).as_number()?)
}

fn resize(own: &Collection, length: u64, host: &dyn Host) -> Result<(), Failure> {
    if length == 0 {
        return host.storage_remove(&own.place).map(drop);
    }
    #[expect(clippy::cast_precision_loss, reason = "a length is below 2^53")]
    let length = Value::Number(length as f64);
    host.storage_set(&own.place, &length)
}

/// An argument that is the index of an item.
fn within(own: &Collection, arguments: &[JsValue], context: &Context) -> Result<u64, Failure> {
    let length = items(own, &*host(context))?;
    index(arguments)
        .filter(|index| *index < length)
        .ok_or_else(|| bad(format!("the index is none of a vector of {length} items")))
}

pub(super) fn length(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, VECTOR)?;
    let length = items(&own, &*host(context));
    thrown(length, context).map(JsValue::from)
}

pub(super) fn get(
    own: &Collection,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    match index(arguments) {
        Some(index) => storage::read(Subject::Own, &name(own, index), context),
        None => Ok(JsValue::undefined()),
    }
}

pub(super) fn at(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, VECTOR)?;
    let index = match arguments
        .get_or_undefined(0)
        .to_integer_or_infinity(context)?
    {
        IntegerOrInfinity::Integer(index) => index,
        IntegerOrInfinity::PositiveInfinity | IntegerOrInfinity::NegativeInfinity => {
            return Ok(JsValue::undefined());
        }
    };
    let index = match u64::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => {
            let length = items(&own, &*host(context));
            thrown(length, context)?.checked_sub(index.unsigned_abs())
        }
    };
    match index.filter(|index| *index < ITEMS_MAX) {
        Some(index) => storage::read(Subject::Own, &name(&own, index), context),
        None => Ok(JsValue::undefined()),
    }
}

pub(super) fn set(own: &Collection, arguments: &[JsValue], context: &mut Context) -> JsResult<()> {
    let index = thrown(within(own, arguments, context), context)?;
    storage::write(&name(own, index), arguments.get_or_undefined(1), context)
}

/// Adds all items or none.
pub(super) fn push(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, VECTOR)?;
    let host = host(context);
    host.savepoint();
    let pushed = push_all(&own, arguments, context);
    host.settle(match pushed {
        Ok(_) => Settlement::Keep,
        Err(_) => Settlement::Undo,
    });
    pushed
}

fn push_all(own: &Collection, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let mut length = thrown(items(own, &*host(context)), context)?;
    for item in arguments {
        storage::write(&name(own, length), item, context)?;
        length += 1;
    }
    let resized = resize(own, length, &*host(context));
    thrown(resized, context).map(|()| JsValue::from(length))
}

/// Removes the last item of a vector that has one, and gives it.
fn take_last(own: &Collection, length: u64, host: &dyn Host) -> Result<Value, Failure> {
    let last = name(own, length - 1);
    let item = host.storage_get(Subject::Own, &last)?.ok_or_else(strange)?;
    host.storage_remove(&last)?;
    resize(own, length - 1, host)?;
    Ok(item)
}

pub(super) fn pop(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, VECTOR)?;
    let host = host(context);
    let item = items(&own, &*host).and_then(|length| match length {
        0 => Ok(Value::Undefined),
        length => take_last(&own, length, &*host),
    });
    let item = thrown(item, context)?;
    copy::into_js(&item, context)
}

pub(super) fn swap_remove(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, VECTOR)?;
    let host = host(context);
    let item = within(&own, arguments, context).and_then(|index| {
        let length = items(&own, &*host)?;
        let hole = name(&own, index);
        let item = host.storage_get(Subject::Own, &hole)?.ok_or_else(strange)?;
        let last = take_last(&own, length, &*host)?;
        if index + 1 < length {
            host.storage_set(&hole, &last)?;
        }
        Ok(item)
    });
    let item = thrown(item, context)?;
    copy::into_js(&item, context)
}
