//! The enclave on the machine itself, with receipts between it and an outside that a test plays.
//!
//! In: calls of people, an order of receipts, answers of the outside. Out: how each call ended. The
//! order is the test's: any receipt that waits for nothing may be next. Balances follow NEAR's rules:
//! what a failed receipt took along comes back before its answer.

mod forge;
mod left;
mod look;

use crate::native::{ALLOWANCE_BYTES, ENCLAVE, named};
use conclave_abi::error::Failure;
use conclave_enclave::platform::memory::{Effects, Memory, Pairs, Surroundings};
use conclave_enclave::platform::{DataId, Received};
use conclave_enclave::{Action, serve};
use conclave_engine::tables;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What one receipt does.
#[derive(Debug, Clone)]
enum Work {
    /// Actions on an account outside.
    Outside(String, Vec<Action>),
    /// A call of the enclave, by whom, with what.
    Enclave {
        predecessor: String,
        export: String,
        input: Vec<u8>,
        deposit: u128,
    },
}

/// A receipt, and what became of it.
#[derive(Debug, Clone)]
struct Receipt {
    work: Work,
    signer: String,
    /// Receipts whose results it waits for.
    inputs: Vec<usize>,
    /// What is to come back of what it took along, in yoctoNEAR.
    refund: u128,
    /// The name with which it is resumed, if it waits for that.
    open: Option<DataId>,
    /// With what it was resumed.
    resumed: Option<Received>,
    result: Option<Received>,
    /// The receipt whose result is its own.
    forward: Option<usize>,
    failure: Option<Failure>,
    is_done: bool,
    /// The block in which it was made.
    made: u64,
}

/// A call that was made, by its receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(usize);

/// What an account outside answers.
pub type Outside<'a> = dyn FnMut(&str, &[Action]) -> Received + 'a;

/// The enclave, and receipts on their way.
pub struct FlowWorld {
    pairs: Pairs,
    height: u64,
    receipts: Vec<Receipt>,
    /// What the enclave's account has, in yoctoNEAR.
    pub balance: u128,
    /// What others got from the enclave, less what they sent, in yoctoNEAR.
    pub accounts: BTreeMap<String, i128>,
    /// Log lines in order.
    pub logs: Vec<String>,
    /// Accounts outside that keep what a call took along, also when it fails later.
    pub thieves: Vec<String>,
}

impl FlowWorld {
    /// A world in which `new` and `tables` were called.
    ///
    /// # Panics
    /// When one of them fails.
    #[must_use]
    pub fn new() -> Self {
        Self::with_allowance(ALLOWANCE_BYTES)
    }

    /// The same, in which the enclave pays for so many bytes of each subcontract.
    ///
    /// # Panics
    /// As [`FlowWorld::new`].
    #[must_use]
    pub fn with_allowance(allowance_bytes: u64) -> Self {
        conclave_engine::prepare();
        let mut world = Self {
            pairs: Pairs::default(),
            height: 1,
            receipts: Vec::new(),
            balance: 1_000 * 10u128.pow(24),
            accounts: BTreeMap::new(),
            logs: Vec::new(),
            thieves: Vec::new(),
        };
        let new = json!({"owner": ENCLAVE, "allowance_bytes": allowance_bytes});
        for (export, input) in [
            ("new", new.to_string().as_bytes()),
            ("tables", tables::BYTES),
        ] {
            let id = world.enter(ENCLAVE, export, input, 0);
            world.step(id.0, &mut |_, _| Received::Failed);
            world.ended(id).expect("an end").expect("it works");
        }
        world
    }

    /// Sends a request; it is on its way then.
    pub fn enter(&mut self, who: &str, export: &str, input: &[u8], deposit: u128) -> CallId {
        *self.accounts.entry(who.to_owned()).or_default() -= deposit as i128;
        self.push(
            Work::Enclave {
                predecessor: who.to_owned(),
                export: export.to_owned(),
                input: input.to_vec(),
                deposit,
            },
            who,
            Vec::new(),
        )
    }

    /// Calls a method; the call is on its way then.
    pub fn call(&mut self, who: &str, id: &str, method: &str, args: &Value) -> CallId {
        let request = json!({"id": id, "method": method, "args": args});
        self.enter(who, "call", request.to_string().as_bytes(), 0)
    }

    /// Uploads a source as the account in its id.
    ///
    /// # Panics
    /// When it is refused.
    pub fn upload(&mut self, id: &str, source: &str) {
        let request = json!({"id": id, "source": source}).to_string();
        let account = id.split('@').next_back().unwrap_or_default().to_owned();
        let call = self.enter(&account, "upload", request.as_bytes(), 5 * 10u128.pow(24));
        self.step(call.0, &mut |_, _| Received::Failed);
        self.ended(call).expect("an end").expect("an upload");
    }

    /// Calls a method and lets everything happen in order.
    ///
    /// # Errors
    /// As the call ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn run(
        &mut self,
        call: CallId,
        outside: &mut Outside<'_>,
    ) -> Result<Value, Option<Failure>> {
        while let Some(first) = self.ready().first().copied() {
            self.step(first, outside);
        }
        self.ended(call).expect("nothing is left to happen")
    }

    /// Receipts that may be next.
    #[must_use]
    pub fn ready(&self) -> Vec<usize> {
        let is_ready = |receipt: &Receipt| {
            let mut inputs = receipt.inputs.iter();
            let is_complete = inputs.all(|input| self.result(*input).is_some());
            let is_resumed = receipt.open.is_none() || receipt.resumed.is_some();
            !receipt.is_done && is_complete && is_resumed
        };
        let all = self.receipts.iter().enumerate();
        let ready = all.filter(|(_, receipt)| is_ready(receipt));
        ready.map(|(index, _)| index).collect()
    }

    /// Receipts that wait to be resumed.
    #[must_use]
    pub fn open(&self) -> Vec<usize> {
        let all = self.receipts.iter().enumerate();
        let open = all.filter(|(_, receipt)| receipt.open.is_some() && receipt.resumed.is_none());
        open.map(|(index, _)| index).collect()
    }

    /// Ends the wait of a receipt as NEAR does after 200 blocks.
    ///
    /// # Panics
    /// When there is no such one.
    pub fn time_out(&mut self, receipt: usize) {
        self.receipts[receipt].resumed = Some(Received::Failed);
    }

    /// Lets blocks pass.
    pub fn pass(&mut self, blocks: u64) {
        self.height += blocks;
    }

    /// Whether a receipt is one of an account outside.
    #[must_use]
    pub fn is_outside(&self, receipt: usize) -> bool {
        matches!(self.receipts[receipt].work, Work::Outside(..))
    }

    /// How a call ended: its value, or the failure, which is none where an outside account failed.
    #[must_use]
    pub fn ended(&self, CallId(mut at): CallId) -> Option<Result<Value, Option<Failure>>> {
        while let Some(forward) = self.receipts[at].forward {
            at = forward;
        }
        let receipt = &self.receipts[at];
        Some(match receipt.result.clone()? {
            Received::Bytes(bytes) if bytes.is_empty() => Ok(Value::Null),
            Received::Bytes(bytes) => Ok(serde_json::from_slice(&bytes).expect("JSON")),
            _ => Err(receipt.failure.clone()),
        })
    }

    /// Everything that the enclave stores.
    #[must_use]
    pub fn pairs(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.pairs.borrow().clone()
    }

    fn result(&self, mut at: usize) -> Option<&Received> {
        while let Some(forward) = self.receipts[at].forward {
            at = forward;
        }
        self.receipts[at].result.as_ref()
    }

    fn push(&mut self, work: Work, signer: &str, inputs: Vec<usize>) -> CallId {
        self.receipts.push(Receipt {
            work,
            signer: signer.to_owned(),
            inputs,
            refund: 0,
            open: None,
            resumed: None,
            result: None,
            forward: None,
            failure: None,
            is_done: false,
            made: self.height,
        });
        CallId(self.receipts.len() - 1)
    }

    /// Runs one receipt.
    ///
    /// # Panics
    /// When there is no such one.
    pub fn step(&mut self, at: usize, outside: &mut Outside<'_>) {
        self.receipts[at].is_done = true;
        match self.receipts[at].work.clone() {
            Work::Outside(account, actions) => {
                let result = outside(&account, &actions);
                let sent: u128 = actions.iter().map(Action::yocto).sum();
                let is_awaited = self.receipts.iter().any(|other| other.inputs.contains(&at));
                let comes_back = result == Received::Failed && !self.thieves.contains(&account);
                if comes_back && is_awaited {
                    self.receipts[at].refund = sent;
                } else if comes_back {
                    self.balance += sent;
                } else {
                    *self.accounts.entry(account).or_default() += sent as i128;
                }
                self.receipts[at].result = Some(result);
            }
            Work::Enclave {
                predecessor,
                export,
                input,
                deposit,
            } => self.execute(at, &predecessor, (&export, input), deposit),
        }
    }

    fn execute(&mut self, at: usize, who: &str, (export, input): (&str, Vec<u8>), deposit: u128) {
        self.height += 1;
        let inputs = self.receipts[at].inputs.clone();
        for input in &inputs {
            // NEAR executes the refund right before the answer.
            self.balance += std::mem::take(&mut self.receipts[*input].refund);
        }
        let results = inputs
            .iter()
            .filter_map(|input| self.result(*input).cloned());
        let effects = Rc::new(RefCell::new(Effects::default()));
        let platform = Memory {
            pairs: Rc::clone(&self.pairs),
            surroundings: Surroundings {
                predecessor: who.to_owned(),
                signer: self.receipts[at].signer.clone(),
                deposit,
                balance: self.balance,
                block_height: self.height,
                block_timestamp_ns: 1_700_000_000_000_000_000 + self.height * 1_000_000_000,
            },
            input,
            results: results.chain(self.receipts[at].resumed.clone()).collect(),
            effects: Rc::clone(&effects),
        };
        let before = self.pairs.borrow().clone();
        match serve(named(export), platform) {
            Ok(()) => {
                self.balance += deposit;
                let effects = effects.borrow().clone();
                self.settle(at, effects);
            }
            Err(failure) => {
                *self.pairs.borrow_mut() = before;
                let receipt = &mut self.receipts[at];
                match who {
                    ENCLAVE => receipt.refund = deposit,
                    who => *self.accounts.entry(who.to_owned()).or_default() += deposit as i128,
                }
                receipt.result = Some(Received::Failed);
                receipt.failure = Some(failure);
            }
        }
    }
}

impl Default for FlowWorld {
    fn default() -> Self {
        Self::new()
    }
}

/// A result in JSON.
#[must_use]
pub fn answer(value: &Value) -> Received {
    Received::Bytes(value.to_string().into_bytes())
}
