//! NEAR's host functions. With named modules of the engine the only place of `unsafe`.
#![allow(unsafe_code, reason = "host functions are foreign functions")]

use super::{DataId, Planned, Platform, Received};
use crate::outbox::Action;
use conclave_nested_trie::Store;

/// Register in which answers are fetched.
const REGISTER: u64 = 0;
/// Register whose content is never read: what a write or a removal replaced.
const REGISTER_UNREAD: u64 = 1;

/// The chain that runs the contract.
#[derive(Clone, Copy)]
pub(crate) struct Near;

/// The content of [`REGISTER`].
fn register() -> Vec<u8> {
    // SAFETY: the buffer has exactly the register's length.
    unsafe {
        let length = near_sys::register_len(REGISTER) as usize;
        let mut bytes = Vec::<u8>::with_capacity(length);
        near_sys::read_register(REGISTER, bytes.as_mut_ptr() as u64);
        bytes.set_len(length);
        bytes
    }
}

/// An account id that the host put into [`REGISTER`].
fn account() -> String {
    String::from_utf8(register()).expect("invariant: an account id is ASCII")
}

fn place(bytes: &[u8]) -> (u64, u64) {
    (bytes.len() as u64, bytes.as_ptr() as u64)
}

/// A balance that the host writes to a pointer.
fn amount(write: unsafe extern "C-unwind" fn(u64)) -> u128 {
    let mut bytes = [0u8; 16];
    // SAFETY: the host writes 16 bytes, little-endian.
    unsafe { write(bytes.as_mut_ptr() as u64) };
    u128::from_le_bytes(bytes)
}

impl Store for Near {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        let (length, pointer) = place(key);
        // SAFETY: pointer and length are a slice's.
        let is_there = unsafe { near_sys::storage_read(length, pointer, REGISTER) } == 1;
        is_there.then(register)
    }
}

impl Platform for Near {
    fn input(&self) -> Vec<u8> {
        // SAFETY: the host writes to the register only.
        unsafe { near_sys::input(REGISTER) };
        register()
    }

    fn current(&self) -> String {
        // SAFETY: the host writes to the register only.
        unsafe { near_sys::current_account_id(REGISTER) };
        account()
    }

    fn predecessor(&self) -> String {
        // SAFETY: the host writes to the register only.
        unsafe { near_sys::predecessor_account_id(REGISTER) };
        account()
    }

    fn signer(&self) -> String {
        // SAFETY: the host writes to the register only.
        unsafe { near_sys::signer_account_id(REGISTER) };
        account()
    }

    fn attached_deposit(&self) -> u128 {
        amount(near_sys::attached_deposit)
    }

    fn balance(&self) -> u128 {
        amount(near_sys::account_balance)
    }

    fn storage_usage(&self) -> u64 {
        // SAFETY: takes and gives a number.
        unsafe { near_sys::storage_usage() }
    }

    fn block_height(&self) -> u64 {
        // SAFETY: takes and gives a number.
        unsafe { near_sys::block_index() }
    }

    fn block_timestamp_ns(&self) -> u64 {
        // SAFETY: takes and gives a number.
        unsafe { near_sys::block_timestamp() }
    }

    fn random_seed(&self) -> Vec<u8> {
        // SAFETY: the host writes to the register only.
        unsafe { near_sys::random_seed(REGISTER) };
        register()
    }

    fn used_gas(&self) -> u64 {
        // SAFETY: takes and gives a number.
        unsafe { near_sys::used_gas() }
    }

    fn prepaid_gas(&self) -> u64 {
        // SAFETY: takes and gives a number.
        unsafe { near_sys::prepaid_gas() }
    }

    fn has_clock(&self) -> bool {
        true
    }

    fn sha256(&self, bytes: &[u8]) -> [u8; 32] {
        let (length, pointer) = place(bytes);
        let mut digest = [0; 32];
        // SAFETY: pointer and length are a slice's; the register then holds 32 bytes.
        unsafe {
            near_sys::sha256(length, pointer, REGISTER);
            near_sys::read_register(REGISTER, digest.as_mut_ptr() as u64);
        }
        digest
    }

    fn write(&self, key: &[u8], value: &[u8]) {
        let ((key_length, key), (length, value)) = (place(key), place(value));
        // SAFETY: pointers and lengths are slices'.
        unsafe { near_sys::storage_write(key_length, key, length, value, REGISTER_UNREAD) };
    }

    fn remove(&self, key: &[u8]) {
        let (length, pointer) = place(key);
        // SAFETY: pointer and length are a slice's.
        unsafe { near_sys::storage_remove(length, pointer, REGISTER_UNREAD) };
    }

    fn log(&self, line: &str) {
        let (length, pointer) = place(line.as_bytes());
        // SAFETY: pointer and length are a slice's.
        unsafe { near_sys::log_utf8(length, pointer) };
    }

    fn transfer(&self, to: &str, amount_yocto: u128) {
        let (length, pointer) = place(to.as_bytes());
        let amount = amount_yocto.to_le_bytes();
        // SAFETY: pointers and lengths are slices'; the amount has 16 bytes.
        unsafe {
            let promise = near_sys::promise_batch_create(length, pointer);
            near_sys::promise_batch_action_transfer(promise, amount.as_ptr() as u64);
        }
    }

    fn send(&self, account: &str, actions: &[Action]) -> Planned {
        let (length, pointer) = place(account.as_bytes());
        // SAFETY: pointer and length are a slice's.
        let promise = unsafe { near_sys::promise_batch_create(length, pointer) };
        for action in actions {
            match action {
                Action::Transfer { amount_yocto } => {
                    let amount = amount_yocto.to_le_bytes();
                    // SAFETY: the amount has 16 bytes.
                    unsafe {
                        near_sys::promise_batch_action_transfer(promise, amount.as_ptr() as u64);
                    }
                }
                Action::Call {
                    method,
                    input,
                    deposit_yocto,
                    gas,
                } => call_in(promise, (method, input), *deposit_yocto, (*gas, 0)),
            }
        }
        Planned(promise)
    }

    fn then(&self, promises: &[Planned], method: &str, input: &[u8], gas: u64) -> Planned {
        let own = self.current();
        let (length, pointer) = place(own.as_bytes());
        let ids: Vec<u64> = promises.iter().map(|Planned(promise)| *promise).collect();
        // SAFETY: pointers and lengths are slices'.
        let promise = unsafe {
            match ids.as_slice() {
                [] => near_sys::promise_batch_create(length, pointer),
                [one] => near_sys::promise_batch_then(*one, length, pointer),
                many => {
                    let all = near_sys::promise_and(many.as_ptr() as u64, many.len() as u64);
                    near_sys::promise_batch_then(all, length, pointer)
                }
            }
        };
        call_in(promise, (method, input), 0, (gas, 1));
        Planned(promise)
    }

    fn open(&self, method: &str, input: &[u8], (gas, weight): (u64, u64)) -> (Planned, DataId) {
        let (method_length, method) = place(method.as_bytes());
        let (length, pointer) = place(input);
        // SAFETY: pointers and lengths are slices'; the host writes to the register.
        let promise = unsafe {
            near_sys::promise_yield_create(
                method_length,
                method,
                length,
                pointer,
                gas,
                weight,
                REGISTER,
            )
        };
        let data_id = register().try_into();
        (
            Planned(promise),
            data_id.expect("invariant: NEAR's names have 32 bytes"),
        )
    }

    fn resume(&self, data_id: &DataId, payload: &[u8]) -> bool {
        let (id_length, id) = place(data_id);
        let (length, pointer) = place(payload);
        // SAFETY: pointers and lengths are slices'.
        unsafe { near_sys::promise_yield_resume(id_length, id, length, pointer) == 1 }
    }

    fn return_promise(&self, Planned(promise): Planned) {
        // SAFETY: takes a number that the host gave.
        unsafe { near_sys::promise_return(promise) };
    }

    fn results(&self) -> u64 {
        // SAFETY: gives a number.
        unsafe { near_sys::promise_results_count() }
    }

    fn result(&self, index: u64, bytes_max: u64) -> Received {
        // SAFETY: the host writes to the register only.
        let status = unsafe { near_sys::promise_result(index, REGISTER) };
        if status != 1 {
            return Received::Failed;
        }
        // SAFETY: takes and gives a number.
        let length = unsafe { near_sys::register_len(REGISTER) };
        if length > bytes_max {
            return Received::TooLong(length);
        }
        Received::Bytes(register())
    }

    fn return_value(&self, bytes: &[u8]) {
        let (length, pointer) = place(bytes);
        // SAFETY: pointer and length are a slice's.
        unsafe { near_sys::value_return(length, pointer) };
    }
}

/// Adds a call to a batch: with so much gas, and so large a share of what is unused.
fn call_in(
    promise: u64,
    (method, input): (&str, &[u8]),
    deposit_yocto: u128,
    (gas, weight): (u64, u64),
) {
    let (method_length, method) = place(method.as_bytes());
    let (length, pointer) = place(input);
    let amount = deposit_yocto.to_le_bytes();
    // SAFETY: pointers and lengths are slices'; the amount has 16 bytes.
    unsafe {
        near_sys::promise_batch_action_function_call_weight(
            promise,
            method_length,
            method,
            length,
            pointer,
            amount.as_ptr() as u64,
            gas,
            weight,
        );
    }
}

/// Ends the receipt with a text; everything the execution did is dropped by the chain.
pub(crate) fn fail(text: &str) -> ! {
    let (length, pointer) = place(text.as_bytes());
    // SAFETY: pointer and length are a slice's.
    unsafe { near_sys::panic_utf8(length, pointer) }
}
