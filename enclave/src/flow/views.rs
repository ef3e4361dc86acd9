//! `flows` and `flow`: methods that wait, where, since when, and who pays for it.

use super::flow_key;
use super::record::{FlowRecord, Wait};
use crate::bill::{Bill, ENCLAVE, ITSELF, of_entry};
use crate::execution::{Execution, Mode};
use crate::platform::Platform;
use crate::record::corrupt;
use crate::request;
use crate::serve::answer;
use crate::views::existing;
use conclave_abi::error::Failure;
use conclave_abi::key::{self, Kind};
use conclave_abi::request::{AskFlows, FlowState, Flows, OfFlow, Payer, WaitState};
use conclave_engine::port::LockMode;
use std::ops::ControlFlow;

/// How many flows a page lists unless told, and at most.
const PAGE: (u32, u32) = (50, 100);

/// `flow`
pub(crate) fn flow<P: Platform>(platform: P) -> Result<(), Failure> {
    let form = "{\"id\": \"label@account\", \"flow\": token}";
    let OfFlow { id, flow } = request::read(&platform.input(), form)?;
    request::check_id(&id)?;
    let execution = Execution::new(platform, Mode::View);
    let record = execution.existing_flow(&id, &flow)?;
    let found = execution.describe_flow(&id, flow, &record)?;
    answer(execution.platform(), &found);
    Ok(())
}

/// `flows`
pub(crate) fn flows<P: Platform>(platform: P) -> Result<(), Failure> {
    let form = "{\"id\": \"label@account\", \"from\"?: token, \"limit\"?: number}";
    let AskFlows { id, from, limit } = request::read(&platform.input(), form)?;
    request::check_id(&id)?;
    let limit = limit.unwrap_or(PAGE.0).clamp(1, PAGE.1) as usize;
    let execution = Execution::new(platform, Mode::View);
    existing(&execution, &id)?;
    let (mut tokens, mut next) = (Vec::new(), None);
    execution
        .state
        .entries(&id, &flow_key(&from)?, &mut |key, _| {
            let Some(token) = Kind::Flows.name(key) else {
                return Ok(ControlFlow::Break(()));
            };
            if tokens.len() == limit {
                next = Some(token.to_owned());
                return Ok(ControlFlow::Break(()));
            }
            tokens.push(token.to_owned());
            Ok(ControlFlow::Continue(()))
        })?;
    let described = tokens.into_iter().map(|token| {
        let record = execution.existing_flow(&id, &token)?;
        execution.describe_flow(&id, token, &record)
    });
    let flows = described.collect::<Result<_, _>>()?;
    answer(execution.platform(), &Flows { flows, next });
    Ok(())
}

impl<P: Platform> Execution<P> {
    fn describe_flow(
        &self,
        id: &str,
        flow: String,
        record: &FlowRecord,
    ) -> Result<FlowState, Failure> {
        let key = flow_key(&flow)?;
        let stat = self.state.stat(id, &key)?;
        let stat = stat.ok_or_else(|| corrupt("the record of a flow"))?;
        let bytes = of_entry(key.len(), stat.value_bytes as usize);
        let bill = Bill::read(&stat.note, bytes)?;
        let payers = bill.payers().map(|(payer, bytes)| Payer {
            payer: match payer {
                ITSELF => id.to_owned(),
                ENCLAVE => ENCLAVE.to_owned(),
                payer => payer.to_owned(),
            },
            bytes,
        });
        let waits = record.waits.iter();
        let section = record.section.as_ref();
        let section = section.filter(|section| section.locks_keys());
        let locks = section.map(|section| section.locks.iter().map(lock).collect());
        Ok(FlowState {
            id: id.to_owned(),
            method: record.method.clone(),
            caller: record.caller.clone(),
            height: record.height,
            waits: waits.map(|wait| describe(id, &flow, wait)).collect(),
            bytes: bill.bytes(),
            payers: payers.collect(),
            left_yocto: record.purse.left_yocto.to_string(),
            locks: locks.unwrap_or_default(),
            until: section.map(|section| section.until),
            parked: record.parked.clone(),
            flow,
        })
    }
}

/// A lock as it is shown: how, and on which name of the storage.
fn lock((mode, key): &(LockMode, Vec<u8>)) -> (String, String) {
    let mode = match mode {
        LockMode::Read => "r",
        LockMode::Write => "w",
    };
    let name = key::storage_name(key).unwrap_or_default();
    (mode.to_owned(), name.to_owned())
}

fn describe(id: &str, flow: &str, wait: &Wait) -> WaitState {
    let promise = wait.promises.first().map_or(0, |awaited| awaited.number);
    let token = || format!("{id}:{flow}:{promise}");
    WaitState {
        wait: wait.number,
        since: wait.height,
        promises: wait.promises.len() as u32,
        child: wait.child.as_ref().map(|child| OfFlow {
            id: child.id.clone(),
            flow: child.flow.clone(),
        }),
        is_cancelled: wait.is_cancelled,
        token: wait.open.as_ref().map(|_| token()),
        deadline: wait.open.as_ref().map(|open| open.deadline),
    }
}
