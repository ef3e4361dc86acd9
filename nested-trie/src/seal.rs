//! What every record begins with: a version, and the checksum of its host key and its body.

use alloc::vec::Vec;

use crate::checksum::{CHECKSUM_BYTES, checksum};
use crate::error::Fault;

/// Version of every record.
const VERSION: u8 = 1;

/// Bytes of a record before its body: version and checksum.
pub(crate) const RECORD_HEAD: usize = 1 + CHECKSUM_BYTES;

/// Refuses a record of another version, or whose checksum is another.
pub(crate) fn check(host_key: &[u8], record: &[u8]) -> Result<(), Fault> {
    unsealed(host_key, record).map(|_| ())
}

/// Returns the body of a record that [`sealed`] made for the same host key.
///
/// # Errors
/// [`Fault::Truncated`], [`Fault::Version`], [`Fault::Checksum`].
pub fn unsealed<'a>(host_key: &[u8], record: &'a [u8]) -> Result<&'a [u8], Fault> {
    let (version, rest) = record.split_first().ok_or(Fault::Truncated)?;
    if *version != VERSION {
        return Err(Fault::Version { got: *version });
    }
    let (sum, body) = rest
        .split_first_chunk::<CHECKSUM_BYTES>()
        .ok_or(Fault::Truncated)?;
    if *sum != checksum(host_key, body) {
        return Err(Fault::Checksum);
    }
    Ok(body)
}

/// Returns the record of a body under a host key that lies outside of [`HOST_TAGS`](crate::HOST_TAGS):
/// version, checksum, body, as every record here begins.
#[must_use]
pub fn sealed(host_key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut record = begin_record();
    record.extend_from_slice(body);
    seal_record(host_key, &mut record);
    record
}

/// Returns an empty record, to which its body is appended.
pub(crate) fn begin_record() -> Vec<u8> {
    let mut record = Vec::with_capacity(1_024);
    record.push(VERSION);
    record.extend_from_slice(&[0; CHECKSUM_BYTES]);
    record
}

/// Puts the checksum into a record whose body is whole.
pub(crate) fn seal_record(host_key: &[u8], record: &mut [u8]) {
    let (head, body) = record.split_at_mut(RECORD_HEAD);
    head[1..].copy_from_slice(&checksum(host_key, body));
}
