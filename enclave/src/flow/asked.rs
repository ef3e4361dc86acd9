//! [`Recorder`]: an execution whose method may wait. What the method asks is written down; when it runs
//! again, it is told the same, and nothing is done twice.

use super::Flow;
use super::history::{Asked, Entry, Op, Outcome};
use super::record::{amount_of, amount_value};
use crate::execution::Execution;
use crate::platform::Platform;
use conclave_abi::error::Failure;
use conclave_abi::value::Value;
use conclave_engine::port::{Host, Page};
use std::rc::Rc;

/// An execution whose outermost frame may wait.
pub(crate) struct Recorder<P: Platform>(pub(crate) Rc<Execution<P>>);

/// Does what was asked, in the execution.
pub(super) type Live<'a, P, T> = &'a mut dyn FnMut(&Execution<P>) -> Result<T, Failure>;

impl<P: Platform + 'static> Recorder<P> {
    /// Tells what was told before, or does it and writes it down.
    pub(super) fn told(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: &mut dyn FnMut(&Execution<P>) -> Outcome,
    ) -> Outcome {
        let execution = &*self.0;
        if !execution.is_flows_own() {
            return live(execution);
        }
        execution.check_alive()?;
        let asked = Asked::new(op, arguments);
        let before = match &mut *execution.flow.borrow_mut() {
            Some(flow) => flow.told_before(asked),
            None => Ok(None),
        };
        match before {
            Ok(Some(outcome)) => {
                execution.do_again(op, &outcome, live);
                return outcome;
            }
            Ok(None) => {}
            Err(failure) => return Err(execution.end_frame_with(failure)),
        }
        let outcome = live(execution);
        if let Some(flow) = &mut *execution.flow.borrow_mut() {
            flow.history.push(&Entry::Asked(asked, outcome.clone()));
        }
        outcome
    }

    /// The same where nothing is told.
    pub(super) fn done(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: Live<'_, P, ()>,
    ) -> Result<(), Failure> {
        let told = self.told(op, arguments, &mut |execution| {
            live(execution).map(|()| None)
        });
        told.map(drop)
    }

    /// The same where it is said whether.
    pub(super) fn whether(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: Live<'_, P, bool>,
    ) -> Result<bool, Failure> {
        let told = self.told(op, arguments, &mut |execution| {
            Ok(Some(Value::Bool(live(execution)?)))
        })?;
        Ok(told == Some(Value::Bool(true)))
    }

    /// The same where an amount is told.
    pub(super) fn amount(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: Live<'_, P, u128>,
    ) -> Result<u128, Failure> {
        let told = self.told(op, arguments, &mut |execution| {
            Ok(Some(amount_value(live(execution)?)))
        })?;
        Ok(told.as_ref().and_then(amount_of).unwrap_or(0))
    }

    /// The same where a part of a list is told: its items, and behind them where it goes on.
    pub(super) fn page(
        &self,
        op: Op,
        arguments: &[&[u8]],
        live: Live<'_, P, Page<Value>>,
    ) -> Result<Page<Value>, Failure> {
        let told = self.told(op, arguments, &mut |execution| {
            let Page { mut items, next } = live(execution)?;
            items.push(next.map_or(Value::Null, Value::String));
            Ok(Some(Value::Array(items)))
        })?;
        let Some(Value::Array(mut items)) = told else {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        };
        let next = match items.pop() {
            Some(Value::String(next)) => Some(next),
            _ => None,
        };
        Ok(Page { items, next })
    }
}

/// The host of the method that is called from outside: one that writes down, where the method may wait.
pub(crate) fn host_of<P: Platform + 'static>(
    execution: &Rc<Execution<P>>,
    id: &str,
    begun: impl FnOnce() -> Flow,
) -> Rc<dyn Host> {
    if !execution.may_wait(id) {
        return Rc::<Execution<P>>::clone(execution);
    }
    *execution.flow.borrow_mut() = Some(begun());
    Rc::new(Recorder(Rc::clone(execution)))
}
