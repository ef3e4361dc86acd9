//! What stored pairs hold, read back through the trie: two histories may number their
//! subcontracts differently, and then only this is the same.

use super::chain::{PAIR_BYTES, Pairs};
use conclave_nested_trie::{Direction, HOST_TAGS, KeyRange, Store, Trie};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A subcontract and a key of it.
type Place = (String, Vec<u8>);

/// Everything that is stored, and how many bytes NEAR bills for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shown {
    pub(super) enclave: Option<Vec<u8>>,
    /// Subcontract → the payload of its account record.
    pub(super) accounts: BTreeMap<String, Vec<u8>>,
    /// Subcontract and key → value and note.
    pub(super) values: BTreeMap<Place, (Vec<u8>, Vec<u8>)>,
    /// Host records beside the trie.
    pub(super) records: Pairs,
    pub(super) usage: u64,
}

struct Stored<'a>(&'a Pairs);

impl Store for Stored<'_> {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }
}

/// Bytes that NEAR bills for pairs.
pub(super) fn usage(pairs: &Pairs) -> u64 {
    let bytes = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.len() + value.len()) as u64;
    pairs.iter().map(|pair| bytes(pair) + PAIR_BYTES).sum()
}

fn beside(pairs: &Pairs) -> Pairs {
    let beside = pairs.iter().filter(|(key, _)| !HOST_TAGS.contains(&key[0]));
    beside
        .map(|(key, record)| (key.clone(), record.clone()))
        .collect()
}

/// Reads everything.
///
/// # Panics
/// When it is no sound trie.
pub(super) fn shown(pairs: &Pairs) -> Shown {
    let trie = Trie::open(Stored(pairs));
    let all = KeyRange {
        from: &[],
        to: None,
        direction: Direction::Up,
    };
    let mut shown = Shown {
        enclave: trie.payload().expect("a sound trie"),
        records: beside(pairs),
        usage: usage(pairs),
        ..Shown::default()
    };
    for id in trie
        .subcontracts("", usize::MAX)
        .expect("a sound trie")
        .items
    {
        let account = trie.account(&id).expect("a sound trie");
        trie.scan(&id, &all, &mut |entry| {
            let place = (id.clone(), entry.key().to_vec());
            shown
                .values
                .insert(place, (entry.value()?, entry.stat().note));
            Ok(ControlFlow::Continue(()))
        })
        .expect("a sound trie");
        let payload = account.expect("a listed subcontract").payload;
        shown.accounts.insert(id, payload);
    }
    shown
}
