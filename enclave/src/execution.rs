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

#[cfg(test)]
mod tests {
    //! Frames and journal with a scripted guest: no JS runs.

    use super::{Execution, Mode};
    use crate::frame::{Frame, FrameRequest, Way};
    use crate::platform::memory::{Effects, Memory, Pairs, Surroundings};
    use conclave_abi::error::{ErrorCode, Failure};
    use conclave_abi::key;
    use conclave_abi::value::Value;
    use conclave_engine::Program;
    use conclave_engine::port::{Guest, Host, Run};
    use std::cell::RefCell;
    use std::rc::Rc;

    const A: &str = "a@x.near";
    const B: &str = "b@x.near";

    /// Runs methods by name, against the execution itself.
    struct Scripted<'a>(&'a Execution<Memory>);

    impl Guest for Scripted<'_> {
        fn run(&mut self, run: Run<'_>) -> Result<Value, Failure> {
            let Self(host) = *self;
            host.storage_set("entered", &Value::String(run.method.to_owned()))?;
            match run.method {
                "fail" => Err(Failure::new(ErrorCode::Throw, "no")),
                "call" => host.call(self, B, "return", Value::Null),
                "call_failing" => host.call(self, B, "fail", Value::Null),
                "catch" => {
                    let caught = host
                        .call(self, B, "fail", Value::Null)
                        .expect_err("it fails");
                    assert_eq!(caught.path, [A, B]);
                    host.storage_set("after", &Value::String(host.own_id()))?;
                    host.log(&host.caller().unwrap_or_default())?;
                    Ok(Value::Null)
                }
                "back" => host.call(self, A, "return", Value::Null),
                "call_back" => host.call(self, B, "back", Value::Null),
                _ => Ok(Value::String(host.caller().unwrap_or_default())),
            }
        }

        fn compile(&mut self, source: &str) -> Result<Program, Failure> {
            Program::new(source, [0; 32])
        }
    }

    fn execution() -> Execution<Memory> {
        let execution = Execution::new(
            Memory {
                pairs: Pairs::default(),
                surroundings: Surroundings {
                    predecessor: "x.near".to_owned(),
                    signer: "x.near".to_owned(),
                    deposit: 0,
                    balance: 0,
                    block_height: 1,
                    block_timestamp_ns: 1,
                },
                input: Vec::new(),
                effects: Rc::new(RefCell::new(Effects::default())),
            },
            Mode::Change,
        );
        let program = Program::new("", [0; 32])
            .expect("an empty source")
            .to_bytes();
        for id in [A, B] {
            let mut journal = execution.journal.borrow_mut();
            journal.set_value(id, key::program(), Some(program.clone()));
        }
        execution
    }

    fn run(execution: &Execution<Memory>, method: &str) -> Result<Value, Failure> {
        let frame = Frame {
            id: A.to_owned(),
            caller: Some("x.near".to_owned()),
            deposit_yocto: 0,
        };
        let request = FrameRequest {
            frame,
            method: method.to_owned(),
            args: Value::Null,
            way: Way::Call,
        };
        execution.run_frame(&mut Scripted(execution), request)
    }

    /// Names written to a subcontract's storage.
    fn written(execution: &Execution<Memory>, id: &str) -> Vec<String> {
        let journal = execution.journal.borrow();
        let values = &journal.of_subcontract(id).expect("a program").values;
        let names = values.keys().filter_map(|key| key::storage_name(key));
        names.map(str::to_owned).collect()
    }

    #[test]
    fn a_callee_sees_its_caller_and_writes_under_its_own_id() {
        let execution = execution();
        assert_eq!(run(&execution, "call"), Ok(Value::String(A.to_owned())));
        assert_eq!(written(&execution, A), ["entered"]);
        assert_eq!(written(&execution, B), ["entered"]);
    }

    #[test]
    fn a_caught_failure_leaves_the_callers_frame_and_writes() {
        let execution = execution();
        run(&execution, "catch").expect("caught");
        assert_eq!(written(&execution, A), ["after", "entered"]);
        assert!(written(&execution, B).is_empty());
        let logs = execution.journal.take().commit().logs;
        assert_eq!(logs, ["a@x.near: x.near"]);
    }

    #[test]
    fn an_uncaught_failure_undoes_both_frames_and_names_the_path() {
        let execution = execution();
        let failure = run(&execution, "call_failing").expect_err("uncaught");
        assert_eq!(failure.path, [A, B]);
        assert!(written(&execution, A).is_empty() && written(&execution, B).is_empty());
        assert!(execution.frames.borrow().path().is_empty());
    }

    #[test]
    fn a_frame_that_runs_is_not_entered_again() {
        let execution = execution();
        let failure = run(&execution, "call_back").expect_err("reentry");
        assert!(failure.is(ErrorCode::Reentry));
        assert_eq!(failure.path, [A, B, A]);
    }
}
