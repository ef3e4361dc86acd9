//! Builtins that go directly to the elements of an array do what its internal methods do: same values,
//! errors and fuel (`engine/insertions/92-dense-elements.toml`).
//!
//! Programs are made up from a seed, run once with the direct way and once without it, and compared.

mod dense_programs;

use boa_engine::context::{ContextBuilder, HostHooks};
use boa_engine::object::dense_elements::switch;
use boa_engine::vm::meter::{Embedding, out_of_fuel};
use boa_engine::{Context, JsResult, Source};
use dense_programs::{Numbers, program};
use std::cell::Cell;
use std::rc::Rc;

/// Made-up programs; more with `DENSE_PROGRAMS`.
const PROGRAMS: u64 = 4_000;
/// Programs that share a realm, with what others left on its prototypes.
const TOGETHER: u64 = 40;
/// Fuel that the host gives at a time: seldom the end of a step of interest.
const SLICE: u32 = 61;
/// Fuel of a program that need not run to its end.
const FUEL_MAX: usize = 3_000;
/// Fuel of one that may: no builtin of it works on more than this.
const FUEL_ENOUGH: u64 = 60_000;
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

/// Runs programs one after the other in one realm, each with so much fuel.
fn run_all(programs: &[(String, u64)], is_off: bool) -> Vec<Run> {
    switch::turn_off(is_off);
    let meter = Rc::new(Meter::default());
    meter.limit.set(u64::MAX);
    let builder = ContextBuilder::new().host_hooks(Rc::clone(&meter));
    let mut context = builder.build().expect("a context");
    let mut run = |(source, fuel): &(String, u64)| {
        context.take_fuel_used();
        meter.used.set(0);
        meter.limit.set(*fuel);
        let result = context.embed(APART, |context| context.eval(Source::from_bytes(source)));
        let used = meter.used.get() + context.take_fuel_used();
        meter.limit.set(u64::MAX);
        let ended = match result {
            Ok(value) => match value.to_string(&mut context) {
                Ok(text) => text.to_std_string_lossy(),
                Err(error) => format!("no text: {error}"),
            },
            Err(error) => format!("error: {error}"),
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
    let run = |is_off| {
        let programs = programs.to_vec();
        roomy(move || run_all(&programs, is_off))
    };
    let (direct, asked) = (run(false), run(true));
    for (((source, fuel), direct), asked) in programs.iter().zip(&direct).zip(&asked) {
        assert_eq!(direct, asked, "with fuel {fuel}: {source}");
    }
    direct
}

#[test]
fn made_up_programs_end_as_by_the_internal_methods() {
    let programs = std::env::var("DENSE_PROGRAMS").ok();
    let programs = programs.and_then(|number| number.parse().ok());
    let (mut values, mut errors, mut kills) = (0, 0, 0);
    for first in (0..programs.unwrap_or(PROGRAMS)).step_by(TOGETHER as usize) {
        let make = |seed| {
            let mut numbers = Numbers::new(seed);
            let source = program(&mut numbers);
            // Every fourth one is ended somewhere.
            let fuel = match numbers.below(4) {
                0 => numbers.below(FUEL_MAX) as u64,
                _ => FUEL_ENOUGH,
            };
            (source, fuel)
        };
        for (ended, _) in check(&(first..first + TOGETHER).map(make).collect::<Vec<_>>()) {
            kills += usize::from(ended.contains("fuel is used up"));
            errors += usize::from(ended.contains('!'));
            values += usize::from(!ended.starts_with("error"));
        }
    }
    // What is compared has to be more than one way of failing.
    println!("{values} values, {errors} with errors, {kills} kills");
    assert!(
        values > 1_000 && errors > 500 && kills > 300,
        "{values} {errors} {kills}"
    );
}
