//! S08: promises that others settle, settled by who may not, twice, with an old token, or too early.

use crate::defence::defended_by;
use crate::scene::line;
use crate::waiting::{EVIL, VICTIM, Waiting, call, nothing_waits, told, waiting};
use serde_json::{Value, json};

const YIELDS: &str = "enclave/src/flow/yields.rs";

/// Asks once or twice; whoever has a token may tell through it, as a form on a page would.
const ORACLE: &str = "import { near } from 'conclave'
export async function ask() {
  try { return await near.yield().promise } catch (error) { return error.code }
}
export async function twice({ resumers }) {
  const first = await near.yield({ resumers }).promise
  return [first, await near.yield().promise]
}
export const tell = ({ token, value }) => near.resume(token, value)
export const tellTwice = ({ token, values }) => values.map(value => near.resume(token, value))
";

/// Tells what it is not asked.
const THIEF: &str = "import { near } from 'conclave'
export const tell = ({ token, value }) => {
  try { return near.resume(token, value) } catch (error) { return error.code }
}
";

fn stage(world: &mut dyn Waiting) {
    world.put(VICTIM, ORACLE);
    world.put(EVIL, THIEF);
}

/// The attacker knows the token, which stands on chain, and settles the promise in its own subcontract;
/// or it was let to settle the first promise, and makes the token of the second.
#[test]
fn s08_a_stranger_settles_no_promise() {
    defended_by(&[line(
        YIELDS,
        "if resumer != id && !open.resumers.contains(&resumer) {",
        "if false && resumer != id {",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        stage(world);
        let args = json!({"resumers": [EVIL]});
        let asked = call(world, "bob.near", (VICTIM, "twice"), args);
        for (teller, value, expect) in [
            (EVIL, "let", json!(true)),
            (EVIL, "stolen", json!("E_NOT_ALLOWED")),
            (VICTIM, "honest", json!(true)),
        ] {
            let (_, token) = waiting(world);
            let args = json!({"token": token, "value": value});
            let settled = told(world, "mallory.near", (teller, "tell"), args);
            assert_eq!(settled, Ok(expect), "{value}");
        }
        assert_eq!(world.ended(asked), Some(Ok(json!(["let", "honest"]))));
        nothing_waits(world);
    });
}

/// The attacker settles a promise again before the method has gone on: its own value takes the place of
/// the first, which lies in storage.
#[test]
fn s08_a_promise_has_one_outcome() {
    defended_by(&[line(
        YIELDS,
        "self.open.as_ref().is_some_and(|open| !open.is_resumed)",
        "self.open.is_some()",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        stage(world);
        let asked = call(world, "bob.near", (VICTIM, "ask"), Value::Null);
        let (_, token) = waiting(world);
        let values = ["a", "b"].map(|text| text.repeat(2_000));
        let args = json!({"token": token, "values": values});
        let settled = told(world, "mallory.near", (VICTIM, "tellTwice"), args);
        assert_eq!(settled, Ok(json!([true, false])));
        assert_eq!(world.ended(asked), Some(Ok(json!(values[0]))));
        let again = json!({"token": token, "value": 3});
        let late = told(world, "mallory.near", (VICTIM, "tell"), again);
        assert_eq!(late, Ok(json!(false)));
        nothing_waits(world);
    });
}

/// The attacker answered the first question, and says its token again when the second is open.
#[test]
fn s08_the_token_of_a_promise_settles_no_other() {
    defended_by(&[line(
        YIELDS,
        "is_of && is_awaited && self.open",
        "(is_of || is_awaited) && self.open",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        stage(world);
        let args = json!({"resumers": []});
        let asked = call(world, "bob.near", (VICTIM, "twice"), args);
        let (_, first) = waiting(world);
        let mut tell = |token: &Value, value: u32| {
            let args = json!({"token": token, "value": value});
            told(world, "mallory.near", (VICTIM, "tell"), args)
        };
        assert_eq!(tell(&first, 1), Ok(json!(true)));
        assert_eq!(tell(&first, 2), Ok(json!(false)));
        let (_, second) = waiting(world);
        let args = json!({"token": second, "value": 3});
        let settled = told(world, "carol.near", (VICTIM, "tell"), args);
        assert_eq!(settled, Ok(json!(true)));
        assert_eq!(world.ended(asked), Some(Ok(json!([1, 3]))));
        nothing_waits(world);
    });
}

/// The attacker says at once that the time is over, before anybody can answer.
#[test]
fn s08_nobody_ends_a_promise_before_its_time() {
    defended_by(&[line(
        YIELDS,
        "        if height < open.deadline {\n",
        "        if height == u64::MAX {\n",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        stage(world);
        let asked = call(world, "bob.near", (VICTIM, "ask"), Value::Null);
        let (_, token) = waiting(world);
        let early = world.send("mallory.near", "expire", &json!({"token": token}));
        assert_eq!(world.ended(early), Some(Err("E_NOT_ALLOWED".to_owned())));
        let args = json!({"token": token, "value": 1});
        let settled = told(world, "carol.near", (VICTIM, "tell"), args);
        assert_eq!(settled, Ok(json!(true)));
        assert_eq!(world.ended(asked), Some(Ok(json!(1))));
        nothing_waits(world);
    });
}

/// The attacker ends another's method.
#[test]
fn s08_a_stranger_aborts_no_method() {
    defended_by(&[line(
        "enclave/src/flow/parked.rs",
        "if who != record.caller && who != payload.owner && !is_late {",
        "if who.is_empty() && !is_late {",
    )])
    .against_waiting(|world: &mut dyn Waiting| {
        stage(world);
        let asked = call(world, "bob.near", (VICTIM, "ask"), Value::Null);
        let (flow, token) = waiting(world);
        let abort = world.send(
            "mallory.near",
            "abort",
            &json!({"id": VICTIM, "flow": flow}),
        );
        assert_eq!(world.ended(abort), Some(Err("E_NOT_ALLOWED".to_owned())));
        let args = json!({"token": token, "value": 1});
        let settled = told(world, "carol.near", (VICTIM, "tell"), args);
        assert_eq!(settled, Ok(json!(true)));
        assert_eq!(world.ended(asked), Some(Ok(json!(1))));
        nothing_waits(world);
    });
}
