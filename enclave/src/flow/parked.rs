//! Flows that do not go on by themselves: those that did something else when they were gone through
//! again are parked, with everything that has come for them, until somebody tries again or gives up.

use super::Flow;
use super::history::{Entry, History};
use super::record::FlowRecord;
use super::resume::{give_up, go_on};
use crate::execution::{Execution, Mode};
use crate::platform::Platform;
use crate::request;
use crate::serve::answer;
use crate::views::existing;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::request::{OfFlow, Resume};
use std::collections::VecDeque;
use std::rc::Rc;

/// Parks a flow: what came for it waits with it. Its caller is told; the flow stays.
pub(super) fn park<P: Platform + 'static>(
    execution: &Execution<P>,
    id: &str,
    token: &str,
    record: &FlowRecord,
    failure: &Failure,
) -> Result<(), Failure> {
    let flow = execution.flow.borrow_mut().take();
    let come = flow.map(|flow| flow.fresh).unwrap_or_default();
    let mut shown = failure.clone();
    shown.stack.clear();
    let parked = FlowRecord {
        parked: Some(shown),
        come: written(&come),
        ..record.clone()
    };
    execution.forget_step();
    if let Err(unpaid) = execution.store_again(id, token, parked) {
        return give_up(execution, id, token, record, &unpaid);
    }
    execution.commit(record.caller.clone())?;
    if record.result.is_none() {
        execution.tell(&record.caller, &Err(failure.clone()));
    }
    Ok(())
}

/// Keeps what has come for a flow that is parked.
pub(super) fn keep<P: Platform + 'static>(
    execution: &Execution<P>,
    request: &Resume,
    record: FlowRecord,
    come: VecDeque<Entry>,
) -> Result<(), Failure> {
    let Resume { id, flow, .. } = request;
    let kept = FlowRecord {
        come: [record.come.as_slice(), &written(&come)].concat(),
        ..record.clone()
    };
    if let Err(unpaid) = execution.store_again(id, flow, kept) {
        return give_up(execution, id, flow, &record, &unpaid);
    }
    execution.commit(record.caller)
}

/// Entries as they lie in a record.
fn written(entries: &VecDeque<Entry>) -> Vec<u8> {
    let mut history = History::default();
    entries.iter().for_each(|entry| history.push(entry));
    history.bytes().to_vec()
}

/// Reads what [`written`] made.
fn read(bytes: &[u8]) -> Result<VecDeque<Entry>, Failure> {
    let (mut history, mut entries) = (History::of(bytes.to_vec()), VecDeque::new());
    while let Some(entry) = history.next()? {
        entries.push_back(entry);
    }
    Ok(entries)
}

/// `retry`
pub(crate) fn retry<P: Platform + 'static>(platform: P) -> Result<(), Failure> {
    let (execution, request, record) = of_flow(platform)?;
    let OfFlow { id, flow } = request;
    if record.parked.is_none() {
        let message = format!("flow {flow} of {id} is not parked: it waits, and goes on by itself");
        return Err(Failure::new(ErrorCode::NotAllowed, message));
    }
    let come = read(&record.come)?;
    let record = FlowRecord {
        parked: None,
        come: Vec::new(),
        ..record
    };
    let again = go_on(&execution, &id, Flow::of(&flow, &record, come), &record)?;
    again.map_or(Ok(()), Err)
}

/// `abort`
pub(crate) fn abort<P: Platform + 'static>(platform: P) -> Result<(), Failure> {
    let (execution, request, record) = of_flow(platform)?;
    let OfFlow { id, flow } = request;
    let who = execution.platform().predecessor();
    let (_, payload) = existing(&execution, &id)?;
    let height = execution.platform().block_height();
    let is_late = record
        .section
        .as_ref()
        .is_some_and(|section| section.locks_keys() && height >= section.until);
    if who != record.caller && who != payload.owner && !is_late {
        let message = format!(
            "only {} who called it and {} who owns {id} may abort flow {flow}, not {who}",
            record.caller, payload.owner
        );
        return Err(Failure::new(ErrorCode::NotAllowed, message));
    }
    let message = format!("{who} aborted flow {flow} of {id}");
    let failure = Failure::new(ErrorCode::Aborted, message);
    execution.drop_flow(&id, &flow, &record)?;
    if let Some(data_id) = record.result {
        execution.settle_result(&flow, data_id, &Err(failure));
    }
    let attached = execution.platform().attached_deposit();
    execution.left_yocto.set(attached);
    execution.commit(who)?;
    answer(execution.platform(), &());
    Ok(())
}

/// A flow that somebody names, who is anybody.
fn of_flow<P: Platform + 'static>(
    platform: P,
) -> Result<(Rc<Execution<P>>, OfFlow, FlowRecord), Failure> {
    let form = "{\"id\": \"label@account\", \"flow\": token}";
    let request: OfFlow = request::read(&platform.input(), form)?;
    request::check_id(&request.id)?;
    let execution = Rc::new(Execution::new(platform, Mode::Change));
    let record = execution.existing_flow(&request.id, &request.flow)?;
    Ok((execution, request, record))
}

impl<P: Platform> Execution<P> {
    /// A flow that is there.
    ///
    /// # Errors
    /// `E_UNKNOWN_FLOW`, `E_CORRUPT`.
    pub(super) fn existing_flow(&self, id: &str, token: &str) -> Result<FlowRecord, Failure> {
        let record = self.flow_record(id, token)?;
        record.ok_or_else(|| {
            let message = format!("{id} has no flow {token}; `flows` lists those that wait");
            Failure::new(ErrorCode::UnknownFlow, message)
        })
    }

    /// Stores a flow's record that has become longer, paid as the flow pays.
    fn store_again(&self, id: &str, token: &str, record: FlowRecord) -> Result<(), Failure> {
        // What is stale can't be asked, and the method's own code may be so.
        let program = self.pin_program(id, record.code_hash);
        let program = program.and_then(|()| self.program(id));
        let is_sponsored = program.is_ok_and(|program| program.is_sponsored(&record.method));
        let (request, purse) = (record.frame(id), record.purse);
        self.in_frame(&request, is_sponsored, || {
            self.journal
                .borrow_mut()
                .change_purse(0, |found| *found = purse);
            self.move_purse(|moved| moved.went += purse.left_yocto);
            self.store_flow(token, record)
        })
    }
}
