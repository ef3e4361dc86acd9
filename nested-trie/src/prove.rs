//! The root of a store, and proofs out of it: the one part that reads everything.

use alloc::vec::Vec;
use core::cell::RefCell;

use crate::error::{Corrupt, Fault, TrieError};
use crate::hash::{self, Hash, NOTHING};
use crate::host_key;
use crate::page::ItemRef;
use crate::pages::corrupt;
use crate::proof::{Path, Proof, Through};
use crate::record::Record;
use crate::store::Store;
use crate::trie::{Trie, check_lengths};

/// A proof, and the root under which it shows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The hash of everything that is stored.
    pub root: Hash,
    /// What [`crate::verify`] takes.
    pub proof: Vec<u8>,
}

impl<S: Store> Trie<S> {
    /// Returns the root: the hash of everything that is stored, and of nothing else.
    ///
    /// # Errors
    /// [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// Reads and hashes everything that is stored.
    pub fn root(&self) -> Result<Hash, TrieError> {
        Ok(self.lead(None)?.0)
    }

    /// Returns a proof of the value of a subcontract's key, or that it or the subcontract is not
    /// there.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::KeyLength`], [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// As [`Trie::root`].
    pub fn prove(&self, id: &str, key: &[u8]) -> Result<Proved, TrieError> {
        check_lengths(id, key)?;
        let (root, proof) = self.lead(Some((id.as_bytes(), key)))?;
        Ok(Proved {
            root,
            proof: proof.encode(id.as_bytes(), key),
        })
    }

    /// Returns the root, and the ways down to a key of a subcontract.
    fn lead(&self, to: Option<(&[u8], &[u8])>) -> Result<(Hash, Proof), Corrupt> {
        let mut proof = Proof::default();
        let Some(root) = self.root_record()? else {
            return Ok((hash::of_root(&[], &NOTHING), proof));
        };
        let through = RefCell::new(None);
        let of_account = |item: ItemRef<'_>| {
            let host_key = host_key::account_of(item.key());
            let record = self.top_record(&host_key)?;
            let record = record.ok_or_else(|| corrupt(&host_key, Fault::Missing))?;
            let key = to.and_then(|(id, key)| (id == item.key()).then_some(key));
            let (keys, path) = self.keys(&record, key)?;
            let payload = record.payload();
            if key.is_some() {
                let payload = payload.to_vec();
                *through.borrow_mut() = Some(Through {
                    payload,
                    keys: path,
                });
            }
            Ok(hash::of_account(payload, &keys))
        };
        let id = to.map(|(id, _)| id);
        let (subcontracts, path) = self.outer(&root).digest(id, &of_account)?;
        proof.payload = root.payload().to_vec();
        proof.subcontracts = path;
        proof.through = through.take();
        Ok((hash::of_root(&proof.payload, &subcontracts), proof))
    }

    /// Returns the hash of a subcontract's keys, and the way to one.
    fn keys(&self, record: &Record, key: Option<&[u8]>) -> Result<(Hash, Path), Corrupt> {
        let tree = self.inner(record);
        tree.digest(key, &|item| Ok(hash::of_value(&tree.value(item)?)))
    }
}
