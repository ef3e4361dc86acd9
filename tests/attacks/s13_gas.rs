//! S13: a callee that burns, or makes its caller burn, more than the caller gave it.
//!
//! Each time the victim gives the attacker some gas, catches that it used it up, and goes on.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, line, seen, stage};
use conclave_tests::World;
use serde_json::{Value, json};

const TGAS: u64 = 1_000_000_000_000;

/// A victim that calls the attacker with a cap, then works for a while, then books.
fn victim(cap: &str, rounds: u32) -> String {
    format!(
        "export function visit() {{
  const told = soft(() => call(evil, 'run', null, {{ gas: '{cap}' }}))
  for (let i = 0; i < {rounds}; i++);
  storage.set('told', told)
  return told
}}"
    )
}

/// Lets the victim run, which must hear `E_GAS`, book it, and burn at most so many Tgas.
fn survived(world: &mut dyn World, cap: &str, evil: &str, tgas_max: u64) {
    stage(world, &victim(cap, 20_000), evil);
    heard(world, tgas_max);
}

fn heard(world: &mut dyn World, tgas_max: u64) {
    let ended = world.call("alice.near", VICTIM, "visit", Value::Null);
    println!("{} Tgas", ended.gas / TGAS);
    assert!(ended.gas <= tgas_max * TGAS, "{} Tgas", ended.gas / TGAS);
    assert_eq!(ended.value(), json!("E_GAS"));
    assert_eq!(seen(world, VICTIM, "told"), json!("E_GAS"));
}

/// The attacker loops until nothing is left of its caller's gas.
#[test]
fn s13_a_callee_burns_no_more_than_its_cap() {
    defended_by(&[line(
        "enclave/src/gas.rs",
        "let own = self.now().saturating_add(cap);",
        "let own = u64::MAX.saturating_sub(cap);",
    )])
    .against(|world: &mut dyn World| {
        survived(world, "5 Tgas", "export function run() { for (;;); }", 80);
    });
}

/// The victim gives generously, more than it has; the attacker leaves it nothing to go on with.
#[test]
fn s13_a_caller_keeps_some_gas_whatever_the_cap() {
    defended_by(&[line(
        "enclave/src/gas.rs",
        "own.min(of_caller.saturating_sub(KEEP))",
        "own",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            &victim("1100 Tgas", 100),
            "export function run() { for (;;); }",
        );
        heard(world, 1_000);
    });
}

/// The attacker writes little by little what costs only when the victim's receipt commits.
#[test]
fn s13_what_effects_will_cost_is_burnt_by_who_makes_them() {
    defended_by(&[line(
        "enclave/src/gas.rs",
        "let deferred = self.journal.borrow().deferred_gas();",
        "let deferred = 0;",
    )])
    .against(|world: &mut dyn World| {
        let evil = "export function run() {
  for (let i = 0; i < 60; i++) storage.set('k' + i, 'x'.repeat(1000))
}";
        survived(world, "18 Tgas", evil, 100);
        assert_eq!(seen(world, EVIL, "k0"), Value::Null);
    });
}

/// The attacker catches its own death: what it wrote is undone, so it has gas again, and goes on.
#[test]
fn s13_a_callee_does_not_outlive_its_gas() {
    defended_by(&[line(
        "enclave/src/gas.rs",
        "self.frames.borrow_mut().current_mut().dead = Some(failure.clone());",
        "let _ = failure;",
    )])
    .against(|world: &mut dyn World| {
        let evil = "export function run() {
  soft(() => near.atomic(() => { for (let i = 0; i < 90; i++) storage.set('k' + i, i) }))
  storage.set('lives', true)
  return 'lives'
}";
        survived(world, "18 Tgas", evil, 100);
        assert_eq!(seen(world, EVIL, "lives"), Value::Null);
    });
}

/// The attacker returns a value that is cheap to make and dear to copy into the victim's code.
#[test]
fn s13_a_result_costs_who_returns_it() {
    defended_by(&[line(
        "engine/src/guest.rs",
        "host.afford(gas)?;",
        "let _ = gas;",
    )])
    .against(|world: &mut dyn World| {
        let evil = "const o = { a: 1, b: 2, c: 3 }
export const run = () => new Array(4000).fill(o)";
        survived(world, "90 Tgas", evil, 180);
    });
}

/// The attacker's code is so large that reading it takes more than the victim gave, and a function's body
/// is read in one step. It is refused before that.
#[test]
fn s13_a_callees_code_is_read_for_its_own_gas() {
    defended_by(&[line(
        "engine/src/guest.rs",
        "session.host().afford(run.program.load_gas())?;",
        "",
    )])
    .against(|world: &mut dyn World| {
        let texts: String = (0..2_000).map(|it| format!("'text {it}',")).collect();
        let evil = format!("const texts = () => [{texts}]; export const run = () => 'ran'");
        survived(world, "2 Tgas", &evil, 60);
    });
}
