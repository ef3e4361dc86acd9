//! The contract's allocator: std's, but what is freed before the snapshot is zeroed.
//!
//! A snapshot stores every byte that is not zero, and each costs gas on every call; so what the
//! preparation of the realm left in freed memory must not be kept. After the snapshot it is std's
//! allocator and nothing else.
#![allow(unsafe_code, reason = "an allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether freed memory is zeroed: until the snapshot is taken.
static IS_ZEROING: AtomicBool = AtomicBool::new(true);

/// Ends the zeroing.
pub(crate) fn end_zeroing() {
    IS_ZEROING.store(false, Ordering::Relaxed);
}

struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

// SAFETY: every method does what `System` does; freed memory is written to before it is given back.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the block has `layout.size()` bytes and is the caller's until it is given back.
        unsafe {
            if IS_ZEROING.load(Ordering::Relaxed) {
                memory.write_bytes(0, layout.size());
            }
            System.dealloc(memory, layout);
        }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        if !IS_ZEROING.load(Ordering::Relaxed) {
            // SAFETY: the caller's contract is passed on.
            return unsafe { System.realloc(memory, layout, bytes) };
        }
        // SAFETY: both blocks are valid for the bytes copied; the old one is freed once.
        unsafe {
            let moved = System.alloc(Layout::from_size_align_unchecked(bytes, layout.align()));
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(memory, bytes.min(layout.size()));
                self.dealloc(memory, layout);
            }
            moved
        }
    }
}
