//! The tables, unpacked where one is asked for and kept from then on.
//!
//! In: the tables as `pack.rs` packs them. Out: what the published tables hold, byte for byte.

extern crate std;

use std::sync::OnceLock;
use std::vec::Vec;

include!(concat!(core::env!("OUT_DIR"), "/packed.rs"));

/// The bytes of a table.
pub fn table(index: usize) -> &'static [u8] {
    static CANONICAL: OnceLock<Vec<u8>> = OnceLock::new();
    static ALL: OnceLock<Vec<u8>> = OnceLock::new();
    let canonical = CANONICAL.get_or_init(|| unpacked(&[], &CANONICAL_BYTES, CANONICAL_END));
    let (start, end) = TABLES[index];
    let all = if end <= CANONICAL_END {
        canonical
    } else {
        ALL.get_or_init(|| unpacked(canonical, &COMPATIBLE_BYTES, END))
    };
    &all[start..end]
}

/// What comes behind `before`, and `before` too: `end` bytes in all.
fn unpacked(before: &[u8], packed: &[u8], end: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(end);
    out.extend_from_slice(before);
    let mut place = 0;
    while out.len() < end {
        let lengths = usize::from(packed[place]);
        place += 1;
        let literal = length(packed, &mut place, lengths >> 4);
        out.extend_from_slice(&packed[place..place + literal]);
        place += literal;
        let mut copied = length(packed, &mut place, lengths & 15);
        if copied > 0 {
            let from = out.len() - number(packed, &mut place);
            // What is copied may begin again before it ends.
            while copied > 0 {
                let part = copied.min(out.len() - from);
                out.extend_from_within(from..from + part);
                copied -= part;
            }
        }
    }
    out
}

/// A length of which half a byte is known: its greatest value says that more follows.
fn length(packed: &[u8], place: &mut usize, half: usize) -> usize {
    if half < 15 {
        return half;
    }
    15 + number(packed, place)
}

/// The number at a place in the bytes, seven bits to a byte.
fn number(packed: &[u8], place: &mut usize) -> usize {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = packed[*place];
        *place += 1;
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}
