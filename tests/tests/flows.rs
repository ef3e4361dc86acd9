//! Methods that wait for the outside, in NEAR's VM: the enclave beside a contract that is none of it.

use conclave_tests::vm::{Instrument, account};
use conclave_tests::{Vm, World};
use serde_json::json;

const ASKER: &str = r"
    import { near, storage } from 'conclave'
    const OUT = 'instrument.near'
    export async function sum({ n }) {
      storage.set('begun', n)
      let sum = 0
      const seen = []
      for (let i = 1; i <= n; i++) {
        try {
          const count = await near.call(OUT, i % 3 == 0 ? 'fail' : 'add', { by: i }, { gas: '5 Tgas' })
          sum += count
          seen.push(count)
        } catch (error) {
          seen.push(error.code)
        } finally {
          storage.set('last', i)
          near.log('at', i)
        }
      }
      return { sum, seen, begun: storage.get('begun'), last: storage.get('last'), caller: near.caller() }
    }
";

#[test]
fn a_method_goes_on_after_each_answer_with_what_it_had() {
    let mut vm = Vm::new();
    Instrument::deploy(&mut vm, &account("instrument.near"));
    vm.upload("asker@alice.near", ASKER, None).value();
    let ended = vm.call("bob.near", "asker@alice.near", "sum", json!({"n": 5}));
    println!(
        "{} Tgas in the first receipt",
        ended.gas / 1_000_000_000_000
    );
    let expect = json!({
        "sum": 1 + 3 + 7 + 12,
        "seen": [1, 3, "E_OUTSIDE", 7, 12],
        "begun": 5,
        "last": 5,
        "caller": "bob.near",
    });
    assert_eq!(ended.value(), expect);
}
