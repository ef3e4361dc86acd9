//! What became of a transaction, of its receipts, and of a view call.
//!
//! The leaves are NEAR's view types, so that a JSON-RPC server can send them as
//! they are. Nothing here decides anything.

use near_primitives::errors::TxExecutionError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, Gas};
use near_primitives::views::{
    CostGasUsed, ExecutionOutcomeView, ExecutionOutcomeWithIdView, FinalExecutionOutcomeView,
    FinalExecutionStatus, SignedTransactionView,
};
use serde::Serialize;

/// A call of one method, to be signed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionCall {
    /// The method's name.
    pub method: String,
    /// Its arguments as the contract gets them, usually JSON.
    pub args: Vec<u8>,
    /// The gas that goes along.
    pub gas: Gas,
    /// The money that goes along.
    pub deposit: Balance,
}

impl FunctionCall {
    /// Makes a call with 300 Tgas and no deposit.
    pub fn new(method: &str, args: impl Into<Vec<u8>>) -> Self {
        Self {
            method: method.to_owned(),
            args: args.into(),
            gas: Gas::from_teragas(300),
            deposit: Balance::ZERO,
        }
    }

    /// Makes a call with 300 Tgas, no deposit and JSON arguments.
    pub fn json(method: &str, args: &serde_json::Value) -> Self {
        Self::new(method, args.to_string())
    }

    /// Sets the gas.
    pub fn gas(self, gas: Gas) -> Self {
        Self { gas, ..self }
    }

    /// Sets the deposit.
    pub fn deposit(self, deposit: Balance) -> Self {
        Self { deposit, ..self }
    }
}

/// The execution of a transaction or of one receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptOutcome {
    /// The receipt's id, or the transaction's hash.
    pub id: CryptoHash,
    /// The height of the block in which it was executed.
    pub block_height: u64,
    /// The hash of that block.
    pub block_hash: CryptoHash,
    /// Who sent it: the signer, a contract, or `system` for refunds.
    pub predecessor_id: AccountId,
    /// Executor, status, logs, gas, burnt tokens, new receipts, gas profile.
    pub outcome: ExecutionOutcomeView,
}

impl ReceiptOutcome {
    /// Returns the gas by cost, empty where nothing was executed in the VM.
    pub fn gas_profile(&self) -> &[CostGasUsed] {
        self.outcome
            .metadata
            .gas_profile
            .as_deref()
            .unwrap_or_default()
    }
}

/// A transaction with everything that followed from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransactionOutcome {
    /// The transaction.
    pub transaction: SignedTransactionView,
    /// Its end: the value or the failure of the receipt that answers for it.
    pub status: FinalExecutionStatus,
    /// Turning the transaction into a receipt.
    pub transaction_outcome: ReceiptOutcome,
    /// All receipts that were executed, in order of execution.
    pub receipts: Vec<ReceiptOutcome>,
}

impl TransactionOutcome {
    /// Returns the transaction's hash.
    pub fn hash(&self) -> CryptoHash {
        self.transaction.hash
    }

    /// Returns whether it ended with a value.
    pub fn is_success(&self) -> bool {
        matches!(self.status, FinalExecutionStatus::SuccessValue(_))
    }

    /// Returns the value that it ended with.
    pub fn value(&self) -> Option<&[u8]> {
        match &self.status {
            FinalExecutionStatus::SuccessValue(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the value that it ended with, read as JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(self.value()?).ok()
    }

    /// Returns the failure that it ended with.
    pub fn failure(&self) -> Option<&TxExecutionError> {
        match &self.status {
            FinalExecutionStatus::Failure(failure) => Some(failure),
            _ => None,
        }
    }

    /// Returns the logs of all receipts in order of execution.
    pub fn logs(&self) -> Vec<&str> {
        self.receipts
            .iter()
            .flat_map(|it| &it.outcome.logs)
            .map(String::as_str)
            .collect()
    }

    /// Returns all gas burnt: the transaction's own and that of every receipt.
    pub fn gas_burnt(&self) -> Gas {
        let total = self.parts().map(|it| it.outcome.gas_burnt.as_gas()).sum();
        Gas::from_gas(total)
    }

    /// Returns all tokens burnt.
    pub fn tokens_burnt(&self) -> Balance {
        let total = self
            .parts()
            .map(|it| it.outcome.tokens_burnt.as_yoctonear())
            .sum();
        Balance::from_yoctonear(total)
    }

    /// Converts to what NEAR's JSON-RPC answers. Merkle proofs are empty.
    pub fn to_view(&self) -> FinalExecutionOutcomeView {
        FinalExecutionOutcomeView {
            status: self.status.clone(),
            transaction: self.transaction.clone(),
            transaction_outcome: with_id(&self.transaction_outcome),
            receipts_outcome: self.receipts.iter().map(with_id).collect(),
        }
    }

    fn parts(&self) -> impl Iterator<Item = &ReceiptOutcome> {
        std::iter::once(&self.transaction_outcome).chain(&self.receipts)
    }
}

fn with_id(part: &ReceiptOutcome) -> ExecutionOutcomeWithIdView {
    ExecutionOutcomeWithIdView {
        proof: Vec::new(),
        block_hash: part.block_hash,
        id: part.id,
        outcome: part.outcome.clone(),
    }
}

/// The result of a view call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ViewOutcome {
    /// The returned bytes, usually JSON.
    pub result: Vec<u8>,
    /// What the contract logged.
    pub logs: Vec<String>,
    /// The gas burnt, which nobody pays.
    pub gas_burnt: Gas,
}

impl ViewOutcome {
    /// Returns the result read as JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.result).ok()
    }
}
