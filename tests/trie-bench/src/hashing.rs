//! sha256 computed by the contract itself.

use sha2::{Digest, Sha256};

/// Returns the sha256 of some bytes, computed by the crate `sha2`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
