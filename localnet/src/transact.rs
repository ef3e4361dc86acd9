//! Transactions from their making to their end: sign, submit, run.
//!
//! The chain keeps what was submitted until the next block takes it; what waits
//! is not durable.

use near_crypto::{InMemorySigner, PublicKey, Signer};
use near_primitives::account::AccessKey;
use near_primitives::action::{
    Action, AddKeyAction, CreateAccountAction, DeployContractAction, FunctionCallAction,
    TransferAction,
};
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance};

use crate::chain::Chain;
use crate::config::dev_signer;
use crate::errors::{ChainError, SubmitError};
use crate::outcome::{FunctionCall, TransactionOutcome};
use crate::state::Overlay;
use crate::transactions::verify;

/// For how many blocks a transaction may refer to a block (nearcore's genesis).
const TRANSACTION_VALIDITY_BLOCKS: u64 = 86_400;

/// After how many blocks `run` gives up on a transaction that still moves.
const RUN_BLOCKS_MAX: u64 = 1_000;

impl Chain {
    /// Checks a transaction and puts it in line for the next block. Transactions
    /// that wait are not durable.
    ///
    /// # Errors
    /// NEAR's own reasons; a transaction that was submitted before.
    pub fn submit(&mut self, transaction: SignedTransaction) -> Result<CryptoHash, SubmitError> {
        let hash = transaction.get_hash();
        let is_known = self.pool.iter().any(|waiting| waiting.get_hash() == hash)
            || self
                .store
                .transaction(&hash)
                .is_ok_and(|known| known.is_some());
        if is_known {
            return Err(SubmitError::Duplicate { hash });
        }
        if !self.is_recent(transaction.transaction.block_hash()) {
            return Err(InvalidTxError::Expired.into());
        }
        verify(
            &self.next_context(),
            &Overlay::new(&self.records),
            &transaction,
        )?;
        self.pool.push(transaction);
        Ok(hash)
    }

    fn is_recent(&self, block: &CryptoHash) -> bool {
        let height = self.store.height_of(block).ok().flatten();
        height.is_some_and(|height| self.head.height - height <= TRANSACTION_VALIDITY_BLOCKS)
    }

    /// Produces blocks until the transaction and all its receipts are done. A
    /// yield that waits ends it too: what has happened until then is returned.
    ///
    /// # Errors
    /// When the transaction is unknown, or not done after a thousand blocks.
    pub fn run(&mut self, hash: &CryptoHash) -> Result<TransactionOutcome, ChainError> {
        for _ in 0..RUN_BLOCKS_MAX {
            let is_waiting = self.pool.iter().any(|waiting| waiting.get_hash() == *hash);
            if !is_waiting {
                let outcome = self.transaction(hash)?;
                let outcome = outcome.ok_or(ChainError::UnknownTransaction { hash: *hash })?;
                if self.queue.is_empty() || self.is_done(&outcome) {
                    return Ok(outcome);
                }
            }
            self.produce_block()?;
        }
        Err(ChainError::NotDone {
            hash: *hash,
            blocks: RUN_BLOCKS_MAX,
        })
    }

    /// Produces blocks until nothing is on its way, a thousand at most: what a transaction set going
    /// for earlier ones, a yield that it resumed, is done then too. What waits goes on waiting.
    pub fn settle(&mut self) -> Result<(), ChainError> {
        for _ in 0..RUN_BLOCKS_MAX {
            if self.queue.is_empty() {
                break;
            }
            self.produce_block()?;
        }
        Ok(())
    }

    fn is_done(&self, outcome: &TransactionOutcome) -> bool {
        let parts = std::iter::once(&outcome.transaction_outcome).chain(&outcome.receipts);
        let mut sent = parts.flat_map(|part| &part.outcome.receipt_ids);
        sent.all(|id| outcome.receipts.iter().any(|part| part.id == *id))
    }

    /// Signs, submits and runs one transaction.
    pub fn transact(
        &mut self,
        signer: &Signer,
        receiver: &AccountId,
        actions: Vec<Action>,
    ) -> Result<TransactionOutcome, ChainError> {
        let transaction = self.sign(signer, receiver, actions)?;
        let hash = self.submit(transaction)?;
        self.run(&hash)
    }

    /// Signs one transaction with the next nonce, without submitting it.
    pub fn sign(
        &self,
        signer: &Signer,
        receiver: &AccountId,
        actions: Vec<Action>,
    ) -> Result<SignedTransaction, ChainError> {
        let signer = owner(signer)?;
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: signer.account_id.clone(),
            public_key: signer.public_key.clone(),
            nonce: self.next_nonce(&signer.account_id, &signer.public_key)?,
            receiver_id: receiver.clone(),
            block_hash: self.head.hash,
            actions,
        });
        let (hash, _) = transaction.get_hash_and_size();
        Ok(SignedTransaction::new(
            signer.sign(hash.as_ref()),
            transaction,
        ))
    }

    fn next_nonce(&self, account: &AccountId, key: &PublicKey) -> Result<u64, ChainError> {
        let access_key = self
            .access_key(account, key)
            .ok_or_else(|| ChainError::UnknownKey {
                account: account.clone(),
                public_key: key.to_string(),
            })?;
        let own = self.pool.iter().map(|waiting| &waiting.transaction);
        let own = own.filter(|it| it.signer_id() == account && it.public_key() == key);
        let last = own.map(|it| it.nonce().nonce()).max().unwrap_or_default();
        Ok(last.max(access_key.nonce) + 1)
    }

    /// Calls one method in a transaction.
    pub fn call(
        &mut self,
        signer: &Signer,
        contract: &AccountId,
        call: FunctionCall,
    ) -> Result<TransactionOutcome, ChainError> {
        let FunctionCall {
            method,
            args,
            gas,
            deposit,
        } = call;
        let action = FunctionCallAction {
            method_name: method,
            args,
            gas,
            deposit,
        };
        self.transact(
            signer,
            contract,
            vec![Action::FunctionCall(Box::new(action))],
        )
    }

    /// Creates an account with its development key and this balance, in a
    /// transaction of its parent, or of the registrar for a top-level name.
    /// Returns its signer. The creator must have its development key.
    pub fn create_account(
        &mut self,
        id: &AccountId,
        balance: Balance,
    ) -> Result<Signer, ChainError> {
        let registrar = self
            .runtime
            .account_creation_config
            .registrar_account_id
            .clone();
        let creator = id
            .get_parent_account_id()
            .map_or(registrar, ToOwned::to_owned);
        let signer = dev_signer(id);
        let key = AddKeyAction {
            public_key: signer.public_key(),
            access_key: AccessKey::full_access(),
        };
        let actions = vec![
            Action::CreateAccount(CreateAccountAction {}),
            Action::Transfer(TransferAction { deposit: balance }),
            Action::AddKey(Box::new(key)),
        ];
        let outcome = self.transact(&dev_signer(&creator), id, actions)?;
        match outcome.failure() {
            None => Ok(signer),
            Some(failure) => {
                let reason = failure.to_string();
                Err(ChainError::NotCreated {
                    account: id.clone(),
                    reason,
                })
            }
        }
    }

    /// Deploys a contract that fits into one transaction.
    pub fn deploy(
        &mut self,
        signer: &Signer,
        code: Vec<u8>,
    ) -> Result<TransactionOutcome, ChainError> {
        let owner = owner(signer)?;
        let action = Action::DeployContract(DeployContractAction { code });
        self.transact(signer, &owner.account_id, vec![action])
    }
}

/// Returns the signer's account and key. The empty signer has neither.
fn owner(signer: &Signer) -> Result<&InMemorySigner, ChainError> {
    match signer {
        Signer::InMemory(signer) => Ok(signer),
        Signer::Empty(_) => Err(ChainError::EmptySigner),
    }
}
