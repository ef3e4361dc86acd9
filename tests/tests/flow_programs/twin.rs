//! A program run twice: with calls that leave the enclave, and with calls of a subcontract that answers
//! the same. Both runs have to leave the same behind.

use super::answers::{Outside, double};
use super::numbers::Numbers;
use super::program::{Order, Program};
use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ID: &str = "asker@alice.near";
/// What the double's lines in the log begin with.
const ANSWERED: &str = "out@alice.near: ";
/// What comes with a call.
const DEPOSIT: u128 = 20 * 10u128.pow(24);

/// Worlds in which programs begin: one whose enclave pays for storage, and one in which callers do.
pub(crate) struct Beginnings {
    paid: FlowWorld,
    own: FlowWorld,
}

/// What a run left behind.
#[derive(Debug, PartialEq)]
struct Left {
    ended: Ended,
    logs: Vec<String>,
    asked: Vec<u64>,
    pairs: BTreeMap<Vec<u8>, Vec<u8>>,
    balance: u128,
    accounts: BTreeMap<String, i128>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
enum Ended {
    Value(Value),
    Failed(String),
}

/// What programs did, so that a test sees whether they did anything.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) programs: u64,
    /// Programs that nest deeper than a source may.
    pub(crate) refused: u64,
    /// Calls to the outside, and those of them that the statements made, not the end of the program.
    pub(crate) calls: u64,
    pub(crate) own_calls: u64,
    /// Programs whose body threw, and methods that failed.
    pub(crate) threw: u64,
    pub(crate) failed: u64,
    pub(crate) log_lines: u64,
}

impl Beginnings {
    pub(crate) fn new() -> Self {
        let begin = |allowance| {
            let mut world = FlowWorld::with_allowance(allowance);
            world.upload("out@alice.near", &double());
            world.upload("other@bob.near", include_str!("other.js"));
            let open = json!({"id": "other@bob.near", "method": "open"}).to_string();
            let open = world.enter("bob.near", "call", open.as_bytes(), DEPOSIT);
            let ended = world.run(open, &mut |_, _| Received::Failed);
            ended.expect("a grant");
            world
        };
        Self {
            paid: begin(1_000_000_000),
            own: begin(0),
        }
    }

    /// Runs a program both ways.
    ///
    /// # Errors
    /// What was different.
    pub(crate) fn check(&self, program: &Program, facts: &mut Facts) -> Result<(), String> {
        let mut world = match program.is_paid {
            true => self.paid.fork(),
            false => self.own.fork(),
        };
        upload(&mut world, &program.source())?;
        let (outer, inner) = (world.fork(), world);
        let mut really = run(outer, (true, program.falls), program.order)?;
        let mut inside = run(inner, (false, false), Order::First)?;
        if let Ended::Failed(said) = &inside.ended {
            return Err(format!("{REFUSED}: {said}"));
        }
        split_logs(&mut inside);
        facts.count(&really, &inside);
        if program.is_concurrent() {
            for left in [&mut really, &mut inside] {
                left.logs.sort();
            }
        }
        if program.is_concurrent() || program.order != Order::First {
            for left in [&mut really, &mut inside] {
                left.asked.sort_unstable();
            }
        }
        if program.falls && is_fallen(&really.ended, &inside.ended) {
            inside.ended = really.ended.clone();
        }
        compare(&really, &inside)
    }
}

impl Facts {
    fn count(&mut self, really: &Left, inside: &Left) {
        let Ended::Value(value) = &inside.ended else {
            return;
        };
        let branches = match value {
            Value::Array(branches) => branches.as_slice(),
            one => std::slice::from_ref(one),
        };
        self.programs += 1;
        self.calls += really.asked.len() as u64;
        self.failed += u64::from(matches!(really.ended, Ended::Failed(_)));
        self.log_lines += really.logs.len() as u64;
        for branch in branches {
            self.own_calls += branch["own"].as_u64().unwrap_or(0);
            self.threw += u64::from(branch["how"][0] == "error");
        }
    }
}

/// Uploads a program, which may be none after something was cut out of it.
fn upload(world: &mut FlowWorld, source: &str) -> Result<(), String> {
    let request = json!({"id": ID, "source": source}).to_string();
    let call = world.enter("alice.near", "upload", request.as_bytes(), DEPOSIT);
    let ended = world.run(call, &mut |_, _| Received::Failed);
    ended
        .map(drop)
        .map_err(|failure| format!("{REFUSED}: {failure:?}"))
}

/// What the difference of a program begins with that is none.
pub(crate) const REFUSED: &str = "no program";
/// What is in that of one which nests too deep.
pub(crate) const TOO_DEEP: &str = "E_TOO_DEEP\", name: \"\", message: \"brackets";

/// Runs the method; receipts that could be next come in some order.
fn run(mut world: FlowWorld, (real, falls): (bool, bool), order: Order) -> Result<Left, String> {
    world.logs.clear();
    world.accounts.clear();
    let request = json!({"id": ID, "method": "run", "args": {"real": real, "falls": falls}});
    let call = world.enter("bob.near", "call", request.to_string().as_bytes(), DEPOSIT);
    let mut outside = Outside::default();
    let mut numbers = match order {
        Order::First => None,
        Order::Any(seed) => Some(Numbers::new(seed)),
    };
    loop {
        let ready = world.ready();
        if ready.is_empty() {
            break;
        }
        let choose = |numbers: &mut Numbers| numbers.below(ready.len());
        let next = ready[numbers.as_mut().map_or(0, choose)];
        world.step(next, &mut |account, actions| {
            outside.answer(account, actions)
        });
    }
    let ended = ended(&world, call)?;
    world.accounts.retain(|_, yocto| *yocto != 0);
    Ok(Left {
        ended,
        pairs: world.pairs(),
        asked: outside.asked,
        logs: world.logs,
        balance: world.balance,
        accounts: world.accounts,
    })
}

fn ended(world: &FlowWorld, call: CallId) -> Result<Ended, String> {
    match world.ended(call) {
        Some(Ok(value)) => Ok(Ended::Value(value)),
        Some(Err(Some(failure))) if failure.code == "E_OUTSIDE" => {
            Ok(Ended::Failed("outside".to_owned()))
        }
        // The host's own errors have no name there.
        Some(Err(Some(failure))) if failure.name.is_empty() => {
            Ok(Ended::Failed(failure.message.clone()))
        }
        Some(Err(Some(failure))) => Ok(Ended::Failed(format!(
            "{}: {}",
            failure.name, failure.message
        ))),
        other => Err(format!("an end that no program has: {other:?}")),
    }
}

/// Takes the double's lines out of the log: what it was asked.
fn split_logs(left: &mut Left) {
    let logs = std::mem::take(&mut left.logs);
    for line in logs {
        match line.strip_prefix(ANSWERED) {
            Some(asked) => left.asked.push(asked.parse().expect("a number")),
            None => left.logs.push(line),
        }
    }
}

/// Whether a method failed with what its function threw.
fn is_fallen(really: &Ended, inside: &Ended) -> bool {
    match (really, inside) {
        (Ended::Failed(said), Ended::Value(value)) if value["how"][0] == "error" => {
            let thrown = value["how"][1].as_str().unwrap_or_default();
            thrown.ends_with(said)
        }
        _ => false,
    }
}

fn compare(really: &Left, inside: &Left) -> Result<(), String> {
    let differ = |what: &str, one: String, other: String| {
        Err(format!("{what}\n  outside: {one}\n  inside:  {other}"))
    };
    if really.ended != inside.ended {
        let (one, other) = (&really.ended, &inside.ended);
        return differ("the end", format!("{one:?}"), format!("{other:?}"));
    }
    if really.asked != inside.asked {
        let (one, other) = (&really.asked, &inside.asked);
        return differ("what was asked", format!("{one:?}"), format!("{other:?}"));
    }
    if really.logs != inside.logs {
        let (one, other) = (&really.logs, &inside.logs);
        return differ("the log", format!("{one:#?}"), format!("{other:#?}"));
    }
    if (really.balance, &really.accounts) != (inside.balance, &inside.accounts) {
        let (one, other) = (
            (really.balance, &really.accounts),
            (inside.balance, &inside.accounts),
        );
        return differ("money", format!("{one:?}"), format!("{other:?}"));
    }
    if really.pairs != inside.pairs {
        let shown = |left: &Left, other: &Left| {
            let pairs = left.pairs.iter();
            let only = pairs.filter(|(key, value)| other.pairs.get(*key) != Some(value));
            let shown =
                only.map(|(key, value)| format!("{}={}", key.escape_ascii(), value.escape_ascii()));
            shown.collect::<Vec<_>>().join("\n    ")
        };
        return differ("state", shown(really, inside), shown(inside, really));
    }
    Ok(())
}
