//! Unicode tables, unpacked where one is asked for and kept from then on.
//!
//! In: the tables as `build.rs` packs them. Out: what the published tables say, in their form.

use std::boxed::Box;
use std::sync::OnceLock;
use std::vec::Vec;

use crate::codepointset::Interval;
use crate::unicodetables::{BYTES, COUNT, STRING_SETS, STRINGS, TABLES};

/// The intervals of a table.
pub(crate) fn table(index: usize) -> &'static [Interval] {
    static UNPACKED: [OnceLock<Box<[Interval]>>; COUNT] = [const { OnceLock::new() }; COUNT];
    UNPACKED[index].get_or_init(|| {
        let boundaries = boundaries(index);
        let pairs = boundaries.chunks_exact(2);
        pairs.map(|pair| Interval::new(pair[0], pair[1] - 1)).collect()
    })
}

/// The strings of a set.
pub(crate) fn string_set(index: usize) -> &'static [&'static [u32]] {
    static UNPACKED: OnceLock<Box<[&'static [u32]]>> = OnceLock::new();
    let (start, end) = STRING_SETS[index];
    &UNPACKED.get_or_init(strings)[usize::from(start)..usize::from(end)]
}

/// Where the sets of a table begin and end.
fn boundaries(index: usize) -> Vec<u32> {
    let (base, start) = TABLES[index];
    let mut bytes = Bytes(usize::from(start));
    let count = bytes.number();
    let mut last = 0;
    let own = (0..count).map(|_| {
        last += bytes.number();
        last
    });
    if usize::from(base) == index {
        return own.collect();
    }
    difference(&boundaries(usize::from(base)), own)
}

/// The boundaries that one of the two has alone.
fn difference(base: &[u32], own: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut out = Vec::with_capacity(base.len());
    let mut base = base.iter().copied().peekable();
    for boundary in own {
        while let Some(before) = base.next_if(|before| *before < boundary) {
            out.push(before);
        }
        if base.next_if_eq(&boundary).is_none() {
            out.push(boundary);
        }
    }
    out.extend(base);
    out
}

/// All strings, in the order of their sets.
fn strings() -> Box<[&'static [u32]]> {
    let mut bytes = Bytes(STRINGS);
    let mut before: &'static [u32] = &[];
    let mut out = Vec::new();
    while bytes.0 < BYTES.len() {
        let lengths = usize::from(bytes.byte());
        let (same, length) = (lengths >> 4, (lengths >> 4) + (lengths & 15));
        let mut string = before[..same].to_vec();
        for index in same..length {
            let step = bytes.number();
            let step = step >> 1 ^ (step & 1).wrapping_neg();
            string.push(before.get(index).copied().unwrap_or(0).wrapping_add(step));
        }
        before = string.leak();
        out.push(before);
    }
    out.into_boxed_slice()
}

/// A place in the packed bytes.
struct Bytes(usize);

impl Bytes {
    fn byte(&mut self) -> u8 {
        self.0 += 1;
        BYTES[self.0 - 1]
    }

    fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }
}
