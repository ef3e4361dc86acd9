//! Tables `lockable` that are odd, wrong or of other kinds: refused at upload, or a failure of the call, and
//! nothing is left locked. Natively.

use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{CallId, FlowWorld, answer};
use serde_json::{Value, json};

struct Scene(FlowWorld);

impl Scene {
    fn settle(&mut self) {
        while let Some(first) = self.0.ready().first().copied() {
            self.0.step(first, &mut |_, _| answer(&json!("quick")));
        }
    }

    /// How a call ended, with nothing locked.
    fn end(&mut self, call: CallId) -> Result<Value, String> {
        self.settle();
        let is_lock = |key: &Vec<u8>| key[0] == 0x16;
        assert!(!self.0.pairs().keys().any(is_lock), "nothing is locked");
        let ended = self.0.ended(call).expect("an end");
        ended.map_err(|failure| failure.expect("the enclave's").code.clone())
    }
}

#[test]
fn a_table_of_locks_holds_names_of_methods_and_their_locks() {
    let source = |table: &str, more: &str| {
        format!(
            "import {{ near, storage }} from 'conclave'\nexport async function swap() {{ const a = \
             await near.call('out.near', 'quick'); storage.set('a', a); return a }}\n{more}\n\
             export const lockable = {table}"
        )
    };
    for (table, more, method, told) in [
        (
            "{ swap: [['w', 'a']], swap: [['w', 'b']] }",
            "",
            "swap",
            Ok("quick"),
        ),
        (
            "{ get swap() { return [['w', 'a']] } }",
            "",
            "swap",
            Ok("quick"),
        ),
        (
            "{ then: [], constructor: [] }",
            "export { swap as then, swap as constructor }",
            "then",
            Ok("quick"),
        ),
        (
            "{ default: [['w', 'a']] }",
            "export default swap",
            "default",
            Err("E_SOURCE"),
        ),
        ("{ '': [] }", "export { swap as '' }", "", Err("E_SOURCE")),
        ("{ __proto__: { swap: [] } }", "", "swap", Err("E_SOURCE")),
        ("{ ...{} }", "", "swap", Err("E_SOURCE")),
        ("{ lockable: [] }", "", "swap", Err("E_SOURCE")),
        ("{ K: [] }", "export class K {}", "K", Err("E_THROW")),
        (
            "{ value: [] }",
            "export const value = 5",
            "value",
            Err("E_THROW"),
        ),
        ("{ swap: 5 }", "", "swap", Err("E_BAD_VALUE")),
        (
            "{ async swap() { return [] } }",
            "",
            "swap",
            Err("E_BAD_VALUE"),
        ),
        (
            "{ swap() { throw new RangeError('x') } }",
            "",
            "swap",
            Err("E_THROW"),
        ),
        (
            "{ swap: () => { near.withLock([], () => 1); return [] } }",
            "",
            "swap",
            Err("E_BAD_VALUE"),
        ),
        ("{ swap: undefined }", "", "swap", Err("E_BAD_VALUE")),
        ("{ swap: () => {} }", "", "swap", Err("E_BAD_VALUE")),
        (
            "{ init: [] }",
            "export function init() {}",
            "init",
            Err("E_SOURCE"),
        ),
        (
            "{ hand: [] }",
            "export const hand = near.lockable([], () => 1)",
            "hand",
            Err("E_BAD_VALUE"),
        ),
    ] {
        let mut scene = Scene(FlowWorld::new());
        let request = json!({"id": "pool@bob.near", "source": source(table, more)}).to_string();
        let (world, request) = (&mut scene.0, request.as_bytes());
        let upload = world.enter("bob.near", "upload", request, 5 * 10u128.pow(24));
        let told = told.map(|told| json!(told)).map_err(str::to_owned);
        if told == Err("E_SOURCE".to_owned()) {
            assert_eq!(scene.end(upload), told, "{table}");
            continue;
        }
        scene.end(upload).expect("an upload");
        let call = scene
            .0
            .call("carol.near", "pool@bob.near", method, &json!({}));
        assert_eq!(scene.end(call), told, "{table}");
    }
}

/// By a list, and by a function of the parameter.
#[test]
fn a_method_in_the_table_of_locks_is_a_section() {
    const LOCKABLE: &str = r"
        import { near, storage } from 'conclave'
        export const lockable = { swap: ({ pool }) => [['w', `pool/${pool}`]], sweep: [['w', 'pool/1']] }
        export async function swap({ pool, fail }) {
          storage.set(`pool/${pool}`, 'half')
          const price = await near.call('out.near', 'price')
          if (fail) throw new Error('no')
          storage.set(`pool/${pool}`, price)
          return price
        }
        export function sweep() { storage.set('pool/1', 'swept'); return 'swept' }
        export const set = ({ pool, to }) => storage.set(`pool/${pool}`, to)
        export const get = ({ pool }) => storage.get(`pool/${pool}`) ?? null
    ";
    const ID: &str = "pools@alice.near";
    for fail in [false, true] {
        let mut world = FlowWorld::new();
        world.upload(ID, LOCKABLE);
        let args = json!({"pool": 1, "fail": fail});
        let swap = world.call("bob.near", ID, "swap", &args);
        let first = world.ready()[0];
        world.step(first, &mut |_, _| Received::Failed);
        let asked = json!({"id": ID}).to_string();
        let flows = world.enter("", "flows", asked.as_bytes(), 0);
        let last = *world.ready().last().expect("the view");
        world.step(last, &mut |_, _| Received::Failed);
        let shown = world.ended(flows).expect("an end").expect("a view");
        assert_eq!(shown["flows"][0]["locks"], json!([["w", "pool/1"]]));
        assert_eq!(shown["flows"][0]["until"], json!(world.height() - 1 + 200));
        for (method, args, code) in [
            ("sweep", json!({}), "E_LOCKED"),
            ("set", json!({"pool": 1, "to": 0}), "E_LOCKED"),
            ("swap", json!({"pool": 1}), "E_LOCKED"),
        ] {
            let call = world.call("carol.near", ID, method, &args);
            let last = *world.ready().last().expect("the call");
            world.step(last, &mut |_, _| Received::Failed);
            let refused = world
                .ended(call)
                .expect("an end")
                .expect_err("it is locked");
            assert_eq!(refused.expect("the enclave's").code, code, "{method}");
        }
        let other = world.call("carol.near", ID, "set", &json!({"pool": 2, "to": 5}));
        let get = world.call("carol.near", ID, "get", &json!({"pool": 1}));
        for call in [other, get] {
            while world.ended(call).is_none() {
                let last = *world.ready().last().expect("the call");
                world.step(last, &mut |_, _| answer(&json!(7)));
            }
        }
        assert_eq!(
            world.ended(get),
            Some(Ok(json!(null))),
            "nothing of it is there"
        );
        let ended = world.run(swap, &mut |_, _| answer(&json!(7)));
        let stays = match ended {
            Ok(value) => value,
            Err(failure) => json!(failure.expect("the enclave's").message),
        };
        let (told, stored) = if fail {
            (json!("no"), json!(null))
        } else {
            (json!(7), json!(7))
        };
        assert_eq!(stays, told);
        let get = world.call("carol.near", ID, "get", &json!({"pool": 1}));
        assert_eq!(world.run(get, &mut |_, _| Received::Failed), Ok(stored));
        let sweep = world.call("carol.near", ID, "sweep", &json!({}));
        assert_eq!(
            world.run(sweep, &mut |_, _| Received::Failed),
            Ok(json!("swept"))
        );
    }
}
