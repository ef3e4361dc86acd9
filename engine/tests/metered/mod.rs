//! Runs scripts in a bare engine whose host counts fuel: a source in, what became of it out.

use std::cell::Cell;
use std::rc::Rc;

use boa_engine::context::{ContextBuilder, HostHooks};
use boa_engine::vm::meter::out_of_fuel;
use boa_engine::{Context, JsResult, JsValue, Source};

/// Fuel that the host gives at a time.
const SLICE: u32 = 512;
/// Room for the native stack of a test's thread.
const STACK_BYTES: usize = 64 << 20;

/// What became of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its value, as a string.
    Value(String),
    /// The error that it threw, as a string.
    Thrown(String),
    /// The host ended it.
    OutOfFuel,
}

/// A script's outcome and the fuel that it used.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// What it used, the charge that ended it included.
    pub(crate) fuel: u64,
}

/// A host that ends code which uses more than its fuel.
struct Host {
    limit: Cell<u64>,
    used: Cell<u64>,
}

impl HostHooks for Host {
    fn fuel_used(&self, fuel: u64, _: &mut Context) -> JsResult<u32> {
        self.used.set(self.used.get() + fuel);
        if self.used.get() > self.limit.get() {
            return Err(out_of_fuel());
        }
        Ok(SLICE)
    }

    fn max_buffer_size(&self, _: &mut Context) -> u64 {
        1 << 20
    }
}

/// Runs a script with so much fuel.
pub(crate) fn run(source: &str, fuel: u64) -> Run {
    let source = source.to_owned();
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let running = thread.spawn(move || run_here(&source, fuel));
    running.expect("a thread").join().expect("no panic")
}

fn run_here(source: &str, fuel: u64) -> Run {
    let host = Rc::new(Host {
        limit: Cell::new(u64::MAX),
        used: Cell::new(0),
    });
    let mut context = ContextBuilder::new()
        .host_hooks(Rc::clone(&host))
        .build()
        .expect("a context");
    context.take_fuel_used();
    host.used.set(0);
    host.limit.set(fuel);
    let result = context.eval(Source::from_bytes(source));
    let used = host.used.get() + context.take_fuel_used();
    host.limit.set(u64::MAX);
    Run {
        outcome: outcome(result, &mut context),
        fuel: used,
    }
}

fn outcome(result: JsResult<JsValue>, context: &mut Context) -> Outcome {
    match result {
        Ok(value) => Outcome::Value(text(&value, context)),
        Err(error) if error.as_engine() == out_of_fuel().as_engine() => Outcome::OutOfFuel,
        Err(error) => {
            let value = error.into_opaque(context).expect("a value");
            Outcome::Thrown(text(&value, context))
        }
    }
}

fn text(value: &JsValue, context: &mut Context) -> String {
    let text = value.to_string(context).expect("a string");
    text.to_std_string_lossy()
}

/// Asserts that a script ends with a value.
#[allow(dead_code)]
pub(crate) fn assert_value(source: &str, expected: &str) {
    let run = run(source, u64::MAX);
    assert_eq!(run.outcome, Outcome::Value(expected.to_owned()), "{source}");
}

/// Asserts that a script throws an error whose text has a part.
#[allow(dead_code)]
pub(crate) fn assert_throws(source: &str, part: &str) {
    let run = run(source, u64::MAX);
    match &run.outcome {
        Outcome::Thrown(text) if text.contains(part) => {}
        other => panic!("{source}: {other:?}"),
    }
}

/// Asserts that a script uses at least so much fuel beyond what is said before `;;` in it.
#[allow(dead_code)]
pub(crate) fn assert_costs(source: &str, fuel: u64) {
    let (before, _) = source.split_once(";;").unwrap_or(("", ""));
    let run_before = run(before, u64::MAX);
    let run_all = run(source, u64::MAX);
    let cost = run_all.fuel.saturating_sub(run_before.fuel);
    assert!(
        cost >= fuel,
        "{source}: {cost} instead of {fuel}, {:?}",
        run_all.outcome
    );
}

/// Asserts that the host ends a script, and that it had no more than so much fuel on top of its own.
#[allow(dead_code)]
pub(crate) fn assert_ends(source: &str, fuel: u64, overrun: u64) {
    let run = run(source, fuel);
    assert_eq!(run.outcome, Outcome::OutOfFuel, "{source}");
    assert!(run.fuel <= fuel + overrun, "{source}: {}", run.fuel);
}
