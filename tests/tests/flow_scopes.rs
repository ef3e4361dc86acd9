//! Scopes: methods that spawn others and wait for all of them, natively, with receipts in the test's
//! order.

use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

const PARENT: &str = r"
    import { near, storage, contract } from 'conclave'
    const CHILD = 'child@bob.near'
    export async function two({ first, second, deposit = '0' }) {
      const ends = []
      const note = name => [value => ends.push([name, value]), error => ends.push([name, error.code])]
      try {
        const value = await near.scope(async s => {
          const a = s.spawn(CHILD, first.method, first.args, { deposit: BigInt(deposit) })
          const b = s.spawn(CHILD, second.method, second.args)
          a.then(...note('a'))
          b.then(...note('b'))
          return 'body'
        })
        return { value, ends, balance: String(near.balance()) }
      } catch (error) {
        return { code: error.code ?? error.message, ends, balance: String(near.balance()) }
      }
    }
    export async function unsent() {
      try {
        await near.scope(async s => {
          s.spawn(CHILD, 'never', {}, { deposit: 5n })
          throw new Error('no more')
        })
      } catch (error) { return [error.message, String(near.balance())] }
    }
    export async function late() {
      let kept
      await near.scope(async s => { kept = s })
      try { kept.spawn(CHILD, 'given', {}) } catch (error) { return error.name }
    }
    export async function race() {
      return near.scope(async s => {
        const first = await Promise.race([s.spawn(CHILD, 'given', 1), s.spawn(CHILD, 'asks', {})])
        s.cancel()
        return { first, aborted: s.signal.aborted }
      })
    }
    export async function nested({ fail }) {
      return near.scope(async s => {
        const below = s.spawn('parent@alice.near', 'two', {
          first: { method: 'asks', args: {} }, second: { method: 'asks', args: {} },
        })
        if (fail) { await near.call('out.near', 'quick'); throw new Error('enough') }
        return below
      })
    }
    export async function many({ n }) {
      return near.scope(async s => {
        const all = []
        for (let i = 0; i < n; i++) {
          try { all.push(s.spawn(CHILD, 'given', i)) } catch (error) { return [i, error.code] }
        }
        return (await Promise.all(all)).length
      })
    }
    export const fund = () => String(near.keep())
";

const CHILD: &str = r"
    import { near, storage } from 'conclave'
    export const given = value => value
    export const kinds = () => ({ big: 2n ** 70n, bytes: new Uint8Array([1, 2]), map: new Map([[1, 'x']]) })
    export const who = () => [near.caller(), near.signer(), near.path(), String(near.deposit())]
    export function never() { storage.set('never', true) }
    export function fails() { storage.set('failed', true); throw new RangeError('not this') }
    export async function asks({ keep }) {
      if (keep) near.keep()
      storage.set('begun', (storage.get('begun') ?? 0) + 1)
      try {
        const answer = await near.call('out.near', 'slow')
        storage.set('done', (storage.get('done') ?? 0) + 1)
        return answer
      } finally {
        storage.set('ended', (storage.get('ended') ?? 0) + 1)
        if (near.signal.aborted) storage.set('aborted', near.signal.reason.code)
      }
    }
    export async function failsLater() { await near.call('out.near', 'quick'); throw new RangeError('not this') }
    export async function waits() {
      const { token, promise } = near.yield({ timeoutBlocks: 1000 })
      storage.set('token', token)
      try { return await promise } catch (error) { storage.set('told', error.code); throw error }
    }
    export async function survives() {
      try { await near.call('out.near', 'slow') } catch (error) {
        return [error.code, await near.call('out.near', 'after')]
      }
    }
    export const state = () => Object.fromEntries(storage.entries().items ?? [...storage.entries()])
";

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
                !held.iter().any(|method| is_of(&method))
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
