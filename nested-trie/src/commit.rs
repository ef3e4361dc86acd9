//! From changes to host writes: the trees of keys first, then the account records, then the tree of
//! ids and the root record, where a subcontract comes or goes.
//!
//! Between the first and the second step it is known how much the storage grows, and the enclave
//! may still say what is in the records: [`Prepared`].

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::bytes::sized_len;
use crate::changes::{Batch, Changes, Previous, SubcontractChanges};
use crate::error::{Corrupt, TrieError};
use crate::grave::Graves;
use crate::host_key::{self, Space};
use crate::page::Page;
use crate::record::{self, Record};
use crate::store::Store;
use crate::trie::{Trie, check_id, check_lengths};
use crate::update::{Change, Writer};

/// Records that go with a removed subcontract at once; the rest is left to [`Trie::collect`].
/// Reason: reading and removing one takes about 0.2 Tgas.
const COLLECTED_AT_ONCE: usize = 100;

/// Changes whose pages are made, but not yet the records at the top.
pub struct Prepared<'a, S: Store> {
    trie: &'a Trie<S>,
    batch: Batch,
    accounts: Vec<PreparedAccount>,
    /// The next account's generation, if one was given away.
    next_generation: Option<u64>,
}

/// A subcontract whose account record is to be written, or goes.
struct PreparedAccount {
    id: String,
    was_there: bool,
    record: Option<NewRecord>,
}

struct NewRecord {
    generation: u64,
    payload: Vec<u8>,
    /// The items, as the record holds them.
    items: Vec<u8>,
}

/// Prepares changes.
pub(crate) fn prepare<S: Store>(
    trie: &Trie<S>,
    changes: Changes,
) -> Result<Prepared<'_, S>, TrieError> {
    let mut prepared = Prepared {
        trie,
        batch: Batch::default(),
        accounts: Vec::new(),
        next_generation: None,
    };
    for (id, changes) in changes.subcontracts {
        check_id(&id)?;
        let mut keys = changes.values.keys();
        keys.try_for_each(|key| check_lengths(&id, key))?;
        prepared.subcontract(id, changes)?;
    }
    Ok(prepared)
}

impl<S: Store> Prepared<'_, S> {
    /// Returns by how many bytes the storage of the subcontracts grows, where each host key takes
    /// so many beside itself and its record: their pages, values and account records, and their
    /// entries in the tree of ids. Not in it is how that tree's pages are split and merged.
    pub fn growth(&self, bytes_of_a_record: u64) -> i64 {
        let records = self.accounts.iter().map(|account| {
            let record = account.record.as_ref().map_or(0, |record| {
                bytes_of_a_record as i64 + (account.id.len() + 1 + record.len()) as i64
            });
            // An entry without a value: tag, two lengths, id.
            let entry = sized_len(account.id.len()) as i64 + 2;
            match (account.was_there, &account.record) {
                (false, Some(_)) => record + entry,
                (true, None) => record - entry,
                _ => record,
            }
        });
        self.batch.growth(bytes_of_a_record) + records.sum::<i64>()
    }

    /// Returns the payload of a subcontract that is there afterwards and whose record changes.
    pub fn payload(&self, id: &str) -> Option<&[u8]> {
        let mut accounts = self.accounts.iter();
        let account = accounts.find(|account| account.id == id)?;
        Some(&account.record.as_ref()?.payload)
    }

    /// Replaces the payload of a subcontract that is there afterwards and whose record changes.
    pub fn put_payload(&mut self, id: &str, payload: Vec<u8>) {
        let mut accounts = self.accounts.iter_mut();
        let account = accounts.find(|account| account.id == id);
        if let Some(record) = account.and_then(|account| account.record.as_mut()) {
            record.payload = payload;
        }
    }

    /// Makes the records at the top; without a payload that of the root record stays.
    ///
    /// # Errors
    /// [`TrieError::Corrupt`].
    pub fn finish(mut self, payload: Option<Vec<u8>>) -> Result<Batch, TrieError> {
        let mut changes = Vec::new();
        for account in core::mem::take(&mut self.accounts) {
            let PreparedAccount {
                id,
                was_there,
                record,
            } = account;
            let is_there = record.is_some();
            if let Some(record) = record {
                self.put(host_key::account(&id), record.encode(&id));
            }
            if was_there != is_there {
                let value = is_there.then(Vec::new);
                changes.push(self.writer(Space::Outer).change(id.into_bytes(), value));
            }
        }
        if !changes.is_empty() || payload.is_some() || self.next_generation.is_some() {
            self.root(payload, &changes)?;
        }
        Ok(self.batch)
    }

    /// Prepares the changes of one subcontract.
    fn subcontract(&mut self, id: String, changes: SubcontractChanges) -> Result<(), TrieError> {
        let before = self.trie.record(&id)?;
        let was_there = before.is_some();
        if let Some(record) = &before {
            let bytes = record.page.record().len();
            self.batch.replace(host_key::account(&id), bytes);
        }
        let base = match changes.previous {
            Previous::Kept => before,
            Previous::Removed => {
                self.bury(&id, before)?;
                None
            }
        };
        let record = if base.is_some() || changes.account.is_some() {
            Some(self.tree_of_keys(base, changes)?)
        } else if changes.values.values().any(Option::is_some) {
            return Err(TrieError::NoSubcontract { id });
        } else {
            None
        };
        if was_there || record.is_some() {
            self.accounts.push(PreparedAccount {
                id,
                was_there,
                record,
            });
        }
        Ok(())
    }

    /// Writes the pages of a subcontract that is there afterwards.
    fn tree_of_keys(
        &mut self,
        base: Option<Record>,
        changes: SubcontractChanges,
    ) -> Result<NewRecord, Corrupt> {
        let generation = match &base {
            Some(base) => base.generation,
            None => self.give_generation()?,
        };
        let mut writer = self.writer(Space::Inner(generation));
        let values = changes.values.into_iter();
        let values: Vec<Change> = values
            .map(|(key, value)| writer.change(key, value))
            .collect();
        let items = writer.apply(top(base.as_ref()), &values)?;
        let payload = changes.account;
        let payload = payload.or_else(|| Some(base.as_ref()?.payload().to_vec()));
        Ok(NewRecord {
            generation,
            payload: payload.unwrap_or_default(),
            items,
        })
    }

    /// Returns a generation that no subcontract had before.
    fn give_generation(&mut self) -> Result<u64, Corrupt> {
        let generation = match self.next_generation {
            Some(generation) => generation,
            None => self.trie.root_record()?.map_or(1, |root| root.generation),
        };
        self.next_generation = Some(generation + 1);
        Ok(generation)
    }

    /// Writes the tree of ids and the root record.
    fn root(&mut self, payload: Option<Vec<u8>>, changes: &[Change]) -> Result<(), Corrupt> {
        let before = self.trie.root_record()?;
        let items = self
            .writer(Space::Outer)
            .apply(top(before.as_ref()), changes)?;
        let host_key = host_key::root();
        if let Some(before) = &before {
            let bytes = before.page.record().len();
            self.batch.replace(host_key.clone(), bytes);
        }
        let payload = payload.or_else(|| Some(before.as_ref()?.payload().to_vec()));
        let payload = payload.unwrap_or_default();
        // It stays when all is removed: a generation that was given away never comes back.
        let next = self.next_generation.or(before.map(|root| root.generation));
        let numbered = (next.unwrap_or(1), payload.as_slice());
        let record = record::encode(&host_key, numbered, &items);
        self.put(host_key, record);
        Ok(())
    }

    fn writer(&mut self, space: Space) -> Writer<'_, S> {
        Writer {
            pages: &self.trie.pages,
            space,
            batch: &mut self.batch,
        }
    }

    fn put(&mut self, host_key: Vec<u8>, record: Vec<u8>) {
        if self.trie.pages.is_known(&host_key, &record) {
            self.batch.forget(&host_key);
        } else {
            self.batch.put(host_key, record);
        }
    }

    /// Leaves what lies below an account record to be collected, and collects some of it.
    fn bury(&mut self, id: &str, record: Option<Record>) -> Result<(), Corrupt> {
        let Some(record) = record else {
            return Ok(());
        };
        let mut graves = Graves::read(&self.trie.pages, id)?;
        graves.bury(record.generation, &record.page);
        graves.collect(&self.trie.pages, &mut self.batch, COLLECTED_AT_ONCE)?;
        graves.write(id, &mut self.batch);
        Ok(())
    }
}

impl NewRecord {
    /// Returns how many bytes the record takes.
    fn len(&self) -> usize {
        record::len((self.generation, self.payload.len()), self.items.len())
    }

    fn encode(&self, id: &str) -> Vec<u8> {
        let numbered = (self.generation, self.payload.as_slice());
        record::encode(&host_key::account(id), numbered, &self.items)
    }
}

/// Returns the page at the top of a tree.
fn top(record: Option<&Record>) -> Rc<Page> {
    record.map_or_else(Rc::default, |record| Rc::clone(&record.page))
}
