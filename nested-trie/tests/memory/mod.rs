//! A host storage in memory that counts what is read, as NEAR would bill it.

use std::cell::Cell;
use std::collections::BTreeMap;

use conclave_nested_trie::{Batch, Store};

/// Host keys and their bytes, with a count of reads since [`Memory::take_reads`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// What is stored.
    pub(crate) pairs: BTreeMap<Vec<u8>, Vec<u8>>,
    reads: Cell<usize>,
}

impl Store for Memory {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        assert!(
            (1..=2_048).contains(&key.len()),
            "NEAR takes no key of {} bytes",
            key.len()
        );
        self.reads.set(self.reads.get() + 1);
        self.pairs.get(key).cloned()
    }

    fn has(&self, key: &[u8]) -> bool {
        self.reads.set(self.reads.get() + 1);
        self.pairs.contains_key(key)
    }
}

#[allow(dead_code, reason = "each test file uses its part")]
impl Memory {
    /// Applies a batch; fails where it removes what is absent.
    pub(crate) fn apply(&mut self, batch: Batch) {
        for (key, value) in batch {
            assert!(
                (1..=2_048).contains(&key.len()),
                "NEAR takes no key of {} bytes",
                key.len()
            );
            match value {
                Some(value) => drop(self.pairs.insert(key, value)),
                None => assert!(
                    self.pairs.remove(&key).is_some(),
                    "removes what is absent: {}",
                    hex::encode(key)
                ),
            }
        }
    }

    /// Returns how many reads there were since the last call.
    pub(crate) fn take_reads(&self) -> usize {
        self.reads.take()
    }

    /// Counts the host keys that begin with a tag, the length of an id and the id.
    pub(crate) fn count_under(&self, tag: u8, id: &str) -> usize {
        let mut prefix = vec![tag];
        prefix.extend_from_slice(&(id.len() as u16).to_be_bytes());
        prefix.extend_from_slice(id.as_bytes());
        self.pairs
            .keys()
            .filter(|key| key.starts_with(&prefix))
            .count()
    }
}
