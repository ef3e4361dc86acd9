//! What the model has on chain: plain maps, and the bytes that the enclave should have stored for
//! them, made from nothing each time.
//!
//! Says what a commit, an upload and a removal do by docs/storage.md and docs/adr/0050, without
//! looking at the enclave's journal or its updates of the trie. All sums are made from nothing.

use super::bills::{self, Share};
use super::model_grants;
use super::script::Grant;
use super::shown;
use super::world::World;
use crate::bill::{self, ENCLAVE, ITSELF};
use crate::platform::memory::{Effects, Memory, Surroundings};
use crate::record::{AccountPayload, EnclaveRecord};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key::{self, Kind};
use conclave_abi::value::Value;
use conclave_engine::{Compiled, Program};
use conclave_nested_trie::{Changes, NewValue, Trie, sealed};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Price of a stored byte, in yoctoNEAR.
pub(super) const YOCTO_PER_BYTE: u128 = 10_000_000_000_000_000_000;
/// For how many bytes of each subcontract the enclave pays.
pub(super) const ALLOWANCE_BYTES: u64 = 1_000;
/// Bytes that NEAR counts for each stored pair.
pub(super) const PAIR_BYTES: u64 = 40;

/// The stored pairs of a chain.
pub(super) type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

/// A subcontract on chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub(super) owner: String,
    pub(super) balance_yocto: u128,
    pub(super) values: BTreeMap<String, Value>,
    /// What each peer may read, as it was granted.
    pub(super) grants: BTreeMap<String, Grant>,
    /// Who paid for a key, once that is settled.
    pub(super) shares: BTreeMap<Vec<u8>, Vec<Share>>,
}

/// The enclave's account.
#[derive(Clone)]
pub(super) struct Chain {
    pub(super) subcontracts: BTreeMap<String, Rc<Stored>>,
    /// The account's NEAR, in yoctoNEAR.
    pub(super) account_yocto: u128,
    /// The code of every subcontract.
    pub(super) program: Rc<Program>,
    /// The same as it is run.
    pub(super) compiled: Rc<Compiled>,
    /// Bytes of the account's storage, once they were counted.
    usage: OnceCell<u64>,
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
            compiled: Rc::new(Compiled::new(program, &[])),
            usage: OnceCell::new(),
        };
        chain.account_yocto = chain.stake_yocto() + chain.held() + own_yocto;
        chain
    }

    /// The same chain with other subcontracts.
    fn with(&self, subcontracts: BTreeMap<String, Rc<Stored>>) -> Self {
        Self {
            subcontracts,
            account_yocto: self.account_yocto,
            program: Rc::clone(&self.program),
            compiled: Rc::clone(&self.compiled),
            usage: OnceCell::new(),
        }
    }

    /// The pairs that should be stored.
    pub(super) fn pairs(&self) -> Pairs {
        let code_bytes = self.code_bytes();
        let mut changes = Changes::new();
        for (id, stored) in &self.subcontracts {
            let (billed_bytes, enclave_bytes) = stored.billed(id, code_bytes);
            let payload = AccountPayload {
                owner: stored.owner.clone(),
                code_hash: self.program.hash,
                code_bytes: u32::try_from(self.program.source.len()).expect("a short source"),
                billed_code_bytes: u32::try_from(code_bytes).expect("a short source"),
                billed_bytes,
                enclave_bytes,
                balance_yocto: stored.balance_yocto,
                locks: 0,
            };
            changes.put_account(id, payload.to_bytes());
            for (key, bytes) in stored.entries() {
                let note = bills::note(&stored.shares_of(&key));
                changes.put(id, key, NewValue { bytes, note });
            }
        }
        let enclave = EnclaveRecord {
            owner: "owner.near".to_owned(),
            held_yocto: self.held(),
            allowance_bytes: ALLOWANCE_BYTES,
        };
        changes.payload = Some(enclave.to_bytes());
        let trie = Trie::open(memory(&Rc::default(), "", 0, self));
        let batch = trie.update(changes).expect("good changes");
        let writes = batch.into_iter();
        let mut pairs: Pairs = writes
            .filter_map(|(key, value)| Some((key, value?)))
            .collect();
        if !self.subcontracts.is_empty() {
            pairs.extend(self.code(self.subcontracts.len()));
        }
        pairs
    }

    /// The records of the code that so many subcontracts have.
    pub(super) fn code(&self, holders: usize) -> [(Vec<u8>, Vec<u8>); 3] {
        let record = |tag: u8, body: &[u8]| {
            let key = [&[tag], self.program.hash.as_slice()].concat();
            let record = sealed(&key, body);
            (key, record)
        };
        let compiled = record(0x10, &self.compiled.to_bytes());
        let source = record(0x11, &self.program.to_bytes());
        // Each is billed for all three, of which this one has two numbers.
        let mut bytes = 9 + 8 + 3 * (PAIR_BYTES as usize + 33);
        bytes += compiled.1.len() + source.1.len();
        let number = |number: usize| u32::try_from(number).expect("small").to_be_bytes();
        let holders = [number(holders), number(bytes)].concat();
        [compiled, source, record(0x12, &holders)]
    }

    /// Bytes that each subcontract's code is billed.
    pub(super) fn code_bytes(&self) -> u64 {
        shown::usage(&self.code(1).into())
    }

    /// The sum of all balances.
    pub(super) fn balances(&self) -> u128 {
        let stored = self.subcontracts.values();
        stored.map(|stored| stored.balance_yocto).sum()
    }

    /// What the enclave owes others: balances, and what they paid for storage.
    pub(super) fn held(&self) -> u128 {
        let code_bytes = self.code_bytes();
        let paid = self.subcontracts.iter().map(|(id, stored)| {
            let (billed, of_enclave) = stored.billed(id, code_bytes);
            u128::from(billed - of_enclave) * YOCTO_PER_BYTE
        });
        paid.sum::<u128>() + self.balances()
    }

    /// Bytes of the account's storage. Amounts do not change it.
    fn usage(&self) -> u64 {
        *self.usage.get_or_init(|| shown::usage(&self.pairs()))
    }

    /// What the storage binds of the account's NEAR.
    pub(super) fn stake_yocto(&self) -> u128 {
        u128::from(self.usage()) * YOCTO_PER_BYTE
    }

    /// The chain after an execution that went well, of which so much of the deposit is left.
    pub(super) fn commit(
        &self,
        world: &World,
        (from, deposit_yocto): (&str, u128),
        left_yocto: u128,
    ) -> (Self, Sent) {
        let mut after = self.with(world.subcontracts.clone());
        let mut sent = world.sent();
        let mut refunds = world.refunds.clone();
        if left_yocto > 0 {
            *refunds.entry(from.to_owned()).or_default() += left_yocto;
        }
        sent.transfers.extend(refunds);
        after.settle(&sent, deposit_yocto);
        (after, sent)
    }

    /// Settles the account with what came and went.
    fn settle(&mut self, sent: &Sent, deposit_yocto: u128) {
        let went: u128 = sent.transfers.iter().map(|(_, amount)| amount).sum();
        self.account_yocto = self.account_yocto + deposit_yocto - went;
    }

    /// What an upload costs beside its `init`.
    pub(super) fn upload_yocto(&self, id: &str, owner: &str) -> u128 {
        let stored = Stored {
            owner: owner.to_owned(),
            balance_yocto: 0,
            values: BTreeMap::new(),
            grants: BTreeMap::new(),
            shares: BTreeMap::new(),
        };
        let (bytes, _) = stored.billed(id, self.code_bytes());
        u128::from(bytes) * YOCTO_PER_BYTE
    }

    /// The chain without a subcontract.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_UNKNOWN_SUBCONTRACT`, `E_NOT_ALLOWED`.
    pub(super) fn remove(
        &self,
        id: &str,
        (from, deposit_yocto): (&str, u128),
    ) -> Result<(Self, Sent), Failure> {
        if super::BAD_IDS.contains(&id) {
            return Err(Failure::new(ErrorCode::BadId, ""));
        }
        let mut after = self.with(self.subcontracts.clone());
        let Some(stored) = after.subcontracts.remove(id) else {
            return Err(Failure::new(ErrorCode::UnknownSubcontract, ""));
        };
        if stored.owner != from {
            return Err(Failure::new(ErrorCode::NotAllowed, ""));
        }
        let of_itself = bill::of_account(id, from) + self.code_bytes();
        let of_itself = u128::from(of_itself) * YOCTO_PER_BYTE;
        let to_owner = stored.balance_yocto + of_itself + deposit_yocto;
        let mut sent = Sent::default();
        sent.transfers.push((from.to_owned(), to_owner));
        let mut refunds = BTreeMap::<String, u128>::new();
        for (payer, bytes) in stored.payers() {
            let amount = u128::from(bytes) * YOCTO_PER_BYTE;
            if let Some(payer) = after.subcontracts.get_mut(&payer) {
                Rc::make_mut(payer).balance_yocto += amount;
                continue;
            }
            let account = match payer.split_once('@') {
                Some((_, account)) => account.to_owned(),
                None if payer == ENCLAVE => continue,
                None if payer == ITSELF => from.to_owned(),
                None => payer,
            };
            *refunds.entry(account).or_default() += amount;
        }
        sent.transfers.extend(refunds);
        after.settle(&sent, deposit_yocto);
        Ok((after, sent))
    }
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

    /// Who paid for a key.
    pub(super) fn shares_of(&self, key: &[u8]) -> Vec<Share> {
        self.shares.get(key).cloned().unwrap_or_default()
    }

    /// Lets the subcontract have paid for all that it has.
    pub(super) fn paid_by_itself(mut self) -> Self {
        for (key, bytes) in self.entries() {
            let share = (ITSELF.to_owned(), bill::of_entry(key.len(), bytes.len()));
            self.shares.insert(key, vec![share]);
        }
        self
    }

    /// Who paid how many bytes, names included, but for the account record and the code.
    fn payers(&self) -> Vec<Share> {
        let mut payers: Vec<_> = self.shares.values().flatten().cloned().collect();
        for (payer, bytes) in &mut payers {
            *bytes += bills::name_price(payer);
        }
        payers
    }

    /// Bytes that are billed for all of it, and those of the enclave.
    pub(super) fn billed(&self, id: &str, code_bytes: u64) -> (u64, u64) {
        let of_itself = bill::of_account(id, &self.owner) + code_bytes;
        let (mut billed, mut of_enclave) = (of_itself, 0);
        for (payer, bytes) in self.payers() {
            billed += bytes;
            of_enclave += if payer == ENCLAVE { bytes } else { 0 };
        }
        (billed, of_enclave)
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
        results: Vec::new(),
        effects: Rc::new(RefCell::new(Effects::default())),
    }
}

/// Who signs every request.
pub(super) const SIGNER: &str = "signer.near";
/// The height of every block.
pub(super) const HEIGHT: u64 = 7;
