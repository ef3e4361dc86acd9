//! A NEAR chain in one process, on NEAR's own VM.
//!
//! Transactions go in, blocks and outcomes come out. Types, fees, limits and
//! protocol versions are those of `near-primitives` and `near-parameters`;
//! contracts run on `near-vm-runner`. This crate adds what lies between them:
//! accounts, keys, receipts, promises, yields, blocks, and a durable store.
//! It knows nothing of the enclave, of JavaScript or of HTTP: a JSON-RPC
//! server can be put in front of [`Chain`], whose outcomes convert to NEAR's
//! own view types.

mod actions;
mod block;
mod chain;
mod config;
mod contract_call;
mod errors;
mod execution;
mod external;
mod fees;
mod genesis;
mod money;
mod outcome;
mod promises;
mod queries;
mod receipts;
mod refunds;
mod stake;
mod state;
mod store;
mod stored;
mod supply;
mod transact;
mod transactions;
mod trie_touch;
mod validation;
mod view;

pub use block::BlockRecord;
pub use chain::Chain;
pub use config::{ChainConfig, DEV_ACCOUNT, GenesisAccount, dev_account, dev_key, dev_signer};
pub use errors::{ChainError, SubmitError, ViewError};
pub use outcome::{FunctionCall, ReceiptOutcome, TransactionOutcome, ViewOutcome};

pub use near_crypto::{PublicKey, PublicKeyHandle, SecretKey, Signer};
pub use near_parameters::RuntimeConfig;
pub use near_primitives::action::Action;
pub use near_primitives::hash::CryptoHash;
pub use near_primitives::transaction::SignedTransaction;
pub use near_primitives::types::{AccountId, Balance, Gas};
