//! The handle on the state: reads, listings and the update that turns changes into host writes.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::account::Account;
use crate::changes::{Batch, Changes};
use crate::error::TrieError;
use crate::store::Store;

/// Reads one unchanging state of a [`Store`], and says how to change it.
///
/// A handle remembers the account records and index pages that it read, and which keys it found
/// present or absent; each costs a host read once. Open a new handle after a batch was applied.
pub struct Trie<S: Store> {
    store: S,
}

/// Which keys of a subcontract to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyQuery<'a> {
    /// Only keys that begin with these bytes.
    pub prefix: &'a [u8],
    /// Only keys that are equal to or above these bytes; empty begins with the first.
    pub from: &'a [u8],
    /// At most this many keys.
    pub limit: usize,
}

/// A part of an ordered list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// The entries in ascending order of their bytes.
    pub items: Vec<T>,
    /// The first entry that did not fit: what to give as `from` to go on.
    pub next: Option<T>,
}

impl<S: Store> Trie<S> {
    /// Opens the state in a store. Reads nothing yet; an empty store is an empty state.
    pub fn open(store: S) -> Self {
        Self { store }
    }

    /// Returns the store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Returns the account record of a subcontract, or `None` where there is no such subcontract.
    ///
    /// # Errors
    /// [`TrieError::IdLength`]; [`TrieError::Corrupt`] where the record breaks the format.
    ///
    /// # Cost
    /// One host read, and none when asked again.
    pub fn account(&self, _id: &str) -> Result<Option<Account>, TrieError> {
        unimplemented!()
    }

    /// Returns the value of a subcontract's key.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::KeyLength`], [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// One host read; none for an absent key of a small subcontract whose account record was read.
    pub fn get(&self, _id: &str, _key: &[u8]) -> Result<Option<Vec<u8>>, TrieError> {
        unimplemented!()
    }

    /// Tells whether a subcontract has a key.
    ///
    /// # Errors
    /// Those of [`Trie::get`].
    ///
    /// # Cost
    /// At most one [`Store::has`]; none for a small subcontract whose account record was read.
    pub fn has(&self, _id: &str, _key: &[u8]) -> Result<bool, TrieError> {
        unimplemented!()
    }

    /// Lists keys of a subcontract in ascending order of their bytes. An unknown subcontract has none.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// The account record and the index pages that hold the keys; no value is read.
    pub fn keys(&self, _id: &str, _query: &KeyQuery<'_>) -> Result<Listing<Vec<u8>>, TrieError> {
        unimplemented!()
    }

    /// Shows the keys of a subcontract from `from` on, in ascending order, until `visit` breaks.
    ///
    /// For callers that lay their own pending changes over the list.
    ///
    /// # Errors
    /// Those of [`Trie::keys`]; keys shown before the error stay shown.
    ///
    /// # Cost
    /// As [`Trie::keys`]; pages behind the break are not read.
    pub fn scan_keys(
        &self,
        _id: &str,
        _from: &[u8],
        _visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), TrieError> {
        unimplemented!()
    }

    /// Lists subcontract ids from `from` on, in ascending order of their bytes, at most `limit`.
    ///
    /// # Errors
    /// [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// The head of the index and the pages that hold the ids; no account record is read.
    pub fn subcontracts(&self, _from: &str, _limit: usize) -> Result<Listing<String>, TrieError> {
        unimplemented!()
    }

    /// Returns the host writes that bring the state from what it is to what the changes say.
    ///
    /// Changes nothing itself: applying the whole batch is the caller's, and with a part of it the
    /// state is corrupt. The same state and changes give the same batch, and the stored result
    /// depends on the resulting set of pairs alone.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::KeyLength`]; [`TrieError::NoSubcontract`] for values of
    /// a subcontract that neither exists nor is created; [`TrieError::Corrupt`].
    pub fn update(&self, _changes: Changes) -> Result<Batch, TrieError> {
        unimplemented!()
    }
}
