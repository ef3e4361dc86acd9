//! Calls that a frame planned for when its method has returned (docs/adr/0051).
//!
//! They run first in, first out, before the planner's caller gets the result, and what they plan
//! themselves runs right after each. A failure that `on` does not take fails the planner.

use crate::execution::Execution;
use crate::frame::{FrameRequest, Way};
use crate::platform::Platform;
use conclave_abi::error::{ErrorCode, Failure, Said};
use conclave_abi::value::Value;
use conclave_engine::port::{AfterRequest, CallRequest, CallWay, Guest, On};

/// Most calls planned in one execution.
pub(crate) const PLANNED_MAX: usize = 256;

impl<P: Platform> Execution<P> {
    /// Runs what the frame that has just returned planned.
    ///
    /// # Errors
    /// The first failure that is not taken; `E_GAS` when the frame's own gas is used up then.
    pub(crate) fn run_planned(&self, guest: &mut dyn Guest) -> Result<(), Failure> {
        self.frames.borrow_mut().current_mut().is_running = false;
        let mut next = 0;
        loop {
            let planned = self.journal.borrow().book().planned.get(next).cloned();
            let Some(planned) = planned else {
                return Ok(());
            };
            next += 1;
            self.run_one(guest, planned)?;
            // What it burnt is the planner's, who can't catch that his own gas is used up.
            self.check_gas()?;
        }
    }

    fn run_one(&self, guest: &mut dyn Guest, planned: AfterRequest) -> Result<(), Failure> {
        let AfterRequest { call, on, reply } = planned;
        let (id, method) = (call.id.clone(), call.method.clone());
        let result = self.run_frame(guest, self.nested(call));
        let is_taken = match &result {
            Ok(_) => on != On::Error,
            // What is broken goes on past whoever would take it (invariant 8).
            Err(failure) => on != On::Success && !failure.is(ErrorCode::Corrupt),
        };
        match (result, reply) {
            (Err(failure), _) if !is_taken => Err(failure),
            (result, Some(reply)) if is_taken => {
                let request = CallRequest {
                    id: self.current_id(),
                    method: reply,
                    args: outcome(id, method, result),
                    gas: None,
                    deposit_yocto: 0,
                    way: CallWay::Call,
                };
                self.run_frame(guest, self.nested(request)).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// A call by the frame that is the innermost now.
    pub(crate) fn nested(&self, call: CallRequest) -> FrameRequest {
        FrameRequest {
            id: call.id,
            caller: Some(self.current_id()),
            deposit_yocto: call.deposit_yocto,
            method: call.method,
            args: call.args,
            way: Way::Call,
            call_way: call.way,
            gas: call.gas,
        }
    }
}

/// What a reply is told.
fn outcome(id: String, method: String, result: Result<Value, Failure>) -> Value {
    let (is_ok, (name, told)) = match result {
        Ok(value) => (true, ("value", value)),
        Err(failure) => (false, ("error", error(failure))),
    };
    Value::Object(vec![
        ("id".to_owned(), Value::String(id)),
        ("method".to_owned(), Value::String(method)),
        ("ok".to_owned(), Value::Bool(is_ok)),
        (name.to_owned(), told),
    ])
}

fn error(failure: Failure) -> Value {
    let failure = Said::from(failure);
    let path = failure.path.into_iter().map(Value::String).collect();
    Value::Object(vec![
        ("code".to_owned(), Value::String(failure.code)),
        ("name".to_owned(), Value::String(failure.name)),
        ("message".to_owned(), Value::String(failure.message)),
        ("path".to_owned(), Value::Array(path)),
    ])
}
