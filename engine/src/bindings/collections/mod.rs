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

const MAP: &str = "PersistentMap";
const SORTED_MAP: &str = "PersistentSortedMap";
const SET: &str = "PersistentSet";
const VECTOR: &str = "PersistentVector";

/// Methods, `@` marking getters, and the classes that have them; a sorted map is a map.
const METHODS: [(&[Function], &[&str]); 6] = [
    (
        &[
            ("values", 0, walk::values),
            ("entries", 0, walk::entries),
            ("forEach", 1, walk::for_each),
            ("page", 0, walk::page),
            ("clear", 0, walk::clear),
        ],
        &[MAP, SET, VECTOR],
    ),
    (
        &[
            ("has", 1, keyed::has),
            ("delete", 1, keyed::delete),
            ("keys", 0, walk::keys),
            ("@size", 0, keyed::size),
        ],
        &[MAP, SET],
    ),
    (&[("get", 1, get), ("set", 2, set)], &[MAP, VECTOR]),
    (
        &[
            ("range", 0, walk::entries),
            ("first", 0, keyed::first),
            ("last", 0, keyed::last),
            ("floor", 1, keyed::floor),
            ("ceiling", 1, keyed::ceiling),
        ],
        &[SORTED_MAP],
    ),
    (&[("add", 1, keyed::add)], &[SET]),
    (
        &[
            ("at", 1, vector::at),
            ("push", 1, vector::push),
            ("pop", 0, vector::pop),
            ("swapRemove", 1, vector::swap_remove),
            ("@length", 0, vector::length),
        ],
        &[VECTOR],
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
    for (methods, classes) in METHODS {
        for &(name, length, pointer) in methods {
            let own = name.trim_start_matches('@');
            let method = function(context, own, length, pointer);
            let key = PropertyKey::from(JsString::from(own));
            let property = if own == name {
                PropertyDescriptor::builder().value(method)
            } else {
                PropertyDescriptor::builder().get(method)
            };
            put(stdlib, classes, &key, property, context)?;
        }
    }
    let walked = function(context, "[Symbol.iterator]", 0, walk::elements);
    let property = PropertyDescriptor::builder().value(walked);
    let key = PropertyKey::from(JsSymbol::iterator());
    put(stdlib, &[MAP, SET, VECTOR], &key, property, context)?;
    Ok(walk::prototype(context))
}

/// Adds a property to the prototypes of classes.
fn put(
    stdlib: &JsObject,
    classes: &[&str],
    key: &PropertyKey,
    property: PropertyDescriptorBuilder,
    context: &mut Context,
) -> JsResult<()> {
    for class in classes {
        let class = stdlib.get(JsString::from(*class), context)?;
        let class = class.as_object().ok_or_else(absent)?;
        let prototype = class.get(js_string!("prototype"), context)?;
        let prototype = prototype.as_object().ok_or_else(absent)?;
        prototype.insert_property(key.clone(), fixed(property.clone()));
    }
    Ok(())
}

/// A property as it will be once it is frozen: to change it then takes new shapes of the object,
/// which the snapshot would hold.
fn fixed(property: PropertyDescriptorBuilder) -> PropertyDescriptor {
    let property = property.enumerable(false).configurable(false);
    if property.inner().is_accessor_descriptor() {
        property.build()
    } else {
        property.writable(false).build()
    }
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
