//! Upper case and lower case, as Unicode's default case conversion has them.
//!
//! In: a string. Out: the string with each character in the other case. Characters that are alone are
//! found in ranges (`case_tables.rs`), which take a sixth of the bytes that the standard library's
//! tables do.

use super::case_tables::{CASE_IGNORABLE, EXPANDING, LOWER, UPPER};
use crate::{JsStr, JsString, string::JsStrVariant};

/// Characters that change, by the distance to what they become: those from the first on, at most 256 of
/// them, or every second one. A range is `first << 9 | (last - first) << 1 | whether every second one`.
pub(super) type Ranges = [(u32, i32)];

const SIGMA: char = 'Σ';

/// The string in upper case.
pub(super) fn upper(string: &JsString) -> JsString {
    match ascii(string) {
        Some(units) => JsStr::latin1(&units.to_ascii_uppercase()).into(),
        None => string.map_valid_segments(|text| {
            let mut out = String::with_capacity(text.len());
            text.chars().for_each(|character| push_upper(&mut out, character));
            out
        }),
    }
}

/// The string in lower case.
pub(super) fn lower(string: &JsString) -> JsString {
    match ascii(string) {
        Some(units) => JsStr::latin1(&units.to_ascii_lowercase()).into(),
        None => string.map_valid_segments(|text| {
            let mut out = String::with_capacity(text.len());
            for (place, character) in text.char_indices() {
                match character {
                    '\0'..='\x7f' => out.push(character.to_ascii_lowercase()),
                    SIGMA if is_final(&text, place) => out.push('ς'),
                    'İ' => out.push_str("i\u{307}"),
                    other => out.push(mapped(&LOWER, other)),
                }
            }
            out
        }),
    }
}

fn ascii(string: &JsString) -> Option<&[u8]> {
    match string.variant() {
        JsStrVariant::Latin1(units) if units.is_ascii() => Some(units),
        _ => None,
    }
}

fn push_upper(out: &mut String, character: char) {
    if character.is_ascii() {
        return out.push(character.to_ascii_uppercase());
    }
    let key = u16::try_from(u32::from(character)).unwrap_or_default();
    match EXPANDING.binary_search_by_key(&key, |row| row[0]) {
        // What is shorter than three ends with zeros.
        Ok(row) => {
            let units = EXPANDING[row][1..].iter().filter(|unit| **unit != 0);
            out.extend(units.filter_map(|unit| char::from_u32(u32::from(*unit))));
        }
        Err(_) => out.push(mapped(&UPPER, character)),
    }
}

fn mapped(ranges: &Ranges, character: char) -> char {
    let code = u32::from(character);
    let behind = ranges.partition_point(|(range, _)| range >> 9 <= code);
    let Some((range, distance)) = behind.checked_sub(1).and_then(|index| ranges.get(index)) else {
        return character;
    };
    let (offset, last) = (code - (range >> 9), range >> 1 & 0xff);
    if offset > last || offset & range & 1 != 0 {
        return character;
    }
    code.checked_add_signed(*distance)
        .and_then(char::from_u32)
        .unwrap_or(character)
}

/// Whether a sigma ends a word: a cased character before it, none behind it, and between them only what
/// case ignores.
fn is_final(text: &str, place: usize) -> bool {
    let (before, behind) = (&text[..place], &text[place + SIGMA.len_utf8()..]);
    is_next_cased(before.chars().rev()) && !is_next_cased(behind.chars())
}

fn is_next_cased(mut characters: impl Iterator<Item = char>) -> bool {
    characters.find(|character| !is_ignored(*character)).is_some_and(is_cased)
}

fn is_cased(character: char) -> bool {
    // The last are titlecase.
    character.is_lowercase()
        || character.is_uppercase()
        || matches!(character, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | 'ᾈ'..='ᾏ' | 'ᾘ'..='ᾟ' | 'ᾨ'..='ᾯ' | 'ᾼ' | 'ῌ' | 'ῼ')
}

/// Whether case ignores a character. The table has numbers, seven bits to a byte, by which the ranges
/// begin behind the one before and end behind their beginning.
fn is_ignored(character: char) -> bool {
    let code = u32::from(character);
    let mut bytes = CASE_IGNORABLE.iter();
    let mut number = || {
        let mut number = 0;
        for byte in bytes.by_ref() {
            number = number << 7 | u32::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    };
    let mut end = 0;
    while let (Some(gap), Some(length)) = (number(), number()) {
        if code < end + gap {
            return false;
        }
        end += gap + length;
        if code < end {
            return true;
        }
    }
    false
}
