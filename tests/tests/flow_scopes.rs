//! Scopes: methods that spawn others and wait for all of them, natively, with receipts in the test's
//! order.

use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

const PARENT: &str = include_str!("flow_scopes/parent.js");

const CHILD: &str = include_str!("flow_scopes/child.js");

struct Scene {
    world: FlowWorld,
    /// Methods that were called outside, in order.
    asked: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let mut world = FlowWorld::new();
        world.upload("parent@alice.near", PARENT);
        world.upload("child@bob.near", CHILD);
        let asked = Vec::new();
        Self { world, asked }
    }

    /// Lets everything happen that can, in order, but for receipts that are held back.
    fn settle_but(&mut self, held: &[&str]) {
        loop {
            let is_free = |at: &usize| {
                let told = self.world.describe(*at);
                let is_of = |method: &&str| told.contains(&format!("call {method}"));
                !held.iter().any(is_of)
            };
            let Some(first) = self.world.ready().into_iter().find(is_free) else {
                return;
            };
            let asked = &mut self.asked;
            self.world.step(first, &mut |_, actions| match actions {
                [Action::Call { method, .. }] => {
                    asked.push(method.clone());
                    answer(&json!(method))
                }
                _ => Received::Failed,
            });
        }
    }

    fn settle(&mut self) {
        self.settle_but(&[]);
    }

    fn start(&mut self, method: &str, args: &Value) -> CallId {
        self.world
            .call("carol.near", "parent@alice.near", method, args)
    }

    /// How a call of the parent ended, with nothing left over.
    fn now(&mut self, method: &str, args: &Value) -> Result<Value, String> {
        let call = self.start(method, args);
        self.settle();
        self.end(call)
    }

    fn end(&mut self, call: CallId) -> Result<Value, String> {
        let ended = self.world.ended(call).expect("an end");
        for id in ["parent@alice.near", "child@bob.near"] {
            assert_eq!(self.flows(id), Vec::<Value>::new(), "nothing waits in {id}");
        }
        assert!(self.world.open().is_empty(), "nothing is open");
        let spilled = self.world.pairs().into_keys().any(|key| key[0] == 0x15);
        assert!(!spilled, "nothing lies in storage for a promise");
        ended.map_err(|failure| failure.expect("the enclave's").code.clone())
    }

    fn flows(&mut self, id: &str) -> Vec<Value> {
        let asked = json!({"id": id}).to_string();
        let call = self.world.enter("", "flows", asked.as_bytes(), 0);
        while self.world.ended(call).is_none() {
            let last = *self.world.ready().last().expect("a view");
            self.world.step(last, &mut |_, _| Received::Failed);
        }
        let flows = self.world.ended(call).expect("an end").expect("a view");
        flows["flows"].as_array().expect("a list").clone()
    }

    fn state(&mut self) -> Value {
        let call = self
            .world
            .call("dave.near", "child@bob.near", "state", &Value::Null);
        self.settle();
        self.world.ended(call).expect("an end").expect("a view")
    }
}

/// What so many `asks` leave that were cancelled.
fn cancelled(count: u32) -> Value {
    let told = "E_CANCELLED";
    json!({"begun": count, "ended": count, "code": told, "aborted": told})
}

fn of(method: &str, args: Value) -> Value {
    json!({"method": method, "args": args})
}

#[test]
fn a_scope_ends_when_all_that_was_spawned_has_ended() {
    let mut scene = Scene::new();
    let args = json!({"first": of("asks", json!({})), "second": of("who", json!({}))});
    let ended = scene.now("two", &args).expect("a value");
    assert_eq!(ended["value"], "body");
    let who = json!(["parent@alice.near", "carol.near", ["child@bob.near"], "0"]);
    assert_eq!(ended["ends"], json!([["b", who], ["a", "slow"]]));
    assert_eq!(scene.state(), json!({"begun": 1, "done": 1, "ended": 1}));
}

#[test]
fn what_a_child_gives_is_no_json_but_a_copy() {
    let mut scene = Scene::new();
    let args =
        json!({"first": of("kinds", json!(null)), "second": of("given", json!([1, {"a": null}]))});
    let ended = scene.now("two", &args).expect("a value");
    let kinds = json!({"big": (1u128 << 70).to_string(), "bytes": "AQI=", "map": [[1, "x"]]});
    assert_eq!(ended["ends"][0], json!(["a", kinds]));
    assert_eq!(ended["ends"][1], json!(["b", [1, {"a": null}]]));
}

#[test]
fn the_first_failure_cancels_the_others_and_their_finally_runs() {
    for (fails, code) in [
        ("fails", "E_THROW"),
        ("failsLater", "E_THROW"),
        ("nothing", "E_UNKNOWN_METHOD"),
    ] {
        let mut scene = Scene::new();
        let args = json!({"first": of("asks", json!({})), "second": of(fails, json!({}))});
        let call = scene.start("two", &args);
        scene.settle_but(&["slow"]);
        scene.settle();
        let ended = scene.end(call).expect("caught");
        assert_eq!(ended["code"], code, "{fails}");
        assert_eq!(ended["ends"], json!([["b", code], ["a", ["E_CANCELLED"]]]));
        let state = scene.state();
        assert_eq!(state, cancelled(1), "{fails}");
        assert!(scene.asked.contains(&"slow".to_owned()), "it had been sent");
    }
}

#[test]
fn a_promise_that_others_would_settle_is_cancelled_at_once() {
    let mut scene = Scene::new();
    let args = json!({"first": of("waits", json!({})), "second": of("failsLater", json!({}))});
    scene.now("two", &args).expect("caught");
    assert_eq!(scene.state()["told"], "E_CANCELLED");
}

#[test]
fn a_method_that_is_told_may_go_on_and_await_more() {
    let mut scene = Scene::new();
    let args = json!({"first": of("survives", json!({})), "second": of("fails", json!({}))});
    let ended = scene.now("two", &args).expect("caught");
    assert_eq!(ended["ends"][1], json!(["a", ["E_CANCELLED", "after"]]));
}

#[test]
fn what_has_not_left_is_not_sent_and_its_deposit_is_back() {
    let mut scene = Scene::new();
    let call = json!({"id": "parent@alice.near", "method": "fund", "args": {}}).to_string();
    let fund = scene
        .world
        .enter("carol.near", "call", call.as_bytes(), 10u128.pow(23));
    scene.settle();
    assert_eq!(
        scene.world.ended(fund),
        Some(Ok(json!("100000000000000000000000")))
    );
    assert_eq!(
        scene.now("unsent", &json!({})),
        Ok(json!(["no more", "100000000000000000000000", false])),
        "its call is cancelled, and not the method itself"
    );
    assert_eq!(scene.state(), json!({}));
    let receipts = scene.world.receipts();
    let left = scene.now("forgets", &json!({}));
    assert_eq!(left, Ok(json!("99999999999999999999995")), "while it runs");
    assert_eq!(
        scene.world.receipts(),
        receipts + 3,
        "the call, and two views of the test"
    );
    assert_eq!(scene.state(), json!({}), "nobody waited for it");
    let args = json!({"first": of("given", json!(1)), "second": of("asks", json!({})), "deposit": "30000000000000000000000"});
    let ended = scene.now("two", &args).expect("a value");
    assert_eq!(
        ended["balance"], "70000000000000000000000",
        "the child has it"
    );
    let args = json!({"first": of("fails", json!(1)), "second": of("asks", json!({})), "deposit": "30000000000000000000000"});
    let ended = scene.now("two", &args).expect("caught");
    assert_eq!(ended["balance"], "70000000000000000000000", "it is back");
    let args = json!({"first": of("failsLater", json!(1)), "second": of("asks", json!({})), "deposit": "30000000000000000000000"});
    let ended = scene.now("two", &args).expect("caught");
    assert_eq!(ended["balance"], "70000000000000000000000", "it is back");
    let args = json!({"first": of("asks", json!({"keep": true})), "second": of("who", json!({})), "deposit": "30000000000000000000000"});
    let ended = scene.now("two", &args).expect("a value");
    assert_eq!(
        ended["balance"], "40000000000000000000000",
        "the child kept it: {ended}"
    );
    let args = json!({"first": of("given", json!(1)), "second": of("given", json!({})), "deposit": "41000000000000000000000"});
    let ended = scene.now("two", &args).expect("caught");
    assert_eq!(
        (&ended["code"], &ended["balance"]),
        (&json!("E_FUNDS"), &json!("40000000000000000000000"))
    );
}

#[test]
fn the_first_of_a_race_counts_and_the_scope_cancels_the_rest() {
    let mut scene = Scene::new();
    assert_eq!(
        scene.now("race", &json!({})),
        Ok(json!({"first": 1, "aborted": true}))
    );
    assert_eq!(scene.state(), cancelled(1));
}

#[test]
fn children_of_children_are_waited_for_and_cancelled_too() {
    let mut scene = Scene::new();
    let ended = scene.now("nested", &json!({})).expect("a value");
    assert_eq!(ended["ends"], json!([["a", "slow"], ["b", "slow"]]));
    assert_eq!(scene.state(), json!({"begun": 2, "done": 2, "ended": 2}));
    for (after, begun) in [(1, 0), (3, 2)] {
        let mut scene = Scene::new();
        let call = scene.start("nested", &json!({"failAfter": after}));
        scene.settle_but(&["slow"]);
        let ended = scene.world.ended(call);
        assert_eq!(ended.is_some(), begun == 0, "it waits for what has begun");
        scene.settle();
        assert_eq!(scene.end(call), Err("E_THROW".to_owned()));
        let state = match begun {
            0 => json!({}),
            begun => cancelled(begun),
        };
        assert_eq!(scene.state(), state);
    }
}

#[test]
fn a_parent_that_is_aborted_cancels_its_children() {
    let mut scene = Scene::new();
    let args = json!({"first": of("waits", json!({})), "second": of("asks", json!({}))});
    let call = scene.start("two", &args);
    scene.settle_but(&["slow"]);
    let flow = scene.flows("parent@alice.near").remove(0);
    let spawned: Vec<_> = flow["waits"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|wait| &wait["child"]["id"])
        .collect();
    assert_eq!(spawned, ["child@bob.near", "child@bob.near"]);
    let abort = json!({"id": "parent@alice.near", "flow": flow["flow"]}).to_string();
    scene
        .world
        .enter("carol.near", "abort", abort.as_bytes(), 0);
    scene.settle_but(&["slow"]);
    scene.settle();

    assert_eq!(scene.end(call), Err("E_ABORTED".to_owned()));
    let state = scene.state();
    assert_eq!(
        (&state["told"], &state["aborted"]),
        (&json!("E_CANCELLED"), &json!("E_CANCELLED"))
    );
}

#[test]
fn too_many_and_too_late_are_refused() {
    let mut scene = Scene::new();
    assert_eq!(scene.now("many", &json!({"n": 12})), Ok(json!(12)));
    let refused = scene.now("many", &json!({"n": 129})).expect("caught");
    assert_eq!(refused[1], "E_GAS");
    assert!(
        refused[0].as_u64() > Some(40),
        "those before go on: {refused}"
    );
    assert_eq!(scene.now("late", &json!({})), Ok(json!("TypeError")));
}

/// What `near.atomic` had undone was waited for in vain: `E_PENDING`, for the whole method.
#[test]
fn a_call_that_is_undone_before_it_leaves_is_cancelled() {
    let mut scene = Scene::new();
    let codes = json!(["E_CANCELLED", "E_CANCELLED", "E_CANCELLED", false]);
    assert_eq!(scene.now("undone", &json!({})), Ok(codes));
    assert_eq!(scene.asked, Vec::<String>::new());
    assert_eq!(scene.state(), json!({}));
}
