//! The persistent collections: their classes come from js-stdlib, their methods from here.
//!
//! In: calls of methods. Out: entries of the running frame's own storage, under names that
//! `conclave_abi::element` makes (docs/spec/collections.md). An instance holds nothing but its place;
//! a key that can't be one is refused before anything is read or written.
//!
//! Native, because a method in JS takes about 1,500 bytes of the snapshot, which every call pays for
//! (docs/adr/0060).

mod keyed;
mod vector;
mod walk;

use super::{Function, bad, function, string_argument, thrown};
use crate::copy;
use boa_engine::object::JsObject;
use boa_engine::property::{PropertyDescriptor, PropertyDescriptorBuilder, PropertyKey};
use boa_engine::symbol::JsSymbol;
use boa_engine::{Context, JsArgs, JsData, JsNativeError, JsResult, JsString, JsValue, js_string};
use boa_gc::{Finalize, Trace};
use conclave_abi::element::{self, ElementError};
use conclave_abi::error::{ErrorCode, Failure};
use std::rc::Rc;

/// What the classes of js-stdlib/src/collections.js make their instances with.
pub(super) const FUNCTIONS: [Function; 1] = [("collection", 3, collection)];

/// Methods that every collection has.
const OF_ALL: [Function; 5] = [
    ("values", 0, walk::values),
    ("entries", 0, walk::entries),
    ("forEach", 1, walk::for_each),
    ("page", 0, walk::page),
    ("clear", 0, walk::clear),
];

/// A class, and the methods it has besides; `@` marks a getter.
const CLASSES: [(&str, &[Function]); 4] = [
    (
        "PersistentMap",
        &[
            ("get", 1, get),
            ("set", 2, set),
            ("has", 1, keyed::has),
            ("delete", 1, keyed::delete),
            ("keys", 0, walk::keys),
            ("@size", 0, keyed::size),
        ],
    ),
    (
        "PersistentSortedMap",
        &[
            ("range", 0, walk::entries),
            ("first", 0, keyed::first),
            ("last", 0, keyed::last),
            ("floor", 1, keyed::floor),
            ("ceiling", 1, keyed::ceiling),
        ],
    ),
    (
        "PersistentSet",
        &[
            ("add", 1, keyed::add),
            ("has", 1, keyed::has),
            ("delete", 1, keyed::delete),
            ("keys", 0, walk::keys),
            ("@size", 0, keyed::size),
        ],
    ),
    (
        "PersistentVector",
        &[
            ("get", 1, get),
            ("at", 1, vector::at),
            ("set", 2, set),
            ("push", 1, vector::push),
            ("pop", 0, vector::pop),
            ("swapRemove", 1, vector::swap_remove),
            ("@length", 0, vector::length),
        ],
    ),
];

/// Which collection an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Map,
    Set,
    Vector,
}

/// What an instance holds; JS can't reach it.
#[derive(Debug, Clone, Trace, Finalize, JsData)]
#[boa_gc(unsafe_empty_trace)]
struct Collection {
    kind: Kind,
    /// With what the names of its elements begin.
    place: Rc<str>,
}

/// Gives the classes their methods; gives the prototype of iterators, which no property leads to.
///
/// # Errors
/// When the stdlib has not the classes.
pub(crate) fn install(stdlib: &JsObject, context: &mut Context) -> JsResult<JsObject> {
    for (class, methods) in CLASSES {
        let class = stdlib.get(JsString::from(class), context)?;
        let class = class.as_object().ok_or_else(absent)?;
        let prototype = class.get(js_string!("prototype"), context)?;
        let prototype = prototype.as_object().ok_or_else(absent)?;
        for &(name, length, pointer) in OF_ALL.iter().chain(methods) {
            let own = name.trim_start_matches('@');
            let method = function(context, own, length, pointer);
            let property = PropertyDescriptor::builder();
            let property = if own == name {
                property.value(method).writable(true)
            } else {
                property.get(method)
            };
            hide(&prototype, JsString::from(own), property);
        }
        let walked = function(context, "[Symbol.iterator]", 0, walk::elements);
        let property = PropertyDescriptor::builder().value(walked).writable(true);
        hide(&prototype, JsSymbol::iterator(), property);
    }
    Ok(walk::prototype(context))
}

/// Adds a property that is not enumerated.
fn hide(object: &JsObject, key: impl Into<PropertyKey>, property: PropertyDescriptorBuilder) {
    object.insert_property(key, property.enumerable(false).configurable(true));
}

fn absent() -> JsNativeError {
    JsNativeError::typ().with_message("the stdlib lacks a class of the collections")
}

/// Makes an instance: `new.target`, the collection's name, and which kind it is of.
fn collection(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let class = arguments.get_or_undefined(0).to_object(context)?;
    let prototype = class.get(js_string!("prototype"), context)?;
    let name = string_argument(arguments, 1, "a collection's name", context)?;
    let place = thrown(element::place(&name).map_err(failure), context)?;
    let kind = match arguments.get_or_undefined(2).as_number() {
        Some(0.0) => Kind::Map,
        Some(1.0) => Kind::Set,
        _ => Kind::Vector,
    };
    let data = Collection {
        kind,
        place: place.into(),
    };
    Ok(JsObject::from_proto_and_data(prototype.as_object(), data).into())
}

impl Collection {
    /// The collection that a method is called on.
    fn of(this: &JsValue, kinds: &[Kind]) -> JsResult<Self> {
        let object = this.as_object();
        let own = object.and_then(|object| Some(object.downcast_ref::<Self>()?.clone()));
        own.filter(|own| kinds.contains(&own.kind)).ok_or_else(|| {
            JsNativeError::typ()
                .with_message("a method of a collection is called on something else")
                .into()
        })
    }

    /// The name of the element under a key.
    fn name(&self, key: &JsValue, context: &mut Context) -> JsResult<String> {
        let key = copy::out_of_js(key, context);
        let key = thrown(key, context)?;
        let name = element::name(&self.place, &key).map_err(failure);
        thrown(name, context)
    }
}

fn failure(error: ElementError) -> Failure {
    let code = match error {
        ElementError::Collection | ElementError::Kind => ErrorCode::BadValue,
        ElementError::TooLarge { .. } => ErrorCode::TooLarge,
    };
    Failure::new(code, error.to_string())
}

/// A failure for an entry of the storage that the collection did not make.
fn strange() -> Failure {
    bad(
        "the storage has an entry here that is none of this collection's; collections of different \
         kinds must not share a name",
    )
}

fn get(this: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, &[Kind::Map, Kind::Vector])?;
    match own.kind {
        Kind::Vector => vector::get(&own, arguments, context),
        _ => keyed::get(&own, arguments, context),
    }
}

fn set(this: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let own = Collection::of(this, &[Kind::Map, Kind::Vector])?;
    match own.kind {
        Kind::Vector => vector::set(&own, arguments, context)?,
        _ => keyed::set(&own, arguments, context)?,
    }
    Ok(this.clone())
}
