//! A host storage in memory that counts what is read, as NEAR would bill it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use conclave_nested_trie::{Batch, Changes, Store, Trie};

/// Host keys and their bytes, with a count of reads since [`Memory::take_reads`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// What is stored.
    pub(crate) pairs: BTreeMap<Vec<u8>, Vec<u8>>,
    reads: Cell<usize>,
}

impl Store for Memory {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        check_host_key(key);
        self.reads.set(self.reads.get() + 1);
        self.pairs.get(key).cloned()
    }
}

fn check_host_key(key: &[u8]) {
    let bytes = key.len();
    assert!((1..=2_048).contains(&bytes), "NEAR takes no key of {bytes}");
}

#[allow(dead_code, reason = "each test file uses its part")]
impl Memory {
    /// Applies a batch; fails where it removes what is absent or writes what is there already.
    pub(crate) fn apply(&mut self, batch: Batch) {
        for (key, value) in batch {
            check_host_key(&key);
            let shown = hex::encode(&key);
            match value {
                Some(value) => {
                    let is_value = matches!(key[0], 7 | 8);
                    let before = self.pairs.insert(key, value.clone());
                    assert!(
                        is_value || before != Some(value),
                        "writes what is there: {shown}"
                    );
                }
                None => {
                    let before = self.pairs.remove(&key);
                    assert!(before.is_some(), "removes what is absent: {shown}");
                }
            }
        }
    }

    /// Makes changes.
    pub(crate) fn commit(&mut self, changes: Changes) {
        let batch = Trie::open(&*self).update(changes).expect("sound");
        self.apply(batch);
    }

    /// Collects all that removed subcontracts left under an id.
    pub(crate) fn collect(&mut self, id: &str) {
        let mut visit = |_| ControlFlow::Continue(());
        let collected = Trie::open(&*self).collect(id, usize::MAX, &mut visit);
        self.apply(collected.expect("sound").batch);
    }

    /// Puts any body under a host key as a record whose checksum fits.
    pub(crate) fn forge(&mut self, host_key: Vec<u8>, mut record: Vec<u8>) {
        if record.len() >= 9 {
            record[0] = 1;
            let sum = checksum(&host_key, &record[9..]);
            record[1..9].copy_from_slice(&sum);
        }
        self.pairs.insert(host_key, record);
    }

    /// Returns how many reads there were since the last call.
    pub(crate) fn take_reads(&self) -> usize {
        self.reads.take()
    }

    /// Counts the host keys that begin with some bytes.
    pub(crate) fn count_under(&self, prefix: &[u8]) -> usize {
        let from = self.pairs.range(prefix.to_vec()..);
        from.take_while(|(key, _)| key.starts_with(prefix)).count()
    }
}

/// The checksum of a body, as `docs/spec/state.md` defines it.
fn checksum(host_key: &[u8], body: &[u8]) -> [u8; 8] {
    let mix = |sum: u64, word: u64| {
        let product = (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        product.rotate_left(29)
    };
    let lengths = (host_key.len() as u64) << 32 | body.len() as u64;
    let mut sum = mix(0x9e37_79b9_7f4a_7c15, lengths);
    for bytes in [host_key, body] {
        for start in (0..=bytes.len()).step_by(8) {
            let mut word = [0; 8];
            let end = bytes.len().min(start + 8);
            word[..end - start].copy_from_slice(&bytes[start..end]);
            sum = mix(sum, u64::from_le_bytes(word));
        }
    }
    sum.to_be_bytes()
}
