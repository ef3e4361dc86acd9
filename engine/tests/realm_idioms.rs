//! What ordinary libraries write works on the frozen realm.
//!
//! A name, the body of a function, and what it returns as text.

#[path = "realm_world/assigned.rs"]
mod assigned;
mod realm_world;

use realm_world::execution;

type Idiom = (&'static str, &'static str, &'static str);

/// Work on frozen intrinsics as the standard has them.
const IDIOMS: &[Idiom] = &[
    (
        "a method in a literal",
        "const o = { toString() { return 'mine' } }; return `${o}`",
        "mine",
    ),
    (
        "a method in a class",
        "class A { toString() { return 'mine' } constructor2() {} } return `${new A()}`",
        "mine",
    ),
    (
        "a field in a class",
        "class A { toString = () => 'mine'; constructor2 = 1 } return `${new A()}`",
        "mine",
    ),
    (
        "a field named name",
        "class A { static name = 'mine' } return A.name",
        "mine",
    ),
    (
        "an error with a field name",
        "class E extends Error { name = 'E' } return String(new E('m'))",
        "E: m",
    ),
    (
        "an error with a getter name",
        "class E extends Error { get name() { return 'E' } } return String(new E('m'))",
        "E: m",
    ),
    (
        "defineProperty toString",
        "const o = {}; Object.defineProperty(o, 'toString', { value: () => 'mine' }); return `${o}`",
        "mine",
    ),
    (
        "spread of toString",
        "const o = { ...{ toString: () => 'mine' } }; return `${o}`",
        "mine",
    ),
    (
        "fromEntries with constructor",
        "return Object.fromEntries([['constructor', 1], ['toString', 2]]).toString",
        "2",
    ),
    (
        "a message given to an error",
        "const e = new Error('a'); e.message = 'b'; return e.message",
        "b",
    ),
    (
        "a code on an error",
        "const e = new Error('a'); e.code = 'E_X'; return e.code",
        "E_X",
    ),
    (
        "a cause on an error",
        "const e = new Error('a', { cause: 7 }); e.cause = 8; return e.cause",
        "8",
    ),
    (
        "an own stack on an error",
        "const e = new Error('a'); e.stack = 'mine'; return e.stack",
        "mine",
    ),
    (
        "a static property on a function",
        "function f() {} f.displayName = 'mine'; f.cache = new Map(); return f.displayName",
        "mine",
    ),
    (
        "name of a function by definition",
        "function f() {} Object.defineProperty(f, 'name', { value: 'mine' }); return f.name",
        "mine",
    ),
    (
        "a method on an own prototype",
        "function A() {} A.prototype.get = function () { return 1 }; return new A().get()",
        "1",
    ),
    (
        "a prototype replaced",
        "function A() {} A.prototype = { constructor: A, get: () => 1 }; return new A().get()",
        "1",
    ),
    (
        "inheritance by create",
        "function A() {} function B() {} B.prototype = Object.create(A.prototype, { constructor: { value: B } }); return new B() instanceof A",
        "true",
    ),
    (
        "inheritance of statics",
        "class A { static make() { return new this() } } class B extends A {} return B.make() instanceof B",
        "true",
    ),
    (
        "a subclass of Map",
        "class M extends Map { get(k) { return super.get(k) ?? 'none' } } return new M([[1, 2]]).get(3)",
        "none",
    ),
    (
        "a subclass of Set",
        "class S extends Set { add(v) { return super.add(v * 2) } } return [...new S([1, 2])].join()",
        "2,4",
    ),
    (
        "a subclass of Array",
        "class A extends Array { sum() { return this.reduce((a, b) => a + b, 0) } } return A.from([1, 2]).map(x => x * 2).sum()",
        "6",
    ),
    (
        "a subclass of Promise",
        "class P extends Promise {} return P.resolve(1) instanceof P && P.resolve(1).then(x => x) instanceof P",
        "true",
    ),
    (
        "a subclass of Error by new.target",
        "class E extends Error { constructor(m) { super(m); Object.setPrototypeOf(this, new.target.prototype) } } return new E('m') instanceof E",
        "true",
    ),
    (
        "a mixin",
        "const Can = Base => class extends Base { can() { return 'yes' } }; return new (Can(Map))().can()",
        "yes",
    ),
    (
        "a mixin by assign",
        "class A {} Object.assign(A.prototype, { walk() { return 'walks' } }); return new A().walk()",
        "walks",
    ),
    (
        "a polyfill that is not needed",
        "if (!Array.prototype.at) Array.prototype.at = () => 'mine'; return [1, 2].at(-1)",
        "2",
    ),
    (
        "hasOwnProperty borrowed",
        "return Object.prototype.hasOwnProperty.call({ a: 1 }, 'a')",
        "true",
    ),
    (
        "slice borrowed",
        "return (function () { return Array.prototype.slice.call(arguments, 1).join() })(1, 2, 3)",
        "2,3",
    ),
    (
        "a type by toString",
        "return Object.prototype.toString.call([])",
        "[object Array]",
    ),
    (
        "a bare object",
        "const o = Object.create(null); o.toString = 1; o.constructor = 2; o.__proto__ = 3; return o.toString + o.constructor + o.__proto__",
        "6",
    ),
    (
        "a map by names",
        "const o = {}; o.a = 1; o['b'] = 2; delete o.a; return JSON.stringify(o)",
        "{\"b\":2}",
    ),
    (
        "an array extended",
        "const a = [1]; a.extra = 2; a.length = 0; a.push(3); return a.join() + a.extra",
        "32",
    ),
    (
        "an uncurried this",
        "const { call, bind } = Function.prototype; const uncurry = bind.bind(call); return uncurry(''.toUpperCase)('abc')",
        "ABC",
    ),
    (
        "an enum",
        "var Colour; (function (Colour) { Colour[Colour['Red'] = 0] = 'Red' })(Colour || (Colour = {})); return Colour[0]",
        "Red",
    ),
    (
        "an iterator",
        "class R { *[Symbol.iterator]() { yield 1; yield 2 } } return [...new R()].join()",
        "1,2",
    ),
    (
        "a proxy over a class",
        "const o = new Proxy(class { static a = 1 }, { get: (t, k) => k in t ? t[k] : 'none' }); return o.a + o.b",
        "1none",
    ),
    (
        "a tagged template",
        "const t = (s, ...v) => s.raw.join('|') + v.join(); return t`a${1}b`",
        "a|b1",
    ),
    (
        "a memo on a function",
        "const f = n => f.memo[n] ??= n * 2; f.memo = {}; return f(2) + f(2)",
        "8",
    ),
    (
        "an event emitter",
        "class E { #on = {}; on(n, f) { (this.#on[n] ||= []).push(f); return this } emit(n, v) { return (this.#on[n] || []).map(f => f(v)).join() } } return new E().on('a', x => x + 1).emit('a', 1)",
        "2",
    ),
    (
        "__proto__ in a literal",
        "return ({ __proto__: { a: 1 } }).a",
        "1",
    ),
    (
        "__proto__ assigned",
        "const o = {}; o.__proto__ = { a: 1 }; return o.a + Object.keys(o).length",
        "1",
    ),
    (
        "toJSON on a class",
        "class A { toJSON() { return 'mine' } } return JSON.stringify([new A()])",
        "[\"mine\"]",
    ),
    (
        "toPrimitive on a class",
        "class A { [Symbol.toPrimitive]() { return 7 } } return new A() * 2",
        "14",
    ),
    (
        "freeze of one's own",
        "const o = Object.freeze({ a: [1] }); o.a.push(2); return o.a.length",
        "2",
    ),
    (
        "a big integer's toJSON on the prototype is refused",
        "try { BigInt.prototype.toJSON = () => '1'; return 'left' } catch (e) { return e.name }",
        "TypeError",
    ),
    (
        "tslib's __extends",
        "const extendStatics = (d, b) => Object.setPrototypeOf(d, b); const __extends = (d, b) => { extendStatics(d, b); function __() { Object.defineProperty(this, 'constructor', { value: d, writable: true, configurable: true }) } d.prototype = (__.prototype = b.prototype, new __()) }; function A() {} A.prototype.hi = () => 'hi'; function B() {} __extends(B, A); return new B().hi()",
        "hi",
    ),
    (
        "tslib's __assign",
        "const __assign = Object.assign || function () {}; return JSON.stringify(__assign({ a: 1 }, { b: 2 }))",
        "{\"a\":1,\"b\":2}",
    ),
    (
        "tslib's __rest",
        "const __rest = (s, e) => { var t = {}; for (var p in s) if (Object.prototype.hasOwnProperty.call(s, p) && e.indexOf(p) < 0) t[p] = s[p]; return t }; return JSON.stringify(__rest({ a: 1, b: 2 }, ['a']))",
        "{\"b\":2}",
    ),
    (
        "constructor of a created prototype",
        "function A() {} function B() {} B.prototype = Object.create(A.prototype); B.prototype.constructor = B; return new B().constructor === B",
        "true",
    ),
    (
        "constructor in a constructor",
        "class A { constructor() { this.constructor = 1 } } return new A().constructor",
        "1",
    ),
];

fn check(idioms: &[Idiom]) {
    let mut failed = Vec::new();
    for (name, body, expected) in idioms {
        let source = format!("export function run() {{ return String((() => {{ {body} }})()) }}");
        let got = execution(&[&source]).remove(0);
        if got.as_deref() != Ok(expected) {
            failed.push(format!("{name}: {got:?}"));
        }
    }
    assert!(
        failed.is_empty(),
        "{} fail:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn what_libraries_write_works() {
    check(IDIOMS);
}

#[test]
fn what_libraries_assign_hides_what_the_realm_has() {
    check(assigned::NEEDS_RELAXED_SET);
}
