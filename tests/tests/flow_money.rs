//! NEAR that leaves with a call and may come back, and methods that begin anew: natively, with receipts
//! in the test's order. The world counts what the enclave's account has.

use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

const NEAR: u128 = 10u128.pow(24);

const PAYER: &str = r"
    import { near, storage } from 'conclave'
    export function fill() { near.keep() }
    export const balance = () => near.balance()
    export async function pay({ to, amount }) {
      const before = near.balance()
      try {
        await near.call(to, 'take', {}, { deposit: BigInt(amount) })
        return { paid: true, spent: before - near.balance() }
      } catch (error) {
        return { paid: false, code: error.code, spent: before - near.balance() }
      }
    }
    export async function pass({ to }) {
      await near.call(to, 'take', {}, { deposit: near.deposit() - 10n ** 22n })
    }
    export async function insist({ to, times }) {
      for (let i = 0; i < times; i++) {
        try {
          return await near.call(to, 'take', {}, { deposit: 10n ** 23n })
        } catch (error) {
          near.log(error.code)
        }
      }
    }
    export function forget({ to, amount }) { near.send(to, 'take', {}, { deposit: BigInt(amount) }) }
    export async function keepAndFall() {
      near.keep(1000000n)
      storage.set('kept', 'x'.repeat(500))
      await near.call('good.near', 'take')
      throw new Error('no more')
    }
    export async function many({ to }) {
      const all = to.map(account => near.call(account, 'take', {}, { deposit: 10n ** 23n }))
      return (await Promise.allSettled(all)).map(one => one.status)
    }
    export async function steps({ until }) {
      let { at, sum } = near.checkpoint() ?? { at: 0, sum: 0 }
      while (at < until) {
        sum += await near.call('good.near', 'take')
        near.log('at', at)
        near.checkpoint({ at: at + 1, sum })
      }
      return { at, sum }
    }
    export async function again({ left, sum }) {
      if (left === 0) return sum
      const got = await near.call('good.near', 'take')
      near.continueAsNew({ left: left - 1, sum: sum + got })
    }
    export async function early() {
      const promise = near.call('good.near', 'take')
      near.checkpoint(1)
      return promise
    }
";

struct Scene(FlowWorld);

/// `good.near` takes what it gets and says 3; `bad.near` fails; `thief.near` takes it and fails.
fn outside(world: &mut FlowWorld, receipt: usize) {
    world.step(receipt, &mut |account, _| match account {
        "good.near" => answer(&json!(3)),
        _ => Received::Failed,
    });
}

impl Scene {
    fn new() -> Self {
        let mut world = FlowWorld::new();
        world.thieves.push("thief.near".to_owned());
        world.upload("payer@alice.near", PAYER);
        world.upload("other@alice.near", PAYER);
        let mut scene = Self(world);
        for id in ["payer@alice.near", "other@alice.near"] {
            let request = json!({"id": id, "method": "fill"}).to_string();
            let call = scene
                .0
                .enter("bob.near", "call", request.as_bytes(), 10 * NEAR);
            scene.end(call).expect("filled");
        }
        scene
    }

    fn settle(&mut self) {
        while let Some(first) = self.0.ready().first().copied() {
            outside(&mut self.0, first);
        }
    }

    fn end(&mut self, call: CallId) -> Result<Value, String> {
        self.settle();
        let ended = self.0.ended(call).expect("an end");
        ended.map_err(|failure| failure.expect("the enclave's").code.clone())
    }

    fn call(&mut self, method: &str, args: Value) -> Result<Value, String> {
        let call = self.0.call("bob.near", "payer@alice.near", method, &args);
        self.end(call)
    }

    fn balance(&mut self, id: &str) -> u128 {
        let call = self.0.call("bob.near", id, "balance", &json!(null));
        let balance = self.end(call).expect("a balance");
        balance
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("digits")
    }
}

#[test]
fn what_a_failed_call_gives_back_is_the_subcontracts_again() {
    let mut scene = Scene::new();
    let before = scene.0.balance;
    let amount = NEAR.to_string();
    let paid = scene.call("pay", json!({"to": "good.near", "amount": amount}));
    assert_eq!(paid, Ok(json!({"paid": true, "spent": amount})));
    let refused = scene.call("pay", json!({"to": "bad.near", "amount": amount}));
    assert_eq!(
        refused,
        Ok(json!({"paid": false, "code": "E_OUTSIDE", "spent": "0"}))
    );
    assert_eq!(scene.balance("payer@alice.near"), 9 * NEAR);
    assert_eq!(scene.0.balance, before - NEAR);
}

#[test]
fn what_a_failed_call_kept_is_nobodys_again_even_while_another_comes_back() {
    let mut scene = Scene::new();
    let amount = NEAR.to_string();
    let stolen = scene.call("pay", json!({"to": "thief.near", "amount": amount}));
    assert_eq!(
        stolen,
        Ok(json!({"paid": false, "code": "E_OUTSIDE", "spent": amount}))
    );
    assert_eq!(scene.balance("payer@alice.near"), 9 * NEAR);
    // Both are on their way at once; the answers come in either order.
    for thief_first in [true, false] {
        let (one, two) = ("payer@alice.near", "other@alice.near");
        let before = (scene.balance(one), scene.balance(two));
        let thief = scene.0.call(
            "bob.near",
            one,
            "pay",
            &json!({"to": "thief.near", "amount": amount}),
        );
        let honest = scene.0.call(
            "bob.near",
            two,
            "pay",
            &json!({"to": "bad.near", "amount": amount}),
        );
        for receipt in scene.0.ready() {
            outside(&mut scene.0, receipt);
        }
        let mut sent = scene.0.ready();
        if !thief_first {
            sent.reverse();
        }
        for receipt in sent {
            // NEAR gives a deposit back right before the answer.
            let known = scene.0.ready();
            outside(&mut scene.0, receipt);
            for next in scene
                .0
                .ready()
                .into_iter()
                .filter(|next| !known.contains(next))
            {
                outside(&mut scene.0, next);
            }
        }
        scene.end(thief).expect("caught");
        scene.end(honest).expect("caught");
        assert_eq!(scene.balance(one), before.0 - NEAR);
        assert_eq!(scene.balance(two), before.1);
    }
}

/// A deposit that left in the execution in which the one before it came back was lost when it came back
/// too: what had come back was taken for the enclave's own, since the books on chain did not owe it
/// yet, and so nothing seemed to be there for it. It counts as owed now.
#[test]
fn a_deposit_that_leaves_when_another_comes_back_comes_back_too() {
    let mut scene = Scene::new();
    let insisted = scene.call("insist", json!({"to": "bad.near", "times": 4}));
    assert_eq!(insisted, Ok(json!(null)));
    assert_eq!(scene.0.logs.len(), 4);
    assert_eq!(scene.balance("payer@alice.near"), 10 * NEAR);
    let insisted = scene.call("insist", json!({"to": "thief.near", "times": 2}));
    assert_eq!(insisted, Ok(json!(null)));
    assert_eq!(scene.balance("payer@alice.near"), 10 * NEAR - 2 * NEAR / 10);
}

#[test]
fn a_deposit_that_nobody_waits_for_comes_back_too() {
    let mut scene = Scene::new();
    let amount = NEAR.to_string();
    scene
        .call("forget", json!({"to": "bad.near", "amount": amount}))
        .expect("sent");
    assert_eq!(scene.balance("payer@alice.near"), 10 * NEAR);
    scene
        .call("forget", json!({"to": "good.near", "amount": amount}))
        .expect("sent");
    assert_eq!(scene.balance("payer@alice.near"), 9 * NEAR);
}

#[test]
fn several_with_deposits_are_answered_one_by_one_and_the_caller_gets_the_end() {
    let mut scene = Scene::new();
    let ended = scene.call(
        "many",
        json!({"to": ["good.near", "bad.near", "good.near"]}),
    );
    assert_eq!(ended, Ok(json!(["fulfilled", "rejected", "fulfilled"])));
    assert_eq!(scene.balance("payer@alice.near"), 10 * NEAR - 2 * NEAR / 10);
}

#[test]
fn a_deposit_waits_with_its_method_and_what_is_left_comes_back() {
    let mut scene = Scene::new();
    let enter = |scene: &mut Scene, method: &str, args: Value| {
        let request = json!({"id": "payer@alice.near", "method": method, "args": args});
        let request = request.to_string();
        let call = scene
            .0
            .enter("carol.near", "call", request.as_bytes(), NEAR);
        scene.end(call)
    };
    enter(&mut scene, "pass", json!({"to": "good.near"})).expect("passed on");
    let spent = NEAR as i128 - 10i128.pow(22);
    assert_eq!(scene.0.accounts["carol.near"], -spent);
    assert_eq!(
        enter(&mut scene, "pass", json!({"to": "bad.near"})),
        Err("E_OUTSIDE".to_owned())
    );
    // It came back to the subcontract that sent it: the method had spent it.
    let sent = 10 * NEAR + spent as u128;
    assert_eq!(scene.balance("payer@alice.near"), sent);
    let before = scene.0.accounts["carol.near"];
    let fell = enter(&mut scene, "keepAndFall", json!(null));
    assert_eq!(fell, Err("E_THROW".to_owned()));
    let paid = before - scene.0.accounts["carol.near"];
    assert!(
        paid > 1_000_000 && paid < NEAR as i128 / 100,
        "{paid} for what was kept and stored"
    );
    assert_eq!(scene.balance("payer@alice.near"), sent + 1_000_000);
}

#[test]
fn a_method_that_begins_anew_goes_on_with_what_it_said() {
    let mut scene = Scene::new();
    assert_eq!(
        scene.call("steps", json!({"until": 12})),
        Ok(json!({"at": 12, "sum": 36}))
    );
    let lines: Vec<_> = (0..12)
        .map(|at| format!("payer@alice.near: at {at}"))
        .collect();
    assert_eq!(scene.0.logs, lines);
    assert_eq!(
        scene.call("again", json!({"left": 7, "sum": 1})),
        Ok(json!(22))
    );
    assert_eq!(
        scene.call("early", json!(null)),
        Err("E_PENDING".to_owned())
    );
}
