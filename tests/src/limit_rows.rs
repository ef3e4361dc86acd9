//! The rows of the limits table: what is made larger, and between which sizes its limit is looked for.
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
    /// A size that works.
    pub works: u64,
    /// A size that fails.
    pub fails: u64,
    /// Whether the limit lies exactly between two sizes; where gas is the limit, it does not.
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

const fn body(group: &'static str, what: &'static str, body: &'static str, fails: u64) -> Row {
    Row {
        group,
        what,
        probe: Probe::Body(body),
        works: 1,
        fails,
        is_exact: true,
    }
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

const fn source(what: &'static str, probe: Probe) -> Row {
    Row {
        group: SOURCE,
        what,
        probe,
        works: 1,
        fails: 1_000,
        is_exact: true,
    }
}

const fn bytes(what: &'static str, probe: Probe, works: u64, fails: u64) -> Row {
    Row {
        group: SOURCE,
        what,
        probe,
        works,
        fails,
        is_exact: true,
    }
}

/// All rows, in the order of the table.
#[rustfmt::skip] // Reason: a table is read row by row.
pub const ROWS: &[Row] = &[
    body(DATA, "`JSON.parse` of arrays", "JSON.parse('['.repeat(n) + ']'.repeat(n))", 5_000),
    body(DATA, "`JSON.parse` of objects", "JSON.parse('{\"a\":'.repeat(n) + '1' + '}'.repeat(n))", 5_000),
    body(DATA, "`JSON.stringify` of arrays", "JSON.stringify(arrays(n))", 5_000),
    body(DATA, "a value that is returned, passed or stored", "return arrays(n)", 5_000),
    body(DATA, "`String` of arrays", "String(arrays(n))", 5_000),
    body(DATA, "`flat(Infinity)` of arrays", "arrays(n).flat(Infinity)", 5_000),
    body(DATA, "prototypes of an object", "let o = {}; for (let i = 0; i < n; i++) o = Object.create(o); o.nothing", 5_000),
    body(DATA, "proxies of proxies", "let p = {}; for (let i = 0; i < n; i++) p = new Proxy(p, {}); p.nothing", 5_000),
    body(DATA, "bound functions of bound functions", "let f = () => 1; for (let i = 0; i < n; i++) f = f.bind(); f()", 20_000),
    body(DATA, "groups of a regular expression", "new RegExp('('.repeat(n) + ')'.repeat(n))", 5_000),
    body(RECURSION, "functions", "const f = i => i > 1 ? f(i - 1) : 0; f(n)", 5_000),
    body(RECURSION, "`new`", "class C { constructor(i) { if (i > 1) new C(i - 1) } } new C(n)", 5_000),
    body(RECURSION, "getters", "let i = n; const o = { get x() { return --i ? o.x : 0 } }; o.x", 5_000),
    body(RECURSION, "traps of a proxy", "let i = n; const p = new Proxy({}, { get: () => --i ? p.x : 0 }); p.x", 5_000),
    body(RECURSION, "`map`", "const f = i => i > 1 ? [0].map(() => f(i - 1)) : 0; f(n)", 5_000),
    body(RECURSION, "`forEach`", "const f = i => { if (i > 1) [0].forEach(() => f(i - 1)) }; f(n)", 5_000),
    body(RECURSION, "`sort`", "const f = i => { if (i > 1) [2, 1].sort(() => f(i - 1)) }; f(n)", 5_000),
    body(RECURSION, "`replace` with a function", "const f = i => i > 1 ? 'a'.replace('a', () => f(i - 1)) : ''; f(n)", 5_000),
    body(RECURSION, "`replace` with a pattern", "const f = i => i > 1 ? 'a'.replace(/a/, () => f(i - 1)) : ''; f(n)", 5_000),
    body(RECURSION, "`toString` of an object", "let i = n; const o = { toString: () => --i ? String(o) : '' }; String(o)", 5_000),
    body(RECURSION, "`toString` of an object, template", "let i = n; const o = { toString: () => --i ? `${o}` : '' }; `${o}`", 5_000),
    body(RECURSION, "`valueOf` of an object", "let i = n; const o = { valueOf() { return --i ? +o : 0 } }; +o", 5_000),
    body(RECURSION, "`toString` of an object, variable", "let i = n; const o = { toString: () => --i ? String(o) : '' }; const x = String(o); return [x, i]", 5_000),
    body(RECURSION, "`toJSON`", "let i = n; const o = { toJSON: () => --i ? JSON.stringify(o) : 1 }; JSON.stringify(o)", 5_000),
    body(RECURSION, "reviver of `JSON.parse`", "const f = i => JSON.parse('1', () => i > 1 ? f(i - 1) : 0); f(n)", 5_000),
    body(RECURSION, "`Reflect.apply`", "const f = i => i > 1 ? Reflect.apply(f, null, [i - 1]) : 0; f(n)", 5_000),
    body(RECURSION, "`yield*` of generators", "function* g(i) { if (i > 1) yield* g(i - 1) } [...g(n)]", 5_000),
    body(SIZES, "code units of a string: `repeat`", "'x'.repeat(n)", 1 << 31),
    body(SIZES, "code units of a string: `padEnd`", "'x'.padEnd(n)", 1 << 31),
    body(SIZES, "code units of a string: `+`", "const s = 'x'.repeat(n / 2); s + s + 'x'.repeat(n % 2)", 1 << 21),
    body(SIZES, "elements of an array: `fill`", "new Array(n).fill(0)", 1 << 31),
    body(SIZES, "elements of an array: `join`", "new Array(n + 1).join('x')", 1 << 31),
    body(SIZES, "bytes of an `ArrayBuffer`", "new ArrayBuffer(n)", 1 << 31),
    body(SIZES, "bits of a BigInt: `<<`", "1n << BigInt(n - 1)", 1 << 31),
    body(SIZES, "bits of a BigInt: `**`", "2n ** BigInt(n - 1)", 1 << 31),
    body(SIZES, "digits that become a BigInt", "BigInt('1'.repeat(n))", 1 << 20),
    body(SIZES, "arguments that are spread", "Math.max(...new Array(n))", 1 << 20),
    body(SIZES, "arguments of `apply`", "Math.max.apply(null, { length: n })", 1 << 20),
    body(SIZES, "code units of a regular expression", "new RegExp('a'.repeat(n))", 1 << 20),
    body(SIZES, "MiB in use at a time", "const a = []; for (let i = 0; i < n; i++) a.push(new Uint8Array(2 ** 20))", 200),
    body(FRAME, "calls inside each other, the outermost included", "return n > 1 ? call(near.self(), 'down', n - 1) : 0", 200),
    body(FRAME, "lines of `near.log`", "for (let i = 0; i < n; i++) near.log('')", 500),
    body(FRAME, "bytes of one line of `near.log`", "near.log('x'.repeat(n))", 1 << 20),
    body(FRAME, "transfers", "for (let i = 0; i < n; i++) near.transfer('bob.near', 1n)", 5_000),
    body(FRAME, "planned calls", "for (let i = 0; i < n; i++) after('idle@alice.near', 'nothing')", 5_000),
    body(FRAME, "bytes of a storage key", "storage.set('x'.repeat(n), 1)", 1 << 16),
    body(FRAME, "keys that `storage.keys` gives at once", "storage.keys({ limit: n })", 1 << 16),
    body(FRAME, "bytes of a text that is returned", "return 'x'.repeat(n)", 1 << 21),
    body(FRAME, "bytes of a method's name", "call('idle@alice.near', 'm'.repeat(n))", 1 << 10),
    bytes("bytes of a source", Probe::SourceBytes, 1_000, 200_000),
    bytes("bytes of a request", Probe::RequestBytes, 1_000, 1_500_000),
    bytes("bytes of a subcontract's name", Probe::LabelBytes, 1, 200),
    source("`(`", Probe::Expression("(", "1", ")")),
    source("`[`", Probe::Expression("[", "1", "]")),
    source("`{a:`", Probe::Expression("{a:", "1", "}")),
    source("`${` of a template", Probe::Expression("`${", "1", "}`")),
    source("`f(`", Probe::Expression("f(", "1", ")")),
    source("`x =>`", Probe::Expression("x=>", "1", "")),
    source("`(function () {`", Probe::Expression("(function(){", "", "})")),
    source("`class {a =`", Probe::Expression("class{a=", "1", "}")),
    source("`- - 1`", Probe::Expression("- ", "1", "")),
    source("`1 + 1 +`", Probe::Expression("1+", "1", "")),
    source("`a.b.b`", Probe::Expression("", "b", ".b")),
    source("`0 ? 1 :`", Probe::Expression("0?1:", "1", "")),
    source("`if (0)`", Probe::Statement("if(0)", ";", "")),
    source("`for (…)`", Probe::Statement("for(let x of [])", ";", "")),
    source("`{` of blocks", Probe::Statement("{", "", "}")),
    gas("`s += 'ab'`, times", "let s = ''; for (let i = 0; i < n; i++) s += 'ab'", 20_000, 100_000),
    gas("`array.push`, times", "const a = []; for (let i = 0; i < n; i++) a.push(i)", 100_000, 1_000_000),
    gas("`Array.from({ length: n })`", "Array.from({ length: n })", 100_000, 1_000_000),
    gas("an empty loop, rounds", "for (let i = 0; i < n; i++);", 400_000, 1_000_000),
    gas("an empty loop in a call with 20 Tgas, rounds", "call('idle@alice.near', 'loop', n, { gas: '20 Tgas' })", 10_000, 100_000),
    gas("`/(a+)+$/` on so many `a` and a `b`", "/(a+)+$/.test('a'.repeat(n) + 'b')", 14, 30),
    gas("`sort` of so many numbers", "const a = []; for (let i = 0; i < n; i++) a.push((i * 7919) % 10007); a.sort((x, y) => x - y)", 1_000, 100_000),
    gas("digits of a BigInt of so many bits", "(1n << BigInt(n - 1)).toString()", 65_536, 65_537),
    gas("written keys", "for (let i = 0; i < n; i++) storage.set('k' + i, 1)", 500, 5_000),
];
