//! Builtins that go directly to the elements of an array do what its internal methods do: same values,
//! errors and fuel (`engine/insertions/92-dense-elements.toml`).
//!
//! Programs are made up from a seed, run once with the direct way and once without it, and compared.

mod dense_programs;
mod twice;

use boa_engine::ast::shortcut::Shortcut;
use dense_programs::program;
use twice::{Numbers, check};

/// Made-up programs; more with `DENSE_PROGRAMS`.
const PROGRAMS: u64 = 4_000;
/// Programs that share a realm, with what others left on its prototypes.
const TOGETHER: u64 = 40;
/// Fuel of a program that need not run to its end.
const FUEL_MAX: usize = 3_000;
/// Fuel of one that may: no builtin of it works on more than this.
const FUEL_ENOUGH: u64 = 60_000;
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
        for (ended, _) in check(
            &(first..first + TOGETHER).map(make).collect::<Vec<_>>(),
            Shortcut::Elements,
        ) {
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
