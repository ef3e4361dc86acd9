//! Numbers and bytes of an image.

use super::ReadError;
use thin_vec::ThinVec;

/// Items that room is made for before they are read.
const ROOM_MAX: usize = 1_024;

/// What items are read into.
pub(super) trait List<T> {
    /// A list with room for so many.
    fn with_room(count: usize) -> Self;
    /// Appends an item.
    fn put(&mut self, item: T);
}

impl<T> List<T> for Vec<T> {
    fn with_room(count: usize) -> Self {
        Self::with_capacity(count)
    }

    fn put(&mut self, item: T) {
        self.push(item);
    }
}

impl<T> List<T> for ThinVec<T> {
    fn with_room(count: usize) -> Self {
        Self::with_capacity(count)
    }

    fn put(&mut self, item: T) {
        self.push(item);
    }
}

/// Bytes that are read from a place on.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    /// Reads bytes from a place on; nothing when the place lies behind their end.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The place of the next byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(super) fn byte(&mut self) -> Result<u8, ReadError> {
        let byte = *self.bytes.get(self.at).ok_or(ReadError::Ended)?;
        self.at += 1;
        Ok(byte)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Result<&'a [u8], ReadError> {
        let rest = self.bytes.get(self.at..).ok_or(ReadError::Ended)?;
        let bytes = rest.get(..length).ok_or(ReadError::Ended)?;
        self.at += length;
        Ok(bytes)
    }

    // Nearly all numbers have one byte, and nearly all of an image is numbers.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(super) fn number(&mut self) -> Result<u32, ReadError> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(u32::from(*byte))
            }
            _ => {
                let (number, behind) = self.long_number()?;
                *self = behind;
                Ok(number)
            }
        }
    }

    /// A number and what is behind it: nobody's place is borrowed, so that it may be kept in locals.
    #[cold]
    #[inline(never)]
    fn long_number(mut self) -> Result<(u32, Self), ReadError> {
        // Nearly all others have two.
        if let Some([low, high, ..]) = self.bytes.get(self.at..)
            && *low >= 0x80
            && (1..0x80).contains(high)
        {
            self.at += 2;
            return Ok((u32::from(low & 0x7f) | u32::from(*high) << 7, self));
        }
        let first = self.byte()?;
        let mut number = u32::from(first & 0x7f);
        if first < 0x80 {
            return Ok((number, self));
        }
        for shift in [7, 14, 21, 28] {
            let byte = self.byte()?;
            let bits = u32::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                return Err(ReadError::Number);
            }
            number |= bits << shift;
            if byte < 0x80 {
                // What could be written shorter would give one image two forms.
                return if byte == 0 {
                    Err(ReadError::Number)
                } else {
                    Ok((number, self))
                };
            }
        }
        Err(ReadError::Number)
    }

    pub(super) fn signed(&mut self) -> Result<i32, ReadError> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A length of bytes that follow.
    pub(super) fn length(&mut self) -> Result<usize, ReadError> {
        self.count(1)
    }

    /// A count of items, each of which takes a byte at least.
    pub(super) fn items(&mut self) -> Result<usize, ReadError> {
        self.count(1)
    }

    /// A count of what a byte that follows can stand for several of.
    pub(super) fn count(&mut self, per_byte: usize) -> Result<usize, ReadError> {
        let got = self.number()?;
        let most = self.left().saturating_mul(per_byte);
        if got as usize > most {
            let most = u32::try_from(most).unwrap_or(u32::MAX);
            return Err(ReadError::Count { got, most });
        }
        Ok(got as usize)
    }

    /// A list of items, each of which takes a byte at least.
    pub(super) fn list<T, C: List<T>>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, ReadError>,
    ) -> Result<C, ReadError> {
        let count = self.items()?;
        let mut items = C::with_room(count.min(ROOM_MAX));
        for _ in 0..count {
            items.put(item(self)?);
        }
        Ok(items)
    }

    /// Ends what has to be read to its end.
    pub(super) fn end(&self) -> Result<(), ReadError> {
        if self.left() == 0 {
            Ok(())
        } else {
            Err(ReadError::Trailing)
        }
    }
}

/// Appends a number.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn put(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a number that may be negative.
pub(super) fn put_signed(out: &mut Vec<u8>, number: i32) {
    put(out, ((number << 1) ^ (number >> 31)).cast_unsigned());
}
