//! The contract's allocator: blocks of a hundred sizes, each with a list of free ones.
//!
//! An execution is short and has one thread: what counts is that taking and giving back a block
//! are a few operations each, not that memory is packed tightly. A block is never split or joined;
//! a size is at most a quarter larger than what was asked for. Memory is taken from the end of
//! what there is and never returned to the VM.
//!
//! Until the snapshot is taken, freed memory is zeroed: a snapshot stores every byte that is not
//! zero, and each costs gas on every call (docs/adr/0008).
#![allow(unsafe_code, reason = "an allocator is an unsafe trait")]

use std::alloc::Layout;

/// Blocks lie at multiples of this many bytes.
const GRAIN: usize = 16;
/// Up to here sizes are multiples of [`GRAIN`]; above, four to each doubling.
const SMALL_BYTES_MAX: usize = 128;
/// How many sizes there are: 8 small ones, then four to each doubling up to 2^31.
const SIZES: usize = SMALL_BYTES_MAX / GRAIN + (31 - 7) * 4;

/// Most bytes of blocks that an execution may hold. Reason: NEAR gives a contract 2,048 pages,
/// 134,217,728 bytes; what is left serves blocks that are free but of the wrong size.
#[cfg(target_arch = "wasm32")]
pub(crate) const TAKEN_BYTES_MAX: usize = 64 << 20;
/// Where new memory becomes scarce. Reason: the largest single block, a string or an array that
/// doubles, has 16 MiB.
#[cfg(target_arch = "wasm32")]
const TOP_BYTES_MAX: usize = 104 << 20;

/// Whether freed memory is zeroed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freed {
    /// It is: until the snapshot is taken.
    Zeroed,
    /// It is left as it is.
    Left,
}

/// Free blocks, and the memory behind the last block.
#[derive(Debug)]
struct Blocks {
    /// The first free block of each size; a free block begins with the address of the next.
    free: [usize; SIZES],
    /// Where the next new block begins.
    top: usize,
    /// Where the memory that is there ends.
    end: usize,
    /// Bytes of blocks that are taken.
    taken: usize,
    freed: Freed,
}

/// The number of the size that holds so many bytes, and that size in bytes.
#[inline(always)]
fn size_of(bytes: usize) -> (usize, usize) {
    if bytes <= SMALL_BYTES_MAX {
        let number = bytes.saturating_sub(1) / GRAIN;
        return (number, (number + 1) * GRAIN);
    }
    let last = bytes - 1;
    let doubling = (usize::BITS - 1 - last.leading_zeros()) as usize;
    let quarter = (last >> (doubling - 2)) & 3;
    let number = SMALL_BYTES_MAX / GRAIN + (doubling - 7) * 4 + quarter;
    (number, (quarter + 5) << (doubling - 2))
}

impl Blocks {
    const fn new() -> Self {
        Self {
            free: [0; SIZES],
            top: 0,
            end: 0,
            taken: 0,
            freed: Freed::Zeroed,
        }
    }

    /// Takes a block; 0 when there is no more memory. `grow` gives the new end of memory that has
    /// at least so many bytes more, or `None`.
    ///
    /// # Safety
    /// What `grow` says is there must be there, and nobody else's.
    #[inline(always)]
    unsafe fn take(&mut self, layout: Layout, grow: impl FnOnce(usize) -> Option<usize>) -> usize {
        // Nearly all blocks are small, and shall cost no more than this.
        let size = layout.size();
        if size.wrapping_sub(1) < SMALL_BYTES_MAX && layout.align() <= GRAIN {
            let number = (size - 1) / GRAIN;
            let bytes = (number + 1) * GRAIN;
            let first = self.free[number];
            if first != 0 {
                // SAFETY: a free block is ours and begins with the next one's address.
                self.free[number] = unsafe { *(first as *const usize) };
                self.taken += bytes;
                return first;
            }
            let start = self.top;
            if start.is_multiple_of(GRAIN) && bytes <= self.end - start {
                self.top = start + bytes;
                self.taken += bytes;
                return start;
            }
        }
        // SAFETY: the caller's contract is passed on.
        unsafe { self.take_any(layout, grow) }
    }

    /// Takes a block of any size.
    ///
    /// # Safety
    /// As [`Blocks::take`].
    #[inline(never)]
    unsafe fn take_any(
        &mut self,
        layout: Layout,
        grow: impl FnOnce(usize) -> Option<usize>,
    ) -> usize {
        let (number, bytes) = size_of(layout.size());
        let first = self.free.get(number).copied().unwrap_or(0);
        if first != 0 && layout.align() <= GRAIN {
            // SAFETY: a free block is ours and begins with the next one's address.
            self.free[number] = unsafe { *(first as *const usize) };
            self.taken += bytes;
            return first;
        }
        let start = self.top.next_multiple_of(layout.align().max(GRAIN));
        let Some(top) = start.checked_add(bytes) else {
            return 0;
        };
        if top > self.end {
            match grow(top - self.end) {
                Some(end) => self.end = end,
                None => return 0,
            }
        }
        self.top = top;
        self.taken += bytes;
        start
    }

    /// Gives a block back.
    ///
    /// # Safety
    /// The block was taken with this layout and is not used again.
    #[inline(always)]
    unsafe fn give(&mut self, block: usize, layout: Layout) {
        let (number, bytes) = size_of(layout.size());
        // SAFETY: the block is ours again, and has room for an address.
        unsafe {
            if self.freed == Freed::Zeroed {
                (block as *mut u8).write_bytes(0, bytes);
            }
            *(block as *mut usize) = self.free[number];
        }
        self.free[number] = block;
        self.taken -= bytes;
    }

    /// Ends the zeroing, and gives up the blocks that are free: each would leave the address of the
    /// next one in the snapshot, and that byte by byte costs more than the memory is worth.
    ///
    /// # Safety
    /// All free blocks are ours.
    unsafe fn end_zeroing(&mut self) {
        self.freed = Freed::Left;
        for first in &mut self.free {
            let mut block = core::mem::take(first);
            while block != 0 {
                // SAFETY: a free block is ours and begins with the next one's address.
                block = unsafe { (block as *mut usize).replace(0) };
            }
        }
    }

    /// Whether a block can hold so many bytes where it is; the last block can grow.
    fn resize(&mut self, block: usize, layout: Layout, bytes: usize) -> bool {
        let ((_, have), (_, want)) = (size_of(layout.size()), size_of(bytes));
        let is_last = block + have == self.top && block + want <= self.end;
        if is_last && want > have {
            self.top = block + want;
            self.taken += want - have;
        }
        have == want || (is_last && want > have)
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    //! The blocks of the contract, behind Rust's allocator.

    use super::Blocks;
    use core::arch::wasm32::{memory_grow, memory_size};
    use std::alloc::{GlobalAlloc, Layout};
    use std::cell::UnsafeCell;

    /// Bytes of a page of Wasm memory.
    const PAGE_BYTES: usize = 65_536;

    struct Heap(UnsafeCell<Blocks>);

    // SAFETY: the contract has one thread.
    unsafe impl Sync for Heap {}

    #[global_allocator]
    static HEAP: Heap = Heap(UnsafeCell::new(Blocks::new()));

    unsafe extern "C" {
        /// Where the linker's data end; only its address means something.
        static __heap_base: u8;
    }

    /// Ends the zeroing of freed memory.
    pub(crate) fn end_zeroing() {
        // SAFETY: one thread, and nobody holds a reference across a call.
        unsafe { (*HEAP.0.get()).end_zeroing() };
    }

    /// Whether running code holds so much memory that it has to end.
    pub(crate) fn is_scarce() -> bool {
        // SAFETY: one thread, and nobody holds a reference across a call.
        let blocks = unsafe { &*HEAP.0.get() };
        blocks.taken > super::TAKEN_BYTES_MAX || blocks.top > super::TOP_BYTES_MAX
    }

    /// Bytes of blocks that are taken.
    pub(crate) fn taken() -> usize {
        // SAFETY: one thread, and nobody holds a reference across a call.
        unsafe { (*HEAP.0.get()).taken }
    }

    /// The new end of memory with so many bytes more.
    fn grow(bytes: usize) -> Option<usize> {
        let end = memory_size(0) * PAGE_BYTES;
        let pages = bytes.div_ceil(PAGE_BYTES);
        (memory_grow(0, pages) != usize::MAX).then(|| end + pages * PAGE_BYTES)
    }

    // SAFETY: blocks are distinct, large enough, aligned, and ours until they are given back.
    unsafe impl GlobalAlloc for Heap {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: one thread; memory behind the linker's data is nobody else's.
            unsafe {
                let blocks = &mut *self.0.get();
                if blocks.end == 0 {
                    blocks.top = &raw const __heap_base as usize;
                    blocks.end = memory_size(0) * PAGE_BYTES;
                }
                blocks.take(layout, grow) as *mut u8
            }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's contract is passed on.
            unsafe { (*self.0.get()).give(block as usize, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
            // SAFETY: the caller's contract is passed on; both blocks hold what is copied.
            unsafe {
                if (*self.0.get()).resize(block as usize, layout, bytes) {
                    return block;
                }
                let moved = self.alloc(Layout::from_size_align_unchecked(bytes, layout.align()));
                if !moved.is_null() {
                    moved.copy_from_nonoverlapping(block, bytes.min(layout.size()));
                    self.dealloc(block, layout);
                }
                moved
            }
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::{end_zeroing, is_scarce, taken};

#[cfg(test)]
mod tests {
    use super::{Blocks, Freed, GRAIN, SIZES, SMALL_BYTES_MAX, size_of};
    use std::alloc::Layout;

    #[test]
    fn a_size_holds_what_was_asked_for_and_at_most_a_quarter_more() {
        let mut before = (0, GRAIN);
        for bytes in 1..300_000 {
            let (number, size) = size_of(bytes);
            assert!(size >= bytes && size % GRAIN == 0 && number < SIZES);
            assert!(
                bytes <= SMALL_BYTES_MAX || size <= bytes + bytes / 4 + 1,
                "{bytes} {size}"
            );
            assert!(
                number == before.0 && size == before.1 || number == before.0 + 1 && size > before.1
            );
            before = (number, size);
        }
        assert!(size_of(1 << 31).0 < SIZES);
    }

    /// Blocks over memory that is there.
    fn over(memory: &mut [u128]) -> Blocks {
        let mut blocks = Blocks::new();
        blocks.top = memory.as_mut_ptr() as usize;
        blocks.end = blocks.top + size_of_val(memory);
        blocks
    }

    fn take(blocks: &mut Blocks, bytes: usize) -> (usize, Layout) {
        let layout = Layout::from_size_align(bytes, 1).unwrap();
        // SAFETY: the memory is there until the end of the test.
        (unsafe { blocks.take(layout, |_| None) }, layout)
    }

    #[test]
    fn the_last_block_grows_where_it_is_and_others_do_not() {
        let mut memory = vec![0u128; 256];
        let mut blocks = over(&mut memory);
        let (first, layout) = take(&mut blocks, 20);
        assert!(blocks.resize(first, layout, 32), "it has room already");
        assert!(blocks.resize(first, layout, 1_000), "it is the last one");
        let (second, _) = take(&mut blocks, 16);
        assert!(second >= first + 1_000, "what grew is not given away");
        let grown = Layout::from_size_align(1_000, 1).unwrap();
        assert!(
            !blocks.resize(first, grown, 2_000),
            "another block is behind it"
        );
        assert!(
            !blocks.resize(second, Layout::new::<u128>(), 1 << 20),
            "there is no memory"
        );
    }

    #[test]
    fn freed_memory_is_zeroed_until_the_snapshot() {
        let mut memory = vec![0u128; 256];
        let mut blocks = over(&mut memory);
        for (freed, is_zero) in [(Freed::Zeroed, true), (Freed::Left, false)] {
            blocks.freed = freed;
            let (block, layout) = take(&mut blocks, 64);
            // SAFETY: the block has 64 bytes; its last ones hold no address.
            let last = unsafe {
                ((block + 48) as *mut u128).write(7);
                blocks.give(block, layout);
                ((block + 48) as *const u128).read()
            };
            assert_eq!(last == 0, is_zero);
        }
    }

    #[test]
    fn what_was_freed_before_the_snapshot_leaves_no_byte_in_it() {
        let mut memory = vec![0u128; 256];
        let mut blocks = over(&mut memory);
        let taken: Vec<_> = (0..8).map(|_| take(&mut blocks, 64)).collect();
        for (block, layout) in taken {
            // SAFETY: taken with this layout above, and not used again.
            unsafe { blocks.give(block, layout) };
        }
        let top = blocks.top;
        // SAFETY: all blocks lie in the memory.
        unsafe { blocks.end_zeroing() };
        assert!(take(&mut blocks, 64).0 >= top, "it is not used again");
        assert!(memory.iter().all(|part| *part == 0));
    }

    #[test]
    fn blocks_never_overlap_and_come_back() {
        let mut memory = vec![0u128; 1 << 16];
        let mut blocks = over(&mut memory);
        let (start, bytes) = (blocks.top, blocks.end - blocks.top);
        let mut taken: Vec<(usize, Layout)> = Vec::new();
        let mut seed = 1u64;
        for round in 0..20_000 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bytes = (seed >> 33) as usize % 600 + 1;
            if round % 3 == 2 && !taken.is_empty() {
                let (block, layout) = taken.swap_remove(bytes % taken.len());
                // SAFETY: taken with this layout above, and not used again.
                unsafe { blocks.give(block, layout) };
            } else if taken.len() < 800 {
                let align = 1 << ((seed >> 20) as usize % 7);
                let layout = Layout::from_size_align(bytes, align).unwrap();
                // SAFETY: the memory is there until the end of the test.
                let block = unsafe { blocks.take(layout, |_| None) };
                assert!(block != 0 && block % align == 0);
                let end = block + bytes;
                assert!(
                    taken
                        .iter()
                        .all(|(other, layout)| end <= *other || other + layout.size() <= block)
                );
                taken.push((block, layout));
            }
        }
        assert!(blocks.top - start < bytes, "freed blocks were used again");
    }
}
