//! The enclave's stored state, read from the chain and not through the contract.
//!
//! The account's keys and values go in; those of one subcontract come out, decoded, and so do the
//! root, proofs, and what removed subcontracts left. The stored format is the `nested-trie` crate's
//! and `conclave_abi::value`'s.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use conclave_abi::key;
use conclave_abi::request::{Proof, StateRoot};
use conclave_abi::value::Value;
use conclave_localnet::{AccountId, Chain};
use conclave_nested_trie::{Direction, KeyRange, Store, Trie};
use serde::Serialize;

use crate::bill::payers_in;
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

/// What removed subcontracts left under an id, until it is collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    /// How many records there are besides the one that lists them.
    pub records: u64,
    /// Who paid for entries in them.
    pub payers: BTreeSet<String>,
}

/// An account's storage, as the trie reads it.
pub(crate) struct Stored<'a> {
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
    let trie = open(chain, account);
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
        entries.push(Entry::read(found.key(), &found.value()?));
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
    let trie = open(chain, account);
    if trie.account(id).map_err(corrupt)?.is_none() {
        return Err(unknown(id));
    }
    match trie.get(id, &key::storage(key)).map_err(corrupt)? {
        Some(bytes) => Ok(Entry::read(&key::storage(key), &bytes)),
        None => Err(
            Failed::own(Code::KeyAbsent, format!("{id} has no key {key:?}"))
                .hint(format!("see its keys with: conclave state ls {id}")),
        ),
    }
}

/// The hash of everything that the enclave stores, as its view `state_root` gives it.
///
/// # Errors
/// [`Failed`], when there is no enclave, or the state is corrupt.
///
/// # Cost
/// Reads everything.
pub fn root(chain: &Chain, account: &AccountId) -> Result<StateRoot, Failed> {
    let root = open_enclave(chain, account)?.root().map_err(corrupt)?;
    let root = hex::encode(root);
    Ok(StateRoot { root })
}

/// The value of a key and what shows it, as the enclave's view `proof` gives it.
///
/// # Errors
/// As [`root`].
///
/// # Cost
/// Reads everything.
pub fn proof(chain: &Chain, account: &AccountId, id: &str, key: &str) -> Result<Proof, Failed> {
    let trie = open_enclave(chain, account)?;
    let key = key::storage(key);
    let value = trie.get(id, &key).map_err(corrupt)?;
    let proved = trie.prove(id, &key).map_err(corrupt)?;
    Ok(Proof {
        root: hex::encode(proved.root),
        value: value.map(hex::encode),
        proof: hex::encode(proved.proof),
    })
}

/// What is left to collect under an id; none where nothing is.
///
/// # Errors
/// [`Failed`], when the state is corrupt.
///
/// # Cost
/// Reads all that is left.
pub fn left(chain: &Chain, account: &AccountId, id: &str) -> Result<Option<Left>, Failed> {
    let mut payers = BTreeSet::new();
    // A step of collecting that is not carried out.
    let step = open(chain, account).collect(id, usize::MAX, &mut |freed| {
        payers.extend(payers_in(&freed.stat.note));
        ControlFlow::Continue(())
    });
    let step = step.map_err(corrupt)?;
    let records = step.records as u64;
    Ok((!step.batch.is_empty()).then_some(Left { records, payers }))
}

/// Opens what an account stores; nothing is read yet.
pub(crate) fn open<'a>(chain: &'a Chain, account: &'a AccountId) -> Trie<Stored<'a>> {
    Trie::open(Stored { chain, account })
}

fn open_enclave<'a>(chain: &'a Chain, account: &'a AccountId) -> Result<Trie<Stored<'a>>, Failed> {
    let trie = open(chain, account);
    if trie.payload().map_err(corrupt)?.is_none() {
        let message = format!("account {account} holds no enclave's state");
        return Err(Failed::own(Code::EnclaveAbsent, message)
            .hint("deploy the enclave with: conclave enclave deploy"));
    }
    Ok(trie)
}

impl Entry {
    /// Decodes an entry of a subcontract's storage.
    pub(crate) fn read(key: &[u8], bytes: &[u8]) -> Self {
        let value = Value::from_bytes(bytes).ok();
        Self {
            key: key::storage_name(key).unwrap_or("(unreadable)").to_owned(),
            kind: value.as_ref().map_or("unreadable", kind),
            value,
            bytes: hex::encode(bytes),
        }
    }

    /// The value as JSON, or its bytes in hex where they can't be read.
    #[must_use]
    pub fn text(&self) -> String {
        match self.value.as_ref().map(serde_json::to_string) {
            Some(Ok(text)) => text,
            _ => self.bytes.clone(),
        }
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

pub(crate) fn corrupt(error: impl std::fmt::Display) -> Failed {
    Failed::new(Exit::Internal, "E_CORRUPT", error.to_string())
}
