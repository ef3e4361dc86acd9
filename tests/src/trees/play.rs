//! A tree while it happens: receipts in any order, answers of the outside, and what people do meanwhile.

use super::fates::Fates;
use super::shape::{IDS, Node, args};
use crate::dice::Dice;
use crate::flow_world::{CallId, FlowWorld, answer};
use crate::weave::Tally;
use crate::weave::books;
use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Receipts after which a tree has no end.
const RECEIPTS_MAX: usize = 4_000;
/// Who calls the root.
pub(super) const CALLER: &str = "erin.near";

pub(super) struct Play {
    pub(super) world: FlowWorld,
    pub(super) dice: Dice,
    pub(super) fates: Fates,
    pub(super) tally: Tally,
    pub(super) trace: Vec<String>,
    root: Option<CallId>,
    /// The receipt in which the root begins.
    first: usize,
    /// Nodes by the tokens of their flows.
    tokens: BTreeMap<String, usize>,
    /// Nodes by the receipts that spawned them.
    calls: BTreeMap<usize, usize>,
    steps: usize,
    seen_lines: usize,
}

impl Play {
    pub(super) fn new(world: FlowWorld, dice: Dice, nodes: Vec<Node>) -> Self {
        Self {
            seen_lines: world.logs.len(),
            first: world.receipts(),
            world,
            dice,
            fates: Fates::new(nodes),
            tally: Tally::default(),
            trace: Vec::new(),
            root: None,
            tokens: BTreeMap::new(),
            calls: BTreeMap::new(),
            steps: 0,
        }
    }

    /// Calls the root, and lets everything happen until nothing is left.
    pub(super) fn run(&mut self) -> Result<(), String> {
        let root = &self.fates.nodes[0];
        let request = json!({"id": root.id, "method": "run", "args": args(&self.fates.nodes, 0)});
        let yocto = root.yocto;
        let request = request.to_string();
        let call = self.world.enter(CALLER, "call", request.as_bytes(), yocto);
        self.root = Some(call);
        self.step(self.first)?;
        let mut meddling = 10;
        loop {
            let ready = self.world.ready();
            let is_over = ready.is_empty();
            if is_over && self.world.open().is_empty() {
                return Ok(());
            }
            if self.world.receipts() > RECEIPTS_MAX {
                return Err("it does not end: a node waits for ever".to_owned());
            }
            match self.dice.below(100) {
                0..88 if !is_over => {
                    let receipt = self.next_of(&ready);
                    self.step(receipt)?;
                }
                88.. if meddling > 0 => {
                    meddling -= 1;
                    self.meddle()?;
                }
                _ if is_over => self.pass(100)?,
                _ => {}
            }
        }
    }

    /// Any of the receipts, late ones more seldom.
    fn next_of(&mut self, ready: &[usize]) -> usize {
        let receipt = self.dice.of(ready);
        let is_late = self
            .world
            .describe(receipt)
            .starts_with("outside slow.near");
        match is_late && self.dice.percent(90) {
            true => self.dice.of(ready),
            false => receipt,
        }
    }

    /// Runs a receipt, and sees what has become of whom.
    fn step(&mut self, receipt: usize) -> Result<(), String> {
        self.steps += 1;
        let first_new = self.world.receipts();
        let told = match self.calls.get(&receipt) {
            None => self.world.describe(receipt),
            Some(n) => {
                self.fates.comes(*n);
                format!("node {n} comes")
            }
        };
        self.trace
            .push(format!("{:>4} {told}", self.world.height()));
        let (dice, fates) = (&mut self.dice, &mut self.fates);
        self.world.step(receipt, &mut |account, actions| {
            let received = outside(account, dice);
            pay(fates, account, actions, &received);
            received
        });
        let lines = self.world.logs[self.seen_lines..].to_vec();
        for line in lines {
            self.trace.push(format!("       {line}"));
            self.note_line(&line);
            self.fates.line(&line)?;
        }
        self.seen_lines = self.world.logs.len();
        for new in first_new..self.world.receipts() {
            self.take_new(new, receipt)?;
        }
        self.fates.check_receipt()?;
        self.take_ends()
    }

    fn note_line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[2..] {
            [what @ ("got" | "lost"), _, code] | [what @ "caught", code] => {
                self.tally.note(&format!("line {what} {code}"));
            }
            [what, ..] => self.tally.note(&format!("line {what}")),
            [] => {}
        }
    }

    /// A receipt that was made by another one.
    fn take_new(&mut self, new: usize, by: usize) -> Result<(), String> {
        if let Some((args, token)) = self.world.spawned(new) {
            let n = place(&args["n"])?;
            self.calls.insert(new, n);
            self.tokens.insert(token, n);
            return self.fates.sent(n);
        }
        if by == self.first
            && let Some(token) = self.world.flow_of(new)
        {
            self.tokens.insert(token, 0);
        }
        match self.world.asked(new) {
            Some((method, args)) if method == "ask" => {
                let is_hidden = args["hidden"] == json!(true);
                self.fates
                    .asked(place(&args["n"])?, place(&args["k"])?, is_hidden)
            }
            Some((method, args)) if method == "fin" => self.fates.fin(place(&args["n"])?),
            _ => Ok(()),
        }
    }

    /// Calls that have come to their ends.
    fn take_ends(&mut self) -> Result<(), String> {
        if let Some(root) = self.root
            && !self.fates.has_ended(0)
            && let Some(ended) = self.world.ended(root)
        {
            let ended = match ended {
                Ok(value) => Ok(place(&value)?),
                Err(failure) => Err(failure.map_or(String::new(), |failure| failure.code.clone())),
            };
            self.tally.ended("root", &ended.clone().map(Value::from));
            self.fates.ended(0, self.steps, ended)?;
        }
        for (receipt, n) in &self.calls {
            if self.fates.has_ended(*n) {
                continue;
            }
            if let Some(ended) = self.world.spawned_end(*receipt) {
                let ended = match ended {
                    Ok(value) => Ok(place(&value)?),
                    Err(code) => Err(code),
                };
                self.trace.push(format!("     node {n} ended: {ended:?}"));
                self.fates.ended(*n, self.steps, ended)?;
            }
        }
        Ok(())
    }

    /// What people do meanwhile.
    fn meddle(&mut self) -> Result<(), String> {
        match self.dice.below(100) {
            0..20 => self.abort(),
            20..80 => self.tell_some(6),
            _ => {
                let blocks = self.dice.of(&[5, 30, 70]);
                self.pass(blocks)
            }
        }
    }

    /// A flow that waits: where, its token, and its node.
    fn waiting(&mut self) -> Result<Option<(&'static str, String, usize)>, String> {
        let id = self.dice.of(&IDS[..3]);
        let flows = books::flows(&self.world.stored(), id);
        if flows.is_empty() {
            return Ok(None);
        }
        let at = self.dice.of(&(0..flows.len()).collect::<Vec<_>>());
        let token = flows[at].clone();
        let n = self.tokens.get(&token).ok_or("a flow that nobody began")?;
        Ok(Some((id, token, *n)))
    }

    fn abort(&mut self) -> Result<(), String> {
        let Some((id, token, n)) = self.waiting()? else {
            return Ok(());
        };
        if n != 0 && self.dice.percent(50) {
            return Ok(());
        }
        let owner = id.split('@').next_back().unwrap_or_default();
        let request = json!({"id": id, "flow": token});
        // Its lines end with this.
        self.fates.aborted(n);
        self.tally.note(if n == 0 {
            "aborted root"
        } else {
            "aborted node"
        });
        self.send(owner, "abort", &request).map(|_| ())
    }

    /// Settles a promise, if one is found in so many tries.
    fn tell_some(&mut self, tries: u32) -> Result<(), String> {
        if tries == 0 {
            return Ok(());
        }
        let Some((id, token, n)) = self.waiting()? else {
            return Ok(());
        };
        if !self.fates.may_wait_long(n) {
            return self.tell_some(tries - 1);
        }
        let flow = self.send("", "flow", &json!({"id": id, "flow": token}))?;
        let waits = flow["waits"].as_array().cloned().unwrap_or_default();
        let Some(wait) = waits.iter().find(|wait| wait["token"].is_string()) else {
            return Ok(());
        };
        let length = self.dice.of(&[1, 3_000, 3_000]);
        let args = json!({"token": wait["token"], "length": length});
        let request = json!({"id": id, "method": "tell", "args": args});
        let told = self.send("dave.near", "call", &request)?;
        self.tally.note(&format!("told {told}"));
        Ok(())
    }

    fn send(&mut self, who: &str, export: &str, request: &Value) -> Result<Value, String> {
        let receipt = self.world.receipts();
        let request = request.to_string();
        let call = self.world.enter(who, export, request.as_bytes(), 0);
        self.step(receipt)?;
        let ended = self.world.ended(call).ok_or("a call without an end")?;
        ended.map_err(|failure| format!("{export} failed: {failure:?}"))
    }

    /// Lets blocks pass; NEAR ends waits that are 200 blocks old.
    fn pass(&mut self, blocks: u64) -> Result<(), String> {
        self.check_open()?;
        self.world.pass(blocks);
        while let Some(open) = self.world.overdue().first().copied() {
            self.trace.push("NEAR waits no longer:".to_owned());
            self.tally.note("NEAR waited no longer");
            self.world.time_out(open);
            self.step(open)?;
        }
        Ok(())
    }

    /// Promises that people may settle are those that somebody awaits: what is cancelled has ended.
    fn check_open(&self) -> Result<(), String> {
        let overdue = self.world.overdue();
        let open = self.world.open().into_iter();
        for open in open.filter(|open| !overdue.contains(open)) {
            let flow = self.world.flow_of(open).unwrap_or_default();
            let n = *self.tokens.get(&flow).ok_or("a flow that nobody began")?;
            let is_of_wait = !self.world.describe(open).contains(" settle ");
            if is_of_wait && !self.fates.may_wait_long(n) {
                return Err(format!(
                    "a promise of node {n} is open, and nobody awaits it"
                ));
            }
        }
        Ok(())
    }
}

fn place(value: &Value) -> Result<usize, String> {
    let number = value
        .as_u64()
        .ok_or_else(|| format!("{value} is no number"))?;
    usize::try_from(number).map_err(|error| error.to_string())
}

/// What an account outside answers.
fn outside(account: &str, dice: &mut Dice) -> Received {
    match account {
        "good.near" | "slow.near" => answer(&json!(7)),
        "any.near" if dice.percent(60) => answer(&json!("x")),
        _ => Received::Failed,
    }
}

/// Takes note of what stays outside of a call's deposit.
fn pay(fates: &mut Fates, account: &str, actions: &[Action], received: &Received) {
    let [
        Action::Call {
            input,
            deposit_yocto,
            ..
        },
    ] = actions
    else {
        return;
    };
    let args: Value = serde_json::from_slice(input).unwrap_or_default();
    let comes_back = *received == Received::Failed && account != "thief.near";
    if !comes_back && let Some(id) = IDS.into_iter().find(|id| args["id"] == *id) {
        *fates.got.entry(id).or_default() -= deposit_yocto.cast_signed();
    }
}
