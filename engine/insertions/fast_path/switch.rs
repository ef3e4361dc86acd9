//! Turns the loop off for a thread, so that a test can compare it with the handlers.

use std::cell::Cell;

thread_local! {
    static IS_OFF: Cell<bool> = const { Cell::new(false) };
}

/// Whether contexts of this thread leave every instruction to its handler.
pub fn turn_off(is_off: bool) {
    IS_OFF.set(is_off);
}

pub(crate) fn is_off() -> bool {
    IS_OFF.get()
}
