//! The chain on which a program runs, and the keys that are there before it runs.
//!
//! Everything follows from numbers: no randomness, so that two runs give the same gas.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use conclave_localnet::{
    AccountId, Balance, Chain, ChainConfig, FunctionCall, Gas, GenesisAccount, dev_signer,
};

use crate::costs::Costs;
use crate::programs::ID;
use crate::trie_use::{Subcontract, fill};

/// How many choices of keys a row is the mean of. Reason: where pages differ in size, one key tells little.
pub const SAMPLES: u64 = 16;

/// Other subcontracts in the trie. Reason: so that what the subcontracts share is no empty page.
const NEIGHBOURS: u64 = 8;

/// Keys of each of them.
const NEIGHBOUR_KEYS: u64 = 10;

/// Bytes of the enclave's fields of an account record. Reason: about what the enclave stores.
const PAYLOAD_BYTES: usize = 150;

/// Bytes of a value. Reason: a balance.
const VALUE_BYTES: usize = 16;

/// Spreads numbers evenly over eight digits: 10^8 over the golden ratio, and coprime to 10.
const SPREAD: u64 = 61_803_399;

/// Steps through the keys of a contract; coprime to every size that is a power of ten.
const STRIDE: u64 = 7_919;

/// What comes before a plain key where many subcontracts share an account.
const FLAT_PREFIX: &[u8] = b"token@alice.near/state/";

/// Where the values of a world lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// In the trie, beside a few other subcontracts.
    Trie,
    /// Under the plain bytes of their keys.
    Flat,
    /// Under the subcontract's id and the bytes of their keys.
    FlatWithId,
}

/// A chain with one contract and its data.
pub struct World {
    chain: Chain,
    account: AccountId,
}

/// What a call cost and returned.
#[derive(Debug, PartialEq, Eq)]
pub struct Called {
    /// Gas by cost.
    pub costs: Costs,
    /// The sum of the values that were read.
    pub sum: Vec<u8>,
}

impl World {
    /// Starts a chain on which the contract has stored so many keys.
    ///
    /// # Errors
    /// When the chain can't be made or refuses the contract.
    pub fn new(code: &[u8], keys: u64, naming: Naming) -> Result<Self> {
        Self::with_data(code, data(keys, naming))
    }

    /// Starts a chain on which the contract has stored nothing.
    ///
    /// # Errors
    /// As [`World::new`].
    pub fn empty(code: &[u8]) -> Result<Self> {
        Self::with_data(code, Vec::new())
    }

    fn with_data(code: &[u8], data: Vec<(Vec<u8>, Vec<u8>)>) -> Result<Self> {
        let account: AccountId = "bench.near".parse()?;
        let rich = Balance::from_near(1_000_000);
        let mut config = ChainConfig {
            compiled_contracts: Some(workspace().join("target/compiled-contracts")),
            ..ChainConfig::default()
        };
        let genesis = GenesisAccount::with_dev_key(account.clone(), rich).with_data(data);
        config.accounts.push(genesis);
        let mut chain = Chain::in_memory(config)?;
        let deployed = chain.deploy(&dev_signer(&account), code.to_vec())?;
        ensure!(deployed.is_success(), "{:?}", deployed.failure());
        Ok(Self { chain, account })
    }

    /// Calls an export.
    ///
    /// # Errors
    /// When the call fails.
    pub fn call(&mut self, export: &str, input: &[u8]) -> Result<Called> {
        let call = FunctionCall::new(export, input).gas(Gas::from_teragas(1_000));
        let signer = dev_signer(&self.account);
        let outcome = self.chain.call(&signer, &self.account, call)?;
        ensure!(outcome.is_success(), "{export}: {:?}", outcome.failure());
        let receipt = outcome.receipts.first().context("no receipt")?;
        Ok(Called {
            costs: Costs::of(receipt),
            sum: outcome.value().unwrap_or_default().to_vec(),
        })
    }

    /// Calls an export, and leaves out what `noop` costs with the same input.
    ///
    /// # Errors
    /// When a call fails.
    pub fn call_beyond_noop(&mut self, export: &str, input: &[u8]) -> Result<Called> {
        let noop = self.call("noop", input)?;
        let Called { costs, sum } = self.call(export, input)?;
        let costs = costs.beyond(&noop.costs);
        let costs = costs.with_context(|| format!("{export} costs less than nothing"))?;
        Ok(Called { costs, sum })
    }

    /// Returns the chain.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
}

/// Reads a contract that `cargo xtask build` made.
///
/// # Errors
/// When it is not there.
pub fn artefact(name: &str) -> Result<Vec<u8>> {
    let path = workspace().join("target/contract").join(name);
    std::fs::read(&path).with_context(|| format!("{name} is not built; run `cargo xtask build`"))
}

/// Returns the keys that a call of a contract of `size` keys is given: choice `sample`, `count` keys.
#[must_use]
pub fn spread_keys(size: u64, count: u64, sample: u64) -> Vec<Vec<u8>> {
    let numbers = (0..count).map(|nth| (sample * count + nth) * STRIDE % size);
    numbers.map(key).collect()
}

/// Returns `count` neighbouring keys of a contract of `size` keys: choice `sample`.
#[must_use]
pub fn neighbouring_keys(size: u64, count: u64, sample: u64) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = (0..size).map(key).collect();
    keys.sort();
    let start = (size - count) * sample / (SAMPLES - 1);
    let (start, end) = (start as usize, (start + count) as usize);
    keys[start..end].to_vec()
}

/// Returns a key as the world with this naming stores it.
#[must_use]
pub fn stored_key(key: &[u8], naming: Naming) -> Vec<u8> {
    match naming {
        Naming::Trie | Naming::Flat => key.to_vec(),
        Naming::FlatWithId => [FLAT_PREFIX, key].concat(),
    }
}

/// Returns the key of a number: what a token stores a balance under.
#[must_use]
pub fn key(number: u64) -> Vec<u8> {
    let digits = number * SPREAD % 100_000_000;
    let name = format!("balance/user-{digits:08}.near");
    [&[1], name.as_bytes()].concat()
}

fn value(number: u64) -> Vec<u8> {
    let amount = u128::from(number + 1) * 1_000_003;
    amount.to_be_bytes()[..VALUE_BYTES].to_vec()
}

fn pairs(count: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    (0..count)
        .map(|number| (key(number), value(number)))
        .collect()
}

/// Returns everything that a contract of `size` keys has stored on the chain.
#[must_use]
pub fn data(size: u64, naming: Naming) -> Vec<(Vec<u8>, Vec<u8>)> {
    match naming {
        Naming::Flat | Naming::FlatWithId => {
            let pairs = pairs(size).into_iter();
            pairs
                .map(|(key, value)| (stored_key(&key, naming), value))
                .collect()
        }
        Naming::Trie => {
            let subcontract = |id: String, count| Subcontract {
                id,
                payload: vec![7; PAYLOAD_BYTES],
                pairs: pairs(count),
            };
            let neighbour =
                |number| subcontract(format!("contract-{number}@carol.near"), NEIGHBOUR_KEYS);
            let mut all: Vec<Subcontract> = (0..NEIGHBOURS).map(neighbour).collect();
            all.push(subcontract(ID.to_owned(), size));
            fill(all)
        }
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
