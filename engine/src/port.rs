//! The two ports that cut the circle between running code and what it may ask for.
//!
//! [`Guest`] runs a method of a subcontract's code; the engine implements it. [`Host`] is what
//! running code may ask for; the enclave implements it. A nested call goes host → guest again,
//! and hands the guest along, so neither side keeps a reference to the other.

use crate::program::Program;
use conclave_abi::error::Failure;
use conclave_abi::value::Value;
use std::rc::Rc;

/// Runs subcontracts' code.
pub trait Guest {
    /// Runs one method in a fresh instance of the code.
    ///
    /// # Errors
    /// A [`Failure`] with `code`, `name`, `message` and `stack`; its `path` belongs to the host.
    ///
    /// # Atomicity
    /// The guest keeps nothing of the instance; effects are the host's to undo.
    fn run(&mut self, run: Run<'_>) -> Result<Value, Failure>;

    /// Checks a source and makes its program.
    ///
    /// # Errors
    /// `E_SYNTAX` or `E_SOURCE` with line and column, `E_TOO_DEEP`, `E_TOO_LARGE`.
    fn compile(&mut self, source: &str) -> Result<Program, Failure>;
}

/// What [`Guest::run`] is to run.
#[derive(Debug)]
pub struct Run<'a> {
    /// The code.
    pub program: &'a Rc<Program>,
    /// The subcontract's id, as it stands in stack traces.
    pub id: &'a str,
    /// The export to call.
    pub method: &'a str,
    /// Its single parameter.
    pub args: Value,
}

/// What `storage.keys` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// Keys that begin with this.
    pub prefix: String,
    /// The first key, or the place where it would be.
    pub from: String,
    /// How many at most.
    pub limit: u32,
}

/// What running code may ask for. Every answer is about the frame that runs now.
pub trait Host {
    /// Who made this call: an account or a subcontract id; nobody in a view from outside.
    fn caller(&self) -> Option<String>;
    /// Who signed the transaction.
    ///
    /// # Errors
    /// `E_VIEW` in a view, which nobody signs.
    fn signer(&self) -> Result<String, Failure>;
    /// The frame's own subcontract id.
    fn own_id(&self) -> String;
    /// The deposit of this call, in yoctoNEAR.
    fn deposit(&self) -> u128;
    /// Height of the block.
    fn block_height(&self) -> u64;
    /// Time of the block, in nanoseconds since 1970.
    fn block_timestamp_ns(&self) -> u64;
    /// The block's random seed.
    ///
    /// # Errors
    /// `E_VIEW` in a view, which has none.
    fn random_seed(&self) -> Result<Vec<u8>, Failure>;
    /// Writes a line to the journal's logs.
    ///
    /// # Errors
    /// `E_TOO_LARGE` when the execution's lines or bytes are used up.
    fn log(&self, text: &str) -> Result<(), Failure>;
    /// The sha256 of bytes.
    fn sha256(&self, bytes: &[u8]) -> [u8; 32];
    /// Reads a key of the frame's own storage.
    ///
    /// # Errors
    /// `E_TOO_LARGE` for a key over the bound, `E_CORRUPT`.
    fn storage_get(&self, key: &str) -> Result<Option<Value>, Failure>;
    /// Writes a key of the frame's own storage.
    ///
    /// # Errors
    /// `E_TOO_LARGE`, `E_VIEW`, `E_CORRUPT`.
    fn storage_set(&self, key: &str, value: &Value) -> Result<(), Failure>;
    /// Removes a key; says whether it was there.
    ///
    /// # Errors
    /// As [`Host::storage_set`].
    fn storage_remove(&self, key: &str) -> Result<bool, Failure>;
    /// Whether a key is there.
    ///
    /// # Errors
    /// As [`Host::storage_get`].
    fn storage_has(&self, key: &str) -> Result<bool, Failure>;
    /// Keys in byte order.
    ///
    /// # Errors
    /// As [`Host::storage_get`].
    fn storage_keys(&self, range: &KeyRange) -> Result<Vec<String>, Failure>;
    /// Calls another subcontract, synchronously.
    ///
    /// # Errors
    /// Why the callee's frame failed; its effects are undone.
    fn call(
        &self,
        guest: &mut dyn Guest,
        id: &str,
        method: &str,
        args: Value,
    ) -> Result<Value, Failure>;
}
