//! [`Host`]: what running code may ask for, answered for the frame that runs now.
//!
//! Guards invariants 5 and 9: what is written is always the running frame's own, what is read of
//! others' passes `access.rs`, and what NEAR would trap on is refused here with a failure.

use crate::access::Readable;
use crate::execution::{Execution, Mode};
use crate::frame::{Way, check_name};
use crate::gas;
use crate::journal::Used;
use crate::outbox::Transfer;
use crate::platform::Platform;
use crate::state::{self, corrupt_value};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::is_account;
use conclave_abi::value::{BYTES_MAX, Value};
use conclave_engine::Program;
use conclave_engine::port::{
    AfterRequest, Anew, Answers, CallRequest, CallWay, Gas, Guest, Host, KeyRange, Next,
    OutsideRequest, Page, SectionRequest, Settlement, Subject, YieldRequest,
};

impl<P: Platform> Execution<P> {
    pub(crate) fn current_id(&self) -> String {
        self.frames.borrow().current().id.clone()
    }

    pub(crate) fn refuse_in_view(&self, what: &str) -> Result<(), Failure> {
        match self.frames.borrow().current().way {
            CallWay::Call => Ok(()),
            CallWay::View => Err(in_view(what)),
        }
    }

    /// Refuses what NEAR refuses in a view from outside; a view frame of a change may ask.
    fn refuse_outside_change(&self, what: &str) -> Result<(), Failure> {
        match self.mode {
            Mode::Change => Ok(()),
            Mode::View => Err(in_view(what)),
        }
    }

    /// Refuses what goes beyond the frame's share.
    pub(crate) fn check_bounds(&self, what: &str, more: Used) -> Result<(), Failure> {
        let bounds = self.frames.borrow().current().bounds;
        let used = self.journal.borrow().used();
        let fits = used.log_lines + more.log_lines <= bounds.log_lines
            && used.log_bytes + more.log_bytes <= bounds.log_bytes
            && used.transfers + more.transfers <= bounds.transfers
            && used.planned + more.planned <= bounds.planned
            && used.outside + more.outside <= bounds.outside;
        if fits {
            return Ok(());
        }
        let message = format!("the frame's share of {what} is used up");
        Err(Failure::new(ErrorCode::TooLarge, message))
    }

    /// Removes a key of the subcontract that runs; says whether it was there.
    pub(crate) fn remove_value(&self, key: Vec<u8>) -> Result<bool, Failure> {
        let id = self.current_id();
        let was_there = self.state.has(&self.journal.borrow(), &id, &key)?;
        if was_there {
            self.put(key, None)?;
        }
        Ok(was_there)
    }
}

/// Nothing more of what frames share.
const NO_MORE: Used = Used {
    log_lines: 0,
    log_bytes: 0,
    transfers: 0,
    planned: 0,
    outside: 0,
};

fn in_view(what: &str) -> Failure {
    Failure::new(ErrorCode::View, format!("a view can't {what}"))
}

impl<P: Platform + 'static> Host for Execution<P> {
    fn spend(&self, fuel: u64) -> Result<(), Failure> {
        self.fuel.set(self.fuel.get().saturating_add(fuel));
        self.check_gas()
    }

    fn afford(&self, gas: Gas) -> Result<(), Failure> {
        self.check_alive()?;
        self.afford_gas(gas)
    }

    fn path(&self) -> Vec<String> {
        self.frames.borrow().path()
    }

    fn balance(&self) -> Result<u128, Failure> {
        self.check_gas()?;
        let balance = self.balance_of(&self.current_id())?;
        Ok(balance + self.journal.borrow().book().purse.left_yocto)
    }

    fn tokens(&self, token: &str) -> Result<u128, Failure> {
        self.check_gas()?;
        Ok(self.held(&self.current_id(), token)?.amount)
    }

    fn keep(&self, amount_yocto: Option<u128>) -> Result<u128, Failure> {
        self.check_gas()?;
        self.refuse_in_view("keep a deposit")?;
        self.keep_deposit(amount_yocto)
    }

    fn transfer(&self, to: &str, amount_yocto: u128) -> Result<(), Failure> {
        self.check_gas()?;
        self.refuse_in_view("transfer")?;
        if !is_account(to) {
            let message = format!("`{to}` is not a NEAR account id");
            return Err(Failure::new(ErrorCode::BadId, message));
        }
        let more = Used {
            transfers: 1,
            ..NO_MORE
        };
        self.check_bounds("1000 transfers", more)?;
        self.draw(amount_yocto)?;
        self.journal.borrow_mut().transfer(Transfer {
            to: to.to_owned(),
            amount_yocto,
        });
        Ok(())
    }

    fn after(&self, request: AfterRequest) -> Result<(), Failure> {
        self.check_gas()?;
        self.refuse_in_view("plan a call")?;
        check_name(&request.call.id, &request.call.method, Way::Call)?;
        if let Some(reply) = &request.reply {
            check_name(&self.current_id(), reply, Way::Call)?;
        }
        let more = Used {
            planned: 1,
            ..NO_MORE
        };
        self.check_bounds("256 planned calls", more)?;
        self.journal.borrow_mut().plan(request);
        Ok(())
    }

    fn outside(&self, request: OutsideRequest) -> Result<u32, Failure> {
        if request.answer != Answers::None {
            return Err(self.no_answer());
        }
        self.plan_outside(request).map(|()| 0)
    }

    fn yield_now(&self, _: YieldRequest) -> Result<(u32, String), Failure> {
        Err(self.no_answer())
    }

    fn resume(&self, token: &str, value: &Value) -> Result<bool, Failure> {
        self.resume_promise(token, value)
    }

    fn spawn(&self, _: CallRequest) -> Result<u32, Failure> {
        Err(self.no_answer())
    }

    fn cancel(&self, _: u32) -> Result<(), Failure> {
        Err(self.no_answer())
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    fn begin_section(&self, _: SectionRequest) -> Result<(), Failure> {
        Err(self.no_answer())
    }

    fn end_section(&self, _: Settlement) -> Result<(), Failure> {
        Err(self.no_answer())
    }

    fn checkpoint(&self) -> Result<Option<Value>, Failure> {
        Err(self.no_answer())
    }

    fn begin_anew(&self, _: Anew) -> Result<(), Failure> {
        Err(self.no_answer())
    }

    fn next(&self) -> Result<Next, Failure> {
        self.next_of_flow()
    }

    fn savepoint(&self) {
        let checkpoint = self.journal.borrow().checkpoint();
        let mut frames = self.frames.borrow_mut();
        frames.current_mut().savepoints.push(checkpoint);
    }

    fn settle(&self, settlement: Settlement) {
        let checkpoint = self.frames.borrow_mut().current_mut().savepoints.pop();
        match (checkpoint, settlement) {
            (Some(checkpoint), Settlement::Keep) => self.journal.borrow().keep(checkpoint),
            (Some(checkpoint), Settlement::Undo) => self.journal.borrow_mut().undo(checkpoint),
            (None, _) => {}
        }
    }

    fn caller(&self) -> Option<String> {
        self.frames.borrow().current().caller.clone()
    }

    fn signer(&self) -> Result<String, Failure> {
        self.check_alive()?;
        self.refuse_outside_change("ask who signed")?;
        Ok(self.platform().signer())
    }

    fn own_id(&self) -> String {
        self.current_id()
    }

    fn deposit(&self) -> u128 {
        self.frames.borrow().current().deposit_yocto
    }

    fn block_height(&self) -> u64 {
        self.block_seen().height
    }

    fn block_timestamp_ns(&self) -> u64 {
        self.block_seen().timestamp_ns
    }

    fn random_seed(&self) -> Result<Vec<u8>, Failure> {
        self.check_alive()?;
        self.refuse_outside_change("have random numbers")?;
        if let Some(seed) = self.seed_of_section() {
            return Ok(seed);
        }
        Ok(self.platform().random_seed())
    }

    fn log(&self, text: &str) -> Result<(), Failure> {
        self.check_gas()?;
        let line = format!("{}: {text}", self.current_id());
        let more = Used {
            log_lines: 1,
            log_bytes: line.len(),
            ..NO_MORE
        };
        self.check_bounds("99 log lines of 12288 bytes", more)?;
        self.journal.borrow_mut().log(line);
        Ok(())
    }

    fn sha256(&self, bytes: &[u8]) -> Result<[u8; 32], Failure> {
        self.check_gas_for(gas::of_sha256(bytes.len()))?;
        Ok(self.platform().sha256(bytes))
    }

    fn grant(&self, peer: &str, grant: Value) -> Result<(), Failure> {
        self.check_gas()?;
        self.refuse_in_view("grant")?;
        self.put_grant(peer, grant)
    }

    fn revoke(&self, peer: &str) -> Result<bool, Failure> {
        self.check_gas()?;
        self.refuse_in_view("revoke")?;
        self.remove_grant(peer)
    }

    fn grants(&self, from: &str, limit: u32) -> Result<Page<(String, Value)>, Failure> {
        self.check_gas()?;
        self.page_of_grants(from, limit)
    }

    fn storage_get(&self, subject: Subject<'_>, key: &str) -> Result<Option<Value>, Failure> {
        self.check_gas()?;
        let Readable { id, span } = self.readable_name(subject, key)?;
        let Some(bytes) = self.state.value(&self.journal.borrow(), &id, &span.low)? else {
            return Ok(None);
        };
        Value::from_bytes(&bytes)
            .map(Some)
            .map_err(|_| corrupt_value(&id))
    }

    fn storage_set(&self, key: &str, value: &Value) -> Result<(), Failure> {
        self.check_gas()?;
        self.refuse_in_view("write to storage")?;
        let (key, bytes) = (state::storage_key(key)?, value.to_bytes());
        if bytes.len() > BYTES_MAX {
            let got = bytes.len();
            let message = format!("the value takes {got} bytes, at most {BYTES_MAX} are allowed");
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        self.put(key, Some(bytes))
    }

    fn storage_remove(&self, key: &str) -> Result<bool, Failure> {
        self.check_gas()?;
        self.refuse_in_view("remove from storage")?;
        self.remove_value(state::storage_key(key)?)
    }

    fn storage_has(&self, subject: Subject<'_>, key: &str) -> Result<bool, Failure> {
        self.check_gas()?;
        let Readable { id, span } = self.readable_name(subject, key)?;
        self.state.has(&self.journal.borrow(), &id, &span.low)
    }

    fn storage_keys(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<String>, Failure> {
        self.page_of_keys(&self.readable_range(subject, range)?, range.limit)
    }

    fn storage_entries(
        &self,
        subject: Subject<'_>,
        range: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure> {
        self.page_of_entries(&self.readable_range(subject, range)?, range.limit)
    }

    fn storage_count(&self, subject: Subject<'_>, prefix: &str) -> Result<u64, Failure> {
        self.check_gas()?;
        self.count(&self.readable_name(subject, prefix)?)
    }

    fn source(&self, hash: &[u8; 32]) -> Result<Program, Failure> {
        self.stored_source(hash)
    }

    fn table(&self, record: usize) -> Result<&'static [u8], Failure> {
        self.read_table(record)
    }

    fn call(&self, guest: &mut dyn Guest, request: CallRequest) -> Result<Value, Failure> {
        self.check_gas()?;
        self.run_frame(guest, self.nested(request))
    }
}
