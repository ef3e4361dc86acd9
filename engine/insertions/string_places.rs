//! Where a string stands among the common strings.
//!
//! In: a string. Out: the common string that equals it. It is found by its length and three of its code
//! units, in a table that the compiler makes.

use crate::{JsStr, JsStrVariant, StaticString};

/// Places of the table; some four times as many as there are strings, so that the first is mostly right.
const PLACES: usize = 2_048;

/// A table of common strings.
pub(crate) struct Places {
    /// Indices plus one; 0 where there is none. Who finds another string's goes on to the next place.
    indices: [u16; PLACES],
}

impl Places {
    /// The table of these strings.
    ///
    /// # Safety
    /// All of them were made of Latin-1 strings.
    pub(crate) const unsafe fn new(strings: &[StaticString]) -> Self {
        assert!(strings.len() < PLACES / 2);
        let mut indices = [0; PLACES];
        let mut index = 0;
        while index < strings.len() {
            // SAFETY: the caller says so.
            let units = unsafe { strings[index].latin1() };
            let length = units.len();
            let mut place = match length {
                0 => first_place(0, [0; 3]),
                _ => {
                    let chosen = [units[0], units[length / 2], units[length - 1]];
                    first_place(length, [chosen[0] as u32, chosen[1] as u32, chosen[2] as u32])
                }
            };
            while indices[place] != 0 {
                place = (place + 1) % PLACES;
            }
            index += 1;
            indices[place] = index as u16;
        }
        Self { indices }
    }

    /// The string among these that equals this one.
    pub(crate) fn find(
        &self,
        string: &JsStr<'_>,
        strings: &'static [StaticString],
    ) -> Option<&'static StaticString> {
        let chosen = match string.variant() {
            JsStrVariant::Latin1(units) => chosen(units),
            JsStrVariant::Utf16(units) => chosen(units),
        };
        let mut place = first_place(string.len(), chosen);
        loop {
            let index = usize::from(self.indices[place]).checked_sub(1)?;
            let found = strings.get(index)?;
            if found.len() == string.len() && found.as_str() == *string {
                return Some(found);
            }
            place = (place + 1) % PLACES;
        }
    }
}

/// The first code unit, the one in the middle, the last.
fn chosen<T: Copy + Into<u32>>(units: &[T]) -> [u32; 3] {
    match units {
        [first, .., last] => [*first, units[units.len() / 2], *last].map(Into::into),
        [only] => [(*only).into(); 3],
        [] => [0; 3],
    }
}

const fn first_place(length: usize, chosen: [u32; 3]) -> usize {
    let sum = (length as u32)
        .wrapping_add(chosen[0].wrapping_mul(31))
        .wrapping_add(chosen[1].wrapping_mul(1_543))
        .wrapping_add(chosen[2].wrapping_mul(29_791));
    (sum.wrapping_mul(0x9e37_79b1) >> (u32::BITS - PLACES.ilog2())) as usize
}
