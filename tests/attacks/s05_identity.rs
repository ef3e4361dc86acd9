//! S05: a nested call after which, or during which, code has another's identity and storage.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, seen, stage};
use conclave_tests::World;
use serde_json::{Value, json};

/// The victim goes on as the attacker after the attacker has failed, and writes its secret where the attacker
/// can read it.
#[test]
fn s05_a_callee_that_fails_does_not_stay_who_runs() {
    defended_by(&[line(
        "enclave/src/execution.rs",
        "self.frames.borrow_mut().pop();",
        "if result.is_ok() { self.frames.borrow_mut().pop(); }",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "export function visit() {
  soft(() => call(evil, 'fail'))
  storage.set('secret', 42)
  return [near.self(), near.caller(), near.path().length]
}",
            "export function fail() { throw new Error('on purpose') }",
        );
        let found = asked(world, VICTIM, "visit", Value::Null);
        assert_eq!(found, json!([VICTIM, "mallory.near", 1]));
        assert_eq!(seen(world, EVIL, "secret"), Value::Null);
        assert_eq!(seen(world, VICTIM, "secret"), json!(42));
    });
}

/// What the attacker stores lands in the storage of who called it: it becomes the victim's owner.
#[test]
fn s05_a_callee_does_not_write_to_its_callers_storage() {
    defended_by(&[
        line(
            "enclave/src/charge.rs",
            "let id = self.current_id();\n        self.check_lock(&id, &key, LockMode::Write)?;",
            "let id = self.frames.borrow().path().remove(0);\n        self.check_lock(&id, &key, LockMode::Write)?;",
        ),
        line(
            "enclave/src/host.rs",
            "let id = self.current_id();\n        let was_there",
            "let id = self.frames.borrow().path().remove(0);\n        let was_there",
        ),
    ])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "export const init = () => { storage.set('owner', 'alice.near'); storage.set('guard', 'on') }
export const visit = () => call(evil, 'rob')",
            "export function rob() { storage.set('owner', 'mallory.near'); storage.remove('guard') }",
        );
        asked(world, VICTIM, "visit", Value::Null);
        assert_eq!(seen(world, VICTIM, "owner"), json!("alice.near"));
        assert_eq!(seen(world, VICTIM, "guard"), json!("on"));
        assert_eq!(seen(world, EVIL, "owner"), json!("mallory.near"));
    });
}

/// The attacker reads, finds and lists what belongs to who called it.
#[test]
fn s05_a_callee_does_not_read_its_callers_storage() {
    defended_by(&[line(
        "enclave/src/access.rs",
        "Subject::Own | Subject::Of(_) => reader,",
        "Subject::Own | Subject::Of(_) => self.frames.borrow().path().remove(0),",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "export const init = () => storage.set('secret', 42)
export function visit() { storage.set('new', 43); return call(evil, 'rob') }",
            "export const rob = () => [storage.get('secret') ?? null, storage.get('new') ?? null, storage.has('secret'), storage.keys(), storage.entries(), storage.count()]",
        );
        let stolen = asked(world, VICTIM, "visit", Value::Null);
        assert_eq!(stolen, json!([null, null, false, [], [], 0]));
    });
}

/// The attacker asks for a key of the same name, and gets what the victim has read just before.
#[test]
fn s05_a_value_that_was_read_once_is_not_given_to_another() {
    defended_by(&[line(
        "enclave/src/state.rs",
        "let place = place_of(id, key);
        if let Some(known) = self.read.borrow().get(&place) {
            return Ok(known.clone());",
        "let place = place_of(\"\", key);
        if let Some(known) = self.read.borrow().get(&place) {
            return Ok(known.clone());",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "export const init = () => storage.set('secret', 42)
export const visit = () => [storage.get('secret'), call(evil, 'rob'), storage.get('secret')]",
            "export const rob = () => storage.get('secret') ?? null",
        );
        let stolen = asked(world, VICTIM, "visit", Value::Null);
        assert_eq!(stolen, json!([42, null, 42]));
    });
}
