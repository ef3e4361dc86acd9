//! Random call graphs on the enclave and on a naive model that copies the whole world: none may
//! differ in anything that can be seen (invariants 2 to 5 and 11).
//!
//! `script` says what a graph is; `generate`, `rights`, `requests` and `dice` make one of a seed; `guest` runs
//! its code on any host. `enclave` asks the enclave, `reference` the model (`model`, `model_host`,
//! `model_grants`, `world`, `chain`). `tally` counts what was tried, `shrink` makes a graph small that differs, and
//! `known` holds what was found. `CONCLAVE_GRAPHS` says how many graphs, `CONCLAVE_GRAPH_SEED` runs
//! one alone. Gas is modelled exactly. By a profile, over a third of the time goes into the model,
//! under a fifth into frames of the enclave, and most of the rest into making graphs and the bytes
//! that should be stored.

mod bills;
mod chain;
mod dice;
mod enclave;
mod generate;
mod guest;
mod known;
mod model;
mod model_grants;
mod model_host;
mod reference;
mod requests;
mod rights;
mod script;
mod shown;
mod shrink;
mod tally;
mod world;

use chain::{Chain, Stored};
use conclave_abi::value::Value;
use conclave_engine::Program;
use enclave::Report;
use script::{Graph, Request};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use tally::Tally;

/// Graphs of the quick setting.
const GRAPHS: u64 = 100_000;
/// Threads that share the graphs.
const THREADS: u64 = 2;
/// Stack of each: 32 frames of both worlds take some.
const STACK_BYTES: usize = 64 << 20;

/// Ids that a graph uses.
const IDS: [&str; 6] = [
    "a@x.near", "b@x.near", "c@y.near", "d@y.near", "e@x.near", "f@y.near",
];
/// Ids that are none.
const BAD_IDS: [&str; 3] = ["x.near", "A@x.near", "a@"];
/// Methods that have a script, besides `init`.
const METHODS: [&str; 6] = ["m0", "m1", "m2", "r0", "r1", "init"];
/// Methods that may be entered again.
const REENTRANT: [&str; 2] = ["r0", "r1"];
/// Methods for whose storage the subcontract pays.
const SPONSORED: [&str; 2] = ["m2", "r1"];

/// Subcontracts by their ids; shared with copies until they change.
type Subcontracts = BTreeMap<String, Rc<Stored>>;

/// The code of every subcontract; what it does is in the scripts.
fn program() -> Rc<Program> {
    let source = "export const reentrant = ['r0', 'r1']; export const sponsored = ['m2', 'r1']; \
                  export function r0() {} export function r1() {} export function m0() {} \
                  export function m2() {}";
    let hash = Sha256::digest(source).into();
    Rc::new(Program::new(source, hash).expect("a good source"))
}

/// The chain that a graph begins with.
fn chain(graph: &Graph, program: &Rc<Program>) -> Chain {
    let stored = graph.subcontracts.iter().map(|subcontract| {
        let values = subcontract.values.iter();
        let granted = subcontract.grants.iter();
        let value = |(name, text): (&String, &String)| (name.clone(), Value::String(text.clone()));
        let stored = Stored {
            owner: subcontract.id[2..].to_owned(),
            balance_yocto: subcontract.balance_yocto,
            values: values.map(value).collect(),
            grants: granted
                .map(|grant| (grant.peer.clone(), grant.clone()))
                .collect(),
            shares: BTreeMap::new(),
        };
        (subcontract.id.clone(), Rc::new(stored.paid_by_itself()))
    });
    Chain::new(stored.collect(), program, graph.own_yocto)
}

/// Runs a graph on both.
///
/// # Errors
/// What differs first, as text.
fn compare(graph: &Graph, program: &Rc<Program>) -> Result<Tally, String> {
    let mut chain = chain(graph, program);
    let stored = Rc::new(RefCell::new(chain.pairs()));
    let mut tally = Tally::default();
    for request in &graph.requests {
        let (got, noted) = enclave::ask(&stored, graph, &chain, request);
        let (expected, after) = reference::ask(graph, &chain, request);
        if got != expected {
            return Err(format!("{request:?}\n{}", difference(&got, &expected)));
        }
        check_money(&chain, &after, &got, request)?;
        tally.join(&noted);
        tally.finished(request, &got, (&chain, &after));
        chain = after;
    }
    Ok(tally)
}

/// Money is conserved: nothing comes from nowhere, and nothing goes nowhere (invariant 11).
fn check_money(
    before: &Chain,
    after: &Chain,
    report: &Report,
    request: &Request,
) -> Result<(), String> {
    if !matches!(report.outcome, Some(Ok(_))) {
        return Ok(());
    }
    let sent: u128 = report.sent.transfers.iter().map(|(_, amount)| amount).sum();
    let (_, deposit) = request.sender();
    if before.account_yocto + deposit != after.account_yocto + sent {
        return Err("the account has more or less than what came and went".to_owned());
    }
    // Bound by storage is the account's NEAR that is no balance, be it owed to others or not.
    let bound = after.stake_yocto() + after.balances();
    if after.account_yocto < bound {
        return Err("the account can't pay for its storage and the balances".to_owned());
    }
    let own = |chain: &Chain| chain.account_yocto.checked_sub(chain.held());
    if own(before) != own(after) {
        return Err("the enclave's own money is not what it was".to_owned());
    }
    Ok(())
}

/// The first thing in which two reports differ.
fn difference(got: &Report, expected: &Report) -> String {
    let pairs = got.seen.iter().zip(&expected.seen).enumerate();
    for (index, (one, other)) in pairs {
        if one != other {
            let from = index.saturating_sub(8);
            return format!(
                "after {:#?}\nthe enclave says {one:#?}\nand the model {other:#?}",
                &got.seen[from..index]
            );
        }
    }
    if got.seen.len() != expected.seen.len() {
        let (one, other) = (got.seen.len(), expected.seen.len());
        return format!("{one} notes on the enclave, {other} on the model");
    }
    let both = [got, expected].map(|report| {
        format!(
            "{:#?}\n{:#?}\n{:#?}",
            report.outcome, report.pending, report.sent
        )
    });
    if both[0] != both[1] {
        return format!("the enclave: {}\nthe model: {}", both[0], both[1]);
    }
    let (got, expected) = (&got.stored, &expected.stored);
    if got.usage != expected.usage {
        return format!("{} bytes, and {} in the model", got.usage, expected.usage);
    }
    let mut values = got.values.iter();
    let missing = values.find(|(key, value)| expected.values.get(*key) != Some(*value));
    let mut keys = expected.values.keys();
    let lost = keys.find(|key| !got.values.contains_key(*key));
    let records = [got, expected].map(|shown| (&shown.enclave, &shown.accounts));
    format!("stored is {missing:?} and not there {lost:?}; records {records:?}")
}

/// Runs a graph; a panic is a difference too.
fn judged(graph: &Graph, program: &Rc<Program>) -> Result<Tally, String> {
    let judged = catch_unwind(AssertUnwindSafe(|| compare(graph, program)));
    judged.unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Runs one seed.
///
/// # Panics
/// When enclave and model differ, with the smallest graph that still does.
fn run(seed: u64, program: &Rc<Program>) -> Tally {
    let graph = generate::graph(seed);
    judged(&graph, program).unwrap_or_else(|difference| {
        let fails = |graph: &Graph| judged(graph, program).is_err();
        let small = shrink::shrunk(graph, &fails);
        let shown = judged(&small, program).err().unwrap_or(difference);
        panic!("CONCLAVE_GRAPH_SEED={seed}\n{small}\n{shown}");
    })
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

/// Runs the seeds below a number in threads.
fn run_all(graphs: u64) -> Tally {
    let part = |first: u64| {
        move || {
            let program = program();
            let mut tally = Tally::default();
            for seed in (first..graphs).step_by(THREADS as usize) {
                tally.add(run(seed, &program));
            }
            tally
        }
    };
    let spawn = |first| {
        let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
        builder.spawn(part(first)).expect("a thread")
    };
    let threads: Vec<_> = (0..THREADS).map(spawn).collect();
    let mut tally = Tally::default();
    for thread in threads {
        match thread.join() {
            Ok(part) => tally.add(part),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    tally
}

#[test]
fn random_call_graphs_do_what_a_naive_model_does() {
    if let Some(seed) = number("CONCLAVE_GRAPH_SEED") {
        println!("{}\n{}", generate::graph(seed), run(seed, &program()));
        return;
    }
    let graphs = number("CONCLAVE_GRAPHS").unwrap_or(GRAPHS);
    let tally = run_all(graphs);
    println!("{graphs} graphs, of which so many had\n{tally}");
    let missing = tally.missing(graphs);
    assert!(missing.is_empty(), "too seldom tried:\n{missing}\n{tally}");
}
