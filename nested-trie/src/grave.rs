//! What a removed subcontract leaves: its pages and values, which nothing reaches any more, until
//! they are collected. An id may leave several graves.
//!
//! A grave is the list of what is still to be collected; a page that is collected gives its place
//! to what it points to, so the list stays as short as one way down.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::bytes::{Reader, put_number, put_sized};
use crate::changes::Batch;
use crate::error::{Corrupt, Fault, TrieError};
use crate::host_key::{self, Space};
use crate::page::{Kind, Page, RECORD_HEAD, begin_record, check, seal_record};
use crate::pages::{Pages, corrupt};
use crate::pieces::{Piece, kept, put_items};
use crate::store::Store;
use crate::trie::{Trie, check_id};

/// The graves of one id.
pub(crate) struct Graves {
    /// Generation, and what is left of it: pages and values beside pages.
    graves: Vec<(u64, Vec<Piece>)>,
    /// Bytes of the record that was read.
    stored: Option<usize>,
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

impl<S: Store> Trie<S> {
    /// Returns the host writes that remove at most `limit` records of what removed subcontracts
    /// left under an id.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// The record of graves is read and written; each record that goes is one removal, and a page
    /// is read first.
    pub fn collect(&self, id: &str, limit: usize) -> Result<Collected, TrieError> {
        check_id(id)?;
        let mut batch = Batch::default();
        let mut graves = Graves::read(&self.pages, id)?;
        let records = graves.collect(&self.pages, &mut batch, limit)?;
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
                stored: None,
            });
        };
        let graves = check(&host_key, &record).and_then(|()| parse(&record));
        Ok(Self {
            graves: graves.map_err(|fault| corrupt(&host_key, fault))?,
            stored: Some(record.len()),
        })
    }

    /// Adds a grave: what a page of that generation points to.
    pub(crate) fn bury(&mut self, generation: u64, top: &Rc<Page>) {
        self.graves.push((generation, buried(top)));
    }

    /// Removes at most so many records; returns how many.
    pub(crate) fn collect<S: Store>(
        &mut self,
        pages: &Pages<S>,
        batch: &mut Batch,
        limit: usize,
    ) -> Result<usize, Corrupt> {
        let mut records = 0;
        while let Some((generation, left)) = self.graves.last_mut() {
            let Some(Piece::Kept { page, index }) = left.last().cloned() else {
                self.graves.pop();
                continue;
            };
            if records == limit {
                break;
            }
            left.pop();
            let Some(item) = page.get(index) else {
                continue;
            };
            let space = Space::Inner(*generation);
            if let Kind::Outside { value_bytes } = item.item.kind {
                let bytes = RECORD_HEAD + value_bytes as usize;
                batch.replace(space.value(item.key()), bytes);
            } else {
                let below = pages.child(space, item.prefix())?;
                batch.replace(space.page(item.prefix()), below.record().len());
                left.append(&mut buried(&below));
            }
            records += 1;
        }
        Ok(records)
    }

    /// Writes what is left.
    pub(crate) fn write(self, id: &str, batch: &mut Batch) {
        let host_key = host_key::grave(id);
        if let Some(bytes) = self.stored {
            batch.replace(host_key.clone(), bytes);
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
        graves.push((generation, buried(&page)));
    }
    Ok(graves)
}

/// Returns what a page points to: values beside it last, so that they go first.
fn buried(page: &Rc<Page>) -> Vec<Piece> {
    let is = |piece: &Piece, wanted: fn(&Kind) -> bool| match piece {
        Piece::Kept { page, index } => page
            .items
            .get(*index)
            .is_some_and(|item| wanted(&item.kind)),
        _ => false,
    };
    let children = kept(page).filter(|piece| is(piece, |kind| matches!(kind, Kind::Child { .. })));
    let values = kept(page).filter(|piece| is(piece, |kind| matches!(kind, Kind::Outside { .. })));
    children.chain(values).collect()
}
