//! The rows of the limits table: what is made larger, and where its limit was.
//!
//! Names, bodies and texts that nest, nothing that runs. `limits.rs` measures them.

/// A row.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Under which heading it stands.
    pub group: &'static str,
    /// What has a size, in words.
    pub what: &'static str,
    /// What is tried.
    pub probe: Probe,
    /// A size that works; where the limit is exact, where it was when the row was written.
    pub works: u64,
    /// A size that fails.
    pub fails: u64,
    /// Whether the limit is looked for, between two sizes; where gas is the limit, it is not.
    pub is_exact: bool,
}

/// What is tried with a size `n`.
#[derive(Debug, Clone, Copy)]
pub enum Probe {
    /// The body of a method.
    Body(&'static str),
    /// An expression in a source: before, within, after; `n` times before and after.
    Expression(&'static str, &'static str, &'static str),
    /// The same for statements.
    Statement(&'static str, &'static str, &'static str),
    /// A source of so many bytes.
    SourceBytes,
    /// A request of so many bytes.
    RequestBytes,
    /// A subcontract's name, before the `@`, of so many bytes.
    LabelBytes,
}

const DATA: &str = "Data inside data";
const RECURSION: &str = "Functions that call each other";
const SIZES: &str = "Sizes";
const FRAME: &str = "What a call may ask for";
const SOURCE: &str = "Sources";
const GAS: &str = "Work, with 1,000 Tgas or with a cap";

const fn exact(group: &'static str, what: &'static str, probe: Probe, guess: u64) -> Row {
    Row {
        group,
        what,
        probe,
        works: guess,
        fails: guess + 1,
        is_exact: true,
    }
}

const fn body(group: &'static str, what: &'static str, text: &'static str, guess: u64) -> Row {
    exact(group, what, Probe::Body(text), guess)
}

const fn source(what: &'static str, probe: Probe, guess: u64) -> Row {
    exact(SOURCE, what, probe, guess)
}

const fn gas(what: &'static str, body: &'static str, works: u64, fails: u64) -> Row {
    Row {
        group: GAS,
        what,
        probe: Probe::Body(body),
        works,
        fails,
        is_exact: false,
    }
}

/// All rows, in the order of the table.
#[rustfmt::skip] // Reason: a table is read row by row.
pub const ROWS: &[Row] = &[
    body(DATA, "`JSON.parse` of arrays", "JSON.parse('['.repeat(n) + ']'.repeat(n))", 128),
    body(DATA, "`JSON.parse` of objects", "JSON.parse('{\"a\":'.repeat(n) + '1' + '}'.repeat(n))", 128),
    body(DATA, "`JSON.stringify` of arrays", "JSON.stringify(arrays(n))", 128),
    body(DATA, "a value that is returned, passed or stored", "return arrays(n)", 64),
    body(DATA, "`String` of arrays", "String(arrays(n))", 300),
    body(DATA, "`flat(Infinity)` of arrays", "arrays(n).flat(Infinity)", 300),
    body(DATA, "prototypes of an object", "let o = {}; for (let i = 0; i < n; i++) o = Object.create(o); o.nothing", 330),
    body(DATA, "proxies of proxies", "let p = {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); p.nothing", 300),
    body(DATA, "groups of a regular expression", "new RegExp('('.repeat(n) + ')'.repeat(n))", 300),
    body(RECURSION, "functions", "const f = i => i > 1 ? f(i - 1) : 0; f(n)", 1000),
    body(RECURSION, "`new`", "class C { constructor(i) { if (i > 1) new C(i - 1) } } new C(n)", 1000),
    body(RECURSION, "getters", "let i = n; const o = { get x() { return --i ? o.x : 0 } }; o.x", 300),
    body(RECURSION, "traps of a proxy", "let i = n; const p = new Proxy({}, { get: () => --i ? p.x : 0 }); p.x", 300),
    body(RECURSION, "`map`", "const f = i => i > 1 ? [0].map(() => f(i - 1)) : 0; f(n)", 300),
    body(RECURSION, "`forEach`", "const f = i => { if (i > 1) [0].forEach(() => f(i - 1)) }; f(n)", 300),
    body(RECURSION, "`sort`", "const f = i => { if (i > 1) [2, 1].sort(() => f(i - 1)) }; f(n)", 300),
    body(RECURSION, "`replace` with a function", "const f = i => i > 1 ? 'a'.replace('a', () => f(i - 1)) : ''; f(n)", 300),
    body(RECURSION, "`replace` with a pattern", "const f = i => i > 1 ? 'a'.replace(/a/, () => f(i - 1)) : ''; f(n)", 300),
    body(RECURSION, "`toString` of objects", "const f = i => ({ toString: () => i > 1 ? String(f(i - 1)) : '' }); String(f(n))", 300),
    body(RECURSION, "`toJSON`", "let i = n; const o = { toJSON: () => --i ? (JSON.stringify(o), 1) : 1 }; JSON.stringify(o)", 300),
    body(RECURSION, "reviver of `JSON.parse`", "const f = i => JSON.parse('1', () => i > 1 ? f(i - 1) : 0); f(n)", 300),
    body(RECURSION, "`Reflect.apply`", "const f = i => i > 1 ? Reflect.apply(f, null, [i - 1]) : 0; f(n)", 300),
    body(RECURSION, "`yield*` of generators", "function* g(i) { if (i > 1) yield* g(i - 1) } [...g(n)]", 300),
    body(SIZES, "code units of a string: `repeat`", "'x'.repeat(n)", 1_048_576),
    body(SIZES, "code units of a string: `padEnd`", "'x'.padEnd(n)", 1_048_576),
    body(SIZES, "code units of a string: `+`", "const s = 'x'.repeat(n / 2); s + s + 'x'.repeat(n % 2)", 1_048_576),
    body(SIZES, "bytes of an `ArrayBuffer`", "new ArrayBuffer(n)", 1_048_576),
    body(SIZES, "bits of a BigInt: `<<`", "1n << BigInt(n - 1)", 65_536),
    body(SIZES, "bits of a BigInt: `**`", "2n ** BigInt(n - 1)", 65_536),
    body(SIZES, "digits that become a BigInt", "BigInt('1'.repeat(n))", 19_800),
    body(SIZES, "arguments that are spread", "Math.max(...new Array(n))", 8192),
    body(SIZES, "code units of a regular expression", "new RegExp('a'.repeat(n))", 4096),
    body(SIZES, "texts of 1 MiB that are held at a time", "const a = []; for (let i = 0; i < n; i++) a.push('x'.repeat(2 ** 20))", 60),
    body(FRAME, "calls inside each other, the outermost included", "return n > 1 ? call(near.self(), 'down', n - 1) : 0", 32),
    body(FRAME, "lines of `near.log`", "for (let i = 0; i < n; i++) near.log('')", 99),
    body(FRAME, "bytes of one line of `near.log`", "near.log('x'.repeat(n))", 12_288),
    body(FRAME, "transfers", "for (let i = 0; i < n; i++) near.transfer('bob.near', 1n)", 1000),
    body(FRAME, "planned calls", "for (let i = 0; i < n; i++) after('idle@alice.near', 'nothing')", 256),
    body(FRAME, "bytes of a storage key", "storage.set('x'.repeat(n), 1)", 1024),
    body(FRAME, "bytes of a text that is returned", "return 'x'.repeat(n)", 1_048_570),
    source("bytes of a source", Probe::SourceBytes, 262_144),
    source("bytes of a request", Probe::RequestBytes, 1_048_576),
    source("bytes of a subcontract's name", Probe::LabelBytes, 64),
    source("`(`", Probe::Expression("(", "1", ")"), 30),
    source("`[`", Probe::Expression("[", "1", "]"), 30),
    source("`{a:`", Probe::Expression("{a:", "1", "}"), 27),
    source("`${` of a template", Probe::Expression("`${", "1", "}`"), 30),
    source("`f(`", Probe::Expression("f(", "1", ")"), 27),
    source("`x =>`", Probe::Expression("x=>", "1", ""), 92),
    source("`(function () {`", Probe::Expression("(function(){", "", "})"), 13),
    source("`class {a =`", Probe::Expression("class{a=", "1", "}"), 25),
    source("`- - 1`", Probe::Expression("- ", "1", ""), 277),
    source("`1 + 1 +`", Probe::Expression("1+", "1", ""), 277),
    source("`a.b.b`", Probe::Expression("", "b", ".b"), 277),
    source("`0 ? 1 :`", Probe::Expression("0?1:", "1", ""), 138),
    source("`if (0)`", Probe::Statement("if(0)", ";", ""), 278),
    source("`for (…)`", Probe::Statement("for(let x of [])", ";", ""), 268),
    source("`{` of blocks", Probe::Statement("{", "", "}"), 30),
    gas("`s += 'ab'`, times", "let s = ''; for (let i = 0; i < n; i++) s += 'ab'", 100_000, 600_000),
    gas("`new Array(n).fill(0)`", "new Array(n).fill(0)", 100_000, 4_000_000),
    gas("`array.push`, times", "const a = []; for (let i = 0; i < n; i++) a.push(i)", 100_000, 1_000_000),
    gas("`Array.from({ length: n })`", "Array.from({ length: n })", 100_000, 1_000_000),
    gas("an empty loop, rounds", "for (let i = 0; i < n; i++);", 1_000_000, 16_000_000),
    gas("an empty loop in a call with 20 Tgas, rounds", "call('idle@alice.near', 'loop', n, { gas: '20 Tgas' })", 10_000, 400_000),
    gas("`/(a+)+$/` on so many `a` and a `b`", "/(a+)+$/.test('a'.repeat(n) + 'b')", 14, 30),
    gas("`sort` of so many numbers", "const a = []; for (let i = 0; i < n; i++) a.push((i * 7919) % 10007); a.sort((x, y) => x - y)", 1_000, 100_000),
    gas("digits of a BigInt of so many bits", "(1n << BigInt(n - 1)).toString()", 65_536, 65_537),
    gas("written keys", "for (let i = 0; i < n; i++) storage.set('k' + i, 1)", 500, 5_000),
];
