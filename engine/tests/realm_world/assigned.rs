//! What is assigned although the realm has it, frozen: the override mistake of the standard.
//!
//! The standard refuses to assign to a property that is inherited and read-only. The engine is
//! changed so that for what the realm inherits from frozen intrinsics the assignment makes an own
//! property, as it would if they were not frozen. Each row fails without that change.

use super::Idiom;

/// Work only if an assignment may hide what is inherited from a frozen intrinsic.
pub(crate) const NEEDS_RELAXED_SET: &[Idiom] = &[
    (
        "toString assigned",
        "const o = {}; o.toString = () => 'mine'; return `${o}`",
        "mine",
    ),
    (
        "valueOf assigned",
        "const o = {}; o.valueOf = () => 7; return o * 2",
        "14",
    ),
    (
        "hasOwnProperty assigned",
        "const o = {}; o.hasOwnProperty = 1; return o.hasOwnProperty",
        "1",
    ),
    (
        "constructor assigned",
        "const o = {}; o.constructor = 1; return o.constructor",
        "1",
    ),
    (
        "names of a map that are methods",
        "const count = {}; for (const w of ['a', 'constructor', 'toString', 'a']) count[w] = Object.hasOwn(count, w) ? count[w] + 1 : 1; return JSON.stringify(count)",
        "{\"a\":2,\"constructor\":1,\"toString\":1}",
    ),
    (
        "name assigned in an error",
        "class E extends Error { constructor(m) { super(m); this.name = 'E' } } return String(new E('m'))",
        "E: m",
    ),
    (
        "name assigned to an error",
        "const e = new Error('m'); e.name = 'Mine'; return String(e)",
        "Mine: m",
    ),
    (
        "name of the constructor in an error",
        "class E extends TypeError { constructor(m) { super(m); this.name = this.constructor.name } } return String(new E('m'))",
        "E: m",
    ),
    (
        "message assigned in an error",
        "class E extends Error { constructor() { super(); this.message = 'mine' } } return new E().message",
        "mine",
    ),
    (
        "name on an error's prototype",
        "class E extends Error {} E.prototype.name = 'E'; return String(new E('m'))",
        "E: m",
    ),
    (
        "an error of before classes",
        "function E(m) { this.message = m } E.prototype = Object.create(Error.prototype); E.prototype.constructor = E; E.prototype.name = 'E'; return String(new E('m'))",
        "E: m",
    ),
    (
        "toString on an error's prototype",
        "class E extends Error {} E.prototype.toString = () => 'mine'; return String(new E())",
        "mine",
    ),
    (
        "map assigned to an array",
        "const a = [1]; a.map = () => 'mine'; return a.map()",
        "mine",
    ),
    (
        "push assigned to an array",
        "const a = [1]; const push = a.push; a.push = function (v) { return push.call(this, v * 2) }; a.push(2); return a.join()",
        "1,4",
    ),
    (
        "join assigned to an array",
        "const a = [1]; a.join = () => 'mine'; return String(a)",
        "mine",
    ),
    (
        "then assigned to a promise",
        "const p = Promise.resolve(1); p.then = () => 'mine'; return p.then()",
        "mine",
    ),
    (
        "get assigned to a map",
        "const m = new Map(); m.get = () => 'mine'; return m.get()",
        "mine",
    ),
    (
        "call assigned to a function",
        "const f = () => 1; f.call = () => 'mine'; return f.call()",
        "mine",
    ),
    (
        "toString assigned to a function",
        "const f = () => 1; f.toString = () => 'mine'; return `${f}`",
        "mine",
    ),
    (
        "apply on a class",
        "class A { static x() {} } A.apply = () => 'mine'; return A.apply()",
        "mine",
    ),
    (
        "toString on a prototype",
        "function A() {} A.prototype.toString = function () { return 'mine' }; return `${new A()}`",
        "mine",
    ),
    (
        "constructor of a prototype from Object",
        "function A() {} A.prototype = Object.create(Object.prototype); A.prototype.constructor = A; return new A().constructor === A",
        "true",
    ),
    (
        "assign with toString",
        "return `${Object.assign({}, { toString: () => 'mine' })}`",
        "mine",
    ),
    (
        "assign onto a prototype with valueOf",
        "function A() {} Object.assign(A.prototype, { valueOf: () => 7 }); return new A() * 2",
        "14",
    ),
    (
        "inheritance before classes",
        "function inherits(c, s) { c.super_ = s; c.prototype = Object.create(s.prototype); c.prototype.constructor = c } function L() {} inherits(L, Array); return new L() instanceof Array",
        "true",
    ),
    (
        "statics copied",
        "const copy = (d, b) => { for (var p in b) if (Object.prototype.hasOwnProperty.call(b, p)) d[p] = b[p] }; function f() {} copy(f, { bind: 1 }); return f.bind",
        "1",
    ),
    (
        "exports of a module",
        "const exports = {}; exports.toString = () => 'mine'; exports.hasOwnProperty = 1; return exports.toString()",
        "mine",
    ),
    (
        "exec assigned to an expression",
        "const r = /a/; r.exec = () => null; return r.test('a')",
        "false",
    ),
    (
        "flags by a symbol",
        "const o = []; o[Symbol.iterator] = function* () { yield 7 }; return [...o].join()",
        "7",
    ),
    (
        "has and size wrapped",
        "const s = new Set([1]); const has = s.has.bind(s); s.has = v => !has(v); return s.has(1)",
        "false",
    ),
    (
        "getTime assigned to a date",
        "const d = new Date(0); d.getTime = () => 7; return d.getTime()",
        "7",
    ),
    (
        "reflected set",
        "const o = {}; return Reflect.set(o, 'toString', 1) && o.toString",
        "1",
    ),
    (
        "a parent that wraps toString",
        "class A { constructor() { const before = this.toString; this.toString = () => 'mine ' + before.call(this) } } return String(new A())",
        "mine [object Object]",
    ),
    (
        "destructuring into a name",
        "const o = {}; ({ a: o.toString } = { a: 7 }); return o.toString",
        "7",
    ),
    (
        "logical assignment",
        "const o = {}; o.valueOf &&= 7; return o.valueOf",
        "7",
    ),
    (
        "increment of an inherited name",
        "const o = {}; o.toString++; return String(o.toString)",
        "NaN",
    ),
    (
        "own name beyond a created object",
        "const o = Object.create([]); o.concat = 7; return o.concat",
        "7",
    ),
];
