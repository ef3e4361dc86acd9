//! The account record: what the trie keeps about a subcontract, and the enclave's opaque payload.
//!
//! The head of the subcontract's index of keys lies in it, so that a small subcontract, whose head
//! is its whole index, has no index record besides.

use alloc::vec::Vec;

use crate::error::Fault;
use crate::index::{Head, versioned};

/// Version of the account record.
const ACCOUNT_VERSION: u8 = 1;

/// What is stored about one subcontract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// How many keys the subcontract has.
    pub keys: u64,
    /// The enclave's own fields, opaque here.
    pub payload: Vec<u8>,
}

/// An account record, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountRecord {
    pub(crate) head: Head,
    pub(crate) payload: Vec<u8>,
}

impl AccountRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut record = Vec::from([ACCOUNT_VERSION]);
        self.head.encode(&mut record);
        record.extend_from_slice(&self.payload);
        record
    }

    pub(crate) fn decode(record: &[u8]) -> Result<Self, Fault> {
        let (head, payload) = Head::decode(versioned(record, ACCOUNT_VERSION)?)?;
        Ok(Self {
            head,
            payload: payload.to_vec(),
        })
    }

    pub(crate) fn account(&self) -> Account {
        Account {
            keys: self.head.count(),
            payload: self.payload.clone(),
        }
    }
}

/// Version of the record that holds the head of the index of subcontract ids.
const OUTER_VERSION: u8 = 1;

/// Returns the record that holds the head of the index of subcontract ids.
pub(crate) fn encode_outer(head: &Head) -> Vec<u8> {
    let mut record = Vec::from([OUTER_VERSION]);
    head.encode(&mut record);
    record
}

/// Reads the record that holds the head of the index of subcontract ids; where there is none, the index is empty.
pub(crate) fn decode_outer(record: Option<&[u8]>) -> Result<Head, Fault> {
    let Some(record) = record else {
        return Ok(Head::default());
    };
    let (head, rest) = Head::decode(versioned(record, OUTER_VERSION)?)?;
    if head.count() == 0 {
        return Err(Fault::Count);
    }
    if rest.is_empty() {
        Ok(head)
    } else {
        Err(Fault::Excess)
    }
}
