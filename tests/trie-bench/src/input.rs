//! The input of a call: keys, each behind a byte that tells its length.

/// Returns the input that names some keys of at most 255 bytes each.
#[must_use]
pub fn encode<K: AsRef<[u8]>>(keys: &[K]) -> Vec<u8> {
    let mut input = Vec::new();
    for key in keys.iter().map(AsRef::as_ref) {
        input.push(key.len() as u8);
        input.extend_from_slice(key);
    }
    input
}

/// Walks the keys of an input; what is cut off ends the walk.
pub fn keys(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = input;
    core::iter::from_fn(move || {
        let (length, tail) = rest.split_first()?;
        let (key, tail) = tail.split_at_checked(usize::from(*length))?;
        rest = tail;
        Some(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_until_one_is_cut_off() {
        let input = encode(&[&b"a"[..], b"", b"ccc"]);
        assert_eq!(keys(&input).collect::<Vec<_>>(), [&b"a"[..], b"", b"ccc"]);
        assert_eq!(keys(&input[..5]).count(), 2);
    }
}
