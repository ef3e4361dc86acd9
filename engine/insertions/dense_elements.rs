//! Elements of arrays that lie side by side, and holes nowhere.
//!
//! In: an array, an index, a value. Out: what the internal methods of an array would do with it, done
//! at once; or nothing, where the array is not of this kind, so that the caller has to ask them. What
//! is done here gives the same and counts the same as they do: an array's own element needs no look
//! at its prototypes, and one that is added needs only that no prototype has an element of its name.

use super::JsObject;
use crate::vm::meter::{ARGUMENTS_MAX, INTERNAL_METHOD};
use crate::{Context, JsResult, JsValue};

/// Where the length of an array lies among its values.
const LENGTH: usize = 0;
/// Longest array that is extended here.
const LENGTH_MAX: u32 = i32::MAX as u32;
/// What `[[Set]]` counts for an element that is added: the method and that for its own property, the
/// same of two prototypes, and those that define it.
const ADDITION: u32 = 2 + 2 * 2 + 3;

/// A place of an element.
enum Place {
    /// Where one is.
    Taken,
    /// Behind the last one.
    Free,
}

/// Turns it off for a thread, so that a test can compare it with the internal methods.
#[cfg(not(target_family = "wasm"))]
pub mod switch {
    use std::cell::Cell;

    thread_local! {
        static IS_OFF: Cell<bool> = const { Cell::new(false) };
    }

    /// Whether arrays of this thread are left to their internal methods.
    pub fn turn_off(is_off: bool) {
        IS_OFF.set(is_off);
    }

    pub(crate) fn is_off() -> bool {
        IS_OFF.get()
    }
}

impl JsObject {
    /// Whether its elements may be looked for here.
    #[inline(always)]
    fn has_elements(&self) -> bool {
        #[cfg(not(target_family = "wasm"))]
        if switch::is_off() {
            return false;
        }
        self.is_array()
    }

    /// `[[Get]]` of an element, and `[[HasProperty]]` before it.
    pub(crate) fn get_element(
        &self,
        index: u32,
        context: &mut Context,
    ) -> JsResult<Option<JsValue>> {
        if !self.has_elements() {
            return Ok(None);
        }
        let element = self.borrow().properties.get_dense_property(index);
        if element.is_some() {
            // The method, and that for its own property.
            context.charge_steps(2)?;
        }
        Ok(element)
    }

    /// `[[Set]]` of an element that is there, or of the one behind the last.
    pub(crate) fn set_element(
        &self,
        index: u32,
        value: &JsValue,
        context: &mut Context,
    ) -> JsResult<bool> {
        let steps = match self.place_of(index, context) {
            // The method, that for its own property, and those that define it.
            Some(Place::Taken) => 4,
            Some(Place::Free) if context.has_no_inherited_elements() => ADDITION,
            _ => return Ok(false),
        };
        context.charge_steps(steps)?;
        self.put_element(index, value);
        Ok(true)
    }

    /// `CreateDataProperty` of an element that is there, or of the one behind the last.
    pub(crate) fn define_element(
        &self,
        index: u32,
        value: &JsValue,
        context: &mut Context,
    ) -> JsResult<bool> {
        if self.place_of(index, context).is_none() {
            return Ok(false);
        }
        // The method, and that for its own property.
        context.charge_steps(2)?;
        self.put_element(index, value);
        Ok(true)
    }

    /// `[[Delete]]` of the last element.
    pub(crate) fn delete_element(&self, index: u32, context: &mut Context) -> JsResult<bool> {
        if !self.has_elements()
            || self.borrow().properties.indexed_properties.dense_length() != Some(index + 1)
        {
            return Ok(false);
        }
        // The method, and that for its own property.
        context.charge_steps(2)?;
        self.borrow_mut().properties.indexed_properties.remove(index);
        Ok(true)
    }

    /// `[[Set]]` of elements behind the last one, and of the length; gives the new length.
    pub(crate) fn push_elements(
        &self,
        values: &[JsValue],
        context: &mut Context,
    ) -> JsResult<Option<u32>> {
        if !self.has_elements() {
            return Ok(None);
        }
        let length = match self.borrow().properties.indexed_properties.dense_length() {
            Some(length) if length <= LENGTH_MAX - ARGUMENTS_MAX as u32 => length,
            _ => return Ok(None),
        };
        if !matches!(self.place_of(length, context), Some(Place::Free))
            || self.borrow().properties.storage[LENGTH].as_i32() != Some(length as i32)
            || !context.has_no_inherited_elements()
        {
            return Ok(None);
        }
        for _ in values {
            context.charge_steps(ADDITION)?;
        }
        let mut object = self.borrow_mut();
        for value in values {
            object.properties.indexed_properties.push_dense(value);
        }
        let length = length + values.len() as u32;
        object.properties.storage[LENGTH] = JsValue::new(length);
        Ok(Some(length))
    }

    /// Where an element lies, or would lie.
    fn place_of(&self, index: u32, context: &Context) -> Option<Place> {
        if !self.has_elements() {
            return None;
        }
        let object = self.borrow();
        let properties = &object.properties;
        let length = properties.indexed_properties.dense_length()?;
        if index < length {
            return Some(Place::Taken);
        }
        // With the shape of the template the length can be written, and the prototype is the usual one.
        let template = context.intrinsics().templates().array().shape();
        let is_free = index == length
            && index < LENGTH_MAX
            && object.extensible
            && properties.shape.to_addr_usize() == template.to_addr_usize()
            && properties.storage[LENGTH].as_i32().is_some();
        is_free.then_some(Place::Free)
    }

    /// Puts an element at its place.
    fn put_element(&self, index: u32, value: &JsValue) {
        let properties = &mut self.borrow_mut().properties;
        properties.indexed_properties.insert_value(index, value);
        let length = &mut properties.storage[LENGTH];
        if length.as_i32().is_some_and(|length| length as u32 <= index) {
            *length = JsValue::new(index + 1);
        }
    }
}

impl Context {
    /// Whether the prototypes of an array have no elements, and `[[Set]]` could look at them.
    fn has_no_inherited_elements(&self) -> bool {
        let constructors = self.intrinsics().constructors();
        let (array, object) = (constructors.array(), constructors.object());
        let array = array.prototype_in_place().borrow();
        let object = object.prototype_in_place();
        // The object's own prototype is nothing, and can't become anything else.
        array.properties.indexed_properties.dense_length() == Some(0)
            && array.properties.shape.prototype().as_ref() == Some(object)
            && object.borrow().properties.indexed_properties.dense_length() == Some(0)
            && self.has_native_room(2 * INTERNAL_METHOD)
    }
}
