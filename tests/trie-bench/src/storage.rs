//! The port between the programs and a chain's storage, and a memory that is one.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// A chain's storage and its hash.
pub trait Storage {
    /// Returns the value under a key.
    fn read(&self, key: &[u8]) -> Option<Vec<u8>>;
    /// Tells whether there is a value under a key.
    fn has(&self, key: &[u8]) -> bool;
    /// Puts a value under a key.
    fn write(&self, key: &[u8], value: &[u8]);
    /// Removes a key; an absent one stays absent.
    fn remove(&self, key: &[u8]);
    /// Returns the sha256 of some bytes.
    fn sha256(&self, bytes: &[u8]) -> [u8; 32];
}

/// Storage in memory: what the host fills, and what tests run on.
#[derive(Debug, Default)]
pub struct Memory(RefCell<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Memory {
    /// Makes a memory that holds some pairs.
    #[must_use]
    pub fn with(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Self {
        Self(RefCell::new(pairs.into_iter().collect()))
    }

    /// Returns the pairs in order of their keys.
    #[must_use]
    pub fn into_pairs(self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.0.into_inner().into_iter().collect()
    }
}

impl Storage for Memory {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.borrow().get(key).cloned()
    }

    fn has(&self, key: &[u8]) -> bool {
        self.0.borrow().contains_key(key)
    }

    fn write(&self, key: &[u8], value: &[u8]) {
        self.0.borrow_mut().insert(key.to_vec(), value.to_vec());
    }

    fn remove(&self, key: &[u8]) {
        self.0.borrow_mut().remove(key);
    }

    fn sha256(&self, bytes: &[u8]) -> [u8; 32] {
        crate::hashing::sha256(bytes)
    }
}
