//! Nesting: however deep data, proxies, prototypes or calls are nested, native code ends with an
//! error that can be caught, or by its fuel.

mod metered;

use metered::{Outcome, assert_costs, assert_throws, assert_value, run};

const NESTING: &str = "RangeError: native code nests too deep";

/// Deep things; each is made in steps, so that making them needs no depth.
const DEEP: &str = "let n = 20000, array = [], object = {}, chain = {}, proxy = [], called = function () {}, bound = () => {};
    for (let i = 0; i < n; i++) {
        array = [array]; object = {object}; chain = Object.create(chain);
        proxy = new Proxy(proxy, {}); called = new Proxy(called, {});
        if (i < 3000) bound = Object.defineProperty(bound.bind(), 'name', {value: ''});
    }";

#[test]
fn deep_data_ends_in_errors_that_can_be_caught() {
    for source in [
        "Array.isArray(proxy)",
        "[].concat(proxy)",
        "JSON.stringify(proxy)",
        "JSON.stringify([], proxy)",
        "JSON.stringify(array)",
        "JSON.stringify(object)",
        "[proxy].flat()",
        "array.flat(Infinity)",
        "array.flatMap(x => x).flat(1e9)",
        "String(array)",
        "array.join()",
        "array.toLocaleString()",
        "array + ''",
        "({})[array]",
        "Object.prototype.toString.call(proxy)",
        "Reflect.construct(Object, [], called)",
        "Reflect.construct(Array, [], called)",
        "new called()",
        "called()",
        "({}) instanceof called",
        "proxy.x",
        "proxy.x = 1",
        "delete proxy.x",
        "'x' in proxy",
        "Object.keys(proxy)",
        "Object.getPrototypeOf(proxy)",
        "Object.setPrototypeOf(proxy, null)",
        "Object.isExtensible(proxy)",
        "Object.preventExtensions(proxy)",
        "Object.getOwnPropertyDescriptor(proxy, 'x')",
        "Object.defineProperty(proxy, 'x', {value: 1})",
        "chain.x",
        "'x' in chain",
        "chain.x = 1",
        "with (chain) { x }",
        "structuredClone?.(array)",
        "({}) instanceof bound",
        "new bound()",
        "new Set(proxy)",
        "[...proxy]",
        "Object.assign({}, proxy)",
        "let {...rest} = proxy",
        "array.sort.call(proxy)",
        "new Error('x', proxy)",
        "Promise.resolve(proxy)",
        "Array.from(proxy)",
        "proxy == 1",
        "`${proxy}`",
    ] {
        let source = format!("{DEEP} {source}; 1");
        match run(&source, u64::MAX).outcome {
            Outcome::Value(_) => {}
            Outcome::Thrown(text) => {
                let known = ["RangeError", "ReferenceError: structuredClone", "TypeError"];
                assert!(
                    known.iter().any(|known| text.starts_with(known)),
                    "{source}: {text}"
                );
            }
            Outcome::OutOfFuel => panic!("{source}: there was fuel"),
        }
    }
    assert_throws(&format!("{DEEP} array.flat(Infinity)"), NESTING);
    assert_throws(&format!("{DEEP} String(array)"), NESTING);
    assert_throws(
        &format!("{DEEP} Reflect.construct(Object, [], called)"),
        NESTING,
    );
    assert_throws(
        &format!("{DEEP} Array.isArray(proxy)"),
        "RangeError: proxies of proxies nest deeper than 256 levels",
    );
}

#[test]
fn builtins_that_call_back_for_ever_end_in_errors_that_can_be_caught() {
    for source in [
        "f = () => [1].map(f); f()",
        "f = () => [1].forEach(f); f()",
        "f = () => [1, 2].sort(f); f()",
        "f = () => [1, 2].toSorted(f); f()",
        "f = () => [1, 2].reduce(f); f()",
        "f = () => [1].flatMap(f); f()",
        "f = () => Array.from([1], f); f()",
        "f = () => 'a'.replace('a', f); f()",
        "f = () => 'a'.replace(/a/, f); f()",
        "f = () => 'a'.replaceAll('a', f); f()",
        "f = () => new Map([[1, 2]]).forEach(f); f()",
        "f = () => Map.groupBy([1], f); f()",
        "f = () => Object.groupBy([1], f); f()",
        "f = () => JSON.stringify({a: 1}, f); f()",
        "f = () => JSON.parse('[1]', f); f()",
        "f = () => new Uint8Array([1, 2]).sort(f); f()",
        "f = () => [1].values().map(f).next(); f()",
        "f = () => [1].values().flatMap(f).toArray(); f()",
        "f = () => Reflect.apply(f, null, []); f()",
        "f = () => Reflect.construct(F, []); F = function () { f() }; f()",
        "f = () => f.call(); f()",
        "f = () => f.bind()(); f()",
        "f = function* () { yield* f() }; f().next()",
        "f = () => new Promise(f); f()",
        "o = {get a() { return o.a }}; o.a",
        "o = {set a(v) { o.a = v }}; o.a = 1",
        "o = {toString() { return `${o}` }}; o + ''",
        "o = {valueOf() { return +o }}; +o",
        "o = {[Symbol.toPrimitive]() { return o + '' }}; o + ''",
        "o = {toJSON() { return JSON.stringify(o) }}; JSON.stringify(o)",
        "o = {get then() { return Promise.resolve(o) }}; Promise.resolve(o).then(); o.then",
        "o = {[Symbol.iterator]() { return [...o] }}; [...o]",
        "C = class { static [Symbol.hasInstance](x) { return x instanceof C } }; 1 instanceof C",
        "p = new Proxy({}, {get: (t, k, r) => r[k]}); p.x",
        "p = new Proxy({}, {has: (t, k) => k in p}); 'x' in p",
        "p = new Proxy(() => 1, {apply: () => p()}); p()",
        "p = new Proxy({}, {ownKeys: () => Object.keys(p)}); Object.keys(p)",
        "C = class { constructor() { new C } }; new C",
        "r = /a/; r.exec = () => r[Symbol.match]('a'); r[Symbol.match]('a')",
        "f = (s, ...v) => f`${1}`; f``",
        "eval?.('1'); f = () => f(...[1]); f()",
    ] {
        let source = format!("var f, F, o, a, p, C, r; {source}; 1");
        match run(&source, 3_000_000).outcome {
            Outcome::Thrown(text) => assert!(
                text.starts_with("RangeError") || text.starts_with("ReferenceError"),
                "{source}: {text}"
            ),
            Outcome::Value(_) | Outcome::OutOfFuel => {}
        }
    }
}

#[test]
fn a_walk_along_prototypes_is_counted() {
    assert_costs(
        &format!("{DEEP};; Object.setPrototypeOf({{}}, chain); 0"),
        15_000,
    );
    assert_costs(&format!("{DEEP};; ({{}}).__proto__ = chain; 0"), 15_000);
}

#[test]
fn ordinary_depths_are_served() {
    for (source, expected) in [
        (
            "let p = [1]; for (let i = 0; i < 100; i++) p = new Proxy(p, {}); Array.isArray(p) + ',' + p[0]",
            "true,1",
        ),
        (
            "let a = [1]; for (let i = 0; i < 100; i++) a = [a]; a.flat(Infinity).join() + a",
            "11",
        ),
        (
            "let f = function () {}; for (let i = 0; i < 100; i++) f = new Proxy(f, {}); typeof Reflect.construct(Object, [], f)",
            "object",
        ),
        ("Array.isArray(new Proxy({}, {}))", "false"),
        (
            "let f = n => n ? [n].map(() => f(n - 1))[0] : 'end'; f(100)",
            "end",
        ),
    ] {
        assert_value(source, expected);
    }
    assert_throws(
        "let r = Proxy.revocable([], {}); r.revoke(); Array.isArray(r.proxy)",
        "TypeError",
    );
}
