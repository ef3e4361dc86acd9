//! Properties that an object itself has, set at once.
//!
//! In: an object, a key, a value. Out: what `[[Set]]` would do where the object is the
//! receiver and has a writable data property of that name, or is an array and takes the
//! element; or nothing. The name is looked up once, not
//! for each of the methods that `[[Set]]` asks; what they count is counted.

use super::JsObject;
use super::dense_elements::Counted;
use super::internal_methods::{InternalMethodPropertyContext, ORDINARY_INTERNAL_METHODS};
use super::shape::slot::SlotAttributes;
use crate::property::PropertyKey;
use crate::{JsResult, JsValue};

impl JsObject {
    /// `[[Set]]` of a writable data property of its own.
    pub(crate) fn set_own_property(
        &self,
        key: &PropertyKey,
        value: &JsValue,
        receiver: &JsValue,
        context: &mut InternalMethodPropertyContext<'_>,
    ) -> JsResult<bool> {
        if !boa_ast::shortcut::Shortcut::Elements.is_on() {
            return Ok(false);
        }
        if !receiver.as_object().is_some_and(|receiver| Self::equals(self, &receiver)) {
            return Ok(false);
        }
        if let PropertyKey::Index(index) = key {
            return Ok(self.set_element(index.get(), value, Counted::Method, context));
        }
        if !self.has_ordinary_properties() {
            return Ok(false);
        }
        let Some(slot) = self.borrow().properties.shape.lookup(key) else {
            return Ok(false);
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

    /// Whether its own properties are found and defined in the ordinary way.
    fn has_ordinary_properties(&self) -> bool {
        let (own, ordinary) = (self.vtable(), &ORDINARY_INTERNAL_METHODS);
        std::ptr::fn_addr_eq(own.__get_own_property__, ordinary.__get_own_property__)
            && std::ptr::fn_addr_eq(own.__define_own_property__, ordinary.__define_own_property__)
    }
}
