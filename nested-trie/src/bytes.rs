//! Reading and writing the parts of a record: numbers of variable length, and bytes behind their length.

use alloc::vec::Vec;
use core::ops::Range;

use crate::error::Fault;

/// A place in a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns what lies there. The place must be one of these bytes.
    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.range()).unwrap_or_default()
    }
}

/// Walks over a record.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn at(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        let byte = self.bytes.get(self.at).ok_or(Fault::Truncated)?;
        self.at += 1;
        Ok(*byte)
    }

    /// Reads a number: seven bits a byte, the lowest first, the highest bit set where more follow.
    pub(crate) fn number(&mut self) -> Result<u64, Fault> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return Err(Fault::Number);
            }
            number |= part << shift;
            if byte < 0x80 {
                // One form for each number, so that equal pairs have equal bytes.
                let is_shortest = byte != 0 || shift == 0;
                return is_shortest.then_some(number).ok_or(Fault::Number);
            }
        }
        Err(Fault::Number)
    }

    /// Reads so many bytes.
    pub(crate) fn span(&mut self, length: u64) -> Result<Span, Fault> {
        let left = (self.bytes.len() - self.at) as u64;
        if length > left {
            return Err(Fault::Truncated);
        }
        let start = self.at as u32;
        self.at += length as usize;
        Ok(Span {
            start,
            end: self.at as u32,
        })
    }

    /// Reads bytes behind their length.
    pub(crate) fn sized(&mut self) -> Result<Span, Fault> {
        let length = self.number()?;
        self.span(length)
    }
}

/// Appends a number as [`Reader::number`] reads it.
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends bytes behind their length.
pub(crate) fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expect: Result<u64, Fault>) {
        assert_eq!(Reader::at(bytes, 0).number(), expect);
        if let Ok(number) = expect {
            let mut out = vec![];
            put_number(&mut out, number);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn each_number_has_one_form() {
        check(&[0], Ok(0));
        check(&[0x7f], Ok(127));
        check(&[0x80, 1], Ok(128));
        check(&[0xff, 0xff, 3], Ok(65_535));
        let greatest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        check(&greatest, Ok(u64::MAX));
        check(&[0x80, 0], Err(Fault::Number));
        check(&[0xff; 10], Err(Fault::Number));
        check(&[0x80; 11], Err(Fault::Number));
        check(&[0x80], Err(Fault::Truncated));
        check(&[], Err(Fault::Truncated));
    }
}
