//! One execution: one NEAR receipt run by the enclave.
//!
//! In: a request already read. Out: a journal, committed once at the end or dropped whole.
//! Guards invariants 2 to 5: frames open and close here and nowhere else.

use crate::after::PLANNED_MAX;
use crate::commit::Moved;
use crate::flow::{Arrival, Flow};
use crate::frame::{Frame, FrameRequest, Frames};
use crate::journal::{Journal, Used};
use crate::platform::Platform;
use crate::state::State;
use crate::tracer::Tracer;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::Compiled;
use conclave_engine::port::{CallWay, Guest, Host, Run};
use conclave_engine::with_guest;
use conclave_nested_trie::SortedMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Most of what all frames share. Reasons: NEAR allows 100 log lines of 16,384 bytes, of which a
/// line and a quarter are kept for the trace; and 1,024 promises, of which refunds need some.
const BOUNDS: Used = Used {
    log_lines: 99,
    log_bytes: 12_288,
    transfers: 1_000,
    planned: PLANNED_MAX,
    outside: OUTSIDE_MAX,
};

/// Most calls to the outside in one execution. Reason: NEAR lets 128 answers come together.
const OUTSIDE_MAX: usize = 128;

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
    pub(crate) programs: RefCell<SortedMap<String, Rc<Compiled>>>,
    pub(crate) tracer: RefCell<Option<Tracer>>,
    /// Why the execution has to end, whoever catches it.
    pub(crate) stopped: RefCell<Option<Failure>>,
    /// Fuel that the guest spent.
    pub(crate) fuel: Cell<u64>,
    /// What the outermost frame left of its deposit, in yoctoNEAR.
    pub(crate) left_yocto: Cell<u128>,
    /// Money that came to others than the enclave, or went, beside what the journal knows.
    pub(crate) moved: Cell<Moved>,
    /// A deposit that came back right before this execution, and was credited in it, in yoctoNEAR.
    pub(crate) came_back_yocto: Cell<u128>,
    /// Subcontracts on whose keys nobody holds a lock.
    pub(crate) lock_free: RefCell<Vec<String>>,
    /// The method called from outside, where it may wait.
    pub(crate) flow: RefCell<Option<Flow>>,
    /// The tokens that came with the call.
    pub(crate) arrival: RefCell<Option<Arrival>>,
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
            stopped: RefCell::new(None),
            fuel: Cell::new(0),
            left_yocto: Cell::new(0),
            moved: Cell::default(),
            came_back_yocto: Cell::new(0),
            lock_free: RefCell::default(),
            flow: RefCell::new(None),
            arrival: RefCell::new(None),
        }
    }

    pub(crate) fn platform(&self) -> &P {
        self.state.platform()
    }

    /// Asks for the tree of frames with their gas.
    pub(crate) fn trace(&self) {
        *self.tracer.borrow_mut() = Some(Tracer::default());
    }

    /// Runs the outermost frame, with a guest.
    ///
    /// # Errors
    /// As [`Execution::run_frame`].
    #[inline(never)]
    pub(crate) fn enter(
        &self,
        host: Rc<dyn Host>,
        request: FrameRequest,
    ) -> Result<Value, Failure> {
        with_guest(host, |guest| self.run_frame(guest, request))
    }

    /// Runs a frame and what it planned: the effects stay when all goes well and go when it fails.
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
        let id = request.id.clone();
        let (program, frame) = self
            .admit(&request)
            .map_err(|failure| self.with_path(failure, Some(&id)))?;
        let checkpoint = self.journal.borrow().checkpoint();
        if let Err(failure) = self.draw_deposit(&request) {
            return Err(self.with_path(failure, Some(&id)));
        }
        let FrameRequest { method, args, .. } = request;
        let result = self.with_frame(frame, &method, || {
            let run = Run {
                program: &program,
                id: &id,
                method: &method,
                args,
            };
            let may_wait = self.is_flows_own();
            if may_wait {
                self.take_up_purse();
            }
            self.tokens_arrive()?;
            let mut result = guest.run(run);
            while may_wait && let Some(args) = self.begin_anew() {
                let (program, id, method) = (&*program, id.as_str(), method.as_str());
                result = guest.run(Run {
                    program,
                    id,
                    method,
                    args,
                });
            }
            self.check_gas()?;
            if may_wait {
                self.check_gone_through(&result)?;
            }
            let value = result?;
            if may_wait && self.is_put_aside() {
                return self.put_aside(guest, &method).map(|()| value);
            }
            self.run_planned(guest)?;
            self.tokens_go_back(&value)?;
            if may_wait {
                self.end_flow(&value)?;
            }
            self.settle_storage()?;
            self.close_purse()?;
            Ok(value)
        });
        match &result {
            Ok(_) => self.journal.borrow().keep(checkpoint),
            Err(_) => self.journal.borrow_mut().undo(checkpoint),
        }
        result
    }

    /// Does something in a frame in which no code runs, as the enclave does it for a method that
    /// waits.
    ///
    /// # Errors
    /// As the body, and why the frame could not begin.
    pub(crate) fn in_frame(
        &self,
        request: &FrameRequest,
        is_sponsored: bool,
        body: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let frame = self.frame(request, is_sponsored)?;
        let checkpoint = self.journal.borrow().checkpoint();
        let result = self.with_frame(frame, &request.method, || body().map(|()| Value::Undefined));
        match result {
            Ok(_) => self.journal.borrow().keep(checkpoint),
            Err(failure) => {
                self.journal.borrow_mut().undo(checkpoint);
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Checks whether the code of a frame may run, and makes it.
    ///
    /// # Errors
    /// `E_BAD_ID`, `E_PRIVATE_METHOD`, `E_UNKNOWN_METHOD`, `E_DEPTH`, `E_UNKNOWN_SUBCONTRACT`,
    /// `E_REENTRY`, `E_VIEW`, `E_GAS`, `E_CORRUPT`.
    fn admit(&self, request: &FrameRequest) -> Result<(Rc<Compiled>, Frame), Failure> {
        let id = &request.id;
        self.frames.borrow().admit(request)?;
        let program = self.program(id)?;
        if self.frames.borrow().is_running(id) && !program.is_reentrant(&request.method) {
            let message =
                format!("{id} is running already further out; calling it again is denied");
            return Err(Failure::new(ErrorCode::Reentry, message));
        }
        let frame = self.frame(request, program.is_sponsored(&request.method))?;
        Ok((program, frame))
    }

    /// A frame that begins now.
    ///
    /// # Errors
    /// `E_VIEW`, `E_GAS`.
    fn frame(&self, request: &FrameRequest, is_sponsored: bool) -> Result<Frame, Failure> {
        let way = self.way(request)?;
        let deadline = self.deadline(request.gas);
        self.check_deadline(deadline, &request.id)?;
        Ok(Frame {
            id: request.id.clone(),
            caller: request.caller.clone(),
            deposit_yocto: request.deposit_yocto,
            way,
            cap: request.gas,
            deadline,
            dead: None,
            is_running: true,
            is_sponsored,
            savepoints: Vec::new(),
            bounds: self.bounds(),
        })
    }

    /// What a frame may do: nothing more than its caller.
    fn way(&self, request: &FrameRequest) -> Result<CallWay, Failure> {
        let caller = self.frames.borrow().innermost().map(|frame| frame.way);
        let is_view = self.mode == Mode::View
            || request.call_way == CallWay::View
            || caller == Some(CallWay::View);
        if is_view && request.deposit_yocto > 0 {
            let message = "a view takes no deposit";
            return Err(Failure::new(ErrorCode::View, message));
        }
        Ok(if is_view {
            CallWay::View
        } else {
            CallWay::Call
        })
    }

    /// How much of what all frames share a frame may use that begins now. A sixteenth of what its
    /// caller has left stays the caller's.
    fn bounds(&self) -> Used {
        let frames = self.frames.borrow();
        let Some(caller) = frames.innermost() else {
            return BOUNDS;
        };
        let (bounds, used) = (caller.bounds, self.journal.borrow().used());
        let share = |bound: usize, used: usize| bound - bound.saturating_sub(used).div_ceil(16);
        Used {
            log_lines: share(bounds.log_lines, used.log_lines),
            log_bytes: share(bounds.log_bytes, used.log_bytes),
            transfers: share(bounds.transfers, used.transfers),
            planned: share(bounds.planned, used.planned),
            outside: share(bounds.outside, used.outside),
        }
    }

    /// Takes the deposit of a nested call from its caller.
    fn draw_deposit(&self, request: &FrameRequest) -> Result<(), Failure> {
        if request.deposit_yocto == 0 || self.frames.borrow().innermost().is_none() {
            return Ok(());
        }
        self.draw(request.deposit_yocto)
    }

    /// Opens a frame, runs the body in it, closes it.
    fn with_frame(
        &self,
        frame: Frame,
        method: &str,
        body: impl FnOnce() -> Result<Value, Failure>,
    ) -> Result<Value, Failure> {
        if let Some(tracer) = &mut *self.tracer.borrow_mut() {
            tracer.begin(&frame.id, method, self.clock());
        }
        let deposit = frame.deposit_yocto;
        self.journal.borrow_mut().open_book(deposit);
        self.frames.borrow_mut().push(frame);
        let result = body().map_err(|failure| self.with_path(failure, None));
        self.frames.borrow_mut().pop();
        if let Some(tracer) = &mut *self.tracer.borrow_mut() {
            let outcome = result
                .as_ref()
                .err()
                .map_or("ok", |failure| failure.code.as_str());
            tracer.end(outcome, self.clock());
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
}

#[cfg(test)]
#[path = "execution_tests.rs"]
mod tests;
