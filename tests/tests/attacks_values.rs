//! Values, keys and log lines that can't be taken: refused, catchable, and without effect.

use conclave_tests::World;
use conclave_tests::attack::{in_both_worlds, refused};
use serde_json::{Value, json};

const ID: &str = "a@alice.near";
const HEAD: &str = "import { near, storage, call } from 'conclave'\n";

fn upload(world: &mut dyn World, body: &str) {
    let source = format!("{HEAD}export function run() {{ {body} }}\nexport const ok = () => 1");
    world.upload(ID, &source, None).value();
}

fn remove(world: &mut dyn World) {
    let input = json!({"id": ID}).to_string();
    world
        .send("alice.near", "remove", input.as_bytes(), 0)
        .value();
}

/// Each expression must be refused as a result, as a stored value and as an argument.
fn check(cases: &[(&str, &str)]) {
    in_both_worlds(|world| {
        world
            .upload("b@alice.near", "export const ok = () => 1", None)
            .value();
        for (expression, code) in cases {
            for way in [
                "return X",
                "storage.set('k', X)",
                "call('b@alice.near', 'ok', X)",
            ] {
                println!("{way} {expression}");
                upload(world, &way.replace('X', &format!("({expression})")));
                let failure = refused(world, code, "", |world| {
                    world.call("bob.near", ID, "run", Value::Null)
                });
                assert!(!failure.message.is_empty());
                remove(world);
            }
            println!("caught {expression}");
            upload(
                world,
                &format!(
                    "try {{ storage.set('k', ({expression})) }} catch (error) {{ return [error.code, storage.has('k')] }}"
                ),
            );
            assert_eq!(
                world.call("bob.near", ID, "run", Value::Null).value(),
                json!([code, false])
            );
            remove(world);
        }
    });
}

#[test]
fn values_that_are_no_plain_data_are_refused() {
    check(&[
        ("() => 1", "E_BAD_VALUE"),
        ("{ f() {} }", "E_BAD_VALUE"),
        ("Symbol('s')", "E_BAD_VALUE"),
        ("{ [Symbol.iterator]: 1 }", "E_BAD_VALUE"),
        (
            "{ get x() { throw new Error('the getter ran') } }",
            "E_BAD_VALUE",
        ),
        (
            "Object.defineProperty([1], 0, { get() { throw new Error('the getter ran') } })",
            "E_BAD_VALUE",
        ),
        (
            "new Proxy({}, { get() { throw 1 }, ownKeys() { throw 1 } })",
            "E_BAD_VALUE",
        ),
        ("new Proxy([], { get() { throw 1 } })", "E_BAD_VALUE"),
        ("[new Proxy(() => 1, {})]", "E_BAD_VALUE"),
        ("'\\ud800'", "E_BAD_VALUE"),
        ("{ '\\udc00': 1 }", "E_BAD_VALUE"),
        ("new Map([[() => 1, 1]])", "E_BAD_VALUE"),
        ("new Set([Symbol()])", "E_BAD_VALUE"),
        ("/a/", "E_BAD_VALUE"),
        ("new Error('x')", "E_BAD_VALUE"),
        ("new ArrayBuffer(1)", "E_BAD_VALUE"),
        ("new Float64Array(1)", "E_BAD_VALUE"),
        ("new WeakMap()", "E_BAD_VALUE"),
        ("Object(1n)", "E_BAD_VALUE"),
        ("(function* () {})()", "E_BAD_VALUE"),
        ("globalThis", "E_BAD_VALUE"),
    ]);
}

#[test]
fn values_that_are_too_deep_or_too_large_are_refused() {
    check(&[
        (
            "(() => { const a = []; a[0] = a; return a })()",
            "E_TOO_DEEP",
        ),
        (
            "(() => { const a = new Map(); a.set(1, a); return a })()",
            "E_TOO_DEEP",
        ),
        (
            "(() => { let a = 1; for (let i = 0; i < 65; i++) a = { a }; return a })()",
            "E_TOO_DEEP",
        ),
        (
            "(() => { let a = 1; for (let i = 0; i < 5000; i++) a = [a]; return a })()",
            "E_TOO_DEEP",
        ),
        ("new Array(1e9)", "E_TOO_LARGE"),
        (
            "(() => { const a = []; a[4294967294] = 1; return a })()",
            "E_TOO_LARGE",
        ),
        ("{ length: 1, a: new Array(4294967295) }", "E_TOO_LARGE"),
        ("'x'.repeat(1048577)", "E_LIMIT"),
        ("['x'.repeat(600000), 'y'.repeat(600000)]", "E_TOO_LARGE"),
        ("1n << 9000000n", "E_LIMIT"),
    ]);
}

#[test]
fn odd_values_that_are_data_are_taken() {
    in_both_worlds(|world| {
        for (expression, expect) in [
            (
                "(() => { let a = 1; for (let i = 0; i < 64; i++) a = [a]; return JSON.stringify(a).length })()",
                json!(129),
            ),
            (
                "[NaN, Infinity, -0, undefined]",
                json!([null, null, 0, null]),
            ),
            ("new Date(NaN)", Value::Null),
            ("new Array(3)", json!([null, null, null])),
            (
                "Object.is((storage.set('z', -0), storage.get('z')), -0)",
                json!(true),
            ),
            (
                "(storage.set('b', 1n << 60000n), storage.get('b') === 1n << 60000n)",
                json!(true),
            ),
            (
                "(storage.set('p', { ['__proto__']: { a: 1 } }), Object.getPrototypeOf(storage.get('p')) === Object.prototype)",
                json!(true),
            ),
            ("Object.create(null)", json!({})),
            (
                "Object.freeze({ a: Object.freeze([1]) })",
                json!({"a": [1]}),
            ),
            (
                "{ toJSON() { return 1 } }.a ?? 'untouched'",
                json!("untouched"),
            ),
        ] {
            println!("{expression}");
            upload(world, &format!("return ({expression})"));
            assert_eq!(
                world.call("bob.near", ID, "run", Value::Null).value(),
                expect,
                "{expression}"
            );
            remove(world);
        }
    });
}

#[test]
fn storage_keys_that_can_not_be_keys_are_refused() {
    in_both_worlds(|world| {
        for (key, code) in [
            ("1", "E_BAD_VALUE"),
            ("undefined", "E_BAD_VALUE"),
            ("null", "E_BAD_VALUE"),
            ("{ toString() { throw 1 } }", "E_BAD_VALUE"),
            ("Symbol()", "E_BAD_VALUE"),
            ("'\\ud800'", "E_BAD_VALUE"),
            ("'k'.repeat(1025)", "E_TOO_LARGE"),
            ("'é'.repeat(513)", "E_TOO_LARGE"),
        ] {
            for way in [
                "storage.set(K, 1)",
                "storage.get(K)",
                "storage.has(K)",
                "storage.remove(K)",
            ] {
                println!("{way} {key}");
                upload(world, &way.replace('K', &format!("({key})")));
                refused(world, code, "", |world| {
                    world.call("bob.near", ID, "run", Value::Null)
                });
                remove(world);
            }
        }
        for key in [
            "''",
            "'k'.repeat(1024)",
            "'__proto__'",
            "'\\0'",
            "'\u{10ffff}'",
        ] {
            println!("{key}");
            upload(
                world,
                &format!(
                    "const k = {key}; storage.set(k, 1); return [storage.get(k), storage.keys()[0] === k, storage.remove(k), storage.has(k)]"
                ),
            );
            assert_eq!(
                world.call("bob.near", ID, "run", Value::Null).value(),
                json!([1, true, true, false]),
                "{key}"
            );
            remove(world);
        }
    });
}

#[test]
fn hostile_ranges_of_keys_give_keys_or_a_code() {
    in_both_worlds(|world| {
        upload(world, "for (const key of ['a', 'b', 'c']) storage.set(key, 1)
            const told = f => { try { return f() } catch (error) { return error.code ?? error.name } }
            return [{ limit: -1 }, { limit: NaN }, { limit: Infinity }, { limit: 1e300 }, { limit: '2' }, { limit: { valueOf() { throw new RangeError('x') } } }, { limit: 1n }, { prefix: 1 }, { prefix: '\\ud800' }, { from: 'k'.repeat(5000) }, { prefix: 'k'.repeat(5000) }, { prefix: 'a', from: 'z' }, null].map(range => told(() => storage.keys(range)))");
        let found = world.call("bob.near", ID, "run", Value::Null).value();
        println!("{found}");
        assert_eq!(found.as_array().map(Vec::len), Some(13));
        assert_eq!(found[11], json!([]));
        assert_eq!(found[7], json!("E_BAD_VALUE"));
        assert_eq!(found[8], json!("E_BAD_VALUE"));
    });
}

#[test]
fn logs_beyond_the_limits_are_refused_and_undone_with_their_frame() {
    in_both_worlds(|world| {
        for body in [
            "for (let i = 0; i < 100; i++) near.log(i)",
            "near.log('x'.repeat(16384))",
            "for (let i = 0; i < 20; i++) near.log('x'.repeat(1000))",
        ] {
            upload(world, body);
            refused(
                world,
                "E_TOO_LARGE",
                "99 log lines of 12288 bytes",
                |world| world.call("bob.near", ID, "run", Value::Null),
            );
            remove(world);
            upload(
                world,
                &format!("try {{ {body} }} catch (error) {{ return error.code }}"),
            );
            let ended = world.call("bob.near", ID, "run", Value::Null);
            assert!(ended.logs.len() <= 99);
            assert_eq!(ended.value(), json!("E_TOO_LARGE"));
            remove(world);
        }
        upload(world, "near.log('\\ud800')");
        let ended = world.call("bob.near", ID, "run", Value::Null);
        assert!(ended.result.is_ok() || ended.failure().code == "E_BAD_VALUE");
    });
}
