//! `push` of one value to an array, where it is called.
//!
//! In: the machine, with `this`, the callee and the arguments on its stack. Out: whether the call is done
//! and its value is on the stack; where it is not, nothing has changed. What is kept: what the native
//! function does and counts, and what a call of it does.

use super::slots::{self, Slot};
use crate::Context;
use crate::builtins::Array;
use crate::native_function::NativeFunctionObject;
use crate::object::IndexedProperties;
use crate::object::dense_elements::{ADDITION, LENGTH_MAX};
use crate::value::inner::InnerValue;

/// The longest text for which the call of a native function counts nothing.
const TEXT_LENGTH_MAX: usize = 31;

/// Does the call of the function below so many arguments.
///
/// # Safety
/// The machine is valid, and its stack ends in `this`, the callee and the arguments.
#[inline(never)]
pub(super) unsafe fn push(context: *mut Context, argument_count: u32) -> bool {
    if !boa_ast::shortcut::Shortcut::Elements.is_on() {
        return false;
    }
    // SAFETY: the caller's. Nobody borrows what is written to, and nothing runs here.
    unsafe {
        let context = &mut *context;
        let height = context.vm.stack.stack.len();
        if argument_count != 1 {
            return false;
        }
        let value: Slot = context.vm.stack.stack.as_mut_ptr().add(height - 1);
        let (callee, this) = (value.sub(1), value.sub(2));
        if !slots::is_object(callee) || !slots::is_object(this) {
            return false;
        }
        let function = (*callee.cast::<InnerValue>()).as_object_unchecked();
        let Some(function) = function.as_data_ptr::<NativeFunctionObject>() else {
            return false;
        };
        if !(*function).f.is_pointer_to(Array::push)
            || (*function).realm.as_ref() != Some(context.realm())
        {
            return false;
        }
        let array = (*this.cast::<InnerValue>()).as_object_unchecked();
        if !array.is_array()
            || (*value).length_to_walk() > TEXT_LENGTH_MAX
            || context.vm.meter.left < ADDITION
        {
            return false;
        }
        let limits = &context.vm.runtime_limits;
        let meter = &context.vm.meter;
        if context.vm.frames.len() - meter.frames_base > limits.recursion_limit()
            || height - 3 - meter.stack_base >= limits.stack_size_limit()
        {
            return false;
        }
        let Some(array) = array.as_writable_ptr() else {
            return false;
        };
        let template = context.intrinsics().templates().array().shape();
        let properties = &mut (*array).properties;
        let Some(length) = properties.storage.first_mut() else {
            return false;
        };
        let length: Slot = length;
        if properties.shape.to_addr_usize() != template.to_addr_usize()
            || !(*array).extensible
            || !slots::is_integer(length)
        {
            return false;
        }
        let index = slots::low(length);
        let elements = &mut properties.indexed_properties;
        if elements.dense_length() != Some(index)
            || index >= LENGTH_MAX
            || !context.has_no_inherited_elements()
        {
            return false;
        }
        match elements {
            IndexedProperties::DenseI32(all) if slots::is_integer(value) => all.push(slots::integer(value)),
            // The stack's value is moved.
            IndexedProperties::DenseElement(all) => all.push(value.read()),
            _ => {
                elements.push_dense(&*value);
                slots::release(value);
            }
        }
        context.vm.meter.left -= ADDITION;
        slots::set_integer(length, (index + 1) as i32);
        context.vm.stack.stack.set_len(height - 2);
        slots::release(callee);
        slots::set_integer(this, (index + 1) as i32);
        true
    }
}
