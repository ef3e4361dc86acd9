//! Flows: methods that wait for the outside, put aside in one execution and gone on with in another.
//!
//! A method that waits is not kept: what it asked the host for and was told is written down
//! ([`history`]), and when something comes for it, it runs again from its beginning and is told the
//! same ([`recorder`]), until it is where it was; then it goes on. What it did before stays done, and
//! is not done again. [`step`] ends each such execution, [`resume`] begins the next one.

mod anew;
mod answers;
mod asked;
mod children;
mod deposits;
mod history;
mod locks;
mod parked;
mod record;
mod recorder;
mod resume;
mod section;
mod spawned;
mod step;
mod tokens;
mod told;
mod views;
mod waits;
mod yields;

pub(crate) use asked::{Recorder, host_of};
pub(crate) use children::spawn;
pub(crate) use parked::{abort, retry};
pub(crate) use resume::{fail, resume};
pub(crate) use tokens::{Arrival, amount_of, bad_amount, return_tokens};
pub(crate) use views::{flow, flows};
pub(crate) use yields::{expire, settle};

use crate::execution::Execution;
use crate::frame::is_subcontract;
use crate::journal::Purse;
use crate::platform::{DataId, Platform};
use crate::state::key_of;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key::Kind;
use conclave_abi::value::Value;
use conclave_engine::port::{Anew, Answer};
use history::{Asked, Block, Entry, History, Outcome};
use record::{FlowRecord, SectionRecord, Wait};
use section::Section;
use std::collections::VecDeque;

/// The method called from outside, while it runs, where it may wait.
#[derive(Debug)]
pub(crate) struct Flow {
    /// Under which it is put aside; none until then.
    token: Option<String>,
    /// Under which it is to be, where who spawned it said so.
    name: Option<String>,
    /// The subcontract that spawned it; empty where an account called it.
    spawner: String,
    args: Value,
    is_traced: bool,
    /// What is left of its deposit from earlier executions.
    purse: Option<Purse>,
    history: History,
    /// Whether it is beyond its history.
    is_live: bool,
    /// What came for it in this execution, in order.
    fresh: VecDeque<Entry>,
    /// The block that it sees.
    block: Block,
    /// The block in which it began.
    began: Block,
    /// How many promises it has made.
    promises: u32,
    waits_made: u32,
    /// What it waits for since earlier executions.
    waits: Vec<Wait>,
    /// What it waits for since this one.
    new_waits: Vec<Wait>,
    /// Promises that others settle, made in this execution.
    opened: Vec<Opened>,
    /// NEAR's name of the promise that ends when the method does.
    result: Option<DataId>,
    /// What it said of itself when it began anew.
    checkpoint: Option<Value>,
    /// How it is to begin anew.
    anew: Option<Anew>,
    /// How often it began anew in this execution.
    times_anew: u32,
    /// The section that is open.
    section: Option<Section>,
    /// The section that was open when it was put aside last.
    section_before: Option<SectionRecord>,
    /// Whether it has been put aside in this execution.
    is_put_aside: bool,
    /// Promises for the answers to calls that it has planned since it waited last.
    called: Vec<u32>,
    /// Promises that stand for what is to be cancelled when it waits next.
    to_cancel: Vec<u32>,
    /// Whether it has been told that it is cancelled.
    is_cancelled: bool,
}

/// A promise that another execution settles, made in this one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Opened {
    promise: u32,
    deadline: u64,
    resumers: Vec<String>,
}

impl Flow {
    /// A method that begins.
    pub(crate) fn new(args: Value, is_traced: bool, block: Block) -> Self {
        Self {
            token: None,
            name: None,
            spawner: String::new(),
            args,
            is_traced,
            purse: None,
            history: History::default(),
            is_live: true,
            fresh: VecDeque::new(),
            block,
            began: block,
            promises: 0,
            waits_made: 0,
            waits: Vec::new(),
            new_waits: Vec::new(),
            opened: Vec::new(),
            result: None,
            checkpoint: None,
            anew: None,
            times_anew: 0,
            section: None,
            section_before: None,
            is_put_aside: false,
            called: Vec::new(),
            to_cancel: Vec::new(),
            is_cancelled: false,
        }
    }

    /// A method that goes on, with what has come for it.
    fn of(token: &str, record: &FlowRecord, fresh: VecDeque<Entry>) -> Self {
        let began = Block {
            height: record.height,
            timestamp_ns: record.timestamp_ns,
        };
        Self {
            token: Some(token.to_owned()),
            name: None,
            spawner: match is_subcontract(&record.caller) {
                true => record.caller.clone(),
                false => String::new(),
            },
            args: record.args.clone(),
            is_traced: record.is_traced,
            purse: Some(record.purse),
            history: History::of(record.history.clone()),
            is_live: false,
            fresh,
            block: began,
            began,
            promises: 0,
            waits_made: record.waits_made,
            waits: record.waits.clone(),
            new_waits: Vec::new(),
            opened: Vec::new(),
            result: record.result,
            checkpoint: record.checkpoint.clone(),
            anew: None,
            times_anew: 0,
            section: None,
            section_before: record.section.clone(),
            is_put_aside: false,
            called: Vec::new(),
            to_cancel: Vec::new(),
            is_cancelled: false,
        }
    }

    /// What the method was told when it asked this; none where it has not asked before.
    fn told_before(&mut self, asked: Asked) -> Result<Option<Outcome>, Failure> {
        if self.is_live {
            return Ok(None);
        }
        match self.history.next()? {
            Some(Entry::Asked(before, outcome)) if before == asked => Ok(Some(outcome)),
            Some(Entry::Asked(before, _)) => Err(self.diverged(before.name(), asked.name())),
            Some(_) | None => Err(self.diverged("await", asked.name())),
        }
    }

    /// What comes next for the method, if something has come.
    fn next_answer(&mut self) -> Result<Option<Answer>, Failure> {
        loop {
            let known = match self.is_live {
                true => None,
                false => self.history.next()?,
            };
            let entry = match known {
                Some(entry) => entry,
                None => {
                    self.is_live = true;
                    let Some(entry) = self.fresh.pop_front() else {
                        return Ok(None);
                    };
                    let entry = self.unless_in_conflict(entry);
                    self.history.push(&entry);
                    entry
                }
            };
            match entry {
                Entry::Block(block) => self.block = block,
                Entry::Answer(answer) => return Ok(Some(answer)),
                Entry::Cancelled(promise) => {
                    self.is_cancelled = true;
                    let outcome = Err(children::cancelled());
                    return Ok(Some(Answer { promise, outcome }));
                }
                Entry::Asked(before, _) => return Err(self.diverged(before.name(), "await")),
            }
        }
    }

    /// The failure of a method that does not do what it did before.
    fn diverged(&self, expected: &str, got: &str) -> Failure {
        let step = self.history.passed();
        let message = format!(
            "gone through again, the method did something else than before: at step {step} \
             expected {expected}, got {got}"
        );
        Failure::new(ErrorCode::Diverged, message)
    }
}

/// The key under which a flow lies.
pub(crate) fn flow_key(token: &str) -> Result<Vec<u8>, Failure> {
    key_of(Kind::Flows, token)
}

impl<P: Platform> Execution<P> {
    /// Whether the frame that runs now is that of the method which may wait.
    pub(crate) fn is_flows_own(&self) -> bool {
        self.flow.borrow().is_some() && self.frames.borrow().depth() == 1
    }

    /// Whether the method has been put aside.
    pub(crate) fn is_put_aside(&self) -> bool {
        let flow = self.flow.borrow();
        flow.as_ref().is_some_and(|flow| flow.is_put_aside)
    }

    /// Refuses a method that ended before it was where it had been.
    ///
    /// # Errors
    /// `E_DIVERGED`.
    pub(crate) fn check_gone_through<T>(&self, ended: &Result<T, Failure>) -> Result<(), Failure> {
        let how = match ended {
            Ok(_) => "return",
            Err(_) => "throw",
        };
        match &*self.flow.borrow() {
            Some(flow) if !flow.is_live => Err(flow.diverged("await", how)),
            _ => Ok(()),
        }
    }

    /// Whether methods of a subcontract may wait.
    pub(crate) fn may_wait(&self, id: &str) -> bool {
        self.program(id).is_ok_and(|program| program.may_wait())
    }

    /// The block that the waiting method sees; frames further in see the chain's.
    pub(crate) fn block_seen(&self) -> Block {
        match &*self.flow.borrow() {
            Some(flow) if flow.section.is_some() || self.frames.borrow().depth() <= 1 => flow.block,
            _ => self.block_now(),
        }
    }

    /// The chain's block.
    pub(crate) fn block_now(&self) -> Block {
        Block {
            height: self.platform().block_height(),
            timestamp_ns: self.platform().block_timestamp_ns(),
        }
    }

    /// Ends the frame that runs, whatever its code does.
    fn end_frame_with(&self, failure: Failure) -> Failure {
        let mut frames = self.frames.borrow_mut();
        frames.current_mut().dead.get_or_insert(failure).clone()
    }

    /// Why a frame gets no answer from outside.
    pub(crate) fn no_answer(&self) -> Failure {
        told::cannot_wait(if self.flow.borrow().is_some() {
            "only the method that was called from outside can wait for the outside; what it calls \
             can send, with near.send, and what it spawns in a near.scope can wait"
        } else {
            "only an async method that is called from outside can wait for the outside: write \
             `async`, or use near.send"
        })
    }

    /// A token for a flow that begins in this execution.
    fn new_token(&self) -> String {
        hex::encode(&self.platform().random_seed()[..12])
    }
}
