//! A sorted set of keys in the packed form in which it is stored, and the rank that places keys in levels.
//!
//! A key's rank depends on the key alone: that makes the pages depend on the set of keys alone.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::error::Fault;
use crate::host_key::KEY_BYTES_MAX;

/// Levels of pages below a head at most: the words of one sha256.
pub(crate) const LEVELS_MAX: u8 = 8;

/// Which keys a search takes that looks for the greatest key not above a given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The given key itself may be the answer.
    UpTo,
    /// Only keys below it.
    Below,
}

/// Keys in strictly ascending order, each a big-endian `u16` length and its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    packed: Vec<u8>,
}

impl Keys {
    /// Takes stored bytes after checking lengths, limits and order.
    pub(crate) fn parse(packed: &[u8]) -> Result<Self, Fault> {
        let mut last: Option<&[u8]> = None;
        let mut rest = packed;
        while !rest.is_empty() {
            let (key, tail) = split_key(rest).ok_or(Fault::Truncated)?;
            if key.len() > KEY_BYTES_MAX {
                return Err(Fault::Key);
            }
            if last.is_some_and(|last| last >= key) {
                return Err(Fault::Order);
            }
            last = Some(key);
            rest = tail;
        }
        Ok(Self {
            packed: packed.to_vec(),
        })
    }

    /// Appends a key above all that are there, of at most [`KEY_BYTES_MAX`] bytes.
    pub(crate) fn push(&mut self, key: &[u8]) {
        self.packed
            .extend_from_slice(&(key.len() as u16).to_be_bytes());
        self.packed.extend_from_slice(key);
    }

    pub(crate) fn packed(&self) -> &[u8] {
        &self.packed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.packed.as_slice();
        core::iter::from_fn(move || {
            let (key, tail) = split_key(rest)?;
            rest = tail;
            Some(key)
        })
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.greatest(key, Reach::UpTo) == Some(key)
    }

    /// Returns the greatest key within reach of `key`.
    pub(crate) fn greatest(&self, key: &[u8], reach: Reach) -> Option<&[u8]> {
        self.iter()
            .take_while(|found| *found < key || (reach == Reach::UpTo && *found == key))
            .last()
    }
}

/// Returns the bytes that a key takes in its packed form.
pub(crate) fn packed_bytes(key: &[u8]) -> u64 {
    2 + key.len() as u64
}

/// Returns on how many levels, from level 0 up without a gap, a key begins a page.
///
/// The chance of each further level is the key's packed bytes in 1,024, one in four at most, so
/// that a page holds about 1,024 bytes, or four keys where keys are long. The empty key begins none.
pub(crate) fn rank(key: &[u8]) -> u8 {
    if key.is_empty() {
        return 0;
    }
    let digest = Sha256::new()
        .chain_update(b"conclave.index.1")
        .chain_update(key)
        .finalize();
    let bound = (packed_bytes(key) << 22).min(1 << 30);
    let begins = |word: &&[u8]| {
        word.iter()
            .fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte))
            < bound
    };
    digest.chunks(4).take_while(begins).count() as u8
}

fn split_key(packed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = packed.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn keys(list: &[&[u8]]) -> Keys {
        let mut keys = Keys::default();
        list.iter().for_each(|key| keys.push(key));
        keys
    }

    #[track_caller]
    fn check(packed: &[u8], expect: Result<&[&[u8]], Fault>) {
        assert_eq!(Keys::parse(packed), expect.map(keys));
    }

    #[test]
    fn packed_keys_read_back() {
        check(&[], Ok(&[]));
        check(&[0, 0, 0, 1, 0xff], Ok(&[b"", b"\xff"]));
        check(&[0, 1, b'a', 0, 2, b'a', 0], Ok(&[b"a", b"a\0"]));
    }

    #[test]
    fn packed_keys_that_break_the_form_are_refused() {
        check(&[0], Err(Fault::Truncated));
        check(&[0, 2, 1], Err(Fault::Truncated));
        check(&[0, 1, 2, 0, 1, 2], Err(Fault::Order));
        check(&[0, 1, 2, 0, 1, 1], Err(Fault::Order));
        let long = [&[0x06, 0xfd][..], &vec![0; KEY_BYTES_MAX + 1]].concat();
        check(&long, Err(Fault::Key));
    }

    #[test]
    fn a_search_takes_the_greatest_key_within_reach() {
        let keys = keys(&[b"", b"b", b"d"]);
        let search = |key: &[u8], reach| keys.greatest(key, reach).map(<[u8]>::to_vec);
        assert_eq!(search(b"c", Reach::UpTo), Some(b"b".to_vec()));
        assert_eq!(search(b"d", Reach::UpTo), Some(b"d".to_vec()));
        assert_eq!(search(b"d", Reach::Below), Some(b"b".to_vec()));
        assert_eq!(search(b"", Reach::UpTo), Some(Vec::new()));
        assert_eq!(search(b"", Reach::Below), None);
    }

    #[test]
    fn one_key_in_thirty_two_of_thirty_bytes_and_one_in_four_long_ones_begin_a_page() {
        let beginning = |length: usize| {
            let key = |number: u16| [&number.to_be_bytes()[..], &vec![7; length - 2]].concat();
            (0..8_192_u16)
                .filter(|number| rank(&key(*number)) > 0)
                .count()
        };
        assert!((200..312).contains(&beginning(30)), "{}", beginning(30));
        assert!(
            (1_900..2_200).contains(&beginning(1_000)),
            "{}",
            beginning(1_000)
        );
        assert_eq!(rank(b""), 0);
    }
}
