//! Synchronous calls: what stays and what goes, natively and in NEAR's VM.

use conclave_localnet::{Action, Balance, dev_signer};
use conclave_tests::vm::account;
use conclave_tests::{ENCLAVE, Ended, Native, Vm, World};
use near_primitives::action::TransferAction;
use serde_json::{Value, json};

/// Frames of the deepest chain.
const DEPTH: usize = 16;

/// Runs a scenario in both worlds, which must store the same in the end.
fn in_both_worlds(scenario: impl Fn(&mut dyn World)) {
    let mut native = Native::new();
    scenario(&mut native);
    let mut vm = Vm::new();
    scenario(&mut vm);
    assert_eq!(native.pairs(), vm.pairs(), "both worlds store the same");
}

/// A link: writes, logs, calls the next one unless it is the last, throws where it is told to.
fn link(index: usize) -> String {
    format!(
        r"
import {{ near, storage, contract }} from 'conclave'
export function run({{ fail, catchAt, last }}) {{
  storage.set('before', {index})
  near.log('enter {index}')
  let below = 'end'
  if ({index} < last) {{
    const next = contract('link{next}@alice.near')
    if (catchAt === {index}) {{
      try {{ below = next.run({{ fail, catchAt, last }}) }}
      catch (error) {{ below = 'caught ' + error.message + ' ' + error.path.length }}
    }} else below = next.run({{ fail, catchAt, last }})
  }}
  storage.set('after', below)
  if (fail === {index}) throw new RangeError('link {index} fails')
  return '{index}>' + below
}}
export function seen() {{ return [storage.get('before') ?? null, storage.get('after') ?? null] }}
",
        next = index + 1,
    )
}

fn chain(world: &mut dyn World) {
    for index in 0..DEPTH {
        world
            .upload(&format!("link{index}@alice.near"), &link(index), None)
            .value();
    }
}

fn run(world: &mut dyn World, fail: Option<usize>, catch_at: Option<usize>) -> Ended {
    let args = json!({"fail": fail, "catchAt": catch_at, "last": DEPTH - 1});
    world.call("bob.near", "link0@alice.near", "run", args)
}

fn seen(world: &dyn World, index: usize) -> Value {
    world
        .view(&format!("link{index}@alice.near"), "seen", Value::Null)
        .value()
}

#[test]
fn a_chain_of_sixteen_subcontracts_returns_through_all_of_them() {
    in_both_worlds(|world| {
        chain(world);
        let ended = run(world, None, None);
        assert_eq!(ended.logs.len(), DEPTH);
        assert!(
            ended
                .value()
                .as_str()
                .is_some_and(|path| path.starts_with("0>1>2>") && path.ends_with("15>end"))
        );
        assert_eq!(seen(world, DEPTH - 1), json!([15, "end"]));
    });
}

#[test]
fn an_uncaught_failure_at_any_depth_undoes_everything() {
    in_both_worlds(|world| {
        chain(world);
        let before = world.pairs();
        for depth in 0..DEPTH {
            let failure = run(world, Some(depth), None).failure();
            assert_eq!(
                (failure.code.as_str(), failure.name.as_str()),
                ("E_THROW", "RangeError")
            );
            assert_eq!(failure.message, format!("link {depth} fails"));
            assert_eq!(failure.path.len(), depth + 1);
            assert!(
                failure
                    .stack
                    .contains(&format!("link{depth}@alice.near:15:")),
                "{}",
                failure.stack
            );
            assert_eq!(
                world.pairs(),
                before,
                "nothing stays of a failure at depth {depth}"
            );
        }
    });
}

#[test]
fn a_caught_failure_at_any_depth_undoes_exactly_its_subtree() {
    in_both_worlds(|world| {
        chain(world);
        for failing in 1..DEPTH {
            for index in 0..DEPTH {
                world
                    .send(
                        "alice.near",
                        "remove",
                        json!({"id": format!("link{index}@alice.near")})
                            .to_string()
                            .as_bytes(),
                        0,
                    )
                    .value();
            }
            chain(world);
            let catching = failing - 1;
            let ended = run(world, Some(failing), Some(catching));
            assert_eq!(ended.logs.len(), failing, "lines of undone frames are gone");
            ended.value();
            for index in 0..DEPTH {
                let [before, after] = [0, 1].map(|place| seen(world, index)[place].clone());
                if index < failing {
                    assert_eq!(before, json!(index));
                    let caught = after
                        .as_str()
                        .is_some_and(|after| after.starts_with("caught"));
                    assert_eq!(caught, index == catching, "link {index} of {failing}");
                } else {
                    assert_eq!(
                        (before, after),
                        (Value::Null, Value::Null),
                        "link {index} of {failing}"
                    );
                }
            }
        }
    });
}

#[test]
fn the_caller_is_always_the_immediate_one() {
    const WHO: &str = r"
import { near, call } from 'conclave'
export function who() { return [near.caller(), near.signer(), near.self()] }
export function ask({ id }) {
  const first = call(id, 'who')
  try { call(id, 'fail') } catch {}
  return [near.caller(), first, call(id, 'who')]
}
export function fail() { throw 1 }";
    in_both_worlds(|world| {
        world.upload("a@alice.near", WHO, None).value();
        world.upload("b@alice.near", WHO, None).value();
        let inner = json!(["a@alice.near", "bob.near", "b@alice.near"]);
        let asked = world.call(
            "bob.near",
            "a@alice.near",
            "ask",
            json!({"id": "b@alice.near"}),
        );
        assert_eq!(asked.value(), json!(["bob.near", inner, inner]));
    });
}

#[test]
fn arguments_after_a_caught_failure_are_not_shifted() {
    const CALLER: &str = r"
import { call } from 'conclave'
const attempt = () => { try { return call('b@alice.near', 'fail') } catch (error) { return error.message } }
const join = (...parts) => parts.join()
export function run() { return join(1, 2, attempt(), 3, join(attempt(), 4), 5) }";
    in_both_worlds(|world| {
        world.upload("a@alice.near", CALLER, None).value();
        world
            .upload(
                "b@alice.near",
                "export function fail() { [1,2,3].map(x => { throw new Error('no') }) }",
                None,
            )
            .value();
        assert_eq!(
            world
                .call("bob.near", "a@alice.near", "run", Value::Null)
                .value(),
            json!("1,2,no,3,no,4,5")
        );
    });
}

#[test]
fn a_subcontract_that_is_running_is_not_entered_again() {
    const A: &str = "import {call} from 'conclave'\nexport const run = () => call('b@alice.near', 'back')\nexport const x = () => 1";
    const B: &str = "import {call} from 'conclave'\nexport const back = () => { try { return call('a@alice.near', 'x') } catch (error) { return error.code } }";
    in_both_worlds(|world| {
        world.upload("a@alice.near", A, None).value();
        world.upload("b@alice.near", B, None).value();
        assert_eq!(
            world
                .call("bob.near", "a@alice.near", "run", Value::Null)
                .value(),
            json!("E_REENTRY")
        );
    });
}

#[test]
fn storage_lists_what_it_has_with_what_is_not_yet_committed() {
    const LIST: &str = r"
import { storage } from 'conclave'
export function fill({ keys }) { for (const key of keys) storage.set(key, key.length) }
export function change() {
  storage.remove('b'); storage.set('bb', 1); storage.set('a', 9); storage.set('zz', null)
  return [storage.keys(), storage.keys({ prefix: 'b' }), storage.keys({ from: 'b', limit: 2 }), storage.has('b'), storage.get('zz')]
}
export function keys(range) { return storage.keys(range) }";
    in_both_worlds(|world| {
        world.upload("a@alice.near", LIST, None).value();
        let keys: Vec<String> = (0..120)
            .map(|n| format!("k{n:03}"))
            .chain(["a".into(), "b".into(), "z".into()])
            .collect();
        world
            .call("bob.near", "a@alice.near", "fill", json!({"keys": keys}))
            .value();
        let changed = world
            .call("bob.near", "a@alice.near", "change", Value::Null)
            .value();
        let all: Vec<String> = ["a", "bb"]
            .map(str::to_owned)
            .into_iter()
            .chain((0..98).map(|n| format!("k{n:03}")))
            .collect();
        assert_eq!(changed, json!([all, ["bb"], ["bb", "k000"], false, null]));
        let last = world
            .view("a@alice.near", "keys", json!({"from": "k118"}))
            .value();
        assert_eq!(last, json!(["k118", "k119", "z", "zz"]));
    });
}

#[test]
fn promises_inside_a_frame_are_settled_before_it_ends() {
    const LATER: &str = r"
import { storage, call } from 'conclave'
export async function later({ x }) { await null; storage.set('x', x); return await Promise.all([x, Promise.resolve(2)]) }
export async function rejects() { await null; storage.set('x', 'no'); throw new TypeError('late') }
export const never = () => new Promise(() => {})
export const x = () => storage.get('x') ?? 'none'";
    in_both_worlds(|world| {
        world.upload("a@alice.near", LATER, None).value();
        assert_eq!(
            world
                .call("bob.near", "a@alice.near", "later", json!({"x": 1}))
                .value(),
            json!([1, 2])
        );
        assert_eq!(
            world
                .call("bob.near", "a@alice.near", "rejects", Value::Null)
                .failure()
                .message,
            "late"
        );
        assert_eq!(
            world
                .call("bob.near", "a@alice.near", "never", Value::Null)
                .failure()
                .code,
            "E_PENDING"
        );
        assert_eq!(
            world.view("a@alice.near", "x", Value::Null).value(),
            json!(1)
        );
    });
}

#[test]
fn every_call_finds_a_fresh_instance() {
    const COUNT: &str = "import {call} from 'conclave'\nlet n = 0\nexport const next = () => ++n\nexport const twice = () => [call('b@alice.near', 'next'), call('b@alice.near', 'next')]";
    in_both_worlds(|world| {
        world.upload("a@alice.near", COUNT, None).value();
        world.upload("b@alice.near", COUNT, None).value();
        assert_eq!(
            world
                .call("bob.near", "a@alice.near", "twice", Value::Null)
                .value(),
            json!([1, 1])
        );
        assert_eq!(
            world
                .call("bob.near", "a@alice.near", "next", Value::Null)
                .value(),
            json!(1)
        );
    });
}

#[test]
fn the_console_writes_to_the_log() {
    in_both_worlds(|world| {
        let source =
            "export const run = () => { console.log('a', 1n, [2, 3]); console.error('b') }";
        world.upload("a@alice.near", source, None).value();
        let ended = world.call("bob.near", "a@alice.near", "run", Value::Null);
        assert_eq!(ended.logs, ["a@alice.near: a 1 2,3", "a@alice.near: b"]);
    });
}

const GROW: &str = "import { storage } from 'conclave'\nexport const grow = ({ n }) => storage.set('k', 'x'.repeat(n))";

fn grow(vm: &mut Vm, bytes: u64, deposit: u128) -> Ended {
    let request = json!({"id": "a@alice.near", "method": "grow", "args": {"n": bytes}});
    vm.send("bob.near", "call", request.to_string().as_bytes(), deposit)
}

#[test]
fn a_deposit_that_is_too_small_for_the_growth_refuses_the_call() {
    let mut vm = Vm::new();
    vm.upload("a@alice.near", GROW, None).value();
    let before = vm.pairs();
    let failure = grow(&mut vm, 200_000, 10u128.pow(23)).failure();
    assert_eq!(failure.code, "E_DEPOSIT");
    assert_eq!(vm.pairs(), before);
    grow(&mut vm, 200_000, 3 * 10u128.pow(24)).value();
}

#[test]
fn an_enclave_without_means_refuses_growth_that_nobody_pays_for() {
    let mut vm = Vm::new();
    vm.upload("a@alice.near", GROW, None).value();
    let enclave = account(ENCLAVE);
    let held = vm.chain().account(&enclave).expect("the enclave");
    let bound = u128::from(held.storage_usage()) * 10u128.pow(19);
    let spare = 10u128.pow(24);
    let deposit = Balance::from_yoctonear(held.amount().as_yoctonear() - bound - spare);
    let away = Action::Transfer(TransferAction { deposit });
    let sent = vm
        .chain()
        .transact(&dev_signer(&enclave), &account("bob.near"), vec![away]);
    assert!(sent.expect("a transfer").is_success());
    // 1 NEAR, less the fees of the transfer, pays for some 99,000 bytes.
    let before = vm.pairs();
    assert_eq!(grow(&mut vm, 110_000, 0).failure().code, "E_DEPOSIT");
    assert_eq!(vm.pairs(), before);
    grow(&mut vm, 90_000, 0).value();
}

#[test]
fn a_stack_names_the_subcontract_that_failed_though_another_has_the_same_source() {
    const SAME: &str = "import { call } from 'conclave'\nexport const run = ({ next }) => call(next, 'fail')\nexport function fail() {\n  null.x\n}";
    in_both_worlds(|world| {
        world.upload("a@alice.near", SAME, None).value();
        world.upload("b@alice.near", SAME, None).value();
        let args = json!({"next": "b@alice.near"});
        let failure = world
            .call("bob.near", "a@alice.near", "run", args)
            .failure();
        assert_eq!(failure.path, ["a@alice.near", "b@alice.near"]);
        assert!(
            failure.stack.contains("fail (b@alice.near:4:"),
            "{}",
            failure.stack
        );
    });
}
