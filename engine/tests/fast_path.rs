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

use boa_engine::context::{ContextBuilder, HostHooks};
use boa_engine::vm::fast_path::switch;
use boa_engine::vm::meter::{Embedding, out_of_fuel};
use boa_engine::{Context, JsError, JsResult, JsValue, Source};
use compiled_programs::{ASYNC_BODIES, BODIES};
use conclave_abi::value::Value;
use hostile_world::{FUEL, Way, run_by};
use made_up::{Numbers, program};
use std::cell::Cell;
use std::rc::Rc;

/// Made-up programs; more with `FAST_PATH_PROGRAMS`.
const PROGRAMS: u64 = 3_000;
/// Programs that share a realm, with the shapes and caches that others left in it.
const TOGETHER: u64 = 60;
/// Fuel that the host gives at a time: seldom the end of an instruction of interest.
const SLICE: u32 = 61;
/// Fuel of a program that need not run to its end.
const FUEL_MAX: usize = 4_000;
/// Hostile programs of one realm. Reason: each leaves something in it.
const RANGE_LENGTH: usize = 48;
/// What a program may nest.
const APART: Embedding = Embedding {
    nesting: 1 << 13,
    nesting_total: 1 << 14,
};
/// Room for native recursion of an unoptimised build.
const STACK_BYTES: usize = 64 << 20;

/// A host that ends code which uses more than its fuel.
#[derive(Default)]
struct Meter {
    limit: Cell<u64>,
    used: Cell<u64>,
}

impl HostHooks for Meter {
    fn fuel_used(&self, fuel: u64, _: &mut Context) -> JsResult<u32> {
        self.used.set(self.used.get() + fuel);
        match self.used.get() > self.limit.get() {
            true => Err(out_of_fuel()),
            false => Ok(SLICE),
        }
    }
}

/// How a program ended, and the fuel that it used.
type Run = (String, u64);

fn told(error: &JsError, context: &mut Context) -> String {
    let trace = error.to_string();
    let stack = match error.clone().into_opaque(context) {
        Ok(value) => text(&value, context),
        Err(_) => String::from("not catchable"),
    };
    format!("{trace} | {stack}")
}

fn text(value: &JsValue, context: &mut Context) -> String {
    match value.to_string(context) {
        Ok(text) => text.to_std_string_lossy(),
        Err(error) => format!("no text: {error}"),
    }
}

/// Runs programs one after the other in one realm, each with so much fuel.
fn run_all(programs: &[(String, u64)], is_fast: bool) -> Vec<Run> {
    switch::turn_off(!is_fast);
    let meter = Rc::new(Meter::default());
    meter.limit.set(u64::MAX);
    let builder = ContextBuilder::new().host_hooks(Rc::clone(&meter));
    let mut context = builder.build().expect("a context");
    let mut run = |(source, fuel): &(String, u64)| {
        context.take_fuel_used();
        meter.used.set(0);
        meter.limit.set(*fuel);
        // What a program leaves on the stack must not be in the way of the next one.
        let result = context.embed(APART, |context| context.eval(Source::from_bytes(source)));
        let used = meter.used.get() + context.take_fuel_used();
        meter.limit.set(u64::MAX);
        let ended = match result {
            Ok(value) => text(&value, &mut context),
            Err(error) => told(&error, &mut context),
        };
        (ended, used)
    };
    programs.iter().map(&mut run).collect()
}

/// Runs in a thread whose stack is large enough.
fn roomy<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let running = thread.spawn(body).expect("a thread");
    match running.join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn check(programs: &[(String, u64)]) -> Vec<Run> {
    // In threads of their own: when garbage is collected depends on what a thread did before.
    let run = |is_fast| {
        let programs = programs.to_vec();
        roomy(move || run_all(&programs, is_fast))
    };
    let (fast, slow) = (run(true), run(false));
    for (((source, fuel), fast), slow) in programs.iter().zip(&fast).zip(&slow) {
        assert_eq!(fast, slow, "with fuel {fuel}: {source}");
    }
    fast
}

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
        for (ended, _) in check(&(first..first + TOGETHER).map(make).collect::<Vec<_>>()) {
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
            switch::turn_off(is_off);
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
    let run = check(&[(source.to_owned(), u64::MAX)]);
    assert_eq!(run[0].0, "true");
}
