//! Properties of ordinary objects, read, set and defined at once.
//!
//! In: an object, a name, perhaps a value. Out: what the object's internal methods would do, where they
//! are the ordinary ones and no code of the program has a part in it; or nothing. A name is looked up
//! once in each object, not for each of the methods, and no descriptor is made; what the methods count is
//! counted.

use boa_ast::shortcut::Shortcut;

use super::JsObject;
use super::dense_elements::Counted;
use super::internal_methods::{InternalMethodPropertyContext, ORDINARY_INTERNAL_METHODS};
use super::shape::Shape;
use super::shape::shared_shape::TransitionKey;
use super::shape::slot::{Slot, SlotAttributes};
use crate::property::{PropertyDescriptor, PropertyKey};
use crate::{Context, JsResult, JsValue};

/// Objects that a name is looked up in, one behind the other, before the methods are asked.
const CHAIN_MAX: u32 = 8;

/// The attributes that a property is to have.
#[derive(Clone, Copy)]
pub(crate) struct Attributes {
    /// Those of which something is said; the others stay as they are.
    said: SlotAttributes,
    set: SlotAttributes,
}

impl Attributes {
    /// Of a property that a literal or an assignment makes.
    pub(crate) const ORDINARY: Self = Self::all(ORDINARY);
    /// Of a method of a class.
    pub(crate) const METHOD: Self =
        Self::all(SlotAttributes::WRITABLE.union(SlotAttributes::CONFIGURABLE));
    /// Of a function's name.
    pub(crate) const NAME: Self = Self::all(SlotAttributes::CONFIGURABLE);

    const fn all(set: SlotAttributes) -> Self {
        Self { said: ORDINARY, set }
    }

    /// What a descriptor says.
    pub(crate) fn of(descriptor: &PropertyDescriptor) -> Self {
        let mut attributes = Self { said: SlotAttributes::empty(), set: SlotAttributes::empty() };
        for (attribute, value) in [
            (SlotAttributes::WRITABLE, descriptor.writable()),
            (SlotAttributes::ENUMERABLE, descriptor.enumerable()),
            (SlotAttributes::CONFIGURABLE, descriptor.configurable()),
        ] {
            attributes.said.set(attribute, value.is_some());
            attributes.set.set(attribute, value == Some(true));
        }
        attributes
    }
}

/// What was found of a name.
pub(crate) struct Found {
    /// Nothing, if no object of the chain has the name.
    pub(crate) value: Option<JsValue>,
    /// Where the value lies, if an inline cache may remember it; and the shape of the prototype, if it is
    /// there.
    pub(crate) place: Option<(Slot, Option<Shape>)>,
}

impl Found {
    /// Remembers the place in an inline cache of the frame's code.
    pub(crate) fn keep(&self, object: &JsObject, cache: usize, context: &Context) {
        let Some((slot, prototype)) = &self.place else {
            return;
        };
        let object = object.borrow();
        // An object with a shape of its own may get the property and keep the shape.
        if prototype.is_none() || object.shape().is_shared() {
            let cache = &context.vm.frame().code_block().ic[cache];
            cache.remember(object.shape(), *slot, prototype.clone());
        }
    }
}

/// Attributes of a property that a literal or an assignment makes.
const ORDINARY: SlotAttributes = SlotAttributes::WRITABLE
    .union(SlotAttributes::ENUMERABLE)
    .union(SlotAttributes::CONFIGURABLE);

impl JsObject {
    /// `[[Set]]` of a writable data property of its own.
    pub(crate) fn set_own_property(
        &self,
        key: &PropertyKey,
        value: &JsValue,
        receiver: &JsValue,
        context: &mut InternalMethodPropertyContext<'_>,
    ) -> JsResult<bool> {
        let is_self = |receiver| Self::equals(self, &receiver);
        if !Shortcut::Properties.is_on() || !receiver.as_object().is_some_and(is_self) {
            return Ok(false);
        }
        if let PropertyKey::Index(index) = key {
            return Ok(self.set_element(index.get(), value, Counted::Method, context));
        }
        if !self.has_ordinary_properties() {
            return Ok(false);
        }
        let Some(slot) = self.borrow().properties.shape.lookup(key) else {
            return self.add_own_property(key, value, context);
        };
        if slot.attributes.is_accessor_descriptor()
            || !slot.attributes.contains(SlotAttributes::WRITABLE)
        {
            return Ok(false);
        }
        context.charge_key_step(key)?;
        context.charge_definition(key);
        let known = context.slot();
        known.index = slot.index;
        known.attributes = (known.attributes & SlotAttributes::INLINE_CACHE_BITS)
            | slot.attributes
            | SlotAttributes::FOUND;
        known.attributes.remove(SlotAttributes::NOT_CACHEABLE);
        self.borrow_mut().properties.storage[slot.index as usize] = value.clone();
        Ok(true)
    }

    /// `[[Get]]` of a data property of its own or of a prototype, or of none.
    pub(crate) fn get_at_once(
        &self,
        key: &PropertyKey,
        context: &mut Context,
    ) -> JsResult<Option<Found>> {
        if !Shortcut::Properties.is_on() || matches!(key, PropertyKey::Index(_)) {
            return Ok(None);
        }
        let mut object = self.clone();
        for depth in 0..CHAIN_MAX {
            if !object.is_read_in_the_ordinary_way() {
                return Ok(None);
            }
            let borrowed = object.borrow();
            let properties = &borrowed.properties;
            if let Some(slot) = properties.shape.lookup(key) {
                if slot.attributes.is_accessor_descriptor() {
                    return Ok(None);
                }
                context.charge_key_steps(key, 2 * (depth + 1))?;
                let value = Some(properties.storage[slot.index as usize].clone());
                let place = match depth {
                    0 => Some((slot, None)),
                    1 => {
                        let attributes = slot.attributes | SlotAttributes::PROTOTYPE;
                        Some((Slot { attributes, ..slot }, Some(properties.shape.clone())))
                    }
                    _ => None,
                };
                return Ok(Some(Found { value, place }));
            }
            let Some(next) = properties.shape.prototype() else {
                context.charge_key_steps(key, 2 * (depth + 1))?;
                return Ok(Some(Found { value: None, place: None }));
            };
            drop(borrowed);
            object = next;
        }
        Ok(None)
    }

    /// `[[Set]]` of a name that the object, which is the receiver, hasn't got, if no prototype has it.
    fn add_own_property(
        &self,
        key: &PropertyKey,
        value: &JsValue,
        context: &mut InternalMethodPropertyContext<'_>,
    ) -> JsResult<bool> {
        if !self.borrow().extensible {
            return Ok(false);
        }
        let mut depth = 1;
        let mut next = self.borrow().properties.shape.prototype();
        while let Some(object) = next {
            if depth == CHAIN_MAX || !object.is_set_in_the_ordinary_way() {
                return Ok(false);
            }
            let borrowed = object.borrow();
            if borrowed.properties.shape.lookup(key).is_some() {
                return Ok(false);
            }
            next = borrowed.properties.shape.prototype();
            depth += 1;
        }
        // `[[Set]]` of all but the first, `[[GetOwnProperty]]` of all and of the first once more.
        context.charge_key_steps(key, 2 * depth)?;
        context.charge_definition(key);
        context.slot().attributes.insert(SlotAttributes::NOT_CACHEABLE);
        self.add_property(key, value.clone(), ORDINARY);
        Ok(true)
    }

    /// What the ordinary `[[DefineOwnProperty]]` does with a data property: a new one, or one that keeps
    /// its attributes.
    pub(crate) fn define_in_the_ordinary_way(
        &self,
        key: &PropertyKey,
        value: &JsValue,
        attributes: Attributes,
        context: &mut InternalMethodPropertyContext<'_>,
    ) -> JsResult<bool> {
        self.define(key, value, attributes, Counted::Method, context)
    }

    /// `[[DefineOwnProperty]]` of a data property, where it is the ordinary one.
    pub(crate) fn define_at_once(
        &self,
        key: &PropertyKey,
        value: &JsValue,
        attributes: Attributes,
        context: &mut InternalMethodPropertyContext<'_>,
    ) -> JsResult<bool> {
        let ordinary = ORDINARY_INTERNAL_METHODS.__define_own_property__;
        Ok(std::ptr::fn_addr_eq(self.vtable().__define_own_property__, ordinary)
            && self.define(key, value, attributes, Counted::Nothing, context)?)
    }

    fn define(
        &self,
        key: &PropertyKey,
        value: &JsValue,
        attributes: Attributes,
        counted: Counted,
        context: &mut InternalMethodPropertyContext<'_>,
    ) -> JsResult<bool> {
        if !Shortcut::Properties.is_on() || matches!(key, PropertyKey::Index(_)) || !self.has_ordinary_properties_below() {
            return Ok(false);
        }
        let found = self.borrow().properties.shape.lookup(key);
        let before = found.map_or(SlotAttributes::empty(), |slot| slot.attributes);
        let attributes = (before - attributes.said) | attributes.set;
        let is_possible = match found {
            Some(_) => {
                before.contains(SlotAttributes::CONFIGURABLE)
                    && !before.is_accessor_descriptor()
                    && attributes == before
            }
            None => self.borrow().extensible,
        };
        if !is_possible {
            return Ok(false);
        }
        match counted {
            Counted::Nothing => context.charge_definition(key),
            Counted::Method => context.charge_key_step(key)?,
        }
        match found {
            Some(slot) => {
                context.remember(slot.index, attributes | SlotAttributes::FOUND);
                self.borrow_mut().properties.storage[slot.index as usize] = value.clone();
            }
            None => {
                let index = self.add_property(key, value.clone(), attributes);
                context.remember(index, attributes);
            }
        }
        Ok(true)
    }

    /// Adds a data property that isn't there; gives where its value lies.
    fn add_property(&self, key: &PropertyKey, value: JsValue, attributes: SlotAttributes) -> u32 {
        let properties = &mut self.borrow_mut().properties;
        let transition = TransitionKey { property_key: key.clone(), attributes };
        properties.shape = properties.shape.insert_property_transition(transition);
        properties.storage.push(value);
        properties.storage.len() as u32 - 1
    }

    /// Whether its own properties are found and defined in the ordinary way.
    pub(crate) fn has_ordinary_properties(&self) -> bool {
        let (own, ordinary) = (self.vtable(), &ORDINARY_INTERNAL_METHODS);
        std::ptr::fn_addr_eq(own.__define_own_property__, ordinary.__define_own_property__)
            && self.has_ordinary_properties_below()
    }

    /// Whether what the ordinary method of defining asks is ordinary.
    fn has_ordinary_properties_below(&self) -> bool {
        let (own, ordinary) = (self.vtable(), &ORDINARY_INTERNAL_METHODS);
        std::ptr::fn_addr_eq(own.__get_own_property__, ordinary.__get_own_property__)
            && std::ptr::fn_addr_eq(own.__is_extensible__, ordinary.__is_extensible__)
    }

    fn is_read_in_the_ordinary_way(&self) -> bool {
        let (own, ordinary) = (self.vtable(), &ORDINARY_INTERNAL_METHODS);
        std::ptr::fn_addr_eq(own.__get__, ordinary.__get__)
            && std::ptr::fn_addr_eq(own.__get_own_property__, ordinary.__get_own_property__)
            && std::ptr::fn_addr_eq(own.__get_prototype_of__, ordinary.__get_prototype_of__)
    }

    fn is_set_in_the_ordinary_way(&self) -> bool {
        let (own, ordinary) = (self.vtable(), &ORDINARY_INTERNAL_METHODS);
        std::ptr::fn_addr_eq(own.__set__, ordinary.__set__)
            && std::ptr::fn_addr_eq(own.__get_own_property__, ordinary.__get_own_property__)
            && std::ptr::fn_addr_eq(own.__get_prototype_of__, ordinary.__get_prototype_of__)
    }
}

impl InternalMethodPropertyContext<'_> {
    /// Keeps where a property lies, as the methods do.
    fn remember(&mut self, index: u32, attributes: SlotAttributes) {
        let slot = self.slot();
        slot.index = index;
        slot.attributes = (slot.attributes & SlotAttributes::INLINE_CACHE_BITS) | attributes;
    }
}
