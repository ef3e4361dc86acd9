//! The chain's host functions. The only `unsafe` of the loader beside its exports' names.
#![allow(
    unsafe_code,
    reason = "host functions take raw pointers; each block hands out live buffers only"
)]

use conclave_abi::loader::Hash;

use crate::platform::{Deployment, Platform};

/// The register that everything passes through.
const REGISTER: u64 = 0;
/// The length that a host function takes to mean "in the register whose id is the pointer".
const NO_REGISTER: u64 = u64::MAX;
/// No yoctoNEAR; the host reads it through its address.
static NO_DEPOSIT: u128 = 0;

/// The chain under a running call.
pub(crate) struct Near;

/// The input of the call.
pub(crate) fn input() -> Vec<u8> {
    // SAFETY: writes the input to a register, touches no memory.
    unsafe { near_sys::input(REGISTER) };
    register().unwrap_or_default()
}

/// Ends the call with a result.
pub(crate) fn value_return(value: &str) {
    // SAFETY: the text lives during the call.
    unsafe { near_sys::value_return(value.len() as u64, value.as_ptr() as u64) }
}

/// Fails the call with a message; undoes all it did.
pub(crate) fn panic(message: &str) -> ! {
    // SAFETY: the text lives during the call, which doesn't return.
    unsafe { near_sys::panic_utf8(message.len() as u64, message.as_ptr() as u64) }
}

impl Platform for Near {
    fn is_own_call(&self) -> bool {
        // SAFETY: writes an account id to a register, touches no memory.
        unsafe { near_sys::predecessor_account_id(REGISTER) };
        let caller = register();
        caller == Some(own_id())
    }

    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        // SAFETY: the key lives during the call.
        let found =
            unsafe { near_sys::storage_read(key.len() as u64, key.as_ptr() as u64, REGISTER) };
        if found == 1 { register() } else { None }
    }

    fn has(&self, key: &[u8]) -> bool {
        // SAFETY: the key lives during the call.
        unsafe { near_sys::storage_has_key(key.len() as u64, key.as_ptr() as u64) == 1 }
    }

    fn write(&mut self, key: &[u8], value: &[u8]) {
        let (key_at, value_at) = (key.as_ptr() as u64, value.as_ptr() as u64);
        // SAFETY: key and value live during the call.
        unsafe {
            near_sys::storage_write(
                key.len() as u64,
                key_at,
                value.len() as u64,
                value_at,
                REGISTER,
            )
        };
    }

    fn remove(&mut self, key: &[u8]) {
        // SAFETY: the key lives during the call.
        unsafe { near_sys::storage_remove(key.len() as u64, key.as_ptr() as u64, REGISTER) };
    }

    fn sha256(&self, bytes: &[u8]) -> Hash {
        // SAFETY: the bytes live during the call.
        unsafe { near_sys::sha256(bytes.len() as u64, bytes.as_ptr() as u64, REGISTER) };
        let mut hash = [0; 32];
        // SAFETY: a SHA-256 hash has exactly the 32 bytes of the buffer.
        unsafe { near_sys::read_register(REGISTER, hash.as_mut_ptr() as u64) };
        hash
    }

    fn deploy(&mut self, deployment: Deployment<'_>) {
        let own_id = own_id();
        // SAFETY: the account id lives during the call.
        let promise =
            unsafe { near_sys::promise_batch_create(own_id.len() as u64, own_id.as_ptr() as u64) };
        call(
            promise,
            deployment.clear_method,
            b"",
            Gas {
                fixed: deployment.clear_gas,
                weight: 0,
            },
        );
        let code = deployment.code;
        // SAFETY: the code lives during the call.
        unsafe {
            near_sys::promise_batch_action_deploy_contract(
                promise,
                code.len() as u64,
                code.as_ptr() as u64,
            )
        };
        if let Some(then) = deployment.then {
            let arguments = then.args.to_string();
            call(
                promise,
                &then.method,
                arguments.as_bytes(),
                Gas {
                    fixed: 0,
                    weight: 1,
                },
            );
        }
        // SAFETY: takes a number only.
        unsafe { near_sys::promise_return(promise) };
    }
}

/// The gas of a planned call: a fixed part in gas units, and a share of what is left.
struct Gas {
    fixed: u64,
    weight: u64,
}

fn call(promise: u64, method: &str, arguments: &[u8], gas: Gas) {
    // SAFETY: method, arguments and deposit live during the call.
    unsafe {
        near_sys::promise_batch_action_function_call_weight(
            promise,
            method.len() as u64,
            method.as_ptr() as u64,
            arguments.len() as u64,
            arguments.as_ptr() as u64,
            (&raw const NO_DEPOSIT) as u64,
            gas.fixed,
            gas.weight,
        );
    }
}

fn own_id() -> Vec<u8> {
    // SAFETY: writes an account id to a register, touches no memory.
    unsafe { near_sys::current_account_id(REGISTER) };
    register().unwrap_or_default()
}

fn register() -> Option<Vec<u8>> {
    // SAFETY: takes and gives numbers only.
    let length = unsafe { near_sys::register_len(REGISTER) };
    if length == NO_REGISTER {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    // SAFETY: the buffer has the register's length.
    unsafe { near_sys::read_register(REGISTER, bytes.as_mut_ptr() as u64) };
    Some(bytes)
}
