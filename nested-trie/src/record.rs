//! The two records at the top of a tree: the root record, above the tree of subcontract ids, and
//! the account record, above a subcontract's keys. Each has a payload that is the enclave's own.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::bytes::{Reader, Span, put_number, put_sized};
use crate::error::Fault;
use crate::page::{ItemRef, Page};
use crate::seal::{RECORD_HEAD, begin_record, seal_record};

/// What is stored about one subcontract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// How many keys the subcontract has.
    pub keys: u64,
    /// The enclave's own fields, opaque here.
    pub payload: Vec<u8>,
}

/// A record at the top of a tree, read.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) page: Rc<Page>,
    /// An account's generation, which names its pages; in the root record, that of the next
    /// account.
    pub(crate) generation: u64,
    payload: Span,
}

/// Reads over the fields before the items.
pub(crate) fn head(reader: &mut Reader<'_>) -> Result<(), Fault> {
    reader.number()?;
    reader.sized().map(|_| ())
}

impl Record {
    /// Takes a page that was read with [`head`].
    pub(crate) fn of(page: Rc<Page>) -> Result<Self, Fault> {
        let mut reader = Reader::at(page.record(), RECORD_HEAD);
        let generation = reader.number()?;
        let payload = reader.sized()?;
        Ok(Self {
            page,
            generation,
            payload,
        })
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.page.at(self.payload)
    }

    /// Counts the entries of the tree.
    pub(crate) fn count(&self) -> u64 {
        let count = |item: ItemRef<'_>| item.child().map_or(1, |child| child.load.count);
        self.page.iter().map(count).sum()
    }

    pub(crate) fn account(&self) -> Account {
        Account {
            keys: self.count(),
            payload: self.payload().to_vec(),
        }
    }
}

/// Makes a record.
pub(crate) fn encode(
    host_key: &[u8],
    (generation, payload): (u64, &[u8]),
    items: &[u8],
) -> Vec<u8> {
    let mut record = begin_record();
    put_number(&mut record, generation);
    put_sized(&mut record, payload);
    record.extend_from_slice(items);
    seal_record(host_key, &mut record);
    record
}
