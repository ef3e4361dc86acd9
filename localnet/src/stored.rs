//! What is stored, and how a record is encoded: a version byte, then borsh.

use borsh::{BorshDeserialize, BorshSerialize};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::{ExecutionOutcome, SignedTransaction};
use near_primitives::types::AccountId;

use crate::block::BlockRecord;
use crate::errors::ChainError;
use crate::state::Changes;

/// The version of everything that is stored.
const FORMAT_VERSION: u8 = 1;

/// Where a stored outcome stands, and what it says.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct OutcomeRecord {
    pub(crate) height: u64,
    pub(crate) index: u32,
    pub(crate) block_hash: CryptoHash,
    pub(crate) predecessor: AccountId,
    pub(crate) outcome: ExecutionOutcome,
}

/// What a chain was started with. It can't be opened with anything else.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct GenesisRecord {
    pub(crate) chain_id: String,
    pub(crate) protocol_version: u32,
}

/// All that one block adds.
pub(crate) struct BlockWrite<'a> {
    pub(crate) block: &'a BlockRecord,
    pub(crate) changes: &'a Changes,
    pub(crate) transactions: &'a [SignedTransaction],
    pub(crate) outcomes: Vec<(CryptoHash, OutcomeRecord)>,
    pub(crate) receipts: &'a [Receipt],
    pub(crate) queue: &'a [Receipt],
}

/// Encodes a record behind its version byte.
pub(crate) fn seal<T: BorshSerialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![FORMAT_VERSION];
    borsh::to_writer(&mut bytes, value).expect("invariant: records can be encoded in memory");
    bytes
}

/// Decodes a record and checks its version byte.
pub(crate) fn unseal<T: BorshDeserialize>(bytes: &[u8]) -> Result<T, ChainError> {
    match bytes.split_first() {
        Some((&FORMAT_VERSION, record)) => {
            T::try_from_slice(record).map_err(|error| ChainError::Store(error.to_string()))
        }
        Some((version, _)) => Err(ChainError::Store(format!(
            "record version {version} is unknown"
        ))),
        None => Err(ChainError::Store("a record is empty".to_owned())),
    }
}
