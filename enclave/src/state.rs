//! The state as an execution sees it: the trie on chain, with the journal laid over it.
//!
//! Guards invariant 5 with `host.rs`, which always passes the running frame's id, and with
//! `conclave_abi::key`, which keeps a subcontract's storage apart from its code.

use crate::journal::Journal;
use crate::platform::Platform;
use crate::record::{AccountPayload, EnclaveRecord, corrupt};
use crate::span::{Overlay, Scan, Visit};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key::Kind;
use conclave_engine::port::Order;
use conclave_nested_trie::{
    Account, Batch, Changes, Collected, Direction, Freed, Hash, KeyRange as TrieRange, Proved,
    SortedMap, Stat, Trie, TrieError,
};
use std::cell::RefCell;
use std::ops::ControlFlow;

/// Longest name in a subcontract's storage, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = conclave_abi::key::NAME_BYTES_MAX;

/// Keys of the trie between two looks at the gas. Reason: an index page holds about so many, and is
/// one read.
const KEYS_PER_LOOK: u64 = 16;

/// Is shown keys with what is known of their entries until it breaks or fails.
type VisitEntry<'a> = &'a mut dyn FnMut(&[u8], Stat) -> Result<ControlFlow<()>, Failure>;

/// The trie, and values read from it.
pub(crate) struct State<P: Platform> {
    trie: Trie<P>,
    /// By [`place_of`].
    read: RefCell<SortedMap<Vec<u8>, Option<Vec<u8>>>>,
}

/// The key under which a name of the subcontract's storage lies.
pub(crate) fn storage_key(name: &str) -> Result<Vec<u8>, Failure> {
    key_of(Kind::Storage, name)
}

/// A subcontract's id and a key of it; no id has a byte 255.
fn place_of(id: &str, key: &[u8]) -> Vec<u8> {
    let mut place = Vec::with_capacity(id.len() + 1 + key.len());
    place.extend_from_slice(id.as_bytes());
    place.push(0xff);
    place.extend_from_slice(key);
    place
}

/// The key of a kind under a name.
pub(crate) fn key_of(kind: Kind, name: &str) -> Result<Vec<u8>, Failure> {
    if name.len() > KEY_BYTES_MAX {
        let got = name.len();
        let message = format!("the key has {got} bytes, at most {KEY_BYTES_MAX} are allowed");
        return Err(Failure::new(ErrorCode::TooLarge, message));
    }
    Ok(kind.key(name))
}

/// The failure for a host record that breaks its format.
pub(crate) fn unreadable(error: impl core::fmt::Display) -> Failure {
    Failure::new(
        ErrorCode::Corrupt,
        format!("the stored state can't be read: {error}"),
    )
}

fn of_trie(error: TrieError) -> Failure {
    unreadable(error)
}

impl<P: Platform> State<P> {
    pub(crate) fn open(platform: P) -> Self {
        Self {
            trie: Trie::open(platform),
            read: RefCell::default(),
        }
    }

    pub(crate) fn platform(&self) -> &P {
        self.trie.store()
    }

    /// The value under a key.
    ///
    /// # Cost
    /// One storage read the first time, none after.
    pub(crate) fn value(
        &self,
        journal: &Journal,
        id: &str,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, Failure> {
        if let Some(written) = journal.written(id, key) {
            return Ok(written.map(|value| value.bytes.clone()));
        }
        let place = place_of(id, key);
        if let Some(known) = self.read.borrow().get(&place) {
            return Ok(known.clone());
        }
        let value = self.trie.get(id, key).map_err(of_trie)?;
        self.read.borrow_mut().insert(place, value.clone());
        Ok(value)
    }

    /// What is on chain under a key, without the value.
    ///
    /// # Cost
    /// The pages on the way to the key, which the commit will need too.
    pub(crate) fn stat(&self, id: &str, key: &[u8]) -> Result<Option<Stat>, Failure> {
        self.trie.stat(id, key).map_err(of_trie)
    }

    /// Whether a key has a value.
    pub(crate) fn has(&self, journal: &Journal, id: &str, key: &[u8]) -> Result<bool, Failure> {
        match journal.written(id, key) {
            Some(written) => Ok(written.is_some()),
            None => self.trie.has(id, key).map_err(of_trie),
        }
    }

    /// Shows the keys of a span, in its order, the journal laid over the trie, until `visit` breaks.
    ///
    /// # Errors
    /// What looking at the gas fails with, `E_CORRUPT`.
    ///
    /// # Cost
    /// The pages that hold the keys and those above them.
    pub(crate) fn scan(&self, scan: &Scan<'_>, visit: Visit<'_>) -> Result<(), Failure> {
        let changes = scan.journal.of_subcontract(scan.id);
        let mut overlay = Overlay::new(changes, scan.span, visit);
        let range = TrieRange {
            from: &scan.span.low,
            to: Some(&scan.span.high),
            direction: match scan.span.order {
                Order::Ascending => Direction::Up,
                Order::Descending => Direction::Down,
            },
        };
        let (mut flow, mut seen, mut gas) = (ControlFlow::Continue(()), 0, Ok(()));
        let scanned = self.trie.scan(scan.id, &range, &mut |entry| {
            seen += 1;
            if seen % KEYS_PER_LOOK == 0 {
                gas = (scan.look)();
            }
            if gas.is_err() {
                return Ok(ControlFlow::Break(()));
            }
            flow = overlay.stored(entry.key());
            Ok(flow)
        });
        gas?;
        scanned.map_err(of_trie)?;
        if flow.is_continue() {
            let _ = overlay.rest();
        }
        Ok(())
    }

    /// How many keys begin as the lowest of a span.
    ///
    /// # Errors
    /// What looking at the gas fails with, `E_CORRUPT`.
    ///
    /// # Cost
    /// The pages on the way to where keys begin to differ from the prefix, and those on the way to
    /// each key that was written in this execution.
    pub(crate) fn count(&self, scan: &Scan<'_>) -> Result<u64, Failure> {
        let (id, prefix) = (scan.id, &scan.span.low);
        let mut count = self.trie.count(id, prefix).map_err(of_trie)?;
        let changes = scan.journal.of_subcontract(id);
        let values = changes.map(|changes| changes.values.range(prefix, None));
        for (seen, (key, value)) in values.into_iter().flatten().enumerate() {
            if !key.starts_with(prefix) {
                break;
            }
            if (seen as u64).is_multiple_of(KEYS_PER_LOOK) {
                (scan.look)()?;
            }
            match (self.trie.has(id, key).map_err(of_trie)?, value) {
                (true, None) => count -= 1,
                (false, Some(_)) => count += 1,
                _ => {}
            }
        }
        Ok(count)
    }

    /// How many keys of a subcontract on chain begin with some bytes.
    ///
    /// # Cost
    /// The pages on the way to where keys begin to differ from them.
    pub(crate) fn count_stored(&self, id: &str, prefix: &[u8]) -> Result<u64, Failure> {
        self.trie.count(id, prefix).map_err(of_trie)
    }

    /// The account record of a subcontract as it is on chain.
    pub(crate) fn account(&self, id: &str) -> Result<Option<(Account, AccountPayload)>, Failure> {
        let Some(account) = self.trie.account(id).map_err(of_trie)? else {
            return Ok(None);
        };
        let payload = AccountPayload::from_bytes(&account.payload)?;
        Ok(Some((account, payload)))
    }

    /// Ids from a place on, and where the next page begins.
    pub(crate) fn subcontracts(
        &self,
        from: &str,
        limit: usize,
    ) -> Result<(Vec<String>, Option<String>), Failure> {
        let listing = self.trie.subcontracts(from, limit).map_err(of_trie)?;
        Ok((listing.items, listing.next))
    }

    /// The enclave's own fields of the root record; none before `new`.
    pub(crate) fn enclave(&self) -> Result<Option<EnclaveRecord>, Failure> {
        let payload = self.trie.payload().map_err(of_trie)?;
        payload
            .map(|bytes| EnclaveRecord::from_bytes(&bytes))
            .transpose()
    }

    /// The hash of everything that is stored.
    pub(crate) fn root(&self) -> Result<Hash, Failure> {
        self.trie.root().map_err(of_trie)
    }

    /// A proof of what is stored under a key.
    pub(crate) fn prove(&self, id: &str, key: &[u8]) -> Result<Proved, Failure> {
        self.trie.prove(id, key).map_err(of_trie)
    }

    /// What removes records that removed subcontracts left under an id.
    pub(crate) fn collect(
        &self,
        id: &str,
        limit: usize,
        visit: &mut dyn FnMut(Freed) -> ControlFlow<()>,
    ) -> Result<Collected, Failure> {
        self.trie.collect(id, limit, visit).map_err(of_trie)
    }

    /// Shows every entry of a subcontract that is on chain, from a key on, until `visit` breaks.
    pub(crate) fn entries(
        &self,
        id: &str,
        from: &[u8],
        visit: VisitEntry<'_>,
    ) -> Result<(), Failure> {
        let range = TrieRange {
            from,
            to: None,
            direction: Direction::Up,
        };
        let mut failed = Ok(());
        let scanned = self.trie.scan(id, &range, &mut |entry| {
            let flow = visit(entry.key(), entry.stat());
            Ok(flow.unwrap_or_else(|failure| {
                failed = Err(failure);
                ControlFlow::Break(())
            }))
        });
        failed?;
        scanned.map_err(of_trie)
    }

    /// The host writes for changes.
    pub(crate) fn update(&self, changes: Changes) -> Result<Batch, Failure> {
        self.trie.update(changes).map_err(of_trie)
    }
}

/// A stored value that is no value.
pub(crate) fn corrupt_value(id: &str) -> Failure {
    corrupt(&format!("a stored value of {id}"))
}
