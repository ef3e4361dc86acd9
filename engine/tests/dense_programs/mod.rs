//! Programs that are made up of statements on arrays and on what is nearly one.

use super::twice::Numbers;

/// Statements of a program.
const STATEMENTS: usize = 12;
/// What every program can use.
const PRELUDE: &str = r"
const out = []
const told = v => typeof v === 'function' ? 'function' : Array.isArray(v) ? '[' + Object.keys(v).length + '/' + v.length + ':' +
  Object.getOwnPropertyNames(v).slice(0, 12).map(k => { const d = Object.getOwnPropertyDescriptor(v, k); return k + '=' + (d.get ? 'get' : told1(d.value)) + (d.writable ? 'w' : '') + (d.enumerable ? 'e' : '') + (d.configurable ? 'c' : '') }) + ']'
  : told1(v)
const told1 = v => v === null ? 'null' : typeof v === 'object' ? 'object' : Object.is(v, -0) ? '-0' : String(v)
const say = v => { out.push(told(v)) }
class Sub extends Array { constructor(...a) { super(...a); this.made = a.length } }
class Odd extends Array { static get [Symbol.species]() { return function (n) { return { length: 0 } } } }
class Less extends Array { static get [Symbol.species]() { return n => Object.freeze([]) } }
const held = []
function plain(i) { return typeof this + i + arguments.length }
function named(i) { return i ? named(i - 1) + 1 : 0 }
const heir = (o, p) => Object.setPrototypeOf(o, p)
const proxied = t => new Proxy(t, { get(t, k, r) { out.push('g' + String(k)); return Reflect.get(t, k, r) }, set(t, k, v, r) { out.push('s' + String(k)); return Reflect.set(t, k, v, r) },
  has(t, k) { out.push('h' + String(k)); return k in t }, deleteProperty(t, k) { out.push('d' + String(k)); return delete t[k] }, defineProperty(t, k, d) { out.push('D' + String(k)); return Reflect.defineProperty(t, k, d) } })
";

/// Arrays, and what is nearly one.
const ARRAYS: [&str; 30] = [
    "[]",
    "[1, 2, 3]",
    "[1, 2, 3, 4, 5, 6, 7, 8]",
    "[0.5, 1.5, -0]",
    "['a', 'b', {}, null, undefined]",
    "[[3], [1, 2], []]",
    "[1, , 3]",
    "[, , ,]",
    "new Array(6)",
    "new Array(4294967295)",
    "Array.from({ length: 40 }, (_, i) => i)",
    "Array.from({ length: 9 }, (_, i) => 'k' + i)",
    "Object.freeze([1, 2, 3])",
    "Object.seal([1, 2, 3])",
    "Object.preventExtensions([1, 2])",
    "Object.defineProperty([1, 2, 3], 'length', { writable: false })",
    "Object.defineProperty([1, 2, 3], 1, { get() { out.push('get'); return 7 }, configurable: true })",
    "Object.defineProperty([1, 2, 3], 2, { value: 9 })",
    "Object.assign([1, 2], { more: 1 })",
    "Object.assign([], { 5: 1 })",
    "heir([1, 2], [9, 8, 7])",
    "heir([1, 2], null)",
    "heir([1, 2], proxied([]))",
    "heir([1], { set 1(v) { out.push('set' + v) }, get 1() { return 5 } })",
    "new Sub(1, 2, 3)",
    "new Odd(1, 2, 3)",
    "new Less(1, 2, 3)",
    "proxied([1, 2, 3])",
    "{ length: 3, 0: 'x', 2: 'z' }",
    "(function () { return arguments })(1, 2, 3)",
];

const VALUES: [&str; 15] = [
    "0",
    "1",
    "-1",
    "2.5",
    "NaN",
    "-0",
    "2147483648",
    "'s'",
    "null",
    "undefined",
    "{}",
    "a",
    "b",
    "[5, 6]",
    "10n",
];

const INDICES: [&str; 9] = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "a.length",
    "a.length - 1",
    "4294967294",
];

/// What a callback does; `v`, `i` and `t` are what it is given.
const CALLBACKS: [&str; 29] = [
    "v",
    "i",
    "v * 2",
    "i % 2",
    "typeof v",
    "[v, i]",
    "{ if (i === 1) t.length = 2; return v }",
    "{ if (i === 1) t.push(v); if (i > 30) throw 1; return v }",
    "{ if (i === 1) t.pop(); return i }",
    "{ if (i === 0) delete t[1]; return v }",
    "{ if (i === 0) t[i + 2] = 'new'; return v }",
    "{ if (i === 2) throw 'thrown'; return v }",
    "{ if (i === 1) Object.freeze(t); return v }",
    "(() => [v, i])",
    "{ let k = i; held.push(() => k); return held.length > 2 ? held[held.length - 2]() : 0 }",
    "{ for (const w of [v, i]) { if (w === i) return w } }",
    "{ for (const w of t) { for (let k = 0; ; k++) if (k > i) return [w].map(x => [x, v]) } }",
    "{ try { if (i === 1) throw v; return i } catch (e) { return e } finally { i++ } }",
    "t.length < 9 ? t.concat([v]).map((w, j, u) => j > 1 ? u.length : w) : v",
    "{ let w = v; { let v = i; { const i = w; return [v, i] } } }",
    "Function.prototype.call.call(plain, v, i)",
    "named(i % 3)",
    "{ switch (i) { case 0: return v; case 1: { let k = v; return k } default: return t.at(-1) } }",
    "eval('i + 1')",
    "{ const [x = 1, ...y] = [v, i]; return y.length + String(x) }",
    "(i > 2 ? new Error('made') : undefined)",
    "{ try { null.x } catch (e) { return e.message + i } }",
    "{ t === a && (a = b); return i }",
    "{ if (i === 1) A.push.call(t, v, v); return i > 40 ? nothing : t.length }",
];

/// What is done with `a` and `b`; `$V`, `$I` and `$F` stand for a value, an index and a callback.
const STATEMENTS_OF: [&str; 104] = [
    "say(a.push($V))",
    "say(a.push($V))",
    "say(a.push($V, $V))",
    "a.push('long'.repeat(40))",
    "for (let i = 0; i < 20; i++) a.push(i % 7 ? i : $V)",
    "const f = a.push; f($V)",
    "let n = 0; const deep = () => { n++; a.push($V); deep() }; try { deep() } catch (e) { a.length = 3; say(n + String(e)) }",
    "const deep = n => [n].map(v => deep(v + 1)); deep(0)",
    "const deep = n => { try { return [n, n].find((v, i) => i || deep(v + 1)) } catch (e) { return n } }; say(deep(0))",
    "let n = 0; A.forEach.call(a, (v, i, t) => { n += i; held.push(t) }); say(n)",
    "say(A.map.call(a, $F, $V))",
    "say(A.every.call(a, $F, $V))",
    "say(A.filter.call(a, (v, i) => i % 3)); say(A.map.call(b, v => [v]))",
    "say(A.reduce.call(a, $F)); say(A.reduce.call(b, (p, v, i, t) => { if (i === 1) t.length = 2; return [p, v] }, $V))",
    "A.reduce.call(a, (v, i, t, u) => say($F(v, i, t) + typeof u), 1)",
    "say(A.some.call(a, (v, i) => A.some.call(b, (w, j) => A.every.call(a, () => i > j)) && $V))",
    "say(A.push.call(a, $V))",
    "say(A.push.call(a, $V, $V, $V))",
    "say(A.push.call(a))",
    "say(A.pop.call(a))",
    "say(A.shift.call(a))",
    "say(A.unshift.call(a, $V))",
    "say(a[$I])",
    "a[$I] = $V",
    "a[$I] = $V",
    "say(a.length)",
    "a.length = 2",
    "a.length = $I",
    "say(A.map.call(a, $F))",
    "say(A.map.call(a, $F))",
    "say(A.filter.call(a, $F))",
    "say(A.reduce.call(a, (p, v, i, t) => $F(v, i, t)))",
    "say(A.reduceRight.call(a, (p, v, i, t) => p + String(v), ''))",
    "A.forEach.call(a, (v, i, t) => say($F(v, i, t)))",
    "say(A.some.call(a, $F))",
    "say(A.every.call(a, $F))",
    "say(A.find.call(a, $F))",
    "say(A.findIndex.call(a, $F))",
    "say(A.findLast.call(a, $F))",
    "say(A.slice.call(a, $I))",
    "say(A.slice.call(a, 1, $I))",
    "say(A.concat.call(a, b, $V))",
    "say(A.concat.call(a, a))",
    "say(A.indexOf.call(a, $V))",
    "say(A.includes.call(a, $V))",
    "say(A.lastIndexOf.call(a, $V))",
    "say(A.join.call(a, '-'))",
    "say(A.reverse.call(a))",
    "say(A.sort.call(a))",
    "say(A.sort.call(a, (x, y) => x < y ? 1 : -1))",
    "say(A.toSorted.call(a))",
    "say(A.toReversed.call(a))",
    "say(A.toSpliced.call(a, 1, 1, $V))",
    "say(A.with.call(a, $I, $V))",
    "say(A.splice.call(a, $I, 1))",
    "say(A.splice.call(a, 1, 2, $V, $V))",
    "say(A.splice.call(a, 0, 0, $V))",
    "say(A.fill.call(a, $V, 1))",
    "say(A.copyWithin.call(a, 0, 1))",
    "say(A.flat.call(a))",
    "say(A.flatMap.call(a, $F))",
    "say(A.at.call(a, $I))",
    "say([...a, $V])",
    "say([$V, ...b, ...a])",
    "let n = 0; for (const v of a) { say(v); if (n++ > 5) break }",
    "let n = 0; for (const v of a) { if (n++ < 3) a.push($V) }",
    "const [x, y, ...rest] = a; say(x); say(rest)",
    "say(Array.from(a))",
    "say(Array.from(a, $F))",
    "say(Array.from(A.entries.call(a)).length)",
    "say(Sub.from(a))",
    "say(Array.of($V, $V))",
    "say(delete a[$I])",
    "say(Object.keys(a).join())",
    "say(JSON.stringify(a, (k, v) => typeof v === 'bigint' ? 1 : v))",
    "say(Math.max(...a))",
    "say(Reflect.set(a, $I, $V))",
    "say(Object.isFrozen(a))",
    "for (let i = 0; i < 9; i++) a[i] = $V",
    "a[a.length] = $V; a[a.length] = $V; a[a.length + 1] = $V",
    "const i = A.values.call(a); for (const v of i) { say(v); break } say([...i])",
    "const i = [1, 2, 3][Symbol.iterator](); i.next = () => ({ done: true }); say([...i])",
    "const i = A.entries.call(a); for (const [k, v] of i) { say(k); say(v) }",
    "const n = Object.getPrototypeOf([][Symbol.iterator]()), m = n.next; try { n.next = function () { out.push('next'); return m.call(this) }; say([...a]) } finally { n.next = m }",
    "for (const v of { [Symbol.iterator]() { let n = 0; return { next: () => ({ value: n, done: n++ > 2 }) } } }) say(v)",
    "for (const v of { [Symbol.iterator]() { let n = 0; return { next: () => ({ done: n++ > 2, get value() { return n } }) } } }) say(v)",
    "for (const v of new Set(a)) { say(v); if (out.length > 99) break } for (const [k, v] of new Map([[1, 2]])) say(k + v)",
    "const deep = n => { try { deep(n + 1) } catch (e) { try { for (const v of a) say(v) } catch (e) { say(e.message) } } }; deep(0)",
    "a['k' + $I] = $V",
    "a['k' + $I] = $V; a['k' + $I] = $V; say(a['k' + $I])",
    "a.more = $V; a.more = $V; say(a.more)",
    "const k = 'more'; a[k] = $V; a[k] += $V; say(a[k])",
    "a[Symbol.iterator] = $V; a[Symbol.iterator] = A.values",
    "a['length'] = $V",
    "a['long'.repeat(40)] = $V; a['long'.repeat(40)] = $V",
    "Object.defineProperty(a, 'fixed', { value: 1 }); a['fix' + 'ed'] = $V",
    "Object.defineProperty(a, 'got', { get: () => 3, set(v) { say(v) }, configurable: true }); a['g' + 'ot'] = $V",
    "a.__proto__ = b",
    "const o = {}; for (let i = 0; i < 40; i++) o['k' + i % 7] = i; say(JSON.stringify(o))",
    "const o = {}; for (let i = 0; i < 1100; i++) o['u' + i % 1050] = i; say(o.u3 + o.u1049)",
    "const o = { x: 1, y: 2 }; delete o.x; o['x'] = $V; o['y'] = $V; say(Object.keys(o).join())",
    "const o = Object.create({ x: 1 }); o['x'] = $V; o['x'] = $V; say(o.x)",
    "const o = Object.freeze({ x: 1 }); o['x'] = $V; say(o.x)",
    "Reflect.set({ x: 1 }, 'x', $V, a); say(a.x)",
];

/// What a program does to the realm first, and undoes at its end.
const REALMS: [(&str, &str); 8] = [
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
    ("Array.prototype[3] = 'proto'", "delete Array.prototype[3]"),
    (
        "Object.defineProperty(Object.prototype, 2, { set(v) { out.push('set' + v) }, get() { return 'got' }, configurable: true })",
        "delete Object.prototype[2]",
    ),
    (
        "Object.defineProperty(Array.prototype, 4, { value: 'fixed', configurable: true })",
        "delete Array.prototype[4]",
    ),
    ("Array.prototype.push(1)", "Array.prototype.length = 0"),
];

/// A function of three parameters, seldom of a kind that is not called as the others are.
fn function(numbers: &mut Numbers) -> String {
    let body = numbers.of(&CALLBACKS);
    match numbers.below(17) {
        0 => format!(
            "(function (v, i, t) {{ 'use strict'; return [typeof this, (({{}}) => {body})({{}})] }})"
        ),
        1 => format!(
            "(function f(v, i, t) {{ if (i < 0) f(); return typeof this + arguments.length + ((v) => {body})(v) }})"
        ),
        2 => format!("(function* (v, i, t) {{ yield (() => {body})() }})"),
        3 => format!("(async (v, i, t) => {body})"),
        4 => format!("((x, v, i, t) => {body}).bind(null, 'bound')"),
        5 => format!("new Proxy((v, i, t) => {body}, {{}})"),
        6 => numbers
            .of(&["class { }", "String", "Math.max", "parseInt", "A.slice"])
            .to_owned(),
        7 => format!("((v, i = 5, ...[t = a]) => {body})"),
        8 => "(function (v, i, t) { 'use strict'; let k; if (i) { k = typeof this; v = k + typeof v } return k + arguments[0] + v })".to_owned(),
        _ => format!("((v, i, t) => {body})"),
    }
}

/// A statement with its letters replaced.
fn statement(numbers: &mut Numbers) -> String {
    let mut parts = numbers.of(&STATEMENTS_OF).split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (letter, rest) = part.split_at(1);
        match letter {
            "V" => text += numbers.of(&VALUES),
            "I" => text += numbers.of(&INDICES),
            _ => text += &function(numbers),
        }
        text += rest;
    }
    text
}

/// A program.
pub(crate) fn program(numbers: &mut Numbers) -> String {
    let (begin, end) = REALMS[numbers.below(REALMS.len())];
    let mut text = format!("{{ {PRELUDE} const A = Array.prototype\n");
    // Most arrays are of the kind that is gone to directly.
    for name in ["a", "b"] {
        let kinds = if numbers.below(2) == 0 {
            12
        } else {
            ARRAYS.len()
        };
        let array = numbers.of(&ARRAYS[..kinds]);
        text += &format!("let {name} = {array}\n");
    }
    text += &format!("try {{ {begin}\n");
    for _ in 0..STATEMENTS {
        text += &format!(
            "try {{ {} }} catch (e) {{ out.push('!' + e) }}\n",
            statement(numbers)
        );
        match numbers.below(8) {
            0 => text += "{ const c = a; a = b; b = c }\n",
            1 => text += &format!("a = {}\n", numbers.of(&ARRAYS)),
            _ => {}
        }
    }
    text + &format!("say(a); say(b) }} finally {{ {end} }}\nout.join() }}")
}
