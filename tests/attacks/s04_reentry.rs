//! S04: a subcontract that is called calls back into who called it, before that has finished.

use crate::defence::{Line, defended_by};
use conclave_tests::World;
use serde_json::{Value, json};

/// A bank that pays out first and books afterwards: what re-entry lives on.
const BANK: &str = "import { storage, contract } from 'conclave'
export const init = () => { storage.set('thief', 10); storage.set('all', 30); storage.set('paid', 0) }
export function withdraw() {
  const balance = storage.get('thief')
  if (balance === 0) return
  storage.set('paid', storage.get('paid') + balance)
  contract('thief@mallory.near').paid()
  storage.set('thief', 0)
}
export const seen = key => storage.get(key)";

/// The thief is paid as often as it asks, with one balance.
#[test]
fn s04_reentry_is_denied_where_nobody_allowed_it() {
    defended_by(&[Line {
        file: "enclave/src/execution.rs",
        text: "if self.frames.borrow().is_running(id) && !program.is_reentrant(&request.method) {",
        without: "if false {",
    }])
    .against(|world: &mut dyn World| {
        world
            .upload("bank@alice.near", BANK, Some(Value::Null))
            .value();
        let thief = "import { contract, storage } from 'conclave'
export function paid() {
  const times = storage.get('times') ?? 0
  if (times === 3) return
  storage.set('times', times + 1)
  try { contract('bank@alice.near').withdraw() } catch (error) { storage.set('code', error.code) }
}
export const code = () => storage.get('code')";
        world.upload("thief@mallory.near", thief, None).value();
        world
            .call("mallory.near", "bank@alice.near", "withdraw", Value::Null)
            .value();
        let seen = |key| world.view("bank@alice.near", "seen", json!(key)).value();
        assert_eq!([seen("paid"), seen("thief")], [json!(10), json!(0)]);
        let code = world.view("thief@mallory.near", "code", Value::Null);
        assert_eq!(code.value(), json!("E_REENTRY"));
    });
}
