//! A function that a builtin calls for one element after the other.
//!
//! In: the function, and what each call gives it. Out: what [`JsObject::call`] would give. The frame of
//! a call that has ended is kept for the next one, where it says nothing about the call that it was
//! made for; else each call makes its own.

use std::cell::RefCell;
use std::ptr;

use super::{CallFrame, CallFrameFlags, Vm, meter::CALL};
use crate::builtins::function::{OrdinaryFunction, ThisMode};
use crate::{Context, JsExpect, JsObject, JsResult, JsValue};

/// A function, and the frame of its last call.
pub(crate) struct Callback {
    function: JsObject,
    /// One frame, or none. A list, so that a frame moves as a whole between this and the machine's.
    kept: RefCell<Vec<CallFrame>>,
}

/// Elements of an array that a function is called for.
pub(crate) struct Elements<'a> {
    pub(crate) array: &'a JsObject,
    /// The one that is next.
    pub(crate) next: u64,
    pub(crate) length: u64,
}

impl<'a> Elements<'a> {
    /// All of an array, or what is nearly one.
    pub(crate) fn of(array: &'a JsObject, length: u64) -> Self {
        Self {
            array,
            next: 0,
            length,
        }
    }

    /// The index of the element that is next, which is so no longer.
    pub(crate) fn take(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }
}

/// What a builtin does with what a call gives.
pub(crate) enum Use<'a> {
    /// Nothing.
    Nothing,
    /// It is the element of another array.
    Map(&'a JsObject),
    /// Where it is true, the element becomes the next one of another array of this length.
    Filter(&'a JsObject, &'a mut u32),
    /// It is the first argument of the next call.
    Fold(&'a mut JsValue),
    /// Where it is this as a boolean, no element is taken any more.
    Until(bool),
    /// The same where it is true; the element goes here.
    Find(&'a mut JsValue),
}

impl Callback {
    /// A function that is about to be called.
    pub(crate) fn new(function: JsObject) -> Self {
        Self {
            function,
            kept: RefCell::new(Vec::new()),
        }
    }

    /// [`JsObject::call`].
    ///
    /// # Errors
    /// As [`JsObject::call`].
    #[track_caller]
    pub(crate) fn call(
        &self,
        this: &JsValue,
        args: &[JsValue],
        context: &mut Context,
    ) -> JsResult<JsValue> {
        #[cfg(not(target_family = "wasm"))]
        if crate::object::dense_elements::switch::is_off() {
            return self.function.call(this, args, context);
        }
        let height = context.vm.stack.height();
        context.enter_native(CALL)?;
        let result = self.call_leaving_the_stack(this, args, context);
        context.leave_native(CALL);
        context.vm.stack.truncate(height);
        result
    }

    /// Calls the function for elements, where that can be done in one frame; gives whether an element is
    /// left, for which the builtin has to do it.
    ///
    /// # Errors
    /// As [`JsObject::call`], and what `CreateDataPropertyOrThrow` says.
    pub(crate) fn is_element_left(
        &self,
        elements: &mut Elements<'_>,
        this: &JsValue,
        mut uses: Use<'_>,
        context: &mut Context,
    ) -> JsResult<bool> {
        #[cfg(not(target_family = "wasm"))]
        if crate::object::dense_elements::switch::is_off() {
            return Ok(elements.next < elements.length);
        }
        if elements.next >= elements.length {
            return Ok(false);
        }
        context.call_in_rounds(&self.function, elements, this, &mut uses)
    }

    /// [`Callback::call`], but for what a failure leaves on the stack.
    #[track_caller]
    fn call_leaving_the_stack(
        &self,
        this: &JsValue,
        args: &[JsValue],
        context: &mut Context,
    ) -> JsResult<JsValue> {
        let stack = &mut context.vm.stack.stack;
        stack.reserve(2 + args.len());
        // SAFETY: there is room for all of them.
        unsafe {
            push_unchecked(stack, this.clone());
            push_unchecked(stack, self.function.clone().into());
            for arg in args {
                push_unchecked(stack, arg.clone());
            }
        }
        let mut is_kept = !self.kept.borrow().is_empty();
        if is_kept {
            context.check_runtime_limits()?;
            context.vm.push_kept_frame(&mut self.kept.borrow_mut(), args.len());
        } else {
            let index = context.vm.frames.len();
            if self.function.__call__(args.len()).resolve(context)? {
                return Ok(context.vm.stack.pop());
            }
            let is_own = index + 1 == context.vm.frames.len();
            let index = if is_own { index } else { index + 1 };
            context.vm.frames[index].set_exit_early(true);
            is_kept = is_own
                && self.function.is::<OrdinaryFunction>()
                && makes_nothing_else(&context.vm.frames[index]);
        }
        context.vm.host_call_depth += 1;
        let result = context.run().consume();
        context.vm.host_call_depth = context.vm.host_call_depth.saturating_sub(1);
        if is_kept && result.is_ok() {
            context.vm.pop_and_keep_frame(&mut self.kept.borrow_mut());
        } else {
            drop(context.vm.pop_frame().js_expect("frame must exist")?);
        }
        result
    }
}

/// Whether a call of the frame's function makes the frame, and nothing else.
fn makes_nothing_else(frame: &CallFrame) -> bool {
    let code = &frame.code_block;
    code.is_ordinary()
        && !code.has_binding_identifier()
        && !code.has_function_scope()
        && (code.this_mode == ThisMode::Lexical || code.strict())
}

impl Vm {
    /// [`Vm::push_frame`] of a frame that was kept; its arguments lie on the stack.
    fn push_kept_frame(&mut self, kept: &mut Vec<CallFrame>, argument_count: usize) {
        let pc = self.frame().pc;
        let height = self.stack.stack.len();
        let Some(frame) = kept.last_mut() else {
            return;
        };
        self.return_value = JsValue::undefined();
        frame.rp = height as u32;
        // Rest parameters took theirs away.
        frame.argument_count = argument_count as u32;
        frame.fp = frame.rp - frame.argument_count - CallFrame::FUNCTION_PROLOGUE;
        let registers = frame.code_block.register_count;
        self.stack.stack.reserve(registers as usize);
        for _ in 0..registers {
            // SAFETY: there is room for all of them.
            unsafe { push_unchecked(&mut self.stack.stack, JsValue::undefined()) };
        }
        let source_info = frame.code_block.source_info.clone();
        self.shadow_stack.push_bytecode(pc, source_info);
        move_last(kept, &mut self.frames);
    }

    /// [`Vm::pop_frame`], and makes the frame ready for another call.
    fn pop_and_keep_frame(&mut self, kept: &mut Vec<CallFrame>) {
        self.shadow_stack.pop();
        move_last(&mut self.frames, kept);
        let Some(frame) = kept.last_mut() else {
            return;
        };
        frame.flags = CallFrameFlags::EXIT_EARLY;
        if frame.code_block.this_mode != ThisMode::Lexical {
            frame.flags |= CallFrameFlags::THIS_VALUE_CACHED;
        }
        frame.pc = 0;
        frame.loop_iteration_count = 0;
        if !frame.iterators.is_empty() {
            frame.iterators.clear();
        }
        if !frame.binding_stack.is_empty() {
            frame.binding_stack.clear();
        }
        frame.environments.truncate(frame.env_fp as usize);
    }
}

/// Pushes a value where there is room for it.
///
/// # Safety
/// There is room for it.
#[inline(always)]
unsafe fn push_unchecked(values: &mut Vec<JsValue>, value: JsValue) {
    let end = values.len();
    // SAFETY: the caller says that there is room.
    unsafe {
        values.as_mut_ptr().add(end).write(value);
        values.set_len(end + 1);
    }
}

/// Moves the last element of a list behind another's.
#[inline]
fn move_last<T>(from: &mut Vec<T>, to: &mut Vec<T>) {
    let Some(last) = from.len().checked_sub(1) else {
        return;
    };
    to.reserve(1);
    let end = to.len();
    // SAFETY: `from` has an element at `last`, which is no longer its own before it is the other's;
    // `to` has room for one at `end`.
    unsafe {
        from.set_len(last);
        ptr::copy_nonoverlapping(from.as_ptr().add(last), to.as_mut_ptr().add(end), 1);
        to.set_len(end + 1);
    }
}
