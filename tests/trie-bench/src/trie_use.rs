//! Every use of the trie's interface: open, fill, read, update, apply, scan.
//!
//! When that interface changes, this file changes and no other.

use std::ops::ControlFlow;

use conclave_nested_trie::{Changes, Direction, Entry, KeyRange, Store, Trie};

use crate::programs::{NEW_VALUE, add, change};
use crate::storage::{Memory, Storage};

/// A subcontract and everything that it has stored.
#[derive(Debug, Clone)]
pub struct Subcontract {
    /// Its id.
    pub id: String,
    /// The enclave's fields of its account record.
    pub payload: Vec<u8>,
    /// Its keys and values.
    pub pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The trie's view of a storage.
struct Port<'a, S>(&'a S);

impl<S: Storage> Store for Port<'_, S> {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.read(key)
    }
}

/// Returns the host's pairs of a trie with these subcontracts, all made by one update.
///
/// # Panics
/// When the trie refuses an id or a key.
#[must_use]
pub fn fill(subcontracts: Vec<Subcontract>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let memory = Memory::default();
    let mut changes = Changes::new();
    for Subcontract { id, payload, pairs } in subcontracts {
        changes.put_account(&id, payload);
        for (key, value) in pairs {
            changes.set(&id, key, value);
        }
    }
    apply(&memory, changes).expect("invariant: good ids and keys make a good trie");
    memory.into_pairs()
}

/// Reads and changes keys of a subcontract; `None` when one is absent.
pub fn read_write<'a, S: Storage>(
    storage: &S,
    id: &str,
    keys: impl Iterator<Item = &'a [u8]>,
) -> Option<u64> {
    let trie = Trie::open(Port(storage));
    let mut changes = Changes::new();
    let mut sum = 0;
    for key in keys {
        let mut value = trie.get(id, key).ok()??;
        sum = add(sum, &value);
        change(&mut value);
        changes.set(id, key.to_vec(), value);
    }
    write(storage, &trie, changes)?;
    Some(sum)
}

/// Gives new keys of a subcontract a value; tells how many were there.
pub fn insert<S: Storage>(
    storage: &S,
    id: &str,
    keys: impl Iterator<Item = Vec<u8>>,
) -> Option<u64> {
    let trie = Trie::open(Port(storage));
    let mut changes = Changes::new();
    let mut sum = 0;
    for key in keys {
        sum += u64::from(trie.has(id, &key).ok()?);
        changes.set(id, key, NEW_VALUE.to_vec());
    }
    write(storage, &trie, changes)?;
    Some(sum)
}

/// Reads `count` pairs of a subcontract from a key on, in order; `None` when there are fewer.
pub fn scan<S: Storage>(storage: &S, id: &str, from: &[u8], count: usize) -> Option<u64> {
    let trie = Trie::open(Port(storage));
    let range = KeyRange {
        from,
        to: None,
        direction: Direction::Up,
    };
    let (mut sum, mut left) = (0, count);
    let mut visit = |entry: &Entry<'_, Port<'_, S>>| {
        sum = add(sum, &entry.value()?);
        left -= 1;
        Ok(match left {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
    };
    trie.scan(id, &range, &mut visit).ok()?;
    (left == 0).then_some(sum)
}

fn apply<S: Storage>(storage: &S, changes: Changes) -> Option<()> {
    write(storage, &Trie::open(Port(storage)), changes)
}

/// Applies the whole batch of some changes.
fn write<S: Storage>(storage: &S, trie: &Trie<Port<'_, S>>, changes: Changes) -> Option<()> {
    for (key, value) in trie.update(changes).ok()? {
        match value {
            Some(value) => storage.write(&key, &value),
            None => storage.remove(&key),
        }
    }
    Some(())
}
