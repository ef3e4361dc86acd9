//! The measured programs, over a [`Storage`], and what a changed value is.
//!
//! Each returns the sum of the values that it read, so that nothing is optimised away and a test can
//! tell that the trie and plain keys gave the same. `None` means that a key is absent.

use crate::input::keys;
use crate::storage::Storage;
use crate::trie_use;

/// The subcontract whose keys are measured.
pub const ID: &str = "token@alice.near";

/// Reads and changes each key of the input in the trie, then writes what that takes.
pub fn trie_rw(storage: &impl Storage, input: &[u8]) -> Option<u64> {
    trie_use::read_write(storage, ID, keys(input))
}

/// Reads and changes each key of the input as a plain key.
pub fn flat_rw(storage: &impl Storage, input: &[u8]) -> Option<u64> {
    let mut sum = 0;
    for key in keys(input) {
        let mut value = storage.read(key)?;
        sum = add(sum, &value);
        change(&mut value);
        storage.write(key, &value);
    }
    Some(sum)
}

/// Gives a new key, one for each key of the input, a value in the trie.
pub fn trie_new(storage: &impl Storage, input: &[u8]) -> Option<u64> {
    trie_use::insert(storage, ID, keys(input).map(new_key))
}

/// Gives a new key, one for each key of the input, a value as a plain key.
pub fn flat_new(storage: &impl Storage, input: &[u8]) -> Option<u64> {
    let mut sum = 0;
    for key in keys(input).map(new_key) {
        sum += u64::from(storage.has(&key));
        storage.write(&key, &NEW_VALUE);
    }
    Some(sum)
}

/// The value of a new key.
pub const NEW_VALUE: [u8; 16] = [0x5a; 16];

/// Returns a key that lies behind a known one.
fn new_key(key: &[u8]) -> Vec<u8> {
    [key, b"+"].concat()
}

/// Reads as many neighbouring pairs as the input has keys, from the first on, from the trie.
pub fn trie_scan(storage: &impl Storage, input: &[u8]) -> Option<u64> {
    let from = keys(input).next()?;
    trie_use::scan(storage, ID, from, keys(input).count())
}

/// Reads each key of the input as a plain key.
pub fn flat_scan(storage: &impl Storage, input: &[u8]) -> Option<u64> {
    keys(input).try_fold(0, |sum, key| Some(add(sum, &storage.read(key)?)))
}

/// Changes a value without changing its length.
pub fn change(value: &mut [u8]) {
    if let Some(last) = value.last_mut() {
        *last = last.wrapping_add(1);
    }
}

/// Adds a value to a sum, by its last eight bytes: cheap beside reading it.
#[must_use]
pub fn add(sum: u64, value: &[u8]) -> u64 {
    let last = value.last_chunk().copied().unwrap_or_default();
    sum.wrapping_add(u64::from_be_bytes(last))
}
