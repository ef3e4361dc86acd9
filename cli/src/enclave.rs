//! The enclave as its users see it: uploads, calls and views, over a chain.
//!
//! Requests go in as the JSON of `conclave_abi::request`; what comes out is what the receipt
//! says: value, gas, logs, frames, or a [`Failed`]. It holds no state of its own.

use conclave_abi::key;
use conclave_abi::request::{
    AskBill, Collect, Collected, CompiledAgain, Named, Proof, Prove, StateRoot, StorageBill,
    Subcontract, Subcontracts, TraceFrame, Uploaded,
};
use conclave_localnet::{AccountId, Action, Balance, Chain, Gas, Signer, TransactionOutcome};
use near_primitives::action::FunctionCallAction;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::code::Code;
use crate::failure::Failed;
use crate::trace;

/// The gas of a call that says nothing else.
pub const GAS_DEFAULT: Gas = Gas::from_teragas(300);

/// The gas of an upload that says nothing else: all that a call can have, because a source is parsed
/// several times and costs about 10 Ggas a byte.
pub const UPLOAD_GAS_DEFAULT: Gas = Gas::from_teragas(1_000);

/// What one transaction carries besides its request.
#[derive(Debug, Clone, Copy)]
pub struct Attached {
    /// The gas that goes along.
    pub gas: Gas,
    /// The money that goes along.
    pub deposit: Balance,
}

impl Default for Attached {
    fn default() -> Self {
        Self {
            gas: GAS_DEFAULT,
            deposit: Balance::ZERO,
        }
    }
}

/// A call of one method of one subcontract.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The subcontract.
    pub id: String,
    /// One of its exports.
    pub method: String,
    /// Its single parameter, kept as it was written.
    #[serde(default = "no_args")]
    pub args: Box<RawValue>,
    /// Whether the tree of frames is logged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trace: bool,
}

/// The first call of a new subcontract.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Init {
    /// The method.
    #[serde(default = "init_method")]
    pub method: String,
    /// Its single parameter, kept as it was written.
    #[serde(default = "no_args")]
    pub args: Box<RawValue>,
}

/// An upload of one subcontract.
#[derive(Debug, Clone, Serialize)]
pub struct Upload {
    /// The new subcontract's id.
    pub id: String,
    /// An ES module.
    pub source: String,
    /// The first call, in the same receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<Init>,
}

/// What a transaction came to.
#[derive(Debug, Clone, Serialize)]
pub struct Done<T> {
    /// The transaction's hash.
    pub transaction: String,
    /// What it returned.
    pub value: T,
    /// All gas that it burnt, that of every receipt included.
    pub gas: u64,
    /// All yoctoNEAR that it burnt.
    pub tokens_burnt: String,
    /// What was logged, trace events apart.
    pub logs: Vec<String>,
    /// The frames, if the call was traced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceFrame>,
}

/// What a view came to.
#[derive(Debug, Clone, Serialize)]
pub struct Viewed<T> {
    /// What it returned.
    pub value: T,
    /// The gas that it burnt and nobody paid.
    pub gas: u64,
    /// What was logged.
    pub logs: Vec<String>,
}

/// One enclave on one chain.
pub struct Enclave<'a> {
    chain: &'a mut Chain,
    account: AccountId,
}

impl<'a> Enclave<'a> {
    /// The enclave of an account. Nothing is looked up yet.
    #[must_use]
    pub fn new(chain: &'a mut Chain, account: AccountId) -> Self {
        Self { chain, account }
    }

    /// The chain it is on.
    pub fn chain(&mut self) -> &mut Chain {
        self.chain
    }

    /// Its account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Uploads a subcontract in a transaction.
    ///
    /// # Errors
    /// [`Failed`], when the source is too large to be sent, or as the receipt says.
    pub fn upload(
        &mut self,
        signer: &Signer,
        upload: &Upload,
        attached: Attached,
    ) -> Result<Done<Uploaded>, Failed> {
        let outcome = self.transact(signer, "upload", upload, attached)?;
        done(&outcome)
    }

    /// Calls a method in a transaction.
    ///
    /// # Errors
    /// [`Failed`], as the receipt says.
    pub fn call(
        &mut self,
        signer: &Signer,
        call: &Call,
        attached: Attached,
    ) -> Result<Done<Box<RawValue>>, Failed> {
        let outcome = self.transact(signer, "call", call, attached)?;
        done(&outcome)
    }

    /// Removes a subcontract in a transaction.
    ///
    /// # Errors
    /// [`Failed`], as the receipt says.
    pub fn remove(
        &mut self,
        signer: &Signer,
        id: &str,
        attached: Attached,
    ) -> Result<Done<Box<RawValue>>, Failed> {
        let outcome = self.transact(signer, "remove", &Named { id: id.to_owned() }, attached)?;
        done(&outcome)
    }

    /// Compiles a subcontract's code again where another build of the engine had compiled it.
    ///
    /// # Errors
    /// [`Failed`], as the receipt says.
    pub fn compile(
        &mut self,
        signer: &Signer,
        id: &str,
        attached: Attached,
    ) -> Result<Done<CompiledAgain>, Failed> {
        let outcome = self.transact(signer, "compile", &Named { id: id.to_owned() }, attached)?;
        done(&outcome)
    }

    /// Removes records of what was removed under an id, in a transaction.
    ///
    /// # Errors
    /// [`Failed`], as the receipt says.
    pub fn collect(
        &mut self,
        signer: &Signer,
        request: &Collect,
        attached: Attached,
    ) -> Result<Done<Collected>, Failed> {
        let outcome = self.transact(signer, "collect", request, attached)?;
        done(&outcome)
    }

    /// Calls a method that changes nothing, without a transaction.
    ///
    /// # Errors
    /// [`Failed`], as the view says.
    pub fn view(&self, call: &Call) -> Result<Viewed<Box<RawValue>>, Failed> {
        self.ask("view", call)
    }

    /// What is known about one subcontract.
    ///
    /// # Errors
    /// [`Failed`], when there is none of this id.
    pub fn subcontract(&self, id: &str) -> Result<Subcontract, Failed> {
        let answer = self.ask("subcontract", &Named { id: id.to_owned() })?;
        Ok(answer.value)
    }

    /// Subcontracts in the order of their ids, from `from` on, at most `limit`.
    ///
    /// # Errors
    /// [`Failed`], when there is no enclave.
    pub fn subcontracts(&self, from: &str, limit: usize) -> Result<Vec<Subcontract>, Failed> {
        let mut found = Vec::new();
        let mut next = Some(from.to_owned());
        while let Some(from) = next.filter(|_| found.len() < limit) {
            let page: Viewed<Subcontracts> =
                self.ask("subcontracts", &serde_json::json!({ "from": from }))?;
            found.extend(page.value.subcontracts);
            next = page.value.next;
        }
        found.truncate(limit);
        Ok(found)
    }

    /// The hash of everything that the enclave stores.
    ///
    /// # Errors
    /// [`Failed`], when there is no enclave, or it stores more than a view can read.
    pub fn state_root(&self) -> Result<Viewed<StateRoot>, Failed> {
        self.ask("state_root", &serde_json::json!({}))
    }

    /// The value of a key, and what shows that it is under the root.
    ///
    /// # Errors
    /// As [`Enclave::state_root`].
    pub fn proof(&self, id: &str, key: &str) -> Result<Viewed<Proof>, Failed> {
        let (id, key) = (id.to_owned(), key.to_owned());
        self.ask("proof", &Prove { id, key })
    }

    /// One page of what somebody pays for storage.
    ///
    /// # Errors
    /// [`Failed`], as the view says.
    pub fn storage_bill(&self, request: &AskBill) -> Result<StorageBill, Failed> {
        Ok(self.ask("storage_bill", request)?.value)
    }

    /// A digest of everything that the account stores but for compiled code, which follows from the
    /// sources and belongs to one build of the engine: equal exactly when all keys and values are.
    #[must_use]
    pub fn state_digest(&self) -> StateDigest {
        let mut pairs = self.chain.state(&self.account, b"");
        pairs.retain(|(key, _)| key.first() != Some(&key::COMPILED));
        let mut hash = Sha256::new();
        let mut bytes = 0;
        for part in pairs.iter().flat_map(|(key, value)| [key, value]) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
            bytes += part.len() as u64;
        }
        StateDigest {
            keys: pairs.len() as u64,
            bytes,
            sha256: hex::encode(hash.finalize()),
        }
    }

    pub(crate) fn transact(
        &mut self,
        signer: &Signer,
        method: &str,
        request: &impl Serialize,
        attached: Attached,
    ) -> Result<TransactionOutcome, Failed> {
        let outcome = self.send(signer, method, request, attached)?;
        match outcome.failure() {
            Some(error) => Err(Failed::of_transaction(&outcome, error)),
            None => Ok(outcome),
        }
    }

    /// Runs a transaction, and what it set going for earlier ones.
    pub(crate) fn send(
        &mut self,
        signer: &Signer,
        method: &str,
        request: &impl Serialize,
        attached: Attached,
    ) -> Result<TransactionOutcome, Failed> {
        let call = FunctionCallAction {
            method_name: method.to_owned(),
            args: encode(request)?,
            gas: attached.gas,
            deposit: attached.deposit,
        };
        let actions = vec![Action::FunctionCall(Box::new(call))];
        let outcome = self.chain.transact(signer, &self.account, actions)?;
        self.chain.settle()?;
        Ok(outcome)
    }

    pub(crate) fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        method: &str,
        request: &impl Serialize,
    ) -> Result<Viewed<T>, Failed> {
        let viewed = self.chain.view(&self.account, method, &encode(request)?)?;
        Ok(Viewed {
            value: decode(&viewed.result)?,
            gas: viewed.gas_burnt.as_gas(),
            logs: viewed.logs,
        })
    }
}

/// What tells two states of the enclave's account apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateDigest {
    /// How many keys are stored.
    pub keys: u64,
    /// The bytes of all keys and values.
    pub bytes: u64,
    /// The SHA-256 of all keys and values in order, each with its length.
    pub sha256: String,
}

/// What a successful transaction came to.
///
/// # Errors
/// [`Failed`] with `E_ANSWER`, when what it returned is not the JSON expected.
pub fn done<T: for<'de> Deserialize<'de>>(outcome: &TransactionOutcome) -> Result<Done<T>, Failed> {
    let logs = outcome.logs();
    let mut frames = logs.iter().filter_map(|log| trace::frames(log)).flatten();
    let plain = logs.iter().filter(|log| trace::frames(log).is_none());
    Ok(Done {
        transaction: outcome.hash().to_string(),
        value: decode(outcome.value().unwrap_or_default())?,
        gas: outcome.gas_burnt().as_gas(),
        tokens_burnt: outcome.tokens_burnt().as_yoctonear().to_string(),
        trace: frames.next(),
        logs: plain.map(|log| (*log).to_owned()).collect(),
    })
}

/// Checks a JSON text from the command line and keeps it as it was written.
///
/// # Errors
/// [`Failed`] with `E_ARGS`.
pub fn parse_json(text: &str, what: &str) -> Result<Box<RawValue>, Failed> {
    serde_json::from_str(text).map_err(|error| {
        let message = format!("{what} is not JSON: {error}");
        Failed::own(Code::Args, message).hint("quote it for the shell, e.g. '{\"amount\":\"10\"}'")
    })
}

fn encode(request: &impl Serialize) -> Result<Vec<u8>, Failed> {
    serde_json::to_vec(request).map_err(|error| Failed::own(Code::Internal, error.to_string()))
}

/// An empty answer is what a method without a result gives.
fn decode<T: for<'de> Deserialize<'de>>(answer: &[u8]) -> Result<T, Failed> {
    let answer = if answer.is_empty() { b"null" } else { answer };
    serde_json::from_slice(answer).map_err(|error| {
        let message = format!("the answer is not what this version expects: {error}");
        Failed::own(Code::Answer, message)
            .hint("the enclave on the chain may be of another version")
    })
}

fn init_method() -> String {
    "init".to_owned()
}

fn no_args() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).expect("invariant: {} is JSON")
}
