//! Calls of subcontracts that run in receipts of their own: `near.scope` spawns and cancels them.
//!
//! A child is a call that the enclave makes of itself. It runs as any other: in its own execution, with
//! its own gas, called by the subcontract that spawned it; where its method waits, it is a flow. It ends
//! without fail: what its method failed with is its answer, so that the parent gets it with its code.
//!
//! Guards: only the enclave itself spawns, so that nobody else says who the caller is.

use super::answers::given_gas;
use super::history::Entry;
use super::record::{FlowRecord, Wait};
use super::resume::check_private;
use super::spawned::Spawned;
use super::waits::More;
use super::yields::TIMEOUT_BLOCKS;
use super::{Flow, host_of};
use crate::execution::{Execution, Mode};
use crate::frame::{FrameRequest, Way, check_name};
use crate::gas;
use crate::journal::Used;
use crate::outbox::{Action, Awaited, Child, Form, Outside};
use crate::platform::Platform;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{Answer, CallRequest, CallWay, Gas};
use std::rc::Rc;

/// Gas of a child unless told, at most and at least; between them a quarter of what is left. Reason: one
/// that waits for `near.resume` needs 65 Tgas.
const CHILD_GAS: (u64, u64) = (120_000_000_000_000, 70_000_000_000_000);
/// Gas that cancelling one flow takes, at most.
const CANCEL_GAS: u64 = 3_000_000_000_000;

/// What a method is told that is cancelled.
pub(super) fn cancelled() -> Failure {
    let message = "cancelled: what called it has failed, or does not want it any more";
    Failure::new(ErrorCode::Cancelled, message)
}

/// What a method is told of a call that was not sent: the call is cancelled, and not the method.
fn not_sent(promise: u32) -> Entry {
    Entry::Answer(Answer {
        promise,
        outcome: Err(cancelled()),
    })
}

/// `spawn`
pub(crate) fn spawn<P: Platform + 'static>(platform: P) -> Result<(), Failure> {
    check_private(&platform, "spawn")?;
    let spawned = Value::from_record(&platform.input()).ok();
    let Spawned {
        id,
        method,
        args,
        caller,
        parent,
        flow,
        is_traced,
    } = spawned.and_then(Spawned::of_value).ok_or_else(|| {
        let message = "spawn takes what the enclave has planned, and nothing else";
        Failure::new(ErrorCode::BadRequest, message)
    })?;
    let deposit_yocto = platform.attached_deposit();
    let execution = Rc::new(Execution::new(platform, Mode::Change));
    if is_traced {
        execution.trace();
    }
    let is_wanted = execution.is_wanted(&caller, &parent, &flow)?;
    let host = match is_wanted {
        true => host_of(&execution, &id, || Flow {
            name: Some(flow),
            spawner: caller.clone(),
            ..Flow::new(args.clone(), is_traced, execution.block_now())
        }),
        false => Rc::<Execution<P>>::clone(&execution),
    };
    let frame = FrameRequest {
        id: id.clone(),
        caller: Some(caller.clone()),
        deposit_yocto,
        method,
        args,
        way: Way::Call,
        call_way: CallWay::Call,
        gas: None,
    };
    let result = match is_wanted {
        true => execution.enter(host, frame),
        false => Err(cancelled()),
    };
    match result {
        Ok(value) => execution.finish_call(&id, caller, &value),
        Err(failure) => {
            execution.forget_step();
            execution.left_yocto.set(deposit_yocto);
            execution.commit(caller.clone())?;
            execution.tell(&caller, &Err(failure));
            Ok(())
        }
    }
}

impl<P: Platform> Execution<P> {
    /// As [`conclave_engine::port::Host::spawn`], but for the number of the promise.
    pub(super) fn plan_child(&self, request: CallRequest) -> Result<(), Failure> {
        self.check_gas()?;
        self.refuse_in_view("spawn")?;
        let CallRequest {
            id,
            method,
            args,
            gas,
            deposit_yocto,
            way: _,
        } = request;
        check_name(&id, &method, Way::Call)?;
        let more = Used {
            transfers: 1,
            outside: 1,
            ..Used::default()
        };
        self.check_bounds("128 calls to the outside", more)?;
        let number = self.flow.borrow().as_ref().map_or(0, |flow| flow.promises);
        let seed = [
            self.platform().random_seed().as_slice(),
            &number.to_be_bytes(),
        ]
        .concat();
        let flow = hex::encode(&self.platform().sha256(&seed)[..12]);
        let from = self.current_id();
        let spawned = Spawned {
            id: id.clone(),
            method,
            args,
            caller: from.clone(),
            parent: self.token_of_flow(),
            flow: flow.clone(),
            is_traced: self.tracer.borrow().is_some(),
        };
        let gas = match gas {
            Some(gas) => given_gas(gas)?,
            None => (self.gas_left() / 4).clamp(CHILD_GAS.1, CHILD_GAS.0),
        };
        let actions = vec![Action::Call {
            method: "spawn".to_owned(),
            input: spawned.into_value().to_bytes(),
            deposit_yocto,
            gas,
        }];
        let needed = gas::of_outside(&actions).saturating_add(self.gas_to_wait(More::Alone));
        self.afford_gas(Gas(needed))?;
        self.draw(deposit_yocto)?;
        let form = Form::Ended;
        self.journal.borrow_mut().leave(Outside {
            account: self.platform().current(),
            from,
            actions,
            promise: Some(Awaited { number, form }),
            child: Some(Child {
                id,
                flow,
                is_cancelled: false,
            }),
            tokens: None,
        });
        Ok(())
    }

    /// Whether a parent still waits for a call that it spawned, and does not want it cancelled.
    fn is_wanted(&self, id: &str, parent: &str, flow: &str) -> Result<bool, Failure> {
        let record = self.flow_record(id, parent)?;
        let mut waits = record.iter().flat_map(|record| &record.waits);
        Ok(waits.any(|wait| {
            let child = wait.child.as_ref();
            child.is_some_and(|child| child.flow == flow && !child.is_cancelled)
        }))
    }

    /// As [`conclave_engine::port::Host::cancel`]: it is done when the method waits next.
    pub(super) fn plan_cancel(&self, promise: u32) {
        if let Some(flow) = &mut *self.flow.borrow_mut() {
            flow.to_cancel.push(promise);
        }
    }

    /// Takes back what the method wants cancelled and has not left, and tells of calls that it has undone
    /// itself (`near.atomic`).
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(super) fn cancel_planned(&self) -> Result<(), Failure> {
        let numbers = match &mut *self.flow.borrow_mut() {
            Some(flow) => {
                let called = std::mem::take(&mut flow.called);
                let undone = called
                    .into_iter()
                    .filter(|number| !self.is_planned(*number));
                flow.fresh.extend(undone.map(not_sent));
                std::mem::take(&mut flow.to_cancel)
            }
            None => return Ok(()),
        };
        for number in numbers {
            if !self.take_back(number)?
                && let Some(flow) = &mut *self.flow.borrow_mut()
            {
                flow.to_cancel.push(number);
            }
        }
        Ok(())
    }

    /// Cancels what the method wants cancelled and has left. When the method is put aside, and not
    /// before: what is done in an open section is undone then.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(super) fn cancel_sent(&self) -> Result<(), Failure> {
        let mut children = Vec::new();
        if let Some(flow) = &mut *self.flow.borrow_mut() {
            let numbers = &flow.to_cancel;
            let is_of = |wait: &&mut Wait| {
                let mut promises = wait.promises.iter();
                promises.any(|made| numbers.contains(&made.number))
            };
            let waits = flow.waits.iter_mut().filter(is_of);
            for child in waits.filter_map(|wait| wait.child.as_mut()) {
                child.is_cancelled = true;
                children.push(child.clone());
            }
        }
        self.cancel_flows(children)
    }

    /// Whether a call is to leave whose answer is this promise's.
    fn is_planned(&self, number: u32) -> bool {
        let journal = self.journal.borrow();
        let mut awaited = journal.outside().iter().filter_map(|call| call.promise);
        awaited.any(|awaited| awaited.number == number)
    }

    /// Takes back a call that was planned in this execution; says whether it could. One that was planned
    /// before the open section began stays, because what the section does may be undone.
    fn take_back(&self, number: u32) -> Result<bool, Failure> {
        let from = match &*self.flow.borrow() {
            Some(flow) => flow
                .section
                .as_ref()
                .map_or(0, |section| section.outside_at),
            None => return Ok(false),
        };
        let taken = self.journal.borrow_mut().take_back_outside(from, number);
        let Some(outside) = taken else {
            return Ok(false);
        };
        self.credit(&outside.from, outside.yocto())?;
        if let Some(flow) = &mut *self.flow.borrow_mut() {
            flow.fresh.push_back(not_sent(number));
        }
        Ok(true)
    }

    /// Takes back what a method that has come to its end spawned and did not wait for.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(super) fn take_back_children(&self) -> Result<(), Failure> {
        let spawned: Vec<_> = {
            let journal = self.journal.borrow();
            let planned = journal.outside().iter();
            let planned = planned.filter(|call| call.child.is_some());
            planned.filter_map(|call| call.promise).collect()
        };
        for awaited in spawned {
            self.take_back(awaited.number)?;
        }
        Ok(())
    }

    /// Cancels flows and what they spawned: what they wait for is told them as cancelled when it comes,
    /// and what only another execution would settle comes now. As many as there is gas for; the others
    /// go on to their ends.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(super) fn cancel_flows(&self, mut children: Vec<Child>) -> Result<(), Failure> {
        while let Some(Child { id, flow, .. }) = children.pop() {
            if self.gas_left() < CANCEL_GAS {
                return Ok(());
            }
            if let Some(mut record) = self.flow_record(&id, &flow)? {
                children.extend(self.cancel_waits(&mut record));
                self.rewrite_flow(&id, &flow, &record)?;
            }
        }
        Ok(())
    }

    /// Marks what a flow waits for as cancelled; gives the children among it.
    fn cancel_waits(&self, record: &mut FlowRecord) -> Vec<Child> {
        let height = self.platform().block_height();
        let mut children = Vec::new();
        for wait in record.waits.iter_mut().filter(|wait| !wait.is_cancelled) {
            wait.is_cancelled = true;
            if let Some(child) = &mut wait.child {
                child.is_cancelled = true;
                children.push(child.clone());
            }
            let is_awaited = height < wait.height + TIMEOUT_BLOCKS;
            if let Some(open) = &mut wait.open
                && !open.is_resumed
                && is_awaited
            {
                open.is_resumed = true;
                self.end_promise(open.data_id);
            }
        }
        children
    }
}
