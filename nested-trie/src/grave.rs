//! What a removed subcontract leaves: its entries, pages and values, which nothing reaches any more,
//! until they are collected. An id may leave several graves.
//!
//! A grave is the list of what is still to be collected; a page that is collected gives its place
//! to what it holds, so the list stays as short as one way down.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::bytes::{Reader, put_number, put_sized};
use crate::changes::Batch;
use crate::error::{Corrupt, Fault, TrieError};
use crate::host_key::{self, Space};
use crate::page::{ItemRef, Kind, Page};
use crate::pages::{Pages, corrupt};
use crate::pieces::{Piece, kept, put_items};
use crate::seal::{RECORD_HEAD, begin_record, check, seal_record};
use crate::store::Store;
use crate::trie::{Stat, Trie, check_id};

/// The graves of one id.
pub(crate) struct Graves {
    /// Generation, and what is left of it.
    graves: Vec<(u64, Vec<Piece>)>,
    /// There is a record of them.
    is_stored: bool,
}

/// What a step of collecting did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The host writes.
    pub batch: Batch,
    /// How many host records it removes.
    pub records: usize,
    /// Whether something is left to collect.
    pub is_left: bool,
}

/// An entry that goes for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freed {
    /// Bytes of its key.
    pub key_bytes: usize,
    /// What else is known of it.
    pub stat: Stat,
}

impl<S: Store> Trie<S> {
    /// Returns the host writes that remove at most `limit` records of what removed subcontracts
    /// left under an id. Shows each entry that goes, once; ends early when `visit` breaks.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// The record of graves is read and written; each record that goes is one removal, and a page
    /// is read first.
    pub fn collect(
        &self,
        id: &str,
        limit: usize,
        visit: &mut dyn FnMut(Freed) -> ControlFlow<()>,
    ) -> Result<Collected, TrieError> {
        check_id(id)?;
        let mut batch = Batch::default();
        let mut graves = Graves::read(&self.pages, id)?;
        let records = graves.collect(&self.pages, &mut batch, limit, visit)?;
        let is_left = !graves.graves.is_empty();
        graves.write(id, &mut batch);
        Ok(Collected {
            batch,
            records,
            is_left,
        })
    }
}

impl Graves {
    pub(crate) fn read<S: Store>(pages: &Pages<S>, id: &str) -> Result<Self, Corrupt> {
        let host_key = host_key::grave(id);
        let Some(record) = pages.store.read(&host_key) else {
            return Ok(Self {
                graves: Vec::new(),
                is_stored: false,
            });
        };
        let graves = check(&host_key, &record).and_then(|()| parse(&record));
        Ok(Self {
            graves: graves.map_err(|fault| corrupt(&host_key, fault))?,
            is_stored: true,
        })
    }

    /// Adds a grave: what a page of that generation holds.
    pub(crate) fn bury(&mut self, generation: u64, top: &Rc<Page>) {
        self.graves.push((generation, kept(top).collect()));
    }

    /// Removes at most so many records; returns how many.
    fn collect<S: Store>(
        &mut self,
        pages: &Pages<S>,
        batch: &mut Batch,
        limit: usize,
        visit: &mut dyn FnMut(Freed) -> ControlFlow<()>,
    ) -> Result<usize, Corrupt> {
        let (mut records, mut flow) = (0, ControlFlow::Continue(()));
        while let Some((generation, left)) = self.graves.last_mut() {
            let Some(Piece::Kept { page, index }) = left.last().cloned() else {
                self.graves.pop();
                continue;
            };
            let Some(item) = page.get(index) else {
                left.pop();
                continue;
            };
            let is_record = !matches!(item.item.kind, Kind::Inline { .. });
            if flow.is_break() || (is_record && records == limit) {
                break;
            }
            left.pop();
            records += usize::from(is_record);
            let space = Space::Inner(*generation);
            match item.item.kind {
                Kind::Child { .. } => {
                    let below = pages.child(space, item.prefix())?;
                    batch.remove(space.page(item.prefix()));
                    left.extend(kept(&below));
                    continue;
                }
                Kind::Outside { .. } => batch.remove(space.value(item.key())),
                Kind::Inline { .. } => {}
            }
            flow = visit(freed(item));
        }
        Ok(records)
    }

    /// Writes what is left.
    pub(crate) fn write(self, id: &str, batch: &mut Batch) {
        let host_key = host_key::grave(id);
        if self.is_stored {
            batch.remove(host_key.clone());
        }
        if self.graves.is_empty() {
            return;
        }
        let mut record = begin_record();
        for (generation, left) in self.graves {
            let mut items = Vec::new();
            put_items(&mut items, &left);
            put_number(&mut record, generation);
            put_sized(&mut record, &items);
        }
        seal_record(&host_key, &mut record);
        batch.put(host_key, record);
    }
}

fn parse(record: &[u8]) -> Result<Vec<(u64, Vec<Piece>)>, Fault> {
    let mut reader = Reader::at(record, RECORD_HEAD);
    let mut graves = Vec::new();
    while !reader.is_at_end() {
        let generation = reader.number()?;
        let items = reader.sized()?.of(record).to_vec();
        let page = Rc::new(Page::parse_body(items, 0, |_| Ok(()))?);
        graves.push((generation, kept(&page).collect()));
    }
    Ok(graves)
}

fn freed(item: ItemRef<'_>) -> Freed {
    Freed {
        key_bytes: item.key().len(),
        stat: Stat::of(item),
    }
}
