//! Requests of alice.near to an enclave in memory.

use conclave_abi::error::Failure;
use conclave_enclave::platform::memory::{Effects, Memory, Pairs, Surroundings};
use conclave_enclave::{Export, serve};
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;

const NEAR: u128 = 10u128.pow(24);

/// Asks the enclave; an upload comes with a NEAR.
pub(crate) fn ask(pairs: &Pairs, export: Export, input: &Value) -> Result<Effects, Failure> {
    conclave_engine::prepare();
    let effects = Rc::new(RefCell::new(Effects::default()));
    let platform = Memory {
        pairs: Rc::clone(pairs),
        surroundings: Surroundings {
            predecessor: "alice.near".to_owned(),
            signer: "alice.near".to_owned(),
            deposit: if export == Export::Upload { NEAR } else { 0 },
            balance: 1_000 * NEAR,
            block_height: 1,
            block_timestamp_ns: 1,
        },
        input: input.to_string().into_bytes(),
        results: Vec::new(),
        effects: Rc::clone(&effects),
    };
    serve(export, platform)?;
    Ok(effects.take())
}
