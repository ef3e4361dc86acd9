//! What the demo's story is made of, as `--json` prints it. No behaviour.

use conclave_abi::request::TraceFrame;
use serde::Serialize;

use crate::enclave::StateDigest;

/// One transaction of the story.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// What it was.
    pub what: String,
    /// Its hash.
    pub transaction: String,
    /// The gas that it burnt.
    pub gas: u64,
}

/// What somebody has of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// Who.
    pub holder: String,
    /// Of which token.
    pub token: String,
    /// How much, in the token's smallest unit.
    pub amount: String,
}

/// The swap that succeeds.
#[derive(Debug, Clone, Serialize)]
pub struct Swap {
    /// The transaction's hash.
    pub transaction: String,
    /// The gas that it burnt.
    pub gas: u64,
    /// What the outermost call returned.
    pub value: serde_json::Value,
    /// The tree of frames, each with its gas.
    pub trace: TraceFrame,
    /// Who had what before.
    pub before: Vec<Holding>,
    /// Who has what after.
    pub after: Vec<Holding>,
}

/// The swap that fails in its innermost call, and that nothing of it stayed.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    /// The transaction's hash.
    pub transaction: String,
    /// The gas that it burnt.
    pub gas: u64,
    /// The code of the failure.
    pub code: String,
    /// What it says.
    pub message: String,
    /// The frames from the outermost to the one that failed.
    pub path: Vec<String>,
    /// The enclave's state before.
    pub state_before: StateDigest,
    /// The enclave's state after.
    pub state_after: StateDigest,
    /// Whether every key and value is the same. Always true: otherwise the demo fails.
    pub is_unchanged: bool,
    /// Who had what before.
    pub before: Vec<Holding>,
    /// Who has what after.
    pub after: Vec<Holding>,
}

/// Everything, as `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// NEAR's protocol version.
    pub protocol: u32,
    /// The enclave's bytes.
    pub contract_bytes: u64,
    /// Its SHA-256.
    pub contract_sha256: String,
    /// The loader's bytes.
    pub loader_bytes: u64,
    /// How many chunks the enclave took.
    pub chunks: u32,
    /// The gas that the plan said, before anything was sent.
    pub deploy_gas_planned: u64,
    /// The gas that the deployment then burnt.
    pub deploy_gas: u64,
    /// The transactions before the swap, in order.
    pub transactions: Vec<Told>,
    /// The swap that succeeds.
    pub swap: Swap,
    /// The swap that fails.
    pub failure: Proof,
}
