//! The enclave's stored state, read from the chain and not through the contract.
//!
//! The account's keys and values go in, those of one subcontract come out, decoded. The stored
//! format is the `nested-trie` crate's and `conclave_abi::value`'s.

use conclave_abi::key;
use conclave_abi::value::Value;
use conclave_localnet::{AccountId, Chain};
use conclave_nested_trie::{Direction, KeyRange, Store, Trie};
use serde::Serialize;
use std::ops::ControlFlow;

use crate::code::Code;
use crate::failure::{Exit, Failed};

/// One key of a subcontract and what lies under it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The key, as the subcontract wrote it.
    pub key: String,
    /// The value as JSON, as it would leave the enclave; absent if the bytes can't be read.
    pub value: Option<Value>,
    /// The kind of the value, e.g. `bigint`, which JSON alone can't tell.
    pub kind: &'static str,
    /// The stored bytes, in hex.
    pub bytes: String,
}

/// An account's storage, as the trie reads it.
struct Stored<'a> {
    chain: &'a Chain,
    account: &'a AccountId,
}

impl Store for Stored<'_> {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        let below = self.chain.state(self.account, key);
        let found = below.into_iter().find(|(found, _)| found == key);
        found.map(|(_, value)| value)
    }
}

/// The entries of a subcontract whose keys begin so, in order.
///
/// # Errors
/// [`Failed`], when there is no such subcontract or the state is corrupt.
pub fn entries(
    chain: &Chain,
    account: &AccountId,
    id: &str,
    prefix: &str,
) -> Result<Vec<Entry>, Failed> {
    let trie = Trie::open(Stored { chain, account });
    if trie.account(id).map_err(corrupt)?.is_none() {
        return Err(unknown(id));
    }
    let prefix = key::storage(prefix);
    let range = KeyRange {
        from: &prefix,
        to: None,
        direction: Direction::Up,
    };
    let mut entries = Vec::new();
    trie.scan(id, &range, &mut |found| {
        if !found.key().starts_with(&prefix) {
            return Ok(ControlFlow::Break(()));
        }
        entries.push(entry(found.key(), &found.value()?));
        Ok(ControlFlow::Continue(()))
    })
    .map_err(corrupt)?;
    Ok(entries)
}

/// The entry of one key.
///
/// # Errors
/// [`Failed`], when there is no such subcontract or key, or the state is corrupt.
pub fn entry_of(chain: &Chain, account: &AccountId, id: &str, key: &str) -> Result<Entry, Failed> {
    let trie = Trie::open(Stored { chain, account });
    if trie.account(id).map_err(corrupt)?.is_none() {
        return Err(unknown(id));
    }
    match trie.get(id, &key::storage(key)).map_err(corrupt)? {
        Some(bytes) => Ok(entry(&key::storage(key), &bytes)),
        None => Err(
            Failed::own(Code::KeyAbsent, format!("{id} has no key {key:?}"))
                .hint(format!("see its keys with: conclave state ls {id}")),
        ),
    }
}

fn entry(key: &[u8], bytes: &[u8]) -> Entry {
    let value = Value::from_bytes(bytes).ok();
    Entry {
        key: key::storage_name(key).unwrap_or("(unreadable)").to_owned(),
        kind: value.as_ref().map_or("unreadable", kind),
        value,
        bytes: hex::encode(bytes),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Undefined => "undefined",
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::BigInt(_) => "bigint",
        Value::String(_) => "string",
        Value::Bytes(_) => "Uint8Array",
        Value::Date(_) => "Date",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Map(_) => "Map",
        Value::Set(_) => "Set",
    }
}

fn unknown(id: &str) -> Failed {
    let message = format!("there is no subcontract {id}");
    Failed::new(Exit::NotFound, "E_UNKNOWN_SUBCONTRACT", message)
        .hint("see what is there with: conclave ls")
}

fn corrupt(error: impl std::fmt::Display) -> Failed {
    Failed::new(Exit::Internal, "E_CORRUPT", error.to_string())
}
