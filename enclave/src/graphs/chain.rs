//! What the model has on chain: plain maps, and the bytes that the enclave should have stored for
//! them, made from nothing each time.
//!
//! Says what a commit, an upload and a removal do by docs/adr/0050 and docs/adr/0006, without
//! looking at the enclave's journal or its updates of the trie.

use super::model::Left;
use super::model_grants;
use super::script::Grant;
use super::shown;
use super::world::World;
use crate::platform::memory::{Effects, Memory, Surroundings};
use crate::record::{AccountPayload, EnclaveRecord};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key::{self, Kind};
use conclave_abi::value::Value;
use conclave_engine::Program;
use conclave_nested_trie::{Changes, Trie};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Price of a stored byte, in yoctoNEAR.
const YOCTO_PER_BYTE: u128 = 10_000_000_000_000_000_000;
/// Bytes that NEAR counts for each stored pair.
pub(super) const PAIR_BYTES: u64 = 40;

/// The stored pairs of a chain.
pub(super) type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

/// A subcontract on chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub(super) owner: String,
    pub(super) paid_yocto: u128,
    pub(super) balance_yocto: u128,
    pub(super) values: BTreeMap<String, Value>,
    /// What each peer may read, as it was granted.
    pub(super) grants: BTreeMap<String, Grant>,
}

impl Stored {
    /// Keys and bytes of all but the code.
    pub(super) fn entries(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let values = self.values.iter();
        let values = values.map(|(name, value)| (key::storage(name), stored_bytes(value)));
        let grants = self.grants.iter();
        let grants =
            grants.map(|(peer, grant)| (Kind::Grants.key(peer), model_grants::record(grant)));
        values.chain(grants).collect()
    }

    /// The bytes under a key, if there are any.
    pub(super) fn bytes(&self, key: &[u8]) -> Option<Vec<u8>> {
        if let Some(peer) = Kind::Grants.name(key) {
            return self.grants.get(peer).map(model_grants::record);
        }
        let value = self.values.get(key::storage_name(key)?);
        value.map(stored_bytes)
    }
}

/// The enclave's account.
#[derive(Clone)]
pub(super) struct Chain {
    pub(super) subcontracts: BTreeMap<String, Rc<Stored>>,
    /// The account's NEAR, in yoctoNEAR.
    pub(super) account_yocto: u128,
    /// The code of every subcontract.
    pub(super) program: Rc<Program>,
    /// Bytes of the account's storage, once they were counted.
    usage: OnceCell<u64>,
}

/// NEAR that came with a request, what is left of it, and which money pays for storage.
pub(super) struct Paying<'a> {
    pub(super) from: &'a str,
    pub(super) deposit_yocto: u128,
    pub(super) left: Left,
    pub(super) source: Source<'a>,
}

/// Which money pays for storage that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// An upload of this subcontract: what its `init` left of the deposit.
    Left(&'a str),
    /// A call: what is left and what was kept of the deposit, or the enclave without a deposit.
    LeftKeptOrEnclave,
}

/// What a request did to the world outside the stored pairs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sent {
    pub(super) logs: Vec<String>,
    pub(super) transfers: Vec<(String, u128)>,
}

impl Chain {
    /// The chain with these subcontracts, whose account has what its storage and the balances
    /// bind, and something of its own.
    pub(super) fn new(
        subcontracts: BTreeMap<String, Rc<Stored>>,
        program: &Rc<Program>,
        own_yocto: u128,
    ) -> Self {
        let mut chain = Self {
            subcontracts,
            account_yocto: 0,
            program: Rc::clone(program),
            usage: OnceCell::new(),
        };
        chain.account_yocto = chain.stake_yocto() + chain.total() + own_yocto;
        chain
    }

    /// The same chain with other subcontracts.
    fn with(&self, subcontracts: BTreeMap<String, Rc<Stored>>) -> Self {
        Self {
            subcontracts,
            account_yocto: self.account_yocto,
            program: Rc::clone(&self.program),
            usage: OnceCell::new(),
        }
    }

    /// The pairs that should be stored.
    pub(super) fn pairs(&self) -> Pairs {
        let program = self.program.to_bytes();
        let mut changes = Changes::new();
        for (id, stored) in &self.subcontracts {
            let payload = AccountPayload {
                owner: stored.owner.clone(),
                code_hash: self.program.hash,
                code_bytes: u32::try_from(self.program.source.len()).expect("a short source"),
                paid_yocto: stored.paid_yocto,
                balance_yocto: stored.balance_yocto,
            };
            changes.put_account(id, payload.to_bytes());
            changes.set(id, key::program(), program.clone());
            for (key, bytes) in stored.entries() {
                changes.set(id, key, bytes);
            }
        }
        let enclave = EnclaveRecord {
            owner: "owner.near".to_owned(),
            total_yocto: self.total(),
        };
        changes.payload = Some(enclave.to_bytes());
        let trie = Trie::open(memory(&Rc::default(), "", 0, self));
        let batch = trie.update(changes).expect("good changes");
        let writes = batch.into_iter();
        writes
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }

    /// The sum of all balances.
    pub(super) fn total(&self) -> u128 {
        let stored = self.subcontracts.values();
        stored.map(|stored| stored.balance_yocto).sum()
    }

    /// Bytes of the account's storage. Amounts do not change it.
    fn usage(&self) -> u64 {
        *self.usage.get_or_init(|| shown::usage(&self.pairs()))
    }

    /// What the storage binds of the account's NEAR.
    pub(super) fn stake_yocto(&self) -> u128 {
        u128::from(self.usage()) * YOCTO_PER_BYTE
    }

    /// The chain after an execution that went well.
    ///
    /// # Errors
    /// `E_DEPOSIT`; then the receipt fails and nothing changed.
    pub(super) fn commit(
        &self,
        world: &World,
        paying: &Paying<'_>,
    ) -> Result<(Self, Sent), Failure> {
        let mut after = self.with(world.subcontracts.clone());
        let price = after.stake_yocto().saturating_sub(self.stake_yocto());
        let Left {
            id,
            left_yocto,
            kept_yocto,
        } = &paying.left;
        let balance = after.subcontracts.get(id).map_or(0, |of| of.balance_yocto);
        let is_call = paying.source == Source::LeftKeptOrEnclave;
        let (of_left, of_kept) = if is_call && paying.deposit_yocto == 0 {
            let own = self.account_yocto.saturating_sub(self.stake_yocto());
            if price > 0 && price > own.saturating_sub(self.total()) {
                return Err(Failure::new(ErrorCode::Deposit, "the enclave can't pay"));
            }
            (0, 0)
        } else {
            let kept = if is_call { *kept_yocto } else { 0 };
            if price > left_yocto + kept.min(balance) {
                return Err(Failure::new(ErrorCode::Deposit, "the deposit does not pay"));
            }
            let of_left = price.min(*left_yocto);
            (of_left, price - of_left)
        };
        if of_kept > 0 {
            let payer = after.subcontracts.get_mut(id);
            let payer = Rc::make_mut(payer.expect("who kept it is there"));
            payer.balance_yocto -= of_kept;
        }
        if let Source::Left(uploaded) = paying.source {
            let uploaded = after.subcontracts.get_mut(uploaded);
            let uploaded = Rc::make_mut(uploaded.expect("it was uploaded"));
            uploaded.paid_yocto = price;
        }
        let mut sent = world.sent();
        after.send(&mut sent, paying, left_yocto - of_left);
        Ok((after, sent))
    }

    /// Sends back what is left, and settles the account with what came and went.
    fn send(&mut self, sent: &mut Sent, paying: &Paying<'_>, left_yocto: u128) {
        if left_yocto > 0 {
            let from = paying.from.to_owned();
            sent.transfers.push((from, left_yocto));
        }
        let went: u128 = sent.transfers.iter().map(|(_, amount)| amount).sum();
        self.account_yocto = self.account_yocto + paying.deposit_yocto - went;
    }

    /// The chain without a subcontract.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_UNKNOWN_SUBCONTRACT`, `E_NOT_ALLOWED`.
    pub(super) fn remove(&self, id: &str, paying: &Paying<'_>) -> Result<(Self, Sent), Failure> {
        if super::BAD_IDS.contains(&id) {
            return Err(Failure::new(ErrorCode::BadId, ""));
        }
        let mut after = self.with(self.subcontracts.clone());
        let Some(stored) = after.subcontracts.remove(id) else {
            return Err(Failure::new(ErrorCode::UnknownSubcontract, ""));
        };
        if stored.owner != paying.from {
            return Err(Failure::new(ErrorCode::NotAllowed, ""));
        }
        let mut sent = Sent::default();
        let bound = after.stake_yocto() + self.total();
        let free = self.account_yocto.saturating_sub(bound);
        let amount = stored.paid_yocto.min(free) + stored.balance_yocto;
        if amount > 0 {
            sent.transfers.push((stored.owner.clone(), amount));
        }
        after.send(&mut sent, paying, paying.deposit_yocto);
        Ok((after, sent))
    }
}

/// The text that stands for stored bytes that are no value.
pub(super) const ROTTEN: &str = "rotten";

pub(super) fn is_rotten(value: &Value) -> bool {
    matches!(value, Value::String(text) if text == ROTTEN)
}

/// The bytes under which a value is stored.
pub(super) fn stored_bytes(value: &Value) -> Vec<u8> {
    if is_rotten(value) {
        return ROTTEN.as_bytes().to_vec();
    }
    value.to_bytes()
}

/// The platform of one execution. `account_yocto` is the account's NEAR without the deposit.
pub(super) fn memory(
    pairs: &Rc<RefCell<Pairs>>,
    from: &str,
    deposit_yocto: u128,
    chain: &Chain,
) -> Memory {
    Memory {
        pairs: Rc::clone(pairs),
        surroundings: Surroundings {
            predecessor: from.to_owned(),
            signer: SIGNER.to_owned(),
            deposit: deposit_yocto,
            balance: chain.account_yocto,
            block_height: HEIGHT,
            block_timestamp_ns: 1,
        },
        input: Vec::new(),
        effects: Rc::new(RefCell::new(Effects::default())),
    }
}

/// Who signs every request.
pub(super) const SIGNER: &str = "signer.near";
/// The height of every block.
pub(super) const HEIGHT: u64 = 7;
