//! S12: code that calls itself until the VM's stack ends, which would be a trap past any `catch`.

use crate::defence::{Line, defended_by};
use crate::scene::{VICTIM, asked, line, put, seen, stage};
use conclave_tests::World;
use serde_json::{Value, json};

/// A frame begins only where there is room for all that it may nest.
const ROOM: Line = line(
    "engine/src/guest.rs",
    "if !self.context.has_room_for(FRAME) {",
    "if false {",
);

/// A victim that lets the attacker run each of its ways, and goes on.
fn survived(world: &mut dyn World, ways: &[&str]) {
    let evil = format!(
        "const ways = [{}]\nexport const run = way => ways[way]()",
        functions(ways)
    );
    stage(
        world,
        "export function visit(ways) {
  const codes = []
  for (let way = 0; way < ways; way++) codes.push(soft(() => call(evil, 'run', way)))
  storage.set('codes', codes)
  return codes
}",
        &evil,
    );
    let expect = json!(vec!["E_LIMIT"; ways.len()]);
    assert_eq!(asked(world, VICTIM, "visit", json!(ways.len())), expect);
    assert_eq!(seen(world, VICTIM, "codes"), expect);
}

/// Bodies of functions as text.
fn functions(bodies: &[&str]) -> String {
    let functions: Vec<_> = bodies
        .iter()
        .map(|body| format!("() => {{ {body} }}"))
        .collect();
    functions.join(",\n")
}

/// Functions call each other and use up the memory, or all of the caller's gas.
#[test]
fn s12_functions_that_call_each_other_without_end_die_alone() {
    defended_by(&[
        line(
            "engine/src/realm.rs",
            "limits.set_recursion_limit(RECURSION_MAX);",
            "limits.set_recursion_limit(RECURSION_MAX * 1_000);",
        ),
        line(
            "engine/src/realm.rs",
            "limits.set_stack_size_limit(STACK_VALUES_MAX);",
            "limits.set_stack_size_limit(STACK_VALUES_MAX * 1_000);",
        ),
    ])
    .against(|world: &mut dyn World| {
        survived(
            world,
            &[
                "const r = n => r(n + 1) + 1; r(0)",
                "const a = () => b() + 1, b = () => a() + 1; a()",
                "const o = { m() { return this.m() + 1 } }; o.m()",
                "const many = new Array(100).fill(0); const r = () => r(...many) + 1; r()",
            ],
        );
    });
}

/// Builtins call back into functions, and each takes some of the VM's stack.
#[test]
fn s12_builtins_that_call_back_without_end_die_alone() {
    defended_by(&[
        line(
            "engine/src/guest.rs",
            "nesting: 1_700,",
            "nesting: 1_700_000,",
        ),
        line(
            "engine/src/guest.rs",
            "nesting_total: 3_800,",
            "nesting_total: 3_800_000,",
        ),
    ])
    .against(|world: &mut dyn World| {
        survived(
            world,
            &[
                "const r = () => [2, 1].sort(r); r()",
                "const r = () => 'a'.replace(/a/, r); r()",
                "const r = () => `${{ toString: r }}`; r()",
                "const r = () => JSON.stringify({ toJSON: r }); r()",
                "const r = () => JSON.parse('[1]', r); r()",
                "const p = new Proxy({}, { get: () => p.x }); p.x",
                "const p = new Proxy(() => 1, { apply: () => p() }); p()",
                "const r = () => Reflect.construct(class { constructor() { r() } }, []); r()",
                "const r = () => Array.from({ length: 1 }, r); r()",
                "const r = () => new Map([[1, 1]]).forEach(r); r()",
                "const o = { get x() { return o.x } }; o.x",
                "const r = () => ({}) instanceof { [Symbol.hasInstance]: r }; r()",
                "const r = () => [...{ [Symbol.iterator]: r }]; r()",
            ],
        );
    });
}

/// The attacker digs deep before it calls the victim: the victim's check fails for want of stack, the victim
/// swallows that, and pays.
#[test]
fn s12_a_deep_caller_leaves_its_callee_all_it_needs_or_does_not_call_it() {
    defended_by(&[ROOM]).against(|world: &mut dyn World| {
        let dig = "const dig = (n, f) => n === 0 ? f() : [2, 1].sort(() => (dig(n - 1, f), 0))
const deep = [0, 20, 40, 46, 48, 49, 50, 51, 52, 53]";
        put(
            world,
            "helper@mallory.near",
            &format!("{dig}\nexport const go = () => {{ for (const n of deep) soft(() => dig(n, () => call(victim, 'pay'))) }}"),
        );
        stage(
            world,
            "const check = n => n === 0 ? true : [n].map(n => check(n - 1))[0]
export function pay() {
  let isBlocked = false
  try { isBlocked = check(30) } catch { storage.set('swallowed', true) }
  if (!isBlocked) storage.set('paid', near.caller())
  storage.set('calls', (storage.get('calls') ?? 0) + 1)
}",
            &format!("{dig}\nexport const rob = () => {{ for (const n of deep) soft(() => dig(n, () => call('helper@mallory.near', 'go'))) }}"),
        );
        asked(world, "evil@mallory.near", "rob", Value::Null);
        assert_eq!(seen(world, VICTIM, "paid"), Value::Null);
        assert_eq!(seen(world, VICTIM, "swallowed"), Value::Null);
        assert!(seen(world, VICTIM, "calls").as_u64() > Some(10));
    });
}

/// Frames nest, because a method allows its own reentry, until the VM's stack ends.
#[test]
fn s12_frames_do_not_nest_without_end() {
    defended_by(&[
        line(
            "enclave/src/frame.rs",
            "if self.depth() == DEPTH_MAX {",
            "if self.depth() == usize::MAX {",
        ),
        ROOM,
    ])
    .against(|world: &mut dyn World| {
        stage(
            world,
            "export function visit() {
  const told = call(evil, 'ping', 2)
  storage.set('told', told)
  return told
}",
            "export const reentrant = ['ping']
export function ping(n) {
  try { return call(evil, 'ping', n + 1) } catch (error) { return [n, error.code] }
}",
        );
        let told = asked(world, VICTIM, "visit", Value::Null);
        assert_eq!(told, json!([32, "E_DEPTH"]));
        assert_eq!(seen(world, VICTIM, "told"), told);
    });
}
