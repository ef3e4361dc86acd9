//! Texts: constants of the code, and sums of two.
//!
//! In: a constant's index, or slots. Out: whether the value is written; where it is not, nothing has
//! changed, and the handler does it.

use super::slots::{self, Slot};
use crate::value::inner::InnerValue;
use crate::vm::charges::COPIED_PER_FUEL;
use crate::vm::meter::STRING_LENGTH_MAX;
use crate::vm::{CodeBlock, Constant};
use crate::JsValue;
use std::mem::ManuallyDrop;
use std::ptr;

/// Writes a text or a big integer among the constants.
///
/// # Safety
/// The slot holds a value.
#[inline(never)]
pub(super) unsafe fn store_literal(code: &CodeBlock, index: u32, to: Slot) -> bool {
    // SAFETY: the caller's. What is read is an owner that is not counted before it is written.
    unsafe {
        match code.constants.get(index as usize) {
            Some(Constant::String(text)) => {
                let mut value = ManuallyDrop::new(JsValue::from(ptr::read(text)));
                if slots::bits(&raw mut *value) != slots::bits(to) {
                    text.share();
                    slots::release(to);
                    slots::move_bytes(&raw mut *value, to);
                }
                true
            }
            Some(Constant::BigInt(integer)) => {
                *to = integer.clone().into();
                true
            }
            _ => false,
        }
    }
}

/// Writes the sum of two texts, of which the right one is written behind the left one in place and is
/// so short that it counts as nothing.
///
/// # Safety
/// The slots hold values.
#[inline(never)]
pub(super) unsafe fn append(to: Slot, left: Slot, right: Slot) -> bool {
    // SAFETY: the caller's.
    unsafe {
        let Some(left) = (*left.cast::<InnerValue>()).as_string_in_place() else {
            return false;
        };
        let Some(right) = (*right.cast::<InnerValue>()).as_string_in_place() else {
            return false;
        };
        let more = right.len();
        if more >= COPIED_PER_FUEL || left.len() + more > STRING_LENGTH_MAX {
            return false;
        }
        let Some(text) = left.append(std::slice::from_ref(&*right), more) else {
            return false;
        };
        slots::release(to);
        to.write(text.into());
        true
    }
}
