//! The fast path of the virtual machine does what the handlers of its instructions do: same values,
//! errors, stacks and fuel (`engine/insertions/83-values.toml` to `86-properties.toml`).
//!
//! Programs are made up from a seed, run once with the fast path and once without it, and compared.

#[allow(unreachable_pub)]
#[path = "../../tests/src/hostile/mod.rs"]
mod hostile;

mod compiled_programs;
mod hostile_world;
mod made_up;
mod twice;

use boa_engine::ast::shortcut::Shortcut;
use compiled_programs::{ASYNC_BODIES, BODIES};
use conclave_abi::value::Value;
use hostile_world::{FUEL, Way, run_by};
use made_up::program;
use twice::{Numbers, check, roomy};

/// Made-up programs; more with `FAST_PATH_PROGRAMS`.
const PROGRAMS: u64 = 3_000;
/// Programs that share a realm, with the shapes and caches that others left in it.
const TOGETHER: u64 = 60;
/// Fuel of a program that need not run to its end.
const FUEL_MAX: usize = 4_000;
/// Hostile programs of one realm. Reason: each leaves something in it.
const RANGE_LENGTH: usize = 48;
#[test]
fn made_up_programs_end_as_by_the_handlers() {
    let programs = std::env::var("FAST_PATH_PROGRAMS").ok();
    let programs = programs.and_then(|number| number.parse().ok());
    let (mut values, mut errors, mut kills) = (0, 0, 0);
    for first in (0..programs.unwrap_or(PROGRAMS)).step_by(TOGETHER as usize) {
        let make = |seed| {
            let mut numbers = Numbers::new(seed);
            let source = program(&mut numbers);
            // Every third one is ended somewhere.
            let fuel = match numbers.below(3) {
                0 => numbers.below(FUEL_MAX) as u64,
                _ => 200_000,
            };
            (source, fuel)
        };
        for (ended, _) in check(
            &(first..first + TOGETHER).map(make).collect::<Vec<_>>(),
            Shortcut::Instructions,
        ) {
            match ended {
                ended if ended.contains("fuel is used up") => kills += 1,
                ended if ended.starts_with("ok") => values += 1,
                _ => errors += 1,
            }
        }
    }
    // What is compared has to be more than one way of failing.
    println!("{values} values, {errors} errors, {kills} kills");
    assert!(
        values > 100 && errors > 20 && kills > 20,
        "{values} {errors} {kills}"
    );
}

#[test]
fn every_kind_of_code_ends_as_by_the_handlers() {
    let bodies = BODIES.iter().map(|body| ("function", body));
    let async_bodies = ASYNC_BODIES.iter().map(|body| ("async function", body));
    for (kind, (_, body)) in bodies.chain(async_bodies) {
        let head = "import { near, storage } from 'conclave'";
        compare(&[format!("{head}\nexport {kind} run(args) {{\n{body}\n}}\n")]);
    }
}

#[test]
fn hostile_programs_end_as_by_the_handlers() {
    for chosen in hostile::programs().chunks(RANGE_LENGTH) {
        let sources: Vec<_> = chosen.iter().map(hostile::Program::source).collect();
        compare(&sources);
    }
}

/// Runs modules one after the other in the realm of contracts, with the fast path and without it.
fn compare(sources: &[String]) {
    let run = |is_off| {
        let sources = sources.to_vec();
        roomy(move || {
            Shortcut::Instructions.turn_off(is_off);
            let calls = [("run", Value::Null), ("run", Value::Null)];
            let run = |source: &String| run_by(Way::Parsed, source, &calls, FUEL);
            sources.iter().map(run).collect::<Vec<_>>()
        })
    };
    for ((source, fast), slow) in sources.iter().zip(run(false)).zip(run(true)) {
        assert_eq!(fast, slow, "{source}");
    }
}

#[test]
fn the_remainder_of_the_least_integer_is_a_negative_zero() {
    let source = "let least = -2147483648, one = -1; Object.is(least % one, -0)";
    let run = check(&[(source.to_owned(), u64::MAX)], Shortcut::Instructions);
    assert_eq!(run[0].0, "true");
}
