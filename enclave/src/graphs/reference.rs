//! A request of a graph on the model: the same report as the enclave's.

use super::chain::{Chain, Sent, Stored};
use super::enclave::{Pending, Report};
use super::guest::{Fault, Scripted};
use super::model::{Call, Model};
use super::script::{Graph, Request};
use super::shown::shown;
use super::world::{World, refused};
use crate::gas;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a request gives, and what the chain is then.
type Done = (Value, Chain, Sent);

/// Asks the model. Gives the chain after the request.
pub(super) fn ask(graph: &Graph, chain: &Chain, request: &Request) -> (Report, Chain) {
    let mut report = Report::default();
    let done = answer(graph, chain, request, &mut report);
    let (outcome, after) = match done {
        Ok((value, after, sent)) => {
            report.sent = sent;
            (Ok(value), after)
        }
        Err(failure) => (Err(Fault::from(&failure)), chain.clone()),
    };
    report.outcome = Some(outcome);
    report.stored = shown(&after.pairs());
    (report, after)
}

fn answer(
    graph: &Graph,
    chain: &Chain,
    request: &Request,
    report: &mut Report,
) -> Result<Done, Failure> {
    let (from, deposit_yocto) = request.sender();
    if let Request::Remove { id, .. } = request {
        let (after, sent) = chain.remove(id, (from, deposit_yocto))?;
        return Ok((Value::Null, after, sent));
    }
    let mut world = World {
        subcontracts: chain.subcontracts.clone(),
        ..World::default()
    };
    let mut upload_yocto = 0;
    if let Request::Upload { id, .. } = request {
        world.upload(chain, id, from)?;
        upload_yocto = chain.upload_yocto(id, from);
    }
    let is_plain = matches!(request, Request::Upload { init: None, .. });
    let model = Model {
        chain,
        is_view: matches!(request, Request::View { .. }),
        world: RefCell::new(world),
        frames: RefCell::default(),
        fuel: Cell::new(0),
        left_yocto: Cell::new(if is_plain { deposit_yocto } else { 0 }),
    };
    let result = run(&model, graph, request, report);
    report.pending = pending(&model, result.is_ok());
    let value = result?;
    let left_yocto = model.left_yocto.get();
    let world = model.world.take();
    if model.is_view {
        return Ok((value, chain.clone(), world.sent()));
    }
    if upload_yocto > left_yocto {
        return refused(ErrorCode::Deposit);
    }
    let (from, left_yocto) = ((from, deposit_yocto), left_yocto - upload_yocto);
    let (after, sent) = chain.commit(&world, from, left_yocto);
    Ok((value, after, sent))
}

/// Runs the outermost frame, if there is one.
fn run(
    model: &Model<'_>,
    graph: &Graph,
    request: &Request,
    report: &mut Report,
) -> Result<Value, Failure> {
    let (from, deposit_yocto) = request.sender();
    let (id, method, is_upload) = match request {
        Request::Call { id, method, .. } | Request::View { id, method, .. } => (id, method, false),
        Request::Upload {
            id,
            init: Some(method),
            ..
        } => (id, method, true),
        Request::Upload { .. } | Request::Remove { .. } => return Ok(Value::Null),
    };
    let call = Call {
        caller: (!model.is_view).then(|| from.to_owned()),
        id: id.clone(),
        method: method.clone(),
        deposit_yocto,
        gas: None,
        is_view: model.is_view,
        is_upload,
    };
    let mut guest = Scripted::new(model, graph);
    let result = model.run(&mut guest, call, Value::Null);
    report.seen = guest.seen;
    result.map(|value| if is_upload { Value::Null } else { value })
}

/// What the model's world would commit.
fn pending(model: &Model<'_>, is_ok: bool) -> Pending {
    let world = model.world.borrow();
    let write = |(id, key): &(String, Vec<u8>)| {
        let value = world.of(id).bytes(key);
        ((id.clone(), key.clone()), value)
    };
    let balance = |id: &String| (id.clone(), world.of(id).balance_yocto);
    Pending {
        deferred_gas: model.deferred_gas(),
        fuel: model.fuel.get(),
        shared: world.shared(),
        writes: world.written.iter().map(write).collect(),
        balances: world.touched.iter().map(balance).collect(),
        refunds: world.refunds.clone(),
        left_yocto: if is_ok { model.left_yocto.get() } else { 0 },
    }
}

impl World {
    /// A new subcontract, before its `init`.
    fn upload(&mut self, chain: &Chain, id: &str, from: &str) -> Result<(), Failure> {
        if super::BAD_IDS.contains(&id) {
            return refused(ErrorCode::BadId);
        }
        if !id.ends_with(&format!("@{from}")) {
            return refused(ErrorCode::NotAllowed);
        }
        if self.subcontracts.contains_key(id) {
            return refused(ErrorCode::Taken);
        }
        let holders = self.subcontracts.len();
        let records = chain.code(holders + 1);
        // What is there already is not written again.
        let new = if holders == 0 {
            &records[..]
        } else {
            &records[2..]
        };
        let gas = new
            .iter()
            .map(|(key, record)| gas::of_write(key.len(), record.len(), 0));
        self.upload_gas = gas.sum();
        let stored = Stored {
            owner: from.to_owned(),
            balance_yocto: 0,
            values: BTreeMap::new(),
            shares: BTreeMap::new(),
            grants: BTreeMap::new(),
        };
        self.subcontracts.insert(id.to_owned(), Rc::new(stored));
        Ok(())
    }
}
