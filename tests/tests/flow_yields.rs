//! Promises that others settle, methods that begin anew, deposits that come back, flows that are
//! parked or aborted: natively, with receipts in the test's order.

use conclave_abi::error::Failure;
use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

const ASKER: &str = r"
    import { near, storage, call } from 'conclave'
    export async function ask({ blocks, resumers, later }) {
      const { token, promise } = near.yield({ timeoutBlocks: blocks, resumers })
      storage.set('token', token)
      const local = { before: near.caller() }
      try {
        const value = await promise
        if (later) await near.call('out.near', 'm')
        return { ...local, value }
      } catch (error) {
        return { ...local, code: error.code }
      }
    }
    export const token = () => storage.get('token')
    export const tell = ({ token, value }) => near.resume(token, value)
    export function tellAndFail({ token, value }) { near.resume(token, value); throw new Error('no') }
    export async function both() {
      const { token, promise } = near.yield()
      storage.set('token', token)
      const [told, called] = await Promise.all([promise, near.call('out.near', 'm')])
      return { told, called }
    }
    export async function first() {
      const { token, promise } = near.yield()
      storage.set('token', token)
      return Promise.race([promise, near.call('out.near', 'm')])
    }
";

const STRANGER: &str = r"
    import { near } from 'conclave'
    export const tell = ({ token, value }) => near.resume(token, value)
";

struct Scene(FlowWorld);

type Ended = Option<Result<Value, Option<Failure>>>;

impl Scene {
    fn new() -> Self {
        let mut world = FlowWorld::new();
        world.upload("asker@alice.near", ASKER);
        world.upload("oracle@bob.near", STRANGER);
        Self(world)
    }

    /// Lets everything happen that can, in order; the outside answers 7.
    fn settle(&mut self) {
        while let Some(first) = self.0.ready().first().copied() {
            self.0.step(first, &mut |_, _| answer(&json!(7)));
        }
    }

    fn start(&mut self, method: &str, args: &Value) -> CallId {
        let call = self.0.call("carol.near", "asker@alice.near", method, args);
        self.settle();
        call
    }

    fn now(&mut self, id: &str, method: &str, args: &Value) -> Result<Value, Option<Failure>> {
        let call = self.0.call("dave.near", id, method, args);
        self.settle();
        self.0.ended(call).expect("an end")
    }

    fn token(&mut self) -> String {
        let token = self.now("asker@alice.near", "token", &json!(null));
        token.expect("a token").as_str().expect("a text").to_owned()
    }

    fn tell(&mut self, id: &str, token: &str, value: &Value) -> Result<Value, Option<Failure>> {
        self.now(id, "tell", &json!({"token": token, "value": value}))
    }

    fn code(ended: Result<Value, Option<Failure>>) -> String {
        ended
            .expect_err("a failure")
            .expect("the enclave's")
            .code
            .clone()
    }

    /// Nothing is left of any flow.
    fn check_end(&mut self) {
        let asked = json!({"id": "asker@alice.near"}).to_string();
        let call = self.0.enter("", "flows", asked.as_bytes(), 0);
        self.settle();
        assert_eq!(self.0.ended(call), Some(Ok(json!({"flows": []}))));
        assert!(self.0.open().is_empty(), "nothing is open");
        let spilled = self.0.pairs().into_keys().any(|key| key[0] == 0x15);
        assert!(!spilled, "nothing lies in storage for a promise");
    }
}

fn value(value: Value) -> Ended {
    Some(Ok(value))
}

#[test]
fn a_promise_is_settled_once_by_its_maker() {
    let mut scene = Scene::new();
    let call = scene.start("ask", &json!({}));
    assert_eq!(scene.0.ended(call), None);
    let token = scene.token();
    let told = json!({"price": [1, "2"]});
    assert_eq!(
        scene.tell("asker@alice.near", &token, &told),
        Ok(json!(true))
    );
    assert_eq!(
        scene.0.ended(call),
        value(json!({"before": "carol.near", "value": {"price": [1, "2"]}}))
    );
    let again = scene.tell("asker@alice.near", &token, &json!(2));
    assert_eq!(again, Ok(json!(false)));
    scene.check_end();
}

#[test]
fn two_settle_it_in_one_block_and_the_first_counts() {
    let mut scene = Scene::new();
    let call = scene.start("ask", &json!({}));
    let token = scene.token();
    let tell = |scene: &mut Scene, told: u32| {
        let args = json!({"token": token, "value": told});
        scene.0.call("dave.near", "asker@alice.near", "tell", &args)
    };
    let (one, two) = (tell(&mut scene, 1), tell(&mut scene, 2));
    let both = scene.0.ready();
    for receipt in both {
        scene.0.step(receipt, &mut |_, _| Received::Failed);
    }
    assert_eq!(scene.0.ended(one), value(json!(true)));
    assert_eq!(scene.0.ended(two), value(json!(false)));
    scene.settle();
    assert_eq!(
        scene.0.ended(call),
        value(json!({"before": "carol.near", "value": 1}))
    );
    scene.check_end();
}

#[test]
fn a_stranger_is_refused_and_who_is_named_is_not() {
    let mut scene = Scene::new();
    let call = scene.start("ask", &json!({}));
    let token = scene.token();
    let refused = scene.tell("oracle@bob.near", &token, &json!(1));
    assert_eq!(Scene::code(refused), "E_NOT_ALLOWED");
    assert_eq!(scene.0.ended(call), None);
    let told = scene.tell("asker@alice.near", &token, &json!(2));
    assert_eq!(told, Ok(json!(true)));
    let named = scene.start("ask", &json!({"resumers": ["oracle@bob.near"]}));
    let token = scene.token();
    let told = scene.tell("oracle@bob.near", &token, &json!(3));
    assert_eq!(told, Ok(json!(true)));
    assert_eq!(
        scene.0.ended(named),
        value(json!({"before": "carol.near", "value": 3}))
    );
    scene.check_end();
}

#[test]
fn what_is_refused_or_undone_changes_nothing() {
    let mut scene = Scene::new();
    let call = scene.start("ask", &json!({}));
    let token = scene.token();
    let before = scene.0.pairs();
    let failed = scene.now(
        "asker@alice.near",
        "tellAndFail",
        &json!({"token": token, "value": 1}),
    );
    assert_eq!(Scene::code(failed), "E_THROW");
    let long = "x".repeat(70_000);
    let refused = scene.tell("asker@alice.near", &token, &json!(long));
    assert_eq!(Scene::code(refused), "E_TOO_LARGE");
    for wrong in ["", "a:b:c", "asker@alice.near:00:0"] {
        let refused = scene.tell("asker@alice.near", wrong, &json!(1));
        assert_eq!(Scene::code(refused), "E_BAD_VALUE", "{wrong}");
    }
    assert_eq!(scene.0.pairs(), before);
    let told = scene.tell("asker@alice.near", &token, &json!("y".repeat(60_000)));
    assert_eq!(told, Ok(json!(true)));
    let ended = scene.0.ended(call).expect("an end").expect("a value");
    assert_eq!(ended["value"].as_str().map(str::len), Some(60_000));
    scene.check_end();
}

#[test]
fn a_promise_that_nobody_settles_throws_where_it_is_awaited() {
    let mut scene = Scene::new();
    let call = scene.start("ask", &json!({}));
    scene.0.pass(200);
    for open in scene.0.open().into_iter().take(2) {
        scene.0.time_out(open);
    }
    scene.settle();
    let expect = json!({"before": "carol.near", "code": "E_TIMEOUT"});
    let ended = scene.0.ended(call);
    assert_eq!(ended, value(expect));
    scene.check_end();
}

#[test]
fn anybody_ends_a_promise_whose_time_is_over_and_nobody_before() {
    let mut scene = Scene::new();
    let call = scene.start("ask", &json!({"blocks": 20}));
    let token = scene.token();
    let expire = |scene: &mut Scene| {
        let request = json!({"token": token}).to_string();
        let call = scene
            .0
            .enter("mallory.near", "expire", request.as_bytes(), 0);
        scene.settle();
        scene.0.ended(call).expect("an end")
    };
    assert_eq!(Scene::code(expire(&mut scene)), "E_NOT_ALLOWED");
    scene.0.pass(20);
    assert_eq!(expire(&mut scene), Ok(json!(true)));
    assert_eq!(expire(&mut scene), Ok(json!(false)));
    let expect = json!({"before": "carol.near", "code": "E_TIMEOUT"});
    assert_eq!(scene.0.ended(call), value(expect));
    scene.check_end();
}

#[test]
fn a_promise_may_be_open_longer_than_near_waits() {
    let mut scene = Scene::new();
    let call = scene.start("ask", &json!({"blocks": 500}));
    let token = scene.token();
    for _ in 0..2 {
        scene.0.pass(200);
        for open in scene.0.open() {
            scene.0.time_out(open);
        }
        scene.settle();
        assert_eq!(scene.0.ended(call), None);
    }
    let told = scene.tell("asker@alice.near", &token, &json!(5));
    assert_eq!(told, Ok(json!(true)));
    assert_eq!(
        scene.0.ended(call),
        value(json!({"before": "carol.near", "value": 5}))
    );
    scene.check_end();
}

#[test]
fn a_call_and_a_promise_are_waited_for_together_or_in_a_race() {
    let mut scene = Scene::new();
    let call = scene.start("both", &json!(null));
    assert_eq!(scene.0.ended(call), None);
    let token = scene.token();
    scene
        .tell("asker@alice.near", &token, &json!("x"))
        .expect("told");
    assert_eq!(
        scene.0.ended(call),
        value(json!({"told": "x", "called": 7}))
    );
    let call = scene.start("first", &json!(null));
    assert_eq!(scene.0.ended(call), value(json!(7)));
    scene.check_end();
}

#[test]
fn who_called_it_or_owns_it_aborts_a_flow_and_nobody_else() {
    let mut scene = Scene::new();
    let abort = |scene: &mut Scene, who: &str, token: &str| {
        let flow = token.split(':').nth(1);
        let request = json!({"id": "asker@alice.near", "flow": flow}).to_string();
        let call = scene.0.enter(who, "abort", request.as_bytes(), 0);
        scene.settle();
        scene.0.ended(call).expect("an end")
    };
    for who in ["carol.near", "alice.near"] {
        let call = scene.start("ask", &json!({}));
        let token = scene.token();
        let refused = abort(&mut scene, "mallory.near", &token);
        assert_eq!(Scene::code(refused), "E_NOT_ALLOWED");
        assert_eq!(abort(&mut scene, who, &token), Ok(json!(null)));
        let ended = scene.0.ended(call).expect("an end");
        assert_eq!(Scene::code(ended), "E_ABORTED");
        let again = abort(&mut scene, who, &token);
        assert_eq!(Scene::code(again), "E_UNKNOWN_FLOW");
    }
    scene.check_end();
}

/// A long value lies in storage until its method goes on. Where the method was aborted before, it lay
/// there for ever: the answer came too late and took nothing along. It goes with the flow now.
#[test]
fn a_value_for_a_flow_that_is_aborted_goes_with_it() {
    let mut scene = Scene::new();
    scene.start("ask", &json!({}));
    let token = scene.token();
    let args = json!({"token": token, "value": "y".repeat(2_000)});
    let tell = scene.0.call("dave.near", "asker@alice.near", "tell", &args);
    let flow = token.split(':').nth(1);
    let request = json!({"id": "asker@alice.near", "flow": flow}).to_string();
    let abort = scene.0.enter("carol.near", "abort", request.as_bytes(), 0);
    for receipt in scene.0.ready() {
        scene.0.step(receipt, &mut |_, _| Received::Failed);
    }
    assert_eq!(scene.0.ended(tell), value(json!(true)));
    assert_eq!(scene.0.ended(abort), value(json!(null)));
    scene.settle();
    scene.check_end();
}

/// A removed subcontract left its waiting methods without code: their answers failed with `E_CORRUPT`
/// or found nothing, and deposits and callers were left waiting. `remove` looks for flows first.
#[test]
fn nobody_removes_a_subcontract_whose_methods_wait() {
    let mut scene = Scene::new();
    let call = scene.start("ask", &json!({}));
    scene.start("ask", &json!({}));
    let token = scene.token();
    let remove = |scene: &mut Scene| {
        let request = json!({"id": "asker@alice.near"}).to_string();
        let call = scene.0.enter("alice.near", "remove", request.as_bytes(), 0);
        scene.settle();
        scene.0.ended(call).expect("an end")
    };
    let before = scene.0.pairs();
    let refused = remove(&mut scene).expect_err("two wait").expect("ours");
    assert_eq!(refused.code, "E_NOT_ALLOWED");
    assert!(refused.message.starts_with("2 of its methods still wait"));
    assert!(refused.message.contains("abort them first"), "{refused:?}");
    assert_eq!(scene.0.pairs(), before);
    let told = scene.tell("asker@alice.near", &token, &json!(1));
    assert_eq!(told, Ok(json!(true)));
    let refused = remove(&mut scene).expect_err("one waits").expect("ours");
    let flow = refused.message.split("flow ").nth(1).expect("a token");
    let request = json!({"id": "asker@alice.near", "flow": &flow[..24]}).to_string();
    scene.0.enter("alice.near", "abort", request.as_bytes(), 0);
    scene.settle();
    assert_eq!(remove(&mut scene), Ok(json!(null)));
    let ended = scene.0.ended(call).expect("an end");
    assert_eq!(Scene::code(ended), "E_ABORTED");
}

#[test]
fn a_view_shows_what_a_flow_waits_for() {
    let mut scene = Scene::new();
    scene.start("ask", &json!({"blocks": 30}));
    let token = scene.token();
    let asked = json!({"id": "asker@alice.near"}).to_string();
    let call = scene.0.enter("", "flows", asked.as_bytes(), 0);
    scene.settle();
    let flows = scene.0.ended(call).expect("an end").expect("a list");
    let flow = &flows["flows"][0];
    assert_eq!(flow["method"], "ask");
    assert_eq!(flow["caller"], "carol.near");
    assert_eq!(flow["waits"][0]["token"], token.as_str());
    assert_eq!(flow["payers"][0]["payer"], "*");
    assert_eq!(
        flow["bytes"],
        flow["payers"][0]["bytes"]
            .as_u64()
            .map_or(json!(0), |all| json!(all - 7))
    );
}
