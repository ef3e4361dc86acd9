//! One block: transactions become receipts, receipts are executed.
//!
//! In NEAR's order for one shard: transactions; receipts of transactions to
//! oneself; the receipts that arrived with the block before; yields that timed
//! out. A receipt that is sent arrives with the next block, but for NEAR's
//! instant ones. All effects end up in an overlay; nothing is stored here.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use near_parameters::RuntimeConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    DataReceipt, PromiseYieldIndices, PromiseYieldTimeout, Receipt, ReceiptEnum,
};
use near_primitives::transaction::{ExecutionOutcome, SignedTransaction};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, ProtocolVersion};
use near_primitives::utils::create_receipt_id_from_receipt_id;
use near_vm_runner::ContractRuntimeCache;
use serde::Serialize;

use crate::errors::ChainError;
use crate::promises::receipt;
use crate::state::{Changes, Overlay, Records};
use crate::trie_touch::TrieAccounting;

/// One block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct BlockRecord {
    /// Its height; genesis is 0.
    pub height: u64,
    /// Its hash, which commits to all that it changed.
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

/// What a block knows before it runs.
pub(crate) struct BlockContext {
    pub(crate) config: Arc<RuntimeConfig>,
    pub(crate) protocol_version: ProtocolVersion,
    pub(crate) chain_id: String,
    pub(crate) height: u64,
    pub(crate) timestamp_ns: u64,
    pub(crate) random_seed: CryptoHash,
    pub(crate) gas_price: Balance,
    pub(crate) cache: Box<dyn ContractRuntimeCache>,
}

/// The execution of a transaction or of one receipt.
#[derive(Debug, Clone)]
pub(crate) struct Execution {
    pub(crate) id: CryptoHash,
    pub(crate) predecessor: AccountId,
    pub(crate) outcome: ExecutionOutcome,
}

/// What a block has done.
#[derive(Debug)]
pub(crate) struct BlockResult {
    pub(crate) changes: Changes,
    pub(crate) executions: Vec<Execution>,
    /// Receipts with actions that were made in the block.
    pub(crate) made: Vec<Receipt>,
    pub(crate) outgoing: Vec<Receipt>,
    pub(crate) burnt: Balance,
    pub(crate) minted: Balance,
}

/// A block at work.
pub(crate) struct BlockRun<'a> {
    pub(crate) context: &'a BlockContext,
    pub(crate) overlay: Overlay<'a>,
    pub(crate) trie: RefCell<TrieAccounting>,
    pub(crate) outcomes: Vec<Execution>,
    pub(crate) made: Vec<Receipt>,
    pub(crate) outgoing: Vec<Receipt>,
    pub(crate) instant: VecDeque<Receipt>,
    pub(crate) burnt: Balance,
    pub(crate) minted: Balance,
}

/// Runs a block on the records as they are.
pub(crate) fn run_block(
    context: &BlockContext,
    records: &Records,
    incoming: Vec<Receipt>,
    transactions: &[SignedTransaction],
) -> Result<BlockResult, ChainError> {
    let mut run = BlockRun::new(context, records);
    let mut due = Vec::new();
    for transaction in transactions {
        due.extend(run.take_transaction(transaction)?);
    }
    for receipt in due.into_iter().chain(incoming) {
        run.process(receipt)?;
    }
    run.time_out_yields()?;
    let BlockRun {
        overlay,
        outcomes,
        made,
        outgoing,
        burnt,
        minted,
        ..
    } = run;
    Ok(BlockResult {
        changes: overlay.into_changes(),
        executions: outcomes,
        made,
        outgoing,
        burnt,
        minted,
    })
}

impl<'a> BlockRun<'a> {
    pub(crate) fn new(context: &'a BlockContext, records: &'a Records) -> Self {
        Self {
            context,
            overlay: Overlay::new(records),
            trie: RefCell::default(),
            outcomes: Vec::new(),
            made: Vec::new(),
            outgoing: Vec::new(),
            instant: VecDeque::new(),
            burnt: Balance::ZERO,
            minted: Balance::ZERO,
        }
    }

    /// Processes a receipt and the instant ones that follow from it.
    fn process(&mut self, receipt: Receipt) -> Result<(), ChainError> {
        self.process_one(&receipt)?;
        while let Some(receipt) = self.instant.pop_front() {
            self.process_one(&receipt)?;
        }
        Ok(())
    }

    /// Sends a receipt: to the next block, or to this one if NEAR calls it instant.
    pub(crate) fn send(&mut self, receipt: Receipt) {
        if receipt.is_instant_receipt() {
            self.instant.push_back(receipt);
        } else {
            self.outgoing.push(receipt);
        }
    }

    /// Queues the timeout of a yield.
    pub(crate) fn queue_timeout(
        &mut self,
        account: &AccountId,
        data_id: CryptoHash,
    ) -> Result<(), ChainError> {
        let mut indices: PromiseYieldIndices = self
            .overlay
            .read(&TrieKey::PromiseYieldIndices)?
            .unwrap_or_default();
        let blocks = self
            .context
            .config
            .wasm_config
            .limit_config
            .yield_timeout_length_in_blocks;
        let timeout = PromiseYieldTimeout {
            account_id: account.clone(),
            data_id,
            expires_at: self.context.height + blocks,
        };
        let key = TrieKey::PromiseYieldTimeout {
            index: indices.next_available_index,
        };
        self.overlay.write(&key, &timeout);
        indices.next_available_index += 1;
        self.overlay.write(&TrieKey::PromiseYieldIndices, &indices);
        Ok(())
    }

    /// Sends an empty answer to each yield whose time is up.
    fn time_out_yields(&mut self) -> Result<(), ChainError> {
        let Some(mut indices) = self
            .overlay
            .read::<PromiseYieldIndices>(&TrieKey::PromiseYieldIndices)?
        else {
            return Ok(());
        };
        let mut sent = 0;
        while indices.first_index < indices.next_available_index {
            let key = TrieKey::PromiseYieldTimeout {
                index: indices.first_index,
            };
            let timeout: PromiseYieldTimeout = self
                .overlay
                .read(&key)?
                .ok_or_else(|| ChainError::Inconsistent("a queued timeout is absent".to_owned()))?;
            if timeout.expires_at > self.context.height {
                break;
            }
            self.overlay.remove(key.to_vec());
            indices.first_index += 1;
            sent += usize::from(self.time_out_yield(&timeout, sent));
        }
        self.overlay.write(&TrieKey::PromiseYieldIndices, &indices);
        self.overlay.commit();
        Ok(())
    }

    fn time_out_yield(&mut self, timeout: &PromiseYieldTimeout, index: usize) -> bool {
        let (receiver_id, data_id) = (timeout.account_id.clone(), timeout.data_id);
        if !self.overlay.contains(&TrieKey::PromiseYieldReceipt {
            receiver_id: receiver_id.clone(),
            data_id,
        }) {
            return false;
        }
        let data = ReceiptEnum::PromiseResume(DataReceipt {
            data_id,
            data: None,
        });
        let mut answer = receipt(&receiver_id, receiver_id.clone(), data);
        answer.set_receipt_id(create_receipt_id_from_receipt_id(
            &data_id,
            self.context.height,
            index,
        ));
        self.send(answer);
        true
    }
}
