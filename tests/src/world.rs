//! A world in which the enclave is deployed.

use conclave_abi::error::Failure;
use serde_json::{Value, json};

/// How a request ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The result, or the failure with its code.
    pub result: Result<Value, Failure>,
    /// Log lines of the enclave's receipt.
    pub logs: Vec<String>,
    /// Gas that the enclave's receipt burnt; 0 where nothing counts it.
    pub gas: u64,
}

impl Ended {
    /// The result.
    ///
    /// # Panics
    /// When the request failed: the test expected that it would not.
    #[track_caller]
    pub fn value(self) -> Value {
        match self.result {
            Ok(value) => value,
            Err(failure) => panic!("failed: {failure:?}"),
        }
    }

    /// The failure.
    ///
    /// # Panics
    /// When the request succeeded.
    #[track_caller]
    pub fn failure(self) -> Failure {
        match self.result {
            Ok(value) => panic!("expected a failure, got {value}"),
            Err(failure) => failure,
        }
    }
}

/// A place in which the enclave is deployed and initialised.
pub trait World {
    /// Sends raw bytes to an export in a transaction of `who`, with a deposit in yoctoNEAR.
    fn send(&mut self, who: &str, export: &str, input: &[u8], deposit: u128) -> Ended;

    /// Asks an export in a view.
    fn ask(&self, export: &str, input: &[u8]) -> Ended;

    /// Everything that the enclave stores.
    fn pairs(&self) -> Vec<(Vec<u8>, Vec<u8>)>;

    /// Calls a method.
    fn call(&mut self, who: &str, id: &str, method: &str, args: Value) -> Ended {
        let request = json!({"id": id, "method": method, "args": args});
        self.send(who, "call", request.to_string().as_bytes(), 0)
    }

    /// Calls a method in a view.
    fn view(&self, id: &str, method: &str, args: Value) -> Ended {
        let request = json!({"id": id, "method": method, "args": args});
        self.ask("view", request.to_string().as_bytes())
    }

    /// Uploads a source as the account in its id, with 5 NEAR for its storage.
    fn upload(&mut self, id: &str, source: &str, init: Option<Value>) -> Ended {
        let mut request = json!({"id": id, "source": source});
        if let Some(args) = init {
            request["init"] = json!({"args": args});
        }
        let account = id.split('@').next_back().unwrap_or_default().to_owned();
        self.send(
            &account,
            "upload",
            request.to_string().as_bytes(),
            5 * 10u128.pow(24),
        )
    }
}
