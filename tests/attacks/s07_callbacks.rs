//! S07: what only the enclave calls, called by others: the answer of a callback, the end of a call.

use crate::defence::defended_by;
use crate::scene::line;
use crate::waiting::{VICTIM, Waiting, call, nothing_waits, told, waiting};
use serde_json::{Value, json};

/// Pays by what it is told from outside; `both` ends by a promise of its own.
const BANK: &str = "import { near, storage } from 'conclave'
export async function ask() {
  const { promise } = near.yield()
  storage.set('told', await promise)
  return storage.get('told')
}
export async function both() {
  const { promise } = near.yield()
  const [told] = await Promise.all([promise, near.call('instrument.near', 'echo', 'called')])
  return told
}
export const tell = ({ token, value }) => near.resume(token, value)
export const kept = () => storage.get('told') ?? null
";

/// The attacker calls the callback of a method that waits, behind an answer of its own.
#[test]
fn s07_only_the_enclave_answers_a_method() {
    defended_by(&[line(
        "enclave/src/flow/resume.rs",
        "    check_private(&platform, \"resume\")?;\n",
        "",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        world.put(VICTIM, BANK);
        let asked = call(world, "bob.near", (VICTIM, "ask"), Value::Null);
        let (flow, token) = waiting(world);
        let input = json!({"id": VICTIM, "flow": flow, "wait": 0});
        for forged in [
            world.forge("resume", &input, &json!("forged")),
            world.send("mallory.near", "resume", &input),
        ] {
            assert_eq!(world.ended(forged), Some(Err("E_NOT_ALLOWED".to_owned())));
        }
        assert_eq!(world.ended(asked), None);
        let kept = told(world, "bob.near", (VICTIM, "kept"), Value::Null);
        assert_eq!(kept, Ok(Value::Null));
        let args = json!({"token": token, "value": 1});
        let settled = told(world, "bob.near", (VICTIM, "tell"), args);
        assert_eq!(settled, Ok(json!(true)));
        assert_eq!(world.ended(asked), Some(Ok(json!(1))));
        nothing_waits(world);
    });
}

/// The attacker takes over how a call ends: its own transaction gets the answer, and who asked waits for
/// ever.
#[test]
fn s07_only_the_enclave_ends_a_call() {
    defended_by(&[line(
        "enclave/src/flow/yields.rs",
        "    check_private(&platform, \"settle\")?;\n",
        "",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        world.put(VICTIM, BANK);
        let asked = call(world, "bob.near", (VICTIM, "both"), Value::Null);
        let (flow, token) = waiting(world);
        let input = json!({"id": VICTIM, "flow": flow});
        let stolen = world.send("mallory.near", "settle", &input);
        let args = json!({"token": token, "value": 1});
        let settled = told(world, "bob.near", (VICTIM, "tell"), args);
        assert_eq!(settled, Ok(json!(true)));
        assert_eq!(world.ended(asked), Some(Ok(json!(1))));
        assert_eq!(world.ended(stolen), Some(Err("E_NOT_ALLOWED".to_owned())));
        nothing_waits(world);
    });
}

/// The attacker has the enclave say that a call failed which was never made.
#[test]
fn s07_only_the_enclave_says_how_a_method_failed() {
    defended_by(&[line(
        "enclave/src/flow/resume.rs",
        "    check_private(&platform, \"fail\")?;\n",
        "",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        world.put(VICTIM, BANK);
        let failure = json!({"code": "E_TIMEOUT", "message": "nobody paid", "name": "CallError"});
        let said = world.send("mallory.near", "fail", &failure);
        assert_eq!(world.ended(said), Some(Err("E_NOT_ALLOWED".to_owned())));
    });
}
