//! Elements of a collection in order, page by page: iterators, `forEach`, `page`, `clear`.
//!
//! Nothing is read before it is asked for; a page is read at once, and what is written behind it
//! later is seen.

use super::{Collection, Kind, fixed, strange, vector};
use crate::bindings::storage::{Options, limit_of, order_of};
use crate::bindings::{bad, function, host, paged, thrown};
use crate::copy;
use crate::failure::throw;
use crate::port::{KeyRange, Order, Page, Subject};
use crate::realm::Session;
use boa_engine::builtins::iterable::create_iter_result_object;
use boa_engine::object::JsObject;
use boa_engine::property::PropertyDescriptor;
use boa_engine::{Context, JsArgs, JsData, JsNativeError, JsResult, JsValue, js_string};
use boa_gc::{Finalize, Trace};
use conclave_abi::element;
use conclave_abi::error::Failure;
use conclave_abi::value::Value;
use std::collections::VecDeque;
use std::mem::take;

/// Most elements that an iterator reads at a time.
const PAGE: u32 = 100;
/// Bytes of a name that are made a key for one unit of fuel.
const NAME_BYTES_PER_FUEL: usize = 32;
const ALL: &[Kind] = &[Kind::Map, Kind::Set, Kind::Vector];

/// What is given of each element.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Keys,
    Values,
    Entries,
    /// The key, twice.
    Twins,
}

impl Form {
    fn of_entry(self, place: &str, (name, value): (String, Value)) -> Result<Value, Failure> {
        let key = key_of(place, &name)?;
        Ok(match self {
            Self::Values => value,
            _ => Value::Array(vec![key, value]),
        })
    }

    fn of_name(self, place: &str, name: &str) -> Result<Value, Failure> {
        let key = key_of(place, name)?;
        Ok(match self {
            Self::Twins => Value::Array(vec![key.clone(), key]),
            _ => key,
        })
    }

    /// Reads a page. That names are made keys is counted before, since nothing interrupts it.
    fn page(self, range: &KeyRange, context: &mut Context) -> JsResult<Page<Value>> {
        let place = &range.prefix;
        let (items, next) = match self {
            Self::Keys | Self::Twins => {
                let page = host(context).storage_keys(Subject::Own, range);
                let Page { items, next } = thrown(page, context)?;
                charge(items.iter(), context)?;
                let items = items.iter().map(|name| self.of_name(place, name));
                (items.collect::<Result<_, _>>(), next)
            }
            Self::Values | Self::Entries => {
                let page = host(context).storage_entries(Subject::Own, range);
                let Page { items, next } = thrown(page, context)?;
                charge(items.iter().map(|(name, _)| name), context)?;
                let items = items.into_iter().map(|entry| self.of_entry(place, entry));
                (items.collect::<Result<_, _>>(), next)
            }
        };
        let items = thrown(items, context)?;
        Ok(Page { items, next })
    }
}

fn charge<'a>(names: impl Iterator<Item = &'a String>, context: &mut Context) -> JsResult<()> {
    context.charge_for(names.map(String::len).sum(), NAME_BYTES_PER_FUEL)
}

/// The key that a name of the storage stands for.
///
/// # Errors
/// `E_BAD_VALUE` for a name that the collection did not make.
pub(super) fn key_of(place: &str, name: &str) -> Result<Value, Failure> {
    element::key(place, name).ok_or_else(strange)
}

/// The state of an iterator.
#[derive(Debug, Default, Trace, Finalize, JsData)]
#[boa_gc(unsafe_empty_trace)]
struct Walk {
    form: Form,
    /// What was not read yet; nothing where its limit is 0.
    rest: KeyRange,
    /// What was read and not given yet.
    items: VecDeque<Value>,
}

impl Walk {
    fn next(&mut self, context: &mut Context) -> JsResult<Option<Value>> {
        if self.items.is_empty() && self.rest.limit > 0 {
            let limit = self.rest.limit.min(PAGE);
            let range = KeyRange {
                limit,
                ..self.rest.clone()
            };
            let Page { items, next } = self.form.page(&range, context)?;
            let given = u32::try_from(items.len()).unwrap_or(limit);
            self.rest.limit = match next {
                Some(next) => {
                    match self.rest.order {
                        Order::Ascending => self.rest.from = next,
                        Order::Descending => self.rest.to = Some(next),
                    }
                    self.rest.limit - given.min(limit)
                }
                None => 0,
            };
            self.items = items.into();
        }
        Ok(self.items.pop_front())
    }
}

impl Collection {
    /// Where its elements begin. Below the first item of a vector lies its length.
    fn low(&self) -> String {
        match self.kind {
            Kind::Map | Kind::Set => self.place.to_string(),
            Kind::Vector => vector::name(self, 0),
        }
    }

    /// All of its elements.
    fn all(&self) -> KeyRange {
        KeyRange {
            prefix: self.place.to_string(),
            from: self.low(),
            limit: u32::MAX,
            ..KeyRange::default()
        }
    }

    /// Those that options `{ from, to, limit, reverse }` ask for.
    fn range(&self, options: &JsValue, context: &mut Context) -> JsResult<KeyRange> {
        let options = Options::of(options, context)?;
        let from = self.bound(&options.get("from", context)?, context)?;
        let to = self.bound(&options.get("to", context)?, context)?;
        let limit = limit_of(&options.get("limit", context)?, u32::MAX, context)?;
        let order = order_of(&options.get("reverse", context)?);
        Ok(KeyRange {
            from: from.unwrap_or_else(|| self.low()),
            to,
            limit,
            order,
            ..self.all()
        })
    }

    fn bound(&self, key: &JsValue, context: &mut Context) -> JsResult<Option<String>> {
        if key.is_null_or_undefined() {
            return Ok(None);
        }
        self.name(key, context).map(Some)
    }

    /// An iterator.
    fn walk(&self, form: Form, options: &JsValue, context: &mut Context) -> JsResult<JsValue> {
        let walk = Walk {
            form,
            rest: self.range(options, context)?,
            items: VecDeque::new(),
        };
        let prototype = Session::of(context).parts().walk.clone();
        Ok(JsObject::from_proto_and_data(prototype, walk).into())
    }

    fn pairs(&self) -> Form {
        match self.kind {
            Kind::Set => Form::Twins,
            Kind::Map | Kind::Vector => Form::Entries,
        }
    }

    fn singles(&self) -> Form {
        match self.kind {
            Kind::Set => Form::Keys,
            Kind::Map | Kind::Vector => Form::Values,
        }
    }

    /// What an iterator without options gives, and a page.
    fn elements(&self) -> Form {
        match self.kind {
            Kind::Map => Form::Entries,
            Kind::Set | Kind::Vector => self.singles(),
        }
    }
}

/// The prototype of all iterators: `next`, and what every iterator inherits.
pub(super) fn prototype(context: &Context) -> JsObject {
    let parent = context.intrinsics().constructors().iterator().prototype();
    let prototype = JsObject::with_null_proto();
    prototype.set_prototype(Some(parent));
    let next = function(context, "next", 0, next);
    let property = PropertyDescriptor::builder().value(next);
    prototype.insert_property(js_string!("next"), fixed(property));
    prototype
}

fn next(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    // The state is taken out while a page is read: an object that is borrowed would not be traced.
    let taken = this.as_object().and_then(|object| {
        let walk = take(&mut *object.downcast_mut::<Walk>()?);
        Some((object, walk))
    });
    let Some((object, mut walk)) = taken else {
        let message = "next of a collection is called on something else";
        return Err(JsNativeError::typ().with_message(message).into());
    };
    let found = walk.next(context);
    if let Some(mut place) = object.downcast_mut::<Walk>() {
        *place = walk;
    }
    let found = found?;
    let is_done = found.is_none();
    let value = copy::into_js(&found.unwrap_or(Value::Undefined), context)?;
    Ok(create_iter_result_object(value, is_done, context))
}

pub(super) fn keys(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, &[Kind::Map, Kind::Set])?;
    own.walk(Form::Keys, arguments.get_or_undefined(0), context)
}

pub(super) fn values(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, ALL)?;
    own.walk(own.singles(), arguments.get_or_undefined(0), context)
}

pub(super) fn entries(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, ALL)?;
    own.walk(own.pairs(), arguments.get_or_undefined(0), context)
}

pub(super) fn elements(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, ALL)?;
    own.walk(own.elements(), &JsValue::undefined(), context)
}

/// Calls a function with each value, its key and the collection.
pub(super) fn for_each(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, ALL)?;
    let Some(visit) = arguments.get_or_undefined(0).as_callable() else {
        return Err(throw(context, bad("forEach takes a function")));
    };
    let mut walk = Walk {
        form: own.pairs(),
        rest: own.all(),
        items: VecDeque::new(),
    };
    while let Some(found) = walk.next(context)? {
        let Value::Array(pair) = found else { continue };
        let [key, value] = [0, 1].map(|part| pair.get(part).cloned().unwrap_or_default());
        let (value, key) = (
            copy::into_js(&value, context)?,
            copy::into_js(&key, context)?,
        );
        let given = [value, key, this.clone()];
        visit.call(arguments.get_or_undefined(1), &given, context)?;
    }
    Ok(JsValue::undefined())
}

/// One page, and the key with which the next one begins.
pub(super) fn page(
    this: &JsValue,
    arguments: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let own = Collection::of(this, ALL)?;
    let options = Options::of(arguments.get_or_undefined(0), context)?;
    let from = own.bound(&options.get("from", context)?, context)?;
    let range = KeyRange {
        from: from.unwrap_or_else(|| own.low()),
        limit: limit_of(&options.get("limit", context)?, PAGE, context)?,
        ..own.all()
    };
    let Page { items, next } = own.elements().page(&range, context)?;
    let next = next.map(|name| key_of(&own.place, &name)).transpose();
    let next = thrown(next, context)?.unwrap_or(Value::Null);
    paged(items, next, context)
}

/// Removes all elements, and the length of a vector.
pub(super) fn clear(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, ALL)?;
    let host = host(context);
    let mut range = KeyRange {
        prefix: own.place.to_string(),
        limit: PAGE,
        ..KeyRange::default()
    };
    loop {
        let Page { items, next } = thrown(host.storage_keys(Subject::Own, &range), context)?;
        let mut removed = items.iter().map(|name| host.storage_remove(name));
        let removed = removed.try_for_each(|removed| removed.map(drop));
        thrown(removed, context)?;
        match next {
            Some(next) => range.from = next,
            None => return Ok(JsValue::undefined()),
        }
    }
}

/// The first entry of a range, or `undefined`.
pub(super) fn nearest(
    own: &Collection,
    low: Option<String>,
    high: Option<String>,
    order: Order,
    context: &mut Context,
) -> JsResult<JsValue> {
    let range = KeyRange {
        from: low.unwrap_or_else(|| own.low()),
        to: high,
        limit: 1,
        order,
        ..own.all()
    };
    let page = Form::Entries.page(&range, context)?;
    let found = page.items.into_iter().next();
    copy::into_js(&found.unwrap_or(Value::Undefined), context)
}
