//! Hostile objects and names, handed to everything that takes one.

use super::Program;

/// Name and a hostile value.
const VALUES: &[(&str, &str)] = &[
    (
        "proxy-throws",
        "new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 }, has() { throw 4 } })",
    ),
    (
        "proxy-of-itself",
        "(() => { const p = new Proxy(function () {}, { get: (t, k) => k === 'prototype' ? t.prototype : p, apply: () => p }); return p })()",
    ),
    (
        "proxy-revoked",
        "(() => { const { proxy, revoke } = Proxy.revocable(function () {}, {}); revoke(); return proxy })()",
    ),
    (
        "proxy-handler-cycle",
        "(() => { const h = {}; const p = new Proxy({}, h); Object.setPrototypeOf(h, p); return p })()",
    ),
    (
        "prototype-recurses",
        "(() => { const o = Object.create(new Proxy({}, { get: (t, k, r) => r[k] })); return o })()",
    ),
    (
        "getters-throw",
        "({ get length() { throw 1 }, get 0() { throw 1 }, get then() { throw 1 }, get message() { throw 1 }, get size() { throw 1 } })",
    ),
    (
        "getters-recurse",
        "({ get length() { return this.length }, get message() { return this.message }, toString() { return `${this}` } })",
    ),
    (
        "converts-to-itself",
        "({ toString() { return this }, valueOf() { return this }, [Symbol.toPrimitive]() { return this } })",
    ),
    (
        "converts-endlessly",
        "({ [Symbol.toPrimitive]() { return '' + this } })",
    ),
    (
        "cycle",
        "(() => { const a = []; a.push(a, { a }); return a })()",
    ),
    (
        "wide-and-shared",
        "(() => { let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return a })()",
    ),
    (
        "iterates-for-ever",
        "({ [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }) } }, length: 2 ** 32, size: 2 ** 32 })",
    ),
    (
        "iterates-itself",
        "({ [Symbol.iterator]() { return this }, next() { return this }, value: 1, done: false })",
    ),
    ("thenable", "({ then(resolve) { resolve(this) } })"),
    ("no-prototype", "Object.create(null)"),
    ("symbol", "Symbol.iterator"),
    ("lone-surrogate", "'\\ud800'"),
    ("proto-key", "'__proto__'"),
    ("constructor-key", "'constructor'"),
    ("then-key", "'then'"),
    ("nul", "'\\0\\0'"),
    ("dots", "'../../x@\\u202ealice.near'"),
    (
        "own-proto",
        "JSON.parse('{\"__proto__\":{\"x\":1},\"constructor\":{\"prototype\":1}}')",
    ),
    ("huge-bigint", "(1n << 60000n)"),
    ("negative-zero", "-0"),
    ("nan", "NaN"),
    (
        "detached",
        "(() => { const b = new ArrayBuffer(8); const u = new Uint8Array(b); b.transfer(); return u })()",
    ),
    ("class", "class A { static x = 1 }"),
    ("generator", "(function* () { yield* this })()"),
    ("date-invalid", "new Date(NaN)"),
    ("function-conclave", "storage.get"),
    ("arguments", "(function () { return arguments })(1, 2)"),
];

/// Name and what is done with the value `o`.
const SINKS: &[(&str, &str)] = &[
    ("returned", "return o"),
    ("thrown", "throw o"),
    ("rejected", "return Promise.reject(o)"),
    ("resolved", "return Promise.resolve(o)"),
    ("awaited", "return (async () => await o)()"),
    ("stored", "storage.set('k', o); return storage.get('k')"),
    ("stored-within", "storage.set('k', [{ o }]); return 1"),
    ("key", "storage.set(o, 1); return storage.keys({})"),
    (
        "key-read",
        "return [storage.has(o), storage.get(o), storage.remove(o)]",
    ),
    ("range", "return storage.keys(o)"),
    (
        "range-fields",
        "return storage.keys({ prefix: o, from: o, limit: o })",
    ),
    ("called", "return call(o, 'm', null)"),
    ("called-method", "return call('b@alice.near', o, null)"),
    ("called-args", "return call('b@alice.near', 'm', o)"),
    (
        "called-options",
        "return call('b@alice.near', 'm', null, o)",
    ),
    (
        "called-gas",
        "return call('b@alice.near', 'm', null, { gas: o, deposit: o })",
    ),
    ("contract", "return contract(o).m(o)"),
    ("contract-method", "return contract('b@alice.near')[o](1)"),
    ("logged", "return console.log(o, o)"),
    ("hashed", "return near.sha256(o)"),
    ("text", "return String(o).length"),
    ("json", "return JSON.stringify([o, { o }])"),
    ("spread", "return [[...o], { ...o }]"),
    ("compared", "return [o == 1, o < o, o + o, `${o}`]"),
    ("prototype", "return Object.create(o).x"),
    (
        "own-prototype",
        "const x = {}; x.__proto__ = o; return x.length",
    ),
    (
        "property",
        "const x = {}; x[o] = 1; return Object.entries(x)",
    ),
    ("class-of", "return class extends o {}"),
    (
        "instance-of",
        "return [{} instanceof o, o instanceof Object]",
    ),
    (
        "array-of",
        "return [Array.from(o), [].concat(o), [o].flat(Infinity)]",
    ),
    ("sorted", "return [o, o, o].sort()"),
    ("map-of", "return [new Map(o), new Set(o)]"),
    ("promises", "return Promise.all(o)"),
    (
        "regexp",
        "return ['a'.replace(o, o), 'a'.split(o), new RegExp(o)]",
    ),
    ("described", "return Object.defineProperty({}, 'x', o)"),
    (
        "reflected",
        "return [Reflect.ownKeys(o), Object.freeze(o), Reflect.getPrototypeOf(o)]",
    ),
    ("handler", "return { ...new Proxy({}, o) }"),
    ("error-options", "throw new Error(o, o)"),
    (
        "error-cause",
        "const e = new Error('m'); e.message = o; e.name = o; e.stack = o; e.code = o; throw e",
    ),
    ("bytes", "return new Uint8Array(o)"),
    ("assigned-global", "globalThis.o = o; return typeof o"),
];

/// The programs.
pub(super) fn programs(into: &mut Vec<Program>) {
    for (value_name, value) in VALUES {
        for (sink_name, sink) in SINKS {
            into.push(Program::new(
                format!("{sink_name}/{value_name}"),
                format!("const o = {value}; {sink}"),
            ));
        }
    }
}
