//! From changes to host writes: the trees of keys first, then the account records, whose hashes
//! are the entries of the tree of ids, then the root record.
//!
//! Between the first and the second step it is known how much each subcontract's storage grows, and
//! the enclave may still say what is in the records: [`Prepared`].

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::changes::{Batch, Changes, Previous, SubcontractChanges};
use crate::error::{Corrupt, TrieError};
use crate::hash::{Domain, Hash};
use crate::host_key::{self, Space};
use crate::packing::{Piece, put_items};
use crate::page::{Kind, Page, RECORD_HEAD};
use crate::record::{self, Record, empty_root};
use crate::store::Store;
use crate::trie::{Trie, check_id, check_lengths};
use crate::update::{Change, Writer};

/// What an update leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The hash of everything that is stored then.
    pub root: Hash,
    /// The host writes.
    pub batch: Batch,
}

/// Changes whose pages are made, but not yet the records at the top.
pub struct Prepared<'a, S: Store> {
    trie: &'a Trie<S>,
    root: Option<Record>,
    next_generation: u64,
    batch: Batch,
    accounts: Vec<PreparedAccount>,
}

/// A subcontract whose account record is to be written, or goes.
struct PreparedAccount {
    id: String,
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
    let root = trie.root_record()?;
    let mut prepared = Prepared {
        trie,
        next_generation: root.as_ref().map_or(1, |root| root.generation),
        root,
        batch: Batch::default(),
        accounts: Vec::new(),
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
    /// so many beside itself and its record: their pages, values and account records. What the tree
    /// of ids takes is not in it.
    pub fn growth(&self, bytes_of_a_record: u64) -> i64 {
        let records = self.accounts.iter().filter_map(|account| {
            let bytes = account.id.len() + 1 + account.record.as_ref()?.len();
            Some(bytes_of_a_record as i64 + bytes as i64)
        });
        self.batch.growth(bytes_of_a_record) + records.sum::<i64>()
    }

    /// Replaces the payload of a subcontract that is there afterwards and whose record changes.
    pub fn put_payload(&mut self, id: &str, payload: Vec<u8>) {
        let mut accounts = self.accounts.iter_mut();
        let account = accounts.find(|account| account.id == id);
        if let Some(record) = account.and_then(|account| account.record.as_mut()) {
            record.payload = payload;
        }
    }

    /// Makes the records at the top, the root record with a payload unless it stays.
    ///
    /// # Errors
    /// [`TrieError::Corrupt`].
    pub fn finish(mut self, payload: Option<Vec<u8>>) -> Result<Update, TrieError> {
        let mut changes = Vec::new();
        for PreparedAccount { id, record } in core::mem::take(&mut self.accounts) {
            let hash = record.map(|record| {
                let (bytes, hash) = record.encode(&id);
                self.put(host_key::account(&id), bytes);
                hash.to_vec()
            });
            changes.push(self.writer(Space::Outer).change(id.into_bytes(), hash));
        }
        let top = top(self.root.as_ref());
        let items = self.writer(Space::Outer).apply(top, &changes)?;
        Ok(self.write_root(payload, &items))
    }

    /// Prepares the changes of one subcontract.
    fn subcontract(&mut self, id: String, changes: SubcontractChanges) -> Result<(), TrieError> {
        let before = self.trie.record(&id)?;
        let is_known = before.is_some();
        if let Some(record) = &before {
            let bytes = record.page.record().len();
            self.batch.replace(host_key::account(&id), bytes);
        }
        let base = match changes.previous {
            Previous::Kept => before,
            Previous::Removed => {
                self.wipe(before)?;
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
        if is_known || record.is_some() {
            self.accounts.push(PreparedAccount { id, record });
        }
        Ok(())
    }

    /// Writes the pages of a subcontract that is there afterwards.
    fn tree_of_keys(
        &mut self,
        base: Option<Record>,
        changes: SubcontractChanges,
    ) -> Result<NewRecord, Corrupt> {
        let next = self.next_generation;
        let generation = base.as_ref().map_or(next, |base| base.generation);
        self.next_generation = next.max(generation + 1);
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
            items: encoded(&items),
        })
    }

    fn write_root(mut self, payload: Option<Vec<u8>>, items: &[Piece]) -> Update {
        let host_key = host_key::root();
        if let Some(root) = &self.root {
            let bytes = root.page.record().len();
            self.batch.replace(host_key.clone(), bytes);
        }
        let payload = payload.or_else(|| Some(self.root.as_ref()?.payload().to_vec()));
        let payload = payload.unwrap_or_default();
        let root = if items.is_empty() && payload.is_empty() {
            empty_root()
        } else {
            let numbered = (self.next_generation, payload.as_slice());
            let (record, root) = record::encode(Domain::Root, &host_key, numbered, &encoded(items));
            self.put(host_key, record);
            root
        };
        Update {
            root,
            batch: self.batch,
        }
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

    /// Removes everything that lies below an account record.
    fn wipe(&mut self, record: Option<Record>) -> Result<(), Corrupt> {
        let Some(record) = record else {
            return Ok(());
        };
        let space = Space::Inner(record.generation);
        let mut left: Vec<Rc<Page>> = Vec::from([record.page]);
        while let Some(page) = left.pop() {
            for item in page.iter() {
                match item.item.kind {
                    Kind::Inline { .. } => {}
                    Kind::Outside { value_bytes, .. } => {
                        let bytes = RECORD_HEAD + value_bytes as usize;
                        self.batch.replace(space.value(item.key()), bytes);
                    }
                    Kind::Child { .. } => {
                        let below = self.trie.pages.child(space, item.prefix())?;
                        let bytes = below.record().len();
                        self.batch.replace(space.page(item.prefix()), bytes);
                        left.push(below);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Returns the items as a record holds them.
fn encoded(items: &[Piece]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1_024);
    put_items(&mut bytes, items);
    bytes
}

impl NewRecord {
    /// Returns how many bytes the record takes.
    fn len(&self) -> usize {
        record::len((self.generation, self.payload.len()), self.items.len())
    }

    fn encode(&self, id: &str) -> (Vec<u8>, Hash) {
        let numbered = (self.generation, self.payload.as_slice());
        record::encode(
            Domain::Account,
            &host_key::account(id),
            numbered,
            &self.items,
        )
    }
}

/// Returns the page at the top of a tree.
fn top(record: Option<&Record>) -> Rc<Page> {
    record.map_or_else(Rc::default, |record| Rc::clone(&record.page))
}
