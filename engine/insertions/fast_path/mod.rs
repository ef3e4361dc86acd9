//! The instructions that programs run most, in one loop that keeps its state in variables of its own.
//!
//! In: the frame on top of the virtual machine. Out: how its execution ended. The handlers of
//! `opcode` say what an instruction does; this loop does the same where operands are of the common
//! kind, and leaves the instruction to its handler where they are not. It looks before it touches:
//! until an instruction is known to be of the common kind, nothing is changed.
//!
//! Registers, constants and addresses of an instruction are the compiler's, and are trusted here as
//! in the handlers: every block of code ends in an instruction that leaves it.

mod slots;

use super::opcode::{OPCODE_HANDLERS, Opcode};
use super::{CallFrame, CallFrameFlags, CompletionRecord, Vm};
use crate::value::inner::InnerValue;
use crate::{Context, JsError, JsNativeError};
use std::ops::ControlFlow;

/// Turns the loop off for a thread, so that a test can compare it with the handlers.
#[cfg(not(target_family = "wasm"))]
pub mod switch {
    use std::cell::Cell;

    thread_local! {
        static IS_OFF: Cell<bool> = const { Cell::new(false) };
    }

    /// Whether contexts of this thread leave every instruction to its handler.
    pub fn turn_off(is_off: bool) {
        IS_OFF.set(is_off);
    }

    pub(super) fn is_off() -> bool {
        IS_OFF.get()
    }
}

/// The frame that is executed.
#[inline(always)]
unsafe fn top(vm: *mut Vm) -> *mut CallFrame {
    // SAFETY: the caller has a valid machine, whose frames are never empty.
    unsafe { (*vm).frames.last_mut().unwrap_unchecked() }
}

impl Context {
    /// Executes the frame on top until it ends.
    pub(crate) fn run(&mut self) -> CompletionRecord {
        #[cfg(not(target_family = "wasm"))]
        if switch::is_off() {
            return self.run_by_handlers();
        }
        loop {
            if let ControlFlow::Break(record) = self.run_until_handled() {
                return record;
            }
        }
    }

    /// Executes instructions up to one that is left to its handler, and that one.
    #[inline(always)]
    fn run_until_handled(&mut self) -> ControlFlow<CompletionRecord> {
        let vm = &raw mut self.vm;
        // SAFETY: `vm` is used until `self` is used again, after the loop. Addresses below it are
        // derived anew where what they point into may have moved.
        let (opcode, pc, is_charged) = unsafe {
            let frame = top(vm);
            let bytes: &[u8] = &(&(*frame).code_block).bytecode.bytes;
            if (*frame).pc as usize >= bytes.len() {
                let error = JsError::from_native(JsNativeError::error());
                return ControlFlow::Break(CompletionRecord::Throw(error));
            }
            let code = bytes.as_ptr();
            let mut next = code.add((*frame).pc as usize);
            let registers = (*vm).stack.stack.as_mut_ptr().add((*frame).rp as usize);
            let mut left = (*vm).meter.left;

            /// A word of the instruction.
            macro_rules! word {
                ($at:literal) => {
                    next.add(1 + 4 * $at).cast::<u32>().read_unaligned()
                };
            }
            /// The register that a word of the instruction names.
            macro_rules! register {
                ($at:literal) => {
                    registers.add(word!($at) as usize)
                };
            }
            /// Goes on behind an instruction of so many bytes beside its opcode.
            macro_rules! step {
                ($operands:literal) => {{
                    next = next.add(1 + $operands);
                    continue;
                }};
            }
            /// Goes on at the address in the instruction's first word, or behind its `$words` words.
            macro_rules! jump_if {
                ($condition:expr, $words:literal) => {{
                    next = if $condition { code.add(word!(0) as usize) } else { next.add(1 + 4 * $words) };
                    continue;
                }};
            }
            /// Writes a value that is part of the opcode.
            macro_rules! store {
                ($set:ident, $($value:expr)?) => {{
                    slots::$set(register!(0), $($value)?);
                    step!(4)
                }};
            }
            macro_rules! arithmetic {
                ($operator:tt) => {{
                    let (to, left, right) = (register!(0), register!(1), register!(2));
                    if slots::is_integer(left) && slots::is_integer(right) {
                        let (left, right) = (slots::integer(left), slots::integer(right));
                        slots::set_wide(to, i64::from(left) $operator i64::from(right));
                        step!(12)
                    }
                    if let (Some(left), Some(right)) = (slots::number(left), slots::number(right)) {
                        slots::set_number(to, left $operator right);
                        step!(12)
                    }
                }};
            }
            macro_rules! bitwise {
                ($operator:tt) => {{
                    let (left, right) = (register!(1), register!(2));
                    if slots::is_integer(left) && slots::is_integer(right) {
                        slots::set_integer(register!(0), slots::integer(left) $operator slots::integer(right));
                        step!(12)
                    }
                }};
            }
            macro_rules! compared {
                ($left:expr, $right:expr, $operator:tt) => {{
                    let (left, right) = ($left, $right);
                    if slots::is_integer(left) && slots::is_integer(right) {
                        Some(slots::integer(left) $operator slots::integer(right))
                    } else {
                        match (slots::number(left), slots::number(right)) {
                            (Some(left), Some(right)) => Some(left $operator right),
                            _ => None,
                        }
                    }
                }};
            }
            macro_rules! comparison {
                ($operator:tt) => {
                    if let Some(value) = compared!(register!(1), register!(2), $operator) {
                        slots::set_boolean(register!(0), value);
                        step!(12)
                    }
                };
            }
            macro_rules! jump_if_not {
                ($operator:tt) => {
                    if let Some(value) = compared!(register!(1), register!(2), $operator) {
                        jump_if!(!value, 3)
                    }
                };
            }
            macro_rules! identity {
                ($value:ident => $is:expr) => {
                    if let Some($value) = slots::same_simple(register!(1), register!(2)) {
                        slots::set_boolean(register!(0), $is);
                        step!(12)
                    }
                };
            }

            let is_charged = loop {
                if left == 0 {
                    break false;
                }
                left -= 1;
                // An opcode is a byte, and every byte is an opcode.
                match std::mem::transmute::<u8, Opcode>(*next) {
                    Opcode::StoreZero => store!(set_integer, 0),
                    Opcode::StoreOne => store!(set_integer, 1),
                    Opcode::StoreInt8 => {
                        slots::set_integer(register!(0), i32::from(next.add(5).cast::<i8>().read()));
                        step!(5)
                    }
                    Opcode::StoreInt16 => {
                        let value = next.add(5).cast::<i16>().read_unaligned();
                        slots::set_integer(register!(0), i32::from(value));
                        step!(6)
                    }
                    Opcode::StoreInt32 => {
                        slots::set_integer(register!(0), word!(1) as i32);
                        step!(8)
                    }
                    Opcode::StoreTrue => store!(set_boolean, true),
                    Opcode::StoreFalse => store!(set_boolean, false),
                    Opcode::StoreUndefined => store!(set_bits, InnerValue::UNDEFINED),
                    Opcode::Move => {
                        slots::copy(register!(1), register!(0));
                        step!(8)
                    }
                    Opcode::Add => arithmetic!(+),
                    Opcode::Sub => arithmetic!(-),
                    Opcode::Mul => {
                        let (to, left, right) = (register!(0), register!(1), register!(2));
                        // A product of zero may be a negative one.
                        if slots::is_integer(left) && slots::is_integer(right) {
                            let product = i64::from(slots::integer(left)) * i64::from(slots::integer(right));
                            if product != 0 {
                                slots::set_wide(to, product);
                                step!(12)
                            }
                        }
                        if let (Some(left), Some(right)) = (slots::number(left), slots::number(right)) {
                            slots::set_number(to, left * right);
                            step!(12)
                        }
                    }
                    Opcode::Mod => {
                        let (left, right) = (register!(1), register!(2));
                        if slots::is_integer(left) && slots::is_integer(right) {
                            let (left, right) = (slots::integer(left), slots::integer(right));
                            if left >= 0 && right > 0 {
                                slots::set_integer(register!(0), (left as u32 % right as u32) as i32);
                                step!(12)
                            }
                        }
                    }
                    Opcode::BitAnd => bitwise!(&),
                    Opcode::BitOr => bitwise!(|),
                    Opcode::BitXor => bitwise!(^),
                    Opcode::Inc => {
                        let (to, from) = (register!(0), register!(1));
                        if slots::is_integer(from) && slots::integer(from) != i32::MAX {
                            slots::set_integer(to, slots::integer(from).wrapping_add(1));
                            step!(8)
                        }
                    }
                    Opcode::Dec => {
                        let (to, from) = (register!(0), register!(1));
                        if slots::is_integer(from) && slots::integer(from) != i32::MIN {
                            slots::set_integer(to, slots::integer(from).wrapping_sub(1));
                            step!(8)
                        }
                    }
                    Opcode::LessThan => comparison!(<),
                    Opcode::LessThanOrEq => comparison!(<=),
                    Opcode::GreaterThan => comparison!(>),
                    Opcode::GreaterThanOrEq => comparison!(>=),
                    Opcode::Eq => comparison!(==),
                    Opcode::NotEq => comparison!(!=),
                    Opcode::StrictEq => identity!(value => value),
                    Opcode::StrictNotEq => identity!(value => !value),
                    Opcode::LogicalNot => {
                        let slot = register!(0);
                        if let Some(value) = slots::truth(slot) {
                            slots::set_boolean(slot, !value);
                            step!(4)
                        }
                    }
                    Opcode::Jump => jump_if!(true, 1),
                    Opcode::JumpIfTrue | Opcode::LogicalOr => {
                        if let Some(value) = slots::truth(register!(1)) {
                            jump_if!(value, 2)
                        }
                    }
                    Opcode::JumpIfFalse | Opcode::LogicalAnd => {
                        if let Some(value) = slots::truth(register!(1)) {
                            jump_if!(!value, 2)
                        }
                    }
                    Opcode::Coalesce => jump_if!(!slots::is_nullish(register!(1)), 2),
                    Opcode::JumpIfNotUndefined => {
                        jump_if!(slots::bits(register!(1)) != InnerValue::UNDEFINED, 2)
                    }
                    Opcode::JumpIfNullOrUndefined => jump_if!(slots::is_nullish(register!(1)), 2),
                    Opcode::JumpIfNotLessThan => jump_if_not!(<),
                    Opcode::JumpIfNotLessThanOrEqual => jump_if_not!(<=),
                    Opcode::JumpIfNotGreaterThan => jump_if_not!(>),
                    Opcode::JumpIfNotGreaterThanOrEqual => jump_if_not!(>=),
                    Opcode::IncrementLoopIteration => {
                        let count = (*frame).loop_iteration_count;
                        if count <= (*vm).runtime_limits.loop_iteration_limit() {
                            (*frame).loop_iteration_count = count.wrapping_add(1);
                            step!(0)
                        }
                    }
                    Opcode::GetArgument => {
                        let index = word!(0);
                        if index < (*frame).argument_count {
                            let at = (*frame).fp + CallFrame::FUNCTION_PROLOGUE + index;
                            let from = (*vm).stack.stack.as_mut_ptr().add(at as usize);
                            slots::copy(from, register!(1));
                            step!(8)
                        }
                    }
                    Opcode::This => {
                        if (*frame).flags.contains(CallFrameFlags::THIS_VALUE_CACHED) {
                            let from = (*vm).stack.stack.as_mut_ptr().add((*frame).fp as usize);
                            slots::copy(from, register!(0));
                            step!(4)
                        }
                    }
                    Opcode::SetAccumulator => {
                        slots::copy(register!(0), &raw mut (*vm).return_value);
                        step!(4)
                    }
                    Opcode::SetRegisterFromAccumulator => {
                        slots::copy(&raw mut (*vm).return_value, register!(0));
                        step!(4)
                    }
                    Opcode::CheckReturn => {
                        if !(*frame).flags.contains(CallFrameFlags::CONSTRUCT) {
                            step!(0)
                        }
                    }
                    Opcode::PushFromRegister => {
                        let stack = &mut (*vm).stack.stack;
                        let height = stack.len();
                        if height < stack.capacity() {
                            slots::copy_to_empty(register!(0), stack.as_mut_ptr().add(height));
                            stack.set_len(height + 1);
                            step!(4)
                        }
                    }
                    Opcode::PopIntoRegister => {
                        let stack = &mut (*vm).stack.stack;
                        if let Some(height) = stack.len().checked_sub(1) {
                            let to = register!(0);
                            slots::release(to);
                            slots::move_bytes(stack.as_mut_ptr().add(height), to);
                            stack.set_len(height);
                            step!(4)
                        }
                    }
                    _ => {}
                }
                break true;
            };
            let pc = next.offset_from(code) as u32;
            (*frame).pc = pc;
            (*vm).meter.left = left;
            (*next, pc, is_charged)
        };
        if !is_charged && let Some(flow) = self.refuel() {
            return flow;
        }
        OPCODE_HANDLERS[usize::from(opcode)](self, pc as usize)
    }
}
