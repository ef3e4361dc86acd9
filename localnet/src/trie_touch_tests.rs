//! The paths that are found by look-ups against those of a real trie of nibbles.

use std::collections::BTreeMap;

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{collection, prop_assert_eq, proptest};

use super::{LookUp, NodeKind, Touched, TrieAccounting, nibbles, node_bytes, path};
use crate::state::Records;

/// A trie of nibbles, built and walked the plain way.
#[derive(Debug, Default)]
struct Trie {
    has_value: bool,
    children: BTreeMap<u8, Trie>,
}

impl Trie {
    fn insert(&mut self, key: &[u8]) {
        match key.split_first() {
            None => self.has_value = true,
            Some((first, rest)) => self.children.entry(*first).or_default().insert(rest),
        }
    }

    fn is_chain(&self) -> bool {
        !self.has_value && self.children.len() == 1
    }

    /// The node that begins here: its kind, its bytes and its nibbles.
    fn node(&self) -> (NodeKind, usize, Vec<u8>) {
        let mut part = Vec::new();
        let mut end = self;
        while end.is_chain() {
            let (first, child) = end.children.iter().next().expect("one child");
            part.push(*first);
            end = child;
        }
        let packed = 4 + part.len() / 2 + 1;
        if end.children.is_empty() {
            return (NodeKind::Leaf, 1 + packed + 36 + 8, part);
        }
        if !part.is_empty() {
            return (NodeKind::Extension, 1 + packed + 32 + 8, part);
        }
        let value = if end.has_value { 36 } else { 0 };
        (
            NodeKind::Branch,
            1 + 2 + value + 32 * end.children.len() + 8,
            part,
        )
    }

    fn at(&self, part: &[u8]) -> &Trie {
        part.iter()
            .fold(self, |trie, nibble| &trie.children[nibble])
    }

    fn walk(&self, key: &[u8]) -> Vec<(NodeKind, usize)> {
        if !self.has_value && self.children.is_empty() {
            return Vec::new();
        }
        let (kind, bytes, part) = self.node();
        let mut nodes = vec![(kind, bytes)];
        match kind {
            NodeKind::Leaf => {}
            NodeKind::Extension if key.starts_with(&part) => {
                nodes.extend(self.at(&part).walk(&key[part.len()..]));
            }
            NodeKind::Extension => {}
            NodeKind::Branch => {
                if let Some((first, rest)) = key.split_first()
                    && let Some(child) = self.children.get(first)
                {
                    nodes.extend(child.walk(rest));
                }
            }
        }
        nodes
    }
}

fn records(keys: &[Vec<u8>]) -> Records {
    keys.iter()
        .map(|key| (key.clone(), vec![1].into()))
        .collect()
}

/// The kinds and sizes of the nodes on a path.
type Shape = Vec<(NodeKind, usize)>;

fn check(keys: &[Vec<u8>], key: &[u8]) -> (Shape, Shape) {
    let records = records(keys);
    let mut trie = Trie::default();
    for key in keys {
        trie.insert(&nibbles(key, 2 * key.len()));
    }
    let found = path(&records, key)
        .iter()
        .map(|n| (n.kind, node_bytes(&records, key, *n)))
        .collect();
    (found, trie.walk(&nibbles(key, 2 * key.len())))
}

fn shaped_key() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        Just(0x00),
        Just(0x01),
        Just(0x10),
        Just(0xFF),
        Just(0xF0),
        any::<u8>()
    ];
    collection::vec(byte, 1..5)
}

proptest! {
    #[test]
    fn a_path_found_by_look_ups_is_the_path_of_a_real_trie(
        keys in collection::vec(shaped_key(), 0..24),
        key in shaped_key(),
    ) {
        let (found, real) = check(&keys, &key);
        prop_assert_eq!(found, real);
        for key in &keys {
            let (found, real) = check(&keys, key);
            prop_assert_eq!(found, real);
        }
    }
}

#[test]
fn a_node_is_first_touched_and_then_touched_again() {
    let records = records(&[vec![1, 2], vec![1, 3], vec![2, 2]]);
    let mut accounting = TrieAccounting::default();
    let first = accounting.look_up(&records, &[1, 2], LookUp::Charged);
    let again = accounting.look_up(&records, &[1, 2], LookUp::Charged);
    // 1,2 / 1,3 / 2,2: extension 0, branch, extension 0, branch, leaf.
    assert_eq!(first, Touched { first: 5, again: 0 });
    assert_eq!(again, Touched { first: 0, again: 5 });
}

#[test]
fn a_free_look_up_is_seen_but_not_touched() {
    let records = records(&[vec![1], vec![2]]);
    let mut accounting = TrieAccounting::default();
    assert_eq!(
        accounting.look_up(&records, &[1], LookUp::Free),
        Touched::default()
    );
    let seen = accounting.proof_bytes();
    assert!(seen > 0);
    let touched = accounting.look_up(&records, &[1], LookUp::Charged);
    assert_eq!(touched.again, 0);
    assert_eq!(accounting.proof_bytes(), seen);
}
