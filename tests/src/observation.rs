//! What one request did, written down: the lines of a golden trace.
//!
//! Requests go to the enclave in NEAR's VM; what the receipts say comes out, with the gas of the
//! VM alone (fees of transaction and receipt left out) and a digest of all that is stored.

use crate::gas_table::vm_gas;
use crate::native::ENCLAVE;
use crate::story::{Request, Scene, Story};
use crate::vm::{Vm, account, failure};
use crate::world::Ended;
use conclave_abi::error::Failure;
use conclave_abi::request::TraceFrame;
use conclave_cli::enclave::{Enclave, StateDigest};
use conclave_cli::trace::frames;
use conclave_localnet::{Balance, TransactionOutcome};
use serde::Serialize;
use serde_json::{Value, json};

/// What one request did.
#[derive(Debug, Clone, Serialize)]
pub struct Observation {
    /// Who signed; nobody signs a view.
    pub who: Option<String>,
    /// The export of the enclave.
    pub export: String,
    /// The subcontract and the method.
    pub what: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Log lines, trace events apart.
    pub logs: Vec<String>,
    /// The tree of frames, where the call was traced and did not fail.
    pub frames: Option<TraceFrame>,
    /// Gas of the VM in the enclave's receipt. Of a failed view the chain tells none: 0.
    pub gas: u64,
    /// What the enclave sent.
    pub transfers: Vec<Transfer>,
    /// All that the enclave stores afterwards.
    pub state: StateDigest,
}

/// How a request ended.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With a value.
    Value(Value),
    /// With a failure.
    Failure(Refusal),
}

/// A failure without its JS stack.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// Its code.
    pub code: String,
    /// What it says.
    pub message: String,
    /// The frames from the outermost to the one that failed.
    pub path: Vec<String>,
}

/// Money that the enclave sent.
#[derive(Debug, Clone, Serialize)]
pub struct Transfer {
    /// To whom.
    pub to: String,
    /// How much, in yoctoNEAR, in decimal.
    pub amount_yocto: String,
}

/// Whether a call asks for its tree of frames, which costs gas itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracing {
    /// It does.
    Traced,
    /// It is sent as it is.
    Plain,
}

/// Runs the story of a sample on an enclave of its own and writes down every request.
///
/// # Panics
/// When a step does not do what its scenario says.
#[must_use]
pub fn observe(story: &Story) -> Vec<Observation> {
    let mut vm = Vm::new();
    vm.ensure_accounts(&story.accounts);
    let scenes = story.scenes.iter();
    scenes.map(|scene| observe_scene(&mut vm, scene)).collect()
}

fn observe_scene(vm: &mut Vm, scene: &Scene) -> Observation {
    let (observation, ended) = record(vm, &scene.request, Tracing::Traced);
    if let Some(why) = scene.objection(&ended) {
        panic!("{}: {why}", scene.request.what());
    }
    observation
}

/// Sends one request and writes it down.
pub fn record(vm: &mut Vm, request: &Request, tracing: Tracing) -> (Observation, Ended) {
    let Some(who) = &request.signer else {
        let ended = request.send(vm);
        return (observation(vm, request, &ended, Vec::new()), ended);
    };
    let mut input = request.input.clone();
    if tracing == Tracing::Traced && request.export == "call" {
        let mut traced: Value = serde_json::from_str(&input).expect("JSON");
        traced["trace"] = json!(true);
        input = traced.to_string();
    }
    let before = vm.balance(who);
    let outcome = vm.transact(who, &request.export, input.as_bytes(), request.deposit);
    let transfers = transfers(vm, &outcome, before, request.deposit);
    let ended = ended(&outcome);
    (observation(vm, request, &ended, transfers), ended)
}

fn observation(
    vm: &mut Vm,
    request: &Request,
    ended: &Ended,
    transfers: Vec<Transfer>,
) -> Observation {
    let mut trees = ended.logs.iter().filter_map(|log| frames(log)).flatten();
    let plain = ended.logs.iter().filter(|log| frames(log).is_none());
    Observation {
        who: request.signer.clone(),
        export: request.export.clone(),
        what: request.what(),
        outcome: Outcome::of(&ended.result),
        logs: plain.cloned().collect(),
        frames: trees.next(),
        gas: ended.gas,
        transfers,
        state: Enclave::new(vm.chain(), account(ENCLAVE)).state_digest(),
    }
}

/// How a transaction ended, with the gas of the VM alone.
fn ended(outcome: &TransactionOutcome) -> Ended {
    let logs = outcome.logs().into_iter().map(str::to_owned).collect();
    let result = match outcome.failure() {
        Some(error) => Err(failure(error)),
        None => Ok(outcome.json().expect("a result is JSON")),
    };
    let gas = outcome.receipts.first().map_or(0, |it| vm_gas(it, ""));
    Ended { result, logs, gas }
}

/// What the enclave sent. No outcome tells amounts, so the signer's balance does: what is not
/// the deposit and not burnt came from the enclave.
fn transfers(
    vm: &Vm,
    outcome: &TransactionOutcome,
    before: Balance,
    deposit: u128,
) -> Vec<Transfer> {
    let signer = &outcome.transaction.signer_id;
    let sent = outcome.receipts.iter().skip(1);
    let sent = sent.filter(|it| it.predecessor_id.as_str() == ENCLAVE);
    let amount = |to: &str| {
        assert_eq!(to, signer, "the enclave sends to who signed");
        let spent = outcome.tokens_burnt().as_yoctonear() + deposit;
        let after = vm.balance(to).as_yoctonear();
        (after + spent - before.as_yoctonear()).to_string()
    };
    let receivers = sent.map(|it| it.outcome.executor_id.to_string());
    receivers
        .map(|to| Transfer {
            amount_yocto: amount(&to),
            to,
        })
        .collect()
}

impl Outcome {
    fn of(result: &Result<Value, Failure>) -> Self {
        match result {
            Ok(value) => Self::Value(value.clone()),
            Err(failure) => Self::Failure(Refusal {
                code: failure.code.clone(),
                message: failure.message.clone(),
                path: failure.path.clone(),
            }),
        }
    }
}
