//! The hash of a tree, and on the way to one key what it takes to find that hash again.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::error::Corrupt;
use crate::hash::{self, Hash, NOTHING};
use crate::page::{ItemRef, Page};
use crate::prefix::{bit, parting};
use crate::proof::{Path, Step, Stop};
use crate::store::Store;
use crate::tree::Tree;

/// How the value of an entry is hashed: a value's bytes in a tree of keys, an account's record in
/// the tree of ids.
pub(crate) type HashValue<'a> = dyn Fn(ItemRef<'_>) -> Result<Hash, Corrupt> + 'a;

/// What hangs at one branch of the trie.
struct Node {
    /// Where it parts from the node before it.
    parting: u32,
    hash: Hash,
    /// The way down to the key that was asked for, from the bottom up, if it leads through here.
    way: Option<Way>,
}

struct Way {
    stop: Stop,
    steps: Vec<Step>,
}

/// A page whose items are being hashed.
struct Level {
    page: Rc<Page>,
    next: usize,
    nodes: Vec<Node>,
    /// Where the page parts from what is before it.
    parting: u32,
    /// The item to which the bits of the key lead that is asked for.
    on_way: Option<usize>,
}

impl<S: Store> Tree<'_, S> {
    /// Returns the hash of the tree, and the path to a key or to where its bits lead instead.
    ///
    /// # Cost
    /// Reads and hashes everything in the tree.
    pub(crate) fn digest(
        &self,
        key: Option<&[u8]>,
        of_value: &HashValue<'_>,
    ) -> Result<(Hash, Path), Corrupt> {
        let mut way = Vec::from([Level::new(Rc::clone(&self.top), 0, key)]);
        loop {
            let Some(level) = way.last_mut() else {
                return Ok(ended(None));
            };
            let page = Rc::clone(&level.page);
            if let Some(item) = page.get(level.next) {
                let (parting, is_on_way) = level.advance();
                if let Some(child) = item.child() {
                    let below = self.pages.child(self.space, child.prefix)?;
                    way.push(Level::new(below, parting, key.filter(|_| is_on_way)));
                } else {
                    let value = of_value(item)?;
                    level
                        .nodes
                        .push(leaf(item.key(), value, parting, is_on_way));
                }
                continue;
            }
            let node = way.pop().and_then(Level::finish);
            match (way.last_mut(), node) {
                (Some(above), node) => above.nodes.extend(node),
                (None, node) => return Ok(ended(node)),
            }
        }
    }
}

fn leaf(key: &[u8], value: Hash, parting: u32, is_on_way: bool) -> Node {
    let way = is_on_way.then(|| Way {
        stop: Stop {
            key: key.to_vec(),
            value,
        },
        steps: Vec::new(),
    });
    Node {
        parting,
        hash: hash::of_entry(key, &value),
        way,
    }
}

fn ended(node: Option<Node>) -> (Hash, Path) {
    let Some(node) = node else {
        return (NOTHING, Path::default());
    };
    let path = node.way.map_or_else(Path::default, |way| Path {
        steps: way.steps.into_iter().rev().collect(),
        stop: Some(way.stop),
    });
    (node.hash, path)
}

impl Level {
    fn new(page: Rc<Page>, parting: u32, key: Option<&[u8]>) -> Self {
        let on_way = key.map(|key| led_to(&page, key));
        Self {
            page,
            next: 0,
            nodes: Vec::new(),
            parting,
            on_way,
        }
    }

    /// Joins what hangs below the branch at which the next item parts from the last one. Returns
    /// the branch's position, and whether the item is on the way to the key.
    fn advance(&mut self) -> (u32, bool) {
        let at = partings(&self.page, self.next);
        while self.nodes.len() > 1 && self.nodes.last().is_some_and(|last| last.parting > at) {
            self.join();
        }
        self.next += 1;
        (at, self.on_way == Some(self.next - 1))
    }

    fn join(&mut self) {
        let (Some(right), Some(left)) = (self.nodes.pop(), self.nodes.pop()) else {
            return;
        };
        let position = right.parting;
        let hash = hash::of_branch(position, &left.hash, &right.hash);
        let (way, sibling) = match (left.way, right.way) {
            (Some(way), _) => (Some(way), right.hash),
            (None, way) => (way, left.hash),
        };
        let way = way.map(|mut way| {
            way.steps.push(Step { position, sibling });
            way
        });
        self.nodes.push(Node {
            parting: left.parting,
            hash,
            way,
        });
    }

    fn finish(mut self) -> Option<Node> {
        while self.nodes.len() > 1 {
            self.join();
        }
        let node = self.nodes.pop()?;
        Some(Node {
            parting: self.parting,
            ..node
        })
    }
}

/// Returns where an item of a page parts from the one before it.
fn partings(page: &Page, index: usize) -> u32 {
    let before = index.checked_sub(1).and_then(|before| page.get(before));
    match (before, page.get(index)) {
        (Some(before), Some(item)) => parting(before.key(), item.key()),
        _ => 0,
    }
}

/// Returns the item to which the bits of a key lead.
fn led_to(page: &Page, key: &[u8]) -> usize {
    let (mut start, mut end) = (0, page.items.len());
    while end - start > 1 {
        let branches = (start + 1..end).map(|index| (partings(page, index), index));
        let Some((position, right)) = branches.min() else {
            break;
        };
        if bit(key, position) {
            start = right;
        } else {
            end = right;
        }
    }
    start
}
