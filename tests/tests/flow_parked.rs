//! Flows that are parked, with everything that has come for them, until somebody tries again: natively.

use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

const ID: &str = "asker@alice.near";
const ASKER: &str = r"
    import { near, storage } from 'conclave'
    export async function two() {
      const { token, promise } = near.yield()
      storage.set('token', token)
      const first = await near.call('out.near', 'first', {}, { deposit: near.deposit() })
      const second = await Promise.allSettled([near.call('out.near', 'second'), promise])
      return { first, second, steps: storage.get('steps') ?? 0 }
    }
    export const token = () => storage.get('token')
    export const tell = ({ token, value }) => near.resume(token, value)
    export function overflow() {
      const most = { transfer: 2n ** 127n }
      try { near.batch('out.near', [most, most]) } catch (error) { return error.code }
    }
    export async function overflowInSection() {
      try {
        await near.optimistic(() => near.batch('out.near', Array(9).fill({ transfer: 2n ** 126n })))
      } catch (error) { return error.code }
    }
";

struct Scene(FlowWorld);

impl Scene {
    fn new() -> Self {
        let mut world = FlowWorld::new();
        world.upload(ID, ASKER);
        Self(world)
    }

    /// Lets everything happen that can, in order; the outside answers with the method's name.
    fn settle(&mut self) {
        while let Some(first) = self.0.ready().first().copied() {
            self.0.step(first, &mut |_, actions| match actions {
                [conclave_enclave::Action::Call { method, .. }] => answer(&json!(method)),
                _ => Received::Failed,
            });
        }
    }

    fn send(&mut self, who: &str, export: &str, input: &Value) -> CallId {
        self.0.enter(who, export, input.to_string().as_bytes(), 0)
    }

    fn now(&mut self, who: &str, export: &str, input: &Value) -> Result<Value, String> {
        let call = self.send(who, export, input);
        self.settle();
        self.ended(call).expect("an end")
    }

    /// How a call ended: its value, or its code.
    fn ended(&self, call: CallId) -> Option<Result<Value, String>> {
        let ended = self.0.ended(call)?;
        Some(ended.map_err(|failure| failure.expect("the enclave's").code.clone()))
    }

    fn call(&mut self, method: &str, args: &Value) -> Result<Value, String> {
        let call = json!({"id": ID, "method": method, "args": args});
        self.now("dave.near", "call", &call)
    }

    fn flows(&mut self) -> Vec<Value> {
        let flows = self.now("", "flows", &json!({"id": ID})).expect("a view");
        flows["flows"].as_array().expect("a list").clone()
    }
}

/// A callback that came after the enclave's engine was replaced ended its flow with `E_STALE_CODE`, and
/// the answer was lost: the method did not fail, its code only had to be compiled.
#[test]
fn a_flow_waits_for_its_code_to_be_compiled_and_loses_nothing() {
    let mut scene = Scene::new();
    let call = scene.0.call("carol.near", ID, "two", &Value::Null);
    let first = scene.0.ready()[0];
    scene.0.step(first, &mut |_, _| Received::Failed);
    scene.0.upgrade_engine();
    scene.settle();
    let parked = scene.flows().remove(0);
    assert_eq!(parked["parked"]["code"], "E_STALE_CODE");
    let flow = json!({"id": ID, "flow": parked["flow"]});
    assert_eq!(scene.ended(call), None, "its caller gets the end");
    assert_eq!(
        scene.now("dave.near", "retry", &flow),
        Err("E_STALE_CODE".to_owned()),
        "it is as it was"
    );
    let compiled = scene.now("dave.near", "compile", &json!({"id": ID}));
    assert_eq!(compiled, Ok(json!({"was_stale": true})));
    let token = scene.call("token", &Value::Null).expect("a token");
    let told = scene.call("tell", &json!({"token": token, "value": 7}));
    assert_eq!(told, Ok(json!(true)), "what comes meanwhile is kept");
    assert_eq!(scene.flows()[0]["parked"]["code"], "E_STALE_CODE");
    scene.now("dave.near", "retry", &flow).expect("goes on");
    let second = json!([
        {"status": "fulfilled", "value": "second"},
        {"status": "fulfilled", "value": 7},
    ]);
    let end = json!({"first": "first", "second": second, "steps": 0});
    assert_eq!(scene.ended(call), Some(Ok(end)));
    assert_eq!(scene.flows(), Vec::<Value>::new());
    assert_eq!(
        scene.now("dave.near", "retry", &flow),
        Err("E_UNKNOWN_FLOW".to_owned())
    );
}

/// The amounts of a batch were added without a look at their sum: the receipt trapped.
#[test]
fn amounts_beyond_all_numbers_are_more_than_anybody_has() {
    let mut scene = Scene::new();
    for method in ["overflow", "overflowInSection"] {
        assert_eq!(
            scene.call(method, &Value::Null),
            Ok(json!("E_FUNDS")),
            "{method}"
        );
    }
}
