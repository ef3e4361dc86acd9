//! Methods that wait for the outside, in NEAR's VM: the enclave beside a contract that is none of it.

use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use conclave_tests::flow_world::{FlowWorld, answer};
use conclave_tests::outside::{Outside, deploy};
use conclave_tests::{Vm, World};
use serde_json::{Value, json};

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
    deploy(vm.chain(), "instrument.near", Outside::Instrument);
    vm.upload("asker@alice.near", ASKER, None).value();
    let ended = vm.call("bob.near", "asker@alice.near", "sum", json!({"n": 5}));
    assert_eq!(ended.value(), summed());
}

/// What `sum` gives for 5.
fn summed() -> Value {
    json!({
        "sum": 1 + 3 + 7 + 12,
        "seen": [1, 3, "E_OUTSIDE", 7, 12],
        "begun": 5,
        "last": 5,
        "caller": "bob.near",
    })
}

#[test]
fn a_native_world_ends_as_the_vm_does() {
    let mut world = FlowWorld::new();
    world.upload("asker@alice.near", ASKER);
    let call = world.call("bob.near", "asker@alice.near", "sum", &json!({"n": 5}));
    let mut count = 0;
    let ended = world.run(call, &mut |_, actions| match actions {
        [Action::Call { method, input, .. }] if method == "add" => {
            let args: Value = serde_json::from_slice(input).expect("JSON");
            count += args["by"].as_u64().unwrap_or(0);
            answer(&json!(count))
        }
        _ => Received::Failed,
    });
    assert_eq!(ended, Ok(summed()));
}

#[test]
fn a_failure_after_an_answer_is_the_callers() {
    let mut world = FlowWorld::new();
    let source = r"
        import { near, storage } from 'conclave'
        export async function fall() {
            storage.set('before', 1)
            await near.call('x.near', 'm')
            storage.set('after', 1)
            throw new RangeError('no more')
        }
    ";
    world.upload("asker@alice.near", source);
    let call = world.call("bob.near", "asker@alice.near", "fall", &json!(null));
    let ended = world.run(call, &mut |_, _| answer(&json!(1)));
    let failure = ended.expect_err("it throws").expect("the enclave's");
    assert_eq!(failure.name, "RangeError");
}

/// Symptom: a subcontract that was called after an answer could keep the whole deposit of the method
/// that called it, which had it too. Mechanism: each frame of an execution that goes on took up what is
/// left of the deposit, not the method's own alone. Fix: `take_up_purse` looks whose frame it is.
#[test]
fn a_subcontract_called_after_an_answer_gets_nothing_of_the_deposit() {
    let mut world = FlowWorld::new();
    let keeper = r"
        import { near } from 'conclave'
        export function keep() { return [near.keep(), near.balance()].join() }
    ";
    let asker = r"
        import { near, call } from 'conclave'
        export async function ask() {
            await near.call('x.near', 'm')
            return call('keeper@alice.near', 'keep')
        }
    ";
    world.upload("keeper@alice.near", keeper);
    world.upload("asker@alice.near", asker);
    let before = (world.balance, world.accounts["alice.near"]);
    let request = json!({"id": "asker@alice.near", "method": "ask"}).to_string();
    let call = world.enter("bob.near", "call", request.as_bytes(), 10u128.pow(24));
    let ended = world.run(call, &mut |_, _| answer(&json!(1)));
    assert_eq!(ended, Ok(json!("0,0")));
    assert_eq!((world.balance, world.accounts["alice.near"]), before);
    assert_eq!(world.accounts["bob.near"], 0, "what is left goes back");
}

/// Children that wait for the outside, each in its own receipts, and one that fails, in NEAR's VM.
#[test]
fn a_scope_waits_for_what_it_spawned_and_cancels_it() {
    const SCOPES: &str = r"
        import { near, storage } from 'conclave'
        export const lockable = { keep: [['w', 'kept']] }
        export const both = ({ fail }) => near.scope(async scope => {
          const count = scope.spawn('child@bob.near', 'count', { times: 2 }, { deposit: 10n ** 22n, gas: '90 Tgas' })
          const other = scope.spawn('child@bob.near', fail ? 'fails' : 'count', { times: 1 }, { gas: '60 Tgas' })
          return [await count, await other]
        })
        export async function tooLittle() {
          try {
            await near.scope(async scope => { scope.spawn('child@bob.near', 'count', {}, { gas: '2 Tgas', deposit: 10n ** 22n }) })
          } catch (error) { return [error.code, near.balance()] }
        }
        export const fund = () => (near.keep(), near.balance())
        export async function keep() { storage.set('kept', await near.call('instrument.near', 'add', { by: 0 })) }
        export const kept = () => storage.get('kept')
    ";
    const CHILD: &str = r"
        import { near, storage } from 'conclave'
        export async function count({ times }) {
          try {
            let sum = 0n
            for (let i = 0; i < times; i++) sum += BigInt(await near.call('instrument.near', 'add', { by: 1 }, { gas: '5 Tgas' }))
            return { sum, caller: near.caller(), signer: near.signer(), deposit: near.deposit() }
          } catch (error) {
            storage.set('told', error.code)
            return error.code
          }
        }
        export function fails() { throw new RangeError('not this') }
        export const told = () => storage.get('told') ?? null
    ";
    let mut vm = Vm::new();
    deploy(vm.chain(), "instrument.near", Outside::Instrument);
    vm.upload("scopes@alice.near", SCOPES, None).value();
    vm.upload("child@bob.near", CHILD, None).value();
    let both = |vm: &mut Vm, fail: bool| {
        let call = json!({"id": "scopes@alice.near", "method": "both", "args": {"fail": fail}});
        vm.send(
            "carol.near",
            "call",
            call.to_string().as_bytes(),
            10u128.pow(23),
        )
    };
    let ended = both(&mut vm, false).value();
    let (first, second) = (&ended[0], &ended[1]);
    assert_eq!(
        (&first["deposit"], &second["deposit"]),
        (&json!("10000000000000000000000"), &json!("0"))
    );
    for child in [first, second] {
        assert_eq!(child["caller"], "scopes@alice.near");
        assert_eq!(child["signer"], "carol.near");
    }
    let sums = [first, second].map(|child| child["sum"].as_str().expect("a sum").parse::<u8>());
    assert_eq!(sums.map(Result::unwrap).iter().sum::<u8>(), 1 + 2 + 3);
    let failure = both(&mut vm, true).failure();
    assert_eq!(
        (failure.code.as_str(), failure.message.as_str()),
        ("E_THROW", "not this")
    );
    let told = vm.call("carol.near", "child@bob.near", "told", json!(null));
    assert_eq!(told.value(), "E_CANCELLED");
    let fund = json!({"id": "scopes@alice.near", "method": "fund", "args": {}}).to_string();
    let funds = vm.send("carol.near", "call", fund.as_bytes(), 10u128.pow(23));
    let funds = funds.value();
    let ended = vm.call("carol.near", "scopes@alice.near", "tooLittle", json!(null));
    assert_eq!(
        ended.value(),
        json!(["E_OUTSIDE", funds]),
        "its deposit is back"
    );
    vm.call("carol.near", "scopes@alice.near", "keep", json!(null))
        .value();
    let kept = vm.call("carol.near", "scopes@alice.near", "kept", json!(null));
    assert!(kept.value().is_number(), "a method in the table of locks");
}
