//! Programs that are made up of statements on objects and their names.

use super::twice::Numbers;

/// Statements of a program.
const STATEMENTS: usize = 12;
/// What every program can use.
const PRELUDE: &str = r"
const out = []
const short = v => v === null ? 'null' : typeof v === 'object' ? 'object' : typeof v === 'function' ? 'function' : Object.is(v, -0) ? '-0' : String(v)
const told = v => v === null || typeof v !== 'object' && typeof v !== 'function' ? short(v) : '{' +
  Reflect.ownKeys(v).slice(0, 24).map(k => { const d = Object.getOwnPropertyDescriptor(v, k); return String(k).slice(0, 9) + '=' + (!d ? 'none' : d.get || d.set ? 'get' : short(d.value)) + (d?.writable ? 'w' : '') + (d?.enumerable ? 'e' : '') + (d?.configurable ? 'c' : '') }) + '}'
const say = v => { out.push(told(v)) }
const heir = (o, p) => Object.setPrototypeOf(o, p)
const proxied = t => new Proxy(t, { get(t, k, r) { out.push('g' + String(k)); return Reflect.get(t, k, r) }, set(t, k, v, r) { out.push('s' + String(k)); return Reflect.set(t, k, v, r) },
  getOwnPropertyDescriptor(t, k) { out.push('o' + String(k)); return Reflect.getOwnPropertyDescriptor(t, k) }, defineProperty(t, k, d) { out.push('D' + String(k)); return Reflect.defineProperty(t, k, d) },
  getPrototypeOf(t) { out.push('p'); return Reflect.getPrototypeOf(t) } })
class Base { constructor() { this.x = 1; this.made = 2 } y() { return 'y' + this.x } get z() { return 'z' } static name2() { return this.name } }
class Heir extends Base { #own = 3; field = 4; y() { return super.y() + this.#own } set z(v) { out.push('set' + short(v)) } }
const many = n => { const o = {}; for (let i = 0; i < n; i++) o['n' + i] = i; return o }
const long = 'long'.repeat(40), symbol = Symbol('mark')
const strictly = (o, k, v) => { 'use strict'; o[k] = v }
";

/// Objects of all the kinds whose methods are ordinary, and of some whose are not.
const OBJECTS: [&str; 40] = [
    "{}",
    "{ x: 1 }",
    "{ x: 1, y: 2, z: 3 }",
    "{ y: 1, x: 2 }",
    "{ x: 1, [symbol]: 2, 0: 3 }",
    "many(8)",
    "many(9)",
    "many(30)",
    "Object.assign(many(8), { x: 1 })",
    "Object.create(null)",
    "Object.create({ x: 'above' })",
    "Object.create(Object.create(Object.create({ x: 'far above' })))",
    "[...'abcdefghij'].reduce(o => Object.create(o), { y: 'farthest' })",
    "Object.create(many(12))",
    "Object.freeze({ x: 1, y: 2 })",
    "Object.seal({ x: 1, y: 2 })",
    "Object.preventExtensions({ x: 1 })",
    "Object.create(Object.freeze({ x: 1, toString: 2 }))",
    "{ get x() { out.push('get'); return 7 }, set y(v) { out.push('set') } }",
    "Object.create({ get x() { return typeof this }, set x(v) { out.push('set' + short(v)) }, get y() { return 1 } })",
    "Object.defineProperty({ y: 1 }, 'x', { value: 1, configurable: true })",
    "Object.defineProperty({ y: 1 }, 'x', { value: 1, writable: true })",
    "Object.defineProperty({}, 'x', { value: 1 })",
    "new Base()",
    "new Heir()",
    "Heir.prototype",
    "Heir",
    "function named(a, b) { }",
    "(() => { })",
    "[1, 2, 3]",
    "heir([1], { x: 5 })",
    "heir({ y: 1 }, [7])",
    "new Error('made')",
    "new String('text')",
    "(function () { return arguments })(1, 2)",
    "new Uint8Array(2)",
    "proxied({ x: 1 })",
    "heir({ y: 1 }, proxied({ x: 1 }))",
    "(() => { const o = many(12); delete o.n3; return o })()",
    "(() => { const o = { x: 1, y: 2, z: 3 }; delete o.x; return o })()",
];

const NAMES: [&str; 17] = [
    "x",
    "y",
    "z",
    "x",
    "y",
    "name",
    "length",
    "toString",
    "constructor",
    "missing",
    "n3",
    "n8",
    "made",
    "field",
    "__proto__",
    "message",
    "prototype",
];

const KEYS: [&str; 10] = [
    "'x'",
    "'y'",
    "'n7'",
    "'n' + 8",
    "long",
    "symbol",
    "0",
    "'1'",
    "'length'",
    "'é' + 'x'",
];

const VALUES: [&str; 10] = [
    "0",
    "1",
    "'s'",
    "null",
    "undefined",
    "a",
    "b",
    "10n",
    "() => 5",
    "{ x: 9 }",
];

/// What is done with `a` and `b`; `$N`, `$K` and `$V` stand for a name, a key and a value.
const STATEMENTS_OF: [&str; 67] = [
    "say(a.$N)",
    "say(a.$N); say(b.$N); say(a.$N)",
    "for (const o of [a, b, a, {}, b, a]) say(o.$N)",
    "for (let i = 0; i < 3; i++) { say(a.$N); b.$N = $V }",
    "a.$N = $V",
    "a.$N = $V; say(a.$N); a.$N = $V",
    "for (const o of [a, b, a, b, {}]) o.$N = $V",
    "a[$K] = $V",
    "say(a[$K]); a[$K] = $V; say(a[$K])",
    "strictly(a, $K, $V)",
    "(function () { 'use strict'; a.$N = $V })()",
    "a = { $N: $V, $N: $V, $N: $V }",
    "a = { $N: $V, [$K]: $V, $N() { return 1 }, get $N() { return 2 } }",
    "a = { ...a, $N: $V, ...b }",
    "a = { __proto__: b, $N: $V }",
    "for (let i = 0; i < 3; i++) a = { $N: i, $N: a, $N: $V }",
    "for (let i = 0; i < 12; i++) a['m' + i] = $V; say(a.m11); say(a.m3)",
    "for (let i = 0; i < 20; i++) a['k' + i % 5] = i; for (let i = 0; i < 5; i++) delete a['k' + i * 3 % 5]",
    "Object.defineProperty(a, '$N', { value: $V })",
    "Object.defineProperty(a, '$N', { value: $V, writable: true, enumerable: true, configurable: true })",
    "Object.defineProperty(a, '$N', { value: $V, configurable: true })",
    "Object.defineProperty(a, $K, { value: $V, writable: true })",
    "Object.defineProperty(a, '$N', { enumerable: false })",
    "Object.defineProperty(a, '$N', { get() { return 'got' }, configurable: true })",
    "Object.defineProperty(a, '$N', { set(v) { out.push('set') } })",
    "say(Reflect.defineProperty(a, $K, { value: $V, enumerable: true }))",
    "say(Reflect.set(a, '$N', $V, b)); say(b)",
    "say(Reflect.set(a, $K, $V))",
    "say(Reflect.get(a, '$N', b))",
    "say(delete a.$N)",
    "say(delete a[$K]); a[$K] = $V",
    "delete a.$N; a.$N = $V",
    "heir(a, b)",
    "heir(b, { $N: $V })",
    "heir(a, null); say(a.$N)",
    "const p = Object.getPrototypeOf(a); p.$N = $V; say(a.$N); delete p.$N; say(a.$N)",
    "const o = Object.create(a); say(o.$N); o.$N = $V; say(o); say(a)",
    "const o = Object.create(a), f = o => o.$N; say(f(o)); a.$N = $V; say(f(o)); o.$N = $V; say(f(o)); delete o.$N; say(f(o))",
    "const f = o => { o.$N = $V; return o.$N }; say(f(a)); say(f(b)); Object.freeze(b); say(f(b)); say(f(a))",
    "Object.freeze(b)",
    "Object.preventExtensions(a)",
    "Object.seal(a)",
    "Object.assign(a, b)",
    "say(Object.entries(b).length); for (const k in a) say(k)",
    "say(JSON.stringify(a)?.length); say(Object.keys(a).join())",
    "const { $N: q = $V, ...r } = a; say(q); say(r)",
    "say(a.$N?.()); say(a?.$N)",
    "a.$N++; say(a.$N)",
    "a.$N ??= $V; a.$N ||= $V; a.$N &&= $V",
    "class C extends Base { $N() { return 1 } static $N() { return 2 } $N = $V } say(new C()); say(C); say(C.prototype)",
    "class C { static $N = $V; get $N() { return 1 } set $N(v) { } ['$N' + 1]() { } } say(C); say(C.prototype); say(new C().$N)",
    "const o = { $N() { return super.$N } }; heir(o, b); say(o.$N())",
    "const f = function () { }; f.$N = $V; say(f); say(new f().$N)",
    "const f = { $N: () => 1, $N: function () { }, $N: class { } }; for (const k of Object.keys(f)) say(f[k].name)",
    "function F() { this.$N = $V; this.$N = 2; this.$N = a } F.prototype.$N = b; say(new F()); say(new F().$N)",
    "globalThis.spare = $V; say(typeof spare); say(spare); delete globalThis.spare; say(spare)",
    "const f = o => o.$N; say(f(Math)); Math.$N = $V; say(f(Math)); say(f(Math)); delete Math.$N; say(f(Math))",
    "say(nothing)",
    "Object.prototype.spare = $V; say(a.spare); a.spare = 1; say(a.spare); delete Object.prototype.spare; say(a.spare)",
    "Object.defineProperty(Object.prototype, 'spare', { value: 1, configurable: true }); try { strictly(a, 'spare', 2) } finally { delete Object.prototype.spare } say(a.spare)",
    "Object.defineProperty(Object.prototype, 'spare', { set(v) { out.push('above') }, get() { return 'above' }, configurable: true }); try { a.spare = 2; say(a.spare); say({ spare: 3 }) } finally { delete Object.prototype.spare }",
    "const deep = n => { try { deep(n + 1) } catch (e) { try { say(a.$N); a.$N = $V } catch (e) { say(e.message) } } }; deep(0)",
    "say('text'.$N); say((5).$N); say(true.$N)",
    "null.$N",
    "undefined.$N = $V",
    "say(Object.getOwnPropertyNames(a).length); say(Object.hasOwn(a, $K)); say($K in a)",
    "const o = many(7); o.$N = 1; o.$N = 2; o.$N = 3; delete o.n2; o[$K] = 4; delete o[$K]; say(o); o.$N = $V; say(o)",
];

/// A statement with its letters replaced.
fn statement(numbers: &mut Numbers) -> String {
    let mut parts = numbers.of(&STATEMENTS_OF).split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (letter, rest) = part.split_at(1);
        text += match letter {
            "V" => numbers.of(&VALUES),
            "K" => numbers.of(&KEYS),
            _ => numbers.of(&NAMES),
        };
        text += rest;
    }
    text
}

/// A program.
pub(crate) fn program(numbers: &mut Numbers) -> String {
    let mut text = format!("{{ {PRELUDE}\n");
    for name in ["a", "b"] {
        text += &format!("let {name} = {}\n", numbers.of(&OBJECTS));
    }
    for _ in 0..STATEMENTS {
        text += &format!(
            "try {{ {} }} catch (e) {{ out.push('!' + e) }}\n",
            statement(numbers)
        );
        match numbers.below(8) {
            0 => text += "{ const c = a; a = b; b = c }\n",
            1 => text += &format!("a = {}\n", numbers.of(&OBJECTS)),
            _ => {}
        }
    }
    text + "say(a); say(b)\nout.join() }"
}
