//! `resume`: a method goes on, because what it waited for has come. And `fail`, which ends the
//! receipt that a failed method's caller waits for.
//!
//! Guards: only the enclave itself reaches them, and each answer is taken once.

use super::history::Block;
use super::record::FlowRecord;
use super::{Flow, Recorder, flow_key};
use crate::execution::{Execution, Mode};
use crate::frame::{FrameRequest, Way};
use crate::platform::Platform;
use crate::request;
use crate::serve::answer;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::request::Resume;
use conclave_abi::value::Value;
use conclave_engine::port::{CallWay, Host};
use conclave_engine::with_guest;
use std::rc::Rc;

/// Gas of the receipt that says how a flow failed: loading the contract, and reading the text.
const FAIL_GAS: u64 = 6_000_000_000_000;

/// Refuses everybody but the enclave itself.
fn check_private<P: Platform>(platform: &P, export: &str) -> Result<(), Failure> {
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
    let Resume { id, flow, wait } = request::read(&platform.input(), form)?;
    request::check_id(&id)?;
    let execution = Rc::new(Execution::new(platform, Mode::Change));
    let Some(record) = execution.flow_record(&id, &flow)? else {
        return Err(unknown(&id, &flow));
    };
    let mut waits = record.waits.clone();
    let Some(at) = waits.iter().position(|waiting| waiting.number == wait) else {
        return Err(unknown(&id, &flow));
    };
    let wait = waits.remove(at);
    if execution.platform().results() != wait.promises.len() as u64 {
        let message =
            "resume is called by the answers that a method waits for, and by nothing else";
        return Err(Failure::new(ErrorCode::NotAllowed, message));
    }
    let answers = execution.answers_of(&wait);
    let block = Block {
        height: execution.platform().block_height(),
        timestamp_ns: execution.platform().block_timestamp_ns(),
    };
    let record = FlowRecord { waits, ..record };
    go_on(
        &execution,
        &id,
        Flow::of(&flow, &record, block, answers),
        &record,
    )
}

/// Runs a flow from where it was.
fn go_on<P: Platform + 'static>(
    execution: &Rc<Execution<P>>,
    id: &str,
    flow: Flow,
    record: &FlowRecord,
) -> Result<(), Failure> {
    let token = flow.token.clone().unwrap_or_default();
    if record.is_traced {
        execution.trace();
    }
    *execution.flow.borrow_mut() = Some(flow);
    let host: Rc<dyn Host> = Rc::new(Recorder(Rc::clone(execution)));
    let request = FrameRequest {
        id: id.to_owned(),
        caller: Some(record.caller.clone()),
        deposit_yocto: record.deposit_yocto,
        method: record.method.clone(),
        args: record.args.clone(),
        way: Way::Call,
        call_way: CallWay::Call,
        gas: None,
    };
    let result = execution
        .pin_program(id, record.code_hash)
        .and_then(|()| with_guest(host, |guest| execution.run_frame(guest, request)));
    match result {
        Ok(value) => execution.finish_call(id, record.caller.clone(), &value),
        Err(failure) => give_up(execution, id, &token, record, &failure),
    }
}

/// Ends a flow that failed: what it did in earlier executions stays, and its caller is told.
fn give_up<P: Platform>(
    execution: &Execution<P>,
    id: &str,
    token: &str,
    record: &FlowRecord,
    failure: &Failure,
) -> Result<(), Failure> {
    execution.forget_step();
    execution.drop_flow(id, token, record)?;
    execution.commit(record.caller.clone())?;
    let platform = execution.platform();
    let input = failure.to_json();
    let failing = platform.then(&[], "fail", input.as_bytes(), FAIL_GAS);
    platform.return_promise(failing);
    Ok(())
}

fn unknown(id: &str, flow: &str) -> Failure {
    let message = format!("no flow {flow} of {id} waits for this; it has ended");
    Failure::new(ErrorCode::UnknownFlow, message)
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

    /// Drops what the failed step of a flow left in the execution.
    fn forget_step(&self) {
        *self.flow.borrow_mut() = None;
        *self.stopped.borrow_mut() = None;
        self.moved.take();
    }

    /// Commits a call, and answers it: with its value, or with the promise of it where it waits.
    ///
    /// # Errors
    /// As [`Execution::commit`].
    pub(crate) fn finish_call(&self, id: &str, from: String, value: &Value) -> Result<(), Failure> {
        let promise = self.commit_of(id, from)?;
        match promise {
            Some(promise) => self.platform().return_promise(promise),
            None => answer(self.platform(), value),
        }
        Ok(())
    }
}
