//! `storage.*`: keys and values of the running frame's own subcontract; and what `near.of(id).*`
//! does with those of another one.

use super::{Function, bad, host, string, string_argument, thrown};
use crate::copy;
use crate::failure::throw;
use crate::port::{KeyRange, Order, Page, Subject};
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsArray;
use boa_engine::value::IntegerOrInfinity;
use boa_engine::{Context, JsArgs, JsResult, JsString, JsValue};
use conclave_abi::value::Value;

/// The functions that `storage` takes over.
pub(super) const FUNCTIONS: [Function; 7] = [
    ("get", 1, get),
    ("set", 2, set),
    ("remove", 1, remove),
    ("has", 1, has),
    ("keys", 0, keys),
    ("entries", 0, entries),
    ("count", 0, count),
];

/// Keys, entries or grants that are given unless a limit is told.
pub(super) const LIMIT: u32 = 100;
/// Most entries that are given.
const LIMIT_MAX: u32 = 1_000;

/// The value under a key, or `undefined`.
pub(super) fn read(subject: Subject<'_>, key: &str, context: &mut Context) -> JsResult<JsValue> {
    let found = host(context).storage_get(subject, key);
    match thrown(found, context)? {
        Some(value) => copy::into_js(&value, context),
        None => Ok(JsValue::undefined()),
    }
}

/// Stores a copy of a value.
pub(super) fn write(key: &str, value: &JsValue, context: &mut Context) -> JsResult<()> {
    let value = copy::out_of_js(value, context);
    let value = thrown(value, context)?;
    let done = host(context).storage_set(key, &value);
    thrown(done, context)
}

/// How many keys begin with a prefix.
pub(super) fn counted(
    subject: Subject<'_>,
    prefix: &str,
    context: &mut Context,
) -> JsResult<JsValue> {
    let count = host(context).storage_count(subject, prefix);
    thrown(count, context).map(JsValue::from)
}

fn set(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = key(arguments, context)?;
    write(&key, arguments.get_or_undefined(1), context)?;
    Ok(JsValue::undefined())
}

fn remove(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = key(arguments, context)?;
    let was_there = host(context).storage_remove(&key);
    thrown(was_there, context).map(JsValue::from)
}

#[inline(never)]
fn key(arguments: &[JsValue], context: &mut Context) -> JsResult<String> {
    string_argument(arguments, 0, "the key", context)
}

/// What is asked of a storage.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question {
    Get,
    Has,
    Keys,
    Entries,
    Count,
}

/// Asks a storage. One function for all questions, of both kinds of storages: what each of them has
/// in common is in the contract once.
pub(super) fn ask(
    question: Question,
    subject: Subject<'_>,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    match question {
        Question::Get => read(subject, &key(arguments, context)?, context),
        Question::Has => {
            let key = key(arguments, context)?;
            let is_there = host(context).storage_has(subject, &key);
            thrown(is_there, context).map(JsValue::from)
        }
        Question::Count => {
            let options = Options::of(arguments.get_or_undefined(0), context)?;
            let prefix = options.text("prefix", context)?;
            counted(subject, &prefix.unwrap_or_default(), context)
        }
        Question::Keys => {
            let range = range(arguments.get_or_undefined(0), context)?;
            let page = host(context).storage_keys(subject, &range);
            let Page { items, .. } = thrown(page, context)?;
            let names = items.into_iter().map(Value::String);
            copy::into_js(&Value::Array(names.collect()), context)
        }
        Question::Entries => {
            let range = range(arguments.get_or_undefined(0), context)?;
            all_entries(subject, range, context)
        }
    }
}

/// As many entries as are asked for, in as many pages as that takes. Each page is copied into the
/// realm before the next one is read, which bounds gas and memory.
fn all_entries(
    subject: Subject<'_>,
    mut range: KeyRange,
    context: &mut Context,
) -> JsResult<JsValue> {
    range.limit = range.limit.min(LIMIT_MAX);
    let mut found = Vec::new();
    while range.limit > 0 {
        let page = host(context).storage_entries(subject, &range);
        let Page { items, next } = thrown(page, context)?;
        let given = u32::try_from(items.len()).unwrap_or(LIMIT_MAX);
        range.limit -= given.min(range.limit);
        for (name, value) in items {
            let pair = Value::Array(vec![Value::String(name), value]);
            found.push(copy::into_js(&pair, context)?);
        }
        match (next, range.order) {
            (None, _) => break,
            (Some(next), Order::Ascending) => range.from = next,
            (next, Order::Descending) => range.to = next,
        }
    }
    Ok(JsArray::from_iter(found, context).into())
}

fn get(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask(Question::Get, Subject::Own, arguments, context)
}

fn has(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask(Question::Has, Subject::Own, arguments, context)
}

fn keys(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask(Question::Keys, Subject::Own, arguments, context)
}

fn entries(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask(Question::Entries, Subject::Own, arguments, context)
}

fn count(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    ask(Question::Count, Subject::Own, arguments, context)
}

/// An object of options, or nothing.
pub(super) struct Options(Option<JsObject>);

impl Options {
    pub(super) fn of(options: &JsValue, context: &mut Context) -> JsResult<Self> {
        match options.as_object() {
            None if !options.is_undefined() => {
                let failure = bad("options must be an object like { limit: 10 }");
                Err(throw(context, failure))
            }
            options => Ok(Self(options)),
        }
    }

    /// Reads an option; this may run a getter of the caller. Not inlined: each copy is bytes that
    /// every call loads.
    #[inline(never)]
    pub(super) fn get(&self, name: &str, context: &mut Context) -> JsResult<JsValue> {
        match &self.0 {
            Some(options) => options.get(JsString::from(name), context),
            None => Ok(JsValue::undefined()),
        }
    }

    pub(super) fn text(&self, name: &str, context: &mut Context) -> JsResult<Option<String>> {
        let value = self.get(name, context)?;
        if value.is_undefined() {
            return Ok(None);
        }
        string(&value, name, context).map(Some)
    }
}

/// What the option `limit` says; below 0 it is 0.
#[inline(never)]
pub(super) fn limit_of(limit: &JsValue, unless_told: u32, context: &mut Context) -> JsResult<u32> {
    if limit.is_undefined() {
        return Ok(unless_told);
    }
    Ok(match limit.to_integer_or_infinity(context)? {
        IntegerOrInfinity::PositiveInfinity => u32::MAX,
        IntegerOrInfinity::NegativeInfinity => 0,
        IntegerOrInfinity::Integer(limit) => u32::try_from(limit.max(0)).unwrap_or(u32::MAX),
    })
}

/// What the option `reverse` says.
pub(super) fn order_of(reverse: &JsValue) -> Order {
    if reverse.to_boolean() {
        Order::Descending
    } else {
        Order::Ascending
    }
}

/// What options `{ prefix, from, to, limit, reverse }` ask for.
fn range(options: &JsValue, context: &mut Context) -> JsResult<KeyRange> {
    let options = Options::of(options, context)?;
    Ok(KeyRange {
        prefix: options.text("prefix", context)?.unwrap_or_default(),
        from: options.text("from", context)?.unwrap_or_default(),
        to: options.text("to", context)?,
        limit: limit_of(&options.get("limit", context)?, LIMIT, context)?,
        order: order_of(&options.get("reverse", context)?),
    })
}
