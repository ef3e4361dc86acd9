//! Unicode's tables: read where one is asked for, unpacked, and kept from then on.
//!
//! In: records of the tables as the build packs them, from whoever has them. Out: what the published
//! tables say, in their form. A table that can't be read is empty; who embeds this knows that it is
//! not there, because it was asked.

use std::boxed::Box;
use std::sync::OnceLock;
use std::vec;

use crate::codepointset::Interval;
use crate::unicodetables::{CODE_POINTS, COUNT, ENDS, STRING_SETS, TABLES};

/// Gives a record, by its number. It is asked each time a table is needed.
pub type Reader = fn(usize) -> Option<&'static [u8]>;

static READER: OnceLock<Reader> = OnceLock::new();

/// Says who has the records. Only the first word counts; without one, they are built in, but not in
/// Wasm.
pub fn read_with(reader: Reader) {
    READER.get_or_init(|| reader);
}

fn read(record: usize) -> Option<&'static [u8]> {
    match READER.get() {
        Some(reader) => reader(record),
        #[cfg(not(target_arch = "wasm32"))]
        None => Some(&include_bytes!("tables.bytes")[start(record)..usize::from(ENDS[record])]),
        #[cfg(target_arch = "wasm32")]
        None => None,
    }
}

/// Where a record begins among all.
fn start(record: usize) -> usize {
    match record {
        0 => 0,
        _ => usize::from(ENDS[record - 1]),
    }
}

/// The intervals of a table.
pub(crate) fn table(index: usize) -> &'static [Interval] {
    static UNPACKED: [OnceLock<Box<[Interval]>>; COUNT] = [const { OnceLock::new() }; COUNT];
    let record = ENDS.partition_point(|end| *end <= TABLES[index]);
    let Some(bytes) = read(record) else {
        return &[];
    };
    UNPACKED[index].get_or_init(|| {
        let mut place = usize::from(TABLES[index]) - start(record);
        let mut intervals = vec![Interval::new(0, 0); number(bytes, &mut place) as usize];
        let mut end = 0;
        for interval in &mut intervals {
            let first = end + number(bytes, &mut place);
            end = first + number(bytes, &mut place);
            *interval = Interval::new(first, end);
        }
        intervals.into_boxed_slice()
    })
}

/// The strings of a set.
pub(crate) fn string_set(index: usize) -> &'static [&'static [u32]] {
    static UNPACKED: OnceLock<Box<[&'static [u32]]>> = OnceLock::new();
    let Some(bytes) = read(ENDS.len() - 1) else {
        return &[];
    };
    let (start, end) = STRING_SETS[index];
    &UNPACKED.get_or_init(|| strings(bytes))[usize::from(start)..usize::from(end)]
}

/// All strings, in the order of their sets; they lie one after the other.
fn strings(bytes: &[u8]) -> Box<[&'static [u32]]> {
    let count = usize::from(STRING_SETS[STRING_SETS.len() - 1].1);
    let mut text = vec![0_u32; CODE_POINTS];
    let mut ends = vec![0; count];
    let (mut place, mut before, mut start) = (0, 0, 0);
    for end in &mut ends {
        let lengths = usize::from(bytes[place]);
        place += 1;
        let (same, length) = (lengths >> 4, (lengths >> 4) + (lengths & 15));
        for index in 0..length {
            // What the string before has at the same place, if it is as long.
            let other = if before + index < start { text[before + index] } else { 0 };
            text[start + index] = if index < same {
                other
            } else {
                let step = number(bytes, &mut place);
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
fn number(bytes: &[u8], place: &mut usize) -> u32 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[*place];
        *place += 1;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}
