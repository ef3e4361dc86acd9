//! The one port of the crate: reading the host's storage.
//!
//! A host read is what costs gas, so every function of the crate says how many it makes. Writing
//! is no part of the port: writes leave as a [`crate::Batch`].

use alloc::vec::Vec;

/// Reads the host's key-value storage.
///
/// A store shows one unchanging state for as long as a [`crate::Trie`] is open on it.
pub trait Store {
    /// Returns the bytes stored under a host key of 1 to 2,048 bytes, or `None` where there are none.
    fn read(&self, key: &[u8]) -> Option<Vec<u8>>;
}

impl<S: Store + ?Sized> Store for &S {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        (**self).read(key)
    }
}
