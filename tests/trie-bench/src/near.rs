//! NEAR's host functions, as the enclave uses them: the same calls, the same registers.
#![allow(unsafe_code, reason = "host functions are foreign functions")]

use crate::storage::Storage;

/// Register in which answers are fetched.
const REGISTER: u64 = 0;
/// Register whose content is never read: what a write or a removal replaced.
const REGISTER_UNREAD: u64 = 1;

/// The chain that runs the contract.
pub(crate) struct Near;

/// Returns the input of the call.
pub(crate) fn input() -> Vec<u8> {
    // SAFETY: the host writes to the register only.
    unsafe { near_sys::input(REGISTER) };
    register()
}

/// Ends the call with a result.
pub(crate) fn value_return(bytes: &[u8]) {
    let (length, pointer) = place(bytes);
    // SAFETY: pointer and length are a slice's.
    unsafe { near_sys::value_return(length, pointer) };
}

/// Fails the call.
pub(crate) fn panic(message: &str) -> ! {
    let (length, pointer) = place(message.as_bytes());
    // SAFETY: pointer and length are a slice's.
    unsafe { near_sys::panic_utf8(length, pointer) }
}

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

fn place(bytes: &[u8]) -> (u64, u64) {
    (bytes.len() as u64, bytes.as_ptr() as u64)
}

impl Storage for Near {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        let (length, pointer) = place(key);
        // SAFETY: pointer and length are a slice's.
        let is_there = unsafe { near_sys::storage_read(length, pointer, REGISTER) } == 1;
        is_there.then(register)
    }

    fn has(&self, key: &[u8]) -> bool {
        let (length, pointer) = place(key);
        // SAFETY: pointer and length are a slice's.
        unsafe { near_sys::storage_has_key(length, pointer) == 1 }
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
}
