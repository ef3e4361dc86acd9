//! [`Host`]: what running code may ask for, answered for the frame that runs now.
//!
//! Guards invariants 5 and 9: storage is always the running frame's own, and what NEAR would trap
//! on is refused here with a failure.

use crate::execution::{Execution, Mode};
use crate::frame::{Frame, FrameRequest, Way};
use crate::platform::Platform;
use crate::state::{self, corrupt_value};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::{BYTES_MAX, Value};
use conclave_engine::port::{Guest, Host, KeyRange};

/// Most keys that one `storage.keys` gives.
const KEYS_MAX: u32 = 1_000;

impl<P: Platform> Execution<P> {
    fn current_id(&self) -> String {
        self.frames.borrow().current().id.clone()
    }

    fn refuse_in_view(&self, what: &str) -> Result<(), Failure> {
        match self.mode {
            Mode::Change => Ok(()),
            Mode::View => Err(Failure::new(
                ErrorCode::View,
                format!("a view can't {what}"),
            )),
        }
    }
}

impl<P: Platform + 'static> Host for Execution<P> {
    fn caller(&self) -> Option<String> {
        self.frames.borrow().current().caller.clone()
    }

    fn signer(&self) -> Result<String, Failure> {
        self.refuse_in_view("ask who signed")?;
        Ok(self.platform().signer())
    }

    fn own_id(&self) -> String {
        self.current_id()
    }

    fn deposit(&self) -> u128 {
        self.frames.borrow().current().deposit_yocto
    }

    fn block_height(&self) -> u64 {
        self.platform().block_height()
    }

    fn block_timestamp_ns(&self) -> u64 {
        self.platform().block_timestamp_ns()
    }

    fn random_seed(&self) -> Result<Vec<u8>, Failure> {
        self.refuse_in_view("have random numbers")?;
        Ok(self.platform().random_seed())
    }

    fn log(&self, text: &str) -> Result<(), Failure> {
        let line = format!("{}: {text}", self.current_id());
        self.journal.borrow_mut().log(line)
    }

    fn sha256(&self, bytes: &[u8]) -> [u8; 32] {
        self.platform().sha256(bytes)
    }

    fn storage_get(&self, key: &str) -> Result<Option<Value>, Failure> {
        let id = self.current_id();
        let key = state::storage_key(key)?;
        let Some(bytes) = self.state.value(&self.journal.borrow(), &id, &key)? else {
            return Ok(None);
        };
        Value::from_bytes(&bytes)
            .map(Some)
            .map_err(|_| corrupt_value(&id))
    }

    fn storage_set(&self, key: &str, value: &Value) -> Result<(), Failure> {
        self.refuse_in_view("write to storage")?;
        let (key, bytes) = (state::storage_key(key)?, value.to_bytes());
        if bytes.len() > BYTES_MAX {
            let got = bytes.len();
            let message = format!("the value takes {got} bytes, at most {BYTES_MAX} are allowed");
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        self.journal
            .borrow_mut()
            .set_value(&self.current_id(), key, Some(bytes));
        Ok(())
    }

    fn storage_remove(&self, key: &str) -> Result<bool, Failure> {
        self.refuse_in_view("remove from storage")?;
        let id = self.current_id();
        let key = state::storage_key(key)?;
        let was_there = self.state.has(&self.journal.borrow(), &id, &key)?;
        if was_there {
            self.journal.borrow_mut().set_value(&id, key, None);
        }
        Ok(was_there)
    }

    fn storage_has(&self, key: &str) -> Result<bool, Failure> {
        let key = state::storage_key(key)?;
        self.state
            .has(&self.journal.borrow(), &self.current_id(), &key)
    }

    fn storage_keys(&self, range: &KeyRange) -> Result<Vec<String>, Failure> {
        let limit = range.limit.min(KEYS_MAX) as usize;
        let journal = self.journal.borrow();
        self.state.names(
            &journal,
            &self.current_id(),
            (&range.prefix, &range.from),
            limit,
        )
    }

    fn call(
        &self,
        guest: &mut dyn Guest,
        id: &str,
        method: &str,
        args: Value,
    ) -> Result<Value, Failure> {
        let frame = Frame {
            id: id.to_owned(),
            caller: Some(self.current_id()),
            deposit_yocto: 0,
        };
        let request = FrameRequest {
            frame,
            method: method.to_owned(),
            args,
            way: Way::Call,
        };
        self.run_frame(guest, request)
    }
}
