//! Where a property lies, if that is known without running anything.
//!
//! In: an object in a register, and the inline cache of the place in the code. Out: the address of the
//! value, or of where it goes. Nothing here calls a function of a script or counts fuel; accessors,
//! proxies and what the caches do not hold are left to the handlers.

use super::slots::{self, Slot};
use crate::JsValue;
use crate::object::shape::slot::SlotAttributes;
use crate::value::inner::InnerValue;
use crate::vm::CodeBlock;
use crate::vm::inline_cache::CacheEntry;
use std::ptr::NonNull;

/// What tells slots whose value lies in the object itself from others: accessors, and the prototype's.
const NOT_PLAIN: SlotAttributes = SlotAttributes::GET
    .union(SlotAttributes::SET)
    .union(SlotAttributes::PROTOTYPE);

/// The entry of a shape; mostly the first.
#[inline(always)]
fn entry_of(entries: &[CacheEntry], shape: usize) -> Option<&CacheEntry> {
    match entries.first() {
        Some(first) if first.shape_address == shape => Some(first),
        Some(_) => other_entry_of(entries, shape),
        None => None,
    }
}

#[cold]
#[inline(never)]
fn other_entry_of(entries: &[CacheEntry], shape: usize) -> Option<&CacheEntry> {
    entries.iter().find(|entry| entry.shape_address == shape)
}

/// Where the value of a property lies that the cache finds in an object or in its prototype.
///
/// # Safety
/// The slot holds a value, and the cache is one of the code.
#[inline(never)]
pub(super) unsafe fn cached(code: &CodeBlock, cache: u32, object: Slot) -> Option<NonNull<JsValue>> {
    // SAFETY: the caller's. What is read is borrowed by nobody for writing.
    unsafe {
        if !slots::is_object(object) {
            return None;
        }
        let object = (*object.cast::<InnerValue>()).as_object_unchecked();
        let mut properties = &(*object.as_readable_ptr()?).properties;
        let shape = properties.shape.to_addr_usize();
        let entries = &*code.ic.get(cache as usize)?.entries.as_readable_ptr()?;
        let entry = entry_of(entries, shape)?;
        let kind = entry.slot.attributes & NOT_PLAIN;
        if !kind.is_empty() {
            if kind != SlotAttributes::PROTOTYPE {
                return None;
            }
            properties = &(*entry.holder.as_ref()?.as_readable_ptr()?).properties;
            if properties.shape.to_addr_usize() != entry.prototype_address {
                return None;
            }
        }
        properties.storage.get(entry.slot.index as usize).map(NonNull::from)
    }
}

/// Where the value of an object's own property goes.
///
/// # Safety
/// As for [`cached`].
#[inline(never)]
pub(super) unsafe fn cached_own(code: &CodeBlock, cache: u32, object: Slot) -> Option<NonNull<JsValue>> {
    // SAFETY: the caller's. What is written to is borrowed by nobody.
    unsafe {
        if !slots::is_object(object) {
            return None;
        }
        let object = (*object.cast::<InnerValue>()).as_object_unchecked();
        let properties = &mut (*object.as_writable_ptr()?).properties;
        let shape = properties.shape.to_addr_usize();
        let entries = &*code.ic.get(cache as usize)?.entries.as_readable_ptr()?;
        let entry = entry_of(entries, shape)?;
        if entry.slot.attributes.intersects(NOT_PLAIN) {
            return None;
        }
        properties.storage.get_mut(entry.slot.index as usize).map(NonNull::from)
    }
}

/// The length of an array or of a string, if it is an integer.
///
/// # Safety
/// The slot holds a value.
#[inline(never)]
pub(super) unsafe fn length(slot: Slot) -> Option<i32> {
    // SAFETY: the caller's.
    unsafe {
        let value = &*slot.cast::<InnerValue>();
        if value.is_string() {
            return i32::try_from(value.as_string_unchecked().len()).ok();
        }
        if !slots::is_object(slot) {
            return None;
        }
        let object = value.as_object_unchecked();
        if !object.is_array() {
            return None;
        }
        let length: *const JsValue = (*object.as_readable_ptr()?).properties.storage.first()?;
        let length = length.cast_mut();
        slots::is_integer(length).then(|| slots::integer(length))
    }
}

/// An element of a dense array.
///
/// # Safety
/// The slot holds a value.
#[inline(never)]
pub(super) unsafe fn element(object: Slot, index: Slot) -> Option<JsValue> {
    // SAFETY: the caller's.
    unsafe {
        if !slots::is_integer(index) || !slots::is_object(object) {
            return None;
        }
        let index = u32::try_from(slots::integer(index)).ok()?;
        let object = (*object.cast::<InnerValue>()).as_object_unchecked();
        if !object.is_array() {
            return None;
        }
        (*object.as_readable_ptr()?).properties.get_dense_property(index)
    }
}

/// Sets an element that a dense array has; says whether it did.
///
/// # Safety
/// The slots hold values.
#[inline(never)]
pub(super) unsafe fn set_element(object: Slot, index: Slot, value: Slot) -> bool {
    // SAFETY: the caller's. What is written to is borrowed by nobody.
    unsafe {
        if !slots::is_integer(index) || !slots::is_object(object) {
            return false;
        }
        let Ok(index) = u32::try_from(slots::integer(index)) else {
            return false;
        };
        let object = (*object.cast::<InnerValue>()).as_object_unchecked();
        if !object.is_array() {
            return false;
        }
        let Some(object) = object.as_writable_ptr() else {
            return false;
        };
        (*object).extensible && (*object).properties.set_dense_property(index, &*value)
    }
}
