//! The trie over a store: [`Trie`], its reads and its one way to change.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::changes::{Batch, Changes};
use crate::commit;
use crate::error::{Corrupt, Fault, TrieError};
use crate::host_key::{self, Space};
use crate::limits::{ID_BYTES_MAX, KEY_BYTES_MAX};
use crate::page::{ItemRef, Kind};
use crate::pages::{Pages, corrupt};
use crate::record::{Account, Record, head};
use crate::store::Store;
use crate::tree::{Direction, KeyRange, Tree};

/// Shows the unchanging state of a [`Store`], and says how to change it.
///
/// A handle remembers the records that it read; each costs a host read once. Open a new handle
/// after a batch was applied.
pub struct Trie<S: Store> {
    pub(crate) pages: Pages<S>,
}

/// A part of an ordered list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// The entries in ascending order of their bytes.
    pub items: Vec<T>,
    /// The first entry that did not fit: what to give as `from` to go on.
    pub next: Option<T>,
}

/// What is known of an entry without its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Bytes of the value.
    pub value_bytes: u64,
    /// The note that lies beside it.
    pub note: Vec<u8>,
}

impl Stat {
    pub(crate) fn of(item: ItemRef<'_>) -> Self {
        let value_bytes = match item.item.kind {
            Kind::Inline { value } => value.range().len() as u64,
            Kind::Outside { value_bytes, .. } => value_bytes,
            Kind::Child { .. } => 0,
        };
        Self {
            value_bytes,
            note: item.note().to_vec(),
        }
    }
}

/// Is shown entries until it breaks.
pub type Visit<'a, S> = dyn FnMut(&Entry<'_, S>) -> Result<ControlFlow<()>, TrieError> + 'a;

/// An entry that a scan shows.
pub struct Entry<'a, S: Store> {
    tree: &'a Tree<'a, S>,
    item: ItemRef<'a>,
}

impl<S: Store> Entry<'_, S> {
    /// Returns the key.
    pub fn key(&self) -> &[u8] {
        self.item.key()
    }

    /// Returns what is known of it without its value.
    pub fn stat(&self) -> Stat {
        Stat::of(self.item)
    }

    /// Returns the value.
    ///
    /// # Errors
    /// [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// One host read for a value that lies beside its page, none for another.
    pub fn value(&self) -> Result<Vec<u8>, TrieError> {
        Ok(self.tree.value(self.item)?)
    }
}

impl<S: Store> Trie<S> {
    /// Opens the state in a store. Reads nothing yet; an empty store is an empty state.
    pub const fn open(store: S) -> Self {
        Self {
            pages: Pages::new(store),
        }
    }

    /// Returns the store.
    pub const fn store(&self) -> &S {
        &self.pages.store
    }

    /// Returns the enclave's own fields of the root record, opaque here; none where nothing is stored.
    ///
    /// # Errors
    /// [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// One host read, and none when asked again.
    pub fn payload(&self) -> Result<Option<Vec<u8>>, TrieError> {
        let root = self.root_record()?;
        Ok(root.map(|root| root.payload().to_vec()))
    }

    /// Returns the account record of a subcontract, or `None` where there is no such subcontract.
    ///
    /// # Errors
    /// [`TrieError::IdLength`]; [`TrieError::Corrupt`] where the record breaks the format.
    ///
    /// # Cost
    /// One host read, and none when asked again.
    pub fn account(&self, id: &str) -> Result<Option<Account>, TrieError> {
        Ok(self.record(id)?.map(|record| record.account()))
    }

    /// Returns the value of a subcontract's key.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::KeyLength`], [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// One host read for each page on the way, and one for a value that lies beside its page; none
    /// for a page that was read.
    pub fn get(&self, id: &str, key: &[u8]) -> Result<Option<Vec<u8>>, TrieError> {
        self.with_entry(id, key, |tree, item| Ok(tree.value(item)?))
    }

    /// Tells whether a subcontract has a key.
    ///
    /// # Errors
    /// Those of [`Trie::get`].
    ///
    /// # Cost
    /// As [`Trie::get`], but no value is read.
    pub fn has(&self, id: &str, key: &[u8]) -> Result<bool, TrieError> {
        Ok(self.stat(id, key)?.is_some())
    }

    /// Returns what is known of a subcontract's key without its value.
    ///
    /// # Errors
    /// Those of [`Trie::get`].
    ///
    /// # Cost
    /// As [`Trie::has`].
    pub fn stat(&self, id: &str, key: &[u8]) -> Result<Option<Stat>, TrieError> {
        self.with_entry(id, key, |_, item| Ok(Stat::of(item)))
    }

    /// Shows the entries of a subcontract in a range, in its direction, until `visit` breaks. An
    /// unknown subcontract has none.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::Corrupt`], and those of `visit`; entries shown before
    /// the error stay shown.
    ///
    /// # Cost
    /// The pages that hold the entries and those above them; pages behind the break are not read.
    pub fn scan(
        &self,
        id: &str,
        range: &KeyRange<'_>,
        visit: &mut Visit<'_, S>,
    ) -> Result<(), TrieError> {
        match self.record(id)? {
            Some(record) => {
                let tree = self.inner(&record);
                tree.scan(range, &mut |item| visit(&Entry { tree: &tree, item }))
            }
            None => Ok(()),
        }
    }

    /// Counts the keys of a subcontract that begin with some bytes.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// The pages on the way to where they begin to differ, however many they are.
    pub fn count(&self, id: &str, prefix: &[u8]) -> Result<u64, TrieError> {
        match self.record(id)? {
            Some(record) => Ok(self.inner(&record).count(prefix)?),
            None => Ok(0),
        }
    }

    /// Lists subcontract ids from `from` on, in ascending order of their bytes, at most `limit`.
    ///
    /// # Errors
    /// [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// The root record and the pages that hold the ids; no account record is read.
    pub fn subcontracts(&self, from: &str, limit: usize) -> Result<Listing<String>, TrieError> {
        let mut listing = Listing {
            items: Vec::new(),
            next: None,
        };
        let Some(root) = self.root_record()? else {
            return Ok(listing);
        };
        let range = KeyRange {
            from: from.as_bytes(),
            to: None,
            direction: Direction::Up,
        };
        self.outer(&root).scan(&range, &mut |item| {
            let id = core::str::from_utf8(item.key());
            let id = id.map_err(|_| corrupt(&host_key::root(), Fault::Key))?;
            Ok::<_, TrieError>(listing.take(String::from(id), limit))
        })?;
        Ok(listing)
    }

    /// Returns the host writes that bring the state from what it is to what the changes say.
    ///
    /// Changes nothing itself: applying the whole batch is the caller's, and with a part of it the
    /// state is corrupt. The same state and changes give the same batch; what is stored then
    /// depends on the resulting payloads and pairs alone, but for the generations.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::KeyLength`]; [`TrieError::NoSubcontract`] for values of
    /// a subcontract that neither exists nor is created; [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// Each record on the way to a change is read once, unless it was, and written once.
    pub fn update(&self, changes: Changes) -> Result<Batch, TrieError> {
        commit::update(self, changes)
    }

    /// Returns an account record.
    pub(crate) fn record(&self, id: &str) -> Result<Option<Record>, TrieError> {
        check_id(id)?;
        Ok(self.top_record(&host_key::account(id))?)
    }

    /// Returns the root record.
    pub(crate) fn root_record(&self) -> Result<Option<Record>, Corrupt> {
        self.top_record(&host_key::root())
    }

    pub(crate) fn top_record(&self, host_key: &[u8]) -> Result<Option<Record>, Corrupt> {
        let page = self.pages.find(host_key, head)?;
        let record = page.map(Record::of).transpose();
        record.map_err(|fault| corrupt(host_key, fault))
    }

    pub(crate) fn inner(&self, record: &Record) -> Tree<'_, S> {
        Tree {
            pages: &self.pages,
            space: Space::Inner(record.generation),
            top: Rc::clone(&record.page),
        }
    }

    pub(crate) fn outer(&self, root: &Record) -> Tree<'_, S> {
        Tree {
            pages: &self.pages,
            space: Space::Outer,
            top: Rc::clone(&root.page),
        }
    }

    fn with_entry<T>(
        &self,
        id: &str,
        key: &[u8],
        read: impl FnOnce(&Tree<'_, S>, ItemRef<'_>) -> Result<T, TrieError>,
    ) -> Result<Option<T>, TrieError> {
        check_lengths(id, key)?;
        let Some(record) = self.record(id)? else {
            return Ok(None);
        };
        let tree = self.inner(&record);
        let found = tree.find(key)?;
        let item = found.as_ref().and_then(|found| found.item());
        item.map(|item| read(&tree, item)).transpose()
    }
}

impl<T> Listing<T> {
    fn take(&mut self, item: T, limit: usize) -> ControlFlow<()> {
        if self.items.len() >= limit {
            self.next = Some(item);
            return ControlFlow::Break(());
        }
        self.items.push(item);
        ControlFlow::Continue(())
    }
}

/// Refuses an id that is empty or too long.
pub(crate) fn check_id(id: &str) -> Result<(), TrieError> {
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return Err(TrieError::IdLength {
            got: id.len(),
            limit: ID_BYTES_MAX,
        });
    }
    Ok(())
}

/// Refuses an id that is empty or too long, and a key that is too long.
pub(crate) fn check_lengths(id: &str, key: &[u8]) -> Result<(), TrieError> {
    check_id(id)?;
    if key.len() > KEY_BYTES_MAX {
        return Err(TrieError::KeyLength {
            got: key.len(),
            limit: KEY_BYTES_MAX,
        });
    }
    Ok(())
}
