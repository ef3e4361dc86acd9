//! What comes from outside: results as NEAR hands them over, read as values or coded failures.
//!
//! Guards invariant 9: a result is looked at before it is fetched, and whatever it is, the waiting
//! method gets a value or an error that it can catch.

use super::deposits::CONFIRMATION_YOCTO;
use super::history::Entry;
use super::record::Wait;
use super::spawned::read_ended;
use super::step::{JOINED_MAX, RESUME_GAS};
use super::told::cannot_wait;
use super::waits::More;
use crate::execution::{Execution, Mode};
use crate::gas;
use crate::journal::Used;
use crate::outbox::{Action, Awaited, Form, Outside, yocto_of};
use crate::platform::{Platform, Received};
use crate::record::corrupt;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::is_account;
use conclave_abi::json::TOO_DEEP;
use conclave_abi::value::Value;
use conclave_engine::port::{Answer, Answers, Gas, Next, OutsideAction, OutsideRequest};

/// Most bytes of a result. Reason: it is stored in the flow's record.
const RESULT_BYTES_MAX: u64 = 128 * 1024;
/// Most bytes of a call's input. Reason: all of them are written to receipts, far under NEAR's 4 MiB.
const INPUT_BYTES_MAX: usize = 1 << 20;
/// Most bytes of a method's name. Source: NEAR, `max_length_method_name`.
const METHOD_BYTES_MAX: usize = 256;
/// Most actions on one account. Source: NEAR, `max_actions_per_receipt`.
const ACTIONS_MAX: usize = 100;
/// Gas of a call unless told, at most and at least; between them a tenth of what is left.
const CALL_GAS: (u64, u64) = (30_000_000_000_000, 5_000_000_000_000);

impl<P: Platform> Execution<P> {
    /// Plans what is to leave the enclave, for the frame that runs.
    ///
    /// # Errors
    /// As [`conclave_engine::port::Host::outside`].
    pub(crate) fn plan_outside(&self, request: OutsideRequest) -> Result<(), Failure> {
        self.check_gas()?;
        self.refuse_in_view("call outside")?;
        let OutsideRequest {
            account,
            actions,
            answer,
        } = request;
        self.check_outside(&account, actions.len())?;
        let tokens = self.tokens_to_move(&account, &actions)?;
        let actions = actions.into_iter().map(|action| self.action(action));
        let actions = actions.collect::<Result<Vec<_>, _>>()?;
        let more = Used {
            transfers: 1,
            outside: 1,
            ..Used::default()
        };
        self.check_bounds("128 calls to the outside", more)?;
        let yocto = yocto_of(&actions);
        let is_followed = tokens.is_some() || yocto > CONFIRMATION_YOCTO;
        let resumes = match (answer, is_followed) {
            (Answers::None, false) => 0,
            (Answers::None, true) => RESUME_GAS,
            (_, false) => self.gas_to_wait(More::Together),
            (_, true) => self.gas_to_wait(More::Alone),
        };
        self.afford_gas(Gas(gas::of_outside(&actions).saturating_add(resumes)))?;
        let promise = self.awaited_as(answer);
        let outside = Outside {
            account,
            from: self.current_id(),
            actions,
            promise,
            child: None,
            tokens,
        };
        let checkpoint = self.journal.borrow().checkpoint();
        let taken = self.draw(yocto).and_then(|()| self.take_tokens(&outside));
        let mut journal = self.journal.borrow_mut();
        if taken.is_ok() {
            journal.keep(checkpoint);
            journal.leave(outside);
        } else {
            journal.undo(checkpoint);
        }
        taken
    }

    fn check_outside(&self, account: &str, actions: usize) -> Result<(), Failure> {
        if !is_account(account) {
            let message = format!("`{account}` is not a NEAR account id");
            return Err(Failure::new(ErrorCode::BadId, message));
        }
        if account == self.platform().current() {
            let message = "the enclave does not call itself from outside; call the subcontract";
            return Err(Failure::new(ErrorCode::BadId, message));
        }
        if actions > ACTIONS_MAX {
            let message = format!("a batch has {actions} actions, at most {ACTIONS_MAX} go");
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        Ok(())
    }

    fn action(&self, action: OutsideAction) -> Result<Action, Failure> {
        let (method, args, deposit_yocto, gas) = match action {
            OutsideAction::Transfer { amount_yocto } => {
                return Ok(Action::Transfer { amount_yocto });
            }
            OutsideAction::Call {
                method,
                args,
                deposit_yocto,
                gas,
            } => (method, args, deposit_yocto, gas),
        };
        if method.is_empty() || method.len() > METHOD_BYTES_MAX {
            let message = format!("a method's name has 1 to {METHOD_BYTES_MAX} bytes");
            return Err(Failure::new(ErrorCode::BadValue, message));
        }
        let input = match args {
            Value::Bytes(bytes) => bytes,
            Value::Undefined => b"{}".to_vec(),
            args => serde_json::to_vec(&args).expect("invariant: a value is plain data"),
        };
        if input.len() > INPUT_BYTES_MAX {
            let got = input.len();
            let message = format!("the input has {got} bytes, at most {INPUT_BYTES_MAX} go");
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        let gas = match gas {
            Some(gas) => given_gas(gas)?,
            None => self.call_gas(),
        };
        Ok(Action::Call {
            method,
            input,
            deposit_yocto,
            gas,
        })
    }

    /// What a call gets that does not say it.
    fn call_gas(&self) -> u64 {
        (self.gas_left() / 10).clamp(CALL_GAS.1, CALL_GAS.0)
    }

    /// The promise that is made next, where one is asked for.
    fn awaited_as(&self, answer: Answers) -> Option<Awaited> {
        let form = match answer {
            Answers::None => return None,
            Answers::Json => Form::Json,
            Answers::Bytes => Form::Bytes,
        };
        let flow = self.flow.borrow();
        let number = flow.as_ref().map_or(0, |flow| flow.promises);
        Some(Awaited { number, form })
    }

    /// The number of the promise that the method has made now, for the answer to a planned call.
    pub(super) fn promise_of_call(&self) -> u32 {
        let number = self.next_promise();
        if let Some(flow) = self.flow.borrow_mut().as_mut().filter(|flow| flow.is_live) {
            flow.called.push(number);
        }
        number
    }

    /// The number of the promise that the method has made now.
    pub(super) fn next_promise(&self) -> u32 {
        match &mut *self.flow.borrow_mut() {
            Some(flow) => {
                flow.promises += 1;
                flow.promises - 1
            }
            None => 0,
        }
    }

    /// What comes next for the method that waits.
    ///
    /// # Errors
    /// As [`conclave_engine::port::Host::next`].
    pub(crate) fn next_of_flow(&self) -> Result<Next, Failure> {
        self.check_alive()?;
        let never = cannot_wait(
            "the method returned a promise that nothing settles: neither inside the enclave nor \
             by an answer from outside",
        );
        if !self.is_flows_own() {
            return Err(never);
        }
        self.cancel_planned()?;
        let has_new = self.awaits();
        let mut flow = self.flow.borrow_mut();
        let flow = flow.as_mut().ok_or_else(|| never.clone())?;
        if let Some(answer) = flow.next_answer()? {
            return Ok(Next::Answer(answer));
        }
        if self.mode == Mode::View || (!has_new && flow.waits.is_empty()) {
            return Err(never);
        }
        flow.is_put_aside = true;
        Ok(Next::Later)
    }

    /// Whether the method has made promises in this execution whose answers are to come.
    pub(super) fn awaits(&self) -> bool {
        let journal = self.journal.borrow();
        let mut outside = journal.outside().iter();
        let flow = self.flow.borrow();
        let has_opened = flow.as_ref().is_some_and(|flow| !flow.opened.is_empty());
        has_opened || outside.any(|outside| outside.promise.is_some())
    }

    /// The results of a wait, as they have come.
    pub(super) fn answers_of(&self, wait: &Wait) -> Vec<Entry> {
        let promises = (0..).zip(&wait.promises).take(JOINED_MAX);
        let read = |(index, awaited): (u64, &Awaited)| {
            let received = self.platform().result(index, RESULT_BYTES_MAX);
            Entry::Answer(Answer {
                promise: awaited.number,
                outcome: read(received, awaited.form),
            })
        };
        promises.map(read).collect()
    }
}

/// Gas that a call is given.
pub(super) fn given_gas(Gas(gas): Gas) -> Result<u64, Failure> {
    if gas == 0 {
        let message = "a call needs gas: pass more than 0, or leave it out";
        return Err(Failure::new(ErrorCode::BadValue, message));
    }
    Ok(gas)
}

/// A result as the method gets it.
fn read(received: Received, form: Form) -> Result<Value, Failure> {
    let bytes = match received {
        Received::Bytes(bytes) => bytes,
        Received::Failed => {
            let message = match form {
                Form::Ended => {
                    "the spawned call ended without an answer: its gas was too little, or it was aborted"
                }
                Form::Json | Form::Bytes => {
                    "the call failed outside; what it did there is undone, why is in its receipt"
                }
            };
            return Err(Failure::new(ErrorCode::Outside, message));
        }
        Received::TooLong(got) => {
            let message =
                format!("the result has {got} bytes, at most {RESULT_BYTES_MAX} are taken");
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
    };
    match form {
        Form::Bytes => return Ok(Value::Bytes(bytes)),
        Form::Ended => return read_child(&bytes),
        Form::Json => {}
    }
    if bytes.is_empty() {
        return Ok(Value::Undefined);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        let message = error.to_string();
        let code = if message.starts_with(TOO_DEEP) {
            ErrorCode::TooDeep
        } else {
            ErrorCode::Outside
        };
        let message = format!("the result is not JSON that can be read: {message}");
        Failure::new(code, message)
    })
}

/// How a spawned call ended.
fn read_child(bytes: &[u8]) -> Result<Value, Failure> {
    let ended = Value::from_record(bytes).ok().and_then(read_ended);
    ended.unwrap_or_else(|| Err(corrupt("the end of a spawned call")))
}
