//! One execution: one NEAR receipt run by the enclave.
//!
//! In: a request already read. Out: a journal, committed once at the end or dropped whole.
//! Guards invariants 2 to 5: frames open and close here and nowhere else.

use crate::frame::{FrameRequest, Frames};
use crate::journal::{Committed, Journal};
use crate::platform::Platform;
use crate::record::{AccountPayload, corrupt};
use crate::state::State;
use crate::tracer::Tracer;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::Program;
use conclave_engine::port::{Guest, Run};
use conclave_nested_trie::{Batch, Changes, Trie};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Price of a stored byte, in yoctoNEAR. Source: NEAR protocol, `storage_amount_per_byte`.
pub(crate) const YOCTO_PER_BYTE: u128 = 10_000_000_000_000_000_000;

/// What an execution may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Anything.
    Change,
    /// Only read: NEAR refuses writes in a view, and a refusal can't be caught.
    View,
}

/// One receipt's worth of work.
pub(crate) struct Execution<P: Platform> {
    pub(crate) state: State<P>,
    pub(crate) mode: Mode,
    pub(crate) journal: RefCell<Journal>,
    pub(crate) frames: RefCell<Frames>,
    pub(crate) programs: RefCell<BTreeMap<String, Rc<Program>>>,
    pub(crate) tracer: RefCell<Option<Tracer>>,
}

impl<P: Platform> Execution<P> {
    pub(crate) fn new(platform: P, mode: Mode) -> Self {
        Self {
            state: State::open(platform),
            mode,
            journal: RefCell::default(),
            frames: RefCell::default(),
            programs: RefCell::default(),
            tracer: RefCell::new(None),
        }
    }

    pub(crate) fn platform(&self) -> &P {
        self.state.platform()
    }

    /// Asks for the tree of frames with their gas.
    pub(crate) fn trace(&self) {
        *self.tracer.borrow_mut() = Some(Tracer::default());
    }

    /// Runs a frame: its effects stay when the method returns and go when it fails.
    ///
    /// # Errors
    /// Why the frame could not begin, or how it failed; the path leads to the frame.
    ///
    /// # Atomicity
    /// After an error the journal is what it was before.
    pub(crate) fn run_frame(
        &self,
        guest: &mut dyn Guest,
        request: FrameRequest,
    ) -> Result<Value, Failure> {
        let id = request.frame.id.clone();
        let admitted = self
            .frames
            .borrow()
            .admit(&request)
            .and_then(|()| self.program(&id));
        let program = admitted.map_err(|failure| self.with_path(failure, Some(&id)))?;
        let checkpoint = self.journal.borrow().checkpoint();
        let result = self.with_frame(request, |method, args| {
            let run = Run {
                program: &program,
                id: &id,
                method: &method,
                args,
            };
            guest
                .run(run)
                .map_err(|failure| self.with_path(failure, None))
        });
        match &result {
            Ok(_) => self.journal.borrow().keep(checkpoint),
            Err(_) => self.journal.borrow_mut().undo(checkpoint),
        }
        result
    }

    /// Opens a frame, runs the body in it, closes it.
    fn with_frame(
        &self,
        request: FrameRequest,
        body: impl FnOnce(String, Value) -> Result<Value, Failure>,
    ) -> Result<Value, Failure> {
        let FrameRequest {
            frame,
            method,
            args,
            way: _,
        } = request;
        if let Some(tracer) = &mut *self.tracer.borrow_mut() {
            tracer.begin(&frame.id, &method, self.platform().used_gas());
        }
        self.frames.borrow_mut().push(frame);
        let result = body(method, args);
        self.frames.borrow_mut().pop();
        if let Some(tracer) = &mut *self.tracer.borrow_mut() {
            let outcome = result
                .as_ref()
                .err()
                .map_or("ok", |failure| failure.code.as_str());
            tracer.end(outcome, self.platform().used_gas());
        }
        result
    }

    /// Adds the path of frames to a failure that has none yet.
    fn with_path(&self, mut failure: Failure, beyond: Option<&str>) -> Failure {
        if failure.path.is_empty() {
            failure.path = self.frames.borrow().path();
            failure.path.extend(beyond.map(str::to_owned));
        }
        failure
    }

    /// Ends the execution: writes, then the outbox, then logs (invariant 2).
    ///
    /// Gives by how many bytes storage grew, checked to be paid for: by the deposit where there
    /// is one, else out of the enclave's own balance. What is left of the deposit goes back.
    ///
    /// # Errors
    /// `E_DEPOSIT`, `E_CORRUPT`. The caller must fail the receipt then.
    pub(crate) fn commit(&self, deposit: Deposit) -> Result<u64, Failure> {
        let Committed {
            changes,
            mut transfers,
            logs,
        } = self.journal.take().commit();
        let platform = self.platform();
        let mut growth = 0;
        if self.mode == Mode::Change {
            let before = platform.storage_usage();
            write(&self.state.batch(changes)?, platform);
            growth = platform.storage_usage().saturating_sub(before);
            transfers.extend(deposit.settle(growth, platform)?);
            for transfer in transfers {
                platform.transfer(&transfer.to, transfer.amount_yocto);
            }
        }
        for line in logs {
            platform.log(&line);
        }
        if let Some(event) = self.tracer.take().and_then(Tracer::event) {
            platform.log(&event);
        }
        Ok(growth)
    }

    /// Writes a subcontract's account record once more, after the commit.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn rewrite_account(
        &self,
        id: &str,
        payload: &AccountPayload,
    ) -> Result<(), Failure> {
        let mut changes = Changes::new();
        changes.put_account(id, payload.to_bytes());
        // A trie shows one unchanging state: what was committed needs a new one.
        let batch = Trie::open(self.platform()).update(changes);
        let batch = batch.map_err(|_| corrupt(&format!("the account record of {id}")))?;
        write(&batch, self.platform());
        Ok(())
    }
}

fn write<P: Platform>(batch: &Batch, platform: &P) {
    for (key, value) in batch.iter() {
        match value {
            Some(value) => platform.write(key, value),
            None => platform.remove(key),
        }
    }
}

/// NEAR that came with a request, and who is to pay for storage that grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deposit {
    /// Who attached it, and gets back what is left.
    pub(crate) from: String,
    /// In yoctoNEAR.
    pub(crate) amount_yocto: u128,
    pub(crate) payer: Payer,
}

/// Who pays for storage that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payer {
    /// The deposit, and nothing else.
    Deposit,
    /// The deposit if there is one, else the enclave's own balance.
    DepositOrEnclave,
}

impl Deposit {
    /// Takes the price of the growth and gives the transfer of what is left.
    fn settle<P: Platform>(
        self,
        growth_bytes: u64,
        platform: &P,
    ) -> Result<Option<crate::outbox::Transfer>, Failure> {
        let price = u128::from(growth_bytes) * YOCTO_PER_BYTE;
        let is_sponsored = self.payer == Payer::DepositOrEnclave && self.amount_yocto == 0;
        let funds = if is_sponsored {
            free_balance(growth_bytes, platform)
        } else {
            self.amount_yocto
        };
        if price > funds {
            let missing = price - funds;
            return Err(Failure::new(
                ErrorCode::Deposit,
                format!(
                    "storage grows by {growth_bytes} bytes and costs {price} yoctoNEAR; \
                     {missing} yoctoNEAR are missing, attach {price} or more"
                ),
            ));
        }
        let left = if is_sponsored {
            0
        } else {
            self.amount_yocto - price
        };
        Ok((left > 0).then_some(crate::outbox::Transfer {
            to: self.from,
            amount_yocto: left,
        }))
    }
}

/// What of the account's balance was not bound by its storage before that grew.
fn free_balance<P: Platform>(growth_bytes: u64, platform: &P) -> u128 {
    let bound_bytes = platform.storage_usage() - growth_bytes;
    let bound = u128::from(bound_bytes) * YOCTO_PER_BYTE;
    platform.balance().saturating_sub(bound)
}
