//! Programs inside other programs: a share of the corpus, in places where ends are handled
//! differently.

use super::Program;

/// Name, what stands before a body, and what behind it.
const WRAPS: &[(&str, &str, &str)] = &[
    (
        "caught",
        "const inner = () => {",
        "}; try { return inner() } catch (e) { return 'caught' }",
    ),
    (
        "finally-again",
        "const inner = () => {",
        "}; try { return inner() } finally { try { inner() } catch {} }",
    ),
    ("async", "return (async () => { await null;", "})()"),
    (
        "generator",
        "return [...(function* () { yield (() => {",
        "})() })()].length",
    ),
    ("getter", "return ({ get x() {", "} }).x"),
    ("comparator", "return [2, 1, 3].sort(() => {", "}).length"),
    ("reviver", "return JSON.parse('[1,[2]]', () => {", "})"),
    (
        "replacer",
        "return 'aaa'.replace(/a/g, () => {",
        "}).length",
    ),
    (
        "constructor",
        "return new (class { constructor() { this.x = (() => {",
        "})() } })().x",
    ),
    (
        "job",
        "return Promise.resolve(1).then(() => {",
        "}).then(x => x, e => 'caught')",
    ),
    (
        "deep",
        "const inner = () => {",
        "}; const down = i => i ? [0].map(() => down(i - 1))[0] : inner(); return down(12)",
    ),
    ("proxy", "return new Proxy({}, { get() {", "} }).x"),
];

/// How many programs of the corpus stand between two that are wrapped. Reason: prime to the number
/// of behaviours and sizes, so that each of them is met.
const STEP: usize = 5;

/// The programs.
pub(super) fn programs(into: &mut Vec<Program>) {
    let chosen: Vec<Program> = into.iter().step_by(STEP).cloned().collect();
    for (index, program) in chosen.iter().enumerate() {
        // A multiplicative step instead of chance: neighbours get different wraps.
        let (name, before, after) = WRAPS[index * 7 % WRAPS.len()];
        into.push(Program {
            name: format!("{name}/{}", program.name),
            body: format!("{before}\n{}\n{after}", program.body),
            may_be_refused: program.may_be_refused,
        });
    }
}
