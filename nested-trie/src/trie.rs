//! The handle on the state: reads, listings and the update that turns changes into host writes.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::ops::ControlFlow;

use crate::account::{Account, AccountRecord, decode_outer};
use crate::changes::{Batch, Changes};
use crate::error::{Corrupt, Fault, TrieError};
use crate::host_key::{self, ID_BYTES_MAX, KEY_BYTES_MAX};
use crate::index::{Head, Index, PageCache};
use crate::store::Store;
use crate::update;

/// Reads one unchanging state of a [`Store`], and says how to change it.
///
/// A handle remembers the account records and index pages that it read, and which keys it found
/// present or absent; each costs a host read once. Open a new handle after a batch was applied.
pub struct Trie<S: Store> {
    pub(crate) store: S,
    outer: RefCell<Option<Rc<Head>>>,
    records: RefCell<BTreeMap<Vec<u8>, Option<Rc<AccountRecord>>>>,
    pub(crate) pages: PageCache,
    presence: RefCell<BTreeMap<Vec<u8>, bool>>,
}

/// Which keys of a subcontract to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyQuery<'a> {
    /// Only keys that begin with these bytes.
    pub prefix: &'a [u8],
    /// Only keys that are equal to or above these bytes; empty begins with the first.
    pub from: &'a [u8],
    /// At most this many keys.
    pub limit: usize,
}

/// A part of an ordered list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// The entries in ascending order of their bytes.
    pub items: Vec<T>,
    /// The first entry that did not fit: what to give as `from` to go on.
    pub next: Option<T>,
}

impl<S: Store> Trie<S> {
    /// Opens the state in a store. Reads nothing yet; an empty store is an empty state.
    pub fn open(store: S) -> Self {
        Self {
            store,
            outer: RefCell::new(None),
            records: RefCell::new(BTreeMap::new()),
            pages: RefCell::new(BTreeMap::new()),
            presence: RefCell::new(BTreeMap::new()),
        }
    }

    /// Returns the store.
    pub fn store(&self) -> &S {
        &self.store
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
    /// One host read; none for an absent key of a small subcontract whose account record was read.
    pub fn get(&self, id: &str, key: &[u8]) -> Result<Option<Vec<u8>>, TrieError> {
        check_lengths(id, key)?;
        let indexed = self.indexed(id, key);
        if indexed == Some(false) {
            return Ok(None);
        }
        let host_key = host_key::value(id, key);
        let value = self.store.read(&host_key);
        if indexed == Some(true) && value.is_none() {
            return Err(Corrupt {
                host_key,
                fault: Fault::Missing,
            }
            .into());
        }
        self.presence.borrow_mut().insert(host_key, value.is_some());
        Ok(value)
    }

    /// Tells whether a subcontract has a key.
    ///
    /// # Errors
    /// Those of [`Trie::get`].
    ///
    /// # Cost
    /// At most one [`Store::has`]; none for a small subcontract whose account record was read.
    pub fn has(&self, id: &str, key: &[u8]) -> Result<bool, TrieError> {
        check_lengths(id, key)?;
        Ok(self.is_present(id, key))
    }

    /// Lists keys of a subcontract in ascending order of their bytes. An unknown subcontract has none.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// The account record and the index pages that hold the keys; no value is read.
    pub fn keys(&self, id: &str, query: &KeyQuery<'_>) -> Result<Listing<Vec<u8>>, TrieError> {
        let mut listing = Listing {
            items: Vec::new(),
            next: None,
        };
        self.scan_keys(id, query.prefix.max(query.from), &mut |key| {
            if !key.starts_with(query.prefix) {
                return ControlFlow::Break(());
            }
            listing.take(key.to_vec(), query.limit)
        })?;
        Ok(listing)
    }

    /// Shows the keys of a subcontract from `from` on, in ascending order, until `visit` breaks.
    ///
    /// For callers that lay their own pending changes over the list.
    ///
    /// # Errors
    /// Those of [`Trie::keys`]; keys shown before the error stay shown.
    ///
    /// # Cost
    /// As [`Trie::keys`]; pages behind the break are not read.
    pub fn scan_keys(
        &self,
        id: &str,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), TrieError> {
        match self.record(id)? {
            Some(record) => Ok(self.inner_index(id, &record.head).scan(from, visit)?),
            None => Ok(()),
        }
    }

    /// Lists subcontract ids from `from` on, in ascending order of their bytes, at most `limit`.
    ///
    /// # Errors
    /// [`TrieError::Corrupt`].
    ///
    /// # Cost
    /// The head of the index and the pages that hold the ids; no account record is read.
    pub fn subcontracts(&self, from: &str, limit: usize) -> Result<Listing<String>, TrieError> {
        let head = self.outer_head()?;
        let index = self.outer_index(&head);
        let mut listing = Listing {
            items: Vec::new(),
            next: None,
        };
        let mut foreign = None;
        index.scan(
            from.as_bytes(),
            &mut |bytes| match core::str::from_utf8(bytes) {
                Ok(id) => listing.take(String::from(id), limit),
                Err(_) => {
                    foreign = Some(bytes.to_vec());
                    ControlFlow::Break(())
                }
            },
        )?;
        match foreign {
            Some(bytes) => Err(index.corrupt(0, &bytes, Fault::Key).into()),
            None => Ok(listing),
        }
    }

    /// Returns the host writes that bring the state from what it is to what the changes say.
    ///
    /// Changes nothing itself: applying the whole batch is the caller's, and with a part of it the
    /// state is corrupt. The same state and changes give the same batch, and the stored result
    /// depends on the resulting set of pairs alone.
    ///
    /// # Errors
    /// [`TrieError::IdLength`], [`TrieError::KeyLength`]; [`TrieError::NoSubcontract`] for values of
    /// a subcontract that neither exists nor is created; [`TrieError::Corrupt`].
    pub fn update(&self, changes: Changes) -> Result<Batch, TrieError> {
        update::update(self, changes)
    }

    /// Returns an account record: one host read, and none when asked again.
    pub(crate) fn record(&self, id: &str) -> Result<Option<Rc<AccountRecord>>, TrieError> {
        check_id(id)?;
        let host_key = host_key::account(id);
        if let Some(known) = self.records.borrow().get(&host_key) {
            return Ok(known.clone());
        }
        let stored = self.store.read(&host_key);
        let record = match stored
            .map(|bytes| AccountRecord::decode(&bytes))
            .transpose()
        {
            Ok(record) => record.map(Rc::new),
            Err(fault) => return Err(Corrupt { host_key, fault }.into()),
        };
        self.records.borrow_mut().insert(host_key, record.clone());
        Ok(record)
    }

    /// Returns the head of the index of subcontract ids: one host read, and none when asked again.
    pub(crate) fn outer_head(&self) -> Result<Rc<Head>, Corrupt> {
        if let Some(head) = self.outer.borrow().as_ref() {
            return Ok(Rc::clone(head));
        }
        let host_key = host_key::outer_head();
        let head = match decode_outer(self.store.read(&host_key).as_deref()) {
            Ok(head) => Rc::new(head),
            Err(fault) => return Err(Corrupt { host_key, fault }),
        };
        *self.outer.borrow_mut() = Some(Rc::clone(&head));
        Ok(head)
    }

    pub(crate) fn outer_index<'a>(&'a self, head: &'a Head) -> Index<'a, S> {
        Index {
            store: &self.store,
            cache: &self.pages,
            head,
            head_key: host_key::outer_head(),
            pages: host_key::outer_pages(),
        }
    }

    pub(crate) fn inner_index<'a>(&'a self, id: &str, head: &'a Head) -> Index<'a, S> {
        Index {
            store: &self.store,
            cache: &self.pages,
            head,
            head_key: host_key::account(id),
            pages: host_key::inner_pages(id),
        }
    }

    /// Tells whether a value is stored: from what is known, else by one [`Store::has`].
    pub(crate) fn is_present(&self, id: &str, key: &[u8]) -> bool {
        if let Some(present) = self.indexed(id, key) {
            return present;
        }
        let host_key = host_key::value(id, key);
        if let Some(present) = self.presence.borrow().get(&host_key) {
            return *present;
        }
        let present = self.store.has(&host_key);
        self.presence.borrow_mut().insert(host_key, present);
        present
    }

    /// Tells what an account record that was read already says about a key, where it says it.
    fn indexed(&self, id: &str, key: &[u8]) -> Option<bool> {
        match self.records.borrow().get(&host_key::account(id))? {
            None => Some(false),
            Some(record) => (record.head.height() == 0).then(|| record.head.keys.contains(key)),
        }
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
