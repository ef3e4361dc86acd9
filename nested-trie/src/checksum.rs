//! The checksum of a record: it tells what was flipped, cut, or put under another host key.

/// Bytes of a [`checksum`].
pub(crate) const CHECKSUM_BYTES: usize = 8;

/// An odd number whose bits are those of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the checksum of a record's body under its host key.
///
/// Each step is reversible for the word that it takes and for the sum before, so a change within
/// eight bytes always changes the sum; any other one but for one in 2^64. It is no proof against
/// who may choose what is stored, which only the chain may.
pub(crate) fn checksum(host_key: &[u8], body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let lengths = (host_key.len() as u64) << 32 | body.len() as u64;
    let sum = absorb(absorb(mix(FACTOR, lengths), host_key), body);
    sum.to_be_bytes()
}

fn absorb(mut sum: u64, bytes: &[u8]) -> u64 {
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        // Four words at once: a turn of the loop costs as much as a word.
        for at in [0, 8, 16, 24] {
            sum = mix(sum, word(block, at));
        }
    }
    let (words, rest) = rest.as_chunks::<8>();
    for bytes in words {
        sum = mix(sum, u64::from_le_bytes(*bytes));
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    mix(sum, u64::from_le_bytes(last))
}

fn word(block: &[u8; 32], at: usize) -> u64 {
    let bytes = block[at..].first_chunk::<8>();
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
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
}
