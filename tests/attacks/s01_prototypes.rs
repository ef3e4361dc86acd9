//! S01: code that changes the objects which all subcontracts of an execution share.
//!
//! Each time the victim calls the attacker, and then decides something by means of the language.

use crate::defence::defended_by;
use crate::scene::{VICTIM, asked, line, seen, stage};
use conclave_tests::World;
use serde_json::{Value, json};

/// Lets the victim run and checks that nobody but Alice owns it afterwards.
fn robbed(world: &mut dyn World, victim: &str, evil: &str) {
    let victim = format!(
        "export const init = () => storage.set('owner', 'alice.near')
const own = () => storage.set('owner', near.signer())
{victim}"
    );
    stage(world, &victim, evil);
    asked(world, VICTIM, "visit", Value::Null);
    assert_eq!(seen(world, VICTIM, "owner"), json!("alice.near"));
}

/// Mallory has a role that nobody gave her: every object inherits it.
#[test]
fn s01_a_property_of_every_object_gives_no_role() {
    defended_by(&[line(
        "engine/src/realm.rs",
        "harden(&parts, &mut context)?;",
        "let _ = parts;",
    )])
    .against(|world: &mut dyn World| {
        robbed(
            world,
            "const roles = { 'alice.near': { admin: true } }
export function visit() {
  soft(() => call(evil, 'hello'))
  if ((roles[near.signer()] ?? {}).admin) own()
}",
            "export function hello() {
  const ways = [
    () => { Object.prototype.admin = true },
    () => { ({}).__proto__.admin = true },
    () => Object.defineProperty(Object.prototype, 'admin', { value: true }),
    () => Reflect.set(Object.prototype, 'admin', true),
    () => Object.prototype.__defineGetter__('admin', () => true),
  ]
  ways.forEach(soft)
}",
        );
    });
}

/// A list of guests lets everybody in: the attacker has replaced what looks into lists.
#[test]
fn s01_a_builtin_function_is_not_replaced() {
    defended_by(&[line(
        "engine/src/harden.rs",
        ".set_integrity_level(IntegrityLevel::Frozen, context)?",
        ".set_integrity_level(IntegrityLevel::Sealed, context)?",
    )])
    .against(|world: &mut dyn World| {
        robbed(
            world,
            "const guests = ['alice.near']
export function visit() {
  soft(() => call(evil, 'hello'))
  const isGuest = guests.includes(near.signer()) || new Set(guests).has(near.signer())
  if (isGuest || /^alice/.test(near.signer()) || String(near.signer()).startsWith('alice')) own()
}",
            "export function hello() {
  const yes = () => true
  soft(() => { Array.prototype.includes = yes })
  soft(() => { Set.prototype.has = yes })
  soft(() => { RegExp.prototype.test = yes })
  soft(() => { RegExp.prototype.exec = () => [''] })
  soft(() => { String.prototype.startsWith = yes })
}",
        );
    });
}

/// Rules are checked in a loop, and the loop does nothing: its hidden iterator ends at once.
#[test]
fn s01_an_iterator_that_no_name_leads_to_is_not_replaced() {
    defended_by(&[line(
        "engine/src/permits.rs",
        "ArrayIterator: of([].values()),\n",
        "",
    )])
    .against(|world: &mut dyn World| {
        robbed(
            world,
            "const rules = [who => who === 'alice.near']
export function visit() {
  soft(() => call(evil, 'hello'))
  for (const rule of rules) if (!rule(near.signer())) return 'no'
  own()
}",
            "export function hello() {
  Object.getPrototypeOf([].values()).next = () => ({ done: true, value: undefined })
}",
        );
    });
}

/// Members are looked through in a loop, and the loop does nothing: only an iterator leads to its
/// prototype.
#[test]
fn s01_an_iterator_over_a_collection_is_not_replaced() {
    defended_by(&[line(
        "engine/src/realm.rs",
        "            walk.clone(),\n",
        "",
    )])
    .against(|world: &mut dyn World| {
        robbed(
            world,
            "import { PersistentSet } from 'conclave'
const banned = new PersistentSet('banned')
export function visit() {
  banned.add(near.signer())
  soft(() => call(evil, 'hello'))
  for (const name of banned.values()) if (name === near.signer()) return 'no'
  own()
}",
            "import { PersistentMap } from 'conclave'
export function hello() {
  const hidden = Object.getPrototypeOf(new PersistentMap('mine').keys())
  soft(() => { hidden.next = () => ({ done: true, value: undefined }) })
  soft(() => { hidden[Symbol.iterator] = () => [].values() })
}",
        );
    });
}

/// Who reads another's storage has a role by a property that nobody gave it: only what `near.of`
/// gives leads to its prototype.
#[test]
fn s01_what_another_granted_has_no_property_of_a_third() {
    defended_by(&[line(
        "engine/src/realm.rs",
        "            granted.clone(),\n",
        "",
    )])
    .against(|world: &mut dyn World| {
        robbed(
            world,
            "export function visit() {
  soft(() => call(evil, 'hello'))
  if (near.of(evil).isTrusted) own()
}",
            "export function hello() {
  const hidden = Object.getPrototypeOf(near.of(victim))
  soft(() => { hidden.isTrusted = true })
  soft(() => { hidden.get = () => true })
}",
        );
    });
}

/// Whoever asks who called hears `alice.near`: the module `conclave` is the same object for all.
#[test]
fn s01_the_module_conclave_is_not_changed() {
    defended_by(&[
        line("engine/src/realm.rs", "            stdlib.clone(),\n", ""),
        line(
            "js-stdlib/src/conclave.js",
            "const copy = {}\n",
            "return object\n",
        ),
    ])
    .against(|world: &mut dyn World| {
        robbed(
            world,
            "export function visit() {
  soft(() => call(evil, 'hello'))
  if (near.caller() === 'alice.near') own()
}",
            "export function hello() {
  soft(() => { near.caller = () => 'alice.near' })
  soft(() => Object.defineProperty(near, 'caller', { value: () => 'alice.near' }))
}",
        );
    });
}
