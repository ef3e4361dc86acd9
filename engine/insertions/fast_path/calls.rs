//! Entering and leaving an ordinary function whose code needs no environment of its own.
//!
//! In: the machine, with callee and arguments on its stack. Out: whether the frame was pushed or
//! popped; where it was not, nothing has changed. What is kept: frame, stack and trace are what
//! `function_call` and `handle_return` would leave.

use super::slots::{self, Slot};
use crate::builtins::function::{OrdinaryFunction, ThisMode};
use crate::value::inner::InnerValue;
use crate::vm::shadow_stack::ShadowEntry;
use crate::vm::{CallFrame, CallFrameFlags, CodeBlockFlags, Vm};
use boa_gc::Gc;
use thin_vec::ThinVec;

/// Code that is left to `function_call`: it throws, or wants an environment.
const LEFT_OUT: CodeBlockFlags = CodeBlockFlags::IS_CLASS_CONSTRUCTOR
    .union(CodeBlockFlags::HAS_BINDING_IDENTIFIER)
    .union(CodeBlockFlags::HAS_FUNCTION_SCOPE);

/// Enters the function below so many arguments. The frame on top has to say where it goes on.
///
/// # Safety
/// The machine is valid, and its stack ends in `this`, the callee and the arguments.
#[inline(never)]
pub(super) unsafe fn enter(vm: *mut Vm, argument_count: u32) -> bool {
    // SAFETY: the caller's; capacities are looked at before anything is written behind a length.
    unsafe {
        let vm = &mut *vm;
        let height = vm.stack.stack.len();
        let first_argument = height - argument_count as usize;
        let callee: Slot = vm.stack.stack.as_mut_ptr().add(first_argument - 1);
        if !slots::is_object(callee) {
            return false;
        }
        let callee = (*callee.cast::<InnerValue>()).as_object_unchecked();
        let Some(function) = callee.as_data_ptr::<OrdinaryFunction>() else {
            return false;
        };
        let function = &*function;
        let code = match &function.code.undecoded {
            None => Gc::shared(&function.code),
            Some(undecoded) => match undecoded.body() {
                Some(body) => Gc::shared(body),
                // It is decoded there.
                None => return false,
            },
        };
        let is_lexical = code.this_mode == ThisMode::Lexical;
        let flags = code.flags.get();
        let has_this = is_lexical || flags.contains(CodeBlockFlags::STRICT);
        if flags.intersects(LEFT_OUT) || !has_this {
            return false;
        }
        let frames = vm.frames.len();
        let registers = code.register_count as usize;
        if frames == vm.frames.capacity()
            || vm.stack.stack.capacity() - height < registers
            || frames - vm.meter.frames_base > vm.runtime_limits.recursion_limit()
            || height - vm.meter.stack_base >= vm.runtime_limits.stack_size_limit()
        {
            return false;
        }
        let caller = vm.frames.as_mut_ptr().add(frames - 1);
        let active_runnable = match &function.script_or_module {
            Some(active) => Some(active.clone()),
            None => (*caller).active_runnable.clone(),
        };
        vm.shadow_stack.push_bytecode((*caller).pc, code.source_info.clone());
        slots::set_bits(&raw mut vm.return_value, InnerValue::UNDEFINED);
        let mut register = vm.stack.stack.as_mut_ptr().add(height).cast::<u64>();
        let behind = register.add(registers);
        while register != behind {
            register.write_unaligned(InnerValue::UNDEFINED);
            register = register.add(1);
        }
        vm.stack.stack.set_len(height + registers);
        let frame = caller.add(1);
        (&raw mut (*frame).code_block).write(code);
        (&raw mut (*frame).pc).write(0);
        (&raw mut (*frame).fp).write((first_argument - 2) as u32);
        (&raw mut (*frame).argument_count).write(argument_count);
        (&raw mut (*frame).env_fp).write(function.environments.len() as u32);
        (&raw mut (*frame).rp).write(height as u32);
        (&raw mut (*frame).iterators).write(ThinVec::new());
        (&raw mut (*frame).binding_stack).write(ThinVec::new());
        (&raw mut (*frame).loop_iteration_count).write(0);
        (&raw mut (*frame).active_runnable).write(active_runnable);
        (&raw mut (*frame).environments).write(function.environments.shared());
        (&raw mut (*frame).realm).write(function.realm.shared());
        let flags = match is_lexical {
            true => CallFrameFlags::empty(),
            false => CallFrameFlags::THIS_VALUE_CACHED,
        };
        (&raw mut (*frame).flags).write(flags);
        vm.frames.set_len(frames + 1);
        true
    }
}

/// Leaves the frame on top for the one below, which gets its value on the stack.
///
/// # Safety
/// The machine is valid; there is a frame below, in the same run.
#[inline(never)]
pub(super) unsafe fn leave(vm: *mut Vm) {
    // SAFETY: the caller's. Values that are dropped are behind the new length, or overwritten.
    unsafe {
        let vm = &mut *vm;
        let below = vm.frames.len() - 1;
        let frame: *mut CallFrame = vm.frames.as_mut_ptr().add(below);
        let base = cut(vm, (*frame).fp as usize);
        vm.stack.stack.set_len((*frame).fp as usize + 1);
        let value = &raw mut vm.return_value;
        slots::move_bytes(value, base);
        value.cast::<u64>().write_unaligned(InnerValue::UNDEFINED);
        match vm.shadow_stack.pop() {
            Some(ShadowEntry::Bytecode { source_info, .. }) => drop(source_info),
            other => drop(other),
        }
        vm.frames.set_len(below);
        Gc::unshare(&(*frame).code_block);
        (*frame).environments.unshare();
        (*frame).realm.unshare();
        if (*frame).iterators.capacity() != 0 {
            (&raw mut (*frame).iterators).drop_in_place();
        }
        if (*frame).binding_stack.capacity() != 0 {
            (&raw mut (*frame).binding_stack).drop_in_place();
        }
        (&raw mut (*frame).active_runnable).drop_in_place();
    }
}

/// Drops what is on the stack above a height; gives where that was.
///
/// # Safety
/// The machine is valid, and its stack is no less high.
#[inline(always)]
pub(super) unsafe fn cut(vm: *mut Vm, height: usize) -> Slot {
    // SAFETY: the caller's. Values that are dropped are behind the new length.
    unsafe {
        let stack = &mut (*vm).stack.stack;
        let base: Slot = stack.as_mut_ptr().add(height);
        let end: Slot = stack.as_mut_ptr().add(stack.len());
        stack.set_len(height);
        let mut slot = base;
        while slot != end {
            slots::release(slot);
            slot = slot.add(1);
        }
        base
    }
}
