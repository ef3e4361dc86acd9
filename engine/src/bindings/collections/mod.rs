//! The persistent collections: four classes that the module `conclave` hands on.
//!
//! In: calls of methods. Out: entries of the running frame's own storage, under names that
//! `conclave_abi::element` makes (docs/spec/collections.md). An instance holds nothing but its place;
//! a key that can't be one is refused before anything is read or written.
//!
//! Native, because a method in JS takes about 1,500 bytes of the snapshot, which every call pays for
//! (docs/adr/0060). The code that makes the classes runs at build time and is no part of the contract.

mod keyed;
mod vector;
mod walk;

use super::{Function, bad, function, string_argument, thrown};
use crate::copy;
use boa_engine::native_function::NativeFunctionPointer;
use boa_engine::object::{FunctionObjectBuilder, JsObject};
use boa_engine::property::{PropertyDescriptor, PropertyDescriptorBuilder, PropertyKey};
use boa_engine::symbol::JsSymbol;
use boa_engine::{
    Context, JsData, JsNativeError, JsResult, JsString, JsValue, NativeFunction, js_string,
};
use boa_gc::{Finalize, Trace};
use conclave_abi::element::{self, ElementError};
use conclave_abi::error::{ErrorCode, Failure};
use std::rc::Rc;

const MAP: &str = "PersistentMap";
const SORTED_MAP: &str = "PersistentSortedMap";
const SET: &str = "PersistentSet";
const VECTOR: &str = "PersistentVector";

/// The classes, and what each inherits from; that one comes before.
const CLASSES: [(&str, Option<&str>, NativeFunctionPointer); 4] = [
    (MAP, None, new_map),
    (SORTED_MAP, Some(MAP), new_map),
    (SET, None, new_set),
    (VECTOR, None, new_vector),
];

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

/// Makes the classes; gives an object that has them, and the prototype of iterators, which no
/// property leads to.
///
/// # Errors
/// When a property can't be read or made, which an engine of another version might do.
pub(super) fn classes(context: &mut Context) -> JsResult<(JsObject, JsObject)> {
    let classes = JsObject::with_object_proto(context.intrinsics());
    for (name, parent, pointer) in CLASSES {
        let class = class(&classes, name, parent, pointer, context)?;
        classes.create_data_property_or_throw(JsString::from(name), class, context)?;
    }
    for (methods, of) in METHODS {
        for &(name, length, pointer) in methods {
            let own = name.trim_start_matches('@');
            let method = function(context, own, length, pointer);
            let key = PropertyKey::from(JsString::from(own));
            let property = if own == name {
                PropertyDescriptor::builder().value(method)
            } else {
                PropertyDescriptor::builder().get(method)
            };
            put(&classes, of, &key, property, context)?;
        }
    }
    let walked = function(context, "[Symbol.iterator]", 0, walk::elements);
    let property = PropertyDescriptor::builder().value(walked);
    let key = PropertyKey::from(JsSymbol::iterator());
    put(&classes, &[MAP, SET, VECTOR], &key, property, context)?;
    Ok((classes, walk::prototype(context)))
}

/// A class without methods.
fn class(
    classes: &JsObject,
    name: &str,
    parent: Option<&str>,
    pointer: NativeFunctionPointer,
    context: &mut Context,
) -> JsResult<JsObject> {
    let native = NativeFunction::from_fn_ptr(pointer);
    let class = FunctionObjectBuilder::new(context.realm(), native)
        .name(JsString::from(name))
        .length(1)
        .constructor(true)
        .build();
    let class = JsObject::from(class);
    let prototype = JsObject::with_object_proto(context.intrinsics());
    if let Some(parent) = parent {
        let parent = object_of(classes, parent, context)?;
        prototype.set_prototype(Some(object_of(&parent, "prototype", context)?));
        class.set_prototype(Some(parent));
    }
    let of_class = PropertyDescriptor::builder().value(prototype.clone());
    class.insert_property(js_string!("prototype"), fixed(of_class));
    let back = PropertyDescriptor::builder().value(class.clone());
    prototype.insert_property(js_string!("constructor"), fixed(back));
    Ok(class)
}

/// Adds a property to the prototypes of classes.
fn put(
    classes: &JsObject,
    names: &[&str],
    key: &PropertyKey,
    property: PropertyDescriptorBuilder,
    context: &mut Context,
) -> JsResult<()> {
    for name in names {
        let class = object_of(classes, name, context)?;
        let prototype = object_of(&class, "prototype", context)?;
        prototype.insert_property(key.clone(), fixed(property.clone()));
    }
    Ok(())
}

fn object_of(object: &JsObject, name: &str, context: &mut Context) -> JsResult<JsObject> {
    object
        .get(JsString::from(name), context)?
        .to_object(context)
}

/// A property as it will be once it is frozen: to change it then takes new shapes of the object,
/// which the snapshot would hold.
pub(super) fn fixed(property: PropertyDescriptorBuilder) -> PropertyDescriptor {
    let property = property.enumerable(false).configurable(false);
    if property.inner().is_accessor_descriptor() {
        property.build()
    } else {
        property.writable(false).build()
    }
}

fn new_map(class: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    instance(class, arguments, Kind::Map, context)
}

fn new_set(class: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    instance(class, arguments, Kind::Set, context)
}

fn new_vector(class: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    instance(class, arguments, Kind::Vector, context)
}

/// Makes an instance of what stands behind `new`, which may be an heir of the class.
fn instance(
    class: &JsValue,
    arguments: &[JsValue],
    kind: Kind,
    context: &mut Context,
) -> JsResult<JsValue> {
    let Some(class) = class.as_object() else {
        let error = JsNativeError::typ().with_message("a collection is made with `new`");
        return Err(error.into());
    };
    let prototype = class.get(js_string!("prototype"), context)?;
    let name = string_argument(arguments, 0, "a collection's name", context)?;
    let place = thrown(element::place(&name).map_err(failure), context)?;
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

    /// The name of the element under a key. Not inlined: each copy is bytes that every call loads.
    #[inline(never)]
    fn name(&self, key: &JsValue, context: &mut Context) -> JsResult<String> {
        let key = copy::out_of_js(key, context);
        let key = thrown(key, context)?;
        let name = element::name(&self.place, &key).map_err(failure);
        thrown(name, context)
    }
}

#[inline(never)]
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
