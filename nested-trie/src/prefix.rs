//! Positions in keys: where two keys part, and what the keys of a subtree have in common.
//!
//! A key is read as nine bits for each byte: a 1, then the byte from its highest bit on; a 0 ends
//! it. So no key is a prefix of another, and the order of the bits is the order of the bytes.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::compare::{begins_with, is_same, order, shared_bytes};

/// Bits that one byte of a key takes.
const GROUP: u32 = 9;

/// How a [`Prefix`] ends behind its bytes.
///
/// 0: nothing more is known. 1: another byte follows. 2 to 8: the last byte counts with its
/// highest 1 to 7 bits alone. 9: the key ends here, so there is only one.
pub(crate) type End = u8;

/// The prefix of one whole key.
pub(crate) const WHOLE: End = 9;

/// What all keys of a subtree begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) end: End,
}

/// Returns the first position at which two keys differ, or two prefixes whose keys are apart.
///
/// Of equal bytes, one is a whole key and the other what goes on from it: they differ behind them.
pub(crate) fn parting(left: &[u8], right: &[u8]) -> u32 {
    let shared = shared_bytes(left, right);
    let start = GROUP * shared as u32;
    match (left.get(shared), right.get(shared)) {
        (Some(left), Some(right)) => start + 1 + (left ^ right).leading_zeros(),
        _ => start,
    }
}

/// Returns the bit of a key at a position; behind its end all are 0.
pub(crate) fn bit(key: &[u8], position: u32) -> bool {
    let byte = key.get(bytes_before(position) as usize);
    match (byte, position % GROUP) {
        (None, _) => false,
        (Some(_), 0) => true,
        (Some(byte), bit) => byte >> (GROUP - 1 - bit) & 1 == 1,
    }
}

/// Returns how many whole bytes lie before a position.
pub(crate) const fn bytes_before(position: u32) -> u32 {
    position / GROUP
}

/// Returns what all keys begin with that agree with one of them before a position.
pub(crate) fn of_position(key: &[u8], position: u32) -> (Vec<u8>, End) {
    let whole = bytes_before(position) as usize;
    let end = (position % GROUP) as End;
    if end < 2 {
        return (key.get(..whole).unwrap_or(key).to_vec(), end);
    }
    let mut bytes = key.get(..=whole).unwrap_or(key).to_vec();
    if let Some(last) = bytes.last_mut() {
        *last &= 0xff << (WHOLE - end);
    }
    (bytes, end)
}

impl Prefix<'_> {
    /// Returns the position before which everything is known.
    pub(crate) fn position(&self) -> u32 {
        let bytes = self.bytes.len() as u32;
        match self.end {
            0 => GROUP * bytes,
            1 | WHOLE => GROUP * bytes + 1,
            end => GROUP * bytes.saturating_sub(1) + u32::from(end),
        }
    }

    /// Returns the bytes that are known in full.
    pub(crate) fn whole_bytes(&self) -> &[u8] {
        match (self.end, self.bytes.split_last()) {
            (2..=8, Some((_, whole))) => whole,
            _ => self.bytes,
        }
    }

    /// Tells whether a key begins so.
    pub(crate) fn matches(&self, key: &[u8]) -> bool {
        let count = self.bytes.len();
        match (self.end, self.bytes.split_last()) {
            (0, _) => begins_with(key, self.bytes),
            (1, _) => key.len() > count && begins_with(key, self.bytes),
            (WHOLE, _) => is_same(key, self.bytes),
            (end, Some((last, before))) => key.get(count - 1).is_some_and(|byte| {
                (byte ^ last) >> (WHOLE - end) == 0 && begins_with(key, before)
            }),
            (_, None) => false,
        }
    }

    /// Tells whether a key that does not begin so lies before what does.
    pub(crate) fn is_after(&self, key: &[u8]) -> bool {
        order(key, self.bytes) != Ordering::Greater && !self.matches(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(left: &[u8], right: &[u8], position: u32) {
        assert_eq!(parting(left, right), position);
        assert_eq!(parting(right, left), position);
        let (bytes, end) = of_position(left, position);
        assert_eq!(of_position(right, position), (bytes.clone(), end));
        let prefix = Prefix { bytes: &bytes, end };
        assert!(prefix.matches(left) && prefix.matches(right));
        assert_eq!(prefix.position(), position);
        assert_ne!(bit(left, position), bit(right, position));
        assert_eq!(bit(left, position), left > right);
        assert!((0..position).all(|before| bit(left, before) == bit(right, before)));
    }

    #[test]
    fn keys_part_at_a_bit_or_where_one_ends() {
        check(b"", b"a", 0);
        check(b"", b"\0", 0);
        check(b"a", b"a\0", 9);
        check(b"\0", b"\x80", 1);
        check(b"\0", b"\x01", 8);
        check(b"ab", b"ac", 9 + 8);
        check(b"abx", b"acx", 9 + 8);
        check(b"a\x0f", b"a\x1f", 9 + 4);
    }

    #[test]
    fn a_key_lies_before_what_goes_on_from_it() {
        let prefix = |bytes, end| Prefix { bytes, end };
        assert!(prefix(b"a", 1).is_after(b"a") && !prefix(b"a", 0).is_after(b"a"));
        assert!(prefix(b"b", 0).is_after(b"a") && !prefix(b"b", 0).is_after(b"c"));
    }

    #[test]
    fn a_prefix_matches_what_begins_so_and_nothing_else() {
        let matching = |bytes, end, key: &[u8]| Prefix { bytes, end }.matches(key);
        assert!(matching(b"a", 0, b"a") && matching(b"a", 0, b"ab") && !matching(b"a", 0, b"b"));
        assert!(!matching(b"a", 1, b"a") && matching(b"a", 1, b"ab"));
        assert!(matching(b"a", WHOLE, b"a") && !matching(b"a", WHOLE, b"ab"));
        assert!(matching(b"a\x80", 2, b"a\xff") && !matching(b"a\x80", 2, b"a\x7f"));
        assert!(!matching(b"a\x80", 2, b"b\xff") && !matching(b"a\x80", 2, b"a"));
        assert!(matching(b"", 0, b"") && matching(b"", 1, b"a") && !matching(b"", 1, b""));
    }
}
