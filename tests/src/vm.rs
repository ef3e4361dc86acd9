//! The built Wasm in NEAR's VM, on a chain of its own, deployed in chunks as anyone would.

use crate::native::{ALLOWANCE_BYTES, ENCLAVE};
use crate::world::{Ended, World};
use conclave_abi::error::Failure;
use conclave_cli::deploy::{self, CHUNK_BYTES_DEFAULT};
use conclave_localnet::{
    AccountId, Balance, Chain, ChainConfig, FunctionCall, Gas, GenesisAccount, TransactionOutcome,
    dev_signer,
};
use near_primitives::errors::{ActionErrorKind, FunctionCallError, TxExecutionError};
use std::path::{Path, PathBuf};

/// Accounts that are there from the beginning, beside the enclave's.
pub const PEOPLE: [&str; 5] = [
    "alice.near",
    "bob.near",
    "carol.near",
    "dave.near",
    "mallory.near",
];

/// A chain on which the enclave is deployed.
pub struct Vm {
    chain: Chain,
}

/// A file that `cargo xtask build` makes.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn artefact(name: &str) -> Vec<u8> {
    let path = workspace().join("target/contract").join(name);
    std::fs::read(&path).unwrap_or_else(|_| panic!("{name} is not built; run `cargo xtask build`"))
}

/// The folder of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// An account id that is known to be good.
///
/// # Panics
/// When it is not.
#[must_use]
pub fn account(id: &str) -> AccountId {
    id.parse().expect("a good account id")
}

/// A new chain with [`PEOPLE`] and the enclave's account, 1,000 NEAR each, and nothing deployed.
///
/// # Panics
/// When the chain can't be made.
#[must_use]
pub fn empty_chain(protocol_version: u32) -> Chain {
    Chain::in_memory(config(protocol_version)).expect("a chain")
}

fn config(protocol_version: u32) -> ChainConfig {
    let mut config = ChainConfig {
        protocol_version,
        ..ChainConfig::default()
    };
    let ids = PEOPLE.iter().copied().chain([ENCLAVE]);
    let rich = |id| GenesisAccount::with_dev_key(account(id), Balance::from_near(1_000));
    config.accounts.extend(ids.map(rich));
    config.compiled_contracts = Some(workspace().join("target/compiled-contracts"));
    config
}

impl Vm {
    /// The enclave on the newest protocol.
    #[must_use]
    pub fn new() -> Self {
        Self::on_protocol(ChainConfig::default().protocol_version)
    }

    /// The enclave on a protocol.
    #[must_use]
    pub fn on_protocol(protocol_version: u32) -> Self {
        Self::deployed(empty_chain(protocol_version), ALLOWANCE_BYTES)
    }

    /// The enclave that pays so many bytes of each subcontract's storage where no deposit came.
    #[must_use]
    pub fn allowing(allowance_bytes: u64) -> Self {
        let chain = empty_chain(ChainConfig::default().protocol_version);
        Self::deployed(chain, allowance_bytes)
    }

    /// The enclave on a chain in a folder: deployed where the chain is new, else as it is.
    ///
    /// # Panics
    /// When the folder holds no sound chain.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        let config = config(ChainConfig::default().protocol_version);
        let chain = Chain::open(folder, config).expect("a chain");
        if chain.state(&account(ENCLAVE), b"").is_empty() {
            return Self::deployed(chain, ALLOWANCE_BYTES);
        }
        Self { chain }
    }

    /// The enclave, deployed through the loader and initialised, with its tables.
    fn deployed(chain: Chain, allowance_bytes: u64) -> Self {
        Self::deployed_with(chain, allowance_bytes, &artefact("enclave.tables"))
    }

    fn deployed_with(mut chain: Chain, allowance_bytes: u64, tables: &[u8]) -> Self {
        let (code, loader) = (artefact("enclave.wasm"), artefact("loader.wasm"));
        let id = account(ENCLAVE);
        let request = deploy::Request {
            account: &id,
            owner: &id,
            allowance_bytes: Some(allowance_bytes),
            code: &code,
            loader: &loader,
            tables,
            chunk_bytes: CHUNK_BYTES_DEFAULT,
        };
        let plan = deploy::plan(&chain, &request).expect("a plan");
        deploy::execute(&mut chain, &request, &plan, &mut |_| {}).expect("a deployed enclave");
        Self { chain }
    }

    /// The enclave without Unicode's tables.
    #[must_use]
    pub fn bare() -> Self {
        let chain = empty_chain(ChainConfig::default().protocol_version);
        Self::deployed_with(chain, ALLOWANCE_BYTES, &[])
    }

    /// Bytes that an account stores.
    ///
    /// # Panics
    /// When there is no such account.
    #[must_use]
    pub fn storage_usage(&self, id: &str) -> u64 {
        let account = self.chain.account(&account(id));
        account.expect("an account of this id").storage_usage()
    }

    /// The chain.
    pub fn chain(&mut self) -> &mut Chain {
        &mut self.chain
    }

    /// Creates those of the accounts that are not there, with 1,000 NEAR each.
    ///
    /// # Panics
    /// When one can't be created.
    pub fn ensure_accounts<S: AsRef<str>>(&mut self, ids: &[S]) {
        for id in ids.iter().map(|id| account(id.as_ref())) {
            if self.chain.account(&id).is_none() {
                let rich = Balance::from_near(1_000);
                self.chain.create_account(&id, rich).expect("an account");
            }
        }
    }

    /// What an account has.
    ///
    /// # Panics
    /// When there is no such account.
    #[must_use]
    pub fn balance(&self, id: &str) -> Balance {
        let account = self.chain.account(&account(id));
        account.expect("an account of this id").amount()
    }

    /// Sends raw bytes to an export and gives the whole outcome.
    ///
    /// # Panics
    /// When the transaction can't be sent.
    pub fn transact(
        &mut self,
        who: &str,
        export: &str,
        input: &[u8],
        deposit: u128,
    ) -> TransactionOutcome {
        let call = FunctionCall::new(export, input)
            .gas(Gas::from_teragas(1_000))
            .deposit(Balance::from_yoctonear(deposit));
        let signer = dev_signer(&account(who));
        self.chain
            .call(&signer, &account(ENCLAVE), call)
            .expect("a transaction that can be sent")
    }
}

impl Default for Vm {
    fn default() -> Self {
        Self::new()
    }
}

/// The failure in a failed transaction.
///
/// # Panics
/// When the contract did not fail with one coded object.
#[must_use]
pub fn failure(error: &TxExecutionError) -> Failure {
    let TxExecutionError::ActionError(action) = error else {
        panic!("not the contract's: {error}")
    };
    match &action.kind {
        ActionErrorKind::FunctionCallError(FunctionCallError::ExecutionError(text)) => coded(text),
        other => panic!("not a coded failure: {other:?}"),
    }
}

/// The object in the text with which the VM reports a panic of the contract.
fn coded(text: &str) -> Failure {
    let json = text.find("{\"code\"").map(|start| &text[start..]);
    let json = json.unwrap_or_else(|| panic!("not a coded failure: {text}"));
    let mut objects = serde_json::Deserializer::from_str(json).into_iter();
    objects
        .next()
        .and_then(Result::ok)
        .unwrap_or_else(|| panic!("not one object: {text}"))
}

impl World for Vm {
    fn send(&mut self, who: &str, export: &str, input: &[u8], deposit: u128) -> Ended {
        let outcome = self.transact(who, export, input, deposit);
        let gas = outcome
            .receipts
            .first()
            .map_or(0, |it| it.outcome.gas_burnt.as_gas());
        let logs = outcome.logs().into_iter().map(str::to_owned).collect();
        let result = match outcome.failure() {
            Some(error) => Err(failure(error)),
            None => Ok(outcome.json().expect("a result is JSON")),
        };
        Ended { result, logs, gas }
    }

    fn ask(&self, export: &str, input: &[u8]) -> Ended {
        match self.chain.view(&account(ENCLAVE), export, input) {
            Ok(outcome) => {
                let value = outcome.json().expect("a result is JSON");
                Ended {
                    result: Ok(value),
                    logs: outcome.logs,
                    gas: outcome.gas_burnt.as_gas(),
                }
            }
            Err(error) => Ended {
                result: Err(coded(&error.to_string())),
                logs: Vec::new(),
                gas: 0,
            },
        }
    }

    fn pairs(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.chain.state(&account(ENCLAVE), b"")
    }
}
