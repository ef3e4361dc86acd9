//! A scenario on its way: what each step does to the chain, and which calls have begun.
//!
//! Steps come in, what they returned and burnt comes out. It holds the transactions of calls that
//! have not ended; what a step expects is the step's business.

use std::collections::BTreeMap;
use std::path::Path;

use conclave_localnet::{
    Action, Balance, Chain, ChainError, CryptoHash, Gas, Signer, TransactionOutcome, dev_signer,
};
use near_primitives::action::FunctionCallAction;
use serde::Serialize;
use serde_json::Value;

use super::step::{CallStep, Deed, DeployStep, SendStep, Step, UploadStep};
use super::{ScenarioError, UPLOAD_DEPOSIT, ensure, file, read};
use crate::enclave::{Attached, Done, Enclave, GAS_DEFAULT, Upload, done};
use crate::failure::Failed;
use crate::units::{UnitError, parse_balance, parse_gas};

/// Within how many blocks the first receipt of a call is done.
const BEGIN_BLOCKS_MAX: u64 = 10;

/// What a step returned and burnt.
pub(super) struct Returned {
    pub(super) value: Value,
    pub(super) gas: u64,
}

/// A call that has begun.
struct Begun {
    hash: CryptoHash,
    what: String,
}

/// A scenario on its way.
pub(super) struct Run<'a, 'b> {
    dir: &'a Path,
    enclave: &'a mut Enclave<'b>,
    begun: BTreeMap<String, Begun>,
}

impl<'a, 'b> Run<'a, 'b> {
    pub(super) fn new(dir: &'a Path, enclave: &'a mut Enclave<'b>) -> Self {
        let begun = BTreeMap::new();
        Self {
            dir,
            enclave,
            begun,
        }
    }

    pub(super) fn enclave(&self) -> &Enclave<'b> {
        self.enclave
    }

    /// Whether a call is on its way.
    pub(super) fn is_any_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// What the deed is about: of the end of a call, the call.
    pub(super) fn what(&self, deed: Deed<'_>) -> String {
        match deed {
            Deed::End(name) => {
                let begun = self.begun.get(name).map(|begun| begun.what.clone());
                begun.unwrap_or_else(|| deed.what())
            }
            _ => deed.what(),
        }
    }

    /// Does what the step says.
    pub(super) fn execute(
        &mut self,
        number: usize,
        step: &Step,
        deed: Deed<'_>,
    ) -> Result<Result<Returned, Failed>, ScenarioError> {
        let form = |needs| ScenarioError::Form {
            step: number,
            needs,
        };
        let wrong = |reason| ScenarioError::Amount {
            step: number,
            reason,
        };
        let signer = || step.signer().ok_or_else(|| form("as"));
        Ok(match deed {
            Deed::Upload(upload) => self.upload(&signer()?, upload, wrong)?,
            Deed::Call(call) => {
                let attached = call.attached().map_err(wrong)?;
                let ended = self.enclave.call(&signer()?, &call.request(), attached);
                ended.map(returned)
            }
            Deed::Begin(name, call) => {
                let attached = call.attached().map_err(wrong)?;
                self.begin(&signer()?, name, call, attached)
            }
            Deed::End(name) => {
                let begun = self.begun.remove(name);
                self.end(&begun.ok_or_else(|| form("the name of a call that has begun"))?)
            }
            Deed::View(view) => self.enclave.view(view).map(|viewed| Returned {
                value: json(&viewed.value),
                gas: viewed.gas,
            }),
            Deed::Deploy(deploy) => self.deploy(deploy)?,
            Deed::Send(send) => {
                let attached = send.attached().map_err(wrong)?;
                self.send(&signer()?, send, attached)
            }
            Deed::Advance(blocks) => self.advance(blocks),
        })
    }

    fn upload(
        &mut self,
        signer: &Signer,
        step: &UploadStep,
        wrong: impl Fn(UnitError) -> ScenarioError,
    ) -> Result<Result<Returned, Failed>, ScenarioError> {
        let deposit = step.deposit.as_deref();
        let attached = attached(None, deposit, UPLOAD_DEPOSIT).map_err(wrong)?;
        let upload = Upload {
            id: step.id.clone(),
            source: read(&self.dir.join(&step.source))?,
            init: step.init.clone(),
        };
        Ok(self.enclave.upload(signer, &upload, attached).map(returned))
    }

    /// Sends a call, and produces blocks until its first receipt is done.
    fn begin(
        &mut self,
        signer: &Signer,
        name: &str,
        step: &CallStep,
        attached: Attached,
    ) -> Result<Returned, Failed> {
        let request = serde_json::to_vec(&step.request()).expect("invariant: a request is JSON");
        let call = Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: "call".to_owned(),
            args: request,
            gas: attached.gas,
            deposit: attached.deposit,
        }));
        let account = self.enclave.account().clone();
        let chain = self.enclave.chain();
        let transaction = chain.sign(signer, &account, vec![call])?;
        let hash = chain.submit(transaction)?;
        let outcome = first_receipt(chain, hash)?;
        let what = Deed::Call(step).what();
        self.begun.insert(name.to_owned(), Begun { hash, what });
        Ok(Returned {
            value: Value::Null,
            gas: outcome.gas_burnt().as_gas(),
        })
    }

    fn end(&mut self, begun: &Begun) -> Result<Returned, Failed> {
        let outcome = self.enclave.chain().run(&begun.hash)?;
        if outcome.failure().is_none() && !outcome.is_success() {
            let hash = begun.hash;
            return Err(ChainError::NotDone { hash, blocks: 0 }.into());
        }
        ended(&outcome)
    }

    fn deploy(&mut self, step: &DeployStep) -> Result<Result<Returned, Failed>, ScenarioError> {
        let path = self.dir.join(&step.wasm);
        let code = std::fs::read(&path).map_err(|error| file(&path, error))?;
        let chain = self.enclave.chain();
        ensure(chain, &step.account)?;
        let outcome = chain.deploy(&dev_signer(&step.account), code);
        Ok(outcome
            .map_err(Failed::from)
            .and_then(|outcome| ended(&outcome)))
    }

    fn send(
        &mut self,
        signer: &Signer,
        step: &SendStep,
        attached: Attached,
    ) -> Result<Returned, Failed> {
        let call = step.call(attached);
        let outcome = self.enclave.chain().call(signer, &step.account, call)?;
        ended(&outcome)
    }

    fn advance(&mut self, blocks: u64) -> Result<Returned, Failed> {
        self.enclave.chain().advance_blocks(blocks)?;
        Ok(Returned {
            value: Value::Null,
            gas: 0,
        })
    }
}

impl CallStep {
    fn attached(&self) -> Result<Attached, UnitError> {
        attached(self.gas.as_deref(), self.deposit.as_deref(), Balance::ZERO)
    }
}

impl SendStep {
    fn attached(&self) -> Result<Attached, UnitError> {
        attached(self.gas.as_deref(), self.deposit.as_deref(), Balance::ZERO)
    }
}

fn first_receipt(chain: &mut Chain, hash: CryptoHash) -> Result<TransactionOutcome, Failed> {
    for _ in 0..BEGIN_BLOCKS_MAX {
        chain.produce_block()?;
        let outcome = chain.transaction(&hash)?;
        if let Some(outcome) = outcome.filter(|outcome| !outcome.receipts.is_empty()) {
            return Ok(outcome);
        }
    }
    let blocks = BEGIN_BLOCKS_MAX;
    Err(ChainError::NotDone { hash, blocks }.into())
}

/// What a transaction ended with.
fn ended(outcome: &TransactionOutcome) -> Result<Returned, Failed> {
    match outcome.failure() {
        Some(error) => Err(Failed::of_transaction(outcome, error)),
        None => done::<Value>(outcome).map(returned),
    }
}

fn returned<T: Serialize>(done: Done<T>) -> Returned {
    Returned {
        value: json(&done.value),
        gas: done.gas,
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

fn attached(
    gas: Option<&str>,
    deposit: Option<&str>,
    deposit_default: Balance,
) -> Result<Attached, UnitError> {
    let gas: Gas = gas.map_or(Ok(GAS_DEFAULT), parse_gas)?;
    let deposit = deposit.map_or(Ok(deposit_default), parse_balance)?;
    Ok(Attached { gas, deposit })
}
