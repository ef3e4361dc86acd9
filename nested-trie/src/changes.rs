//! What an execution wants changed ([`Changes`]), and the host writes that do it ([`Batch`]).
//!
//! Changes are kept sorted, hold each key once, and know nothing of what is stored.

use alloc::string::String;
use alloc::vec::Vec;

use crate::sorted::{self, SortedMap};

/// What becomes of what a subcontract had stored before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Previous {
    /// It stays, but for the changes.
    #[default]
    Kept,
    /// Account record and all values go, and can't be reached any more; the changes start from
    /// nothing. The records below go by [`crate::Trie::collect`].
    Removed,
}

/// A value that a key gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewValue {
    /// The value.
    pub bytes: Vec<u8>,
    /// Lies beside it, in its page, and is in no hash: what the enclave has to know of the entry.
    pub note: Vec<u8>,
}

/// The changes of one subcontract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubcontractChanges {
    /// What becomes of what was there.
    pub previous: Previous,
    /// The new account payload; `None` leaves the record as `previous` says.
    pub account: Option<Vec<u8>>,
    /// Key → its new value, or `None` to remove it. Removing what is absent does nothing.
    pub values: SortedMap<Vec<u8>, Option<NewValue>>,
}

/// The changes of one execution, by subcontract id. A later change of a key replaces an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The new payload of the root record; `None` leaves it.
    pub payload: Option<Vec<u8>>,
    /// Subcontract id → its changes.
    pub subcontracts: SortedMap<String, SubcontractChanges>,
}

impl Changes {
    /// Returns changes that change nothing.
    pub const fn new() -> Self {
        Self {
            payload: None,
            subcontracts: SortedMap::new(),
        }
    }

    /// Creates a subcontract, or replaces the payload of its account record.
    pub fn put_account(&mut self, id: &str, payload: Vec<u8>) {
        self.of(id).account = Some(payload);
    }

    /// Removes a subcontract with everything it has, what these changes gave it included.
    pub fn remove(&mut self, id: &str) {
        *self.of(id) = SubcontractChanges {
            previous: Previous::Removed,
            ..SubcontractChanges::default()
        };
    }

    /// Sets a key of a subcontract to a value without a note.
    pub fn set(&mut self, id: &str, key: Vec<u8>, bytes: Vec<u8>) {
        let note = Vec::new();
        self.put(id, key, NewValue { bytes, note });
    }

    /// Sets a key of a subcontract to a value with its note.
    pub fn put(&mut self, id: &str, key: Vec<u8>, value: NewValue) {
        self.of(id).values.insert(key, Some(value));
    }

    /// Removes a key of a subcontract.
    pub fn unset(&mut self, id: &str, key: Vec<u8>) {
        self.of(id).values.insert(key, None);
    }

    fn of(&mut self, id: &str) -> &mut SubcontractChanges {
        self.subcontracts.or_default(id.into())
    }
}

/// Host writes in ascending order of host keys, each host key once: key → new bytes, or `None` to remove it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    writes: SortedMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Batch {
    /// Returns how many host keys are written or removed.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Tells whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Walks the writes in ascending order of host keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.writes
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// Removes what is stored under a host key, unless it is written anew.
    pub(crate) fn remove(&mut self, host_key: Vec<u8>) {
        self.writes.or_default(host_key);
    }

    pub(crate) fn put(&mut self, host_key: Vec<u8>, value: Vec<u8>) {
        self.writes.insert(host_key, Some(value));
    }

    /// Leaves a host key as it is.
    pub(crate) fn forget(&mut self, host_key: &[u8]) {
        self.writes.remove(host_key);
    }
}

impl IntoIterator for Batch {
    type Item = (Vec<u8>, Option<Vec<u8>>);
    type IntoIter = sorted::IntoIter<Vec<u8>, Option<Vec<u8>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.writes.into_iter()
    }
}
