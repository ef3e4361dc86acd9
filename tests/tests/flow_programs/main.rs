//! Made-up methods that wait for the outside do what they would do if the outside were a subcontract.
//!
//! Each program runs twice, from the same state: its calls leave the enclave (`near.call`, answered in
//! later executions, the method gone through again each time), or go to a subcontract that answers the
//! same at once, in one execution. Compared are the method's value or error, which tells of all
//! variables and of everything noted on the way; all stored bytes, so those of every subcontract, of
//! bills, balances, and of flows, of which none may be left; the enclave's balance and everybody's
//! money; log lines and what the outside was asked, in order, so that nothing is done twice or missed.
//!
//! Blocks, times, random numbers and balances differ between the two and are in no result; they are
//! stored and removed, which a method that is gone through again has to do with the same ones
//! (`E_DIVERGED` else). Errors of the outside are taken as one: their texts differ. Where functions
//! that wait several times are under way at once, they go on in an order that depends on how long
//! each answer takes; these have names, storage and variables of their own, and log lines and
//! questions are compared as sets. What the method does after its last wait is undone when it fails:
//! so a failing one waits once more and then throws, which leaves what the other run leaves. Where a
//! method waits for several answers that come alone, it need not end with the one that its caller
//! gets: what it returns is compared in its storage then.

#![allow(missing_docs)]

mod answers;
mod grammar;
mod numbers;
mod program;
mod statements;
mod tree;
mod twin;

use numbers::Numbers;
use program::{Class, Program};
use statements::Deposits;
use tree::Node;
use twin::{Beginnings, Facts, REFUSED, TOO_DEEP};

/// Room for native recursion of an unoptimised build.
const STACK_BYTES: usize = 64 << 20;

/// Runs so many programs of a class, or as many as the environment says.
fn check(class: Class, first: u64, count: u64) -> Facts {
    let asked = std::env::var("CONCLAVE_FLOWS").ok();
    let count = asked
        .and_then(|number| number.parse().ok())
        .unwrap_or(count);
    let run = move || {
        let beginnings = Beginnings::new();
        let mut facts = Facts::default();
        for seed in first..first + count {
            let program = Program::new(class, &mut Numbers::new(seed));
            match beginnings.check(&program, &mut facts) {
                Ok(()) => {}
                Err(said) if said.contains(TOO_DEEP) => facts.refused += 1,
                Err(said) => {
                    eprintln!("seed {seed}: {said}\nmaking the program smaller");
                    panic!("{}", report(seed, program, &beginnings));
                }
            }
        }
        facts
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let facts = match thread.spawn(run).expect("a thread").join() {
        Ok(facts) => facts,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    println!("{facts:?}");
    assert_eq!(facts.programs + facts.refused, count);
    assert!(facts.refused * 25 <= count, "{facts:?}");
    facts
}

/// The smallest program found that fails like this one, and how.
fn report(seed: u64, program: Program, beginnings: &Beginnings) -> String {
    let fails = |program: &Program| {
        let found = beginnings.check(program, &mut Facts::default());
        found.err().filter(|said| !said.starts_with(REFUSED))
    };
    let mut smallest = program.clone();
    for at in 0..program.bodies.len() {
        let with = |body: &[Node]| {
            let mut program = smallest.clone();
            program.bodies[at] = body.to_vec();
            program
        };
        let body = smallest.bodies[at].clone();
        let body = tree::shrunk(body, &|body| fails(&with(body)).is_some());
        smallest = with(&body);
    }
    while smallest.calls > 0 {
        let calls = smallest.calls - 1;
        let fewer = Program {
            calls,
            ..smallest.clone()
        };
        if fails(&fewer).is_none() {
            break;
        }
        smallest = fewer;
    }
    let bodies: Vec<_> = smallest
        .bodies
        .iter()
        .map(|body| tree::text(body))
        .collect();
    let said = fails(&smallest).or_else(|| beginnings.check(&program, &mut Facts::default()).err());
    format!(
        "seed {seed}, {} calls, falls: {}, paid: {}: {}\n{}",
        smallest.calls,
        smallest.falls,
        smallest.is_paid,
        said.unwrap_or_default(),
        bodies.join("\n--- beside it\n"),
    )
}

/// Programs of one function, with so many calls.
const fn alone(calls: (usize, usize), statements: usize) -> Class {
    Class {
        branches: 1,
        calls,
        statements,
        deposits: Deposits::Confirming,
    }
}

#[test]
fn methods_of_few_waits() {
    let facts = check(alone((1, 9), 8), 0, 1_300);
    assert!(facts.own_calls * 2 > facts.calls, "{facts:?}");
    assert!(
        facts.threw * 8 > facts.programs && facts.failed * 16 > facts.programs,
        "{facts:?}"
    );
    assert!(facts.log_lines * 2 > facts.programs, "{facts:?}");
}

#[test]
fn short_methods() {
    check(alone((1, 4), 3), 100_000, 1_700);
}

#[test]
fn methods_of_5_waits() {
    check(alone((5, 5), 8), 200_000, 800);
}

#[test]
fn methods_of_20_waits() {
    let facts = check(alone((20, 20), 16), 300_000, 300);
    assert!(facts.calls >= 20 * facts.programs, "{facts:?}");
}

#[test]
fn methods_of_50_waits() {
    let facts = check(alone((50, 50), 24), 400_000, 100);
    assert!(facts.calls >= 50 * facts.programs, "{facts:?}");
}

#[test]
fn functions_that_wait_beside_each_other() {
    for branches in [2, 3, 4] {
        let class = Class {
            branches,
            calls: (1, 6),
            statements: 5,
            deposits: Deposits::Confirming,
        };
        check(class, 500_000 + 10_000 * branches as u64, 250);
    }
}

#[test]
fn methods_whose_answers_come_alone() {
    let class = Class {
        deposits: Deposits::Any,
        ..alone((2, 12), 8)
    };
    check(class, 600_000, 300);
}
