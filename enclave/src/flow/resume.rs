//! `resume`: a method goes on, because what it waited for has come. And `fail`, which ends the
//! receipt that a failed method's caller waits for.
//!
//! Guards: only the enclave itself reaches them, and each answer is taken once.

use super::history::Entry;
use super::record::{FlowRecord, Wait};
use super::spawned::ended;
use super::yields::Settled;
use super::{Flow, Recorder, flow_key};
use crate::execution::{Execution, Mode};
use crate::frame::is_subcontract;
use crate::outbox::Awaited;
use crate::platform::{Platform, Received};
use crate::request;
use crate::serve::answer;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::request::Resume;
use conclave_abi::value::Value;
use conclave_engine::port::{Answer, Host};
use std::rc::Rc;

/// Gas of the receipt that says how a flow failed: loading the contract, and reading the text.
const FAIL_GAS: u64 = 6_000_000_000_000;

/// Refuses everybody but the enclave itself.
pub(super) fn check_private<P: Platform>(platform: &P, export: &str) -> Result<(), Failure> {
    let caller = platform.predecessor();
    if caller == platform.current() {
        return Ok(());
    }
    let message = format!("only the enclave itself may call {export}, not {caller}");
    Err(Failure::new(ErrorCode::NotAllowed, message))
}

/// `fail`, with a failure as its input.
pub(crate) fn fail<P: Platform>(platform: P) -> Result<(), Failure> {
    check_private(&platform, "fail")?;
    Err(request::read(&platform.input(), "a failure")?)
}

/// `resume`
pub(crate) fn resume<P: Platform + 'static>(platform: P) -> Result<(), Failure> {
    check_private(&platform, "resume")?;
    let form = "{\"id\": \"label@account\", \"flow\": token, \"wait\": number}";
    let request: Resume = request::read(&platform.input(), form)?;
    request::check_id(&request.id)?;
    let execution = Rc::new(Execution::new(platform, Mode::Change));
    if let Some(yocto) = &request.yocto {
        let yocto = yocto.parse().map_err(|_| not_by_answers())?;
        let has_failed = execution.platform().result(0, 0) == Received::Failed;
        execution.deposit_answered(&request.id, yocto, has_failed)?;
    }
    if let Some(tokens) = &request.tokens {
        execution.tokens_answered(&request.id, tokens)?;
    }
    let Some((record, wait)) = execution.waiting(&request)? else {
        return too_late(&execution, &request);
    };
    let answers = match execution.come(&wait)? {
        Come::Answers(answers) => answers,
        Come::Nothing => return execution.wait_on(&request, record, wait),
    };
    let block = Entry::Block(execution.block_now());
    let come = [block].into_iter().chain(answers).collect();
    if record.parked.is_some() {
        return super::parked::keep(&execution, &request, record, come);
    }
    let flow = Flow::of(&request.flow, &record, come);
    match go_on(&execution, &request.id, flow, &record)? {
        Some(why) => super::parked::park(&execution, &request.id, &request.flow, &record, &why),
        None => Ok(()),
    }
}

/// An answer for which nobody waits any more: a deposit that came back with it stays.
fn too_late<P: Platform>(execution: &Execution<P>, request: &Resume) -> Result<(), Failure> {
    let Resume { id, flow, .. } = request;
    let message = format!("no flow {flow} of {id} waits for this; it has ended");
    let failure = Failure::new(ErrorCode::UnknownFlow, message);
    if request.yocto.is_none() && request.tokens.is_none() {
        return Err(failure);
    }
    execution.commit(String::new())?;
    fail_later(execution.platform(), &failure);
    Ok(())
}

fn not_by_answers() -> Failure {
    let message = "resume is called by what a method waits for, and by nothing else";
    Failure::new(ErrorCode::NotAllowed, message)
}

/// What has come for a wait.
enum Come {
    /// This.
    Answers(Vec<Entry>),
    /// Nothing yet: NEAR waits no longer, but the method does.
    Nothing,
}

/// Runs a flow from where it was. Gives why it can't, where nothing has been done.
pub(super) fn go_on<P: Platform + 'static>(
    execution: &Rc<Execution<P>>,
    id: &str,
    flow: Flow,
    record: &FlowRecord,
) -> Result<Option<Failure>, Failure> {
    let token = flow.token.clone().unwrap_or_default();
    if record.is_traced {
        execution.trace();
    }
    *execution.flow.borrow_mut() = Some(flow);
    if let Err(failure) = execution.pin_program(id, record.code_hash)
        && failure.is(ErrorCode::StaleCode)
    {
        return Ok(Some(failure));
    }
    let host: Rc<dyn Host> = Rc::new(Recorder(Rc::clone(execution)));
    let request = record.frame(id);
    match execution.enter(host, request) {
        Ok(value) => execution.finish_call(id, record.caller.clone(), &value)?,
        Err(failure) if failure.is(ErrorCode::Diverged) => return Ok(Some(failure)),
        Err(failure) => give_up(execution, id, &token, record, &failure)?,
    }
    Ok(None)
}

/// Ends a flow that failed: what it did in earlier executions stays, and its caller is told.
pub(super) fn give_up<P: Platform>(
    execution: &Execution<P>,
    id: &str,
    token: &str,
    record: &FlowRecord,
    failure: &Failure,
) -> Result<(), Failure> {
    execution.forget_step();
    execution.drop_flow(id, token, record)?;
    if let Some(data_id) = record.result {
        execution.settle_result(token, data_id, &Err(failure.clone()));
    }
    execution.commit(record.caller.clone())?;
    if record.result.is_none() {
        execution.tell(&record.caller, &Err(failure.clone()));
    }
    Ok(())
}

/// Makes the execution's result a failure, and lets stay what it did.
pub(super) fn fail_later<P: Platform>(platform: &P, failure: &Failure) {
    let input = failure.to_json();
    let failing = platform.then(&[], "fail", input.as_bytes(), FAIL_GAS);
    platform.return_promise(failing);
}

impl<P: Platform> Execution<P> {
    /// The record of a flow that is on chain.
    ///
    /// # Errors
    /// `E_CORRUPT`, `E_TOO_LARGE` for what is no token.
    pub(super) fn flow_record(&self, id: &str, token: &str) -> Result<Option<FlowRecord>, Failure> {
        let key = flow_key(token)?;
        let bytes = self.state.value(&self.journal.borrow(), id, &key)?;
        bytes
            .map(|bytes| FlowRecord::from_bytes(&bytes))
            .transpose()
    }

    /// The flow that waits for this, without the wait, and the wait.
    fn waiting(&self, request: &Resume) -> Result<Option<(FlowRecord, Wait)>, Failure> {
        let Some(mut record) = self.flow_record(&request.id, &request.flow)? else {
            return Ok(None);
        };
        let mut waits = record.waits.iter();
        let Some(at) = waits.position(|wait| wait.number == request.wait) else {
            return Ok(None);
        };
        let wait = record.waits.remove(at);
        let expected = match wait.open {
            Some(_) => 1,
            None => wait.promises.len() as u64,
        };
        if self.platform().results() != expected {
            return Err(not_by_answers());
        }
        Ok(Some((record, wait)))
    }

    /// What has come for a wait.
    fn come(&self, wait: &Wait) -> Result<Come, Failure> {
        if wait.is_cancelled {
            return self.come_too_late(wait);
        }
        let Some(open) = &wait.open else {
            return Ok(Come::Answers(self.answers_of(wait)));
        };
        let outcome = match self.settled()? {
            Settled::Value(value) => Ok(value),
            Settled::TimedOut if self.platform().block_height() < open.deadline => {
                return Ok(Come::Nothing);
            }
            Settled::TimedOut | Settled::Over => {
                let message = format!("nobody settled the promise before block {}", open.deadline);
                Err(Failure::new(ErrorCode::Timeout, message))
            }
        };
        let answer = |awaited: &Awaited| {
            Entry::Answer(Answer {
                promise: awaited.number,
                outcome: outcome.clone(),
            })
        };
        Ok(Come::Answers(wait.promises.iter().map(answer).collect()))
    }

    /// What comes for a wait that is cancelled: that it is, whatever came.
    fn come_too_late(&self, wait: &Wait) -> Result<Come, Failure> {
        if wait.open.is_some() {
            // What lay in storage for it goes.
            self.settled()?;
        }
        let promises = wait.promises.iter();
        let cancelled = promises.map(|awaited| Entry::Cancelled(awaited.number));
        Ok(Come::Answers(cancelled.collect()))
    }

    /// Lets a promise be open on, which NEAR has ended and the method still waits for.
    fn wait_on(&self, request: &Resume, record: FlowRecord, mut wait: Wait) -> Result<(), Failure> {
        let Resume { id, flow, .. } = request;
        let data_id = self.open_wait(id, flow, wait.number);
        wait.height = self.platform().block_height();
        if let Some(open) = &mut wait.open {
            open.data_id = data_id;
        }
        let mut record = record;
        record.waits.push(wait);
        self.rewrite_flow(id, flow, &record)?;
        self.commit(String::new())
    }

    /// Drops what the failed step of a flow left in the execution.
    pub(super) fn forget_step(&self) {
        *self.flow.borrow_mut() = None;
        *self.stopped.borrow_mut() = None;
        self.moved.take();
    }

    /// Commits a call, and answers it: with its value, or with the promise of it where it waits.
    ///
    /// # Errors
    /// As [`Execution::commit`].
    pub(crate) fn finish_call(&self, id: &str, from: String, value: &Value) -> Result<(), Failure> {
        let promise = self.commit_of(id, &from)?;
        match promise {
            Some(promise) => {
                let promise = self.answer_later(id, promise);
                self.platform().return_promise(promise);
            }
            None if self.is_answered_elsewhere() => {}
            None => self.tell(&from, &Ok(self.answer_of(value))),
        }
        Ok(())
    }

    /// Tells who called how it ended: an account by the execution's result, or by a failure; a parent
    /// by an answer in any case.
    pub(super) fn tell(&self, caller: &str, result: &Result<Value, Failure>) {
        // Who tries a parked one again is no parent.
        let is_parent = || self.platform().predecessor() == self.platform().current();
        if is_subcontract(caller) && is_parent() {
            self.platform().return_value(&ended(result).to_bytes());
            return;
        }
        match result {
            Ok(value) => answer(self.platform(), value),
            Err(failure) => fail_later(self.platform(), failure),
        }
    }
}
