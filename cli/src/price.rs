//! What a deployment will cost, before anything is sent.
//!
//! Sizes and NEAR's own parameters go in, gas and stake come out. The figures are estimates: exact
//! in everything that grows with bytes, rounded up in the small fixed parts. A test holds them
//! against what the chain then burns.

use near_parameters::{ActionCosts, ExtCosts, RuntimeConfig};

/// What runs in the loader besides host functions and per-byte copies, and what `new` takes.
/// Measured: under 2 Tgas in every case.
const FIXED_GAS: u64 = 2_000_000_000_000;

/// How often the loader copies a byte that it passes on, at 0.82 Mgas a copy (bulk memory).
const COPY_GAS_PER_BYTE: u64 = 2 * 822_756;

/// What the enclave does with a byte of its tables: a checksum and three copies.
const TABLE_GAS_PER_BYTE: u64 = 5_000_000;

/// Bytes of a record of tables, on average.
const TABLE_RECORD_BYTES: u64 = 4_600;

/// Nodes of NEAR's trie that writing a record touches.
const TABLE_NODES: u64 = 4;

/// Keys of the loader's records: at most so many bytes.
const KEY_BYTES: u64 = 5;

/// The version byte of the loader's records.
const RECORD_HEAD_BYTES: u64 = 1;

/// NEAR's prices of one protocol version, for transactions that an account sends to itself.
#[derive(Clone, Copy)]
pub(crate) struct Prices<'a> {
    config: &'a RuntimeConfig,
    loader_bytes: u64,
}

impl<'a> Prices<'a> {
    pub(crate) fn new(config: &'a RuntimeConfig, loader_bytes: u64) -> Self {
        Self {
            config,
            loader_bytes,
        }
    }

    /// A transaction that deploys a contract of so many bytes and calls it.
    pub(crate) fn direct_gas(self, bytes: u64) -> u64 {
        self.receipt_gas() + self.deploy_action_gas(bytes) + self.call_gas(0, bytes)
    }

    /// The transaction that deploys the loader and begins the upload.
    pub(crate) fn begin_gas(self) -> u64 {
        let write =
            self.host(ExtCosts::storage_write_base) + self.host(ExtCosts::storage_read_base);
        self.receipt_gas()
            + self.deploy_action_gas(self.loader_bytes)
            + self.call_gas(128, self.loader_bytes)
            + write
    }

    /// A transaction that brings one chunk.
    pub(crate) fn put_gas(self, bytes: u64) -> u64 {
        let per_byte = self.host(ExtCosts::write_register_byte)
            + self.host(ExtCosts::read_register_byte)
            + self.host(ExtCosts::read_memory_byte) * 2
            + self.host(ExtCosts::storage_write_value_byte)
            + COPY_GAS_PER_BYTE;
        self.receipt_gas()
            + self.call_gas(bytes, self.loader_bytes)
            + self.host(ExtCosts::storage_read_base)
            + self.host(ExtCosts::storage_write_base)
            + per_byte * bytes
    }

    /// The transaction that puts the chunks together, and the receipt that clears and deploys.
    pub(crate) fn deploy_gas(self, bytes: u64, chunks: u64) -> u64 {
        let read_byte = self.host(ExtCosts::storage_read_value_byte)
            + self.host(ExtCosts::write_register_byte)
            + self.host(ExtCosts::read_register_byte)
            + self.host(ExtCosts::write_memory_byte)
            + self.host(ExtCosts::read_memory_byte) * 2
            + self.host(ExtCosts::sha256_byte)
            + self.host(ExtCosts::storage_remove_ret_value_byte)
            + COPY_GAS_PER_BYTE;
        let per_chunk = self.host(ExtCosts::storage_has_key_base)
            + self.host(ExtCosts::storage_read_base)
            + self.host(ExtCosts::storage_remove_base);
        self.receipt_gas() * 2
            + self.call_gas(128, self.loader_bytes)
            + read_byte * bytes
            + per_chunk * chunks
            + self.call_gas(0, self.loader_bytes)
            + self.deploy_action_gas(bytes)
            + self.call_gas(64, bytes)
    }

    /// The call that stores Unicode's tables of so many bytes.
    pub(crate) fn tables_gas(self, bytes: u64, contract_bytes: u64) -> u64 {
        let per_byte = self.host(ExtCosts::write_register_byte)
            + self.host(ExtCosts::read_register_byte)
            + self.host(ExtCosts::write_memory_byte)
            + self.host(ExtCosts::read_memory_byte) * 2
            + self.host(ExtCosts::sha256_byte)
            + self.host(ExtCosts::storage_write_value_byte)
            + TABLE_GAS_PER_BYTE;
        let per_record = self.host(ExtCosts::storage_write_base)
            + self.host(ExtCosts::touching_trie_node) * TABLE_NODES;
        self.receipt_gas()
            + self.call_gas(bytes, contract_bytes)
            + per_byte * bytes
            + per_record * (bytes / TABLE_RECORD_BYTES)
    }

    /// The further stake of Unicode's tables.
    pub(crate) fn tables_stake(self, bytes: u64) -> u128 {
        let extra = self.config.fees.storage_usage_config.num_extra_bytes_record;
        let record = extra + 2 + 17; // host key; version, checksum and hash
        self.stake_of(bytes + record * (bytes / TABLE_RECORD_BYTES))
    }

    /// The stake of an account with one full-access key, a contract and no state.
    pub(crate) fn stake(self, contract_bytes: u64) -> u128 {
        const ACCESS_KEY_BYTES: u64 = 33 + 9 + 40; // public key, nonce and permission, record
        let usage = &self.config.fees.storage_usage_config;
        self.stake_of(usage.num_bytes_account + ACCESS_KEY_BYTES + contract_bytes)
    }

    /// The further stake of an upload under way.
    pub(crate) fn chunks_stake(self, bytes: u64, chunks: u64) -> u128 {
        let extra = self.config.fees.storage_usage_config.num_extra_bytes_record;
        let record = extra + KEY_BYTES + RECORD_HEAD_BYTES;
        let plan = extra + KEY_BYTES + 41; // docs/spec/loader.md, the plan's record
        self.stake_of(bytes + record * chunks + plan)
    }

    fn stake_of(self, bytes: u64) -> u128 {
        let per_byte = self.config.storage_amount_per_byte().as_yoctonear();
        per_byte * u128::from(bytes)
    }

    fn receipt_gas(self) -> u64 {
        self.action(ActionCosts::new_action_receipt)
    }

    fn deploy_action_gas(self, bytes: u64) -> u64 {
        self.action(ActionCosts::deploy_contract_base)
            + self.action(ActionCosts::deploy_contract_byte) * bytes
    }

    /// One function call: its action, the loading of the contract, its fixed work.
    fn call_gas(self, args_bytes: u64, contract_bytes: u64) -> u64 {
        self.action(ActionCosts::function_call_base)
            + self.action(ActionCosts::function_call_byte) * args_bytes
            + self.host(ExtCosts::contract_loading_base)
            + self.host(ExtCosts::contract_loading_bytes) * contract_bytes
            + FIXED_GAS
    }

    /// Sending to oneself and executing.
    fn action(self, cost: ActionCosts) -> u64 {
        let fee = self.config.fees.fee(cost);
        fee.send_sir.gas().as_gas() + fee.execution.gas().as_gas()
    }

    fn host(self, cost: ExtCosts) -> u64 {
        self.config.wasm_config.ext_costs.gas_cost(cost).as_gas()
    }
}
