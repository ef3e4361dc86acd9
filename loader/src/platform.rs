//! The port between the loader's behaviour and a chain.

use conclave_abi::loader::{Hash, ThenCall};

/// What the loader asks of the chain.
pub trait Platform {
    /// Whether the account itself is the caller. Not to be asked in a view.
    fn is_own_call(&self) -> bool;
    /// The value under a key.
    fn read(&self, key: &[u8]) -> Option<Vec<u8>>;
    /// Whether there is a value under a key.
    fn has(&self, key: &[u8]) -> bool;
    /// Puts a value under a key.
    fn write(&mut self, key: &[u8], value: &[u8]);
    /// Removes a key; an absent one stays absent.
    fn remove(&mut self, key: &[u8]);
    /// The SHA-256 hash of some bytes.
    fn sha256(&self, bytes: &[u8]) -> Hash;
    /// Plans the receipt that deploys, and makes its result this call's result.
    fn deploy(&mut self, deployment: Deployment<'_>);
}

/// One receipt to the account itself: clear the chunks, deploy, call. It happens whole or not at all.
#[derive(Debug)]
pub struct Deployment<'a> {
    /// The method of the loader that clears the chunks.
    pub clear_method: &'static str,
    /// The gas that clearing gets, in gas units.
    pub clear_gas: u64,
    /// The new code.
    pub code: &'a [u8],
    /// What the new code is called with; it gets all gas that is left.
    pub then: Option<&'a ThenCall>,
}
