//! The instructions that programs run most, in one loop that keeps its state in variables of its own.
//!
//! In: the frame on top of the virtual machine. Out: how its execution ended. The handlers of
//! `opcode` say what an instruction does; this loop does the same where operands are of the common
//! kind, and leaves the instruction to its handler where they are not. It looks before it touches:
//! until an instruction is known to be of the common kind, nothing is changed.
//!
//! Registers, constants and addresses of an instruction are the compiler's, and are trusted here as in
//! the handlers: every block of code ends in an instruction that leaves it.

#[macro_use]
mod macros;

mod bindings;
mod calls;
mod properties;
mod pushes;
mod rounds;
mod slots;
mod texts;

use super::opcode::{OPCODE_HANDLERS, Opcode};
use super::{CallFrame, CallFrameFlags, CompletionRecord, Vm};
use crate::value::inner::InnerValue;
use crate::{Context, JsNativeError};
use boa_ast::shortcut::Shortcut;
use slots::Slot;
use std::ops::ControlFlow;

/// Where the loop is: its fields are variables of the loop once it is compiled.
struct Place {
    /// The frame that is executed.
    frame: *mut CallFrame,
    /// The first byte of its code.
    code: *const u8,
    /// The instruction that is next, or that is executed.
    next: *const u8,
    /// The first register of the frame.
    registers: Slot,
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
        if !Shortcut::Instructions.is_on() {
            return self.run_by_handlers();
        }
        loop {
            if let ControlFlow::Break(record) = self.run_until_handled() {
                return record;
            }
        }
    }

    /// Enters the function below so many arguments on the stack, if that is of the common kind.
    #[inline(always)]
    pub(crate) fn enter_quickly(&mut self, argument_count: usize) -> bool {
        if !Shortcut::Instructions.is_on() {
            return false;
        }
        // SAFETY: the machine is valid, and the caller has pushed what the stack must end in.
        unsafe { calls::enter(&raw mut self.vm, argument_count as u32) }
    }

    /// Executes instructions up to one that is left to its handler, and that one.
    #[inline(always)]
    fn run_until_handled(&mut self) -> ControlFlow<CompletionRecord> {
        let context: *mut Self = self;
        // SAFETY: `context` and `vm` are used until `self` is used again, after the loop. Addresses below
        // are derived anew where what they point into may have moved.
        let (opcode, pc, is_charged) = unsafe {
            let vm = &raw mut (*context).vm;
            let frame = top(vm);
            let bytes: &[u8] = &(&(*frame).code_block).bytecode.bytes;
            if (*frame).pc as usize >= bytes.len() {
                return ControlFlow::Break(CompletionRecord::Throw(JsNativeError::error().into()));
            }
            let mut at = Place {
                frame,
                code: bytes.as_ptr(),
                next: bytes.as_ptr().add((*frame).pc as usize),
                registers: (*vm).stack.stack.as_mut_ptr().add((*frame).rp as usize),
            };
            // What is left, counted up to zero from below: so the end of it is one comparison.
            let mut debt = !(*vm).meter.left;
            let is_charged = loop {
                debt = debt.wrapping_add(1);
                if debt == 0 {
                    break false;
                }
                // An opcode is a byte, and every byte is an opcode.
                match std::mem::transmute::<u8, Opcode>(*at.next) {
                    Opcode::StoreZero => store!(at, set_integer, 0),
                    Opcode::StoreOne => store!(at, set_integer, 1),
                    Opcode::StoreInt8 => {
                        slots::set_integer(register!(at, 0), i32::from(at.next.add(5).cast::<i8>().read()));
                        step!(at, 5)
                    }
                    Opcode::StoreInt16 => {
                        let value = at.next.add(5).cast::<i16>().read_unaligned();
                        slots::set_integer(register!(at, 0), i32::from(value));
                        step!(at, 6)
                    }
                    Opcode::StoreInt32 => {
                        slots::set_integer(register!(at, 0), word!(at, 1) as i32);
                        step!(at, 8)
                    }
                    Opcode::StoreTrue => store!(at, set_boolean, true),
                    Opcode::StoreFalse => store!(at, set_boolean, false),
                    Opcode::StoreFloat => {
                        let value = at.next.add(5).cast::<f32>().read_unaligned();
                        slots::set_number(register!(at, 0), f64::from(value));
                        step!(at, 8)
                    }
                    Opcode::StoreNan => store!(at, set_number, f64::NAN),
                    Opcode::StorePositiveInfinity => store!(at, set_number, f64::INFINITY),
                    Opcode::StoreNegativeInfinity => store!(at, set_number, f64::NEG_INFINITY),
                    Opcode::StoreNull => store!(at, set_bits, InnerValue::NULL),
                    Opcode::StoreDouble => {
                        slots::set_number(register!(at, 0), at.next.add(5).cast::<f64>().read_unaligned());
                        step!(at, 12)
                    }
                    Opcode::StoreUndefined => store!(at, set_bits, InnerValue::UNDEFINED),
                    Opcode::Move => {
                        slots::copy_if_other(register!(at, 1), register!(at, 0));
                        step!(at, 8)
                    }
                    Opcode::Add => {
                        arithmetic!(at, +);
                        if texts::append(register!(at, 0), register!(at, 1), register!(at, 2)) {
                            step!(at, 12)
                        }
                    }
                    Opcode::Sub => arithmetic!(at, -),
                    Opcode::Mul => {
                        let (to, left, right) = (register!(at, 0), register!(at, 1), register!(at, 2));
                        // A product of zero may be a negative one.
                        if slots::is_integer(left) && slots::is_integer(right) {
                            let product = i64::from(slots::integer(left)) * i64::from(slots::integer(right));
                            if product != 0 {
                                slots::set_wide(to, product);
                                step!(at, 12)
                            }
                        }
                        if let (Some(left), Some(right)) = (slots::number(left), slots::number(right)) {
                            slots::set_number(to, left * right);
                            step!(at, 12)
                        }
                    }
                    Opcode::Mod => {
                        let (left, right) = (register!(at, 1), register!(at, 2));
                        if slots::is_integer(left) && slots::is_integer(right) {
                            let (left, right) = (slots::integer(left), slots::integer(right));
                            if left >= 0 && right > 0 {
                                slots::set_integer(register!(at, 0), (left as u32 % right as u32) as i32);
                                step!(at, 12)
                            }
                        }
                    }
                    Opcode::BitAnd => bitwise!(at, &),
                    Opcode::BitOr => bitwise!(at, |),
                    Opcode::BitXor => bitwise!(at, ^),
                    Opcode::ShiftLeft => shift!(at, wrapping_shl),
                    Opcode::ShiftRight => shift!(at, wrapping_shr),
                    Opcode::UnsignedShiftRight => {
                        let (left, right) = (register!(at, 1), register!(at, 2));
                        if slots::is_integer(left) && slots::is_integer(right) {
                            let shifted = slots::low(left).wrapping_shr(slots::low(right));
                            slots::set_wide(register!(at, 0), i64::from(shifted));
                            step!(at, 12)
                        }
                    }
                    Opcode::Div => {
                        let (left, right) = (register!(at, 1), register!(at, 2));
                        if slots::is_integer(left) && slots::is_integer(right) {
                            let (left, right) = (slots::low(left), slots::low(right));
                            // Of two that are not negative, the quotient that is an integer.
                            if left <= i32::MAX as u32 && right <= i32::MAX as u32 && right != 0 && left % right == 0 {
                                slots::set_integer(register!(at, 0), (left / right) as i32);
                                step!(at, 12)
                            }
                        }
                    }
                    Opcode::BitNot => {
                        let slot = register!(at, 0);
                        if slots::is_integer(slot) {
                            slots::set_integer(slot, !slots::integer(slot));
                            step!(at, 4)
                        }
                    }
                    Opcode::Neg => {
                        let slot = register!(at, 0);
                        if let Some(value) = slots::number(slot) {
                            slots::set_number(slot, -value);
                            step!(at, 4)
                        }
                    }
                    Opcode::Inc => {
                        let (to, from) = (register!(at, 0), register!(at, 1));
                        if slots::is_integer(from) && slots::integer(from) != i32::MAX {
                            slots::set_integer(to, slots::integer(from).wrapping_add(1));
                            step!(at, 8)
                        }
                    }
                    Opcode::Dec => {
                        let (to, from) = (register!(at, 0), register!(at, 1));
                        if slots::is_integer(from) && slots::integer(from) != i32::MIN {
                            slots::set_integer(to, slots::integer(from).wrapping_sub(1));
                            step!(at, 8)
                        }
                    }
                    Opcode::LessThan => comparison!(at, <),
                    Opcode::LessThanOrEq => comparison!(at, <=),
                    Opcode::GreaterThan => comparison!(at, >),
                    Opcode::GreaterThanOrEq => comparison!(at, >=),
                    Opcode::Eq => comparison!(at, ==),
                    Opcode::NotEq => comparison!(at, !=),
                    Opcode::StrictEq => identity!(at, value => value),
                    Opcode::StrictNotEq => identity!(at, value => !value),
                    Opcode::LogicalNot => {
                        let slot = register!(at, 0);
                        if let Some(value) = slots::truth(slot) {
                            slots::set_boolean(slot, !value);
                            step!(at, 4)
                        }
                    }
                    Opcode::Jump => jump_if!(at, true, 1),
                    Opcode::JumpIfTrue | Opcode::LogicalOr => {
                        if let Some(value) = slots::truth(register!(at, 1)) {
                            jump_if!(at, value, 2)
                        }
                    }
                    Opcode::JumpIfFalse | Opcode::LogicalAnd => {
                        if let Some(value) = slots::truth(register!(at, 1)) {
                            jump_if!(at, !value, 2)
                        }
                    }
                    Opcode::Coalesce => jump_if!(at, !slots::is_nullish(register!(at, 1)), 2),
                    Opcode::JumpIfNotUndefined => {
                        jump_if!(at, slots::bits(register!(at, 1)) != InnerValue::UNDEFINED, 2)
                    }
                    Opcode::JumpIfNullOrUndefined => jump_if!(at, slots::is_nullish(register!(at, 1)), 2),
                    Opcode::JumpIfNotLessThan => jump_if_not!(at, <),
                    Opcode::JumpIfNotLessThanOrEqual => jump_if_not!(at, <=),
                    Opcode::JumpIfNotGreaterThan => jump_if_not!(at, >),
                    Opcode::JumpIfNotGreaterThanOrEqual => jump_if_not!(at, >=),
                    Opcode::IncrementLoopIteration => {
                        let count = (*at.frame).loop_iteration_count;
                        if count <= (*vm).runtime_limits.loop_iteration_limit() {
                            (*at.frame).loop_iteration_count = count.wrapping_add(1);
                            step!(at, 0)
                        }
                    }
                    Opcode::GetArgument => {
                        let index = word!(at, 0);
                        if index < (*at.frame).argument_count {
                            let place = (*at.frame).fp + CallFrame::FUNCTION_PROLOGUE + index;
                            let from = (*vm).stack.stack.as_mut_ptr().add(place as usize);
                            slots::copy(from, register!(at, 1));
                            step!(at, 8)
                        }
                    }
                    Opcode::This => {
                        if (*at.frame).flags.contains(CallFrameFlags::THIS_VALUE_CACHED) {
                            let from = (*vm).stack.stack.as_mut_ptr().add((*at.frame).fp as usize);
                            slots::copy(from, register!(at, 0));
                            step!(at, 4)
                        }
                    }
                    Opcode::SetAccumulator => {
                        slots::copy(register!(at, 0), &raw mut (*vm).return_value);
                        step!(at, 4)
                    }
                    Opcode::SetRegisterFromAccumulator => {
                        slots::copy(&raw mut (*vm).return_value, register!(at, 0));
                        step!(at, 4)
                    }
                    Opcode::Pop => {
                        let stack = &mut (*vm).stack.stack;
                        if let Some(height) = stack.len().checked_sub(1) {
                            stack.set_len(height);
                            slots::release(stack.as_mut_ptr().add(height));
                            step!(at, 0)
                        }
                    }
                    Opcode::StoreLiteral => {
                        if texts::store_literal(&(*at.frame).code_block, word!(at, 1), register!(at, 0)) {
                            step!(at, 8)
                        }
                    }
                    Opcode::GetName => {
                        if let Some(from) = bindings::bound(&*at.frame, word!(at, 1)) {
                            slots::copy(from.as_ptr(), register!(at, 0));
                            step!(at, 8)
                        }
                    }
                    Opcode::GetPropertyByName => {
                        if let Some(from) = properties::cached(&(*at.frame).code_block, word!(at, 2), register!(at, 1)) {
                            slots::copy(from.as_ptr(), register!(at, 0));
                            step!(at, 12)
                        }
                    }
                    Opcode::SetPropertyByName => {
                        if let Some(to) = properties::cached_own(&(*at.frame).code_block, word!(at, 2), register!(at, 1)) {
                            slots::copy(register!(at, 0), to.as_ptr());
                            step!(at, 12)
                        }
                    }
                    Opcode::GetLengthProperty => {
                        if let Some(length) = properties::length(register!(at, 1)) {
                            slots::set_integer(register!(at, 0), length);
                            step!(at, 12)
                        }
                    }
                    Opcode::GetPropertyByValue => {
                        if let Some(value) = properties::element(register!(at, 3), register!(at, 1)) {
                            drop(register!(at, 0).replace(value));
                            step!(at, 16)
                        }
                    }
                    Opcode::SetPropertyByValue => {
                        if properties::set_element(register!(at, 3), register!(at, 1), register!(at, 0)) {
                            step!(at, 16)
                        }
                    }
                    Opcode::Call => {
                        (*at.frame).pc = at.next.offset_from(at.code) as u32 + 5;
                        if calls::enter(vm, word!(at, 0)) {
                            go_on_in_top!(at, vm)
                        }
                        (*vm).meter.left = !debt;
                        if pushes::push(context, word!(at, 0)) {
                            debt = !(*vm).meter.left;
                            step!(at, 4)
                        }
                    }
                    Opcode::Return => {
                        let flags = (*at.frame).flags;
                        if !flags.contains(CallFrameFlags::EXIT_EARLY) {
                            calls::leave(vm);
                            go_on_in_top!(at, vm)
                        }
                        if !flags.contains(CallFrameFlags::ROUND) {
                            calls::cut(vm, (*at.frame).fp as usize);
                        }
                        (*vm).meter.left = !debt;
                        return ControlFlow::Break(CompletionRecord::Return((*vm).take_return_value()));
                    }
                    Opcode::PopEnvironment => {
                        (*at.frame).environments.pop();
                        step!(at, 0)
                    }
                    Opcode::CheckReturn => {
                        if !(*at.frame).flags.contains(CallFrameFlags::CONSTRUCT) {
                            step!(at, 0)
                        }
                    }
                    Opcode::PushFromRegister => {
                        let stack = &mut (*vm).stack.stack;
                        let height = stack.len();
                        if height < stack.capacity() {
                            slots::copy_to_empty(register!(at, 0), stack.as_mut_ptr().add(height));
                            stack.set_len(height + 1);
                            step!(at, 4)
                        }
                    }
                    Opcode::PopIntoRegister => {
                        let stack = &mut (*vm).stack.stack;
                        if let Some(height) = stack.len().checked_sub(1) {
                            let to = register!(at, 0);
                            slots::release(to);
                            slots::move_bytes(stack.as_mut_ptr().add(height), to);
                            stack.set_len(height);
                            step!(at, 4)
                        }
                    }
                    _ => {}
                }
                break true;
            };
            (*at.frame).pc = at.next.offset_from(at.code) as u32;
            (*vm).meter.left = if is_charged { !debt } else { 0 };
            (*at.next, (*at.frame).pc, is_charged)
        };
        if !is_charged && let Some(flow) = self.refuel() {
            return flow;
        }
        OPCODE_HANDLERS[usize::from(opcode)](self, pc as usize)
    }
}
