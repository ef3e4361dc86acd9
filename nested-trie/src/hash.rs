//! The two sums over stored bytes: sha256, which makes state provable, and a check of each record
//! against what is flipped, cut or put under another host key.

use sha2::{Digest, Sha256};

/// A sha256.
pub type Hash = [u8; 32];

/// What a hash is of. The number is the last byte of the tag before the hashed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Domain {
    /// The body of the root record.
    Root = 1,
    /// The body of an account record.
    Account = 2,
    /// The body of a page.
    Page = 3,
    /// A value that lies beside its page.
    Value = 4,
    /// A name that is too long for a host key.
    Name = 5,
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

/// Bytes of a [`checksum`].
pub(crate) const CHECKSUM_BYTES: usize = 8;

/// An odd number whose bits are those of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the checksum of a record's body under its host key.
///
/// Each step is reversible for the word that it takes and for the sum before, so a change within
/// eight bytes always changes the sum; any other one but for one in 2^64. It is no proof against
/// who may choose what is stored, which only the chain may.
///
/// # Cost
/// About a tenth of a sha256.
pub(crate) fn checksum(host_key: &[u8], body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let lengths = (host_key.len() as u64) << 32 | body.len() as u64;
    let sum = absorb(absorb(mix(FACTOR, lengths), host_key), body);
    sum.to_be_bytes()
}

fn absorb(mut sum: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        sum = mix(sum, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    mix(sum, u64::from_le_bytes(last))
}

const fn mix(sum: u64, word: u64) -> u64 {
    (sum ^ word).wrapping_mul(FACTOR).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn each_flipped_byte_changes_the_checksum() {
        let body: Vec<u8> = (0..100).collect();
        let sound = checksum(b"key", &body);
        for at in 0..body.len() {
            for bits in 1..=255 {
                let mut flipped = body.clone();
                flipped[at] ^= bits;
                assert_ne!(checksum(b"key", &flipped), sound, "{at} {bits}");
            }
        }
        assert_ne!(checksum(b"kex", &body), sound);
        assert_ne!(checksum(b"ke", &body), sound);
        assert_ne!(checksum(b"key", &body[..99]), sound);
        assert_ne!(checksum(b"key\0", &body), sound);
    }

    #[test]
    fn a_hash_belongs_to_its_domain() {
        assert_ne!(hash(Domain::Page, b"x"), hash(Domain::Account, b"x"));
        assert_ne!(hash(Domain::Page, b"x"), hash(Domain::Value, b"x"));
        assert_ne!(hash(Domain::Root, b"x"), hash(Domain::Account, b"x"));
    }
}
