//! Shorter ways to the same result, each of which a test can turn off for its thread, to compare it
//! with the usual way. Elsewhere they are always on, and asking costs nothing.

#[cfg(not(target_family = "wasm"))]
use std::cell::Cell;

#[cfg(not(target_family = "wasm"))]
thread_local! {
    /// A bit for each that is off.
    static OFF: Cell<u8> = const { Cell::new(0) };
}

/// A shorter way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcut {
    /// Frequent instructions are executed without their handlers.
    Instructions = 1,
    /// Builtins go to elements without internal methods.
    Elements = 2,
    /// What is declared is made when it is first used; asked when code is analysed.
    Declarations = 4,
    /// Properties of ordinary objects are read, set and defined without internal methods.
    Properties = 8,
}

impl Shortcut {
    /// Whether this thread does without it.
    #[cfg(not(target_family = "wasm"))]
    pub fn turn_off(self, is_off: bool) {
        let others = OFF.get() & !(self as u8);
        OFF.set(if is_off { others | self as u8 } else { others });
    }

    /// Whether it may be taken.
    #[inline(always)]
    #[must_use]
    #[allow(clippy::inline_always, clippy::unused_self)]
    pub fn is_on(self) -> bool {
        #[cfg(not(target_family = "wasm"))]
        return OFF.get() & self as u8 == 0;
        #[cfg(target_family = "wasm")]
        true
    }
}
