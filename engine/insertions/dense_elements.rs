//! Elements of arrays that lie side by side, and holes nowhere.
//!
//! In: an array, an index, a value. Out: what the internal methods of an array would do with it, done
//! at once; or nothing, where the array is not of this kind, so that the caller has to ask them. What
//! is done here gives the same and counts the same as they do: an array's own element needs no look
//! at its prototypes, and one that is added needs only that no prototype has an element of its name.
//! The host is never asked for fuel here, since it may collect garbage: where there is too little, the
//! methods are asked.

use super::{ErasedObjectData, JsObject, Object, PropertyMap};
use crate::vm::meter::INTERNAL_METHOD;
use crate::{Context, JsValue};
use boa_ast::shortcut::Shortcut;

/// Where the length of an array lies among its values.
const LENGTH: usize = 0;
/// Longest array that is extended here; more than are ever given to a function fit behind it.
pub(crate) const LENGTH_MAX: u32 = 1 << 31;
/// What a method counts that asks for an own property: itself, and that.
pub(crate) const OWN: u32 = 2;
/// What `[[Set]]` counts for an element that is there: the same, and what defines it.
const CHANGE: u32 = OWN + 2;
/// What `[[Set]]` counts for an element that is added: the same of two prototypes, the own property
/// once more, and what defines it.
pub(crate) const ADDITION: u32 = OWN + 2 * OWN + 1 + 2;

/// What is counted already.
#[derive(Clone, Copy)]
pub(crate) enum Counted {
    /// Nothing.
    Nothing = 0,
    /// The method that is asked.
    Method = 1,
}

/// A place of an element.
enum Place {
    /// Where one is.
    Taken,
    /// Behind the last one.
    Free,
}

impl JsObject {
    /// Whether its elements may be looked for here.
    #[inline(always)]
    fn has_elements(&self) -> bool {
        Shortcut::Elements.is_on() && self.is_array()
    }

    /// `[[Get]]` of an element, or `[[HasProperty]]` and `[[Get]]`.
    pub(crate) fn get_element(&self, index: u32, context: &mut Context) -> Option<JsValue> {
        if !self.has_elements() || context.vm.meter.left < OWN {
            return None;
        }
        let element = self.borrow().properties.get_dense_property(index)?;
        context.vm.meter.left -= OWN;
        Some(element)
    }

    /// `[[Set]]` of an element that is there, or of the one behind the last; gives whether it is done.
    pub(crate) fn set_element(
        &self,
        index: u32,
        value: &JsValue,
        counted: Counted,
        context: &mut Context,
    ) -> bool {
        if !self.has_elements() || context.vm.meter.left < ADDITION {
            return false;
        }
        let steps = match context.place_of(&self.borrow(), index) {
            Some(Place::Taken) => CHANGE,
            Some(Place::Free) if context.has_no_inherited_elements() => ADDITION,
            _ => return false,
        };
        context.vm.meter.left -= steps - counted as u32;
        self.borrow_mut().properties.put_element(index, value);
        true
    }

    /// `CreateDataProperty` of an element that is there, or of the one behind the last; gives whether
    /// it is done.
    pub(crate) fn define_element(&self, index: u32, value: &JsValue, context: &mut Context) -> bool {
        if !self.has_elements() || context.vm.meter.left < OWN {
            return false;
        }
        let mut object = self.borrow_mut();
        if context.place_of(&object, index).is_none() {
            return false;
        }
        context.vm.meter.left -= OWN;
        object.properties.put_element(index, value);
        true
    }

    /// `[[Delete]]` of the last element; gives whether it is done.
    pub(crate) fn delete_element(&self, index: u32, context: &mut Context) -> bool {
        if !self.has_elements() || context.vm.meter.left < OWN {
            return false;
        }
        let elements = &mut self.borrow_mut().properties.indexed_properties;
        if elements.dense_length() != Some(index + 1) {
            return false;
        }
        context.vm.meter.left -= OWN;
        elements.remove(index);
        true
    }

    /// `[[Set]]` of elements behind the last one, and of the length; gives the new length.
    pub(crate) fn push_elements(&self, values: &[JsValue], context: &mut Context) -> Option<u32> {
        let steps = ADDITION * values.len() as u32;
        if !self.has_elements() || context.vm.meter.left < steps {
            return None;
        }
        let mut object = self.borrow_mut();
        let length = object.properties.indexed_properties.dense_length()?;
        let is_free = matches!(context.place_of(&object, length), Some(Place::Free));
        if !is_free
            || object.properties.storage[LENGTH].as_i32() != Some(length as i32)
            || !context.has_no_inherited_elements()
        {
            return None;
        }
        context.vm.meter.left -= steps;
        for value in values {
            object.properties.indexed_properties.push_dense(value);
        }
        let length = length + values.len() as u32;
        object.properties.storage[LENGTH] = JsValue::new(length);
        Some(length)
    }
}

impl PropertyMap {
    /// Puts an element at its place.
    fn put_element(&mut self, index: u32, value: &JsValue) {
        self.indexed_properties.insert_value(index, value);
        let length = &mut self.storage[LENGTH];
        if length.as_i32().is_some_and(|length| length as u32 <= index) {
            *length = JsValue::new(index + 1);
        }
    }
}

impl Context {
    /// Where an element of an array lies, or would lie.
    fn place_of(&self, array: &Object<ErasedObjectData>, index: u32) -> Option<Place> {
        let properties = &array.properties;
        let length = properties.indexed_properties.dense_length()?;
        if index < length {
            return Some(Place::Taken);
        }
        // With the shape of the template the length can be written, and the prototype is the usual one.
        let template = self.intrinsics().templates().array().shape();
        let is_free = index == length
            && index < LENGTH_MAX
            && array.extensible
            && properties.shape.to_addr_usize() == template.to_addr_usize()
            && properties.storage[LENGTH].as_i32().is_some();
        is_free.then_some(Place::Free)
    }

    /// Whether the prototypes of an array have no elements, and `[[Set]]` could look at them.
    pub(crate) fn has_no_inherited_elements(&self) -> bool {
        let constructors = self.intrinsics().constructors();
        let (array, object) = (constructors.array(), constructors.object());
        let array = array.prototype_in_place().borrow();
        let object = object.prototype_in_place();
        // The object's own prototype is nothing, and can't become anything else.
        array.properties.indexed_properties.dense_length() == Some(0)
            && array.properties.shape.has_prototype(object)
            && object.borrow().properties.indexed_properties.dense_length() == Some(0)
            && self.has_native_room(2 * INTERNAL_METHOD)
    }
}
