//! How host keys are made: a tag byte, then what the tag says.
//!
//! Guards that no two different things share a host key: within a tag, only the last part has no
//! length before it.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// Bytes of the longest subcontract id: a 64-byte label, `@`, a 64-byte account, and room for nested labels.
pub const ID_BYTES_MAX: usize = 256;

/// Bytes of the longest key: NEAR's 2,048 for a host key less tag, length, level and the longest id.
pub const KEY_BYTES_MAX: usize = HOST_KEY_BYTES_MAX - 1 - 2 - ID_BYTES_MAX - 1;

/// First bytes of host keys that belong to this crate; the enclave's own host keys begin with another.
pub const HOST_TAGS: RangeInclusive<u8> = 0x01..=0x0f;

/// Bytes of the longest storage key that NEAR takes (`max_length_storage_key`).
const HOST_KEY_BYTES_MAX: usize = 2_048;

const TAG_OUTER_HEAD: u8 = 0x01;
const TAG_OUTER_PAGE: u8 = 0x02;
const TAG_ACCOUNT: u8 = 0x03;
const TAG_INNER_PAGE: u8 = 0x04;
const TAG_VALUE: u8 = 0x05;

/// Returns the host key of the head of the index of subcontract ids.
pub(crate) fn outer_head() -> Vec<u8> {
    Vec::from([TAG_OUTER_HEAD])
}

/// Returns what begins the host keys of the pages of the index of subcontract ids.
pub(crate) fn outer_pages() -> Vec<u8> {
    Vec::from([TAG_OUTER_PAGE])
}

/// Returns the host key of a subcontract's account record.
pub(crate) fn account(id: &str) -> Vec<u8> {
    let mut host_key = Vec::with_capacity(1 + id.len());
    host_key.push(TAG_ACCOUNT);
    host_key.extend_from_slice(id.as_bytes());
    host_key
}

/// Returns what begins the host keys of the pages of a subcontract's index of keys.
pub(crate) fn inner_pages(id: &str) -> Vec<u8> {
    under_id(TAG_INNER_PAGE, id, &[])
}

/// Returns the host key of a page: what begins it, the level, the page's name.
pub(crate) fn page(pages: &[u8], level: u8, name: &[u8]) -> Vec<u8> {
    let mut host_key = Vec::with_capacity(pages.len() + 1 + name.len());
    host_key.extend_from_slice(pages);
    host_key.push(level);
    host_key.extend_from_slice(name);
    host_key
}

/// Returns the host key of a value.
pub(crate) fn value(id: &str, key: &[u8]) -> Vec<u8> {
    under_id(TAG_VALUE, id, key)
}

fn under_id(tag: u8, id: &str, rest: &[u8]) -> Vec<u8> {
    let mut host_key = Vec::with_capacity(3 + id.len() + rest.len());
    host_key.push(tag);
    host_key.extend_from_slice(&(id.len() as u16).to_be_bytes());
    host_key.extend_from_slice(id.as_bytes());
    host_key.extend_from_slice(rest);
    host_key
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::*;

    #[test]
    fn the_longest_id_and_key_make_a_host_key_that_near_takes() {
        let (id, key) = ("i".repeat(ID_BYTES_MAX), vec![0xff; KEY_BYTES_MAX]);
        assert_eq!(page(&inner_pages(&id), 0, &key).len(), HOST_KEY_BYTES_MAX);
        assert!(value(&id, &key).len() < HOST_KEY_BYTES_MAX);
    }

    #[test]
    fn what_is_not_the_same_has_not_the_same_host_key() {
        let ids = ["a", "aa", "a@", "\0", "\0\u{1}a"].map(String::from);
        let keys: [&[u8]; 5] = [b"", b"a", b"\0", b"\0\x01a", b"\0a"];
        let mut made = vec![outer_head()];
        made.extend(ids.iter().map(|id| account(id)));
        made.extend(keys.iter().map(|key| page(&outer_pages(), 0, key)));
        for id in &ids {
            made.extend(keys.iter().map(|key| value(id, key)));
            made.extend(keys.iter().map(|key| page(&inner_pages(id), 0, key)));
            made.extend(keys.iter().map(|key| page(&inner_pages(id), 1, key)));
        }
        let count = made.len();
        made.sort();
        made.dedup();
        assert_eq!(made.len(), count);
        assert!(made.iter().all(|host_key| HOST_TAGS.contains(&host_key[0])));
    }
}
