//! The chain on disk: one transaction of the store per block.
//!
//! A block's records, its outcomes, and the receipts that are on their way to
//! the next block are written together or not at all, so that the store always
//! holds a whole block. Formats are in `docs/spec/localnet.md`. Knows nothing of
//! how blocks come to be.

use std::path::Path;

use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::AccountId;
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction};

use crate::block::BlockRecord;
use crate::errors::ChainError;
use crate::state::Records;
use crate::stored::{BlockWrite, GenesisRecord, OutcomeRecord, seal, unseal};

const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const STATE: TableDefinition<&[u8], &[u8]> = TableDefinition::new("state");
const BLOCKS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("blocks");
const HEIGHTS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("heights");
const TRANSACTIONS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("transactions");
const OUTCOMES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("outcomes");
const BY_ACCOUNT: TableDefinition<&[u8], &[u8]> = TableDefinition::new("transactions_by_account");
const QUEUE: TableDefinition<&[u8], &[u8]> = TableDefinition::new("queue");
const RECEIPTS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("receipts");
const SNAPSHOTS: TableDefinition<&str, &[u8]> = TableDefinition::new("snapshots");

/// The tables that a snapshot holds, in the order of its parts. Earlier snapshots end before the last.
const KEPT: [TableDefinition<&[u8], &[u8]>; 8] = [
    STATE,
    BLOCKS,
    HEIGHTS,
    TRANSACTIONS,
    OUTCOMES,
    BY_ACCOUNT,
    QUEUE,
    RECEIPTS,
];

const GENESIS: &str = "genesis";
const HEAD: &str = "head";

/// A table's whole content.
type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// The chain on disk, or in memory.
pub(crate) struct Store {
    database: Database,
}

impl Store {
    pub(crate) fn in_memory() -> Result<Self, ChainError> {
        let database = Database::builder()
            .create_with_backend(InMemoryBackend::new())
            .map_err(failed)?;
        Self { database }.with_tables()
    }

    pub(crate) fn open(path: &Path) -> Result<Self, ChainError> {
        let database = Database::create(path).map_err(failed)?;
        Self { database }.with_tables()
    }

    fn with_tables(self) -> Result<Self, ChainError> {
        self.write(|writing| {
            writing.open_table(META).map_err(failed)?;
            writing.open_table(SNAPSHOTS).map_err(failed)?;
            for table in KEPT {
                writing.open_table(table).map_err(failed)?;
            }
            Ok(())
        })?;
        Ok(self)
    }

    fn write<T>(
        &self,
        body: impl FnOnce(&WriteTransaction) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let writing = self.database.begin_write().map_err(failed)?;
        let result = body(&writing)?;
        writing.commit().map_err(failed)?;
        Ok(result)
    }

    pub(crate) fn genesis(&self) -> Result<Option<GenesisRecord>, ChainError> {
        self.meta(GENESIS)?.map(|bytes| unseal(&bytes)).transpose()
    }

    pub(crate) fn set_genesis(
        &self,
        genesis: &GenesisRecord,
        block: &BlockWrite<'_>,
    ) -> Result<(), ChainError> {
        self.write(|writing| {
            let mut meta = writing.open_table(META).map_err(failed)?;
            meta.insert(GENESIS, seal(genesis).as_slice())
                .map_err(failed)?;
            drop(meta);
            write_block(writing, block)
        })
    }

    /// Adds a block. When this returns, it stays.
    pub(crate) fn add_block(&self, block: &BlockWrite<'_>) -> Result<(), ChainError> {
        self.write(|writing| write_block(writing, block))
    }

    pub(crate) fn head(&self) -> Result<Option<BlockRecord>, ChainError> {
        let Some(height) = self.meta(HEAD)? else {
            return Ok(None);
        };
        self.row(BLOCKS, &height)?
            .map(|bytes| unseal(&bytes))
            .transpose()
    }

    pub(crate) fn block(&self, height: u64) -> Result<Option<BlockRecord>, ChainError> {
        self.row(BLOCKS, &height.to_be_bytes())?
            .map(|bytes| unseal(&bytes))
            .transpose()
    }

    pub(crate) fn height_of(&self, block: &CryptoHash) -> Result<Option<u64>, ChainError> {
        self.row(HEIGHTS, block.as_ref())?
            .map(|bytes| unseal(&bytes))
            .transpose()
    }

    pub(crate) fn transaction(
        &self,
        hash: &CryptoHash,
    ) -> Result<Option<SignedTransaction>, ChainError> {
        self.row(TRANSACTIONS, hash.as_ref())?
            .map(|bytes| unseal(&bytes))
            .transpose()
    }

    pub(crate) fn outcome(&self, id: &CryptoHash) -> Result<Option<OutcomeRecord>, ChainError> {
        self.row(OUTCOMES, id.as_ref())?
            .map(|bytes| unseal(&bytes))
            .transpose()
    }

    pub(crate) fn receipt(&self, id: &CryptoHash) -> Result<Option<Receipt>, ChainError> {
        self.row(RECEIPTS, id.as_ref())?
            .map(|bytes| unseal(&bytes))
            .transpose()
    }

    /// Lists the latest transactions of an account, latest first.
    pub(crate) fn transactions_of(
        &self,
        account: &AccountId,
        limit: usize,
    ) -> Result<Vec<CryptoHash>, ChainError> {
        let reading = self.database.begin_read().map_err(failed)?;
        let table = reading.open_table(BY_ACCOUNT).map_err(failed)?;
        let (first, last) = (
            account_key(account, 0, 0),
            account_key(account, u64::MAX, u32::MAX),
        );
        let rows = table
            .range(first.as_slice()..=last.as_slice())
            .map_err(failed)?;
        rows.rev()
            .take(limit)
            .map(|row| unseal(row.map_err(failed)?.1.value()))
            .collect()
    }

    pub(crate) fn records(&self) -> Result<Records, ChainError> {
        let rows = self.rows(STATE)?;
        Ok(rows
            .into_iter()
            .map(|(key, value)| (key, value.into()))
            .collect())
    }

    pub(crate) fn queue(&self) -> Result<Vec<Receipt>, ChainError> {
        self.rows(QUEUE)?
            .iter()
            .map(|(_, value)| unseal(value))
            .collect()
    }

    /// Keeps everything but other snapshots under a name.
    pub(crate) fn snapshot(&self, name: &str) -> Result<(), ChainError> {
        let head = self.meta(HEAD)?.unwrap_or_default();
        let tables = KEPT
            .iter()
            .map(|table| self.rows(*table))
            .collect::<Result<Vec<Rows>, _>>()?;
        let sealed = seal(&(head, tables));
        self.write(|writing| {
            let mut table = writing.open_table(SNAPSHOTS).map_err(failed)?;
            table.insert(name, sealed.as_slice()).map_err(failed)?;
            Ok(())
        })
    }

    /// Puts everything back. Returns whether there is such a snapshot.
    pub(crate) fn restore(&self, name: &str) -> Result<bool, ChainError> {
        let Some(sealed) = self.sealed_snapshot(name)? else {
            return Ok(false);
        };
        let (head, tables): (Vec<u8>, Vec<Rows>) = unseal(&sealed)?;
        self.write(|writing| {
            for (definition, rows) in KEPT.iter().zip(&tables) {
                writing.delete_table(*definition).map_err(failed)?;
                let mut table = writing.open_table(*definition).map_err(failed)?;
                for (key, value) in rows {
                    table
                        .insert(key.as_slice(), value.as_slice())
                        .map_err(failed)?;
                }
            }
            let mut meta = writing.open_table(META).map_err(failed)?;
            meta.insert(HEAD, head.as_slice()).map_err(failed)?;
            Ok(())
        })?;
        Ok(true)
    }

    pub(crate) fn snapshots(&self) -> Result<Vec<String>, ChainError> {
        let reading = self.database.begin_read().map_err(failed)?;
        let table = reading.open_table(SNAPSHOTS).map_err(failed)?;
        let rows = table.iter().map_err(failed)?;
        rows.map(|row| Ok(row.map_err(failed)?.0.value().to_owned()))
            .collect()
    }

    fn sealed_snapshot(&self, name: &str) -> Result<Option<Vec<u8>>, ChainError> {
        let reading = self.database.begin_read().map_err(failed)?;
        let table = reading.open_table(SNAPSHOTS).map_err(failed)?;
        Ok(table
            .get(name)
            .map_err(failed)?
            .map(|value| value.value().to_vec()))
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, ChainError> {
        let reading = self.database.begin_read().map_err(failed)?;
        let table = reading.open_table(META).map_err(failed)?;
        Ok(table
            .get(name)
            .map_err(failed)?
            .map(|value| value.value().to_vec()))
    }

    fn row(
        &self,
        table: TableDefinition<&[u8], &[u8]>,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, ChainError> {
        let reading = self.database.begin_read().map_err(failed)?;
        let table = reading.open_table(table).map_err(failed)?;
        Ok(table
            .get(key)
            .map_err(failed)?
            .map(|value| value.value().to_vec()))
    }

    fn rows(&self, table: TableDefinition<&[u8], &[u8]>) -> Result<Rows, ChainError> {
        let reading = self.database.begin_read().map_err(failed)?;
        let table = reading.open_table(table).map_err(failed)?;
        let rows = table.iter().map_err(failed)?;
        rows.map(|row| {
            let (key, value) = row.map_err(failed)?;
            Ok((key.value().to_vec(), value.value().to_vec()))
        })
        .collect()
    }
}

fn write_block(writing: &WriteTransaction, write: &BlockWrite<'_>) -> Result<(), ChainError> {
    let BlockWrite {
        block,
        changes,
        transactions,
        outcomes,
        receipts,
        queue,
    } = write;
    let height = block.height.to_be_bytes();
    let mut state = writing.open_table(STATE).map_err(failed)?;
    for (key, value) in *changes {
        match value {
            Some(value) => state.insert(key.as_slice(), &**value).map_err(failed)?,
            None => state.remove(key.as_slice()).map_err(failed)?,
        };
    }
    put(
        &mut writing.open_table(BLOCKS).map_err(failed)?,
        &height,
        &seal(*block),
    )?;
    put(
        &mut writing.open_table(HEIGHTS).map_err(failed)?,
        block.hash.as_ref(),
        &seal(&block.height),
    )?;
    write_transactions(writing, block.height, transactions)?;
    let mut table = writing.open_table(OUTCOMES).map_err(failed)?;
    for (id, outcome) in outcomes {
        put(&mut table, id.as_ref(), &seal(outcome))?;
    }
    let mut table = writing.open_table(RECEIPTS).map_err(failed)?;
    for receipt in *receipts {
        put(&mut table, receipt.receipt_id().as_ref(), &seal(receipt))?;
    }
    writing.delete_table(QUEUE).map_err(failed)?;
    let mut table = writing.open_table(QUEUE).map_err(failed)?;
    for (index, receipt) in queue.iter().enumerate() {
        put(&mut table, &(index as u64).to_be_bytes(), &seal(receipt))?;
    }
    let mut meta = writing.open_table(META).map_err(failed)?;
    meta.insert(HEAD, height.as_slice()).map_err(failed)?;
    Ok(())
}

fn write_transactions(
    writing: &WriteTransaction,
    height: u64,
    transactions: &[SignedTransaction],
) -> Result<(), ChainError> {
    let mut table = writing.open_table(TRANSACTIONS).map_err(failed)?;
    let mut by_account = writing.open_table(BY_ACCOUNT).map_err(failed)?;
    for (index, transaction) in transactions.iter().enumerate() {
        let hash = transaction.get_hash();
        put(&mut table, hash.as_ref(), &seal(transaction))?;
        let parties = [
            transaction.transaction.signer_id(),
            transaction.transaction.receiver_id(),
        ];
        for account in parties {
            put(
                &mut by_account,
                &account_key(account, height, index as u32),
                &seal(&hash),
            )?;
        }
    }
    Ok(())
}

fn put(table: &mut Table<'_, &[u8], &[u8]>, key: &[u8], value: &[u8]) -> Result<(), ChainError> {
    table.insert(key, value).map_err(failed)?;
    Ok(())
}

/// `account ‖ 0 ‖ height ‖ index`, so that an account's rows are in order of time.
fn account_key(account: &AccountId, height: u64, index: u32) -> Vec<u8> {
    [
        account.as_bytes(),
        &[0],
        &height.to_be_bytes(),
        &index.to_be_bytes(),
    ]
    .concat()
}

fn failed(error: impl Into<redb::Error>) -> ChainError {
    ChainError::Store(error.into().to_string())
}
