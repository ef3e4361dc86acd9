//! Changing an index: which keys come and go, and from that the new head and the page writes.
//!
//! Guards that head and pages depend on the resulting set of keys alone: level by level the touched
//! pages are cut anew at the keys whose rank begins a page, and the head's level follows from sizes.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::changes::Batch;
use crate::error::{Corrupt, Fault};
use crate::host_key;
use crate::index::{Head, Index, Totals, encode_page};
use crate::keys::{Keys, LEVELS_MAX, Reach, packed_bytes, rank};
use crate::store::Store;

/// Packed bytes of keys that a head holds at most: what every reader of the head pays to load.
pub(crate) const HEAD_BYTES_MAX: u64 = 1_024;

/// Whether a key comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// The key was absent.
    Insert,
    /// The key was present.
    Remove,
}

/// Adds the page writes of the edits to the batch and returns the new head.
pub(crate) fn edit<S: Store>(
    index: &Index<'_, S>,
    edits: &BTreeMap<Vec<u8>, Edit>,
    batch: &mut Batch,
) -> Result<Head, Corrupt> {
    let mut draft = Draft {
        index,
        head: index.head.clone(),
        pages: BTreeMap::new(),
    };
    let top = index.head.height();
    let placed = edits.iter().map(|(key, edit)| Placed {
        key,
        edit: *edit,
        rank: if top == 0 { 0 } else { rank(key) },
    });
    let mut placed: Vec<Placed<'_>> = placed.collect();
    for level in 0..top {
        draft.edit_level(level, &placed)?;
        draft.count(level, &placed)?;
        placed.retain(|placed| placed.rank > level);
    }
    draft.edit_head(&placed)?;
    draft.count(top, &placed)?;
    draft.settle()?;
    draft.write(batch);
    Ok(draft.head)
}

struct Placed<'a> {
    key: &'a [u8],
    edit: Edit,
    rank: u8,
}

struct Draft<'a, S: Store> {
    index: &'a Index<'a, S>,
    head: Head,
    /// Pages as they will be, by level and name; an empty one goes.
    pages: BTreeMap<(u8, Vec<u8>), Keys>,
}

impl<S: Store> Draft<'_, S> {
    /// Applies edits to a level below the head: takes the touched pages, cuts them anew.
    fn edit_level(&mut self, level: u8, edits: &[Placed<'_>]) -> Result<(), Corrupt> {
        let mut touched = Vec::new();
        for placed in edits {
            add_name(
                &mut touched,
                self.index.page_name(level, placed.key, Reach::UpTo)?,
            );
            if placed.edit == Edit::Remove && placed.rank > level {
                add_name(
                    &mut touched,
                    self.index.page_name(level, placed.key, Reach::Below)?,
                );
            }
        }
        let mut begins = Vec::new();
        for name in touched {
            for key in self.index.page(level, &name)?.iter() {
                begins.push((key.to_vec(), !name.is_empty() && key == name));
            }
            self.pages.insert((level, name), Keys::default());
        }
        self.apply(level, edits, &mut begins)?;
        let mut name = Vec::new();
        for (key, begins) in begins {
            if begins {
                name.clone_from(&key);
            }
            self.pages
                .entry((level, name.clone()))
                .or_default()
                .push(&key);
        }
        Ok(())
    }

    fn edit_head(&mut self, edits: &[Placed<'_>]) -> Result<(), Corrupt> {
        let level = self.head.height();
        let mut begins = self
            .head
            .keys
            .iter()
            .map(|key| (key.to_vec(), false))
            .collect();
        let edits: Vec<Placed<'_>> = edits
            .iter()
            .map(|placed| Placed {
                rank: level,
                ..*placed
            })
            .collect();
        self.apply(level, &edits, &mut begins)?;
        self.head.keys = Keys::default();
        begins.iter().for_each(|(key, _)| self.head.keys.push(key));
        Ok(())
    }

    /// Applies edits to some keys of a level, each with whether it begins a page there.
    fn apply(
        &self,
        level: u8,
        edits: &[Placed<'_>],
        begins: &mut Vec<(Vec<u8>, bool)>,
    ) -> Result<(), Corrupt> {
        for placed in edits {
            let begins_page = placed.rank > level;
            let place = begins.binary_search_by(|(key, _)| key.as_slice().cmp(placed.key));
            match (placed.edit, place) {
                (Edit::Insert, Err(place)) => {
                    begins.insert(place, (placed.key.to_vec(), begins_page))
                }
                (Edit::Remove, Ok(place)) if begins[place].1 == begins_page => {
                    begins.remove(place);
                }
                _ => return Err(self.index.corrupt(level, placed.key, Fault::Contradiction)),
            }
        }
        Ok(())
    }

    fn count(&mut self, level: u8, edits: &[Placed<'_>]) -> Result<(), Corrupt> {
        let Some(totals) = self.head.totals.get_mut(usize::from(level)) else {
            return Ok(());
        };
        let counted = edits
            .iter()
            .try_fold(*totals, |totals, placed| match placed.edit {
                Edit::Insert => plus(totals, placed.key),
                Edit::Remove => minus(totals, placed.key),
            });
        match counted {
            Some(counted) => *totals = counted,
            None => return Err(self.miscounted()),
        }
        Ok(())
    }

    /// Raises or lowers the head to the lowest level that fits into it.
    fn settle(&mut self) -> Result<(), Corrupt> {
        while self.head.keys.packed().len() as u64 > HEAD_BYTES_MAX
            && self.head.height() < LEVELS_MAX
        {
            self.raise();
        }
        while let [.., below, _] = self.head.totals.as_slice()
            && below.bytes <= HEAD_BYTES_MAX
        {
            self.lower(*below)?;
        }
        Ok(())
    }

    /// Moves the head's keys into pages, and keeps those that begin one.
    fn raise(&mut self) {
        let level = self.head.height();
        let keys = core::mem::take(&mut self.head.keys);
        let mut totals = Totals::default();
        let mut name: &[u8] = &[];
        for key in keys.iter() {
            if rank(key) > level {
                name = key;
                totals = Totals {
                    keys: totals.keys + 1,
                    bytes: totals.bytes + packed_bytes(key),
                };
                self.head.keys.push(key);
            }
            self.pages
                .entry((level, name.to_vec()))
                .or_default()
                .push(key);
        }
        self.head.totals.push(totals);
    }

    /// Takes the keys of the pages right below the head into it, in place of its own.
    fn lower(&mut self, expected: Totals) -> Result<(), Corrupt> {
        let level = self.head.height() - 1;
        let names = core::mem::take(&mut self.head.keys);
        let mut packed = Vec::new();
        for name in core::iter::once(&[][..]).chain(names.iter()) {
            match self.pages.insert((level, name.to_vec()), Keys::default()) {
                Some(page) => packed.extend_from_slice(page.packed()),
                None => packed.extend_from_slice(self.index.page(level, name)?.packed()),
            }
        }
        self.head.keys = Keys::parse(&packed).map_err(|_| self.miscounted())?;
        if packed.len() as u64 != expected.bytes
            || self.head.keys.iter().count() as u64 != expected.keys
        {
            return Err(self.miscounted());
        }
        self.head.totals.pop();
        Ok(())
    }

    /// Adds the pages that differ from what is stored to the batch.
    fn write(&self, batch: &mut Batch) {
        let stored = self.index.cache.borrow();
        for ((level, name), keys) in &self.pages {
            let host_key = host_key::page(&self.index.pages, *level, name);
            let before = stored.get(&host_key).map_or(&[][..], |page| page.packed());
            if before == keys.packed() {
                continue;
            }
            if keys.is_empty() {
                batch.remove(host_key);
            } else {
                batch.put(host_key, encode_page(keys));
            }
        }
    }

    fn miscounted(&self) -> Corrupt {
        Corrupt {
            host_key: self.index.head_key.clone(),
            fault: Fault::Count,
        }
    }
}

/// Adds a page's name to a sorted list that holds each once.
fn add_name(names: &mut Vec<Vec<u8>>, name: Vec<u8>) {
    if let Err(place) = names.binary_search(&name) {
        names.insert(place, name);
    }
}

fn plus(totals: Totals, key: &[u8]) -> Option<Totals> {
    let bytes = totals.bytes.checked_add(packed_bytes(key))?;
    Some(Totals {
        keys: totals.keys.checked_add(1)?,
        bytes,
    })
}

fn minus(totals: Totals, key: &[u8]) -> Option<Totals> {
    let bytes = totals.bytes.checked_sub(packed_bytes(key))?;
    Some(Totals {
        keys: totals.keys.checked_sub(1)?,
        bytes,
    })
}
