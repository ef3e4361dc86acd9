//! From changes to host writes: the trees of keys first, then the account records, then the tree of
//! ids and the root record, where a subcontract comes or goes.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::changes::{Batch, Changes, NewValue, Previous, SubcontractChanges};
use crate::error::{Corrupt, TrieError};
use crate::grave::Graves;
use crate::host_key::{self, Space};
use crate::page::Page;
use crate::record::{self, Record};
use crate::store::Store;
use crate::trie::{Trie, check_id, check_lengths};
use crate::update::{Change, Writer};

/// Host writes in the making.
struct Commit<'a, S: Store> {
    trie: &'a Trie<S>,
    batch: Batch,
    /// Ids that come (with an empty value) or go.
    ids: Vec<Change>,
    /// The next account's generation, if one was given away.
    next_generation: Option<u64>,
}

/// Returns the host writes that make changes.
pub(crate) fn update<S: Store>(trie: &Trie<S>, changes: Changes) -> Result<Batch, TrieError> {
    let mut commit = Commit {
        trie,
        batch: Batch::default(),
        ids: Vec::new(),
        next_generation: None,
    };
    for (id, changes) in changes.subcontracts {
        check_id(&id)?;
        for key in changes.values.keys() {
            check_lengths(&id, key)?;
        }
        commit.subcontract(&id, changes)?;
    }
    let is_changed = changes.payload.is_some() || commit.next_generation.is_some();
    if is_changed || !commit.ids.is_empty() {
        commit.root(changes.payload)?;
    }
    Ok(commit.batch)
}

impl<S: Store> Commit<'_, S> {
    /// Makes the changes of one subcontract.
    fn subcontract(&mut self, id: &str, changes: SubcontractChanges) -> Result<(), TrieError> {
        let before = self.trie.record(id)?;
        let was_there = before.is_some();
        let host_key = host_key::account(id);
        if was_there {
            self.batch.remove(host_key.clone());
        }
        let base = match changes.previous {
            Previous::Kept => before,
            Previous::Removed => {
                self.bury(id, before)?;
                None
            }
        };
        let is_there = base.is_some() || changes.account.is_some();
        if is_there {
            let record = self.tree_of_keys(&host_key, base, changes)?;
            self.put(host_key, record);
        } else if changes.values.values().any(Option::is_some) {
            return Err(TrieError::NoSubcontract { id: id.into() });
        }
        if was_there != is_there {
            let value = is_there.then(NewValue::default);
            let change = self.writer(Space::Outer).change(id.into(), value);
            self.ids.push(change);
        }
        Ok(())
    }

    /// Writes the pages of a subcontract that is there afterwards; returns its account record.
    fn tree_of_keys(
        &mut self,
        host_key: &[u8],
        base: Option<Record>,
        changes: SubcontractChanges,
    ) -> Result<Vec<u8>, Corrupt> {
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
        let payload = changes.account.as_deref();
        let payload = payload.or_else(|| Some(base.as_ref()?.payload()));
        let numbered = (generation, payload.unwrap_or_default());
        Ok(record::encode(host_key, numbered, &items))
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

    /// Writes the tree of ids and the root record; without a payload that of the record stays.
    fn root(&mut self, payload: Option<Vec<u8>>) -> Result<(), Corrupt> {
        let before = self.trie.root_record()?;
        let ids = core::mem::take(&mut self.ids);
        let items = self
            .writer(Space::Outer)
            .apply(top(before.as_ref()), &ids)?;
        let host_key = host_key::root();
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

    /// Leaves what an account record holds to be collected.
    fn bury(&mut self, id: &str, record: Option<Record>) -> Result<(), Corrupt> {
        if let Some(record) = record
            && !record.page.items.is_empty()
        {
            let mut graves = Graves::read(&self.trie.pages, id)?;
            graves.bury(record.generation, &record.page);
            graves.write(id, &mut self.batch);
        }
        Ok(())
    }
}

/// Returns the page at the top of a tree.
fn top(record: Option<&Record>) -> Rc<Page> {
    record.map_or_else(Rc::default, |record| Rc::clone(&record.page))
}
