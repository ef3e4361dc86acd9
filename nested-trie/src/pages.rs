//! Records that were read: each costs a host read once.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::bytes::Reader;
use crate::compare::is_same;
use crate::error::{Corrupt, Fault};
use crate::host_key::Space;
use crate::page::Page;
use crate::prefix::Prefix;
use crate::seal::{RECORD_HEAD, check};
use crate::sorted::SortedMap;
use crate::store::Store;

/// A store, with what was read of it.
pub(crate) struct Pages<S> {
    pub(crate) store: S,
    read: RefCell<SortedMap<Vec<u8>, Option<Rc<Page>>>>,
}

impl<S: Store> Pages<S> {
    pub(crate) const fn new(store: S) -> Self {
        Self {
            store,
            read: RefCell::new(SortedMap::new()),
        }
    }

    /// Returns a record of items with other fields before them, or `None` where there is none.
    pub(crate) fn find(
        &self,
        host_key: &[u8],
        head: impl FnOnce(&mut Reader<'_>) -> Result<(), Fault>,
    ) -> Result<Option<Rc<Page>>, Corrupt> {
        if let Some(known) = self.read.borrow().get(host_key) {
            return Ok(known.clone());
        }
        let record = self.store.read(host_key);
        let page = record.map(|record| Page::parse(host_key, record, head));
        let page = page.transpose().map_err(|fault| corrupt(host_key, fault))?;
        let page = page.map(Rc::new);
        self.read
            .borrow_mut()
            .insert(host_key.to_vec(), page.clone());
        Ok(page)
    }

    /// Returns the page that a child stands for.
    pub(crate) fn child(&self, space: Space, prefix: Prefix<'_>) -> Result<Rc<Page>, Corrupt> {
        self.child_at(&space.page(prefix), prefix)
    }

    /// The same where the host key is known.
    pub(crate) fn child_at(
        &self,
        host_key: &[u8],
        prefix: Prefix<'_>,
    ) -> Result<Rc<Page>, Corrupt> {
        match self.find(host_key, |_| Ok(()))? {
            Some(page) if page.is_below(prefix) => Ok(page),
            Some(_) => Err(corrupt(host_key, Fault::Order)),
            None => Err(corrupt(host_key, Fault::Missing)),
        }
    }

    /// Tells whether a record that was read is this one.
    pub(crate) fn is_known(&self, host_key: &[u8], record: &[u8]) -> bool {
        let read = self.read.borrow();
        let known = read.get(host_key).and_then(Option::as_ref);
        known.is_some_and(|page| is_same(page.record(), record))
    }

    /// Returns a value that lies beside its page.
    pub(crate) fn value(&self, host_key: &[u8], value_bytes: u64) -> Result<Vec<u8>, Corrupt> {
        let record = self.store.read(host_key);
        let mut record = record.ok_or_else(|| corrupt(host_key, Fault::Missing))?;
        check(host_key, &record).map_err(|fault| corrupt(host_key, fault))?;
        if record.len() as u64 != RECORD_HEAD as u64 + value_bytes {
            return Err(corrupt(host_key, Fault::Contradiction));
        }
        record.drain(..RECORD_HEAD);
        Ok(record)
    }
}

pub(crate) fn corrupt(host_key: &[u8], fault: Fault) -> Corrupt {
    Corrupt {
        host_key: host_key.to_vec(),
        fault,
    }
}
