//! What calls promise beyond their value: gas caps, money, savepoints, planned calls, reentry,
//! limits of a frame's own; natively and in NEAR's VM, which must store the same.

use conclave_tests::attack::in_both_worlds;
use conclave_tests::{Vm, World};
use serde_json::{Value, json};

const NEAR: u128 = 10u128.pow(24);

const CALLER: &str = r"
import { near, storage, contract, call, view, after, CallError } from 'conclave'
export const reentrant = ['again']
export const again = () => storage.get('seen') ?? null
export function capped({ method }) {
  storage.set('before', 1)
  try { call('callee@alice.near', method, null, { gas: '10 Tgas' }) } catch (error) {
    storage.set('caught', error.code)
    return [error instanceof CallError, error.code]
  }
  return 'it returned'
}
export function pay({ amount, fail }) {
  const kept = near.keep(BigInt(amount))
  try { contract('callee@alice.near').take({ fail }, { deposit: kept / 2n }) } catch { }
  return [near.balance(), view('callee@alice.near', 'balance')].map(String)
}
export function plan({ on, method }) {
  storage.set('planned', 1)
  after('callee@alice.near', 'note', 'first')
  after('callee@alice.near', method, null, { on, reply: 'told' })
  return storage.get('log') ?? null
}
export function told(outcome) { storage.set('told', outcome.ok) }
export function savepoint() {
  storage.set('a', 1)
  try { near.atomic(() => { storage.set('a', 2); contract('callee@alice.near').note('gone'); throw 1 }) } catch { }
  near.atomic(() => storage.set('b', near.atomic(() => 3)))
  return [storage.get('a'), storage.get('b'), view('callee@alice.near', 'notes')]
}
export function flash() { storage.set('seen', 7); return call('callee@alice.near', 'back', 'again') }
export function refused() { return call('callee@alice.near', 'back', 'savepoint') }
export const seen = key => storage.get(key) ?? null
";

const CALLEE: &str = r"
import { near, storage, call } from 'conclave'
export function spin() { storage.set('gone', 1); for (;;); }
export function grow() { const all = []; for (;;) all.push([all.length]) }
export function sort() { const f = () => { [2, 1].sort(f) }; for (;;) try { f() } catch { } }
export function match() { /(a+)+$/.test('a'.repeat(60) + 'b') }
export function write() { for (let i = 0; ; i++) storage.set('k' + i, 'x'.repeat(1000)) }
export async function wait() { for (;;) await null }
export function take({ fail }) { if (fail) throw new Error('no'); return near.deposit() }
export const balance = () => near.balance()
export function note(text) { storage.set('notes', [...(storage.get('notes') ?? []), text]) }
export const notes = () => storage.get('notes') ?? []
export function fail() { storage.set('notes', ['undone']); throw new RangeError('no') }
export const back = method => call(near.caller(), method)
";

fn world(world: &mut dyn World) {
    for (id, source) in [("caller@alice.near", CALLER), ("callee@alice.near", CALLEE)] {
        world.upload(id, source, None).value();
    }
}

fn caller(world: &mut dyn World, method: &str, args: Value) -> Value {
    let ended = world.call("bob.near", "caller@alice.near", method, args);
    ended.value()
}

fn seen(world: &dyn World, key: &str) -> Value {
    let ended = world.view("caller@alice.near", "seen", json!(key));
    ended.value()
}

#[test]
fn a_callee_that_uses_up_its_cap_dies_alone() {
    in_both_worlds(|it| {
        world(it);
        for method in ["spin", "grow", "sort", "match", "write", "wait"] {
            let ended = it.call(
                "bob.near",
                "caller@alice.near",
                "capped",
                json!({ "method": method }),
            );
            println!("{method}: {} gas", ended.gas);
            // Loading, parsing both sources, the cap of 10 Tgas, and what runs past it.
            assert!(ended.gas < 60_000_000_000_000, "{method}: {}", ended.gas);
            assert_eq!(ended.value(), json!([true, "E_GAS"]), "{method}");
            assert_eq!(seen(it, "caught"), json!("E_GAS"));
        }
    });
}

/// Templates, names in one scope and patterns take gas to parse out of proportion to their bytes: no
/// call pays for that, only the upload.
#[test]
fn a_source_that_is_costly_to_parse_costs_its_calls_nothing() {
    let mut it = Vm::new();
    let costly = format!("export const run = x => `{}`", "${x}a".repeat(6_000));
    let upload = it.upload("callee@alice.near", &costly, None);
    assert!(upload.gas > 150_000_000_000_000, "{} is cheap", upload.gas);
    upload.value();
    let caller = "import { call } from 'conclave'
        export function run(gas) { return call('callee@alice.near', 'run', 1, gas).length }";
    it.upload("caller@alice.near", caller, None).value();
    let called = it.call(
        "bob.near",
        "caller@alice.near",
        "run",
        json!({"gas": "20 Tgas"}),
    );
    assert!(called.gas < 20_000_000_000_000, "{}", called.gas);
    assert_eq!(called.value(), json!(12_000));
}

#[test]
fn a_deposit_moves_with_the_call_and_comes_back_when_it_is_undone() {
    in_both_worlds(|it| {
        world(it);
        let pay = |it: &mut dyn World, fail: bool| {
            let args = json!({"amount": NEAR.to_string(), "fail": fail});
            let request = json!({"id": "caller@alice.near", "method": "pay", "args": args});
            let input = request.to_string();
            it.send("bob.near", "call", input.as_bytes(), 2 * NEAR)
                .value()
        };
        let half = (NEAR / 2).to_string();
        let undone = pay(it, true);
        assert_eq!(undone[1], json!("0"));
        let moved = pay(it, false);
        assert_eq!(moved[1], json!(half));
        let request = json!({"id": "callee@alice.near"}).to_string();
        let listed = it.ask("subcontract", request.as_bytes()).value();
        assert_eq!(listed["balance_yocto"], json!(half));
    });
}

#[test]
fn planned_calls_run_when_the_frame_has_returned_and_fail_it_unless_taken() {
    in_both_worlds(|it| {
        world(it);
        assert_eq!(
            caller(it, "plan", json!({"on": "always", "method": "fail"})),
            json!(null)
        );
        assert_eq!(seen(it, "told"), json!(false));
        let notes = |it: &dyn World| it.view("callee@alice.near", "notes", Value::Null).value();
        assert_eq!(notes(it), json!(["first"]));
        let args = json!({"on": "success", "method": "fail"});
        let failure = it
            .call("bob.near", "caller@alice.near", "plan", args)
            .failure();
        assert_eq!(failure.path, ["caller@alice.near", "callee@alice.near"]);
        assert_eq!(notes(it), json!(["first"]), "the whole frame is undone");
    });
}

#[test]
fn a_savepoint_undoes_what_was_done_since_also_in_other_subcontracts() {
    in_both_worlds(|it| {
        world(it);
        assert_eq!(caller(it, "savepoint", Value::Null), json!([1, 3, []]));
    });
}

#[test]
fn reentry_is_denied_unless_the_method_allows_it_and_then_sees_what_is() {
    in_both_worlds(|it| {
        world(it);
        assert_eq!(caller(it, "flash", Value::Null), json!(7));
        let ended = it.call("bob.near", "caller@alice.near", "refused", Value::Null);
        assert_eq!(ended.failure().code, "E_REENTRY");
    });
}

/// A chain of 32 frames in which each, before it calls on, and the last use what a frame may of the
/// VM's stack: recursion through builtins must end in an error that can be caught, never in a trap.
#[test]
fn a_deep_caller_does_not_starve_its_callee_and_the_vms_stack_is_never_used_up() {
    const DEPTH: usize = 32;
    let deep = [
        "const r = () => { n++; [2, 1].sort(r) }; r()",
        "const r = () => { n++; 'a'.replace(/a/, r) }; r()",
        "const o = { get x() { n++; return o.x } }; o.x",
        "const r = () => { n++; JSON.stringify({ a: 1 }, r) }; r()",
        "let p = {}; for (; n < 900; n++) p = Object.create(p); p.nothing",
        "let p = {}; for (; n < 900; n++) p = new Proxy(p, {}); p.nothing",
        "let a = []; for (; n < 900; n++) a = [a]; String(a)",
        "let a = []; for (; n < 120; n++) a = [a]; JSON.stringify(a)",
        "function* g() { n++; yield* g() } [...g()]",
        "class R { constructor() { n++; Reflect.construct(R, []) } } new R()",
        "let i = [1].values(); for (; n < 200; n++) i = i.map(x => x); i.next()",
        "let f = () => 1; for (; n < 300; n++) f = f.bind(); ({}) instanceof f",
    ];
    in_both_worlds(|it| {
        for index in 0..DEPTH {
            let body = if index + 1 == DEPTH {
                let all: Vec<_> = deep.iter().map(|it| format!("() => {{ {it} }}")).collect();
                format!(
                    "[{}].map(f => {{ n = 0; try {{ f() }} catch {{ }} return n }})",
                    all.join(",")
                )
            } else {
                format!("contract('f{}@alice.near').run()", index + 1)
            };
            let source = format!(
                "import {{ contract }} from 'conclave'\nlet n = 0\nexport const run = () => {body}"
            );
            it.upload(&format!("f{index}@alice.near"), &source, None)
                .value();
        }
        let depths = it
            .call("bob.near", "f0@alice.near", "run", Value::Null)
            .value();
        println!("{depths}");
        for depth in depths.as_array().expect("depths") {
            assert!(depth.as_u64() >= Some(20), "{depths}");
        }
        let alone = it.call(
            "bob.near",
            &format!("f{}@alice.near", DEPTH - 1),
            "run",
            Value::Null,
        );
        assert_eq!(alone.value(), depths, "as deep as where nobody called");
    });
}
