//! A function that a builtin calls for one element of an array after the other, in one frame.
//!
//! In: the function, the array, and what the builtin does with what each call gives. Out: whether an
//! element is left to the builtin, which does with it what it does without this. What is kept: fuel,
//! stack and trace of a call are those of [`JsObject::call`].
//! Between two calls nothing runs that could see the frame that is still there, and the host is not asked
//! for fuel: where it has to be, an element is left.

use super::slots::{self, Slot};
use super::top;
use crate::object::IndexedProperties;
use crate::object::dense_elements::OWN;
use crate::value::inner::InnerValue;
use crate::vm::callback::{Elements, Use};
use crate::vm::{CallFrameFlags, CompletionRecord, meter::CALL};
use crate::{Context, JsObject, JsResult, JsValue};
use std::ptr;

/// How rounds ended.
enum Ended {
    /// The builtin has its result.
    Finished,
    /// The element that is next is left.
    Before,
    /// A value is left that is to become an element of an array.
    Within(JsObject, u32, JsValue),
}

/// What each call begins with.
struct Round {
    /// Where the arguments begin on the stack.
    arguments: usize,
    /// Where the registers begin.
    registers: usize,
    /// Where they end.
    end: usize,
    flags: CallFrameFlags,
    /// The shape of an array whose elements and length are as they are by default.
    template: usize,
}

impl Context {
    /// Calls the function for the elements that are next; says whether there is one that is left.
    pub(crate) fn call_in_rounds(
        &mut self,
        function: &JsObject,
        elements: &mut Elements<'_>,
        this: &JsValue,
        uses: &mut Use<'_>,
    ) -> JsResult<bool> {
        let arguments = 3 + usize::from(matches!(uses, Use::Fold(_)));
        let height = self.vm.stack.height();
        if !elements.array.is_array() || !self.has_native_room(CALL) {
            return Ok(true);
        }
        self.enter_native(CALL)?;
        let stack = &mut self.vm.stack.stack;
        stack.push(this.clone());
        stack.push(function.clone().into());
        stack.resize(height + 1 + arguments, JsValue::undefined());
        stack.push(elements.array.clone().into());
        let mut ended = Ok(Ended::Before);
        if self.enter_quickly(arguments) {
            ended = self.go_rounds(elements, uses);
            self.vm.drop_frame();
        }
        self.leave_native(CALL);
        self.vm.stack.truncate(height);
        match ended? {
            Ended::Finished => return Ok(false),
            Ended::Before => {}
            Ended::Within(array, index, value) => {
                array.create_data_property_or_throw(index, value, self)?;
            }
        }
        Ok(elements.next < elements.length)
    }

    /// Goes on in the frame on top, which is that of the function.
    fn go_rounds(&mut self, elements: &mut Elements<'_>, uses: &mut Use<'_>) -> JsResult<Ended> {
        let template = self.intrinsics().templates().array().shape();
        let template = template.to_addr_usize();
        let end = self.vm.stack.height();
        let frame = self.vm.frame_mut();
        if !frame.code_block.is_ordinary() {
            return Ok(Ended::Before);
        }
        frame.flags |= CallFrameFlags::EXIT_EARLY | CallFrameFlags::ROUND;
        let round = Round {
            arguments: frame.arguments_range().start,
            registers: frame.rp as usize,
            end,
            flags: frame.flags,
            template,
        };
        self.vm.host_call_depth += 1;
        // SAFETY: the frame on top begins, and has the arguments that the use says.
        let ended = unsafe { self.repeat(&round, elements, uses) };
        self.vm.host_call_depth = self.vm.host_call_depth.saturating_sub(1);
        ended
    }

    /// # Safety
    /// The frame on top is the one of the rounds, and begins.
    unsafe fn repeat(
        &mut self,
        round: &Round,
        elements: &mut Elements<'_>,
        uses: &mut Use<'_>,
    ) -> JsResult<Ended> {
        let mut element = JsValue::undefined();
        while elements.next < elements.length {
            let index = elements.next as u32;
            // SAFETY: the stack has the arguments and the registers of the frame; while the function
            // runs, it may move.
            let (value, goes_on) = unsafe {
                let mut argument: Slot = self.vm.stack.stack.as_mut_ptr().add(round.arguments);
                let first = argument;
                if let Use::Fold(_) = uses {
                    argument = argument.add(1);
                }
                if self.vm.meter.left < OWN || !write_element(elements.array, index, argument) {
                    return Ok(Ended::Before);
                }
                self.vm.meter.left -= OWN;
                slots::set_integer(argument.add(1), index as i32);
                match uses {
                    Use::Fold(total) => std::mem::swap(&mut *first, total),
                    Use::Filter(..) | Use::Find(_) => slots::copy(argument, &raw mut element),
                    _ => {}
                }
                match self.run() {
                    CompletionRecord::Throw(error) => return Err(error),
                    CompletionRecord::Normal(value) | CompletionRecord::Return(value) => {
                        (value, self.begin_again(round))
                    }
                }
            };
            elements.next += 1;
            match uses {
                Use::Nothing => {}
                Use::Fold(total) => **total = value,
                Use::Map(array) => {
                    if let Some(value) = self.add(round, array, index, value) {
                        return Ok(Ended::Within(array.clone(), index, value));
                    }
                }
                Use::Filter(array, length) => {
                    if value.to_boolean() {
                        let (index, value) = (**length, std::mem::take(&mut element));
                        **length += 1;
                        if let Some(value) = self.add(round, array, index, value) {
                            return Ok(Ended::Within(array.clone(), index, value));
                        }
                    }
                }
                Use::Find(found) => {
                    if value.to_boolean() {
                        elements.next -= 1;
                        **found = element;
                        return Ok(Ended::Finished);
                    }
                }
                Use::Until(expected) => {
                    if value.to_boolean() == *expected {
                        elements.next -= 1;
                        return Ok(Ended::Finished);
                    }
                }
            }
            if !goes_on {
                return Ok(Ended::Before);
            }
        }
        Ok(Ended::Finished)
    }

    /// Makes the frame on top ready for another call, if its arguments are still there.
    ///
    /// # Safety
    /// The frame on top is the one of the rounds.
    unsafe fn begin_again(&mut self, round: &Round) -> bool {
        // SAFETY: the caller's; between `registers` and `end` there are values.
        unsafe {
            let vm = &raw mut self.vm;
            let frame = &mut *top(vm);
            frame.pc = 0;
            frame.loop_iteration_count = 0;
            frame.flags = round.flags;
            if !frame.iterators.is_empty() {
                frame.iterators.clear();
            }
            if !frame.binding_stack.is_empty() {
                frame.binding_stack.clear();
            }
            if frame.environments.len() > frame.env_fp as usize {
                frame.environments.truncate(frame.env_fp as usize);
            }
            let stack = &mut (*vm).stack.stack;
            // Rest parameters took theirs away.
            if stack.len() < round.end || frame.rp as usize != round.registers {
                return false;
            }
            if stack.len() > round.end {
                stack.truncate(round.end);
            }
            let mut register: Slot = stack.as_mut_ptr().add(round.registers);
            let behind: Slot = stack.as_mut_ptr().add(round.end);
            while register != behind {
                slots::set_bits(register, InnerValue::UNDEFINED);
                register = register.add(1);
            }
            true
        }
    }

    /// `CreateDataProperty` of an element of an array; gives the value back where it is not done.
    fn add(&mut self, round: &Round, array: &JsObject, index: u32, value: JsValue) -> Option<JsValue> {
        // SAFETY: the value is forgotten where it is moved.
        unsafe {
            if self.vm.meter.left >= OWN && append_element(round.template, array, index, &value) {
                std::mem::forget(value);
                self.vm.meter.left -= OWN;
                return None;
            }
        }
        (!array.define_element(index, &value, self)).then_some(value)
    }
}

/// Moves a value behind the last element of an array, if it is of the same kind as they are.
///
/// # Safety
/// Who calls forgets the value, where this says that it is moved.
unsafe fn append_element(template: usize, array: &JsObject, index: u32, value: &JsValue) -> bool {
    // SAFETY: the caller's. Nobody borrows the object, and nothing runs here.
    unsafe {
        let Some(object) = array.as_writable_ptr() else {
            return false;
        };
        let (properties, value) = (&mut (*object).properties, ptr::from_ref(value).cast_mut());
        if !array.is_array()
            || !(*object).extensible
            || properties.shape.to_addr_usize() != template
        {
            return false;
        }
        let Some(length) = properties.storage.first_mut() else {
            return false;
        };
        let length: Slot = length;
        if !slots::is_integer(length) {
            return false;
        }
        match &mut properties.indexed_properties {
            IndexedProperties::DenseI32(all) if all.len() == index as usize && slots::is_integer(value) => {
                all.push(slots::integer(value));
            }
            IndexedProperties::DenseElement(all) if all.len() == index as usize => all.push(value.read()),
            _ => return false,
        }
        if slots::low(length) <= index {
            slots::set_integer(length, (index + 1) as i32);
        }
        true
    }
}

/// Writes an element of an array to a slot, if they lie side by side.
///
/// # Safety
/// The slot holds a value.
unsafe fn write_element(array: &JsObject, index: u32, to: Slot) -> bool {
    // SAFETY: the caller's; nobody borrows the object for writing.
    unsafe {
        let Some(object) = array.as_readable_ptr() else {
            return false;
        };
        let index = index as usize;
        match &(*object).properties.indexed_properties {
            IndexedProperties::DenseI32(all) if index < all.len() => {
                slots::set_integer(to, *all.get_unchecked(index));
            }
            IndexedProperties::DenseF64(all) if index < all.len() => {
                *to = JsValue::from(*all.get_unchecked(index));
            }
            IndexedProperties::DenseElement(all) if index < all.len() => {
                let from: *const JsValue = all.get_unchecked(index);
                slots::copy(from.cast_mut(), to);
            }
            _ => return false,
        }
        true
    }
}
