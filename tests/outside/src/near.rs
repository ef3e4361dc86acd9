//! NEAR's host functions, as far as the instrument needs them.
#![allow(
    unsafe_code,
    reason = "host functions take raw pointers; each block hands out live buffers only"
)]

use crate::request::Call;

/// Register in which answers are fetched.
const REGISTER: u64 = 0;
/// Register whose content is never read: what a write replaced.
const REGISTER_UNREAD: u64 = 1;
/// Where the counter is stored.
const COUNTER: &[u8] = b"counter";
/// Gas of one Tgas.
const TGAS: u64 = 1_000_000_000_000;
/// What the host says of a promise that succeeded.
const SUCCEEDED: u64 = 1;

/// A promise of the running call.
#[derive(Clone, Copy)]
pub(crate) struct Promise(u64);

/// What became of the promise before a callback.
pub(crate) enum Seen {
    /// The call is no callback.
    None,
    /// It gave a value.
    Value,
    /// It failed.
    Failed,
}

/// The input of the call.
pub(crate) fn input() -> Vec<u8> {
    // SAFETY: writes the input to a register, touches no memory.
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

/// Asks the host something again and again, until the gas is gone.
pub(crate) fn burn() -> ! {
    loop {
        // SAFETY: takes and gives a number only.
        unsafe { near_sys::used_gas() };
    }
}

/// What `add` has added up so far.
pub(crate) fn counter() -> u64 {
    let (length, pointer) = place(COUNTER);
    // SAFETY: pointer and length are a slice's.
    let is_there = unsafe { near_sys::storage_read(length, pointer, REGISTER) } == 1;
    let stored = is_there.then(register).and_then(|it| it.try_into().ok());
    stored.map_or(0, u64::from_be_bytes)
}

/// Stores the counter.
pub(crate) fn set_counter(count: u64) {
    let ((key_length, key), bytes) = (place(COUNTER), count.to_be_bytes());
    let (length, value) = place(&bytes);
    // SAFETY: pointers and lengths are slices'.
    unsafe { near_sys::storage_write(key_length, key, length, value, REGISTER_UNREAD) };
}

/// A call of another contract, with what came with this one.
pub(crate) fn call(call: &Call) -> Promise {
    let mut deposit = 0u128;
    // SAFETY: the host writes the 16 bytes of the number.
    unsafe { near_sys::attached_deposit((&raw mut deposit) as u64) };
    let (length, pointer) = place(call.account.as_bytes());
    // SAFETY: pointer and length are a slice's.
    let promise = Promise(unsafe { near_sys::promise_batch_create(length, pointer) });
    let gas = call.gas_tgas.saturating_mul(TGAS);
    promise.add_call(&call.method, call.args.get().as_bytes(), deposit, gas);
    promise
}

/// A call of a method of this contract, without deposit and with the gas that is left.
pub(crate) fn call_self(method: &str, args: &[u8]) -> Promise {
    let own_id = own_id();
    let (length, pointer) = place(&own_id);
    // SAFETY: pointer and length are a slice's.
    let promise = Promise(unsafe { near_sys::promise_batch_create(length, pointer) });
    promise.add_call(method, args, 0, 0);
    promise
}

/// What became of the promise before this call.
pub(crate) fn seen() -> Seen {
    // SAFETY: takes and gives numbers only.
    if unsafe { near_sys::promise_results_count() } == 0 {
        return Seen::None;
    }
    // SAFETY: writes the result to a register, touches no memory.
    match unsafe { near_sys::promise_result(0, REGISTER) } {
        SUCCEEDED => Seen::Value,
        _ => Seen::Failed,
    }
}

impl Promise {
    /// Calls a method of this contract when the promise has come to its end.
    pub(crate) fn then_self(self, method: &str) -> Self {
        let own_id = own_id();
        let (length, pointer) = place(&own_id);
        // SAFETY: pointer and length are a slice's.
        let next = Self(unsafe { near_sys::promise_batch_then(self.0, length, pointer) });
        next.add_call(method, b"", 0, 0);
        next
    }

    /// Calls a method of another contract when the promise has come to its end, without deposit.
    pub(crate) fn then(self, call: &Call) -> Self {
        let gas = call.gas_tgas.saturating_mul(TGAS);
        let (length, pointer) = place(call.account.as_bytes());
        // SAFETY: pointer and length are a slice's.
        let next = Self(unsafe { near_sys::promise_batch_then(self.0, length, pointer) });
        next.add_call(&call.method, call.args.get().as_bytes(), 0, gas);
        next
    }

    /// Makes the promise's end that of the running call.
    pub(crate) fn answer(self) {
        // SAFETY: takes a number only.
        unsafe { near_sys::promise_return(self.0) };
    }

    /// A call without gas of its own shares what the running call leaves.
    fn add_call(self, method: &str, args: &[u8], deposit: u128, gas: u64) {
        let ((name_length, name), (length, args)) = (place(method.as_bytes()), place(args));
        let (deposit, weight) = ((&raw const deposit) as u64, u64::from(gas == 0));
        // SAFETY: pointers and lengths are slices'; the deposit lives during the call.
        unsafe {
            near_sys::promise_batch_action_function_call_weight(
                self.0,
                name_length,
                name,
                length,
                args,
                deposit,
                gas,
                weight,
            );
        }
    }
}

fn own_id() -> Vec<u8> {
    // SAFETY: writes an account id to a register, touches no memory.
    unsafe { near_sys::current_account_id(REGISTER) };
    register()
}

/// The content of [`REGISTER`], which is not empty.
fn register() -> Vec<u8> {
    // SAFETY: takes and gives numbers only.
    let mut bytes = vec![0; unsafe { near_sys::register_len(REGISTER) } as usize];
    // SAFETY: the buffer has the register's length.
    unsafe { near_sys::read_register(REGISTER, bytes.as_mut_ptr() as u64) };
    bytes
}

fn place(bytes: &[u8]) -> (u64, u64) {
    (bytes.len() as u64, bytes.as_ptr() as u64)
}
