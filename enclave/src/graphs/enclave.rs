//! A request of a graph on the enclave itself: what `serve` does, with the scripted guest instead
//! of the engine, and with a look into the journal before the commit.

use super::chain::{Chain, Pairs, Sent, memory};
use super::guest::{Fault, Scripted, Seen};
use super::script::{Graph, Request};
use super::shown::{Shown, shown};
use super::tally::Tally;
use crate::execution::{Execution, Mode};
use crate::frame::{FrameRequest, Way};
use crate::platform::memory::Memory;
use crate::request;
use crate::serve::{Export, check_upload, commit_upload, install, serve};
use conclave_abi::error::Failure;
use conclave_abi::request::{Init, Upload};
use conclave_abi::value::Value;
use conclave_engine::port::CallWay;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Everything that can be seen of a request: the enclave's and the model's have to be equal.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Report {
    /// What the guest was told.
    pub(super) seen: Vec<Seen>,
    /// What the outermost frame returned, and how the whole request ended.
    pub(super) outcome: Option<Result<Value, Fault>>,
    /// What is to be committed.
    pub(super) pending: Pending,
    /// What left the enclave.
    pub(super) sent: Sent,
    /// What is stored now.
    pub(super) stored: Shown,
}

/// The effects before the commit.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pending {
    pub(super) deferred_gas: u64,
    pub(super) fuel: u64,
    /// Log lines, their bytes, transfers, planned calls.
    pub(super) shared: [usize; 4],
    /// Subcontract and key → the bytes written, or none when it was removed; without the code.
    pub(super) writes: BTreeMap<(String, Vec<u8>), Option<Vec<u8>>>,
    /// Balances that were touched.
    pub(super) balances: BTreeMap<String, u128>,
    pub(super) refunds: BTreeMap<String, u128>,
    /// What is left of the deposit.
    pub(super) left_yocto: u128,
}

/// Asks the enclave.
pub(super) fn ask(
    stored: &Rc<RefCell<Pairs>>,
    graph: &Graph,
    chain: &Chain,
    request: &Request,
) -> (Report, Tally) {
    let before = stored.borrow().clone();
    let (from, deposit_yocto) = request.sender();
    let mut platform = memory(stored, from, deposit_yocto, chain);
    let effects = Rc::clone(&platform.effects);
    let (mut report, tally) = if let Request::Remove { id, .. } = request {
        platform.input = format!("{{\"id\":\"{id}\"}}").into_bytes();
        let outcome = serve(Export::Remove, platform).map(|()| Value::Null);
        let report = Report {
            outcome: Some(outcome.map_err(|failure| Fault::from(&failure))),
            ..Report::default()
        };
        (report, Tally::default())
    } else {
        execute(platform, graph, chain, request)
    };
    if matches!(report.outcome, Some(Err(_))) {
        // The receipt failed: NEAR drops what it did.
        *stored.borrow_mut() = before;
    } else {
        let effects = effects.take();
        report.sent = Sent {
            logs: effects.logs,
            transfers: effects.transfers,
        };
    }
    report.stored = shown(&stored.borrow());
    (report, tally)
}

/// Runs a request that runs code.
fn execute(platform: Memory, graph: &Graph, chain: &Chain, request: &Request) -> (Report, Tally) {
    let mode = match request {
        Request::View { .. } => Mode::View,
        _ => Mode::Change,
    };
    let execution = Execution::new(platform, mode);
    let mut guest = Scripted::new(&execution, graph);
    let result = begin(&execution, &mut guest, &chain.program.source, request);
    assert!(execution.frames.borrow().path().is_empty(), "an open frame");
    let pending = pending(&execution, result.is_ok());
    let result = result.and_then(|value| finish(&execution, request).map(|()| value));
    let report = Report {
        seen: guest.seen,
        outcome: Some(result.map_err(|failure| Fault::from(&failure))),
        pending,
        ..Report::default()
    };
    (report, guest.tally)
}

fn begin(
    execution: &Execution<Memory>,
    guest: &mut Scripted<'_>,
    source: &str,
    request: &Request,
) -> Result<Value, Failure> {
    let (from, deposit_yocto) = request.sender();
    let (id, method, caller) = match request {
        Request::Upload { id, init, .. } => {
            check_upload(execution, &request::id(id)?, from)?;
            let upload = Upload {
                id: id.clone(),
                source: source.to_owned(),
                init: init.clone().map(|method| Init {
                    method,
                    args: Value::Null,
                }),
            };
            install(execution, guest, upload, (from, deposit_yocto))?;
            return Ok(Value::Null);
        }
        Request::View { id, method, .. } => (id, method, None),
        Request::Call { id, method, .. } => (id, method, Some(from.to_owned())),
        Request::Remove { .. } => unreachable!("a removal runs no code"),
    };
    let request = FrameRequest {
        id: id.clone(),
        caller,
        deposit_yocto,
        method: method.clone(),
        args: Value::Null,
        way: Way::Call,
        call_way: CallWay::Call,
        gas: None,
    };
    execution.run_frame(guest, request)
}

/// Commits as `serve` does.
fn finish(execution: &Execution<Memory>, request: &Request) -> Result<(), Failure> {
    let from = request.sender().0.to_owned();
    match request {
        Request::Upload { id, .. } => commit_upload(execution, id, from),
        _ => execution.commit(from),
    }
}

/// What the journal holds.
fn pending(execution: &Execution<Memory>, is_ok: bool) -> Pending {
    let journal = execution.journal.borrow();
    let mut pending = Pending {
        deferred_gas: journal.deferred_gas(),
        fuel: execution.fuel.get(),
        ..Pending::default()
    };
    let used = journal.used();
    pending.shared = [used.log_lines, used.log_bytes, used.transfers, used.planned];
    for id in super::IDS {
        if let Some(balance) = journal.balance(id) {
            pending.balances.insert(id.to_owned(), balance);
        }
        let changes = journal.of_subcontract(id);
        for (key, value) in changes.into_iter().flat_map(|of| &of.values) {
            let place = (id.to_owned(), key.clone());
            let bytes = value.as_ref().map(|value| value.bytes.clone());
            pending.writes.insert(place, bytes);
        }
    }
    pending.refunds = journal.refunds().clone().into_iter().collect();
    if is_ok {
        pending.left_yocto = execution.left_yocto.get();
    }
    pending
}
