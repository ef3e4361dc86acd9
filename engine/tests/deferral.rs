//! What a contract declares and makes later does what it would do if it were made where it stands:
//! same results, errors, stacks and texts (`engine/insertions/96-deferral.toml`, `97-deferral-scopes.toml`).
//!
//! Contracts are made up from a seed, run with deferral and without it, from source and from compiled
//! code, with the fast path and without it, and compared.

mod declared;
mod hostile_world;
#[allow(dead_code)]
mod twice;

use boa_engine::ast::shortcut::Shortcut;
use conclave_abi::value::Value;
use declared::contract;
use hostile_world::{FUEL, Way, run_by};
use twice::{Numbers, roomy};

/// Made-up contracts; more with `DEFERRAL_PROGRAMS`.
const PROGRAMS: u64 = 1_200;
/// Most fuel of a contract that need not run to its end.
const FUEL_MAX: usize = 6_000;

/// How a contract is run.
#[derive(Clone, Copy)]
struct Run {
    way: Way,
    is_deferred: bool,
    is_fast: bool,
}

const USUAL: Run = Run {
    way: Way::Compiled,
    is_deferred: true,
    is_fast: true,
};

/// What two calls of a contract's method tell.
fn ended(run: Run, sources: &[(String, u64)]) -> Vec<String> {
    let sources = sources.to_vec();
    roomy(move || {
        Shortcut::Declarations.turn_off(!run.is_deferred);
        Shortcut::Instructions.turn_off(!run.is_fast);
        let calls = [("run", Value::Null), ("run", Value::Null)];
        let told = |(source, fuel): &(String, u64)| {
            format!("{:?}", run_by(run.way, source, &calls, *fuel))
        };
        sources.iter().map(told).collect()
    })
}

/// The same without the fuel that was used.
fn without_fuel(told: &str) -> String {
    let mut parts = told.split(", fuel ");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept += part.trim_start_matches(|char: char| char.is_ascii_digit());
    }
    kept
}

fn made_up() -> Vec<(String, u64)> {
    let programs = std::env::var("DEFERRAL_PROGRAMS").ok();
    let programs = programs.and_then(|number| number.parse().ok());
    let make = |seed| {
        let mut numbers = Numbers::new(seed);
        (contract(&mut numbers), FUEL)
    };
    (0..programs.unwrap_or(PROGRAMS)).map(make).collect()
}

/// Compares a way to run contracts with making everything where it is declared.
fn same_as_at_once(sources: &[(String, u64)]) -> Vec<String> {
    let later = ended(USUAL, sources);
    let at_once = ended(
        Run {
            is_deferred: false,
            ..USUAL
        },
        sources,
    );
    for (((source, _), later), at_once) in sources.iter().zip(&later).zip(&at_once) {
        assert_eq!(without_fuel(later), without_fuel(at_once), "{source}");
    }
    later
}

#[test]
fn made_up_contracts_end_as_if_all_were_made_at_once() {
    let told = same_as_at_once(&made_up());
    let count = |text: &str| told.iter().filter(|told| told.contains(text)).count();
    let (values, not_yet) = (count("run: Ok"), count("is not defined"));
    println!("{values} values, {not_yet} used too early");
    assert!(values > 500 && not_yet > 100, "{values} {not_yet}");
}

#[test]
fn made_up_contracts_use_the_same_fuel_every_way() {
    let sources = made_up();
    let usual = ended(USUAL, &sources);
    let others = [
        Run {
            is_fast: false,
            ..USUAL
        },
        Run {
            way: Way::Parsed,
            ..USUAL
        },
    ];
    for other in others {
        for ((source, usual), other) in sources.iter().zip(&usual).zip(ended(other, &sources)) {
            assert_eq!(usual, &other, "{}", source.0);
        }
    }
}

#[test]
fn a_contract_that_is_ended_anywhere_leaves_its_realm_sound() {
    let mut numbers = Numbers::new(7);
    let sources: Vec<_> = made_up()
        .into_iter()
        .map(|(source, _)| (source, numbers.below(FUEL_MAX) as u64))
        .collect();
    let slow = Run {
        is_fast: false,
        ..USUAL
    };
    let (usual, slow) = (ended(USUAL, &sources), ended(slow, &sources));
    assert_eq!(usual, slow);
    assert!(usual.iter().any(|told| told.contains("E_GAS")));
}

/// Contracts whose results are known.
fn check(source: &str, expect: &str) {
    let told = same_as_at_once(&[(source.to_owned(), FUEL)]);
    assert!(told[0].contains(expect), "{source}\n{}", told[0]);
}

#[test]
fn a_class_is_made_wherever_its_name_is_read_first() {
    check(
        "let depth = 0
         class A { #x = 1; get x() { return this.#x } static make() { return new this() } }
         class B extends A { y = this.x + 1 }
         class C extends B { z() { return this.x + this.y } }
         function deep() { depth++; try { return deep() } catch (error) { return new C().z() } }
         export function run() { return [deep(), C.name, C.make() instanceof B].join() }",
        "3,C,true",
    );
}

#[test]
fn a_class_whose_parent_is_assigned_to_is_made_at_once() {
    check(
        "class A { m() { return 'first' } }
         class B extends A {}
         let f = () => { A = class { m() { return 'second' } } }, g = () => 1
         export function run() { f(); return new B().m() + new A().m() }",
        "firstsecond",
    );
}

#[test]
fn a_trace_shows_no_frame_that_makes_a_value() {
    check(
        "class A { constructor() { throw new Error('made') } }
         class B extends A {}
         const list = [1, 2, 3, 4, 5, 6, 7, 8, 9]
         function f() { return new B(list) }
         export function run() { try { f() } catch (error) { return error.stack } }",
        "at A (a@alice.near:1:33)\\\\n    at B (a@alice.near:?:?)\\\\n    at f (a@alice.near:4:32)",
    );
}

#[test]
fn a_function_is_one_object_whenever_it_is_made() {
    check(
        "export function run() { f.count = 1; return [f === g(), f.count, h === h, new o.K() instanceof K].join() }
         function f() {} function g() { return f }
         const h = () => 1; class K {}; const o = { K }",
        "true,1,true,true",
    );
}
