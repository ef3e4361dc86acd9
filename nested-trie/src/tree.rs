//! Reading a tree: one key, a range of keys in either direction, how many begin so.
//!
//! Nothing is read that is not on the way to what was asked for. The way down is a list, not a
//! recursion: who may choose long keys may make it long.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::error::Corrupt;
use crate::host_key::Space;
use crate::page::{Child, ItemRef, Kind, Page};
use crate::pages::Pages;
use crate::store::Store;

/// A tree in a store: the page at its top is part of another record.
pub(crate) struct Tree<'a, S> {
    pub(crate) pages: &'a Pages<S>,
    pub(crate) space: Space,
    pub(crate) top: Rc<Page>,
}

/// Which way a range is walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the lowest key up.
    #[default]
    Up,
    /// From the highest key down.
    Down,
}

/// Keys from one on and below another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRange<'a> {
    /// The lowest key that belongs to it.
    pub from: &'a [u8],
    /// The lowest key above it; `None` where it has no end.
    pub to: Option<&'a [u8]>,
    /// Which way it is walked.
    pub direction: Direction,
}

/// An entry that was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) page: Rc<Page>,
    pub(crate) index: usize,
    /// Host key of the page; none for that at the top.
    pub(crate) host_key: Option<Vec<u8>>,
}

impl Found {
    /// Returns key and kind of the entry.
    pub(crate) fn item(&self) -> Option<ItemRef<'_>> {
        self.page.get(self.index)
    }
}

impl<S: Store> Tree<'_, S> {
    /// Finds a key.
    pub(crate) fn find(&self, key: &[u8]) -> Result<Option<Found>, Corrupt> {
        let mut page = Rc::clone(&self.top);
        let mut host_key = None;
        loop {
            let Some(index) = page.position(key) else {
                return Ok(None);
            };
            let Some(child) = page.get(index).and_then(|item| item.child()) else {
                return Ok(Some(Found {
                    page,
                    index,
                    host_key,
                }));
            };
            let below = self.space.page(child.prefix);
            page = self.pages.child_at(&below, child.prefix)?;
            host_key = Some(below);
        }
    }

    /// Returns the value of an entry that was found in this tree.
    pub(crate) fn value(&self, item: ItemRef<'_>) -> Result<Vec<u8>, Corrupt> {
        match item.item.kind {
            Kind::Inline { value } => Ok(item.at(value).to_vec()),
            Kind::Outside { value_bytes, .. } => {
                self.pages.value(&self.space.value(item.key()), value_bytes)
            }
            Kind::Child { .. } => Ok(Vec::new()),
        }
    }

    /// Shows the entries of a range until `visit` breaks.
    pub(crate) fn scan<E: From<Corrupt>>(
        &self,
        range: &KeyRange<'_>,
        visit: &mut dyn FnMut(ItemRef<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let mut way = Vec::from([Step::into(&self.top, range)]);
        while let Some(step) = way.last_mut() {
            let Some(index) = step.next(range.direction) else {
                way.pop();
                continue;
            };
            let page = Rc::clone(&step.page);
            let Some(item) = page.get(index) else {
                continue;
            };
            if let Some(child) = item.child() {
                let below = self.pages.child(self.space, child.prefix)?;
                way.push(Step::into(&below, range));
            } else if visit(item)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Counts the keys that begin with some bytes.
    pub(crate) fn count(&self, prefix: &[u8]) -> Result<u64, Corrupt> {
        let mut page = Rc::clone(&self.top);
        loop {
            let mut sum = 0;
            let mut below = None;
            for item in page.iter() {
                let count = item.child().map_or(1, |child| child.load.count);
                if item.prefix().whole_bytes().starts_with(prefix) {
                    sum += count;
                } else if item.prefix().matches(prefix) {
                    below = item.child();
                }
            }
            let Some(Child { prefix: inner, .. }) = below else {
                return Ok(sum);
            };
            page = self.pages.child(self.space, inner)?;
        }
    }
}

/// What is left to show of a page: items from `start` to before `end`.
struct Step {
    page: Rc<Page>,
    start: usize,
    end: usize,
}

impl Step {
    fn into(page: &Rc<Page>, range: &KeyRange<'_>) -> Self {
        let is_below = |item: &ItemRef<'_>| {
            let prefix = item.prefix();
            item.key() < range.from && !(item.child().is_some() && prefix.matches(range.from))
        };
        let start = page.iter().take_while(is_below).count();
        let end = match range.to {
            Some(to) => page.iter().take_while(|item| item.key() < to).count(),
            None => page.items.len(),
        };
        Self {
            page: Rc::clone(page),
            start,
            end,
        }
    }

    fn next(&mut self, direction: Direction) -> Option<usize> {
        if self.start >= self.end {
            return None;
        }
        if direction == Direction::Up {
            self.start += 1;
            return Some(self.start - 1);
        }
        self.end -= 1;
        Some(self.end)
    }
}
