//! Comparing bytes eight at a time: in Wasm the compiler's own comparison takes them one by one.

use core::cmp::Ordering;

/// Returns how many bytes two keys share at their beginning.
pub(crate) fn shared_bytes(left: &[u8], right: &[u8]) -> usize {
    let (left_words, left_rest) = left.as_chunks::<8>();
    let (right_words, right_rest) = right.as_chunks::<8>();
    for (at, (left, right)) in left_words.iter().zip(right_words).enumerate() {
        let difference = u64::from_le_bytes(*left) ^ u64::from_le_bytes(*right);
        if difference != 0 {
            return 8 * at + difference.trailing_zeros() as usize / 8;
        }
    }
    let words = left_words.len().min(right_words.len());
    let rest = match left_words.len().cmp(&right_words.len()) {
        Ordering::Equal => shared_singly(left_rest, right_rest),
        Ordering::Less => shared_singly(left_rest, right.get(8 * words..).unwrap_or_default()),
        Ordering::Greater => shared_singly(left.get(8 * words..).unwrap_or_default(), right_rest),
    };
    8 * words + rest
}

fn shared_singly(left: &[u8], right: &[u8]) -> usize {
    let pairs = left.iter().zip(right);
    pairs.take_while(|(left, right)| left == right).count()
}

/// Returns the order of two keys.
pub(crate) fn order(left: &[u8], right: &[u8]) -> Ordering {
    let shared = shared_bytes(left, right);
    left.get(shared).cmp(&right.get(shared))
}

/// Tells whether two keys are the same.
pub(crate) fn is_same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && shared_bytes(left, right) == left.len()
}

/// Tells whether a key begins with some bytes.
pub(crate) fn begins_with(key: &[u8], prefix: &[u8]) -> bool {
    key.len() >= prefix.len() && shared_bytes(key, prefix) == prefix.len()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn it_says_what_the_compilers_own_comparison_says() {
        let base: Vec<u8> = (0..40).map(|byte| byte * 5).collect();
        let mut keys: Vec<Vec<u8>> = (0..base.len()).map(|end| base[..end].to_vec()).collect();
        for at in 0..base.len() {
            for bits in [1, 0x80, 0xff] {
                let mut key = base[..at + 1 + at % 7 % (base.len() - at)].to_vec();
                key[at] ^= bits;
                keys.push(key);
            }
        }
        for left in &keys {
            for right in &keys {
                let singly = shared_singly(left, right);
                assert_eq!(shared_bytes(left, right), singly, "{left:?} {right:?}");
                assert_eq!(order(left, right), left.cmp(right));
                assert_eq!(is_same(left, right), left == right);
                assert_eq!(begins_with(left, right), left.starts_with(right));
            }
        }
    }
}
