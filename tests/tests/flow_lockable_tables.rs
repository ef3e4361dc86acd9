//! Tables `lockable` that are odd, wrong or of other kinds: refused at upload, or a failure of the call, and
//! nothing is left locked. Natively.

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
