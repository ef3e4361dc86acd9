//! What any bytes are taken for: operations on a trie, or a proof that somebody made up.
//!
//! [`target`] is all that a fuzzer needs; `cargo fuzz` could call it from `fuzz_target!` with this
//! folder and `memory` named by `#[path]`. The first byte chooses, and where bytes end, zeros follow:
//! so each input is one, and a longer one goes on where a shorter one ended.

mod forgery;
mod operations;

/// Bytes as a source of decisions.
pub(crate) struct Input<'a> {
    bytes: &'a [u8],
}

/// Holds the trie to its promises on one input; panics where it breaks one.
pub(crate) fn target(bytes: &[u8]) {
    let mut input = Input { bytes };
    match input.byte() % 2 {
        0 => operations::check(&mut input),
        _ => forgery::check(&mut input),
    }
}

impl<'a> Input<'a> {
    fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        *first
    }

    /// A number below a bound.
    fn below(&mut self, bound: usize) -> usize {
        let number = u16::from_be_bytes([self.byte(), self.byte()]);
        usize::from(number) % bound
    }

    /// One of some things.
    fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        things[usize::from(self.byte()) % things.len()]
    }

    /// So many bytes, or what is left.
    fn take(&mut self, bytes: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at(bytes.min(self.bytes.len()));
        self.bytes = rest;
        taken
    }
}
