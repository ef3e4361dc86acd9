//! Depth: of sources, data, chains and texts, from what is usual to what is absurd.

use super::Program;

/// How deep.
const DEPTHS: &[usize] = &[10, 100, 300, 1_000, 3_000, 10_000, 100_000];

/// Name, and what goes `n` deep as it runs.
const SHAPES: &[(&str, &str)] = &[
    (
        "recursion",
        "const f = i => i ? 1 + f(i - 1) : 0; return f(n)",
    ),
    (
        "mutual-recursion",
        "const f = i => i ? g(i - 1) : 0, g = i => f(i); return f(n)",
    ),
    (
        "nested-arrays",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; return a",
    ),
    (
        "nested-arrays-text",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; return String(a).length",
    ),
    (
        "nested-arrays-flat",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; return a.flat(Infinity).length",
    ),
    (
        "nested-arrays-json",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; return JSON.stringify(a).length",
    ),
    (
        "nested-arrays-join",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; return a.join('-').length",
    ),
    (
        "nested-arrays-locale",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; return a.toLocaleString().length",
    ),
    (
        "nested-arrays-stored",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; storage.set('k', a)",
    ),
    (
        "nested-arrays-passed",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; call('b@alice.near', 'm', a)",
    ),
    (
        "nested-arrays-thrown",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; throw a",
    ),
    (
        "nested-arrays-number",
        "let a = []; for (let i = 0; i < n; i++) a = [a]; return +a",
    ),
    (
        "nested-objects",
        "let o = {}; for (let i = 0; i < n; i++) o = { o }; return o",
    ),
    (
        "nested-objects-json",
        "let o = {}; for (let i = 0; i < n; i++) o = { o }; return JSON.stringify(o).length",
    ),
    (
        "nested-maps",
        "let m = new Map(); for (let i = 0; i < n; i++) m = new Map([[m, m]]); return m",
    ),
    (
        "nested-sets",
        "let s = new Set(); for (let i = 0; i < n; i++) s = new Set([s]); return s",
    ),
    (
        "nested-causes",
        "let e; for (let i = 0; i < n; i++) e = new Error('e', { cause: e }); throw e",
    ),
    (
        "nested-aggregates",
        "let e; for (let i = 0; i < n; i++) e = new AggregateError([e]); throw e",
    ),
    (
        "json-arrays",
        "return JSON.parse('['.repeat(n) + ']'.repeat(n)).length",
    ),
    (
        "json-objects",
        "return JSON.parse('{\"a\":'.repeat(n) + '1' + '}'.repeat(n))",
    ),
    ("json-open", "return JSON.parse('['.repeat(n))"),
    (
        "json-revived",
        "return JSON.parse('['.repeat(n) + ']'.repeat(n), (k, v) => v)",
    ),
    (
        "prototypes",
        "let o = {}; for (let i = 0; i < n; i++) o = Object.create(o); return o.x",
    ),
    (
        "prototypes-in",
        "let o = {}; for (let i = 0; i < n; i++) o = Object.create(o); return 'x' in o",
    ),
    (
        "prototypes-set",
        "let o = {}; for (let i = 0; i < n; i++) o = Object.create(o); o.x = 1; return o.x",
    ),
    (
        "prototypes-instance",
        "let o = {}; for (let i = 0; i < n; i++) o = Object.create(o); return o instanceof Array",
    ),
    (
        "prototypes-walked",
        "let o = { a: 1 }; for (let i = 0; i < n; i++) o = Object.create(o); for (const k in o) return k",
    ),
    (
        "prototypes-frozen",
        "let o = {}; for (let i = 0; i < n; i++) o = Object.create(Object.freeze(o)); return Object.isFrozen(o)",
    ),
    (
        "getter-chain",
        "let o = { x: 1 }; for (let i = 0; i < n; i++) { const p = o; o = { get x() { return p.x } } } return o.x",
    ),
    (
        "setter-chain",
        "let o = { x: 1 }; for (let i = 0; i < n; i++) { const p = o; o = { set x(v) { p.x = v } } } o.x = 2",
    ),
    (
        "proxies",
        "let p = {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return p.x",
    ),
    (
        "proxies-keys",
        "let p = {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return Object.keys(p)",
    ),
    (
        "proxies-called",
        "let p = () => 1; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return p()",
    ),
    (
        "proxies-made",
        "let p = function () {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return typeof new p()",
    ),
    (
        "proxies-array",
        "let p = []; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return Array.isArray(p)",
    ),
    (
        "proxies-prototype",
        "let p = {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return p instanceof Array",
    ),
    (
        "proxies-set",
        "let p = {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); p.x = 1; delete p.x; return Object.freeze(p)",
    ),
    (
        "proxies-handlers",
        "let h = {}; for (let i = 0; i < n; i++) h = new Proxy({}, h); return h.x",
    ),
    (
        "proxies-returned",
        "let p = {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return p",
    ),
    (
        "proxies-json",
        "let p = [1]; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return JSON.stringify(p)",
    ),
    (
        "proxies-realm",
        "let p = function () {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); return Reflect.construct(Array, [], p)",
    ),
    (
        "binds",
        "let f = () => 1; for (let i = 0; i < n; i++) f = f.bind(); return f()",
    ),
    (
        "binds-made",
        "let f = function () {}; for (let i = 0; i < n; i++) f = f.bind(); return typeof new f()",
    ),
    (
        "binds-instance",
        "let f = function () {}; for (let i = 0; i < n; i++) f = f.bind(); return ({}) instanceof f",
    ),
    (
        "binds-realm",
        "let f = function () {}; for (let i = 0; i < n; i++) f = f.bind(); return Reflect.construct(Array, [], f)",
    ),
    (
        "classes",
        "let C = Object; for (let i = 0; i < n; i++) C = class extends C {}; return typeof new C()",
    ),
    (
        "classes-super",
        "let C = class { m() { return 1 } }; for (let i = 0; i < n; i++) C = class extends C { m() { return super.m() } }; return new C().m()",
    ),
    (
        "classes-static",
        "let C = class { static x = 1 }; for (let i = 0; i < n; i++) C = class extends C {}; return C.x",
    ),
    (
        "iterator-maps",
        "let i = [1].values(); for (let k = 0; k < n; k++) i = i.map(x => x + 1); return i.toArray()",
    ),
    (
        "iterator-takes",
        "let i = [1].values(); for (let k = 0; k < n; k++) i = i.take(5); return i.toArray()",
    ),
    (
        "iterator-drops-closed",
        "let i = [1, 2].values(); for (let k = 0; k < n; k++) i = i.drop(0); i.next(); return i.return()",
    ),
    (
        "iterator-froms",
        "let i = [1].values(); for (let k = 0; k < n; k++) { const p = i; i = Iterator.from({ next: () => p.next() }) } return i.toArray()",
    ),
    (
        "generators",
        "const g = function* (i) { if (i) yield* g(i - 1); else yield 1 }; return [...g(n)]",
    ),
    (
        "generators-returned",
        "const g = function* (i) { if (i) yield* g(i - 1); else yield 1 }; const it = g(n); it.next(); return it.return(2)",
    ),
    (
        "async-generators",
        "const g = async function* (i) { if (i) yield* g(i - 1); else yield 1 }; return (async () => { for await (const x of g(n)) return x })()",
    ),
    (
        "promises",
        "let p = Promise.resolve(1); for (let i = 0; i < n; i++) p = p.then(x => x + 1); return p",
    ),
    (
        "promises-nested",
        "let p = Promise.resolve(1); for (let i = 0; i < n; i++) { const q = p; p = new Promise(r => r(q)) } return p",
    ),
    (
        "promises-rejected",
        "let p = Promise.reject(1); for (let i = 0; i < n; i++) p = p.finally(() => 1); return p",
    ),
    (
        "awaits",
        "const f = async i => i ? await f(i - 1) : 1; return f(n)",
    ),
    (
        "thenables",
        "let t = 1; for (let i = 0; i < n; i++) { const u = t; t = { then: r => r(u) } } return Promise.resolve(t)",
    ),
    (
        "closures",
        "let f = () => 1; for (let i = 0; i < n; i++) { const g = f; f = () => g() } return f()",
    ),
    (
        "to-string-chain",
        "let o = 'x'; for (let i = 0; i < n; i++) { const p = o; o = { toString: () => `${p}` } } return `${o}`",
    ),
    (
        "primitive-chain",
        "let o = 1; for (let i = 0; i < n; i++) { const p = o; o = { [Symbol.toPrimitive]: () => +p } } return +o",
    ),
    (
        "has-instance-chain",
        "let o = Object; for (let i = 0; i < n; i++) { const p = o; o = { [Symbol.hasInstance]: v => v instanceof p } } return ({}) instanceof o",
    ),
    (
        "rope",
        "let s = ''; for (let i = 0; i < n; i++) s = 'a' + s + 'b'; return s.length",
    ),
    (
        "linked-list",
        "let l = null; for (let i = 0; i < n; i++) l = { l }; return 1",
    ),
    (
        "linked-closures-dropped",
        "let l = null; for (let i = 0; i < n; i++) { const k = l; l = () => k } l = null; return new Array(1000).fill(0).length",
    ),
    (
        "regexp-groups",
        "return new RegExp('('.repeat(n) + ')'.repeat(n)).test('a')",
    ),
    (
        "regexp-lookaheads",
        "return new RegExp('(?='.repeat(n) + ')'.repeat(n)).test('a')",
    ),
    (
        "regexp-alternatives",
        "return new RegExp('a|'.repeat(n)).test('b')",
    ),
    (
        "regexp-quantifiers",
        "return new RegExp('(?:'.repeat(n) + 'a' + ')*'.repeat(n)).test('b')",
    ),
    (
        "regexp-optionals",
        "return new RegExp('a?'.repeat(n) + 'a'.repeat(n)).test('a'.repeat(n))",
    ),
    (
        "regexp-classes",
        "return new RegExp('['.repeat(n) + 'a' + ']'.repeat(n), 'v').test('a')",
    ),
    (
        "regexp-catastrophe",
        "return /(a+)+$/.test('a'.repeat(n) + 'b')",
    ),
    (
        "regexp-backtrack",
        "return /^(?:.*a){12}$/.test('a'.repeat(n) + 'b')",
    ),
    (
        "regexp-backreference",
        "return /^(a*)\\1*b/.test('a'.repeat(n))",
    ),
    (
        "regexp-lookbehind",
        "return /(?<=(a+)+)b/.test('a'.repeat(n))",
    ),
    (
        "arguments",
        "const f = (...a) => a.length; return f(...new Array(n))",
    ),
    (
        "sort-in-sort",
        "const f = i => i ? [2, 1].sort(() => f(i - 1)) : 1; return f(n).length",
    ),
    (
        "replace-in-replace",
        "const f = i => i ? 'a'.replace('a', () => f(i - 1)) : 'x'; return f(n)",
    ),
    (
        "reflect-in-reflect",
        "const f = i => i ? Reflect.apply(f, null, [i - 1]) : 1; return f(n)",
    ),
    ("calls-itself", "return call(near.self(), 'run', null)"),
    (
        "globals",
        "for (let i = 0; i < n; i++) globalThis['g' + i] = i; return 1",
    ),
];

/// Name, and the parts of a source that nests: before, within and after.
const SOURCES: &[(&str, &str, &str, &str)] = &[
    ("source-parentheses", "(", "1", ")"),
    ("source-arrays", "[", "1", "]"),
    ("source-objects", "({a:", "1", "})"),
    ("source-functions", "(() => ", "1", ")"),
    ("source-templates", "`${", "1", "}`"),
    ("source-unary", "- ", "1", ""),
    ("source-sum", "1 + ", "1", ""),
    ("source-conditional", "1 ? ", "1", " : 2"),
    ("source-members", "", "({})", "?.a"),
    ("source-calls", "", "(x => x)", "(1)"),
    ("source-classes", "class extends (", "Object", ") {}"),
    ("source-comma", "1, ", "1", ""),
    ("source-spread", "[...", "[]", "]"),
    ("source-await", "typeof ", "1", ""),
];

/// The programs.
pub(super) fn programs(into: &mut Vec<Program>) {
    for (name, body) in SHAPES {
        for depth in DEPTHS {
            let body = format!("const n = {depth}; {body}");
            into.push(Program::new(format!("{name}/{depth}"), body));
        }
    }
    for (name, before, within, after) in SOURCES {
        for depth in DEPTHS.iter().filter(|depth| **depth <= 10_000) {
            let text = format!("{}{within}{}", before.repeat(*depth), after.repeat(*depth));
            into.push(Program {
                may_be_refused: true,
                ..Program::new(format!("{name}/{depth}"), format!("return ({text})"))
            });
        }
    }
}
