//! Unicode tables, unpacked where one is asked for and kept from then on.
//!
//! In: the tables as `build.rs` packs them. Out: what the published tables say, in their form.

use std::boxed::Box;
use std::sync::OnceLock;
use std::vec;

use crate::codepointset::Interval;
use crate::unicodetables::{BYTES, CODE_POINTS, COUNT, STRING_SETS, STRINGS, TABLES};

/// The intervals of a table.
pub(crate) fn table(index: usize) -> &'static [Interval] {
    static UNPACKED: [OnceLock<Box<[Interval]>>; COUNT] = [const { OnceLock::new() }; COUNT];
    UNPACKED[index].get_or_init(|| {
        let mut place = usize::from(TABLES[index]);
        let mut intervals = vec![Interval::new(0, 0); number(&mut place) as usize];
        let mut end = 0;
        for interval in &mut intervals {
            let first = end + number(&mut place);
            end = first + number(&mut place);
            *interval = Interval::new(first, end);
        }
        intervals.into_boxed_slice()
    })
}

/// The strings of a set.
pub(crate) fn string_set(index: usize) -> &'static [&'static [u32]] {
    static UNPACKED: OnceLock<Box<[&'static [u32]]>> = OnceLock::new();
    let (start, end) = STRING_SETS[index];
    &UNPACKED.get_or_init(strings)[usize::from(start)..usize::from(end)]
}

/// All strings, in the order of their sets; they lie one after the other.
fn strings() -> Box<[&'static [u32]]> {
    let count = usize::from(STRING_SETS[STRING_SETS.len() - 1].1);
    let mut text = vec![0_u32; CODE_POINTS];
    let mut ends = vec![0; count];
    let (mut place, mut before, mut start) = (STRINGS, 0, 0);
    for end in &mut ends {
        let lengths = usize::from(BYTES[place]);
        place += 1;
        let (same, length) = (lengths >> 4, (lengths >> 4) + (lengths & 15));
        for index in 0..length {
            // What the string before has at the same place, if it is as long.
            let other = if before + index < start { text[before + index] } else { 0 };
            text[start + index] = if index < same {
                other
            } else {
                let step = number(&mut place);
                other.wrapping_add(step >> 1 ^ (step & 1).wrapping_neg())
            };
        }
        (before, start) = (start, start + length);
        *end = start;
    }
    let mut rest: &'static [u32] = text.leak();
    let mut start = 0;
    let strings = ends.into_iter().map(|end| {
        let (string, behind) = rest.split_at(end - start);
        (rest, start) = (behind, end);
        string
    });
    strings.collect()
}

/// The number at a place in the bytes, seven bits to a byte.
#[inline(always)]
fn number(place: &mut usize) -> u32 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = BYTES[*place];
        *place += 1;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}
