//! A function that a builtin calls for one element after the other.
//!
//! In: the function, and what each call gives it. Out: what [`JsObject::call`] would give. The frame of
//! a call that has ended is kept for the next one, where it says nothing about the call that it was
//! made for; else each call makes its own.

use std::cell::Cell;

use crate::builtins::function::{OrdinaryFunction, ThisMode};
use crate::vm::{CallFrame, CallFrameFlags, meter::CALL};
use crate::{Context, JsExpect, JsObject, JsResult, JsValue};

/// A function, and the frame of its last call.
pub(crate) struct Callback {
    function: JsObject,
    frame: Cell<Option<CallFrame>>,
}

impl Callback {
    /// A function that is about to be called.
    pub(crate) fn new(function: JsObject) -> Self {
        Self {
            function,
            frame: Cell::new(None),
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

    /// [`Callback::call`], but for what a failure leaves on the stack.
    #[track_caller]
    fn call_leaving_the_stack(
        &self,
        this: &JsValue,
        args: &[JsValue],
        context: &mut Context,
    ) -> JsResult<JsValue> {
        let stack = &mut context.vm.stack;
        stack.push(this.clone());
        stack.push(self.function.clone());
        for arg in args {
            stack.push(arg.clone());
        }
        let is_own = match self.frame.take() {
            Some(mut frame) => {
                context.check_runtime_limits()?;
                // Rest parameters take theirs away.
                frame.argument_count = args.len() as u32;
                context.vm.push_frame(frame);
                true
            }
            None => {
                let index = context.vm.frames.len();
                if self.function.__call__(args.len()).resolve(context)? {
                    return Ok(context.vm.stack.pop());
                }
                let is_own = index + 1 == context.vm.frames.len();
                let index = if is_own { index } else { index + 1 };
                context.vm.frames[index].set_exit_early(true);
                is_own && self.function.is::<OrdinaryFunction>()
            }
        };
        context.vm.host_call_depth += 1;
        let result = context.run().consume();
        context.vm.host_call_depth = context.vm.host_call_depth.saturating_sub(1);
        let frame = context.vm.pop_frame().js_expect("frame must exist")?;
        if is_own && result.is_ok() {
            self.frame.set(renewed(frame));
        }
        result
    }
}

/// The frame for another call, where there is nothing else that a call makes.
fn renewed(mut frame: CallFrame) -> Option<CallFrame> {
    let code = &frame.code_block;
    if !code.is_ordinary() || code.has_binding_identifier() || code.has_function_scope() {
        return None;
    }
    let mut flags = CallFrameFlags::EXIT_EARLY;
    if code.this_mode != ThisMode::Lexical {
        if !code.strict() {
            return None;
        }
        flags |= CallFrameFlags::THIS_VALUE_CACHED;
    }
    frame.flags = flags;
    frame.pc = 0;
    frame.iterators.clear();
    frame.binding_stack.clear();
    frame.loop_iteration_count = 0;
    frame.environments.truncate(frame.env_fp as usize);
    Some(frame)
}
