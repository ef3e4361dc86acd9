//! S02: something alive, a function, a job, a variable, that gets from one subcontract into another.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, put, seen, stage};
use conclave_tests::World;
use serde_json::{Value, json};

/// The attacker's function runs as the victim, and writes to the victim's storage: it waited as a job when
/// the victim was called.
#[test]
fn s02_a_job_of_the_caller_does_not_run_in_its_callee() {
    defended_by(&[line(
        "engine/src/jobs.rs",
        "self.queues.borrow_mut().push(VecDeque::new());",
        "if self.queues.borrow().is_empty() { self.queues.borrow_mut().push(VecDeque::new()); }",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "export const init = () => storage.set('owner', 'alice.near')
export const hello = () => 'hello'",
            "export function rob() {
  Promise.resolve().then(() => storage.set('owner', near.self() + ' is robbed'))
  return call(victim, 'hello')
}",
        );
        assert_eq!(asked(world, EVIL, "rob", Value::Null), json!("hello"));
        assert_eq!(seen(world, VICTIM, "owner"), json!("alice.near"));
    });
}

/// Mallory uploads the victim's own source under her name, opens her copy, and finds the victim open too:
/// both run from the same function.
#[test]
fn s02_subcontracts_of_one_source_share_no_variable() {
    defended_by(&[line(
        "js-stdlib/src/run.js",
        "const method = instantiate(stdlib, place)",
        "const method = (instantiate.made ??= {})[place] ??= instantiate(stdlib, place)",
    )])
    .against(|world: &mut dyn World| {
        let safe = "let isOpen = false
export function init() { storage.set('owner', near.signer()); storage.set('gold', near.self()) }
export function open() {
  if (near.signer() !== storage.get('owner')) throw new Error('not yours')
  isOpen = true
}
export function take() {
  if (!isOpen) throw new Error('closed')
  return storage.get('gold')
}";
        for id in ["safe@alice.near", "copy@mallory.near"] {
            world
                .upload(
                    id,
                    &format!("import {{ near, storage }} from 'conclave'\n{safe}"),
                    Some(Value::Null),
                )
                .value();
        }
        put(
            world,
            EVIL,
            "export function rob() {
  call('copy@mallory.near', 'open')
  return soft(() => call('safe@alice.near', 'take'))
}",
        );
        assert_eq!(asked(world, EVIL, "rob", Value::Null), json!("E_THROW"));
    });
}

/// Whoever awaits a handle of the attacker calls the attacker: its `then` decides what becomes of them.
#[test]
fn s02_a_handle_that_is_awaited_calls_nobody() {
    defended_by(&[line(
        "js-stdlib/src/conclave.js",
        "if (typeof method !== 'string' || method === 'then') return undefined",
        "if (typeof method !== 'string') return undefined",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "const handle = async () => contract(evil)
export async function visit() {
  const it = await handle()
  storage.set('visits', 1)
  return it.quote()
}",
            "export const quote = () => 42
export function then() { storage.set('called', true); throw new Error('never') }",
        );
        assert_eq!(asked(world, VICTIM, "visit", Value::Null), json!(42));
        assert_eq!(seen(world, VICTIM, "visits"), json!(1));
        assert_eq!(seen(world, EVIL, "called"), Value::Null);
    });
}
