//! Gas behind a cap, in NEAR's VM: what a callee burns after its own is used up is its caller's.
//!
//! A builtin can't be interrupted, so it asks for what its work will take before it begins; a frame
//! does the same before it parses and before its result is copied. Each row is a callee that makes
//! one such piece of work as large as it can. None may pass its cap by more than [`OVERRUN_MAX`].

use conclave_tests::{Vm, World};
use serde_json::{Value, json};
use std::fmt::Write as _;

const TGAS: u64 = 1_000_000_000_000;
/// The most by which a frame may pass its cap, as `docs/calls.md` says. What is left of it is the
/// collection of garbage and the growth of large arrays, which nobody counts.
const OVERRUN_MAX: u64 = 12 * TGAS;
/// Statements that work on large values.
const STATEMENTS: &str = include_str!("../overruns.txt");
/// Caps of each statement, in Tgas: a large one lets work begin that a small one refuses.
const CAPS: [u64; 2] = [60, 250];
/// Methods of one callee. Reason: it is parsed in each transaction, outside of the cap.
const METHODS: usize = 20;

/// Parses the callee before it calls it with a cap.
const CALLER: &str = r"import { call } from 'conclave'
export function run([id, method, args, gas]) {
  call(id, 'idle')
  try { call(id, method, args, { gas }); return 'value' } catch (error) { return error.code }
}";

/// Values of about `n` parts: `give` says whether the method returns its own.
const RESULTS: [(&str, &str); 22] = [
    ("integers", "Array.from({ length: n }, (_, i) => i)"),
    ("fractions", "Array.from({ length: n }, (_, i) => i + .5)"),
    ("nothing", "Array.from({ length: n })"),
    ("strings", "Array.from({ length: n }, (_, i) => 's' + i)"),
    ("arrays", "Array.from({ length: n }, () => [])"),
    ("objects", "Array.from({ length: n }, () => ({}))"),
    ("fields", "Array.from({ length: n }, () => ({ a: 1 }))"),
    (
        "same_keys",
        "Array.from({ length: n / 4 }, () => ({ a: 1, b: 2, c: 3, d: 4 }))",
    ),
    (
        "other_keys",
        "Array.from({ length: n / 4 }, (_, i) => ({ ['a' + i]: 1, ['b' + i]: 2, ['c' + i]: 3, ['d' + i]: 4 }))",
    ),
    (
        "one_object",
        "Object.fromEntries(Array.from({ length: n }, (_, i) => ['k' + i, i]))",
    ),
    (
        "indices",
        "Object.fromEntries(Array.from({ length: n }, (_, i) => [i, i]))",
    ),
    (
        "sparse",
        "Object.fromEntries(Array.from({ length: n }, (_, i) => [i * 7919, i]))",
    ),
    (
        "map",
        "new Map(Array.from({ length: n }, (_, i) => ['k' + i, i]))",
    ),
    (
        "map_of_objects",
        "new Map(Array.from({ length: n }, (_, i) => [{}, i]))",
    ),
    ("set", "new Set(Array.from({ length: n }, (_, i) => i))"),
    ("bigints", "Array.from({ length: n }, (_, i) => BigInt(i))"),
    ("dates", "Array.from({ length: n }, (_, i) => new Date(i))"),
    ("string", "'x'.repeat(n * 50)"),
    ("wide_string", "'\u{1F600}'.repeat(n * 12)"),
    ("bytes", "new Uint8Array(n * 50)"),
    (
        "many_bytes",
        "Array.from({ length: n }, () => new Uint8Array(8))",
    ),
    (
        "nested",
        "{ let a = []; for (let i = 0; i < 30; i++) a = [a, n]; v = Array(n / 30).fill(a) }",
    ),
];

/// What is thrown, and what an error says of where it was made.
const ERRORS: [&str; 12] = [
    "throw 'x'.repeat(n)",
    "throw new Error('x'.repeat(n))",
    "throw Object.assign(new Error, { name: 'x'.repeat(n) })",
    "throw Symbol('x'.repeat(n))",
    "throw 7n ** BigInt(Math.min(n, 20000))",
    "throw Array.from({ length: n / 50 }, (_, i) => ({ i }))",
    "const f = k => { if (k) return f(k - 1); for (;;) new Error('a').stack }; f(60)",
    "const f = k => { if (k) return f(k - 1); for (;;) new Error('a') }; f(60)",
    "const e = LONG(60, 1); for (;;) e.stack",
    "LONG(60)",
    "const o = { ['x'.repeat(n)]() { throw new Error('a') } }; o['x'.repeat(n)]()",
    "const f = () => {}; Object.defineProperty(f, 'name', { value: 'x'.repeat(n) }); throw f.bind().name",
];

struct Callees {
    vm: Vm,
    count: usize,
}

impl Callees {
    fn new() -> Self {
        let mut vm = Vm::new();
        vm.upload("caller@alice.near", CALLER, None).value();
        Self { vm, count: 0 }
    }

    /// Uploads methods as callees; gives the id of each method's.
    fn upload(&mut self, methods: &[(String, String)], more: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for group in methods.chunks(METHODS) {
            let mut source = format!(
                "import {{ near, storage, call, view, after, contract }} from 'conclave'\n{more}export const idle = () => 1\n"
            );
            for (name, body) in group {
                let _ = writeln!(source, "export function {name}(n) {{ {body} }}");
            }
            let id = format!("callee{}@alice.near", self.count);
            self.count += 1;
            self.vm.upload(&id, &source, None).value();
            ids.extend(std::iter::repeat_n(id, group.len()));
        }
        ids
    }

    /// Gas and outcome of a capped call.
    fn run(&mut self, id: &str, method: &str, args: &Value, tera: u64) -> (u64, String) {
        let args = json!([id, method, args, format!("{tera} Tgas")]);
        let ended = self.vm.call("bob.near", "caller@alice.near", "run", args);
        let gas = ended.gas;
        (gas, ended.value().as_str().unwrap_or_default().to_owned())
    }

    /// What a capped call burns over its cap; nothing if it stays below.
    fn overrun(&mut self, id: &str, method: &str, args: &Value, tera: u64) -> (u64, String) {
        let (idle, _) = self.run(id, "idle", &Value::Null, tera);
        let (gas, code) = self.run(id, method, args, tera);
        (gas.saturating_sub(idle + tera * TGAS), code)
    }
}

/// Prints the worst rows, and fails for those over the bar.
fn check(mut rows: Vec<(u64, String)>) {
    rows.sort_by_key(|row| std::cmp::Reverse(row.0));
    for (gas, what) in rows.iter().take(10) {
        println!("{:6.2} Tgas {what}", *gas as f64 / TGAS as f64);
    }
    let over = rows.iter().filter(|row| row.0 > OVERRUN_MAX).count();
    assert_eq!(
        over, 0,
        "so many rows pass their cap by more than {OVERRUN_MAX}"
    );
}

#[test]
fn no_builtin_passes_its_cap_on_large_values() {
    let statements = STATEMENTS.lines().filter(|line| !line.starts_with('#'));
    let methods: Vec<_> = statements
        .clone()
        .enumerate()
        .map(|(index, statement)| {
            let part = "x".repeat(128);
            let body = format!("const k = '{part}'.repeat(1 << 13); {statement}");
            (format!("m{index}"), body)
        })
        .collect();
    assert!(methods.len() > 200, "{}", methods.len());
    let mut callees = Callees::new();
    let ids = callees.upload(&methods, "");
    let (mut died, mut rows) = (0, Vec::new());
    for ((id, method), statement) in ids.iter().zip(&methods).zip(statements) {
        for tera in CAPS {
            let (overrun, code) = callees.overrun(id, &method.0, &Value::Null, tera);
            died += usize::from(code == "E_GAS");
            rows.push((overrun, format!("{statement} in {tera} Tgas: {code}")));
        }
    }
    check(rows);
    assert!(
        died > 80,
        "only {died} reach their cap: the others prove nothing"
    );
}

#[test]
fn no_result_costs_its_caller_more_than_the_callee_paid_for() {
    let methods: Vec<_> = RESULTS
        .iter()
        .map(|(name, value)| {
            let body = match value.starts_with('{') {
                true => format!("let v; {value} return v"),
                false => format!("return {value}"),
            };
            ((*name).to_owned(), body)
        })
        .collect();
    let mut callees = Callees::new();
    let ids = callees.upload(&methods, "");
    let (mut returned, mut rows) = (0, Vec::new());
    for (id, (name, _)) in ids.iter().zip(&methods) {
        // A result as large as the cap lets through, from about that size.
        for parts in [2_000, 4_000, 8_000] {
            for cap in [60, 90, 120, 180] {
                let (overrun, code) = callees.overrun(id, name, &json!(parts), cap);
                returned += usize::from(code == "value");
                rows.push((overrun, format!("{parts} {name} in {cap} Tgas: {code}")));
            }
        }
    }
    check(rows);
    assert!(
        returned > 60,
        "only {returned} return: the others prove nothing"
    );
}

#[test]
fn no_error_costs_its_caller_more_than_the_callee_paid_for() {
    let long = "n".repeat(1_000);
    let methods: Vec<_> = ERRORS
        .iter()
        .enumerate()
        .map(|(index, body)| (format!("m{index}"), body.replace("LONG", &long)))
        .collect();
    let named = format!(
        "function {long}(k, give) {{ if (k) return {long}(k - 1, give); const e = new Error('a'); if (give) return e; throw e }}\n"
    );
    let mut callees = Callees::new();
    let ids = callees.upload(&methods, &named);
    let mut rows = Vec::new();
    for ((id, (name, _)), body) in ids.iter().zip(&methods).zip(ERRORS) {
        for length in [10, 10_000, 1_000_000] {
            let (overrun, code) = callees.overrun(id, name, &json!(length), 60);
            rows.push((overrun, format!("{body} of {length}: {code}")));
        }
    }
    check(rows);
}
