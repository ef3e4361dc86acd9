//! Changing a tree: sorted changes in, new items at its top and host writes out.
//!
//! Each page on the way to a change is read once and written once; a page beside the way is read
//! only where it has to go into its neighbour's.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::changes::{Batch, NewValue};
use crate::compare::is_same;
use crate::error::Corrupt;
use crate::host_key::Space;
use crate::limits::INLINE_BYTES_MAX;
use crate::packing::{Packing, Shelf};
use crate::page::{ItemRef, Kind, Page, Placed};
use crate::pages::Pages;
use crate::pieces::{NewEntry, Piece, put_items};
use crate::prefix::Prefix;
use crate::seal::{begin_record, seal_record};
use crate::sorted::SortedMap;
use crate::store::Store;
use crate::tree::Tree;

/// A key and the entry that is to be there.
#[derive(Debug)]
pub(crate) struct Change {
    key: Vec<u8>,
    entry: Option<Rc<NewEntry>>,
}

/// Writes the pages of one tree.
pub(crate) struct Writer<'a, S> {
    pub(crate) pages: &'a Pages<S>,
    pub(crate) space: Space,
    pub(crate) batch: &'a mut Batch,
}

impl<S: Store> Shelf for Writer<'_, S> {
    fn take(&mut self, prefix: Prefix<'_>) -> Result<Rc<Page>, Corrupt> {
        let page = self.pages.child(self.space, prefix)?;
        self.batch.remove(self.space.page(prefix));
        Ok(page)
    }

    fn put(&mut self, prefix: Prefix<'_>, fill: &mut dyn FnMut(&mut Vec<u8>)) {
        let host_key = self.space.page(prefix);
        let mut record = begin_record();
        fill(&mut record);
        seal_record(&host_key, &mut record);
        if self.pages.is_known(&host_key, &record) {
            self.batch.forget(&host_key);
        } else {
            self.batch.put(host_key, record);
        }
    }
}

/// A page in which entries get other values: their index and how they are stored then.
struct Replaced<'c> {
    page: Rc<Page>,
    entries: Vec<(usize, &'c [u8])>,
}

/// A page whose changes are being made.
struct Level<'c> {
    page: Rc<Page>,
    next: usize,
    changes: &'c [Change],
    packing: Packing,
}

impl<S: Store> Writer<'_, S> {
    /// Prepares the change of a key; writes the value if it lies beside its page.
    pub(crate) fn change(&mut self, key: Vec<u8>, value: Option<NewValue>) -> Change {
        let entry = value.map(|NewValue { bytes, note }| {
            if bytes.len() <= INLINE_BYTES_MAX {
                return NewEntry::new(key.clone(), &note, Placed::Inline(&bytes));
            }
            let host_key = self.space.value(&key);
            let mut record = begin_record();
            record.extend_from_slice(&bytes);
            seal_record(&host_key, &mut record);
            self.batch.put(host_key, record);
            NewEntry::new(key.clone(), &note, Placed::Outside(bytes.len() as u64))
        });
        let entry = entry.map(Rc::new);
        Change { key, entry }
    }

    /// Makes sorted changes, each key once, in the tree below a top page; returns the items of the
    /// new top page as a record holds them.
    pub(crate) fn apply(&mut self, top: Rc<Page>, changes: &[Change]) -> Result<Vec<u8>, Corrupt> {
        if let Some(items) = self.replace(&top, changes)? {
            return Ok(items);
        }
        let items = self.repack(top, changes)?;
        let mut bytes = Vec::with_capacity(1_024);
        put_items(&mut bytes, &items);
        Ok(bytes)
    }

    /// Makes changes that are all new values of entries that are there, in the pages as they are;
    /// `None` where there are others.
    fn replace(&mut self, top: &Rc<Page>, changes: &[Change]) -> Result<Option<Vec<u8>>, Corrupt> {
        let tree = Tree {
            pages: self.pages,
            space: self.space,
            top: Rc::clone(top),
        };
        // Pages below may lie between the entries of one page.
        let mut found: SortedMap<Vec<u8>, Replaced<'_>> = SortedMap::new();
        for change in changes {
            let (Some(entry), Some(at)) = (&change.entry, tree.find(&change.key)?) else {
                return Ok(None);
            };
            if !at.item().is_some_and(|item| entry.fits(item)) {
                return Ok(None);
            }
            // The top has no host key of its own, and no other's is empty.
            let host_key = at.host_key.unwrap_or_default();
            let (page, new) = (at.page, (at.index, entry.stored()));
            if let Some(replaced) = found.get_mut(&host_key) {
                replaced.entries.push(new);
            } else {
                let entries = Vec::from([new]);
                found.insert(host_key, Replaced { page, entries });
            }
        }
        let mut items = None;
        for (host_key, Replaced { page, entries }) in found {
            let new = page.with_entries(&entries);
            if host_key.is_empty() {
                items = Some(new);
            } else {
                self.put_replaced(host_key, &page, &new);
            }
        }
        Ok(Some(items.unwrap_or_else(|| top.stored_items().to_vec())))
    }

    /// Writes a page with other values in it.
    fn put_replaced(&mut self, host_key: Vec<u8>, page: &Page, items: &[u8]) {
        if is_same(page.stored_items(), items) {
            return;
        }
        let mut record = begin_record();
        record.extend_from_slice(items);
        seal_record(&host_key, &mut record);
        self.batch.put(host_key, record);
    }

    /// Makes any changes, and packs the items on the way to them anew.
    fn repack(&mut self, top: Rc<Page>, changes: &[Change]) -> Result<Vec<Piece>, Corrupt> {
        let mut way = Vec::from([Level::new(top, changes)]);
        loop {
            let Some(level) = way.last_mut() else {
                return Ok(Vec::new());
            };
            if level.next < level.page.items.len() {
                let below = self.step(level)?;
                way.extend(below);
                continue;
            }
            self.insert(level, level.changes.len())?;
            let packed = match way.pop() {
                Some(level) => level.packing.finish(self)?,
                None => None,
            };
            match (way.last_mut(), packed) {
                (Some(above), Some(packed)) => above.packing.splice(self, packed)?,
                (Some(_), None) => {}
                (None, Some(packed)) => return packed.into_top(self),
                (None, None) => return Ok(Vec::new()),
            }
        }
    }

    /// Makes the changes up to and of the next item; returns the page to go on in, if there are changes below.
    fn step<'c>(&mut self, level: &mut Level<'c>) -> Result<Option<Level<'c>>, Corrupt> {
        let (page, index) = (Rc::clone(&level.page), level.next);
        level.next += 1;
        let Some(item) = page.get(index) else {
            return Ok(None);
        };
        let prefix = item.prefix();
        let before = level.changes.iter();
        let before = before.take_while(|change| prefix.is_after(&change.key));
        self.insert(level, before.count())?;
        let here = level.changes.iter();
        let here = here
            .take_while(|change| prefix.matches(&change.key))
            .count();
        let (here, rest) = level.changes.split_at(here);
        level.changes = rest;
        let Some(first) = here.first() else {
            level.packing.keep(self, &page, index)?;
            return Ok(None);
        };
        if item.child().is_some() {
            return Ok(Some(Level::new(self.take(prefix)?, here)));
        }
        self.replace_value(item, first);
        if let Some(entry) = &first.entry {
            level.packing.insert(self, entry)?;
        }
        Ok(None)
    }

    /// Notes what becomes of a value that lies beside its page.
    fn replace_value(&mut self, item: ItemRef<'_>, change: &Change) {
        if matches!(item.item.kind, Kind::Outside { .. }) {
            self.batch.remove(self.space.value(&change.key));
        }
    }

    /// Inserts the entries of the next changes, whose keys are not there.
    fn insert<'c>(&mut self, level: &mut Level<'c>, count: usize) -> Result<(), Corrupt> {
        let (new, rest) = level.changes.split_at(count);
        level.changes = rest;
        let mut entries = new.iter().filter_map(|change| change.entry.as_ref());
        entries.try_for_each(|entry| level.packing.insert(self, entry))
    }
}

impl<'c> Level<'c> {
    const fn new(page: Rc<Page>, changes: &'c [Change]) -> Self {
        Self {
            page,
            next: 0,
            changes,
            packing: Packing::new(),
        }
    }
}
