//! S09: answers from outside that keep a method from going on: too long, too deep, no JSON.

use crate::defence::defended_by;
use crate::scene::line;
use crate::waiting::{VICTIM, Waiting, nothing_waits, told};
use serde_json::{Value, json};

const ANSWERS: &str = "enclave/src/flow/answers.rs";

/// Asks the attacker's contract, goes on whatever it says, and waits once more.
const ASKER: &str = "import { near, storage } from 'conclave'
const out = 'instrument.near'
export async function ask({ method, input, raw }) {
  let heard
  try {
    heard = await near.call(out, method, typeof input === 'string' ? new Uint8Array([...input].map(c => c.charCodeAt(0))) : input, { raw })
    heard = typeof heard
  } catch (error) {
    heard = error.code
  } finally {
    storage.set('heard', heard)
  }
  await near.call(out, 'echo', 'again')
  return heard
}
export const heard = () => storage.get('heard') ?? null
";

/// The victim hears this, and comes to its end.
#[track_caller]
fn hears(world: &mut dyn Waiting, args: &Value, expect: &str) {
    let heard = told(world, "bob.near", (VICTIM, "ask"), args.clone());
    let shown = args.to_string();
    let shown = shown.get(..60).unwrap_or(&shown);
    assert_eq!(heard, Ok(json!(expect)), "{shown}");
    let kept = told(world, "bob.near", (VICTIM, "heard"), Value::Null);
    assert_eq!(kept, Ok(json!(expect)));
    nothing_waits(world);
}

/// The attacker answers with more than the record of a method may hold, which then can't wait again.
#[test]
fn s09_an_answer_without_end_is_an_error_that_is_caught() {
    defended_by(&[line(
        ANSWERS,
        "self.platform().result(index, RESULT_BYTES_MAX)",
        "self.platform().result(index, u64::from(u32::MAX))",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        world.put(VICTIM, ASKER);
        for n in [300_000, 131_073] {
            let input = json!({"n": n, "byte": 48});
            let args = json!({"method": "bytes", "input": input, "raw": true});
            hears(world, &args, "E_TOO_LARGE");
        }
        let input = json!({"n": 131_072, "byte": 48});
        let args = json!({"method": "bytes", "input": input, "raw": true});
        hears(world, &args, "object");
    });
}

/// The attacker answers with what can be read once and never again: the method's own history.
#[test]
fn s09_an_answer_that_nests_without_end_is_an_error_that_is_caught() {
    defended_by(&[line(
        "abi/src/json.rs",
        "if self.depth == DEPTH_MAX {",
        "if false {",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        world.put(VICTIM, ASKER);
        for depth in [65, 100, 3_000] {
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let input = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                hears(
                    world,
                    &json!({"method": "echo", "input": input}),
                    "E_TOO_DEEP",
                );
            }
        }
        let input = format!("{}1{}", "[".repeat(64), "]".repeat(64));
        hears(world, &json!({"method": "echo", "input": input}), "object");
    });
}

/// The attacker answers with what is no JSON: whoever takes it for JSON ends where nobody can catch it, and
/// the method waits for ever.
#[test]
fn s09_an_answer_that_is_no_json_is_an_error_that_is_caught() {
    defended_by(&[line(
        ANSWERS,
        "    serde_json::from_slice(&bytes).map_err(|error| {\n",
        "    Ok(serde_json::from_slice(&bytes).expect(\"JSON\")).map_err(|error: serde_json::Error| {\n",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        world.put(VICTIM, ASKER);
        for input in ["{", "nul", "[1,]", "{\"a\":1,\"a\":2}", "\u{ff}\u{fe}", "\"\\ud800\"", "1 2", "\0", "NaN"] {
            hears(world, &json!({"method": "echo", "input": input}), "E_OUTSIDE");
        }
        hears(world, &json!({"method": "echo", "input": ""}), "undefined");
        hears(world, &json!({"method": "nothing_like_that", "input": "{}"}), "E_OUTSIDE");
    });
}
