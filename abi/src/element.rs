//! Names of a collection's elements in a subcontract's storage (docs/spec/collections.md).
//!
//! In: a collection's name, a key of JS. Out: a name in the storage, and back. Names of one
//! collection sort as their keys do, and no two collections have a name in common: the collection's
//! name ends at the first U+0000, which it can't contain. Knows nothing of what the elements hold.

use crate::key::NAME_BYTES_MAX;
use crate::value::Value;
use num_bigint::{BigInt, Sign};

/// Longest name of a collection, in bytes. Reason: three quarters of a name are left for the key.
pub const COLLECTION_BYTES_MAX: usize = 255;
/// What ends a collection's name, and occurs in none.
const END: char = '\0';
/// Hexadecimal digits of a bigint's length.
const LENGTH_DIGITS: usize = 3;
/// The digit whose complement is zero.
const DIGIT_MAX: u8 = 15;
/// Set in the bits of a number that is negative.
const NEGATIVE: u64 = 1 << 63;

/// First character of a key, by its type. Keys of different types sort in this order.
mod tag {
    pub(super) const BOOLEAN: char = 'b';
    pub(super) const BIGINT: char = 'i';
    pub(super) const NUMBER: char = 'n';
    pub(super) const STRING: char = 's';
    pub(super) const BYTES: char = 'u';
}

/// Why there is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ElementError {
    /// The collection's name is empty or too long, or contains U+0000.
    #[error(
        "a collection's name is a string of 1 to {COLLECTION_BYTES_MAX} bytes of UTF-8 without U+0000"
    )]
    Collection,
    /// The key is of another type.
    #[error(
        "a key of a collection must be a string, a finite number, a bigint, a boolean or a Uint8Array"
    )]
    Kind,
    /// The name would be longer than a name in the storage may be.
    #[error(
        "the key of the collection takes {got} bytes, at most {limit} are left beside its name"
    )]
    TooLarge {
        /// Bytes of the key.
        got: usize,
        /// What is left for it.
        limit: usize,
    },
}

/// With what the names of a collection's elements begin: its *place*.
///
/// # Errors
/// [`ElementError::Collection`].
pub fn place(collection: &str) -> Result<String, ElementError> {
    let fits = (1..=COLLECTION_BYTES_MAX).contains(&collection.len());
    if !fits || collection.contains(END) {
        return Err(ElementError::Collection);
    }
    Ok(format!("{collection}{END}"))
}

/// The name of the element under a key.
///
/// # Errors
/// [`ElementError::Kind`], [`ElementError::TooLarge`].
pub fn name(place: &str, key: &Value) -> Result<String, ElementError> {
    let limit = NAME_BYTES_MAX.saturating_sub(place.len());
    let got = length(key)?;
    if got > limit {
        return Err(ElementError::TooLarge { got, limit });
    }
    let mut name = String::with_capacity(place.len() + got);
    name.push_str(place);
    match key {
        Value::Bool(value) => name.extend([tag::BOOLEAN, if *value { '1' } else { '0' }]),
        Value::BigInt(value) => push_bigint(&mut name, value),
        Value::Number(value) => push_number(&mut name, *value),
        Value::String(text) => {
            name.push(tag::STRING);
            name.push_str(text);
        }
        Value::Bytes(bytes) => {
            name.push(tag::BYTES);
            push_digits(&mut name, nibbles(bytes));
        }
        _ => return Err(ElementError::Kind),
    }
    Ok(name)
}

/// The key of the element that has this name; `None` where no key of the collection has it.
#[must_use]
pub fn key(place: &str, name: &str) -> Option<Value> {
    let text = name.strip_prefix(place)?;
    let (tag, rest) = text.split_at_checked(1)?;
    match tag.chars().next()? {
        tag::BOOLEAN => match rest {
            "0" => Some(Value::Bool(false)),
            "1" => Some(Value::Bool(true)),
            _ => None,
        },
        tag::BIGINT => bigint(rest).map(Value::BigInt),
        tag::NUMBER => number(rest).map(Value::Number),
        tag::STRING => Some(Value::String(rest.to_owned())),
        tag::BYTES => whole_bytes(&digits(rest)?).map(Value::Bytes),
        _ => None,
    }
}

/// Bytes that a key takes at most, its tag included. Looks at no digit, so that what is far too
/// large costs nothing.
fn length(key: &Value) -> Result<usize, ElementError> {
    let digits_of_bits = |bits: u64| usize::try_from(bits.div_ceil(4)).unwrap_or(usize::MAX / 2);
    let length = match key {
        Value::Bool(_) => 1,
        Value::BigInt(value) => 1 + LENGTH_DIGITS + digits_of_bits(value.bits()),
        Value::Number(value) if value.is_finite() => 16,
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len() * 2,
        _ => return Err(ElementError::Kind),
    };
    Ok(1 + length)
}

/// The bits of a double, changed so that they sort as numbers do; zeros at the end say nothing.
fn push_number(name: &mut String, value: f64) {
    let bits = match value.to_bits() {
        NEGATIVE => 0,
        bits => bits,
    };
    let sorted = if bits & NEGATIVE == 0 {
        bits | NEGATIVE
    } else {
        !bits
    };
    name.push(tag::NUMBER);
    let mut digits = nibbles(&sorted.to_be_bytes());
    let last = digits.iter().rposition(|digit| *digit != 0);
    digits.truncate(last.map_or(0, |last| last + 1));
    push_digits(name, digits);
}

fn number(text: &str) -> Option<f64> {
    let mut digits = digits(text)?;
    if digits.len() > 16 || digits.last() == Some(&0) {
        return None;
    }
    digits.resize(16, 0);
    let sorted = u64::from_be_bytes(whole_bytes(&digits)?.try_into().ok()?);
    let bits = if sorted & NEGATIVE == 0 {
        !sorted
    } else {
        sorted & !NEGATIVE
    };
    let value = f64::from_bits(bits);
    (value.is_finite() && bits != NEGATIVE).then_some(value)
}

/// A sign, how many digits there are, and the digits. Of a negative number every digit is replaced
/// by its complement, so that the larger magnitude comes first.
fn push_bigint(name: &mut String, value: &BigInt) {
    let (sign, magnitude) = value.to_bytes_be();
    let mut digits = nibbles(&magnitude);
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..zeros);
    let mut written: Vec<u8> = (0..LENGTH_DIGITS)
        .rev()
        .map(|place| (digits.len() >> (4 * place)) as u8 & DIGIT_MAX)
        .collect();
    written.append(&mut digits);
    let is_negative = sign == Sign::Minus;
    if is_negative {
        complement(&mut written);
    }
    name.extend([tag::BIGINT, if is_negative { '-' } else { '0' }]);
    push_digits(name, written);
}

fn bigint(text: &str) -> Option<BigInt> {
    let (sign, rest) = text.split_at_checked(1)?;
    let mut written = digits(rest)?;
    if sign == "-" {
        complement(&mut written);
    }
    let (length, digits) = written.split_at_checked(LENGTH_DIGITS)?;
    let length = length
        .iter()
        .fold(0, |length, digit| length << 4 | usize::from(*digit));
    if length != digits.len() || digits.first() == Some(&0) {
        return None;
    }
    let padded = [&[0][..digits.len() % 2], digits].concat();
    let sign = match sign {
        _ if digits.is_empty() => (sign == "0").then_some(Sign::NoSign)?,
        "0" => Sign::Plus,
        "-" => Sign::Minus,
        _ => return None,
    };
    Some(BigInt::from_bytes_be(sign, &whole_bytes(&padded)?))
}

fn complement(digits: &mut [u8]) {
    for digit in digits {
        *digit = DIGIT_MAX - *digit;
    }
}

fn nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & DIGIT_MAX])
        .collect()
}

fn whole_bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

fn push_digits(name: &mut String, digits: Vec<u8>) {
    let digit = |digit: u8| char::from(b"0123456789abcdef"[usize::from(digit & DIGIT_MAX)]);
    name.extend(digits.into_iter().map(digit));
}

/// Hexadecimal digits in small letters.
fn digits(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    text.bytes().map(digit).collect()
}
