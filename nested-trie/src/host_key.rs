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
