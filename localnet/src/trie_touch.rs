//! Which nodes of NEAR's trie an access would touch.
//!
//! NEAR keeps its records in a trie of nibbles with extensions, branches and
//! leaves, charges a write for each node on its path, and bounds the bytes of
//! the nodes that a receipt makes a validator see. The shape of a path follows
//! from the set of keys alone, so no trie is built: the nodes are found by
//! range look-ups in the ordered records. Access during a block is counted on
//! the records as they were before it, as NEAR does.

use std::collections::BTreeSet;
use std::ops::Bound;

use near_primitives::hash::CryptoHash;

use crate::state::Records;

/// Bytes that NEAR adds to the proof's bound for each removal, for the sibling
/// that a removal may have to read (nearcore, `trie_recording.rs`).
const REMOVAL_PROOF_BYTES: usize = 2_000;

/// A node's subtree size, which NEAR stores behind each node.
const MEMORY_USAGE_BYTES: usize = 8;
const HASH_BYTES: usize = 32;
const TAG_BYTES: usize = 1;
const LENGTH_BYTES: usize = 4;
const BITMAP_BYTES: usize = 2;

/// How many nodes were touched, by price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    /// For the first time in the block.
    pub(crate) first: u64,
    /// Again.
    pub(crate) again: u64,
}

/// Whether the nodes of a look-up cost gas. They count as seen either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookUp {
    /// A write or removal: each node is charged.
    Charged,
    /// A read: NEAR answers it without the trie.
    Free,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NodeKind {
    Extension,
    Branch,
    Leaf,
}

/// A node on a path: it begins after `start` nibbles and its part ends at `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Node {
    kind: NodeKind,
    start: usize,
    end: usize,
}

/// What the receipts of one block have touched and seen of the trie.
#[derive(Debug, Default)]
pub(crate) struct TrieAccounting {
    touched_nodes: BTreeSet<Vec<u8>>,
    touched_values: BTreeSet<CryptoHash>,
    seen_nodes: BTreeSet<Vec<u8>>,
    seen_values: BTreeSet<CryptoHash>,
    proof_bytes: usize,
}

impl TrieAccounting {
    /// Returns an upper bound of the bytes that a validator has to be sent.
    pub(crate) fn proof_bytes(&self) -> usize {
        self.proof_bytes
    }

    /// Walks from the root to a key, present or absent.
    pub(crate) fn look_up(&mut self, records: &Records, key: &[u8], mode: LookUp) -> Touched {
        let mut touched = Touched::default();
        for node in path(records, key) {
            let id = nibbles(key, node.start);
            if self.seen_nodes.insert(id.clone()) {
                self.proof_bytes += node_bytes(records, key, node);
            }
            if mode == LookUp::Charged {
                touched.count(self.touched_nodes.insert(id));
            }
        }
        touched
    }

    /// Fetches a value, which NEAR stores like a node of its own.
    pub(crate) fn fetch(&mut self, value: &[u8]) -> Touched {
        let id = CryptoHash::hash_bytes(value);
        if self.seen_values.insert(id) {
            self.proof_bytes += value.len();
        }
        let mut touched = Touched::default();
        touched.count(self.touched_values.insert(id));
        touched
    }

    /// Notes a removal.
    pub(crate) fn remove(&mut self) {
        self.proof_bytes += REMOVAL_PROOF_BYTES;
    }
}

impl Touched {
    fn count(&mut self, is_first: bool) {
        if is_first {
            self.first += 1;
        } else {
            self.again += 1;
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            first: self.first + other.first,
            again: self.again + other.again,
        }
    }
}

/// Lists the nodes between the root and a key, as far as the trie goes.
fn path(records: &Records, key: &[u8]) -> Vec<Node> {
    let depths = shared_depths(records, key);
    let is_present = records.contains_key(key);
    let mut nodes = Vec::new();
    let mut start = 0;
    let last_branch = if is_present {
        None
    } else {
        depths.last().copied()
    };
    for depth in depths {
        if Some(depth) == last_branch {
            end_of_absent(records, key, start, depth, &mut nodes);
            return nodes;
        }
        push_branch(&mut nodes, start, depth);
        start = depth + 1;
    }
    let length = 2 * key.len();
    if is_present && start <= length {
        nodes.push(Node {
            kind: NodeKind::Leaf,
            start,
            end: length,
        });
    }
    nodes
}

fn push_branch(nodes: &mut Vec<Node>, start: usize, depth: usize) {
    if depth > start {
        nodes.push(Node {
            kind: NodeKind::Extension,
            start,
            end: depth,
        });
    }
    nodes.push(Node {
        kind: NodeKind::Branch,
        start: depth,
        end: depth,
    });
}

/// The last nodes on the way to an absent key: those that show its absence.
fn end_of_absent(records: &Records, key: &[u8], start: usize, depth: usize, nodes: &mut Vec<Node>) {
    let mut group = group(records, key, depth);
    let (Some(first), last) = (group.next(), group.next_back()) else {
        return;
    };
    let Some(last) = last else {
        nodes.push(Node {
            kind: NodeKind::Leaf,
            start,
            end: 2 * first.len(),
        });
        return;
    };
    let common = common_nibbles(first, last);
    if common == depth {
        push_branch(nodes, start, depth);
    } else {
        nodes.push(Node {
            kind: NodeKind::Extension,
            start,
            end: common,
        });
    }
}

/// The distinct numbers of nibbles that a key shares with the other keys.
fn shared_depths(records: &Records, key: &[u8]) -> BTreeSet<usize> {
    let mut depths = BTreeSet::new();
    let mut upper = key.to_vec();
    while let Some((other, _)) = records.range(..upper).next_back() {
        let depth = common_nibbles(other, key);
        depths.insert(depth);
        upper = lower_bound(key, depth);
    }
    let mut lower = Bound::Excluded(key.to_vec());
    while let Some((other, _)) = records.range((lower, Bound::Unbounded)).next() {
        let depth = common_nibbles(other, key);
        depths.insert(depth);
        let Some(next) = upper_bound(key, depth) else {
            break;
        };
        lower = Bound::Included(next);
    }
    depths
}

/// The keys that share at least so many nibbles with a key, in order.
fn group<'a>(
    records: &'a Records,
    key: &[u8],
    depth: usize,
) -> impl DoubleEndedIterator<Item = &'a Vec<u8>> {
    let end = upper_bound(key, depth).map_or(Bound::Unbounded, Bound::Excluded);
    records
        .range((Bound::Included(lower_bound(key, depth)), end))
        .map(|(key, _)| key)
}

/// The least key that begins with the first nibbles of a key.
fn lower_bound(key: &[u8], depth: usize) -> Vec<u8> {
    let mut bound = key[..depth / 2].to_vec();
    if depth % 2 == 1 {
        bound.push(key[depth / 2] & 0xF0);
    }
    bound
}

/// The least key above all that begin with the first nibbles of a key.
fn upper_bound(key: &[u8], depth: usize) -> Option<Vec<u8>> {
    let mut prefix = nibbles(key, depth);
    while prefix.last() == Some(&0xF) {
        prefix.pop();
    }
    *prefix.last_mut()? += 1;
    Some(
        prefix
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
            .collect(),
    )
}

fn nibble(key: &[u8], index: usize) -> u8 {
    let byte = key[index / 2];
    if index.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 0xF
    }
}

fn nibbles(key: &[u8], count: usize) -> Vec<u8> {
    (0..count).map(|index| nibble(key, index)).collect()
}

fn common_nibbles(left: &[u8], right: &[u8]) -> usize {
    let bytes = left.iter().zip(right).take_while(|(l, r)| l == r).count();
    let half = match (left.get(bytes), right.get(bytes)) {
        (Some(l), Some(r)) => usize::from(l >> 4 == r >> 4),
        _ => 0,
    };
    2 * bytes + half
}

/// The size of a node as NEAR stores it.
fn node_bytes(records: &Records, key: &[u8], node: Node) -> usize {
    let part = LENGTH_BYTES + (node.end - node.start) / 2 + 1;
    let value_ref = LENGTH_BYTES + HASH_BYTES;
    let body = match node.kind {
        NodeKind::Extension => part + HASH_BYTES,
        NodeKind::Leaf => part + value_ref,
        NodeKind::Branch => {
            let (children, has_value) = branch_shape(records, key, node.start);
            BITMAP_BYTES + children * HASH_BYTES + if has_value { value_ref } else { 0 }
        }
    };
    TAG_BYTES + body + MEMORY_USAGE_BYTES
}

fn branch_shape(records: &Records, key: &[u8], depth: usize) -> (usize, bool) {
    let prefix = nibbles(key, depth);
    let has_value = depth.is_multiple_of(2) && records.contains_key(&key[..depth / 2]);
    let children = (0..16).filter(|child| {
        let child_key = pack(&prefix, *child);
        group(records, &child_key, depth + 1).next().is_some()
    });
    (children.count(), has_value)
}

fn pack(prefix: &[u8], child: u8) -> Vec<u8> {
    let mut all = prefix.to_vec();
    all.push(child);
    all.chunks(2)
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect()
}

#[cfg(test)]
#[path = "trie_touch_tests.rs"]
mod tests;
