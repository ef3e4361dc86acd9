//! From changes to host writes: the trees of keys first, then the account records, whose hashes
//! are the entries of the tree of ids, then the root record.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::changes::{Batch, Changes, Previous, SubcontractChanges};
use crate::error::{Corrupt, TrieError};
use crate::hash::{Domain, Hash};
use crate::host_key::{self, Space};
use crate::page::{Kind, Page};
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

/// Returns the root and the host writes of some changes.
pub(crate) fn update<S: Store>(trie: &Trie<S>, changes: Changes) -> Result<Update, TrieError> {
    let Changes {
        payload,
        subcontracts,
    } = changes;
    let root = trie.root_record()?;
    let mut committing = Committing {
        trie,
        next_generation: root.as_ref().map_or(1, |root| root.generation),
        batch: Batch::default(),
    };
    let mut accounts = Vec::new();
    for (id, changes) in subcontracts {
        check_id(&id)?;
        let mut keys = changes.values.keys();
        keys.try_for_each(|key| check_lengths(&id, key))?;
        accounts.extend(committing.subcontract(id, changes)?);
    }
    committing.root(root, payload, accounts)
}

struct Committing<'a, S: Store> {
    trie: &'a Trie<S>,
    next_generation: u64,
    batch: Batch,
}

impl<S: Store> Committing<'_, S> {
    /// Makes the changes of one subcontract; returns its id with the new hash of its account record.
    fn subcontract(
        &mut self,
        id: String,
        changes: SubcontractChanges,
    ) -> Result<Option<(Vec<u8>, Option<Hash>)>, TrieError> {
        let before = self.trie.record(&id)?;
        let is_known = before.is_some();
        let base = match changes.previous {
            Previous::Kept => before,
            Previous::Removed => {
                self.wipe(&id, before)?;
                None
            }
        };
        if base.is_none() && changes.account.is_none() {
            if changes.values.values().any(Option::is_some) {
                return Err(TrieError::NoSubcontract { id });
            }
            return Ok(is_known.then(|| (id.into_bytes(), None)));
        }
        let hash = self.account(&id, base, changes)?;
        Ok(Some((id.into_bytes(), Some(hash))))
    }

    /// Writes the tree of keys and the account record of a subcontract that is there afterwards.
    fn account(
        &mut self,
        id: &str,
        base: Option<Record>,
        changes: SubcontractChanges,
    ) -> Result<Hash, Corrupt> {
        let generation = base
            .as_ref()
            .map_or(self.next_generation, |base| base.generation);
        self.next_generation = self.next_generation.max(generation + 1);
        let payload = match (&changes.account, &base) {
            (Some(payload), _) => payload.as_slice(),
            (None, Some(base)) => base.payload(),
            (None, None) => &[],
        };
        let mut writer = self.writer(Space::Inner(generation));
        let values = changes.values.into_iter();
        let values: Vec<Change> = values
            .map(|(key, value)| writer.change(key, value))
            .collect();
        let top = base
            .as_ref()
            .map_or_else(Rc::default, |base| Rc::clone(&base.page));
        let items = writer.apply(top, &values)?;
        let host_key = host_key::account(id);
        let (record, hash) =
            record::encode(Domain::Account, &host_key, (generation, payload), &items);
        self.put(host_key, record);
        Ok(hash)
    }

    /// Writes the tree of ids and the root record.
    fn root(
        mut self,
        before: Option<Record>,
        payload: Option<Vec<u8>>,
        accounts: Vec<(Vec<u8>, Option<Hash>)>,
    ) -> Result<Update, TrieError> {
        let mut writer = self.writer(Space::Outer);
        let changes = accounts.into_iter();
        let changes: Vec<Change> = changes
            .map(|(id, hash)| writer.change(id, hash.map(Vec::from)))
            .collect();
        let top = before
            .as_ref()
            .map_or_else(Rc::default, |root| Rc::clone(&root.page));
        let items = writer.apply(top, &changes)?;
        let payload = payload.or_else(|| Some(before.as_ref()?.payload().to_vec()));
        let payload = payload.unwrap_or_default();
        let host_key = host_key::root();
        if items.is_empty() && payload.is_empty() {
            if before.is_some() {
                self.batch.remove(host_key);
            }
            return Ok(Update {
                root: empty_root(),
                batch: self.batch,
            });
        }
        let numbered = (self.next_generation, payload.as_slice());
        let (record, root) = record::encode(Domain::Root, &host_key, numbered, &items);
        self.put(host_key, record);
        Ok(Update {
            root,
            batch: self.batch,
        })
    }

    fn writer(&mut self, space: Space) -> Writer<'_, S> {
        Writer {
            pages: &self.trie.pages,
            space,
            batch: &mut self.batch,
        }
    }

    fn put(&mut self, host_key: Vec<u8>, record: Vec<u8>) {
        if !self.trie.pages.is_known(&host_key, &record) {
            self.batch.put(host_key, record);
        } else {
            self.batch.forget(&host_key);
        }
    }

    /// Removes everything that a subcontract has stored.
    fn wipe(&mut self, id: &str, record: Option<Record>) -> Result<(), Corrupt> {
        let Some(record) = record else {
            return Ok(());
        };
        self.batch.remove(host_key::account(id));
        let space = Space::Inner(record.generation);
        let mut left: Vec<Rc<Page>> = Vec::from([record.page]);
        while let Some(page) = left.pop() {
            for item in page.iter() {
                match item.item.kind {
                    Kind::Inline { .. } => {}
                    Kind::Outside { .. } => self.batch.remove(space.value(item.key())),
                    Kind::Child { .. } => {
                        left.push(self.trie.pages.child(space, item.prefix())?);
                        self.batch.remove(space.page(item.prefix()));
                    }
                }
            }
        }
        Ok(())
    }
}
