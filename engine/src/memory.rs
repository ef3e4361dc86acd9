//! Comparing bytes in the contract: eight at a time.
//!
//! The compiler's own function goes byte by byte, and every comparison of strings and keys comes here.
#![allow(unsafe_code, reason = "the C function that compiled code calls")]

use std::cmp::Ordering;

/// Bytes that are compared at once.
const WORD: usize = size_of::<u64>();

/// Compares the bytes from two places on, as C's `memcmp`.
///
/// # Safety
/// So many bytes can be read at both.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    let mut at = 0;
    while at + WORD <= count {
        // SAFETY: the words end within the bytes.
        let words =
            unsafe { [left, right].map(|start| start.add(at).cast::<u64>().read_unaligned()) };
        if words[0] != words[1] {
            return match u64::from_be(words[0]).cmp(&u64::from_be(words[1])) {
                Ordering::Less => -1,
                _ => 1,
            };
        }
        at += WORD;
    }
    while at < count {
        // SAFETY: the place is within the bytes.
        let (left, right) = unsafe { (*left.add(at), *right.add(at)) };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
        at += 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::memcmp;

    #[test]
    fn bytes_are_in_the_order_of_slices() {
        let mut left = [7_u8; 40];
        for start in 0..8 {
            for count in 0..30 {
                let right = left;
                let same = &right[start..start + count];
                assert_eq!(compared(&left[start..start + count], same), 0);
                for place in start..start + count {
                    for byte in [0, 6, 8, 255] {
                        left[place] = byte;
                        let (left, right) = (&left[start..start + count], same);
                        assert_eq!(compared(left, right), left.cmp(right) as i32, "{count}");
                    }
                    left[place] = 7;
                }
            }
        }
    }

    fn compared(left: &[u8], right: &[u8]) -> i32 {
        assert_eq!(left.len(), right.len());
        // SAFETY: both have so many bytes.
        unsafe { memcmp(left.as_ptr(), right.as_ptr(), left.len()) }.signum()
    }
}
