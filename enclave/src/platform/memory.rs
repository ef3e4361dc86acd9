//! A platform in memory: the enclave without a chain, for tests that run it natively.
//!
//! It counts no gas: the fuel of the running code stands for it. What it knows of NEAR is only what an execution can see.

use super::{DataId, Planned, Platform, Received};
use crate::outbox::Action;
use conclave_nested_trie::Store;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Bytes that NEAR counts for each key beside key and value.
/// Source: NEAR protocol, `storage_num_extra_bytes_record`.
const EXTRA_BYTES_RECORD: u64 = 40;

/// The enclave's own account.
const ENCLAVE: &str = "conclave.near";

/// Gas of every call. Source: NEAR protocol, `max_total_prepaid_gas`.
const PREPAID_GAS: u64 = 1_000_000_000_000_000;

/// What an execution is told about its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// Who called the enclave.
    pub predecessor: String,
    /// Who signed.
    pub signer: String,
    /// Attached NEAR, in yoctoNEAR.
    pub deposit: u128,
    /// The account's balance less what is attached, in yoctoNEAR.
    pub balance: u128,
    /// Height of the block.
    pub block_height: u64,
    /// Time of the block, in nanoseconds.
    pub block_timestamp_ns: u64,
}

/// What an execution left behind, beside its writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Log lines.
    pub logs: Vec<String>,
    /// Transfers: to whom, how many yoctoNEAR.
    pub transfers: Vec<(String, u128)>,
    /// The result.
    pub result: Vec<u8>,
    /// What was planned for other receipts, in order.
    pub planned: Vec<Plan>,
    /// What was resumed, with what.
    pub resumed: Vec<(DataId, Vec<u8>)>,
    /// The one of them whose result is the execution's.
    pub returned: Option<usize>,
}

/// A receipt that an execution plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Actions on another account.
    Send {
        /// The account.
        account: String,
        /// What is to be done there.
        actions: Vec<Action>,
    },
    /// A call of the enclave's own.
    Then {
        /// For which plans it waits, by their places.
        promises: Vec<usize>,
        /// The export.
        method: String,
        /// Its input.
        input: Vec<u8>,
    },
    /// A call of the enclave's own that waits until it is resumed.
    Open {
        /// Its name.
        data_id: DataId,
        /// The export.
        method: String,
        /// Its input.
        input: Vec<u8>,
    },
}

/// The stored pairs, shared by the executions of one chain.
pub type Pairs = Rc<RefCell<BTreeMap<Vec<u8>, Vec<u8>>>>;

/// One execution on pairs in memory.
#[derive(Clone)]
pub struct Memory {
    /// The stored pairs.
    pub pairs: Pairs,
    /// What the execution is told.
    pub surroundings: Surroundings,
    /// The request.
    pub input: Vec<u8>,
    /// What came of the promises that it waited for.
    pub results: Vec<Received>,
    /// What it left behind.
    pub effects: Rc<RefCell<Effects>>,
}

impl Store for Memory {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.pairs.borrow().get(key).cloned()
    }
}

impl Platform for Memory {
    fn input(&self) -> Vec<u8> {
        self.input.clone()
    }
    fn current(&self) -> String {
        ENCLAVE.to_owned()
    }
    fn predecessor(&self) -> String {
        self.surroundings.predecessor.clone()
    }
    fn signer(&self) -> String {
        self.surroundings.signer.clone()
    }
    fn attached_deposit(&self) -> u128 {
        self.surroundings.deposit
    }
    fn balance(&self) -> u128 {
        self.surroundings.balance + self.surroundings.deposit
    }
    fn storage_usage(&self) -> u64 {
        let size = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.len() + value.len()) as u64;
        self.pairs
            .borrow()
            .iter()
            .map(|pair| size(pair) + EXTRA_BYTES_RECORD)
            .sum()
    }
    fn block_height(&self) -> u64 {
        self.surroundings.block_height
    }
    fn block_timestamp_ns(&self) -> u64 {
        self.surroundings.block_timestamp_ns
    }
    fn random_seed(&self) -> Vec<u8> {
        self.sha256(&self.surroundings.block_height.to_be_bytes())
            .to_vec()
    }
    fn used_gas(&self) -> u64 {
        0
    }
    fn prepaid_gas(&self) -> u64 {
        PREPAID_GAS
    }
    fn has_clock(&self) -> bool {
        false
    }
    fn sha256(&self, bytes: &[u8]) -> [u8; 32] {
        Sha256::digest(bytes).into()
    }
    fn write(&self, key: &[u8], value: &[u8]) {
        self.pairs.borrow_mut().insert(key.to_vec(), value.to_vec());
    }
    fn remove(&self, key: &[u8]) {
        self.pairs.borrow_mut().remove(key);
    }
    fn log(&self, line: &str) {
        self.effects.borrow_mut().logs.push(line.to_owned());
    }
    fn transfer(&self, to: &str, amount_yocto: u128) {
        self.effects
            .borrow_mut()
            .transfers
            .push((to.to_owned(), amount_yocto));
    }
    fn send(&self, account: &str, actions: &[Action]) -> Planned {
        self.plan(Plan::Send {
            account: account.to_owned(),
            actions: actions.to_vec(),
        })
    }
    fn then(&self, promises: &[Planned], method: &str, input: &[u8], _: u64) -> Planned {
        self.plan(Plan::Then {
            promises: promises.iter().map(|Planned(at)| *at as usize).collect(),
            method: method.to_owned(),
            input: input.to_vec(),
        })
    }
    fn open(&self, method: &str, input: &[u8], _: (u64, u64)) -> (Planned, DataId) {
        let count = self.effects.borrow().planned.len();
        let height = self.surroundings.block_height;
        let data_id = self.sha256(format!("{height} {count}").as_bytes());
        let planned = self.plan(Plan::Open {
            data_id,
            method: method.to_owned(),
            input: input.to_vec(),
        });
        (planned, data_id)
    }
    fn resume(&self, data_id: &DataId, payload: &[u8]) -> bool {
        let mut effects = self.effects.borrow_mut();
        let is_new = effects.resumed.iter().all(|(other, _)| other != data_id);
        if is_new {
            effects.resumed.push((*data_id, payload.to_vec()));
        }
        is_new
    }
    fn return_promise(&self, Planned(promise): Planned) {
        self.effects.borrow_mut().returned = Some(promise as usize);
    }
    fn results(&self) -> u64 {
        self.results.len() as u64
    }
    fn result(&self, index: u64, bytes_max: u64) -> Received {
        match self.results.get(index as usize) {
            Some(Received::Bytes(bytes)) if bytes.len() as u64 > bytes_max => {
                Received::TooLong(bytes.len() as u64)
            }
            Some(received) => received.clone(),
            None => Received::Failed,
        }
    }
    fn return_value(&self, bytes: &[u8]) {
        self.effects.borrow_mut().result = bytes.to_vec();
    }
}

impl Memory {
    fn plan(&self, plan: Plan) -> Planned {
        let planned = &mut self.effects.borrow_mut().planned;
        planned.push(plan);
        Planned(planned.len() as u64 - 1)
    }
}
