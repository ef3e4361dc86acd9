//! Sections: locks that hold across receipts, and what was read that must not have changed. Natively,
//! with receipts in the test's order.

use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

const POOL: &str = r"
    import { near, storage, contract } from 'conclave'
    const LOCKS = [['w', 'pool'], ['r', 'fee']]
    export function set({ key, value }) { storage.set(key, value); return value }
    export const get = ({ key }) => storage.get(key)
    const work = async ({ add, how, asks = 1 }) => {
      const pool = storage.get('pool') ?? 0
      storage.set('pool', pool + add)
      contract('diary@alice.near').note({ text: `add ${add}` })
      near.log('added', add)
      for (let i = 0; i < asks; i++) {
        const told = await near.call('out.near', how)
        storage.set('told', (storage.get('told') ?? 0) + told)
      }
      storage.set('pool', storage.get('pool') + (storage.get('fee') ?? 0))
      return storage.get('pool')
    }
    export const locked = args => near.withLock(args.locks ?? LOCKS, () => work(args), args.options)
    export const optimistic = args => near.optimistic(() => work(args))
    export async function caught(args) {
      storage.set('before', true)
      try {
        return await near.withLock(LOCKS, () => work(args))
      } catch (error) {
        storage.set('caught', error.code)
        return { code: error.code, pool: storage.get('pool') }
      }
    }
    export async function twice(args) {
      const one = await near.withLock(LOCKS, () => work(args))
      const two = await near.withLock(LOCKS, () => work(args))
      return [one, two]
    }
    export async function inside(args) {
      return near.withLock(LOCKS, async () => {
        await work(args)
        return near.withLock(LOCKS, async () => 1)
      })
    }
    export async function anew(args) {
      if (args.later) {
        storage.set('after', 1)
        await near.call('out.near', args.how)
        return 'anew'
      }
      return near.withLock(LOCKS, async () => {
        await work(args)
        try {
          near.continueAsNew({ ...args, later: true })
        } catch (error) {
          if (!args.catches) throw error
        }
        await near.call('out.near', args.how)
      })
    }
    export async function left({ how }) {
      near.withLock(LOCKS, () => work({ add: 5, how }))
      return 'gone'
    }
";

const DIARY: &str = r"
    import { storage } from 'conclave'
    export function note({ text }) { storage.set('notes', [...(storage.get('notes') ?? []), text]) }
    export const notes = () => storage.get('notes') ?? []
";

struct Scene(FlowWorld);

impl Scene {
    fn new() -> Self {
        let mut world = FlowWorld::new();
        world.upload(
            "pool@alice.near",
            &POOL
                .replace("locked = args", "locked = async args")
                .replace("optimistic = args", "optimistic = async args"),
        );
        world.upload("diary@alice.near", DIARY);
        let mut scene = Self(world);
        scene.set("pool", 100).expect("set");
        scene.set("fee", 1).expect("set");
        scene
    }

    /// Lets what is ready happen, but for calls outside.
    fn inside(&mut self) {
        while let Some(next) = self.next_inside() {
            self.0.step(next, &mut |_, _| Received::Failed);
        }
    }

    fn next_inside(&self) -> Option<usize> {
        let ready = self.0.ready();
        ready
            .into_iter()
            .find(|receipt| !self.0.is_outside(*receipt))
    }

    /// Lets one call outside be answered: 10, or a failure where the method is `fail`.
    fn outside(&mut self) {
        let ready = self.0.ready();
        let first = ready
            .into_iter()
            .find(|receipt| self.0.is_outside(*receipt));
        self.0.step(
            first.expect("a call outside"),
            &mut |_, actions| match actions {
                [conclave_enclave::Action::Call { method, .. }] if method == "fail" => {
                    Received::Failed
                }
                _ => answer(&json!(10)),
            },
        );
        self.inside();
    }

    fn start(&mut self, method: &str, args: &Value) -> CallId {
        let call = self.0.call("bob.near", "pool@alice.near", method, args);
        self.inside();
        call
    }

    fn ended(&self, call: CallId) -> Option<Result<Value, String>> {
        let ended = self.0.ended(call)?;
        Some(ended.map_err(|failure| failure.expect("the enclave's").code.clone()))
    }

    fn set(&mut self, key: &str, value: u32) -> Result<Value, String> {
        let call = self.start("set", &json!({"key": key, "value": value}));
        self.ended(call).expect("an end")
    }

    fn get(&mut self, key: &str) -> Value {
        let call = self.start("get", &json!({"key": key}));
        self.ended(call).expect("an end").expect("a value")
    }

    fn notes(&mut self) -> Value {
        let call = self
            .0
            .call("bob.near", "diary@alice.near", "notes", &json!(null));
        self.inside();
        self.ended(call).expect("an end").expect("a value")
    }

    /// The token of the flow that waits.
    fn token(&mut self) -> String {
        let asked = json!({"id": "pool@alice.near"}).to_string();
        let flows = self.0.enter("", "flows", asked.as_bytes(), 0);
        self.inside();
        let flows = self.ended(flows).expect("an end").expect("a list");
        let token = flows["flows"][0]["flow"].as_str();
        token.expect("a token").to_owned()
    }

    fn abort(&mut self, who: &str, token: &str) -> Result<Value, String> {
        let request = json!({"id": "pool@alice.near", "flow": token}).to_string();
        let call = self.0.enter(who, "abort", request.as_bytes(), 0);
        self.inside();
        self.ended(call).expect("an end")
    }

    /// No lock and no flow is left.
    fn check_end(&mut self) {
        assert!(!self.0.pairs().into_keys().any(|key| key[0] == 0x16));
        assert_eq!(self.set("pool", 1), Ok(json!(1)));
        let asked = json!({"id": "pool@alice.near"}).to_string();
        let call = self.0.enter("", "flows", asked.as_bytes(), 0);
        self.inside();
        assert_eq!(self.ended(call), Some(Ok(json!({"flows": []}))));
    }
}

#[test]
fn nothing_of_a_locked_section_is_seen_before_its_end() {
    let mut scene = Scene::new();
    let call = scene.start("locked", &json!({"add": 7, "how": "ask", "asks": 3}));
    for _ in 0..3 {
        assert_eq!(scene.ended(call), None);
        assert_eq!((scene.get("pool"), scene.notes()), (json!(100), json!([])));
        assert!(scene.0.logs.is_empty());
        scene.outside();
    }
    assert_eq!(scene.ended(call), Some(Ok(json!(108))));
    assert_eq!(
        (scene.get("pool"), scene.get("told")),
        (json!(108), json!(30))
    );
    assert_eq!(scene.notes(), json!(["add 7"]));
    assert_eq!(scene.0.logs, ["pool@alice.near: added 7"]);
    scene.check_end();
}

#[test]
fn nothing_of_a_failed_section_stays_and_what_came_before_it_does() {
    let mut scene = Scene::new();
    let call = scene.start("caught", &json!({"add": 7, "how": "fail"}));
    scene.outside();
    let expect = json!({"code": "E_OUTSIDE", "pool": 100});
    assert_eq!(scene.ended(call), Some(Ok(expect)));
    assert_eq!(
        (scene.get("before"), scene.get("caught")),
        (json!(true), json!("E_OUTSIDE"))
    );
    assert_eq!((scene.get("told"), scene.notes()), (json!(null), json!([])));
    assert!(scene.0.logs.is_empty());
    let uncaught = scene.start("locked", &json!({"add": 7, "how": "fail"}));
    scene.outside();
    assert_eq!(scene.ended(uncaught), Some(Err("E_OUTSIDE".to_owned())));
    scene.check_end();
}

#[test]
fn a_locked_key_is_written_by_nobody_else_and_others_are_free() {
    let mut scene = Scene::new();
    let call = scene.start("locked", &json!({"add": 7, "how": "ask"}));
    let before = scene.0.pairs();
    assert_eq!(scene.set("pool", 5), Err("E_LOCKED".to_owned()));
    assert_eq!(scene.set("fee", 5), Err("E_LOCKED".to_owned()));
    let other = scene.start("locked", &json!({"add": 1, "how": "ask"}));
    assert_eq!(scene.ended(other), Some(Err("E_LOCKED".to_owned())));
    assert_eq!(scene.0.pairs(), before, "who is refused changes nothing");
    assert_eq!(scene.set("other", 5), Ok(json!(5)));
    let shared = json!({"add": 0, "how": "ask", "locks": [["r", "fee"]], "asks": 0});
    let shared = scene.start("locked", &shared);
    assert_eq!(
        scene.ended(shared),
        Some(Err("E_LOCKED".to_owned())),
        "it writes `pool`"
    );
    scene.outside();
    assert_eq!(scene.ended(call), Some(Ok(json!(108))));
    scene.check_end();
}

#[test]
fn two_sections_that_only_read_a_key_share_it() {
    let mut scene = Scene::new();
    let call = |scene: &mut Scene, key: &str| {
        let locks = json!([["r", "fee"], ["w", key]]);
        scene.start("locked", &json!({"add": 1, "how": "ask", "locks": locks}))
    };
    let (one, two) = (call(&mut scene, "a"), call(&mut scene, "b"));
    assert_eq!((scene.ended(one), scene.ended(two)), (None, None));
    scene.outside();
    assert_eq!(scene.ended(one), Some(Ok(json!(102))));
    scene.outside();
    // The second one had read what the first one wrote since.
    assert_eq!(scene.ended(two), Some(Err("E_CONFLICT".to_owned())));
    scene.check_end();
}

#[test]
fn an_optimistic_section_is_told_when_what_it_read_has_changed() {
    let mut scene = Scene::new();
    let call = scene.start("optimistic", &json!({"add": 7, "how": "ask"}));
    assert_eq!(scene.set("other", 5), Ok(json!(5)));
    scene.outside();
    assert_eq!(
        scene.ended(call),
        Some(Ok(json!(108))),
        "nothing it read has changed"
    );
    let call = scene.start("optimistic", &json!({"add": 7, "how": "ask"}));
    assert_eq!(scene.set("pool", 5), Ok(json!(5)), "nobody is kept out");
    scene.outside();
    assert_eq!(scene.ended(call), Some(Err("E_CONFLICT".to_owned())));
    assert_eq!(
        (scene.get("pool"), scene.notes()),
        (json!(5), json!(["add 7"]))
    );
    scene.check_end();
}

#[test]
fn sections_follow_each_other_and_do_not_nest() {
    let mut scene = Scene::new();
    let call = scene.start("twice", &json!({"add": 1, "how": "ask"}));
    scene.outside();
    assert_eq!(scene.ended(call), None);
    scene.outside();
    assert_eq!(scene.ended(call), Some(Ok(json!([102, 104]))));
    assert_eq!(scene.notes(), json!(["add 1", "add 1"]));
    let call = scene.start("inside", &json!({"add": 1, "how": "ask"}));
    scene.outside();
    assert_eq!(scene.ended(call), Some(Err("E_BAD_VALUE".to_owned())));
    let call = scene.start("left", &json!({"how": "ask"}));
    assert_eq!(scene.ended(call), Some(Ok(json!("gone"))));
    assert_eq!(
        scene.get("pool"),
        json!(104),
        "a section that nobody awaits is not kept"
    );
    scene.outside();
    scene.check_end();
}

/// A method that began anew in a section lost what it did after that: the section was open still, with
/// nobody to end it, so what came was taken for a part of it and undone. It is refused.
#[test]
fn a_method_does_not_begin_anew_in_a_section() {
    let mut scene = Scene::new();
    let call = scene.start("anew", &json!({"add": 1, "how": "ask"}));
    scene.outside();
    assert_eq!(scene.ended(call), Some(Err("E_PENDING".to_owned())));
    assert_eq!(scene.get("pool"), json!(100));
    let later = scene.start("anew", &json!({"how": "ask", "later": true}));
    scene.outside();
    assert_eq!(scene.ended(later), Some(Ok(json!("anew"))));
    assert_eq!(scene.get("after"), json!(1));
    scene.check_end();
}

/// What was refused was not written down, so a method that caught it was told something else when it
/// was gone through again, and was parked. It ends the method now.
#[test]
fn a_method_does_not_catch_that_it_can_not_begin_anew() {
    let mut scene = Scene::new();
    let args = json!({"add": 1, "how": "ask", "catches": true});
    let call = scene.start("anew", &args);
    scene.outside();
    assert_eq!(scene.ended(call), Some(Err("E_PENDING".to_owned())));
    scene.check_end();
}

/// A section without locks kept nobody from anything, and yet anybody could abort its method after 200
/// blocks. Only locks give that right.
#[test]
fn a_stranger_does_not_abort_a_flow_that_holds_no_locks() {
    let mut scene = Scene::new();
    let call = scene.start("optimistic", &json!({"add": 7, "how": "ask"}));
    let token = scene.token();
    scene.0.pass(1_000);
    let refused = scene.abort("mallory.near", &token);
    assert_eq!(refused, Err("E_NOT_ALLOWED".to_owned()));
    scene.outside();
    assert_eq!(scene.ended(call), Some(Ok(json!(108))));
    scene.check_end();
}

#[test]
fn anybody_aborts_a_flow_that_holds_locks_too_long() {
    let mut scene = Scene::new();
    let options = json!({"timeoutBlocks": 50});
    let call = scene.start(
        "locked",
        &json!({"add": 7, "how": "ask", "options": options}),
    );
    let token = scene.token();
    let refused = scene.abort("mallory.near", &token);
    assert_eq!(refused, Err("E_NOT_ALLOWED".to_owned()));
    scene.0.pass(50);
    assert_eq!(scene.abort("mallory.near", &token), Ok(json!(null)));
    assert_eq!(scene.set("pool", 5), Ok(json!(5)));
    scene.outside();
    assert_eq!(scene.ended(call), Some(Err("E_UNKNOWN_FLOW".to_owned())));
    assert_eq!(scene.notes(), json!([]));
    scene.check_end();
}
