//! The first block: the accounts that exist before any transaction, and what their contracts have stored.

use std::collections::BTreeMap;

use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::CryptoHash;
use near_primitives::types::Balance;

use crate::block::BlockRecord;
use crate::config::{ChainConfig, GenesisAccount};
use crate::errors::ChainError;
use crate::money::add;
use crate::stake::access_key_bytes;
use crate::state::{Changes, Overlay, Records, contract_data_prefix};

/// Makes the first block and its records.
pub(crate) fn genesis(
    config: &ChainConfig,
    runtime: &RuntimeConfig,
) -> Result<(BlockRecord, Changes), ChainError> {
    let empty = Records::new();
    let mut overlay = Overlay::new(&empty);
    let mut supply = Balance::ZERO;
    for account in &config.accounts {
        write_account(&mut overlay, runtime, account);
        supply = add(supply, account.balance)?;
    }
    overlay.commit();
    let changes = overlay.into_changes();
    let random_seed = CryptoHash::hash_bytes(config.chain_id.as_bytes());
    let mut block = BlockRecord {
        height: 0,
        hash: CryptoHash::default(),
        previous_hash: CryptoHash::default(),
        timestamp_ns: config.genesis_time_ns,
        random_seed,
        gas_price: config.gas_price,
        total_supply: supply,
        transactions: Vec::new(),
        receipts: Vec::new(),
    };
    block.hash = CryptoHash::hash_borsh((&block, &changes));
    Ok((block, changes))
}

fn write_account(overlay: &mut Overlay<'_>, runtime: &RuntimeConfig, genesis: &GenesisAccount) {
    let mut bytes = runtime.fees.storage_usage_config.num_bytes_account;
    for key in &genesis.keys {
        let access_key = AccessKey::full_access();
        bytes += access_key_bytes(runtime, key, &access_key);
        overlay.set_access_key(&genesis.id, key, &access_key);
    }
    bytes += write_data(overlay, runtime, genesis);
    let account = Account::new(genesis.balance, Balance::ZERO, AccountContract::None, bytes);
    overlay.set_account(&genesis.id, &account);
}

/// Writes what the account's contract has stored; returns the bytes that the account keeps for it,
/// as the VM counts them.
fn write_data(overlay: &mut Overlay<'_>, runtime: &RuntimeConfig, genesis: &GenesisAccount) -> u64 {
    let record_bytes = runtime.fees.storage_usage_config.num_extra_bytes_record;
    let pairs: BTreeMap<&[u8], &[u8]> = genesis
        .data
        .iter()
        .map(|(key, value)| (key.as_slice(), value.as_slice()))
        .collect();
    let prefix = contract_data_prefix(&genesis.id);
    let mut bytes = 0;
    for (key, value) in pairs {
        bytes += (key.len() + value.len()) as u64 + record_bytes;
        overlay.set([prefix.as_slice(), key].concat(), value);
    }
    bytes
}
