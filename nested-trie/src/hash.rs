//! Sha256 with what the hash is of before the hashed bytes, so that no hash of one thing is that of
//! another.

use sha2::{Digest, Sha256};

/// A sha256.
pub(crate) type Hash = [u8; 32];

/// What a hash is of. The number is the last byte of the tag before the hashed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Domain {
    /// A name that is too long for a host key.
    Name = 1,
}

/// What begins everything that is hashed here.
const TAG: [u8; 8] = *b"conclave";

/// Returns the hash of bytes in a domain.
pub(crate) fn hash(domain: Domain, bytes: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(TAG)
        .chain_update([domain as u8])
        .chain_update(bytes)
        .finalize()
        .into()
}
