//! Bindings of enclosing functions and blocks.
//!
//! In: a frame and an operand. Out: where the value lies. Bindings that a direct `eval`
//! or `with` may have added or removed, and those that have no value yet, are left to the handlers.

use crate::JsValue;
use crate::vm::CallFrame;
use boa_ast::scope::BindingLocatorScope;
use std::ptr::NonNull;

/// Where the value of a binding lies that the code names by its place; it is there as long as nothing
/// is run.
#[inline(never)]
pub(super) fn bound(frame: &CallFrame, binding: u32) -> Option<NonNull<JsValue>> {
    let locator = frame.code_block.bindings.get(binding as usize)?;
    let BindingLocatorScope::Stack(scope) = locator.scope() else {
        return None;
    };
    let global = frame.realm.environment();
    let current = frame.environments.current_declarative_ref(global)?;
    if current.with() || current.poisoned() {
        return None;
    }
    let environment = frame.environments.get(scope as usize)?.as_declarative()?;
    let value = environment.kind().value_ptr(locator.binding_index())?;
    NonNull::new(value.cast_mut())
}
