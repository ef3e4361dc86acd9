//! Programs that use every kind of code that an image has to keep, a body of a method each.

/// Name and body.
pub(crate) const BODIES: &[(&str, &str)] = &[
    (
        "numbers",
        "return [0, 1, -1, 127, -128, 200, 32767, -40000, 2147483647, 2 ** 53, 0.5, 1e300, NaN, -Infinity, -0].map(n => Object.is(n, -0) ? '-0' : String(n)).join()",
    ),
    (
        "closures",
        "const add = a => b => { let c = 0; return () => a + b + ++c }; const f = add(1)(2); return [f(), f(), add(3)(4)()].join()",
    ),
    (
        "loop scopes",
        "const made = []; for (let i = 0; i < 3; i++) made.push(() => i); for (const k of ['a', 'b']) made.push(() => k); return made.map(f => f()).join()",
    ),
    (
        "destructuring",
        "const { a, b: [c, ...d], ...e } = { a: 1, b: [2, 3, 4], f: 5, g: 6 }; const [x = 7, , y] = [undefined, 8, 9]; return JSON.stringify([a, c, d, e, x, y])",
    ),
    (
        "parameters",
        "const f = (a, b = a + 1, { c = b, d } = {}, ...rest) => [a, b, c, d, rest.length]; return JSON.stringify([f(1), f(1, 2, { d: 3 }, 4, 5), f.length])",
    ),
    (
        "default scopes",
        "const x = 1; function f(a = () => x, b = () => a()) { var x = 2; return [a(), b(), x].join() } return f()",
    ),
    (
        "arguments",
        "function f() { arguments[0] = 'set'; return [...arguments].join() + arguments.length } function g(a) { arguments[0] = 2; return a } return f(1, 2, 3) + g(1)",
    ),
    (
        "labels",
        "let n = 0; out: for (let i = 0; i < 9; i++) { for (let j = 0; ; j++) { if (j > 3) continue out; if (i > 4) break out; n += j } } return n",
    ),
    (
        "switches",
        "const f = x => { switch (x) { case 1: return 'one'; case 'a': { let y = 2; return y } default: return 'none'; case 3: let z = 4; return z } }; return [1, 'a', 3, 9].map(f).join()",
    ),
    (
        "handlers",
        "const trace = []; const f = n => { try { trace.push('t'); if (n) throw new Error(n); return 'r' } catch ({ message }) { trace.push(message); return 'c' } finally { trace.push('f') } }; return [f(0), f('x'), ...trace].join()",
    ),
    (
        "finally that goes on",
        "let n = 0; for (const x of [1, 2, 3]) { try { if (x === 2) continue; n += x } finally { n += 10 } } const f = () => { try { return 1 } finally { return 2 } }; return n + f()",
    ),
    (
        "generators",
        "function* g(n) { try { const got = yield n; yield got * 2; yield* [7, 8] } finally { yield 'end' } } const i = g(1); return JSON.stringify([i.next(), i.next(21), i.return(5), i.next(), [...g(0)]])",
    ),
    (
        "iterators that close",
        "let closed = 0; const it = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return() { closed++; return {} } }) }; const [a] = it; for (const x of it) break; try { for (const x of it) throw 1 } catch {} return closed",
    ),
    (
        "classes",
        "class A { static #n = 0; #x = 1; static count() { return A.#n } constructor(x) { this.#x = x; A.#n++ } get x() { return this.#x } set x(v) { this.#x = v } #secret() { return this.#x * 2 } tell() { return this.#secret() } static has(o) { return #x in o } } class B extends A { y = super.x + 1; constructor() { super(20) } tell() { return 'b' + super.tell() } } const b = new B; b.x = 5; return [b.x, b.y, b.tell(), A.count(), A.has(b), A.has({})].join()",
    ),
    (
        "static blocks",
        "class S { static a = 1; static { this.b = S.a + 1; try { throw 3 } catch (e) { this.c = e } } static ['d' + 1] = () => this.a } return [S.a, S.b, S.c, S.d1(), S.name].join()",
    ),
    (
        "private accessors",
        "class P { get #v() { return this.w } set #v(x) { this.w = x } static #s = 'st'; static get s() { return P.#s } bump() { this.#v = 3; this.#v += 4; return this.#v } } return new P().bump() + P.s",
    ),
    (
        "private names of the wrong class",
        "class P { #v = 1; static read(o) { return o.#v } } return P.read({})",
    ),
    (
        "accessors and computed",
        "const k = 'key'; const o = { get [k]() { return 1 }, set [k](v) { this.set = v }, [`${k}2`]: 2, *g() { yield 3 }, async h() {}, __proto__: { inherited: 4 } }; o.key = 9; return [o.key, o.set, o.key2, [...o.g()], o.inherited, Object.keys(o)].join()",
    ),
    (
        "super in objects",
        "const base = { hi() { return 'base' + this.n } }; const o = { __proto__: base, n: 1, hi() { return 'o' + super.hi() } }; return o.hi()",
    ),
    (
        "new.target",
        "function F() { return new.target === undefined ? { t: 'none' } : { t: new.target.name } } class G extends F {} return [F().t, new F().t, new G().t].join()",
    ),
    (
        "tagged templates",
        "const tag = (s, ...v) => s; const f = () => tag`a${1}\\n${2}c`; const g = () => tag`a${1}\\n${2}c`; return [f() === f(), f() === g(), f().raw.join('|'), f().join('|'), Object.isFrozen(f())].join()",
    ),
    (
        "bad escapes in templates",
        "return (s => String(s[0]) + s.raw[0])`\\u{zz}`",
    ),
    (
        "big integers",
        "return [0n, 1n, -1n, 255n, -256n, 2n ** 70n, -123456789012345678901234567890n, 0xffn].map(n => String(n * 3n - 1n)).join()",
    ),
    (
        "regular expressions",
        "const re = /(?<y>\\d{4})-(?<m>\\d\\d)/gi; return ['2024-05'.replace(re, '$<m>/$<y>'), /a.c/s.test('a\\nc'), /\\p{Lu}/u.test('Ä'), 'aXbX'.split(/x/i), re.source, re.flags].join()",
    ),
    (
        "strings",
        "return JSON.stringify(['ascii', 'l\\u00e4tin1 \\xff', 'wide \\u20ac', '\\ud83d\\ude00', '\\ud800 lone', '\\0', ''].map(s => [s, s.length]))",
    ),
    (
        "sources",
        "function  named ( a,b ) { return a /* kept */ } const arrow = x=>x ; class K { m ( ) { return 'ä€😀' } static { } } const o = { get  g ( ) { return 1 }, *gen(){}, async  am(){} }; return [named, arrow, K, K.prototype.m, Object.getOwnPropertyDescriptor(o, 'g').get, o.gen, o.am, (function () { 'ü' }), Math.max].map(String).join('|')",
    ),
    (
        "own source",
        "return f.toString().length + String(f).slice(0, 30)",
    ),
    (
        "names",
        "const a = () => {}, { b = () => {} } = {}; class C { static m() {} get x() { return 1 } } const o = { c: class {}, ['d' + 1]: () => {}, [Symbol('s')]() {} }; const s = Object.getOwnPropertySymbols(o)[0]; return [a.name, b.name, C.m.name, Object.getOwnPropertyDescriptor(C.prototype, 'x').get.name, o.c.name, o.d1.name, o[s].name, (() => {}).name, f.name, f.length].join()",
    ),
    (
        "self names",
        "const fact = function me(n) { return n < 2 ? 1 : n * me(n - 1) }; const g = function h() { try { h = 1 } catch (e) { return e.message } }; return fact(10) + g()",
    ),
    (
        "inner functions capture self",
        "const outer = function me() { return () => me.name }; return outer()()",
    ),
    (
        "dead zone",
        "try { x; let x = 1 } catch (e) { return e.name + e.message }",
    ),
    (
        "constants",
        "const c = 1; try { c = 2 } catch (e) { return e.name + e.message + c }",
    ),
    (
        "undeclared",
        "return [typeof nothing, (() => { try { nothing } catch (e) { return e.message } })(), (() => { try { nothing = 1 } catch (e) { return e.message } })()].join()",
    ),
    ("eval that is not there", "return eval('1 + 1')"),
    (
        "eval as a name",
        "const run = (0, globalThis.eval); return String(run)",
    ),
    (
        "optional chains",
        "const o = { a: { b() { return this.c }, c: 3 } }; let n = 0; return [o?.a?.b(), o.x?.[n++], o.x?.y.z(n++), o.a.q?.(), delete o?.a?.c, n].join()",
    ),
    (
        "logical assignment",
        "const o = { a: null, b: 0, c: 1 }; o.a ??= 'a'; o.b ||= 'b'; o.c &&= 'c'; o['d'] ??= 'd'; let x = 1; x **= 3; x <<= 2; x >>>= 1; x ^= 5; return JSON.stringify([o, x])",
    ),
    (
        "operators",
        "return [7 % 3, 2 ** 10, 5 & 3, 5 | 3, ~5, -5 >> 1, -5 >>> 28, 'a' < 'b', 1 == '1', null ?? 2, void 0, typeof 1n, 'x' in { x: 1 }, [] instanceof Array, !0, (1, 2), +'3', -'4'].join()",
    ),
    (
        "for in",
        "const o = Object.create({ p: 1 }); o.a = 1; o.b = 2; delete o.a; const seen = []; for (const k in o) seen.push(k); for (let k in [1, 2]) seen.push(() => k); return seen.map(k => k.call ? k() : k).join()",
    ),
    (
        "spread",
        "const f = (...a) => a.length; return [f(...[1, 2], 3, ...'ab'), [...new Set([1, 1, 2])].join(), JSON.stringify({ ...{ a: 1 }, ...null, b: 2 }), new Array(...[1, 2, 3]).length, [, 1, ,].length].join()",
    ),
    (
        "symbols",
        "const o = { [Symbol.toPrimitive]: h => h === 'number' ? 7 : 's', get [Symbol.toStringTag]() { return 'T' } }; return [+o, `${o}`, Object.prototype.toString.call(o)].join()",
    ),
    (
        "proxies",
        "const p = new Proxy({}, { get: (t, k) => 'got ' + String(k), has: () => true }); return p.x + ('y' in p)",
    ),
    (
        "recursion",
        "const deep = n => n ? 1 + deep(n - 1) : 0; return deep(400)",
    ),
    (
        "recursion without end",
        "const deep = n => 1 + deep(n + 1); return deep(0)",
    ),
    (
        "callbacks",
        "return [3, 1, 2].sort((a, b) => a - b).map(function (x) { return this.k * x }, { k: 2 }).reduce((a, b) => a + b) + 'abc'.replace(/b/, m => m.toUpperCase())",
    ),
    (
        "bound functions",
        "function f(...a) { return [this.x, ...a].join() } return f.bind({ x: 1 }, 2)(3) + f.call({ x: 4 }) + f.apply({ x: 5 }, [6])",
    ),
    (
        "inline caches",
        "const f = o => o.v; let s = 0; for (let i = 0; i < 30; i++) { const o = {}; for (let j = 0; j < i % 7; j++) o['k' + j] = j; o.v = i; s += f(o) } class A { get v() { return 5 } } Object.defineProperty(A.prototype, 'v', { get: () => 6 }); return s + f(new A)",
    ),
    (
        "a caught error's stack",
        "const inner = () => { null.x }; try { inner() } catch (e) { return e.stack }",
    ),
    (
        "a stack of many lines",
        "function a() {\n  return b()\n}\n\nfunction b() {\n    return [1].map(() => {\n  throw new TypeError('deep')\n }) }\n\nclass C { constructor() {\n a() } static go() {\n\n return new C } }\ntry { C.go() } catch (e) { return e.stack }",
    ),
    (
        "a thrown error",
        "function a() {\n  const b = () => { throw new RangeError('out') }\n  b()\n}\n\na()",
    ),
    ("a thrown value", "throw { code: 1 }"),
    ("a failure of the host", "near.transfer('bob.near', 1n)"),
    (
        "a storage",
        "storage.set('k', { a: [1n, 'x'] }); storage.set('l', 1); return storage.get('k').a[0] + BigInt(storage.count(''))",
    ),
    (
        "a class that throws",
        "class A { #p = (() => { throw new Error('field') })() } new A",
    ),
    ("a class without new", "class A {} A()"),
    (
        "a getter that throws in a loop",
        "const o = { get x() { throw new Error('get') } }; for (const i of [1, 2]) { const { x } = o }",
    ),
];

/// The same for async methods.
#[allow(dead_code)]
pub(crate) const ASYNC_BODIES: &[(&str, &str)] = &[
    (
        "await",
        "const f = async x => { await null; return x * 2 }; return await f(await 3) + await Promise.all([f(1), 2]).then(a => a.join())",
    ),
    (
        "await and handlers",
        "const t = []; try { await Promise.reject(new Error('no')) } catch (e) { t.push(e.message) } finally { await 0; t.push('f') } return t.join()",
    ),
    (
        "async generators",
        "async function* g() { try { yield 1; yield await Promise.resolve(2); yield* [3] } finally { await 0 } } const seen = []; for await (const x of g()) seen.push(x); for await (const x of [Promise.resolve(4)]) seen.push(x); const i = g(); await i.next(); seen.push((await i.return(9)).value); return seen.join()",
    ),
    (
        "async methods",
        "class A { async #p() { return 1 } async q() { return await this.#p() + 1 } static async *r() { yield* [await 5] } } const got = []; for await (const x of A.r()) got.push(x); return await new A().q() + got.join()",
    ),
    (
        "async arrows and this",
        "const o = { n: 4, async f() { return await (async () => this.n)() } }; return o.f()",
    ),
    (
        "a rejection",
        "const later = async () => {\n await 0\n throw new SyntaxError('later') }\nawait later()",
    ),
    (
        "a promise that nothing settles",
        "await new Promise(() => {})",
    ),
    (
        "top of the stack after await",
        "await 0; try { null.x } catch (e) { return e.stack }",
    ),
];
