//! A value that crosses a frame or lies in storage, and its bytes.
//!
//! In: JSON from outside, or a copy of a JS value. Out: the canonical bytes of
//! `docs/spec/values.md`. Equal values have equal bytes. Only data: nothing here can run.

use num_bigint::{BigInt, Sign};

/// The version byte with which every stored value begins.
pub const VERSION: u8 = 1;
/// Most arrays, objects, maps and sets within each other. Reason: each level costs native stack in every walker of values.
pub const DEPTH_MAX: usize = 64;
/// Most levels that the enclave's own records put around values of [`DEPTH_MAX`]: a list of pairs, in a
/// record.
const RECORD_LEVELS: usize = 4;
/// Most bytes of one encoded value. Reason: one host read or write, far under NEAR's 4 MiB.
pub const BYTES_MAX: usize = 1 << 20;

/// A copy of a JS value: data only.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// `undefined`
    Undefined,
    /// `null`
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A `bigint`.
    BigInt(BigInt),
    /// A well-formed string.
    String(String),
    /// A `Uint8Array`.
    Bytes(Vec<u8>),
    /// A `Date`: milliseconds since 1970, or NaN.
    Date(f64),
    /// An array without holes.
    Array(Vec<Value>),
    /// A plain object: its own enumerable data properties in their order.
    Object(Vec<(String, Value)>),
    /// A `Map` in its order.
    Map(Vec<(Value, Value)>),
    /// A `Set` in its order.
    Set(Vec<Value>),
}

/// Why bytes are not a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end inside a value.
    #[error("the bytes end inside a value")]
    Truncated,
    /// Bytes follow the value.
    #[error("bytes follow the value")]
    Trailing,
    /// The version is not known.
    #[error("version {got} of values is not known")]
    Version {
        /// The version found.
        got: u8,
    },
    /// A tag is not known.
    #[error("tag {got} of values is not known")]
    Tag {
        /// The tag found.
        got: u8,
    },
    /// The bytes are not the shortest form of their value.
    #[error("not the canonical form")]
    NotCanonical,
    /// A string is not UTF-8.
    #[error("a string is not UTF-8")]
    Utf8,
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("nested deeper than 64")]
    TooDeep,
}

/// Numbers of the variants on the wire: explicit and never reused.
mod tag {
    pub(super) const UNDEFINED: u8 = 0;
    pub(super) const NULL: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const TRUE: u8 = 3;
    pub(super) const DOUBLE: u8 = 4;
    pub(super) const INTEGER: u8 = 5;
    pub(super) const BIGINT: u8 = 6;
    pub(super) const STRING: u8 = 7;
    pub(super) const BYTES: u8 = 8;
    pub(super) const DATE: u8 = 9;
    pub(super) const ARRAY: u8 = 10;
    pub(super) const OBJECT: u8 = 11;
    pub(super) const MAP: u8 = 12;
    pub(super) const SET: u8 = 13;
}

/// The largest integer below which every integer is a number of its own: 2^53 - 1.
const SAFE_MAX: f64 = 9_007_199_254_740_991.0;

/// A number as an integer from 0 to 2^53 - 1, if it is one.
#[must_use]
pub fn safe_integer(number: f64) -> Option<u64> {
    let is_safe =
        (0.0..=SAFE_MAX).contains(&number) && number.trunc().to_bits() == number.to_bits();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an integer from 0 to 2^53 - 1"
    )]
    is_safe.then_some(number as u64)
}

impl Value {
    /// The value's bytes, version first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        encode(self, &mut out);
        out
    }

    /// Reads the bytes that [`Value::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] for anything else; never panics on hostile bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::read(bytes, DEPTH_MAX)
    }

    /// The same for what the enclave made of values itself, which may nest as deep as they are allowed to.
    ///
    /// # Errors
    /// As [`Value::from_bytes`].
    pub fn from_record(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::read(bytes, DEPTH_MAX + RECORD_LEVELS)
    }

    fn read(bytes: &[u8], depth_max: usize) -> Result<Self, DecodeError> {
        let mut reader = Reader {
            rest: bytes,
            depth_max,
        };
        let got = reader.byte()?;
        if got != VERSION {
            return Err(DecodeError::Version { got });
        }
        let value = reader.value(0)?;
        if reader.rest.is_empty() {
            Ok(value)
        } else {
            Err(DecodeError::Trailing)
        }
    }
}

fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Undefined => out.push(tag::UNDEFINED),
        Value::Null => out.push(tag::NULL),
        Value::Bool(false) => out.push(tag::FALSE),
        Value::Bool(true) => out.push(tag::TRUE),
        Value::Number(number) => encode_number(*number, out),
        Value::BigInt(number) => encode_bigint(number, out),
        Value::String(text) => encode_bytes(tag::STRING, text.as_bytes(), out),
        Value::Bytes(bytes) => encode_bytes(tag::BYTES, bytes, out),
        Value::Date(ms) => encode_double(tag::DATE, *ms, out),
        Value::Array(items) => encode_items(tag::ARRAY, items, out),
        Value::Set(items) => encode_items(tag::SET, items, out),
        Value::Object(fields) => {
            out.push(tag::OBJECT);
            encode_length(fields.len(), out);
            for (key, field) in fields {
                encode_length(key.len(), out);
                out.extend_from_slice(key.as_bytes());
                encode(field, out);
            }
        }
        Value::Map(entries) => {
            out.push(tag::MAP);
            encode_length(entries.len(), out);
            for (key, entry) in entries {
                encode(key, out);
                encode(entry, out);
            }
        }
    }
}

/// The number as an `i32`, when it is exactly one; `-0` is not.
fn as_integer(number: f64) -> Option<i32> {
    #[expect(clippy::cast_possible_truncation, reason = "checked by the way back")]
    let integer = number as i32;
    (f64::from(integer).to_bits() == number.to_bits()).then_some(integer)
}

fn encode_number(number: f64, out: &mut Vec<u8>) {
    match as_integer(number) {
        Some(integer) => {
            out.push(tag::INTEGER);
            let zigzag = ((integer << 1) ^ (integer >> 31)).cast_unsigned();
            encode_varint(u64::from(zigzag), out);
        }
        None => encode_double(tag::DOUBLE, number, out),
    }
}

fn encode_double(tag: u8, number: f64, out: &mut Vec<u8>) {
    out.push(tag);
    let canonical = if number.is_nan() { f64::NAN } else { number };
    out.extend_from_slice(&canonical.to_bits().to_be_bytes());
}

fn encode_bigint(number: &BigInt, out: &mut Vec<u8>) {
    out.push(tag::BIGINT);
    let (sign, magnitude) = number.to_bytes_be();
    match sign {
        Sign::NoSign => encode_length(0, out),
        sign => {
            encode_length(1 + magnitude.len(), out);
            out.push(u8::from(sign == Sign::Minus));
            out.extend_from_slice(&magnitude);
        }
    }
}

fn encode_items(tag: u8, items: &[Value], out: &mut Vec<u8>) {
    out.push(tag);
    encode_length(items.len(), out);
    for item in items {
        encode(item, out);
    }
}

fn encode_bytes(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    encode_length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn encode_length(length: usize, out: &mut Vec<u8>) {
    encode_varint(length as u64, out);
}

fn encode_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

struct Reader<'a> {
    rest: &'a [u8],
    depth_max: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        Ok(self.take(1)?[0])
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let is_shortest = (byte != 0 || shift == 0) && (shift < 63 || byte == 1);
                return if is_shortest {
                    Ok(number)
                } else {
                    Err(DecodeError::NotCanonical)
                };
            }
        }
        Err(DecodeError::NotCanonical)
    }

    /// A count of items, each of at least one byte: bounded by what is left.
    fn count(&mut self) -> Result<usize, DecodeError> {
        let count = usize::try_from(self.varint()?).map_err(|_| DecodeError::Truncated)?;
        if count > self.rest.len() {
            Err(DecodeError::Truncated)
        } else {
            Ok(count)
        }
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.count()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<String, DecodeError> {
        let bytes = self.bytes()?;
        core::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|_| DecodeError::Utf8)
    }

    fn double(&mut self) -> Result<f64, DecodeError> {
        let mut bits = [0; 8];
        bits.copy_from_slice(self.take(8)?);
        let number = f64::from_bits(u64::from_be_bytes(bits));
        if number.is_nan() && number.to_bits() != f64::NAN.to_bits() {
            return Err(DecodeError::NotCanonical);
        }
        Ok(number)
    }

    fn value(&mut self, depth: usize) -> Result<Value, DecodeError> {
        match self.byte()? {
            tag::ARRAY..=tag::SET if depth == self.depth_max => Err(DecodeError::TooDeep),
            tag::UNDEFINED => Ok(Value::Undefined),
            tag::NULL => Ok(Value::Null),
            tag::FALSE => Ok(Value::Bool(false)),
            tag::TRUE => Ok(Value::Bool(true)),
            tag::DOUBLE => match self.double()? {
                number if as_integer(number).is_some() => Err(DecodeError::NotCanonical),
                number => Ok(Value::Number(number)),
            },
            tag::INTEGER => self.integer(),
            tag::BIGINT => self.bigint(),
            tag::STRING => self.text().map(Value::String),
            tag::BYTES => Ok(Value::Bytes(self.bytes()?.to_vec())),
            tag::DATE => self.double().map(Value::Date),
            tag::ARRAY => self.items(depth).map(Value::Array),
            tag::SET => self.items(depth).map(Value::Set),
            tag::OBJECT => self.object(depth),
            tag::MAP => self.map(depth),
            got => Err(DecodeError::Tag { got }),
        }
    }

    fn integer(&mut self) -> Result<Value, DecodeError> {
        let zigzag = u32::try_from(self.varint()?).map_err(|_| DecodeError::NotCanonical)?;
        let integer = (zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed());
        Ok(Value::Number(f64::from(integer)))
    }

    fn bigint(&mut self) -> Result<Value, DecodeError> {
        match self.bytes()? {
            [] => Ok(Value::BigInt(BigInt::ZERO)),
            [sign @ (0 | 1), magnitude @ ..]
                if magnitude.first().is_some_and(|byte| *byte != 0) =>
            {
                let sign = if *sign == 1 { Sign::Minus } else { Sign::Plus };
                Ok(Value::BigInt(BigInt::from_bytes_be(sign, magnitude)))
            }
            _ => Err(DecodeError::NotCanonical),
        }
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Value>, DecodeError> {
        let count = self.count()?;
        (0..count).map(|_| self.value(depth + 1)).collect()
    }

    fn object(&mut self, depth: usize) -> Result<Value, DecodeError> {
        let count = self.count()?;
        let fields = (0..count).map(|_| Ok((self.text()?, self.value(depth + 1)?)));
        fields.collect::<Result<_, _>>().map(Value::Object)
    }

    fn map(&mut self, depth: usize) -> Result<Value, DecodeError> {
        let count = self.count()?;
        let entries = (0..count).map(|_| Ok((self.value(depth + 1)?, self.value(depth + 1)?)));
        entries.collect::<Result<_, _>>().map(Value::Map)
    }
}
