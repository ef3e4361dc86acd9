//! Why the chain refused a request. What a contract did wrong is not here: that
//! is part of a [`crate::TransactionOutcome`].

use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, ProtocolVersion};

/// Why a transaction was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// NEAR's own rules refuse it.
    #[error("the transaction is invalid: {0}")]
    Invalid(#[from] InvalidTxError),
    /// It is waiting or done already.
    #[error("transaction {hash} was submitted already")]
    Duplicate {
        /// The transaction's hash.
        hash: CryptoHash,
    },
}

/// Why a view call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The account doesn't exist.
    #[error("account {account} does not exist")]
    UnknownAccount {
        /// The account that was asked for.
        account: AccountId,
    },
    /// The account has no contract.
    #[error("account {account} has no contract")]
    NoContract {
        /// The account that was asked for.
        account: AccountId,
    },
    /// The contract failed. What it logged until then is kept.
    #[error("{message}")]
    Failed {
        /// The VM's message. For a panic of the contract it is the panic's text.
        message: String,
        /// What the contract logged.
        logs: Vec<String>,
        /// The gas burnt until it failed.
        gas_burnt: u64,
    },
}

/// Why the chain could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The transaction was not taken.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The protocol version is outside of the range that the chain runs.
    #[error("protocol version {got} is outside of {first} to {last}")]
    ProtocolVersion {
        /// What was asked for.
        got: ProtocolVersion,
        /// The first version that works.
        first: ProtocolVersion,
        /// The last version that works.
        last: ProtocolVersion,
    },
    /// The folder holds a chain that began otherwise.
    #[error("the stored chain has {field} {stored}, not {wanted}")]
    OtherGenesis {
        /// What differs.
        field: &'static str,
        /// What the store says.
        stored: String,
        /// What the configuration says.
        wanted: String,
    },
    /// The signer is the empty one, which has neither account nor key.
    #[error("the signer has neither account nor key")]
    EmptySigner,
    /// The signer has no such key.
    #[error("account {account} has no access key {public_key}")]
    UnknownKey {
        /// The signer.
        account: AccountId,
        /// The key.
        public_key: String,
    },
    /// An account could not be created.
    #[error("account {account} was not created: {reason}")]
    NotCreated {
        /// The account.
        account: AccountId,
        /// How the transaction failed.
        reason: String,
    },
    /// No transaction has this hash.
    #[error("transaction {hash} is unknown")]
    UnknownTransaction {
        /// The hash.
        hash: CryptoHash,
    },
    /// No snapshot has this name.
    #[error("snapshot {name:?} does not exist")]
    UnknownSnapshot {
        /// The name.
        name: String,
    },
    /// A transaction has not come to its end after many blocks.
    #[error("transaction {hash} is not done after {blocks} blocks")]
    NotDone {
        /// The transaction.
        hash: CryptoHash,
        /// How many blocks were produced.
        blocks: u64,
    },
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(String),
    /// The folder of compiled contracts failed.
    #[error("the folder of compiled contracts failed: {0}")]
    Cache(#[from] std::io::Error),
    /// The store's content contradicts itself, or the VM reported a fault of its own.
    #[error("the chain's state is inconsistent: {0}")]
    Inconsistent(String),
}

impl SubmitError {
    /// Returns the error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "E_TX_INVALID",
            Self::Duplicate { .. } => "E_TX_DUPLICATE",
        }
    }
}

impl ViewError {
    /// Returns the error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAccount { .. } => "E_ACCOUNT_UNKNOWN",
            Self::NoContract { .. } => "E_CONTRACT_ABSENT",
            Self::Failed { .. } => "E_VIEW_FAILED",
        }
    }
}

impl ChainError {
    /// Returns the error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Submit(error) => error.code(),
            Self::ProtocolVersion { .. } => "E_PROTOCOL_VERSION",
            Self::OtherGenesis { .. } => "E_GENESIS_OTHER",
            Self::EmptySigner => "E_SIGNER_EMPTY",
            Self::UnknownKey { .. } => "E_KEY_UNKNOWN",
            Self::NotCreated { .. } => "E_ACCOUNT_NOT_CREATED",
            Self::UnknownTransaction { .. } => "E_TX_UNKNOWN",
            Self::UnknownSnapshot { .. } => "E_SNAPSHOT_UNKNOWN",
            Self::NotDone { .. } => "E_TX_NOT_DONE",
            Self::Store(_) => "E_STORE",
            Self::Cache(_) => "E_CONTRACT_CACHE",
            Self::Inconsistent(_) => "E_CHAIN_INCONSISTENT",
        }
    }
}
