//! The elements of an array that a builtin calls a function for, one after the other.
//!
//! In: the array, the function, and what the builtin does with what a call gives. Out: whether an
//! element is left to the builtin, which does with it what the specification says.

use crate::{Context, JsObject, JsResult, JsValue};

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

    /// Calls the function for elements, where that can be done in one frame; gives whether an element is
    /// left, for which the builtin has to do it.
    ///
    /// # Errors
    /// As [`JsObject::call`], and what `CreateDataPropertyOrThrow` says.
    pub(crate) fn is_left(
        &mut self,
        function: &JsObject,
        this: &JsValue,
        mut uses: Use<'_>,
        context: &mut Context,
    ) -> JsResult<bool> {
        if !boa_ast::shortcut::Shortcut::Elements.is_on() {
            return Ok(self.next < self.length);
        }
        if self.next >= self.length {
            return Ok(false);
        }
        context.call_in_rounds(function, self, this, &mut uses)
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
