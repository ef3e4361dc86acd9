//! The enclave's state: subcontract ids on the outside, each subcontract's own keys inside.
//!
//! In flows a [`Store`] that reads the host's key-value storage; out flow answers and, from
//! [`Trie::update`], a [`Batch`] of host writes. The crate guards two invariants: what is stored
//! depends on the set of pairs alone, and no stored byte of one subcontract is reachable under
//! another's id. It knows nothing of NEAR, JS or what the bytes of a value mean.
//!
//! Every stored byte is described in `docs/spec/state.md`, and a test compares the two.

#![no_std]

extern crate alloc;

mod account;
mod changes;
mod error;
mod host_key;
mod index;
mod index_edit;
mod keys;
mod store;
mod trie;
mod update;

pub use account::Account;
pub use changes::{Batch, Changes, Previous, SubcontractChanges};
pub use error::{Corrupt, Fault, TrieError};
pub use host_key::{HOST_TAGS, ID_BYTES_MAX, KEY_BYTES_MAX};
pub use store::Store;
pub use trie::{KeyQuery, Listing, Trie};
