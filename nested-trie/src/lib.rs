//! The enclave's state: a trie of subcontract ids on the outside, a trie of each subcontract's own
//! keys inside, and one hash over all of it.
//!
//! In flows a [`Store`] that reads the host's key-value storage; out flow answers and, from
//! [`Trie::update`], the new root and a [`Batch`] of host writes. The crate guards two invariants:
//! the root depends on the set of payloads and pairs alone, and no stored byte of one subcontract
//! is reachable under another's id. It knows nothing of NEAR, JS or what the bytes of a value mean.
//!
//! Down from [`Trie`] lie `commit` (changes to records), `update` (one tree), `packing` (which items
//! share a page), `page` (bytes of a page), `prefix` (positions in keys).
//! Every stored byte is described in `docs/spec/state.md`, and a test compares the two.

#![no_std]

extern crate alloc;

mod bytes;
mod changes;
mod checksum;
mod commit;
mod compare;
mod digest;
mod error;
mod grave;
mod hash;
mod host_key;
mod limits;
mod packing;
mod page;
mod pages;
mod pieces;
mod prefix;
mod proof;
mod prove;
mod record;
mod seal;
mod sorted;
mod store;
mod tree;
mod trie;
mod update;

pub use changes::{Batch, Changes, NewValue, Previous, SubcontractChanges};
pub use error::{Corrupt, Fault, TrieError};
pub use grave::{Collected, Freed};
pub use hash::Hash;
pub use host_key::HOST_TAGS;
pub use limits::{ID_BYTES_MAX, KEY_BYTES_MAX};
pub use proof::{ProofError, verify};
pub use prove::Proved;
pub use record::Account;
pub use seal::{sealed, unsealed};
pub use sorted::{IntoIter as SortedPairs, Iter as SortedIter, SortedMap};
pub use store::Store;
pub use tree::{Direction, KeyRange};
pub use trie::{Entry, Listing, Stat, Trie, Visit};
