//! The records of the chain, and one block's changes above them.
//!
//! Keys are NEAR's own trie keys, byte for byte. A block reads through an
//! [`Overlay`]: what the receipt at work wrote, else what earlier receipts of
//! the block wrote, else the records as they were before the block. Discarding
//! a receipt's writes is dropping the first of these layers. Nothing here knows
//! what a record means beyond its type.

use std::collections::BTreeMap;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, Account};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::AccountId;

use crate::errors::ChainError;

/// The value of a record. Shared, so that a chain can be copied cheaply.
pub(crate) type Bytes = Arc<[u8]>;

/// All records of the chain in order of their keys.
pub(crate) type Records = BTreeMap<Vec<u8>, Bytes>;

/// Changed records; absent values are removals.
pub(crate) type Changes = BTreeMap<Vec<u8>, Option<Bytes>>;

/// One block's changes above the records.
pub(crate) struct Overlay<'a> {
    base: &'a Records,
    committed: Changes,
    pending: Changes,
}

impl<'a> Overlay<'a> {
    pub(crate) fn new(base: &'a Records) -> Self {
        Self {
            base,
            committed: Changes::new(),
            pending: Changes::new(),
        }
    }

    /// Returns the records as they were before the block.
    pub(crate) fn base(&self) -> &'a Records {
        self.base
    }

    /// Returns what the block did to a key, if it did anything.
    pub(crate) fn written(&self, key: &[u8]) -> Option<Option<Bytes>> {
        self.pending
            .get(key)
            .or_else(|| self.committed.get(key))
            .cloned()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.written(key)
            .unwrap_or_else(|| self.base.get(key).cloned())
    }

    pub(crate) fn set(&mut self, key: Vec<u8>, value: &[u8]) {
        self.pending.insert(key, Some(value.into()));
    }

    pub(crate) fn remove(&mut self, key: Vec<u8>) {
        self.pending.insert(key, None);
    }

    /// Makes the receipt's writes part of the block.
    pub(crate) fn commit(&mut self) {
        self.committed.append(&mut self.pending);
    }

    /// Forgets the receipt's writes.
    pub(crate) fn discard(&mut self) {
        self.pending.clear();
    }

    /// Returns the block's changes. What was not committed is dropped.
    pub(crate) fn into_changes(self) -> Changes {
        let Self {
            base: _,
            committed,
            pending: _,
        } = self;
        committed
    }

    /// Lists the keys that begin with a prefix, in order.
    pub(crate) fn keys_with_prefix(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let mut present: BTreeMap<&[u8], bool> = with_prefix(self.base, prefix)
            .map(|(key, _)| (key.as_slice(), true))
            .collect();
        for layer in [&self.committed, &self.pending] {
            for (key, value) in with_prefix(layer, prefix) {
                present.insert(key, value.is_some());
            }
        }
        present
            .into_iter()
            .filter(|(_, is_present)| *is_present)
            .map(|(key, _)| key.to_vec())
            .collect()
    }

    pub(crate) fn contains(&self, key: &TrieKey) -> bool {
        self.get(&key.to_vec()).is_some()
    }

    pub(crate) fn read<T: BorshDeserialize>(&self, key: &TrieKey) -> Result<Option<T>, ChainError> {
        self.get(&key.to_vec())
            .map(|value| decode(&value))
            .transpose()
    }

    pub(crate) fn write<T: BorshSerialize>(&mut self, key: &TrieKey, value: &T) {
        let value = borsh::to_vec(value).expect("invariant: records can be encoded in memory");
        self.set(key.to_vec(), &value);
    }

    pub(crate) fn take<T: BorshDeserialize>(
        &mut self,
        key: &TrieKey,
    ) -> Result<Option<T>, ChainError> {
        let value = self.read(key)?;
        if value.is_some() {
            self.remove(key.to_vec());
        }
        Ok(value)
    }

    pub(crate) fn account(&self, id: &AccountId) -> Result<Option<Account>, ChainError> {
        self.read(&TrieKey::Account {
            account_id: id.clone(),
        })
    }

    pub(crate) fn set_account(&mut self, id: &AccountId, account: &Account) {
        self.write(
            &TrieKey::Account {
                account_id: id.clone(),
            },
            account,
        );
    }

    pub(crate) fn access_key(
        &self,
        id: &AccountId,
        key: &PublicKey,
    ) -> Result<Option<AccessKey>, ChainError> {
        self.read(&TrieKey::access_key(id.clone(), key.clone()))
    }

    pub(crate) fn set_access_key(
        &mut self,
        id: &AccountId,
        key: &PublicKey,
        access_key: &AccessKey,
    ) {
        self.write(&TrieKey::access_key(id.clone(), key.clone()), access_key);
    }
}

/// Lists the entries whose keys begin with a prefix, in order.
pub(crate) fn with_prefix<'a, V>(
    map: &'a BTreeMap<Vec<u8>, V>,
    prefix: &'a [u8],
) -> impl Iterator<Item = (&'a Vec<u8>, &'a V)> {
    map.range(prefix.to_vec()..)
        .take_while(move |(key, _)| key.starts_with(prefix))
}

/// Reads one record's value.
pub(crate) fn decode<T: BorshDeserialize>(value: &[u8]) -> Result<T, ChainError> {
    T::try_from_slice(value).map_err(|error| ChainError::Inconsistent(error.to_string()))
}

/// The prefix of the trie keys of what an account's contract stored.
pub(crate) fn contract_data_prefix(id: &AccountId) -> Vec<u8> {
    TrieKey::ContractData {
        account_id: id.clone(),
        key: Vec::new(),
    }
    .to_vec()
}

/// The prefix of the trie keys of an account's access keys.
pub(crate) fn access_key_prefix(id: &AccountId) -> Vec<u8> {
    use near_primitives::trie_key::col;
    [&[col::ACCESS_KEY], id.as_bytes(), &[col::ACCESS_KEY]].concat()
}
