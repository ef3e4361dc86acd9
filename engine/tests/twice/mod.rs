//! Programs that are run twice, with a way that the engine has to go faster and without it.
//!
//! In: sources, each with so much fuel. Out: how each ended, and the fuel that it used; a difference
//! between the two runs is a panic.

use boa_engine::ast::shortcut::Shortcut;
use boa_engine::context::{ContextBuilder, HostHooks};
use boa_engine::vm::meter::{Embedding, out_of_fuel};
use boa_engine::{Context, JsError, JsResult, JsValue, Source};
use std::cell::Cell;
use std::rc::Rc;

/// Fuel that the host gives at a time: seldom the end of an instruction of interest.
const SLICE: u32 = 61;
/// What a program may nest.
const APART: Embedding = Embedding {
    nesting: 1 << 13,
    nesting_total: 1 << 14,
};
/// Room for native recursion of an unoptimised build.
const STACK_BYTES: usize = 64 << 20;

/// Numbers that look random, the same ones for a seed.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        let mut numbers = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            numbers.below(2);
        }
        numbers
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    pub(crate) fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

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
pub(crate) type Run = (String, u64);

/// What an error says, and its stack.
fn told(error: &JsError, context: &mut Context) -> String {
    let trace = error.to_string();
    let stack = match error.clone().into_opaque(context) {
        Ok(value) => text(&value, context),
        Err(_) => String::from("not catchable"),
    };
    format!("error: {trace} | {stack}")
}

fn text(value: &JsValue, context: &mut Context) -> String {
    match value.to_string(context) {
        Ok(text) => text.to_std_string_lossy(),
        Err(error) => format!("no text: {error}"),
    }
}

/// Runs programs one after the other in one realm, each with so much fuel.
fn run_all(programs: &[(String, u64)]) -> Vec<Run> {
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
pub(crate) fn roomy<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let running = thread.spawn(body).expect("a thread");
    match running.join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Runs programs both ways, with a shortcut and without it. Gives how they ended.
pub(crate) fn check(programs: &[(String, u64)], shortcut: Shortcut) -> Vec<Run> {
    // In threads of their own: when garbage is collected depends on what a thread did before.
    let run = |is_off| {
        let programs = programs.to_vec();
        roomy(move || {
            shortcut.turn_off(is_off);
            run_all(&programs)
        })
    };
    let (fast, slow) = (run(false), run(true));
    for (((source, fuel), fast), slow) in programs.iter().zip(&fast).zip(&slow) {
        assert_eq!(fast, slow, "with fuel {fuel}: {source}");
    }
    fast
}

/// Programs that share a realm, with what others left on its prototypes.
const TOGETHER: u64 = 40;
/// Fuel of a made-up program that need not run to its end.
const FUEL_MAX: usize = 3_000;
/// Fuel of one that may: no builtin of it works on more than this.
const FUEL_ENOUGH: u64 = 60_000;

/// Runs so many made-up programs both ways, or as many as the environment says; what is compared has to
/// be more than one way of failing.
#[allow(dead_code)]
pub(crate) fn check_made_up(
    program: fn(&mut Numbers) -> String,
    (variable, count): (&str, u64),
    shortcut: Shortcut,
) {
    let asked = std::env::var(variable).ok();
    let count = asked
        .and_then(|number| number.parse().ok())
        .unwrap_or(count);
    let (mut values, mut errors, mut kills) = (0, 0, 0);
    for first in (0..count).step_by(TOGETHER as usize) {
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
        let programs: Vec<_> = (first..first + TOGETHER).map(make).collect();
        for (ended, _) in check(&programs, shortcut) {
            kills += usize::from(ended.contains("fuel is used up"));
            errors += usize::from(ended.contains('!'));
            values += usize::from(!ended.starts_with("error"));
        }
    }
    println!("{values} values, {errors} with errors, {kills} kills");
    assert!(
        values > 1_000 && errors > 500 && kills > 300,
        "{values} {errors} {kills}"
    );
}
