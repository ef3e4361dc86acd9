//! Throwing odd values, recursing without end, nesting frames, writing in views.

use conclave_tests::World;
use conclave_tests::attack::{in_both_worlds, refused};
use serde_json::{Value, json};

const ID: &str = "a@alice.near";
const HEAD: &str = "import { near, storage, call, contract } from 'conclave'\n";

fn upload(world: &mut dyn World, body: &str) {
    world
        .upload(
            ID,
            &format!("{HEAD}export function run() {{ {body} }}"),
            None,
        )
        .value();
}

fn remove(world: &mut dyn World) {
    let input = json!({"id": ID}).to_string();
    world
        .send("alice.near", "remove", input.as_bytes(), 0)
        .value();
}

/// Each body must fail with the code, and a caller must be able to catch it or not, as said.
fn check(code: &str, bodies: &[&str], is_caught: bool) {
    in_both_worlds(|world| {
        let catches = "import { call, storage } from 'conclave'\nexport function run() { try { call('a@alice.near', 'run') } catch (error) { storage.set('n', 1); return [typeof error, error.code ?? null] } }";
        world.upload("b@alice.near", catches, None).value();
        for body in bodies {
            println!("{}", &body[..body.len().min(120)]);
            upload(world, &format!("storage.set('gone', 1); {body}"));
            let failure = refused(world, code, "", |world| {
                world.call("bob.near", ID, "run", Value::Null)
            });
            assert_eq!(failure.path, [ID]);
            let ended = world.call("bob.near", "b@alice.near", "run", Value::Null);
            if is_caught {
                assert_eq!(ended.value()[0], json!("object"), "{body}");
            } else {
                assert_eq!(ended.failure().code, code, "{body}");
            }
            remove(world);
        }
    });
}

#[test]
fn whatever_is_thrown_becomes_a_coded_failure() {
    check(
        "E_THROW",
        &[
            "throw null",
            "throw undefined",
            "throw 1",
            "throw -0",
            "throw 1n",
            "throw 'text'",
            "throw '\\ud800'",
            "throw Symbol('s')",
            "throw () => 1",
            "throw {}",
            "throw []",
            "throw Object.create(null)",
            "throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 1 }, ownKeys() { throw 1 } })",
            "throw new Proxy(new Error('x'), { get() { for (;;); } })",
            "throw { get message() { for (;;); }, get name() { for (;;); }, get stack() { for (;;); }, get code() { for (;;); } }",
            "throw Object.freeze(new Error('frozen'))",
            "throw Object.assign(new Error('x'), { code: 'E_GAS' })",
            "throw Object.assign(new Error('x'), { code: 'E_LIMIT', path: ['x'], name: 1, stack: 2 })",
            "throw new Error('x'.repeat(1000000))",
            "throw new Error('\\0'.repeat(1000000))",
            "throw Object.assign(new Error('\\0'.repeat(5000)), { name: '\\0'.repeat(5000) })",
            "throw 'é'.repeat(100000)",
            "const e = new Error('x'); Object.setPrototypeOf(e, null); throw e",
            "const e = new Error('x'); e.cause = e; throw e",
            "throw new AggregateError([new Error('a')], 'b')",
            "class E extends Error { get message() { for (;;); } } throw new E()",
            "Object.defineProperty(Error, 'stackTraceLimit', { value: 1e9 }); throw new Error('x')",
            "null.x",
            "undefinedName",
            "new Array(-1)",
            "'x'.repeat(-1)",
            "let a = b; let b = 1",
            "const c = 1; c = 2",
            "BigInt(1.5)",
            "decodeURIComponent('%')",
            "eval('1')",
            "Function('1')()",
            "(() => {}).constructor('1')",
        ],
        true,
    );
}

#[test]
fn recursion_without_end_is_a_limit_that_can_be_caught() {
    check(
        "E_LIMIT",
        &[
            "const r = () => r(); r()",
            "const o = { get x() { return o.x } }; o.x",
            "const o = { set x(v) { o.x = v } }; o.x = 1",
            "const r = () => [2, 1].sort(r); r()",
            "const r = () => 'a'.replace(/a/, r); r()",
            "const r = () => 'a'.replaceAll('a', r); r()",
            "const r = () => `${{ toString: r }}`; r()",
            "const r = () => +{ valueOf: r }; r()",
            "const r = () => JSON.stringify({ toJSON: r }); r()",
            "const r = () => JSON.stringify({ a: 1 }, r); r()",
            "const p = new Proxy({}, { get() { return p.x } }); p.x",
            "const p = new Proxy({}, { ownKeys() { return Object.keys(p) } }); Object.keys(p)",
            "const p = new Proxy(class {}, { construct() { return new p() } }); new p()",
            "const r = () => [1].map(r); r()",
            "const r = () => Array.from([1], r); r()",
            "const r = () => new Map([[1, 1]]).forEach(r); r()",
            "const r = () => r.apply(null, []); r()",
            "function R() { new R() } new R()",
            "class A { constructor() { new B() } } class B extends A {} new B()",
            "function* g() { yield* g() } [...g()]",
            "const r = () => { class X extends RegExp { exec() { r() } } [...'a'.matchAll(new X('a', 'g'))] }; r()",
            "const r = () => { const a = [1]; a.constructor = { get [Symbol.species]() { r() } }; a.map(x => x) }; r()",
            "const o = { get cause() { return new Error('', o) } }; new Error('', o)",
        ],
        true,
    );
}

#[test]
fn frames_nest_thirty_two_deep_and_the_next_is_refused_and_can_be_caught() {
    in_both_worlds(|world| {
        for index in 0..33 {
            let source = format!(
                "import {{ call }} from 'conclave'\nexport const run = x => {index} === x.last ? 0 : 1 + call('f{}@alice.near', 'run', x)\nexport function soft(x) {{ if ({index} === 31) try {{ call('f32@alice.near', 'run', x) }} catch (error) {{ return error.code }} return call('f{}@alice.near', 'soft', x) }}",
                index + 1,
                index + 1
            );
            world
                .upload(&format!("f{index}@alice.near"), &source, None)
                .value();
        }
        assert_eq!(
            world
                .call("bob.near", "f0@alice.near", "run", json!({"last": 31}))
                .value(),
            json!(31)
        );
        let failure = refused(world, "E_DEPTH", "deeper than 32", |world| {
            world.call("bob.near", "f0@alice.near", "run", json!({"last": 32}))
        });
        assert_eq!(failure.path.len(), 33);
        assert_eq!(
            world
                .call("bob.near", "f0@alice.near", "soft", json!({"last": 32}))
                .value(),
            json!("E_DEPTH")
        );
    });
}

#[test]
fn a_call_goes_round_in_no_circle() {
    in_both_worlds(|world| {
        let source = |next: &str| {
            format!(
                "import {{ call }} from 'conclave'\nexport const run = () => call('{next}', 'run')"
            )
        };
        world.upload(ID, &source("b@alice.near"), None).value();
        world.upload("b@alice.near", &source(ID), None).value();
        refused(world, "E_REENTRY", "running already", |world| {
            world.call("bob.near", ID, "run", Value::Null)
        });
    });
}

#[test]
fn a_view_writes_nothing_and_has_no_signer_and_no_randomness() {
    in_both_worlds(|world| {
        for body in [
            "storage.set('a', 1)",
            "storage.remove('a')",
            "near.signer()",
            "near.randomSeed()",
            "Math.random()",
        ] {
            println!("{body}");
            upload(world, body);
            assert_eq!(
                world.view(ID, "run", Value::Null).failure().code,
                "E_VIEW",
                "{body}"
            );
            remove(world);
            upload(
                world,
                &format!("try {{ {body} }} catch (error) {{ return error.code }}"),
            );
            assert_eq!(
                world.view(ID, "run", Value::Null).value(),
                json!("E_VIEW"),
                "{body}"
            );
            remove(world);
        }
    });
}
