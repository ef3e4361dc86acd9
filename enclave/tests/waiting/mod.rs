//! Examples of errors in methods that wait: an enclave in memory, and what comes for it from outside.

use conclave_abi::error::{ErrorCode, Failure};
use conclave_enclave::platform::Received;
use conclave_enclave::platform::memory::{Effects, Memory, Pairs, Plan, Surroundings};
use conclave_enclave::{Export, serve};
use conclave_nested_trie::{sealed, unsealed};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::rc::Rc;

/// The subcontract of the examples.
const BRIDGE: &str = r"import { near, storage } from 'conclave'
export async function withdraw() { return near.call('wool.near', 'withdraw') }
export async function wait() { return near.yield().promise }
export async function hold() { return near.withLock([['w', 'pool']], () => near.call('wool.near', 'price')) }
export async function swap() {
  return near.optimistic(async () => [storage.get('pool'), await near.call('wool.near', 'price')])
}
export function cancel() {
  return near.scope(async scope => {
    const child = scope.spawn('other@alice.near', 'set')
    scope.cancel()
    await child
  })
}
export function set() { storage.set('pool', 1) }
";
/// The same, but that it asks something before it calls.
const OTHER: &str = r"import { near, storage } from 'conclave'
export function hold() {}
export function set() {}
export function swap() {}
export async function wait() {}
export async function withdraw() { storage.get('pool'); return near.call('wool.near', 'withdraw') }
";
/// The enclave's own account.
const ENCLAVE: &str = "conclave.near";
const NEAR: u128 = 10u128.pow(24);

/// The failure that a code's page shows.
pub(crate) fn example(code: ErrorCode) -> Failure {
    let world = World::ready();
    match code {
        ErrorCode::Outside => {
            let begun = world.begin("withdraw");
            world.told(&world.answer(&begun, Received::Failed, 2))
        }
        ErrorCode::Diverged => {
            let begun = world.begin("withdraw");
            world.become_other();
            world.told(&world.answer(&begun, Received::Failed, 2))
        }
        ErrorCode::Cancelled => world.call("cancel").expect_err("it is thrown"),
        ErrorCode::Timeout => {
            let begun = world.begin("wait");
            world.settled(&begun, &world.answer(&begun, Received::Failed, 1_200))
        }
        ErrorCode::Aborted => {
            let begun = world.begin("wait");
            let input = json!({"id": "bridge@alice.near", "flow": flow(&begun)});
            let aborted = world.run("alice.near", Export::Abort, &input, (Vec::new(), 2));
            world.settled(&begun, &aborted.expect("aborted"))
        }
        ErrorCode::Locked => {
            world.begin("hold");
            world.call("set").expect_err("it is locked")
        }
        ErrorCode::Conflict => {
            let begun = world.begin("swap");
            world.call("set").expect("it is free");
            world.told(&world.answer(&begun, Received::Bytes(b"1".to_vec()), 2))
        }
        _ => {
            let flow = "0123456789abcdef01234567";
            let input = json!({"id": "bridge@alice.near", "flow": flow});
            let asked = world.run("", Export::Flow, &input, (Vec::new(), 1));
            asked.expect_err("there is none")
        }
    }
}

/// The callback of a method that waits: its export's input.
fn callback(effects: &Effects) -> Value {
    let mut inputs = effects.planned.iter().filter_map(|plan| match plan {
        Plan::Then { method, input, .. } | Plan::Open { method, input, .. } => {
            (method == "resume").then_some(input)
        }
        Plan::Send { .. } => None,
    });
    let input = inputs.next_back().expect("a callback");
    serde_json::from_slice(input).expect("JSON")
}

fn flow(effects: &Effects) -> Value {
    callback(effects)["flow"].clone()
}

struct World(Pairs);

impl World {
    fn ready() -> Self {
        let world = Self(Pairs::default());
        let new = json!({"owner": "alice.near", "allowance_bytes": 1_000_000});
        let none = || (Vec::new(), 1);
        world
            .run("near", Export::New, &new, none())
            .expect("new works");
        for (id, source) in [("bridge@alice.near", BRIDGE), ("other@alice.near", OTHER)] {
            let upload = json!({"id": id, "source": source});
            world
                .run("alice.near", Export::Upload, &upload, none())
                .expect("an upload");
        }
        world
    }

    fn run(
        &self,
        who: &str,
        export: Export,
        input: &Value,
        (results, height): (Vec<Received>, u64),
    ) -> Result<Effects, Failure> {
        conclave_engine::prepare();
        let effects = Rc::new(RefCell::new(Effects::default()));
        let platform = Memory {
            pairs: Rc::clone(&self.0),
            surroundings: Surroundings {
                predecessor: who.to_owned(),
                signer: who.to_owned(),
                deposit: match export {
                    Export::Upload => NEAR,
                    _ => 0,
                },
                balance: 1_000 * NEAR,
                block_height: 1_000 + height - 1,
                block_timestamp_ns: height,
            },
            input: input.to_string().into_bytes(),
            results,
            effects: Rc::clone(&effects),
        };
        serve(export, platform)?;
        let effects = effects.borrow().clone();
        Ok(effects)
    }

    fn call(&self, method: &str) -> Result<Effects, Failure> {
        let input = json!({"id": "bridge@alice.near", "method": method});
        self.run("bob.near", Export::Call, &input, (Vec::new(), 1))
    }

    fn begin(&self, method: &str) -> Effects {
        self.call(method).expect("it waits")
    }

    /// What comes for a method that waits.
    fn answer(&self, begun: &Effects, answer: Received, height: u64) -> Effects {
        let resumed = self.run(
            ENCLAVE,
            Export::Resume,
            &callback(begun),
            (vec![answer], height),
        );
        resumed.expect("the callback is committed")
    }

    /// With what the receipt fails that the caller waits for.
    fn told(&self, effects: &Effects) -> Failure {
        let failing = effects.planned.iter().find_map(|plan| match plan {
            Plan::Then { method, input, .. } if method == "fail" => Some(input),
            _ => None,
        });
        serde_json::from_slice(failing.expect("a failure")).expect("JSON")
    }

    /// The same where the call ends with a promise of its own.
    fn settled(&self, begun: &Effects, effects: &Effects) -> Failure {
        let (_, payload) = effects.resumed.last().expect("a result").clone();
        let input = json!({"id": "bridge@alice.near", "flow": flow(begun)});
        let results = (vec![Received::Bytes(payload)], 2);
        let settled = self.run(ENCLAVE, Export::Settle, &input, results);
        self.told(&settled.expect("settled"))
    }

    /// The code with which the flow began becomes that of the other subcontract.
    fn become_other(&self) {
        const COMPILED: u8 = 0x10;
        let key = |source: &str| [&[COMPILED], &Sha256::digest(source)[..]].concat();
        let (own, other) = (key(BRIDGE), key(OTHER));
        let mut pairs = self.0.borrow_mut();
        let body = unsealed(&other, &pairs[&other]).expect("a record").to_vec();
        pairs.insert(own.clone(), sealed(&own, &body));
    }
}
