//! Counts what running code does, so that an embedder can bound it.
//!
//! *Fuel* is work: about one unit for an instruction, and for each step of a builtin that works in
//! proportion to its input. *Nesting* is recursion of native code, in units of [`NESTING_BYTES`] of
//! native stack. Both are bounded for an [`Embedding`]: a run of code that its embedder keeps apart
//! from the code that runs around it.

use super::CompletionRecord;
use crate::{
    Context, JsError, JsNativeError, JsResult, error::RuntimeLimitError,
};
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
    /// Code units of a string.
    StringLength,
    /// Elements that an array keeps side by side.
    ArrayLength,
    /// Values that are given to a function.
    Arguments,
    /// Bits of a BigInt.
    BigIntBits,
    /// Arrays and objects inside each other in JSON text.
    JsonDepth,
    /// Code units of a regular expression.
    PatternLength,
    /// Places that the match of a regular expression may have to come back to.
    PatternMemory,
}

/// Code units of a string. Two bytes each, and some builtins hold a few copies: 2^20 leaves room for
/// that in a Wasm memory of 128 MiB, and is two thirds of the largest transaction that NEAR takes.
pub const STRING_LENGTH_MAX: usize = 1 << 20;
/// Elements that an array keeps side by side: 8 MiB. Sparse arrays may be longer.
pub const ARRAY_LENGTH_MAX: usize = 1 << 20;
/// Values given to a function by `apply` or by spreading: they lie on the virtual machine's stack.
pub const ARGUMENTS_MAX: usize = 8_192;
/// Bits of a BigInt. 256 suit any token; 65,536 leave room for the arithmetic of public keys, and
/// keep the largest operation (quadratic) below 50 Tgas.
pub const BIGINT_BITS_MAX: u64 = 1 << 16;
/// Arrays and objects inside each other in JSON text: what other parsers take by default (128),
/// and what native recursion over the result can bear.
pub const JSON_DEPTH_MAX: usize = 128;
/// Proxies of proxies that are looked through at once; what goes through their traps is bounded by
/// its nesting.
pub(crate) const PROXIES_MAX: usize = 256;
/// Code units of a regular expression. Its compiled form can be a hundred times as long.
pub const PATTERN_LENGTH_MAX: usize = 4_096;

impl Limit {
    /// What an error says about the limit, with its figure where it has one.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Recursion => "too many functions call each other",
            Self::Nesting => "native code nests too deep",
            Self::StringLength => "a string is longer than 1,048,576 code units",
            Self::ArrayLength => "an array is longer than 1,048,576 elements",
            Self::Arguments => "a function is given more than 8,192 arguments",
            Self::BigIntBits => "a BigInt is larger than 65,536 bits",
            Self::JsonDepth => "JSON nests deeper than 128 levels",
            Self::PatternLength => "a regular expression is longer than 4,096 code units",
            Self::PatternMemory => "a regular expression has more than 524,288 places to come back to",
        }
    }
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

    /// Asks for the fuel of an instruction; gives how to go on where there is none.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuel(&mut self) -> Option<ControlFlow<CompletionRecord>> {
        let refused = self.ask_for_fuel(1).err()?;
        Some(self.handle_error(refused))
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

    /// Counts so many steps where the host need not be asked for them; gives whether it did.
    #[inline]
    pub(crate) fn take_steps(&mut self, count: u32) -> bool {
        let left = self.vm.meter.left.checked_sub(count);
        self.vm.meter.left = left.unwrap_or(self.vm.meter.left);
        left.is_some()
    }

    /// Whether a native function could be called here.
    pub(crate) fn has_room_for_call(&self) -> bool {
        let limits = &self.vm.runtime_limits;
        let depth = self.vm.frames.len() - self.vm.meter.frames_base;
        let values = self.vm.stack.height() - self.vm.meter.stack_base;
        depth <= limits.recursion_limit()
            && values < limits.stack_size_limit()
            && self.has_native_room(CALL)
    }

    /// Whether so many units of native code may be nested more.
    #[inline]
    pub(crate) fn has_native_room(&self, units: u32) -> bool {
        self.vm.meter.nesting + units <= self.vm.meter.nesting_max
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

    /// Runs a step of the engine's own that must not fail, and that runs no code of a script. Its
    /// fuel counts up to what was left.
    pub(crate) fn infallibly<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.vm.meter;
        let (frames, stack) = (self.vm.frames.len(), self.vm.stack.height());
        let meter = &mut self.vm.meter;
        meter.left = u32::MAX;
        meter.slice = u32::MAX;
        meter.nesting_max = u32::MAX;
        meter.frames_base = frames;
        meter.stack_base = stack;
        let result = body(self);
        let used = 1 + (u32::MAX - self.vm.meter.left);
        self.vm.meter = before;
        self.vm.meter.left = before.left.saturating_sub(used);
        result
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
    JsNativeError::range().with_message(limit.text()).into()
}
