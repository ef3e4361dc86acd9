//! What can be asked of the chain without changing it.

use std::collections::{BTreeMap, VecDeque};

use near_crypto::{PublicKey, PublicKeyHandle};
use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, Account};
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance};
use near_primitives::views::{
    ExecutionOutcomeView, ExecutionStatusView, FinalExecutionStatus, ReceiptView,
};

use crate::block::BlockRecord;
use crate::chain::Chain;
use crate::config::ChainConfig;
use crate::errors::{ChainError, ViewError};
use crate::outcome::{ReceiptOutcome, TransactionOutcome, ViewOutcome};
use crate::state::{access_key_prefix, contract_data_prefix, decode, with_prefix};
use crate::stored::OutcomeRecord;
use crate::supply::tokens_held;
use crate::view::view;

impl Chain {
    /// Returns NEAR's parameters (fees, limits, VM) of the chain's protocol version.
    pub fn runtime_config(&self) -> &RuntimeConfig {
        &self.runtime
    }

    /// Returns what the chain started from.
    pub fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// Returns the latest block.
    pub fn head(&self) -> &BlockRecord {
        &self.head
    }

    /// Returns a block by its height.
    pub fn block(&self, height: u64) -> Result<Option<BlockRecord>, ChainError> {
        self.store.block(height)
    }

    /// Lists the snapshots' names in order.
    pub fn snapshots(&self) -> Result<Vec<String>, ChainError> {
        self.store.snapshots()
    }

    /// Sums up all tokens in accounts and on their way. Always equals
    /// `head().total_supply`.
    ///
    /// # Cost
    /// Reads every account and every waiting receipt.
    pub fn tokens_held(&self) -> Result<Balance, ChainError> {
        tokens_held(&self.runtime, &self.records, &self.queue)
    }

    /// Returns an account.
    pub fn account(&self, id: &AccountId) -> Option<Account> {
        self.record(&TrieKey::Account {
            account_id: id.clone(),
        })
    }

    /// Returns an access key.
    pub fn access_key(&self, id: &AccountId, key: &PublicKey) -> Option<AccessKey> {
        self.record(&TrieKey::access_key(id.clone(), key.clone()))
    }

    /// Lists the access keys of an account.
    pub fn access_keys(&self, id: &AccountId) -> Vec<(PublicKeyHandle, AccessKey)> {
        let prefix = access_key_prefix(id);
        let rows = with_prefix(&self.records, &prefix).filter_map(|(key, value)| {
            let handle = borsh::from_slice(&key[prefix.len()..]).ok()?;
            Some((handle, decode(value).ok()?))
        });
        rows.collect()
    }

    /// Lists what a contract stored under keys that begin so, in order of keys.
    pub fn state(&self, id: &AccountId, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let account_prefix = contract_data_prefix(id);
        let whole = [account_prefix.as_slice(), prefix].concat();
        let rows = with_prefix(&self.records, &whole)
            .map(|(key, value)| (key[account_prefix.len()..].to_vec(), value.to_vec()));
        rows.collect()
    }

    /// Returns the code of an account's contract.
    pub fn code(&self, id: &AccountId) -> Option<Vec<u8>> {
        let key = TrieKey::ContractCode {
            account_id: id.clone(),
        };
        self.records.get(&key.to_vec()).map(|code| code.to_vec())
    }

    fn record<T: borsh::BorshDeserialize>(&self, key: &TrieKey) -> Option<T> {
        decode(self.records.get(&key.to_vec())?).ok()
    }

    /// Calls a method that changes nothing, on the latest block.
    pub fn view(
        &self,
        contract: &AccountId,
        method: &str,
        args: &[u8],
    ) -> Result<ViewOutcome, ViewError> {
        view(&self.context(), &self.records, contract, method, args)
    }

    /// Lists the transactions that an account signed or received, latest first.
    pub fn transactions_of(
        &self,
        account: &AccountId,
        limit: usize,
    ) -> Result<Vec<CryptoHash>, ChainError> {
        self.store.transactions_of(account, limit)
    }

    /// Looks up a transaction. Absent, no block has taken it.
    pub fn transaction(&self, hash: &CryptoHash) -> Result<Option<TransactionOutcome>, ChainError> {
        let Some(transaction) = self.store.transaction(hash)? else {
            return Ok(None);
        };
        let Some(record) = self.store.outcome(hash)? else {
            return Ok(None);
        };
        let receipts = self.descendants(&record)?;
        let status = final_status(&record, &receipts);
        let mut receipts: Vec<_> = receipts.into_iter().collect();
        receipts.sort_by_key(|(_, record)| (record.height, record.index));
        Ok(Some(TransactionOutcome {
            transaction: transaction.into(),
            status,
            transaction_outcome: part(*hash, record),
            receipts: receipts
                .into_iter()
                .map(|(id, record)| part(id, record))
                .collect(),
        }))
    }

    /// Looks up a receipt with actions, executed or not. Absent, no block of this chain has made it; a
    /// fork does not know those that were made before it.
    pub fn receipt(&self, id: &CryptoHash) -> Result<Option<ReceiptView>, ChainError> {
        Ok(self.store.receipt(id)?.map(ReceiptView::from))
    }

    /// All executed receipts that followed from an outcome.
    fn descendants(
        &self,
        root: &OutcomeRecord,
    ) -> Result<BTreeMap<CryptoHash, OutcomeRecord>, ChainError> {
        let mut found = BTreeMap::new();
        let mut open: VecDeque<CryptoHash> = root.outcome.receipt_ids.iter().copied().collect();
        while let Some(id) = open.pop_front() {
            if let Some(record) = self.store.outcome(&id)? {
                open.extend(&record.outcome.receipt_ids);
                found.insert(id, record);
            }
        }
        Ok(found)
    }
}

/// The status of the receipt that answers for the transaction.
fn final_status(
    root: &OutcomeRecord,
    receipts: &BTreeMap<CryptoHash, OutcomeRecord>,
) -> FinalExecutionStatus {
    let mut record = root;
    loop {
        match ExecutionStatusView::from(record.outcome.status.clone()) {
            ExecutionStatusView::Unknown => return FinalExecutionStatus::Started,
            ExecutionStatusView::Failure(error) => return FinalExecutionStatus::Failure(error),
            ExecutionStatusView::SuccessValue(value) => {
                return FinalExecutionStatus::SuccessValue(value);
            }
            ExecutionStatusView::SuccessReceiptId(id) => match receipts.get(&id) {
                Some(next) => record = next,
                None => return FinalExecutionStatus::Started,
            },
        }
    }
}

fn part(id: CryptoHash, record: OutcomeRecord) -> ReceiptOutcome {
    ReceiptOutcome {
        id,
        block_height: record.height,
        block_hash: record.block_hash,
        predecessor_id: record.predecessor,
        outcome: ExecutionOutcomeView::from(record.outcome),
    }
}
