//! Counts what running code does, so that an embedder can bound it.
//!
//! *Fuel* is work: about one unit for an instruction, and for each step of a builtin that works in
//! proportion to its input. *Nesting* is recursion of native code, in units of [`NESTING_BYTES`] of
//! native stack. Both are bounded for an [`Embedding`]: a run of code that its embedder keeps apart
//! from the code that runs around it.

use super::CompletionRecord;
use crate::{Context, JsError, JsNativeError, JsResult, error::RuntimeLimitError};
use std::ops::ControlFlow;

/// Bytes of native stack that one unit of nesting stands for; the measurement is the embedder's.
pub const NESTING_BYTES: u32 = 64;

/// Nesting of a call from native code into a function.
pub(crate) const CALL: u32 = 32;
/// Nesting of an internal method of an object that leads on to its prototype.
pub(crate) const INTERNAL_METHOD: u32 = 5;
/// Nesting of an internal method of a proxy.
pub(crate) const PROXY: u32 = 12;

/// A limit that code can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Functions that call each other, or values on the virtual machine's stack.
    Recursion,
    /// Native code that calls back into functions, or walks nested data.
    Nesting,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meter {
    /// Fuel that may be used before the host is asked.
    pub(crate) left: u32,
    /// Fuel that could be used since the host was asked last.
    slice: u32,
    /// Units of native code that are nested now.
    nesting: u32,
    /// Units that may be nested.
    nesting_max: u32,
    /// Frames of the virtual machine below the running embedding.
    pub(crate) frames_base: usize,
    /// Values on the virtual machine's stack below the running embedding.
    pub(crate) stack_base: usize,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            left: u32::MAX,
            slice: u32::MAX,
            nesting: 0,
            nesting_max: 512 * CALL,
            frames_base: 0,
            stack_base: 0,
        }
    }
}

/// What a run of code that is kept apart may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedding {
    /// Units of nesting that it may use on top of those that are in use.
    pub nesting: u32,
    /// Units of nesting that may be in use at all.
    pub nesting_total: u32,
}

impl Context {
    /// Counts work of so much fuel.
    ///
    /// # Errors
    /// What the host says when there is no more.
    #[inline]
    pub fn charge(&mut self, fuel: u64) -> JsResult<()> {
        let meter = &mut self.vm.meter;
        match u32::try_from(fuel).ok().and_then(|fuel| meter.left.checked_sub(fuel)) {
            Some(left) => {
                meter.left = left;
                Ok(())
            }
            None => self.ask_for_fuel(fuel),
        }
    }

    /// Counts work in proportion to a length: one unit for each `per` of it.
    ///
    /// # Errors
    /// As [`Context::charge`].
    #[inline]
    pub fn charge_for(&mut self, length: usize, per: usize) -> JsResult<()> {
        self.charge((length / per) as u64)
    }

    /// Counts a step.
    ///
    /// # Errors
    /// As [`Context::charge`].
    #[inline(always)]
    pub(crate) fn charge_step(&mut self) -> JsResult<()> {
        if self.vm.meter.left == 0 {
            return self.ask_for_fuel(1);
        }
        self.vm.meter.left -= 1;
        Ok(())
    }

    /// Asks for fuel instead of executing an instruction, which is executed next.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuel(&mut self) -> ControlFlow<CompletionRecord> {
        match self.ask_for_fuel(1) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.handle_error(error),
        }
    }

    /// Tells the host what was used since it was asked last, and `fuel` more.
    #[cold]
    #[inline(never)]
    pub(crate) fn ask_for_fuel(&mut self, fuel: u64) -> JsResult<()> {
        let meter = &mut self.vm.meter;
        let used = u64::from(meter.slice - meter.left) + fuel;
        meter.left = 0;
        meter.slice = 0;
        let slice = self.host_hooks().fuel_used(used, self)?;
        self.vm.meter.left = slice;
        self.vm.meter.slice = slice;
        Ok(())
    }

    /// Fuel used since the host was asked last; it is asked at the next charge.
    pub fn take_fuel_used(&mut self) -> u64 {
        let meter = &mut self.vm.meter;
        let used = meter.slice - meter.left;
        meter.left = 0;
        meter.slice = 0;
        u64::from(used)
    }

    /// Runs native code that may lead to more of itself.
    ///
    /// # Errors
    /// The host's error for [`Limit::Nesting`].
    #[inline]
    pub fn nested<T>(
        &mut self,
        units: u32,
        body: impl FnOnce(&mut Self) -> JsResult<T>,
    ) -> JsResult<T> {
        self.enter_native(units)?;
        let result = body(self);
        self.leave_native(units);
        result
    }

    /// Begins native code that may lead to more of itself.
    ///
    /// # Errors
    /// As [`Context::nested`].
    #[inline]
    pub fn enter_native(&mut self, units: u32) -> JsResult<()> {
        let meter = &mut self.vm.meter;
        let nesting = meter.nesting + units;
        if nesting > meter.nesting_max {
            return Err(self.limit_reached(Limit::Nesting));
        }
        meter.nesting = nesting;
        Ok(())
    }

    /// Ends what [`Context::enter_native`] began.
    #[inline]
    pub fn leave_native(&mut self, units: u32) {
        self.vm.meter.nesting -= units;
    }

    /// The host's error for a limit. The error itself needs some room below the limit.
    #[cold]
    #[inline(never)]
    pub(crate) fn limit_reached(&mut self, limit: Limit) -> JsError {
        let before = self.vm.meter.nesting_max;
        self.vm.meter.nesting_max = u32::MAX;
        let error = self.host_hooks().limit_reached(limit, self);
        self.vm.meter.nesting_max = before;
        error
    }

    /// Whether an embedding could begin with all the nesting that it may use.
    #[must_use]
    pub fn has_room_for(&self, embedding: Embedding) -> bool {
        self.vm.meter.nesting + embedding.nesting <= embedding.nesting_total
    }

    /// Runs code apart from what runs around it: its recursion and nesting are counted from here,
    /// its stack traces begin here, and whatever it leaves in the virtual machine is dropped.
    pub fn embed<T>(&mut self, embedding: Embedding, body: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.vm.meter;
        let (frames, stack) = (self.vm.frames.len(), self.vm.stack.height());
        let (host_calls, traces) = (self.vm.host_call_depth, self.vm.shadow_stack.begin());
        let pending = self.vm.pending_exception.take();
        let returned = self.vm.take_return_value();
        let meter = &mut self.vm.meter;
        meter.nesting_max = (meter.nesting + embedding.nesting).min(embedding.nesting_total);
        meter.frames_base = frames;
        meter.stack_base = stack;
        let result = body(self);
        self.vm.frames.truncate(frames);
        self.vm.stack.truncate(stack);
        self.vm.host_call_depth = host_calls;
        self.vm.shadow_stack.end(traces);
        self.vm.pending_exception = pending;
        self.vm.set_return_value(returned);
        let meter = &mut self.vm.meter;
        meter.nesting = before.nesting;
        meter.nesting_max = before.nesting_max;
        meter.frames_base = before.frames_base;
        meter.stack_base = before.stack_base;
        result
    }

    /// Checks that a function may be called.
    pub(crate) fn check_runtime_limits(&mut self) -> JsResult<()> {
        let limits = &self.vm.runtime_limits;
        let depth = self.vm.frames.len() - self.vm.meter.frames_base;
        let values = self.vm.stack.height() - self.vm.meter.stack_base;
        if depth > limits.recursion_limit() || values >= limits.stack_size_limit() {
            return Err(self.limit_reached(Limit::Recursion));
        }
        Ok(())
    }
}

/// The error that ends code whose fuel is used up, and that it can't catch.
#[must_use]
pub fn out_of_fuel() -> JsError {
    RuntimeLimitError::Fuel.into()
}

/// The error for a limit when the host has no other.
pub(crate) fn default_error(limit: Limit) -> JsError {
    let message = match limit {
        Limit::Recursion => "too many functions call each other",
        Limit::Nesting => "native code nests too deep",
    };
    JsNativeError::range().with_message(message).into()
}
