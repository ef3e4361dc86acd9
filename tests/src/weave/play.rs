//! A weave while it happens: the world, its flows, and what people and the chain do meanwhile.

use super::books::{self, Lock};
use super::ledger::{During, Ledger};
use super::script::{BANKS, Script, all_json};
use super::tally::Tally;
use super::upgrade::Engine;
use crate::dice::Dice;
use crate::flow_world::{CallId, FlowWorld, answer};
use conclave_abi::error::Failure;
use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Receipts after which a weave has no end.
const RECEIPTS_MAX: usize = 4_000;

/// How a call ended, for a person to read.
pub(crate) type Ended = Result<Value, String>;

/// A flow that was called.
pub(super) struct Running {
    pub(super) script: Script,
    pub(super) call: CallId,
    first: usize,
}

pub(super) struct Play {
    pub(super) world: FlowWorld,
    pub(super) dice: Dice,
    /// Flows by number.
    pub(super) flows: BTreeMap<usize, Running>,
    /// Numbers of flows by their tokens.
    pub(super) tokens: BTreeMap<String, usize>,
    pub(super) ledger: Ledger,
    pub(super) tally: Tally,
    pub(super) trace: Vec<String>,
    pub(super) removed: BTreeSet<&'static str>,
    /// Single yoctos that came back and are nobody's.
    pub(super) dust: u128,
    pub(super) engine: Engine,
    seen_lines: usize,
}

fn code(ended: Result<Value, Option<Failure>>) -> Ended {
    ended.map_err(|failure| failure.map_or("outside".to_owned(), |failure| failure.code.clone()))
}

impl Play {
    pub(super) fn new(world: FlowWorld, dice: Dice) -> Self {
        let seen_lines = world.logs.len();
        let mut ledger = Ledger::default();
        for (id, balance) in books::books(&world.stored()).balances {
            ledger.pay(&id, balance.cast_signed());
            let values = books::values(&world.stored(), &id);
            ledger.values.insert(id, values);
        }
        Self {
            world,
            dice,
            flows: BTreeMap::new(),
            tokens: BTreeMap::new(),
            ledger,
            tally: Tally::default(),
            trace: Vec::new(),
            removed: BTreeSet::new(),
            dust: 0,
            engine: Engine::Stays,
            seen_lines,
        }
    }

    /// Lets everything happen: flows begin, receipts run, people meddle, until nothing is left.
    pub(super) fn run(&mut self, scripts: Vec<(usize, Script)>) -> Result<(), String> {
        let mut meddling = 4 + 3 * scripts.len();
        if self.dice.percent(15) {
            self.engine = Engine::Old;
        }
        let mut scripts = scripts.into_iter().peekable();
        loop {
            let ready = self.world.ready();
            let is_over = ready.is_empty() && scripts.peek().is_none();
            if is_over && self.engine != Engine::Stays && self.recover()? {
                continue;
            }
            if is_over && self.world.open().is_empty() {
                return Ok(());
            }
            if self.world.receipts() > RECEIPTS_MAX {
                return Err("it does not end: flows wait for ever".to_owned());
            }
            match self.dice.below(100) {
                0..25 => match scripts.next() {
                    Some((number, script)) => self.begin(number, script),
                    None => continue,
                },
                25..80 if !ready.is_empty() => {
                    let receipt = self.dice.of(&ready);
                    self.step(receipt)?;
                }
                80.. if meddling > 0 => {
                    meddling -= 1;
                    self.meddle()?;
                }
                _ if is_over => self.time_out()?,
                _ => {}
            }
        }
    }

    pub(super) fn note(&mut self, text: String) {
        self.trace
            .push(format!("{:>4} {text}", self.world.height()));
    }

    fn begin(&mut self, number: usize, script: Script) {
        let args = json!({"n": number, "steps": all_json(&script.steps)});
        let request = json!({"id": script.id, "method": "run", "args": args}).to_string();
        let first = self.world.receipts();
        let call = self
            .world
            .enter(script.caller, "call", request.as_bytes(), script.deposit);
        let running = Running {
            script,
            call,
            first,
        };
        self.flows.insert(number, running);
    }

    /// Runs a receipt, and takes over what it logged.
    pub(super) fn step(&mut self, receipt: usize) -> Result<(), String> {
        let stored = self.world.stored();
        let locks = books::locks(&stored);
        let begins = self.flows.iter().find(|(_, flow)| flow.first == receipt);
        let number = begins.map(|(number, _)| *number);
        let flow = self.world.flow_of(receipt);
        let first_new = self.world.receipts();
        let (dice, ledger, dust, tally) = (
            &mut self.dice,
            &mut self.ledger,
            &mut self.dust,
            &mut self.tally,
        );
        self.world.step(receipt, &mut |account, actions| {
            let received = outside(account, dice);
            settle(ledger, dust, (account, actions), &received, tally);
            received
        });
        let new = first_new..self.world.receipts();
        let mut made = new.filter_map(|new| self.world.flow_of(new));
        let own = flow.clone().or_else(|| made.next());
        if let (Some(number), Some(token)) = (number, &own) {
            self.tokens.insert(token.clone(), number);
        }
        self.note(self.world.describe(receipt));
        let own = own.filter(|_| number.is_some() || flow.is_some());
        self.take_lines(receipt, &locks, own.as_deref())
    }

    fn take_lines(
        &mut self,
        receipt: usize,
        locks: &[Lock],
        flow: Option<&str>,
    ) -> Result<(), String> {
        let lines = self.world.logs[self.seen_lines..].to_vec();
        self.seen_lines = self.world.logs.len();
        let during = During {
            receipt,
            locks,
            flow,
        };
        for line in lines {
            self.note(format!("  {line}"));
            self.tally.line(&line);
            self.ledger.take(&line, &during)?;
        }
        Ok(())
    }

    /// Somebody calls the enclave, at once.
    pub(super) fn send(
        &mut self,
        who: &str,
        export: &str,
        request: &Value,
    ) -> Result<Ended, String> {
        let receipt = self.world.receipts();
        let call = self
            .world
            .enter(who, export, request.to_string().as_bytes(), 0);
        self.step(receipt)?;
        let ended = code(self.world.ended(call).ok_or("a call without an end")?);
        if export != "flows" {
            self.note(format!("  -> {ended:?}"));
        }
        Ok(ended)
    }

    pub(super) fn ended(&self, call: CallId) -> Option<Ended> {
        self.world.ended(call).map(code)
    }

    /// NEAR ends waits that are 200 blocks old, and what waited runs right then: what would resume it
    /// between the two is lost on NEAR.
    pub(super) fn end_overdue(&mut self) -> Result<(), String> {
        while let Some(open) = self.world.overdue().first().copied() {
            self.note("NEAR waits no longer:".to_owned());
            let flow = self.world.flow_of(open).unwrap_or_default();
            let stored = self.world.stored();
            let waits = |id: &str| books::flows(&stored, id).contains(&flow);
            if !BANKS.into_iter().any(waits) {
                return Err(format!(
                    "a promise is open for flow {flow}, which has ended"
                ));
            }
            self.world.time_out(open);
            self.tally.note("NEAR waited no longer");
            self.step(open)?;
        }
        Ok(())
    }

    fn time_out(&mut self) -> Result<(), String> {
        self.world.pass(100);
        self.end_overdue()
    }
}

/// What an account outside answers.
fn outside(account: &str, dice: &mut Dice) -> Received {
    match account {
        "good.near" => answer(&json!(dice.below(100))),
        "odd.near" => Received::Bytes(b"no JSON".to_vec()),
        "any.near" if dice.percent(60) => answer(&json!("x")),
        _ => Received::Failed,
    }
}

/// Notes whose deposit is where, now that a call outside was answered.
fn settle(
    ledger: &mut Ledger,
    dust: &mut u128,
    (account, actions): (&str, &[Action]),
    received: &Received,
    tally: &mut Tally,
) {
    let [
        Action::Call {
            method,
            input,
            deposit_yocto,
            ..
        },
    ] = actions
    else {
        return;
    };
    ledger.sent -= i64::from(method == "sent");
    let args: Value = serde_json::from_slice(input).unwrap_or_default();
    let (id, yocto) = (args["id"].as_str().unwrap_or_default(), *deposit_yocto);
    let comes_back = *received == Received::Failed && account != "thief.near";
    match (comes_back, yocto) {
        (_, 0) => {}
        (true, 1) => {
            *dust += 1;
            ledger.pay(id, -1);
        }
        (true, _) => tally.note("a deposit came back"),
        (false, _) => {
            tally.note(&format!("a deposit stayed at {account}"));
            ledger.pay(id, -yocto.cast_signed());
        }
    }
}
