//! Attacks on methods that wait for several things: callees that meddle with their caller's section, scopes
//! in sections, deposits of calls that never begin, values at their limits, tables of locks that are none.
//! Natively, with receipts in the test's order.

use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

const NEAR: u128 = 10u128.pow(24);

const PARENT: &str = include_str!("flow_scopes_hostile/parent.js");

const CHILD: &str = include_str!("flow_scopes_hostile/child.js");

struct Scene {
    world: FlowWorld,
    total: i128,
}

impl Scene {
    fn new() -> Self {
        let mut world = FlowWorld::new();
        world.upload("parent@alice.near", PARENT);
        world.upload("child@bob.near", CHILD);
        let total = world.balance as i128 + world.accounts.values().sum::<i128>();
        let mut scene = Self { world, total };
        let fund = json!({"id": "parent@alice.near", "method": "fund"}).to_string();
        let (world, fund) = (&mut scene.world, fund.as_bytes());
        let call = world.enter("carol.near", "call", fund, NEAR);
        scene.settle();
        scene.end(call).expect("funded");
        scene
    }

    /// Lets everything happen that can, in order, but for receipts of which this is said.
    fn settle_but(&mut self, held: &str) {
        loop {
            let is_free = |at: &usize| held.is_empty() || !self.world.describe(*at).contains(held);
            let Some(first) = self.world.ready().into_iter().find(is_free) else {
                return;
            };
            self.world.step(first, &mut |_, actions| match actions {
                [Action::Call { method, .. }] => answer(&json!(method)),
                _ => Received::Failed,
            });
        }
    }

    fn settle(&mut self) {
        self.settle_but("");
    }

    fn start(&mut self, method: &str, args: &Value) -> CallId {
        let id = "parent@alice.near";
        self.world.call("carol.near", id, method, args)
    }

    fn now(&mut self, method: &str, args: &Value) -> Result<Value, String> {
        let call = self.start(method, args);
        self.settle();
        self.end(call)
    }

    /// How a call ended, with nothing left over and no yoctoNEAR lost or made.
    fn end(&mut self, call: CallId) -> Result<Value, String> {
        let ended = self.world.ended(call).expect("an end");
        assert!(self.world.open().is_empty(), "nothing is open");
        let passing = 0x14..0x17;
        let is_left = |key: Vec<u8>| passing.contains(&key[0]);
        assert!(!self.world.pairs().into_keys().any(is_left), "a record");
        for id in ["parent@alice.near", "child@bob.near"] {
            let asked = json!({"id": id}).to_string();
            let call = self.world.enter("", "flows", asked.as_bytes(), 0);
            self.settle();
            let flows = self.world.ended(call).expect("an end").expect("a view");
            assert_eq!(flows["flows"], json!([]), "nothing waits in {id}");
        }
        let total = self.world.balance as i128 + self.world.accounts.values().sum::<i128>();
        assert_eq!(total, self.total, "nothing is lost or made");
        ended.map_err(|failure| failure.expect("the enclave's").code.clone())
    }

    fn child(&mut self, method: &str, args: &Value) -> Result<Value, String> {
        let id = "child@bob.near";
        let call = self.world.call("mallory.near", id, method, args);
        self.settle();
        self.end(call)
    }

    fn of_child(&mut self) -> Value {
        self.child("state", &json!(null)).expect("a view")
    }

    /// What the parent and the child have, in yoctoNEAR.
    fn money(&mut self) -> [u128; 2] {
        let of_parent = self.now("balance", &json!(null));
        let of_child = self.child("balance", &json!(null));
        [of_parent, of_child].map(|balance| {
            let balance = balance.expect("a balance");
            let digits = balance.as_str().expect("a text");
            digits.parse().expect("digits")
        })
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |value, _| json!([value]))
}

#[test]
fn a_callee_opens_no_section_around_its_caller() {
    for waits in [false, true] {
        for (method, told) in [
            ("opens", "opened"),
            ("opensAndWaits", "E_PENDING"),
            ("enters", "E_PENDING"),
        ] {
            let mut scene = Scene::new();
            let got = scene.now("trusts", &json!({"method": method, "waits": waits}));
            assert_eq!(got, Ok(json!(told)), "{method}");
            let all = json!({"before": 1, "between": 1, "after": 1});
            let kept = scene.now("state", &json!(null));
            assert_eq!(kept, Ok(all), "{method} {waits}: what the caller did stays");
        }
    }
}

#[test]
fn a_section_does_not_begin_where_near_atomic_may_undo_its_beginning() {
    let mut scene = Scene::new();
    let got = scene.now("atomicSection", &json!({}));
    assert_eq!(got, Ok(json!("undone")));
    let kept = scene.now("state", &json!(null));
    assert_eq!(kept, Ok(json!({"a": 1, "b": 1})));
}

#[test]
fn who_takes_back_a_call_is_not_cancelled() {
    let mut scene = Scene::new();
    assert_eq!(scene.now("signal", &json!({})), Ok(json!([false, null])));
}

#[test]
fn what_is_cancelled_in_a_section_is_told_though_the_section_is_done_again() {
    for locks in [json!([]), json!([["w", "k"]])] {
        for method in ["asks", "waits"] {
            let mut scene = Scene::new();
            let call = scene.start("race", &json!({"locks": locks, "method": method}));
            scene.settle_but("call slow");
            scene.settle();
            assert_eq!(scene.end(call), Ok(json!(1)), "{method}");
            assert_eq!(scene.of_child(), json!({"code": "E_CANCELLED"}), "{method}");
        }
    }
}

#[test]
fn what_was_spawned_before_a_section_and_is_cancelled_in_it_does_not_begin() {
    let mut scene = Scene::new();
    assert_eq!(scene.now("cancelsLater", &json!({})), Ok(Value::Null));
    assert_eq!(scene.of_child(), json!({}));
}

#[test]
fn a_method_that_ends_before_its_scopes_leaves_nobody_waiting() {
    for (fails, end) in [
        (false, Ok(json!("left"))),
        (true, Err("E_THROW".to_owned())),
    ] {
        for method in ["asks", "waits"] {
            let mut scene = Scene::new();
            let call = scene.start("leaves", &json!({"method": method, "fails": fails}));
            scene.settle_but("call slow");
            scene.settle();
            assert_eq!(scene.end(call), end, "{method}");
            assert_eq!(scene.of_child(), json!({"code": "E_CANCELLED"}), "{method}");
            assert_eq!(scene.money(), [NEAR - NEAR / 10 - 2, NEAR / 10]);
        }
        let mut scene = Scene::new();
        let call = scene.start("leaves", &json!({"method": "marks", "fails": fails}));
        scene.settle_but("conclave.near spawn");
        scene.settle();
        assert_eq!(scene.end(call), end);
        let nothing = (scene.of_child(), scene.money());
        assert_eq!(nothing, (json!({}), [NEAR - 2, 0]), "it did not begin");
    }
}

#[test]
fn a_call_that_is_taken_back_in_a_section_is_paid_back_once() {
    for fails in [false, true] {
        for waits in [false, true] {
            let mut scene = Scene::new();
            let got = scene.now("takesBack", &json!({"fails": fails, "waits": waits}));
            assert_eq!(got, Ok(json!("0")));
            assert_eq!((scene.money(), scene.of_child()), ([NEAR, 0], json!({})));
        }
    }
}

#[test]
fn a_deposit_is_the_childs_or_its_callers_and_never_both() {
    let deposit = NEAR / 10;
    for (method, args, has_it) in [
        ("given", json!(1), true),
        ("large", json!(300_000), true),
        ("fails", json!({}), false),
        ("failsLater", json!({}), false),
        ("odd", json!({}), false),
        ("nothing", json!({}), false),
        ("init", json!({}), false),
    ] {
        let mut scene = Scene::new();
        let asked = json!({"method": method, "args": args, "deposit": deposit.to_string()});
        scene.now("spawns", &asked).expect("caught");
        let of_child = if has_it { deposit } else { 0 };
        assert_eq!(scene.money(), [NEAR - of_child, of_child], "{method}");
    }
}

#[test]
fn values_as_deep_as_they_may_be_can_be_waited_for() {
    let mut scene = Scene::new();
    for (asked, levels) in [
        (json!({"method": "given", "given": 64}), json!(64)),
        (json!({"method": "deepLater", "given": 64}), json!(64)),
        (json!({"method": "deep", "args": 64}), json!(64)),
        (json!({"method": "deep", "args": 65}), json!("E_TOO_DEEP")),
    ] {
        assert_eq!(scene.now("deep", &asked), Ok(levels), "{asked}");
    }
    assert_eq!(scene.child("deepLocked", &nested(64)), Ok(json!(1)));
    assert_eq!(scene.child("marks", &nested(64)), Ok(Value::Null), "free");
    assert_eq!(scene.child("deepEnd", &json!(64)), Ok(nested(64)));
    assert_eq!(scene.child("deepMark", &json!(64)), Ok(json!(1)));
    let listed = Scene::new().child("deepList", &json!(64));
    assert_eq!(listed, Ok(json!(1)));
}

#[test]
fn a_spawned_method_knows_who_spawned_it_and_private_ones_are_not_reached() {
    let (parent, child) = ("parent@alice.near", "child@bob.near");
    let who = |caller: &str| json!([caller, "carol.near", [child], child]);
    for (method, told) in [
        ("who", json!({"value": who(parent)})),
        ("back", json!({"value": [child, who(child)]})),
        ("ft_on_transfer", json!({"value": [parent, "carol.near"]})),
        ("_private", json!({"code": "E_PRIVATE_METHOD"})),
        ("init", json!({"code": "E_PRIVATE_METHOD"})),
        ("migrate", json!({"code": "E_PRIVATE_METHOD"})),
        ("__proto__", json!({"code": "E_PRIVATE_METHOD"})),
        ("constructor", json!({"code": "E_UNKNOWN_METHOD"})),
        ("", json!({"code": "E_UNKNOWN_METHOD"})),
        ("odd", json!({"code": "E_BAD_VALUE"})),
    ] {
        let told_now = Scene::new().now("spawns", &json!({"method": method}));
        assert_eq!(told_now, Ok(told), "{method}");
    }
    for (id, code) in [
        ("nobody@bob.near", "E_UNKNOWN_SUBCONTRACT"),
        ("conclave.near", "E_BAD_ID"),
        ("", "E_BAD_ID"),
    ] {
        let told = Scene::new().now("spawns", &json!({"id": id, "method": "who"}));
        assert_eq!(told, Ok(json!({"code": code})), "{id}");
    }
}

#[test]
fn amounts_of_gas_that_are_none_are_refused() {
    for (gas, code) in [
        (json!({"big": 63}), "E_GAS"),
        (json!({"big": 64}), "E_BAD_VALUE"),
        (json!("1000 Tgas"), "E_GAS"),
        (json!("much"), "E_BAD_VALUE"),
        (json!(-1), "E_BAD_VALUE"),
        (json!(0.5), "E_BAD_VALUE"),
    ] {
        let told = Scene::new().now("spawns", &json!({"method": "given", "gas": gas}));
        assert_eq!(told, Ok(json!({"code": code})), "{gas}");
    }
}

#[test]
fn scopes_are_the_same_whatever_code_tries_to_replace() {
    let got = Scene::new().now("replaces", &json!({}));
    assert_eq!(got, Ok(json!([["TypeError"], 4, 1])));
    let asked = ["gas", "none", "gas", "none"];
    let got = Scene::new().now("asksWhileAsked", &json!({}));
    assert_eq!(got, Ok(json!(["E_BAD_VALUE", 1, 2, asked])));
}

#[test]
fn all_kinds_of_waits_between_checkpoints_are_gone_through_again() {
    let mut scene = Scene::new();
    let ended = scene.now("rounds", &json!({"until": 2}));
    assert_eq!(ended, Ok(json!("end")));
    let told = scene.now("state", &json!(null)).expect("a view");
    let rounds = json!({"got/0": "quick,0,ffff,late", "got/1": "quick,1,ffff,late"});
    assert_eq!(told, rounds);
}

#[test]
fn nobody_but_the_enclave_spawns_and_bytes_that_are_no_call_are_refused() {
    let mut scene = Scene::new();
    let mut inputs: Vec<Vec<u8>> = vec![Vec::new(), b"{}".to_vec(), vec![1, 10, 0], vec![1; 5_000]];
    // An array of seven texts, cut anywhere.
    let texts = [[1, 10, 7].as_slice(), &[7, 1, b'x'].repeat(7)].concat();
    inputs.extend((0..=texts.len()).map(|end| texts[..end].to_vec()));
    for (who, code) in [
        ("conclave.near", "E_BAD_REQUEST"),
        ("bob.near", "E_NOT_ALLOWED"),
    ] {
        for input in &inputs {
            let call = scene.world.enter(who, "spawn", input, 0);
            scene.settle();
            assert_eq!(scene.end(call), Err(code.to_owned()), "{input:?}");
        }
    }
}
