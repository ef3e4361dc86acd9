//! The chain: transactions go in, blocks and outcomes come out.

use std::path::Path;

use near_crypto::{PublicKey, Signer};
use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, Account};
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{AccountId, Balance};
use serde::Serialize;

use crate::config::ChainConfig;
use crate::errors::{ChainError, SubmitError, ViewError};
use crate::outcome::{FunctionCall, TransactionOutcome, ViewOutcome};

/// One block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockRecord {
    /// Its height; genesis is 0.
    pub height: u64,
    /// Its hash.
    pub hash: CryptoHash,
    /// The hash of the block before.
    pub previous_hash: CryptoHash,
    /// Its time, in nanoseconds since 1970.
    pub timestamp_ns: u64,
    /// The seed of the randomness that contracts see in it.
    pub random_seed: CryptoHash,
    /// The price of one unit of gas.
    pub gas_price: Balance,
    /// All tokens that exist after it.
    pub total_supply: Balance,
    /// The transactions it took, in order.
    pub transactions: Vec<CryptoHash>,
    /// The receipts it executed, in order.
    pub receipts: Vec<CryptoHash>,
}

/// A NEAR chain in one process.
pub struct Chain {}

impl Chain {
    /// Starts a chain that lives as long as the value.
    pub fn in_memory(config: ChainConfig) -> Result<Self, ChainError> {
        unimplemented!("{config:?}")
    }

    /// Opens the chain in a folder, or starts one there.
    pub fn open(dir: &Path, config: ChainConfig) -> Result<Self, ChainError> {
        unimplemented!("{dir:?} {config:?}")
    }

    /// Returns NEAR's parameters (fees, limits, VM) of the chain's protocol version.
    pub fn runtime_config(&self) -> &RuntimeConfig {
        unimplemented!()
    }

    /// Returns what the chain started from.
    pub fn config(&self) -> &ChainConfig {
        unimplemented!()
    }

    /// Checks a transaction and puts it in line for the next block.
    pub fn submit(&mut self, transaction: SignedTransaction) -> Result<CryptoHash, SubmitError> {
        unimplemented!("{transaction:?}")
    }

    /// Produces one block, which is durable when this returns.
    pub fn produce_block(&mut self) -> Result<BlockRecord, ChainError> {
        unimplemented!()
    }

    /// Produces so many blocks.
    pub fn advance_blocks(&mut self, count: u64) -> Result<(), ChainError> {
        unimplemented!("{count}")
    }

    /// Makes the next block later by so many nanoseconds.
    pub fn advance_time(&mut self, ns: u64) {
        unimplemented!("{ns}")
    }

    /// Produces blocks until the transaction and all its receipts are done. A
    /// yield that waits ends it too: what has happened until then is returned.
    pub fn run(&mut self, hash: &CryptoHash) -> Result<TransactionOutcome, ChainError> {
        unimplemented!("{hash}")
    }

    /// Signs, submits and runs one transaction.
    pub fn transact(
        &mut self,
        signer: &Signer,
        receiver: &AccountId,
        actions: Vec<Action>,
    ) -> Result<TransactionOutcome, ChainError> {
        unimplemented!("{signer:?} {receiver} {actions:?}")
    }

    /// Signs one transaction with the next nonce, without submitting it.
    pub fn sign(
        &self,
        signer: &Signer,
        receiver: &AccountId,
        actions: Vec<Action>,
    ) -> Result<SignedTransaction, ChainError> {
        unimplemented!("{signer:?} {receiver} {actions:?}")
    }

    /// Calls one method in a transaction.
    pub fn call(
        &mut self,
        signer: &Signer,
        contract: &AccountId,
        call: FunctionCall,
    ) -> Result<TransactionOutcome, ChainError> {
        unimplemented!("{signer:?} {contract} {call:?}")
    }

    /// Creates an account with its development key and this balance, in a
    /// transaction of its parent if that is an account with its development
    /// key, else of the development account. Returns its signer.
    pub fn create_account(
        &mut self,
        id: &AccountId,
        balance: Balance,
    ) -> Result<Signer, ChainError> {
        unimplemented!("{id} {balance}")
    }

    /// Deploys a contract that fits into one transaction.
    pub fn deploy(
        &mut self,
        signer: &Signer,
        code: Vec<u8>,
    ) -> Result<TransactionOutcome, ChainError> {
        unimplemented!("{signer:?} {code:?}")
    }

    /// Looks up a transaction. Absent, no block has taken it.
    pub fn transaction(&self, hash: &CryptoHash) -> Result<Option<TransactionOutcome>, ChainError> {
        unimplemented!("{hash}")
    }

    /// Lists the transactions that an account signed or received, latest first.
    pub fn transactions_of(
        &self,
        account: &AccountId,
        limit: usize,
    ) -> Result<Vec<CryptoHash>, ChainError> {
        unimplemented!("{account} {limit}")
    }

    /// Calls a method that changes nothing.
    pub fn view(
        &self,
        contract: &AccountId,
        method: &str,
        args: &[u8],
    ) -> Result<ViewOutcome, ViewError> {
        unimplemented!("{contract} {method} {args:?}")
    }

    /// Returns an account.
    pub fn account(&self, id: &AccountId) -> Option<Account> {
        unimplemented!("{id}")
    }

    /// Returns an access key.
    pub fn access_key(&self, id: &AccountId, key: &PublicKey) -> Option<AccessKey> {
        unimplemented!("{id} {key}")
    }

    /// Lists the access keys of an account.
    pub fn access_keys(&self, id: &AccountId) -> Vec<(PublicKey, AccessKey)> {
        unimplemented!("{id}")
    }

    /// Lists what a contract stored under keys that begin so, in order of keys.
    pub fn state(&self, id: &AccountId, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        unimplemented!("{id} {prefix:?}")
    }

    /// Returns the code of an account's contract.
    pub fn code(&self, id: &AccountId) -> Option<Vec<u8>> {
        unimplemented!("{id}")
    }

    /// Returns a block by its height.
    pub fn block(&self, height: u64) -> Result<Option<BlockRecord>, ChainError> {
        unimplemented!("{height}")
    }

    /// Returns the latest block.
    pub fn head(&self) -> &BlockRecord {
        unimplemented!()
    }

    /// Keeps the whole chain as it is now under a name, durably. A snapshot of
    /// the same name is replaced.
    pub fn snapshot(&mut self, name: &str) -> Result<(), ChainError> {
        unimplemented!("{name}")
    }

    /// Brings the chain back to a snapshot, which stays. Transactions that wait are dropped.
    pub fn restore(&mut self, name: &str) -> Result<(), ChainError> {
        unimplemented!("{name}")
    }

    /// Lists the snapshots' names in order.
    pub fn snapshots(&self) -> Result<Vec<String>, ChainError> {
        unimplemented!()
    }
}
