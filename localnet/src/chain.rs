//! The chain: transactions go in, blocks and outcomes come out.
//!
//! Holds the latest records in memory and the whole chain in the store; a block
//! counts once the store has it. Queries are in `queries.rs`, the making
//! of transactions in `transact.rs`.

use std::path::Path;
use std::sync::Arc;

use near_parameters::{RuntimeConfig, RuntimeConfigStore};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::SignedTransaction;
use near_vm_runner::{
    ContractRuntimeCache, FilesystemContractRuntimeCache, noop_background_spawner,
};

use crate::block::{BlockContext, BlockRecord, BlockResult, run_block};
use crate::config::{ChainConfig, PROTOCOL_VERSIONS};
use crate::errors::ChainError;
use crate::genesis::genesis;
use crate::money::{add, subtract};
use crate::state::Records;
use crate::store::Store;
use crate::stored::{BlockWrite, GenesisRecord, OutcomeRecord};

/// How many compiled contracts stay in memory.
const CONTRACTS_IN_MEMORY: usize = 16;

/// How many bytes of compiled contracts stay on disk.
const COMPILED_BYTES_MAX: u64 = 4 << 30;

/// A NEAR chain in one process.
pub struct Chain {
    pub(crate) config: ChainConfig,
    pub(crate) runtime: Arc<RuntimeConfig>,
    pub(crate) store: Store,
    pub(crate) records: Records,
    pub(crate) head: BlockRecord,
    pub(crate) queue: Vec<Receipt>,
    pub(crate) pool: Vec<SignedTransaction>,
    delay_ns: u64,
    cache: Box<dyn ContractRuntimeCache>,
    /// Keeps the temporary folder of compiled contracts alive.
    temporary: Option<Arc<tempfile::TempDir>>,
}

impl Chain {
    /// Starts a chain that lives as long as the value.
    ///
    /// # Errors
    /// When the protocol version is not one of 84 to 88, or the folder of
    /// compiled contracts can't be used.
    pub fn in_memory(config: ChainConfig) -> Result<Self, ChainError> {
        let store = Store::in_memory()?;
        match config.compiled_contracts.clone() {
            Some(folder) => Self::with_store(config, store, &folder, None),
            None => {
                let temporary = tempfile::tempdir()?;
                let folder = temporary.path().to_owned();
                Self::with_store(config, store, &folder, Some(Arc::new(temporary)))
            }
        }
    }

    /// Opens the chain in a folder, or starts one there.
    ///
    /// # Errors
    /// As for [`Chain::in_memory`]; also when the folder holds a chain with
    /// another id or protocol version, or another process has it open.
    pub fn open(dir: &Path, config: ChainConfig) -> Result<Self, ChainError> {
        std::fs::create_dir_all(dir)?;
        let store = Store::open(&dir.join("chain.redb"))?;
        let folder = config.compiled_contracts.clone();
        let folder = folder.unwrap_or_else(|| dir.join("compiled"));
        Self::with_store(config, store, &folder, None)
    }

    fn with_store(
        config: ChainConfig,
        store: Store,
        compiled: &Path,
        temporary: Option<Arc<tempfile::TempDir>>,
    ) -> Result<Self, ChainError> {
        let (first, last) = (*PROTOCOL_VERSIONS.start(), *PROTOCOL_VERSIONS.end());
        if !PROTOCOL_VERSIONS.contains(&config.protocol_version) {
            return Err(ChainError::ProtocolVersion {
                got: config.protocol_version,
                first,
                last,
            });
        }
        let runtime = RuntimeConfigStore::new(None)
            .get_config(config.protocol_version)
            .clone();
        begin(&config, &runtime, &store)?;
        let head = store.head()?;
        let head =
            head.ok_or_else(|| ChainError::Inconsistent("the store has no head".to_owned()))?;
        Ok(Self {
            records: store.records()?,
            queue: store.queue()?,
            pool: Vec::new(),
            delay_ns: 0,
            cache: contract_cache(compiled)?,
            temporary,
            config,
            runtime,
            store,
            head,
        })
    }

    /// A copy of the chain in memory, to try something out: what happens on it stays on it and goes with
    /// the value. It has the latest block, all records, receipts on their way and transactions that wait;
    /// earlier blocks, their outcomes and snapshots stay behind.
    ///
    /// # Errors
    /// When the records can't be copied.
    ///
    /// # Cost
    /// Writes every record to memory once. Compiled contracts are shared.
    pub fn fork(&self) -> Result<Self, ChainError> {
        let store = Store::in_memory()?;
        let records = self.records.iter();
        let genesis = GenesisRecord {
            chain_id: self.config.chain_id.clone(),
            protocol_version: self.config.protocol_version,
        };
        let write = BlockWrite {
            block: &self.head,
            changes: &records
                .map(|(key, value)| (key.clone(), Some(Arc::clone(value))))
                .collect(),
            transactions: &[],
            outcomes: Vec::new(),
            receipts: &[],
            queue: &self.queue,
        };
        store.set_genesis(&genesis, &write)?;
        Ok(Self {
            config: self.config.clone(),
            runtime: Arc::clone(&self.runtime),
            store,
            records: self.records.clone(),
            head: self.head.clone(),
            queue: self.queue.clone(),
            pool: self.pool.clone(),
            delay_ns: self.delay_ns,
            cache: self.cache.handle(),
            temporary: self.temporary.clone(),
        })
    }

    /// Produces one block, which is durable when this returns.
    ///
    /// # Atomicity
    /// Either the whole block counts or, on an error, nothing of it.
    pub fn produce_block(&mut self) -> Result<BlockRecord, ChainError> {
        let context = self.next_context();
        let result = run_block(&context, &self.records, self.queue.clone(), &self.pool)?;
        let block = self.next_block(&context, &result)?;
        let BlockResult {
            changes,
            executions,
            made,
            outgoing,
            ..
        } = result;
        let outcomes = (0..).zip(executions).map(|(index, execution)| {
            let (block_hash, predecessor) = (block.hash, execution.predecessor);
            let outcome = execution.outcome;
            let height = block.height;
            (
                execution.id,
                OutcomeRecord {
                    height,
                    index,
                    block_hash,
                    predecessor,
                    outcome,
                },
            )
        });
        self.store.add_block(&BlockWrite {
            block: &block,
            changes: &changes,
            transactions: &self.pool,
            outcomes: outcomes.collect(),
            receipts: &made,
            queue: &outgoing,
        })?;
        for (key, value) in changes {
            match value {
                Some(value) => self.records.insert(key, value),
                None => self.records.remove(&key),
            };
        }
        self.queue = outgoing;
        self.pool.clear();
        self.delay_ns = 0;
        self.head = block.clone();
        Ok(block)
    }

    /// Produces so many blocks.
    pub fn advance_blocks(&mut self, count: u64) -> Result<(), ChainError> {
        (0..count).try_for_each(|_| self.produce_block().map(|_| ()))
    }

    /// Makes the next block later by so many nanoseconds.
    pub fn advance_time(&mut self, ns: u64) {
        self.delay_ns = self.delay_ns.saturating_add(ns);
    }

    /// Keeps the whole chain as it is now under a name, durably. A snapshot of
    /// the same name is replaced.
    pub fn snapshot(&mut self, name: &str) -> Result<(), ChainError> {
        self.store.snapshot(name)
    }

    /// Brings the chain back to a snapshot, which stays. Transactions that wait
    /// are dropped.
    ///
    /// # Errors
    /// When there is no such snapshot; then nothing changes.
    pub fn restore(&mut self, name: &str) -> Result<(), ChainError> {
        if !self.store.restore(name)? {
            return Err(ChainError::UnknownSnapshot {
                name: name.to_owned(),
            });
        }
        let head = self.store.head()?;
        self.head = head.ok_or_else(|| ChainError::Inconsistent("no head".to_owned()))?;
        self.records = self.store.records()?;
        self.queue = self.store.queue()?;
        self.pool.clear();
        self.delay_ns = 0;
        Ok(())
    }

    pub(crate) fn next_context(&self) -> BlockContext {
        let height = self.head.height + 1;
        let step_ns = self.config.block_time_ns.saturating_add(self.delay_ns);
        let timestamp_ns = self.head.timestamp_ns.saturating_add(step_ns);
        let random_seed = CryptoHash::hash_borsh((self.head.random_seed, height));
        BlockContext {
            height,
            timestamp_ns,
            random_seed,
            ..self.context()
        }
    }

    /// The context of the latest block.
    pub(crate) fn context(&self) -> BlockContext {
        BlockContext {
            config: Arc::clone(&self.runtime),
            protocol_version: self.config.protocol_version,
            chain_id: self.config.chain_id.clone(),
            height: self.head.height,
            timestamp_ns: self.head.timestamp_ns,
            random_seed: self.head.random_seed,
            gas_price: self.head.gas_price,
            cache: self.cache.handle(),
        }
    }

    fn next_block(
        &self,
        context: &BlockContext,
        result: &BlockResult,
    ) -> Result<BlockRecord, ChainError> {
        let transactions: Vec<_> = self.pool.iter().map(SignedTransaction::get_hash).collect();
        let done = result.executions.iter().map(|execution| execution.id);
        let supply = add(self.head.total_supply, result.minted)?;
        let mut block = BlockRecord {
            height: context.height,
            hash: CryptoHash::default(),
            previous_hash: self.head.hash,
            timestamp_ns: context.timestamp_ns,
            random_seed: context.random_seed,
            gas_price: context.gas_price,
            total_supply: subtract(supply, result.burnt)?,
            receipts: done.filter(|id| !transactions.contains(id)).collect(),
            transactions,
        };
        block.hash = CryptoHash::hash_borsh((&block, &result.changes));
        Ok(block)
    }
}

/// Writes the first block, or checks that the stored one is the wanted one.
fn begin(config: &ChainConfig, runtime: &RuntimeConfig, store: &Store) -> Result<(), ChainError> {
    let wanted = GenesisRecord {
        chain_id: config.chain_id.clone(),
        protocol_version: config.protocol_version,
    };
    let Some(stored) = store.genesis()? else {
        let (block, changes) = genesis(config, runtime)?;
        let write = BlockWrite {
            block: &block,
            changes: &changes,
            transactions: &[],
            outcomes: Vec::new(),
            receipts: &[],
            queue: &[],
        };
        return store.set_genesis(&wanted, &write);
    };
    let differs = |field, stored: String, wanted: String| {
        Err(ChainError::OtherGenesis {
            field,
            stored,
            wanted,
        })
    };
    if stored.chain_id != wanted.chain_id {
        return differs("chain id", stored.chain_id, wanted.chain_id);
    }
    if stored.protocol_version != wanted.protocol_version {
        let (stored, wanted) = (stored.protocol_version, wanted.protocol_version);
        return differs("protocol version", stored.to_string(), wanted.to_string());
    }
    Ok(())
}

fn contract_cache(folder: &Path) -> Result<Box<dyn ContractRuntimeCache>, ChainError> {
    let cache = FilesystemContractRuntimeCache::with_memory_cache(
        folder,
        None::<&Path>,
        Path::new("wasm"),
        CONTRACTS_IN_MEMORY,
        None,
        COMPILED_BYTES_MAX,
        noop_background_spawner(),
    )?;
    Ok(Box::new(cache))
}
