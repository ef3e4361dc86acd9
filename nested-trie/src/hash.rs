//! What is hashed: sha256 with a tag before it, so that no hash of one thing is that of another.
//!
//! The hashes know nothing of pages: they are those of the binary trie that the keys make
//! (`prefix`), so that the root depends on the payloads and pairs alone.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::bytes::{put_number, put_sized};

/// A sha256.
pub type Hash = [u8; 32];

/// What a hash is of. The number is the last byte of the tag before the hashed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Domain {
    /// A name that is too long for a host key.
    Name = 1,
    /// A value.
    Value = 2,
    /// A key and its value's hash.
    Entry = 3,
    /// A position and what hangs on its two sides.
    Branch = 4,
    /// A subcontract: payload and hash of its keys.
    Account = 5,
    /// Everything: payload and hash of the subcontracts.
    Root = 6,
}

/// What begins everything that is hashed here.
const TAG: [u8; 8] = *b"conclave";

/// The hash of a tree without keys.
pub(crate) const NOTHING: Hash = [0; 32];

fn hash(domain: Domain, parts: &[&[u8]]) -> Hash {
    let begun = Sha256::new().chain_update(TAG);
    let begun = begun.chain_update([domain as u8]);
    let parts = parts.iter();
    let whole = parts.fold(begun, |hash, part| hash.chain_update(part));
    whole.finalize().into()
}

/// Returns the hash that stands for a long name.
pub(crate) fn of_name(name: &[u8]) -> Hash {
    hash(Domain::Name, &[name])
}

/// Returns the hash of a value.
pub(crate) fn of_value(value: &[u8]) -> Hash {
    hash(Domain::Value, &[value])
}

/// Returns the hash of an entry.
pub(crate) fn of_entry(key: &[u8], value: &Hash) -> Hash {
    let mut sized = Vec::with_capacity(key.len() + 2);
    put_sized(&mut sized, key);
    hash(Domain::Entry, &[&sized, value])
}

/// Returns the hash of a branch.
pub(crate) fn of_branch(position: u32, left: &Hash, right: &Hash) -> Hash {
    hash(Domain::Branch, &[&position.to_be_bytes(), left, right])
}

/// Returns the hash of a subcontract: what its entry in the tree of ids has for a value.
pub(crate) fn of_account(payload: &[u8], keys: &Hash) -> Hash {
    of_payload(Domain::Account, payload, keys)
}

/// Returns the root.
pub(crate) fn of_root(payload: &[u8], subcontracts: &Hash) -> Hash {
    of_payload(Domain::Root, payload, subcontracts)
}

fn of_payload(domain: Domain, payload: &[u8], tree: &Hash) -> Hash {
    let mut length = Vec::with_capacity(2);
    put_number(&mut length, payload.len() as u64);
    hash(domain, &[&length, payload, tree])
}
