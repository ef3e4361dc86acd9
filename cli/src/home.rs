//! The chain in a folder, and who signs on it.
//!
//! A folder goes in, an open chain comes out. Development keys are derived from account names
//! (see `localnet`), so there is nothing to store and nothing to lose.

use std::path::Path;

use anyhow::Context;
use conclave_localnet::{
    AccountId, Balance, Chain, ChainConfig, GenesisAccount, Signer, dev_signer,
};

use crate::code::Code;
use crate::failure::Failed;
use crate::report::Report;

/// The accounts that a chain of the command line begins with, besides `near`.
pub const DEV_ACCOUNTS: [&str; 3] = ["alice.near", "bob.near", "carol.near"];

/// What each of [`DEV_ACCOUNTS`] begins with.
const DEV_BALANCE: Balance = Balance::from_near(10_000);

/// What an account gets that is created because it signs.
const NEW_BALANCE: Balance = Balance::from_near(100);

/// What a chain of the command line starts from.
#[must_use]
pub fn config() -> ChainConfig {
    let mut config = ChainConfig::default();
    config
        .accounts
        .extend(DEV_ACCOUNTS.iter().map(|id| genesis_account(id)));
    config
}

fn genesis_account(id: &str) -> GenesisAccount {
    let id: AccountId = id
        .parse()
        .expect("invariant: the names of development accounts are valid");
    GenesisAccount::with_dev_key(id, DEV_BALANCE)
}

/// Opens the chain in a folder, or makes one there.
///
/// # Errors
/// Fails when the folder can't be made, or what is in it can't be opened.
pub fn open_or_create(dir: &Path) -> anyhow::Result<Chain> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(Chain::open(dir, config()).map_err(Failed::from)?)
}

/// Opens the chain in a folder.
///
/// # Errors
/// [`Failed`] with `E_CHAIN_ABSENT` when there is none.
pub fn open(dir: &Path) -> anyhow::Result<Chain> {
    if !dir.is_dir() {
        let message = format!("there is no chain in {}", dir.display());
        let failed = Failed::own(Code::ChainAbsent, message);
        return Err(failed
            .hint("make one with: conclave node, or say where it is with --home")
            .into());
    }
    open_or_create(dir)
}

/// The signer of an account, which is created if it does not exist; then it says so.
///
/// # Errors
/// [`Failed`] when the account can't be created.
pub fn signer(chain: &mut Chain, id: &AccountId, report: Report) -> Result<Signer, Failed> {
    if chain.account(id).is_none() {
        report.note(format_args!("{id} does not exist: created with 100 NEAR"));
    }
    ready(chain, id)
}

/// As [`signer`], without a word.
///
/// # Errors
/// As [`signer`].
pub fn ready(chain: &mut Chain, id: &AccountId) -> Result<Signer, Failed> {
    if chain.account(id).is_some() {
        return Ok(dev_signer(id));
    }
    let created = chain.create_account(id, NEW_BALANCE);
    created.map_err(|error| Failed::from(error).hint("use an account under .near, e.g. alice.near"))
}
