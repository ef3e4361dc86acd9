//! How host keys are made: a tag byte, then what the tag says.
//!
//! Guards that no two different things share a host key: within a tag, only the last part has no
//! length before it. Pages of one path begin with the same bytes, because each node of NEAR's own
//! trie that a second write touches again is cheaper.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::bytes::put_number;
use crate::hash::of_name;
use crate::prefix::Prefix;

/// First bytes of host keys that belong to this crate.
pub const HOST_TAGS: RangeInclusive<u8> = 0x01..=0x09;

/// Bytes of a name that stands in a host key as it is; a longer one is hashed.
const NAME_BYTES_MAX: usize = 64;

const TAG_ROOT: u8 = 0x01;
const TAG_OUTER_PAGE: u8 = 0x02;
const TAG_ACCOUNT: u8 = 0x04;
const TAG_INNER_PAGE: u8 = 0x05;
const TAG_VALUE: u8 = 0x07;
const TAG_GRAVE: u8 = 0x09;
/// Added to the tag where the name is hashed.
const HASHED: u8 = 1;

/// Which tree a page or a value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// The tree of subcontract ids.
    Outer,
    /// The tree of keys of the subcontract with this generation.
    Inner(u64),
}

/// Returns the host key of the root record.
pub(crate) fn root() -> Vec<u8> {
    Vec::from([TAG_ROOT])
}

/// Returns the host key of a subcontract's account record.
pub(crate) fn account(id: &str) -> Vec<u8> {
    account_of(id.as_bytes())
}

/// The same for the bytes of an id.
pub(crate) fn account_of(id: &[u8]) -> Vec<u8> {
    [&[TAG_ACCOUNT], id].concat()
}

/// Returns the host key of what removed subcontracts left under an id.
pub(crate) fn grave(id: &str) -> Vec<u8> {
    [&[TAG_GRAVE], id.as_bytes()].concat()
}

impl Space {
    /// Returns the host key of the page whose keys begin so.
    pub(crate) fn page(self, prefix: Prefix<'_>) -> Vec<u8> {
        let mut host_key = match self {
            Self::Outer => under(TAG_OUTER_PAGE, &[], prefix.bytes),
            Self::Inner(generation) => under(TAG_INNER_PAGE, &number(generation), prefix.bytes),
        };
        host_key.push(prefix.end);
        host_key
    }

    /// Returns the host key of a value that lies beside its page.
    pub(crate) fn value(self, key: &[u8]) -> Vec<u8> {
        match self {
            Self::Outer => under(TAG_VALUE, &number(0), key),
            Self::Inner(generation) => under(TAG_VALUE, &number(generation), key),
        }
    }
}

fn number(generation: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_number(&mut bytes, generation);
    bytes
}

fn under(tag: u8, space: &[u8], name: &[u8]) -> Vec<u8> {
    let mut host_key = Vec::with_capacity(16 + NAME_BYTES_MAX);
    let is_hashed = name.len() > NAME_BYTES_MAX;
    host_key.push(if is_hashed { tag + HASHED } else { tag });
    host_key.extend_from_slice(space);
    if is_hashed {
        host_key.extend_from_slice(&of_name(name));
    } else {
        host_key.extend_from_slice(name);
    }
    host_key
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::*;

    #[test]
    fn what_is_not_the_same_has_not_the_same_host_key() {
        let ids = ["a", "aa", "a@", "\0", "\0\u{1}a"].map(String::from);
        let long = vec![b'a'; NAME_BYTES_MAX + 1];
        let names: [&[u8]; 6] = [b"", b"a", b"\0", b"\0\x01a", b"\0a", &long];
        let mut made = vec![root()];
        made.extend(ids.iter().map(|id| account(id)));
        made.extend(ids.iter().map(|id| grave(id)));
        for space in [
            Space::Outer,
            Space::Inner(1),
            Space::Inner(2),
            Space::Inner(128),
        ] {
            made.extend(
                (0..=9).flat_map(|end| names.map(|bytes| space.page(Prefix { bytes, end }))),
            );
            if space != Space::Outer {
                made.extend(names.map(|key| space.value(key)));
            }
        }
        let count = made.len();
        made.sort();
        made.dedup();
        assert_eq!(made.len(), count);
        assert!(made.iter().all(|host_key| HOST_TAGS.contains(&host_key[0])));
    }
}
