//! What the contract's exports take and give, as JSON.

use crate::tokens::{MovedTokens, TokensHeld};
use crate::value::Value;
use serde::{Deserialize, Serialize};

/// `new {owner, allowance_bytes?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    /// The account that administers the enclave.
    pub owner: String,
    /// For how many bytes of each subcontract's storage the enclave pays where a call comes without a
    /// deposit; 100,000 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance_bytes: Option<u64>,
}

/// `upload {id, source, init?}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The new subcontract's id.
    pub id: String,
    /// An ES module.
    pub source: String,
    /// The call that makes the subcontract ready, in the same receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<Init>,
}

/// The first call of a new subcontract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Init {
    /// The method; `init` unless told.
    #[serde(default = "init_method")]
    pub method: String,
    /// Its single parameter.
    #[serde(default)]
    pub args: Value,
}

fn init_method() -> String {
    "init".to_owned()
}

/// `call {id, method, args, trace?}` and `view {id, method, args}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The subcontract to call.
    pub id: String,
    /// One of its exports.
    pub method: String,
    /// The method's single parameter.
    #[serde(default)]
    pub args: Value,
    /// Whether to log the tree of frames with their gas.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub trace: bool,
}

/// `ft_on_transfer {sender_id, amount, msg}`, as NEP-141 has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Who sent the tokens.
    pub sender_id: String,
    /// How many, in the token's smallest unit.
    pub amount: String,
    /// For whom they are: an [`Addressed`] as JSON.
    pub msg: String,
}

/// For which subcontract something is that reaches the enclave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addressed {
    /// The subcontract.
    pub id: String,
    /// What it is told.
    #[serde(default)]
    pub msg: Value,
}

/// `remove {id}` and `subcontract {id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The subcontract meant.
    pub id: String,
}

/// `resume {id, flow, wait}`, which only the enclave itself may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The subcontract whose method waits.
    pub id: String,
    /// The flow's token.
    pub flow: String,
    /// For which of its waits the answers have come.
    pub wait: u32,
    /// What was attached, where it may have come back, in yoctoNEAR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yocto: Option<String>,
    /// Which tokens the call moved that was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<MovedTokens>,
}

/// `settle {id, flow}`, which only the enclave itself may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// The subcontract whose method waits.
    pub id: String,
    /// The flow's token.
    pub flow: String,
    /// The subcontract that spawned it, if one did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub spawner: String,
}

/// `retry {id, flow}` and `abort {id, flow}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfFlow {
    /// The subcontract whose method waits.
    pub id: String,
    /// The flow's token.
    pub flow: String,
}

/// `flows {id, from?, limit?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskFlows {
    /// The subcontract.
    pub id: String,
    /// The first flow to be listed, or the place where it would be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// How many at most; 50 unless told, 100 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What `flows` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flows {
    /// The flows in the order of their tokens.
    pub flows: Vec<FlowState>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A method that waits: what `flow` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowState {
    /// The subcontract whose method it is.
    pub id: String,
    /// The flow's token.
    pub flow: String,
    /// The method.
    pub method: String,
    /// Who called it.
    pub caller: String,
    /// The block in which it began, or began anew.
    pub height: u64,
    /// What it waits for.
    pub waits: Vec<WaitState>,
    /// Bytes of storage that it takes, and who pays how many of them.
    pub bytes: u64,
    /// Who pays for it.
    pub payers: Vec<Payer>,
    /// What is left of the deposit that came with its call, in yoctoNEAR.
    pub left_yocto: String,
    /// Keys of the subcontract that it holds locks on, each behind `r` or `w`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<(String, String)>,
    /// The first block in which anybody may abort it, where it holds locks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Why it does not go on, where something is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<crate::error::Failure>,
}

/// One thing that a method waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitState {
    /// Its number among the method's.
    pub wait: u32,
    /// The block since which it waits.
    pub since: u64,
    /// How many promises are settled with it.
    pub promises: u32,
    /// The call that was spawned, where one is waited for; it waits itself while its flow is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<OfFlow>,
    /// Whether the method is to be told that this is cancelled, whatever comes.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_cancelled: bool,
    /// The token with which others settle it; none where answers from outside do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The first block in which that is too late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<u64>,
}

/// Who pays for storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// An account, a subcontract, or `*` for the enclave.
    pub payer: String,
    /// How many bytes.
    pub bytes: u64,
}

/// `expire {token}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expire {
    /// What `near.yield` gave.
    pub token: String,
}

/// `subcontracts {from?, limit?}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The first id to be listed, or the place where it would be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// How many at most; 50 unless told, 100 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `collect {id, limit?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    /// The id under which something was removed.
    pub id: String,
    /// How many records at most; 100 unless told, 1,000 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What `compile` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompiledAgain {
    /// Whether the code had been compiled for another build of the engine, and is ready now.
    pub was_stale: bool,
}

/// What `collect` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// How many records went.
    pub records: u64,
    /// Whether something is left to collect.
    pub is_left: bool,
}

/// `storage_bill {account, from?, limit?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskBill {
    /// Who pays: a NEAR account, the enclave's own too, or a subcontract.
    pub account: String,
    /// Where to go on: what `next` said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// How many entries to look at; 10,000 unless told, 15,000 at most. A subcontract counts as 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What `storage_bill` says. With `next`, the bill is the sum of all answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageBill {
    /// Who pays.
    pub account: String,
    /// Bytes that are billed. The enclave's own may be below 0: others are billed what their entries
    /// would take in the worst pages.
    pub bytes: i64,
    /// Their price, in yoctoNEAR: a decimal number as a string.
    pub yocto: String,
    /// For which subcontracts.
    pub subcontracts: Vec<BillOf>,
    /// What to give as `from` for the rest; `null` when this is all.
    pub next: Option<String>,
}

/// What an account pays for one subcontract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillOf {
    /// The subcontract.
    pub id: String,
    /// Bytes that are billed.
    pub bytes: u64,
}

/// `proof {id, key}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prove {
    /// The subcontract.
    pub id: String,
    /// A key of its storage, as the subcontract writes it.
    pub key: String,
}

/// What `state_root` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRoot {
    /// The hash of everything that the enclave stores, in hex.
    pub root: String,
}

/// What `proof` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The hash of everything that the enclave stores, in hex.
    pub root: String,
    /// The stored bytes of the value, in hex; `null` where the key has none.
    pub value: Option<String>,
    /// What shows it, in hex.
    pub proof: String,
}

/// What is known about one subcontract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subcontract {
    /// Its id.
    pub id: String,
    /// The account that may replace or remove it.
    pub owner: String,
    /// The sha256 of its source, in hex.
    pub code_hash: String,
    /// Bytes of its source.
    pub code_bytes: u64,
    /// Its own money, in yoctoNEAR: a decimal number as a string.
    pub balance_yocto: String,
    /// Bytes of storage that are billed for it, to whomever.
    pub storage_bytes: u64,
    /// How many keys its storage has.
    pub keys: u64,
    /// Methods that can be called.
    pub methods: Vec<String>,
    /// Whether its code has to be compiled for this build of the engine before it runs again.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_stale: bool,
    /// What it holds of NEP-141 tokens outside, the first 100 of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokensHeld>,
}

/// One page of `subcontracts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subcontracts {
    /// In the order of their ids.
    pub subcontracts: Vec<Subcontract>,
    /// Where the next page begins; `null` when this is the last.
    pub next: Option<String>,
}

/// What an upload says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// The id.
    pub id: String,
    /// The sha256 of the source, in hex.
    pub code_hash: String,
    /// Bytes of the source.
    pub code_bytes: u64,
    /// Bytes by which the enclave's storage grew.
    pub storage_bytes: u64,
}

/// One frame of a trace: `call` with `trace: true` logs these as a NEP-297 event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceFrame {
    /// The subcontract that ran.
    pub id: String,
    /// The method.
    pub method: String,
    /// NEAR gas of the frame and all below it.
    pub gas: u64,
    /// `ok`, or the code of the error with which it ended.
    pub outcome: String,
    /// The frames it called, in order.
    #[serde(default)]
    pub children: Vec<TraceFrame>,
}
