//! Values where they lie: registers and elements of the stack, by their address.
//!
//! In: addresses of initialised values. Every function is unsafe for that reason alone. What is kept:
//! a value that is copied has one more owner, a value that is overwritten has one less.

use crate::JsValue;
use crate::value::inner::InnerValue;
use boa_gc::Gc;
use std::mem::MaybeUninit;

/// Where a value lies.
pub(super) type Slot = *mut JsValue;

const INTEGER: u32 = InnerValue::INTEGER;
const BOOLEAN: u32 = InnerValue::BOOLEAN;
const OTHER: u32 = InnerValue::OTHER;
const OBJECT: u32 = InnerValue::OBJECT;

/// The half of a value that holds its tag.
#[inline(always)]
pub(super) unsafe fn tag(slot: Slot) -> u32 {
    // SAFETY: the slot holds the eight bytes of a value, and this architecture is little-endian.
    unsafe { slot.cast::<u32>().add(1).read() }
}

/// The half of a value that holds an integer or a boolean.
#[inline(always)]
pub(super) unsafe fn low(slot: Slot) -> u32 {
    // SAFETY: as above.
    unsafe { slot.cast::<u32>().read() }
}

#[inline(always)]
pub(super) unsafe fn bits(slot: Slot) -> u64 {
    // SAFETY: as above; a value may be aligned to four bytes alone.
    unsafe { slot.cast::<u64>().read_unaligned() }
}

#[inline(always)]
pub(super) unsafe fn is_integer(slot: Slot) -> bool {
    // SAFETY: the caller's.
    unsafe { tag(slot) == INTEGER }
}

#[inline(always)]
pub(super) unsafe fn is_nullish(slot: Slot) -> bool {
    // SAFETY: the caller's.
    unsafe { tag(slot) == OTHER }
}

#[inline(always)]
pub(super) unsafe fn is_object(slot: Slot) -> bool {
    // The lower bits of the upper half belong to long addresses.
    let mask = if cfg!(target_pointer_width = "32") { u32::MAX } else { 0xFFFF_0000 };
    // SAFETY: the caller's.
    unsafe { tag(slot) & mask == OBJECT }
}

#[inline(always)]
pub(super) unsafe fn integer(slot: Slot) -> i32 {
    // SAFETY: the caller's.
    unsafe { low(slot) as i32 }
}

/// The value as a number, if it is one. Tags begin above all numbers with a clear sign, and there is
/// but one that is not a number.
#[inline(always)]
pub(super) unsafe fn number(slot: Slot) -> Option<f64> {
    // SAFETY: the caller's.
    unsafe {
        let tag = tag(slot);
        if tag == INTEGER {
            return Some(f64::from(integer(slot)));
        }
        ((tag as i32) < INTEGER as i32).then(|| f64::from_bits(bits(slot)))
    }
}

/// Whether two values are strictly equal, if their bytes tell: integers, booleans, null and
/// undefined.
#[inline(always)]
pub(super) unsafe fn same_simple(left: Slot, right: Slot) -> Option<bool> {
    // SAFETY: the caller's.
    unsafe {
        let are_simple = |tag: u32| tag.wrapping_sub(INTEGER) <= OTHER - INTEGER;
        (are_simple(tag(left)) && are_simple(tag(right))).then(|| bits(left) == bits(right))
    }
}

/// What a value is as a boolean, if that takes no look behind a pointer.
#[inline(always)]
pub(super) unsafe fn truth(slot: Slot) -> Option<bool> {
    // SAFETY: the caller's.
    unsafe {
        match tag(slot) {
            BOOLEAN => Some(low(slot) & 1 != 0),
            INTEGER => Some(low(slot) != 0),
            OTHER => Some(false),
            #[cfg(not(feature = "annex-b"))]
            _ if is_object(slot) => Some(true),
            _ => None,
        }
    }
}

/// Whether a value owns a part of something else.
#[inline(always)]
unsafe fn is_shared(slot: Slot) -> bool {
    // SAFETY: the caller's. Negative numbers have the sign set and are none.
    unsafe { tag(slot) as i32 >= OBJECT as i32 }
}

#[cold]
#[inline(never)]
unsafe fn retain_other(slot: Slot) {
    // SAFETY: the caller's.
    unsafe {
        match (*slot.cast::<InnerValue>()).as_string_in_place() {
            Some(text) => text.share(),
            None => std::mem::forget((*slot).clone()),
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn release_other(slot: Slot) {
    // SAFETY: the caller's, who overwrites the slot.
    unsafe {
        match (*slot.cast::<InnerValue>()).as_string_in_place() {
            Some(text) => text.unshare(),
            None => slot.drop_in_place(),
        }
    }
}

/// Counts one more owner of what a value shares.
#[inline(always)]
unsafe fn retain(slot: Slot) {
    // SAFETY: the caller's.
    unsafe {
        if !is_shared(slot) {
            return;
        }
        if is_object(slot) {
            let object = (*slot.cast::<InnerValue>()).as_object_unchecked();
            std::mem::forget(Gc::shared(object.inner()));
        } else {
            retain_other(slot);
        }
    }
}

/// Drops the value of a slot, which is written next.
#[inline(always)]
pub(super) unsafe fn release(slot: Slot) {
    // SAFETY: the caller's.
    unsafe {
        if !is_shared(slot) {
            return;
        }
        if is_object(slot) {
            let object = (*slot.cast::<InnerValue>()).as_object_unchecked();
            Gc::unshare(object.inner());
        } else {
            release_other(slot);
        }
    }
}

/// Copies the bytes of a value and leaves alone who owns it.
#[inline(always)]
pub(super) unsafe fn move_bytes(from: Slot, to: Slot) {
    // SAFETY: the caller's; bytes that may be of a pointer are copied as they are.
    unsafe {
        let bytes = from.cast::<MaybeUninit<u64>>().read_unaligned();
        to.cast::<MaybeUninit<u64>>().write_unaligned(bytes);
    }
}

/// Writes a copy to a slot that holds nothing.
#[inline(always)]
pub(super) unsafe fn copy_to_empty(from: Slot, to: Slot) {
    // SAFETY: the caller's.
    unsafe {
        retain(from);
        move_bytes(from, to);
    }
}

/// Writes a copy to a slot.
#[inline(always)]
pub(super) unsafe fn copy(from: Slot, to: Slot) {
    // SAFETY: the caller's. First the copy, since both may be one slot.
    unsafe {
        retain(from);
        release(to);
        move_bytes(from, to);
    }
}

/// Writes a copy to a slot that may hold the same value.
#[inline(always)]
pub(super) unsafe fn copy_if_other(from: Slot, to: Slot) {
    // SAFETY: the caller's.
    unsafe {
        if !is_shared(from) || bits(from) != bits(to) {
            copy(from, to);
        }
    }
}

/// Writes a value that nobody else owns to a slot.
#[inline(always)]
pub(super) unsafe fn set_bits(to: Slot, bits: u64) {
    // SAFETY: the caller's.
    unsafe {
        release(to);
        to.cast::<u64>().write_unaligned(bits);
    }
}

#[inline(always)]
pub(super) unsafe fn set_integer(to: Slot, value: i32) {
    // SAFETY: the caller's.
    unsafe { set_bits(to, (u64::from(INTEGER) << 32) | u64::from(value as u32)) }
}

#[inline(always)]
pub(super) unsafe fn set_boolean(to: Slot, value: bool) {
    // SAFETY: the caller's.
    unsafe { set_bits(to, (u64::from(BOOLEAN) << 32) | u64::from(value)) }
}

#[inline(always)]
pub(super) unsafe fn set_number(to: Slot, value: f64) {
    let bits = if value.is_nan() { InnerValue::NAN } else { value.to_bits() };
    // SAFETY: the caller's.
    unsafe { set_bits(to, bits) }
}

/// Writes a sum, a difference or a product of integers.
#[inline(always)]
pub(super) unsafe fn set_wide(to: Slot, value: i64) {
    // SAFETY: the caller's.
    unsafe {
        match i32::try_from(value) {
            Ok(value) => set_integer(to, value),
            Err(_) => set_number(to, value as f64),
        }
    }
}
