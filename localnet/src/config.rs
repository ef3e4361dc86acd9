//! What a chain starts from: its name, protocol version, clock and accounts.
//!
//! Everything here is fixed at genesis. Development keys are derived from the
//! account's name, so that a test or a person never has to store them; they
//! guard nothing of value.

use std::path::PathBuf;

use near_crypto::{InMemorySigner, KeyType, PublicKey, SecretKey, Signer};
use near_primitives::types::{AccountId, Balance, ProtocolVersion};

/// The name of the account that owns the supply of a development chain.
pub const DEV_ACCOUNT: &str = "near";

/// NEAR's protocol versions that the chain can run.
pub(crate) const PROTOCOL_VERSIONS: std::ops::RangeInclusive<ProtocolVersion> = 84..=88;

/// The account that NEAR lets create top-level accounts.
const REGISTRAR: &str = "registrar";

const SECOND_NS: u64 = 1_000_000_000;

/// 1 January 2026, in seconds since 1970.
const GENESIS_TIME_S: u64 = 1_767_225_600;

/// The least price of gas on NEAR's main network, in yoctoNEAR (its genesis).
const GAS_PRICE_YOCTO: u128 = 100_000_000;

/// An account that exists from the first block on.
#[derive(Debug, Clone)]
pub struct GenesisAccount {
    /// The account's id.
    pub id: AccountId,
    /// Its balance.
    pub balance: Balance,
    /// Its full-access keys.
    pub keys: Vec<PublicKey>,
    /// What its contract has stored: key and value; a later pair of a key replaces an earlier one.
    /// Counts as storage usage, for which the balance should suffice.
    pub data: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What a chain starts from.
#[derive(Debug, Clone)]
pub struct ChainConfig {
    /// The chain's id, which contracts can read.
    pub chain_id: String,
    /// NEAR's protocol version, 84 to 88.
    pub protocol_version: ProtocolVersion,
    /// The time of the genesis block, in nanoseconds since 1970.
    pub genesis_time_ns: u64,
    /// How far each block moves the clock.
    pub block_time_ns: u64,
    /// The price of one unit of gas, which stays the same.
    pub gas_price: Balance,
    /// The accounts of the genesis block.
    pub accounts: Vec<GenesisAccount>,
    /// A folder for compiled contracts. Chains may share one. Absent, a durable
    /// chain uses a folder of its own and one in memory a temporary folder.
    pub compiled_contracts: Option<PathBuf>,
}

impl Default for ChainConfig {
    fn default() -> Self {
        let registrar = REGISTRAR
            .parse()
            .expect("invariant: the registrar's name is valid");
        Self {
            chain_id: "localnet".to_owned(),
            protocol_version: *PROTOCOL_VERSIONS.end(),
            genesis_time_ns: GENESIS_TIME_S * SECOND_NS,
            block_time_ns: SECOND_NS,
            gas_price: Balance::from_yoctonear(GAS_PRICE_YOCTO),
            accounts: vec![
                GenesisAccount::with_dev_key(dev_account(), Balance::from_near(1_000_000_000)),
                GenesisAccount::with_dev_key(registrar, Balance::from_near(1_000_000)),
            ],
            compiled_contracts: None,
        }
    }
}

impl GenesisAccount {
    /// Makes an account with its development key and nothing stored.
    pub fn with_dev_key(id: AccountId, balance: Balance) -> Self {
        let keys = vec![dev_key(&id).public_key()];
        Self {
            id,
            balance,
            keys,
            data: Vec::new(),
        }
    }

    /// Sets what its contract has stored, so that a test need not send it in transactions.
    pub fn with_data(self, data: Vec<(Vec<u8>, Vec<u8>)>) -> Self {
        Self { data, ..self }
    }
}

/// Returns the account that owns the supply of a default chain.
pub fn dev_account() -> AccountId {
    DEV_ACCOUNT
        .parse()
        .expect("invariant: the development account's name is valid")
}

/// Derives an account's development key from its name. Anyone can do the same.
pub fn dev_key(account: &AccountId) -> SecretKey {
    SecretKey::from_seed(KeyType::ED25519, account.as_str())
}

/// Returns a signer for an account with its development key.
pub fn dev_signer(account: &AccountId) -> Signer {
    InMemorySigner::from_secret_key(account.clone(), dev_key(account))
}
