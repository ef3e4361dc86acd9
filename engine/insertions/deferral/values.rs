//! Values of bindings that are made when they are first used.
//!
//! In: what an outermost function declares, as places among the constants of its code. Out: the value,
//! made in the environment of that function, when an instruction reads a binding that has none.
//! Nothing shows when it was made: only the compiler's choice of declarations keeps that, and stack
//! traces, which no error is taken in while a value is made.

use super::{EnvironmentStack, declarative::DeclarativeEnvironment};
use crate::{
    Context, JsError, JsExpect, JsNativeError, JsResult, JsValue,
    vm::{CallFrame, CallFrameFlags, CodeBlock, create_function_object_in},
};
use boa_ast::scope::{BindingLocator, BindingLocatorScope};
use boa_gc::{Finalize, Gc, Trace};

/// Bytes of each instruction that reads a binding: a register and a place.
const INSTRUCTION_BYTES: u32 = 9;
/// Entries of an instruction that are noted for a unit of fuel.
const NOTED_PER_FUEL: usize = 16;

/// What the bindings of an environment are made from.
#[derive(Debug, Trace, Finalize)]
pub(super) struct Deferred {
    code: Gc<CodeBlock>,
    /// Place among the constants * 2, and 1 for code that makes a value, + 1; zero for none.
    #[unsafe_ignore_trace]
    constants: Vec<u32>,
}

impl DeclarativeEnvironment {
    /// Notes pairs of a binding and what makes its value.
    fn defer(&self, code: &Gc<CodeBlock>, entries: &[u32]) -> Option<()> {
        let count = self.kind().count();
        let mut deferred = self.deferred.borrow_mut();
        let deferred = deferred.get_or_insert_with(|| {
            Box::new(Deferred {
                code: code.clone(),
                constants: vec![0; count],
            })
        });
        for entry in entries.chunks_exact(2) {
            *deferred.constants.get_mut(entry[0] as usize)? = entry[1].checked_add(1)?;
            // Whatever was assigned to the name before it was declared.
            self.kind().clear(entry[0]);
        }
        Some(())
    }

    /// What makes the value of a binding that has none yet.
    fn deferred(&self, index: u32) -> Option<(Gc<CodeBlock>, u32)> {
        let deferred = self.deferred.borrow();
        let deferred = deferred.as_ref()?;
        let entry = deferred.constants.get(index as usize)?.checked_sub(1)?;
        self.get(index).is_none().then(|| (deferred.code.clone(), entry))
    }

    /// Whether a binding has a value, made or not.
    pub(crate) fn is_initialized(&self, index: u32) -> bool {
        self.get(index).is_some() || self.deferred(index).is_some()
    }
}

impl EnvironmentStack {
    /// The outermost environments, outside of any class.
    fn outermost(&self, count: u32) -> Self {
        let mut stack = self.clone();
        stack.truncate(count as usize);
        stack.private_stack = None;
        stack
    }

    fn innermost(&self) -> Option<&Gc<DeclarativeEnvironment>> {
        self.last()?.as_declarative()
    }
}

impl Context {
    /// Leaves bindings of the innermost environment for later.
    pub(crate) fn defer(&mut self, entries: &[u32]) -> JsResult<()> {
        self.charge_for(entries.len(), NOTED_PER_FUEL)?;
        let frame = self.vm.frame();
        let environment = frame.environments.innermost();
        let noted = environment
            .and_then(|environment| environment.defer(&frame.code_block, entries));
        Ok(noted.js_expect("what is made later must have a place")?)
    }

    /// Makes the value of a binding that an instruction reads, if it was left for later. Gives whether
    /// a frame makes it, after which the instruction is executed again.
    #[inline]
    pub(crate) fn is_made_first(&mut self, locator: &BindingLocator) -> JsResult<bool> {
        let BindingLocatorScope::Stack(scope) = locator.scope() else {
            return Ok(false);
        };
        let environment = self.vm.frame().environments.get(scope as usize);
        let environment = environment.and_then(|environment| environment.as_declarative());
        let index = locator.binding_index();
        let Some((code, entry)) = environment.and_then(|found| found.deferred(index)) else {
            return Ok(false);
        };
        self.charge(1)?;
        let environments = self.vm.frame().environments.outermost(scope + 1);
        let code = code.constant_function(entry as usize >> 1)?;
        if entry & 1 == 0 {
            let function = create_function_object_in(code, environments.clone(), self);
            let environment = environments.innermost();
            environment.js_expect("it was there")?.set(index, function.into());
            return Ok(false);
        }
        let depth = environments.len() as u32;
        let code = CodeBlock::entered(&code)?;
        let frame = CallFrame::new(code, None, environments, self.realm().clone())
            .with_env_fp(depth)
            .with_flags(CallFrameFlags::MAKES_VALUE);
        let result = self.vm.take_return_value();
        self.vm.push_frame_with_stack(frame, JsValue::undefined(), result);
        let waiting = self.vm.frames.len() - 2;
        self.vm.frames[waiting].pc -= INSTRUCTION_BYTES;
        Ok(true)
    }

    /// The error of who reads a binding that has no value.
    #[cold]
    #[inline(never)]
    pub(crate) fn not_defined(&self, locator: &BindingLocator) -> JsError {
        let name = self.vm.frame().code_block.name_of(locator).to_std_string_escaped();
        JsNativeError::reference().with_message(format!("{name} is not defined")).into()
    }

    /// Ends the frame that makes a value.
    pub(crate) fn set_made(&mut self, value: JsValue, index: u32) -> JsResult<()> {
        let frame = self.vm.frame();
        let makes = frame.flags.contains(CallFrameFlags::MAKES_VALUE);
        let environment = makes.then(|| frame.environments.innermost()).flatten();
        let environment = environment.filter(|environment| environment.deferred(index).is_some());
        environment.js_expect("a value must have been left for later")?.set(index, value);
        let frame = self.vm.pop_frame().js_expect("frame must exist")?;
        let result = self.vm.stack.take_function(&frame);
        self.vm.stack.truncate_to_frame(&frame);
        self.vm.set_return_value(result);
        Ok(())
    }
}
