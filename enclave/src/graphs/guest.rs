//! A guest that runs scripts against any [`Host`], and writes down what it was told.
//!
//! The enclave and the model are both hosts, so the same guest runs on both and they differ where
//! its notes do. It is as stubborn as no JS can be: it may go on after its own `E_GAS`.

use super::script::{Act, Graph, Read, Step};
use super::tally::Tally;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{AfterRequest, Gas, Guest, Host, Page, Run, Settlement, Subject};
use conclave_engine::{Compiled, Program};

/// One note of the guest.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Seen {
    /// A script began to run.
    Began {
        id: String,
        method: String,
        args: Value,
        caller: Option<String>,
        deposit_yocto: u128,
        path: Vec<String>,
    },
    /// A step was answered.
    Told(&'static str, Told),
}

/// An answer of the host.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    Done,
    Flag(bool),
    Amount(u128),
    Text(String),
    Value(Option<Value>),
    Names(Page<String>),
    Entries(Page<(String, Value)>),
    Count(u64),
    Failed(Fault),
}

/// A failure without its message, which the model does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) path: Vec<String>,
}

impl From<&Failure> for Fault {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code.clone(),
            name: failure.name.clone(),
            path: failure.path.clone(),
        }
    }
}

/// Runs the scripts of a graph.
pub(super) struct Scripted<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) graph: &'a Graph,
    pub(super) seen: Vec<Seen>,
    /// What happened that the test has to have tried.
    pub(super) tally: Tally,
    frames: usize,
    /// How often money moved.
    moves: usize,
}

impl<'a> Scripted<'a> {
    pub(super) fn new(host: &'a dyn Host, graph: &'a Graph) -> Self {
        Self {
            host,
            graph,
            seen: Vec::new(),
            tally: Tally::default(),
            frames: 0,
            moves: 0,
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Result<(), Failure> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), Failure> {
        let result = self.act(&step.act);
        let told = match &result {
            Ok(told) => told.clone(),
            Err(failure) => Told::Failed(failure.into()),
        };
        self.seen.push(Seen::Told(name(&step.act), told));
        match result {
            Err(failure) if !step.is_caught => Err(failure),
            Err(failure) => {
                self.tally.caught(&step.act, &failure);
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    fn act(&mut self, act: &Act) -> Result<Told, Failure> {
        let host = self.host;
        match act {
            Act::Set(key, bytes) => host.storage_set(key, &self.text(*bytes)).map(done),
            Act::Remove(key) => host.storage_remove(key).map(Told::Flag),
            Act::Read(of, read) => self.read(of.as_deref(), read),
            Act::Grant(grant) => host.grant(&grant.peer, grant.said()).map(done),
            Act::Revoke(peer) => host.revoke(peer).map(Told::Flag),
            Act::Grants(from, limit) => host.grants(from, *limit).map(Told::Entries),
            Act::Log { bytes, times } => {
                repeated(*times, || host.log(&padded(self.seen.len(), *bytes)))
            }
            Act::Transfer {
                to,
                amount_yocto,
                times,
            } => {
                let done = repeated(*times, || host.transfer(to, *amount_yocto));
                self.moves += usize::from(done.is_ok() && *amount_yocto > 0);
                done
            }
            Act::Keep(amount) => {
                let kept = host.keep(*amount)?;
                self.moves += usize::from(kept > 0);
                Ok(Told::Amount(kept))
            }
            Act::Balance => host.balance().map(Told::Amount),
            Act::Surroundings => {
                let told = format!("{:?} {:?}", host.signer()?, host.random_seed()?);
                Ok(Told::Text(told))
            }
            Act::Identity => Ok(Told::Text(identity(host))),
            Act::Spend(fuel) => host.spend(*fuel).map(done),
            Act::Afford(gas) => host.afford(Gas(*gas)).map(done),
            Act::Throw => Err(thrown("thrown")),
            Act::Call(call) => {
                let told = host.call(self, call.clone());
                self.moves += usize::from(told.is_ok() && call.deposit_yocto > 0);
                self.tally.called(call, &told);
                told.map(|value| Told::Value(Some(value)))
            }
            Act::After(request, times) => self.plan(request, *times),
            Act::Atomic(body, end) => self.atomic(body, *end),
            Act::Block(body) => self.steps(body).map(done),
            Act::Open => {
                host.savepoint();
                Ok(Told::Done)
            }
            Act::Settle(settlement) => {
                host.settle(*settlement);
                Ok(Told::Done)
            }
        }
    }

    fn read(&mut self, of: Option<&str>, read: &Read) -> Result<Told, Failure> {
        let (host, subject) = (self.host, of.map_or(Subject::Own, Subject::Of));
        let told = match read {
            Read::Get(key) => host.storage_get(subject, key).map(Told::Value),
            Read::Has(key) => host.storage_has(subject, key).map(Told::Flag),
            Read::Keys(range) => host.storage_keys(subject, range).map(Told::Names),
            Read::Entries(range) => host.storage_entries(subject, range).map(Told::Entries),
            Read::Count(prefix) => host.storage_count(subject, prefix).map(Told::Count),
        };
        if told.is_ok() && of.is_some_and(|id| id != host.own_id()) {
            self.tally.note("reads of what another granted");
        }
        told
    }

    fn plan(&mut self, request: &AfterRequest, times: usize) -> Result<Told, Failure> {
        let told = repeated(times, || self.host.after(request.clone()));
        if told.is_ok() {
            self.tally.note("planned calls");
        }
        told
    }

    fn atomic(&mut self, body: &[Step], end: Settlement) -> Result<Told, Failure> {
        let (moves, planned) = (self.moves, self.seen.len());
        self.host.savepoint();
        let result = self.steps(body);
        let end = if result.is_ok() {
            end
        } else {
            Settlement::Undo
        };
        self.host.settle(end);
        if end == Settlement::Undo {
            let is_planned =
                |seen: &Seen| matches!(seen, Seen::Told("after", told) if *told == Told::Done);
            if self.seen[planned..].iter().any(is_planned) {
                self.tally.note("savepoints undone with planned calls");
            }
            if self.moves > moves {
                self.tally.note("savepoints undone with money");
            }
        }
        result.map(done)
    }

    /// A text that is unlike every other of the request.
    fn text(&self, bytes: usize) -> Value {
        Value::String(padded(self.seen.len(), bytes))
    }
}

impl Guest for Scripted<'_> {
    fn run(&mut self, run: Run<'_>) -> Result<Value, Failure> {
        let host = self.host;
        self.tally.began(&run, host);
        self.seen.push(Seen::Began {
            id: host.own_id(),
            method: run.method.to_owned(),
            args: without_messages(&run.args),
            caller: host.caller(),
            deposit_yocto: host.deposit(),
            path: host.path(),
        });
        self.frames += 1;
        let graph = self.graph;
        let methods = graph.scripts.get(run.id);
        let Some(steps) = methods.and_then(|methods| methods.get(run.method)) else {
            return Err(Failure::new(ErrorCode::UnknownMethod, "no such method"));
        };
        if self.frames > graph.frames_max {
            return Err(thrown("tired"));
        }
        self.steps(steps)?;
        Ok(Value::String(format!("told {}", self.seen.len())))
    }

    fn compile(
        &mut self,
        _: &str,
        source: &str,
        hash: [u8; 32],
    ) -> Result<(Program, Compiled), Failure> {
        let program = Program::new(source, hash)?;
        let compiled = Compiled::new(&program, &[]);
        Ok((program, compiled))
    }

    fn parse(&mut self, _id: &str, _program: &Program) -> Result<(), Failure> {
        Ok(())
    }
}

/// What a step is called in the notes.
pub(super) fn name(act: &Act) -> &'static str {
    match act {
        Act::Set(..) => "set",
        Act::Remove(_) => "remove",
        Act::Read(..) => "read",
        Act::Grant(_) => "grant",
        Act::Revoke(_) => "revoke",
        Act::Grants(..) => "grants",
        Act::Log { .. } => "log",
        Act::Transfer { .. } => "transfer",
        Act::Keep(_) => "keep",
        Act::Balance => "balance",
        Act::Surroundings => "surroundings",
        Act::Identity => "identity",
        Act::Spend(_) => "spend",
        Act::Afford(_) => "afford",
        Act::Throw => "throw",
        Act::Call(_) => "call",
        Act::After(..) => "after",
        Act::Atomic(..) => "atomic",
        Act::Block(_) => "block",
        Act::Open => "open",
        Act::Settle(_) => "settle",
    }
}

fn done((): ()) -> Told {
    Told::Done
}

fn repeated(times: usize, mut act: impl FnMut() -> Result<(), Failure>) -> Result<Told, Failure> {
    (0..times).try_for_each(|_| act()).map(done)
}

/// A number with points behind it, to so many bytes.
fn padded(number: usize, bytes: usize) -> String {
    let mut text = number.to_string();
    let rest = bytes.saturating_sub(text.len());
    text.push_str(&".".repeat(rest));
    text
}

fn thrown(message: &str) -> Failure {
    let mut failure = Failure::new(ErrorCode::Throw, message);
    "Error".clone_into(&mut failure.name);
    failure
}

fn identity(host: &dyn Host) -> String {
    let (own, caller, path) = (host.own_id(), host.caller(), host.path());
    let (deposit, height) = (host.deposit(), host.block_height());
    format!("{own} {caller:?} {path:?} {deposit} {height}")
}

/// What a frame was given, without messages of failures.
fn without_messages(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| name != "message");
            let fields = kept.map(|(name, field)| (name.clone(), without_messages(field)));
            Value::Object(fields.collect())
        }
        _ => value.clone(),
    }
}
