//! What the enclave needs of the chain under it.

pub mod memory;
#[cfg(target_arch = "wasm32")]
pub(crate) mod near;

use crate::outbox::Action;
use conclave_nested_trie::Store;

/// A promise that was planned in this execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned(pub u64);

/// NEAR's name of a promise that another execution settles.
pub type DataId = [u8; 32];

/// What came of a promise that this execution waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Its result.
    Bytes(Vec<u8>),
    /// A result of so many bytes, which is too long.
    TooLong(u64),
    /// It failed; NEAR does not say why.
    Failed,
}

/// The chain, as one execution sees it. Calls cost gas; none of them can trap when its
/// arguments keep to the stated bounds (invariant 9).
pub trait Platform: Store + Clone {
    /// The request's bytes.
    fn input(&self) -> Vec<u8>;
    /// The enclave's own account.
    fn current(&self) -> String;
    /// Who called the enclave. Not in a view.
    fn predecessor(&self) -> String;
    /// Who signed the transaction. Not in a view.
    fn signer(&self) -> String;
    /// NEAR attached to the call, in yoctoNEAR. Not in a view.
    fn attached_deposit(&self) -> u128;
    /// The account's balance with what is attached, in yoctoNEAR.
    fn balance(&self) -> u128;
    /// Bytes that the account's storage takes now.
    fn storage_usage(&self) -> u64;
    /// The block's height.
    fn block_height(&self) -> u64;
    /// The block's time, in nanoseconds since 1970.
    fn block_timestamp_ns(&self) -> u64;
    /// The block's random seed. Not in a view.
    fn random_seed(&self) -> Vec<u8>;
    /// Gas burnt so far. Not in a view.
    fn used_gas(&self) -> u64;
    /// Gas that came with the call. Not in a view.
    fn prepaid_gas(&self) -> u64;
    /// Whether [`Platform::used_gas`] counts work; else fuel stands for it.
    fn has_clock(&self) -> bool;
    /// The sha256 of bytes.
    fn sha256(&self, bytes: &[u8]) -> [u8; 32];
    /// Writes under a key of 1 to 2,048 bytes. Not in a view.
    fn write(&self, key: &[u8], value: &[u8]);
    /// Removes a key. Not in a view.
    fn remove(&self, key: &[u8]);
    /// Logs a line; at most 100 lines and 16,384 bytes in an execution.
    fn log(&self, line: &str);
    /// Plans a transfer to an account id that is known to be one. Not in a view.
    fn transfer(&self, to: &str, amount_yocto: u128);
    /// Plans actions on another account: at most 100, with a method of 1 to 256 bytes and gas above
    /// zero in each call. Not in a view.
    fn send(&self, account: &str, actions: &[Action]) -> Planned;
    /// Plans a call of the enclave's own for when promises are done, at most 128 of them; with no
    /// deposit, so much gas and a share of what is unused. Not in a view.
    fn then(&self, promises: &[Planned], method: &str, input: &[u8], gas: u64) -> Planned;
    /// Plans a call of the enclave's own for when it is resumed, or for 200 blocks later; as
    /// [`Platform::then`] otherwise, with its share of what is unused as a weight. Not in a view.
    fn open(&self, method: &str, input: &[u8], gas: (u64, u64)) -> (Planned, DataId);
    /// Resumes such a call with at most 1,024 bytes; says whether it was still to be. Not in a view.
    fn resume(&self, data_id: &DataId, payload: &[u8]) -> bool;
    /// Makes the result that of a promise. Not in a view.
    fn return_promise(&self, promise: Planned);
    /// How many promises this execution waited for. Not in a view.
    fn results(&self) -> u64;
    /// What came of one of them. Not in a view.
    fn result(&self, index: u64, bytes_max: u64) -> Received;
    /// Sets the result.
    fn return_value(&self, bytes: &[u8]);
}
