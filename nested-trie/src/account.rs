//! The account record: what the trie keeps about a subcontract, and the enclave's opaque payload.

use alloc::vec::Vec;

/// What is stored about one subcontract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// How many keys the subcontract has.
    pub keys: u64,
    /// The enclave's own fields, opaque here.
    pub payload: Vec<u8>,
}
