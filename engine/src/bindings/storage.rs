//! `storage.*`: keys and values of the running frame's own subcontract.

use super::{Function, bad, collections, host, string, string_argument, thrown};
use crate::copy;
use crate::port::{Host, KeyRange, Order, Page};
use boa_engine::value::IntegerOrInfinity;
use boa_engine::{Context, JsArgs, JsResult, JsValue};
use conclave_abi::error::Failure;
use conclave_abi::value::Value;

/// The functions that `storage` wraps.
pub(super) const FUNCTIONS: [Function; 6] = [
    ("get", 1, get),
    ("set", 2, set),
    ("remove", 1, remove),
    ("has", 1, has),
    ("count", 1, count),
    ("scan", 6, scan),
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

fn count(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let prefix = string_argument(arguments, 0, "prefix", context)?;
    let count = host(context).storage_count(&prefix);
    #[expect(clippy::cast_precision_loss, reason = "no storage has 2^53 keys")]
    let count = thrown(count, context)? as f64;
    Ok(JsValue::from(count))
}

/// What `scan` gives of each key of its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The key as it is in the storage.
    Names,
    /// That and its value.
    Pairs,
    /// The collection's key.
    Keys,
    /// The value.
    Values,
    /// The collection's key and its value.
    Entries,
}

impl Form {
    fn of(text: &str) -> Result<Self, Failure> {
        match text {
            "names" => Ok(Self::Names),
            "pairs" => Ok(Self::Pairs),
            "keys" => Ok(Self::Keys),
            "values" => Ok(Self::Values),
            "entries" => Ok(Self::Entries),
            _ => Err(bad("there is no such form")),
        }
    }

    /// What a key becomes: itself, or the collection's.
    fn key(self, prefix: &str, name: String) -> Result<Value, Failure> {
        match self {
            Self::Names | Self::Pairs => Ok(Value::String(name)),
            Self::Keys | Self::Values | Self::Entries => collections::key_of(prefix, &name),
        }
    }

    fn item(self, prefix: &str, (name, value): (String, Value)) -> Result<Value, Failure> {
        let key = self.key(prefix, name)?;
        Ok(match self {
            Self::Values => value,
            _ => Value::Array(vec![key, value]),
        })
    }
}

/// A page of a range `form, prefix, from, to, limit, reverse`: its items, and where to go on.
fn scan(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let form = string_argument(arguments, 0, "the form", context)?;
    let form = thrown(Form::of(&form), context)?;
    let range = range(arguments, context)?;
    let page = page(form, &range, &*host(context));
    let Page { items, next } = thrown(page, context)?;
    let next = next.map_or(Value::Undefined, Value::String);
    copy::into_js(&Value::Array(vec![Value::Array(items), next]), context)
}

fn page(form: Form, range: &KeyRange, host: &dyn Host) -> Result<Page<Value>, Failure> {
    let prefix = &range.prefix;
    let (items, next) = match form {
        Form::Names | Form::Keys => {
            let Page { items, next } = host.storage_keys(range)?;
            let items = items.into_iter().map(|name| form.key(prefix, name));
            (items.collect::<Result<_, _>>()?, next)
        }
        Form::Pairs | Form::Values | Form::Entries => {
            let Page { items, next } = host.storage_entries(range)?;
            let items = items.into_iter().map(|entry| form.item(prefix, entry));
            (items.collect::<Result<_, _>>()?, next)
        }
    };
    Ok(Page { items, next })
}

fn range(arguments: &[JsValue], context: &mut Context) -> JsResult<KeyRange> {
    let prefix = string_argument(arguments, 1, "prefix", context)?;
    let from = string_argument(arguments, 2, "from", context)?;
    let to = match arguments.get_or_undefined(3) {
        to if to.is_undefined() => None,
        to => Some(string(to, "to", context)?),
    };
    let limit = match arguments
        .get_or_undefined(4)
        .to_integer_or_infinity(context)?
    {
        IntegerOrInfinity::PositiveInfinity => u32::MAX,
        IntegerOrInfinity::NegativeInfinity => 0,
        IntegerOrInfinity::Integer(limit) => u32::try_from(limit.max(0)).unwrap_or(u32::MAX),
    };
    let order = if arguments.get_or_undefined(5).to_boolean() {
        Order::Descending
    } else {
        Order::Ascending
    };
    Ok(KeyRange {
        prefix,
        from,
        to,
        limit,
        order,
    })
}
