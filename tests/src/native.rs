//! The enclave on the machine itself, with its state in memory and no chain around it.

use crate::world::{Ended, World};
use conclave_enclave::platform::memory::{Effects, Memory, Pairs, Surroundings};
use conclave_enclave::{Export, serve};
use conclave_engine::tables;
use std::cell::RefCell;
use std::rc::Rc;

/// The account that the enclave is deployed to.
pub const ENCLAVE: &str = "conclave.near";

/// For how many bytes of each subcontract the enclave pays in these worlds: tests that are not about
/// storage come without a deposit.
pub(crate) const ALLOWANCE_BYTES: u64 = 1_000_000_000;

/// A native world.
pub struct Native {
    pairs: Pairs,
    height: u64,
    transfers: RefCell<Vec<(String, u128)>>,
}

impl Native {
    /// A world in which `new` and `tables` were called.
    ///
    /// # Panics
    /// When one of them fails.
    #[must_use]
    pub fn new() -> Self {
        let mut world = Self::bare();
        world
            .send(ENCLAVE, "tables", tables::BYTES, 0)
            .result
            .expect("tables works");
        world
    }

    /// A world in which `new` was called, and nothing else.
    ///
    /// # Panics
    /// When `new` fails.
    #[must_use]
    pub fn bare() -> Self {
        conclave_engine::prepare();
        let mut world = Self {
            pairs: Pairs::default(),
            height: 1,
            transfers: RefCell::default(),
        };
        let input = format!(r#"{{"owner":"{ENCLAVE}","allowance_bytes":{ALLOWANCE_BYTES}}}"#);
        world
            .send(ENCLAVE, "new", input.as_bytes(), 0)
            .result
            .expect("new works");
        world
    }

    /// Transfers that the last request sent: to whom, how many yoctoNEAR.
    #[must_use]
    pub fn transfers(&self) -> Vec<(String, u128)> {
        self.transfers.borrow().clone()
    }

    fn run(&self, who: &str, export: &str, input: &[u8], deposit: u128) -> Ended {
        let effects = Rc::new(RefCell::new(Effects::default()));
        let platform = Memory {
            pairs: Rc::clone(&self.pairs),
            surroundings: Surroundings {
                predecessor: who.to_owned(),
                signer: who.to_owned(),
                deposit,
                balance: 1_000 * 10u128.pow(24),
                block_height: self.height,
                block_timestamp_ns: 1_700_000_000_000_000_000 + self.height * 1_000_000_000,
            },
            input: input.to_vec(),
            results: Vec::new(),
            effects: Rc::clone(&effects),
        };
        let before = self.pairs.borrow().clone();
        let result = serve(named(export), platform);
        let effects = effects.borrow().clone();
        let result = match result {
            Ok(()) => Ok(serde_json::from_slice(&effects.result).expect("a result is JSON")),
            Err(failure) => {
                // The chain drops what a failed receipt did.
                *self.pairs.borrow_mut() = before;
                Err(failure)
            }
        };
        let (logs, transfers) = if result.is_ok() {
            (effects.logs, effects.transfers)
        } else {
            (Vec::new(), Vec::new())
        };
        *self.transfers.borrow_mut() = transfers;
        Ended {
            result,
            logs,
            gas: 0,
        }
    }
}

impl Default for Native {
    fn default() -> Self {
        Self::new()
    }
}

pub(crate) fn named(export: &str) -> Export {
    match export {
        "new" => Export::New,
        "upload" => Export::Upload,
        "call" => Export::Call,
        "view" => Export::View,
        "tables" => Export::Tables,
        "remove" => Export::Remove,
        "subcontract" => Export::Subcontract,
        "subcontracts" => Export::Subcontracts,
        "resume" => Export::Resume,
        "fail" => Export::Fail,
        "settle" => Export::Settle,
        "return_tokens" => Export::ReturnTokens,
        "expire" => Export::Expire,
        "retry" => Export::Retry,
        "abort" => Export::Abort,
        "flow" => Export::Flow,
        "flows" => Export::Flows,
        "compile" => Export::Compile,
        "spawn" => Export::Spawn,
        "ft_on_transfer" => Export::FtOnTransfer,
        "collect" => Export::Collect,
        "state_root" => Export::StateRoot,
        "proof" => Export::Proof,
        other => panic!("there is no export {other}"),
    }
}

impl World for Native {
    fn send(&mut self, who: &str, export: &str, input: &[u8], deposit: u128) -> Ended {
        self.height += 1;
        self.run(who, export, input, deposit)
    }

    fn ask(&self, export: &str, input: &[u8]) -> Ended {
        self.run("", export, input, 0)
    }

    fn pairs(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.pairs.borrow().clone().into_iter().collect()
    }
}
