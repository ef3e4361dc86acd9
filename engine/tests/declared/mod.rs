//! Contracts that are made up: a seed in, a source out whose top level declares values of every kind, uses
//! them before and after they are declared, and says what became of each use.

use super::twice::Numbers;
use std::fmt::Write as _;

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// What every contract can use. A use that throws tells the error and its stack.
const PRELUDE: &str = "
let out = [], depth = 0
const show = v => typeof v == 'function' ? [v.name, v.length, String(v), Object.getOwnPropertyNames(v), v.prototype && Object.getOwnPropertyNames(v.prototype)].join('~')
  : typeof v == 'object' && v !== null ? JSON.stringify(v) : typeof v + String(v)
const use = f => { try { out.push(show(f())) } catch (error) { out.push(error.name + error.message + error.stack) } }
const enter = f => { if (++depth > 12) return 'deep'; try { return f() } finally { depth-- } }
";

/// Declarations; `$` is the name, `@` another one, `%` an expression.
const DECLARATIONS: [&str; 26] = [
    "function $(x, y = 2) { return enter(() => %) }",
    "function $() { return '$' + typeof @ }",
    "function $() { this.x = 1; return % }",
    "async function $(x) { return % }",
    "function* $(x) { yield %; yield 1 }",
    "async function* $() { yield % }",
    "const $ = (x) => enter(() => %)",
    "let $ = function (x) { return enter(() => %) }",
    "const $ = function inner() { return typeof inner }",
    "let $ = async () => %",
    "const $ = function* () { yield typeof @ }",
    "class $ { m() { return enter(() => %) } get g() { return '$' } static s(x) { return x } }",
    "class $ { #p = 1; #q() { return this.#p } m() { return this.#q() + typeof $ } static is(v) { return #p in v } }",
    "class $ { x = typeof @; constructor(y) { this.y = y } m() { return this.x } }",
    "class $ extends @ { m() { return 'sub' + super.m() } static s() { return super.s } }",
    "class $ extends @ {}",
    "class $ extends (typeof @, Array) {}",
    "class $ { static x = typeof @; m() { return $.x } }",
    "class $ { ['m' + 1]() { return 1 } static { out.push('block') } }",
    "const $ = class { m() { return '$' } }",
    "let $ = class Inner { m() { return Inner.name } static #t() { return 1 } static s() { return Inner.#t() } }",
    "const $ = { a: 1, b: [1, 2, 'x', -3, null], c: `t`, 'd e': { f: 1.5, g: true } }",
    "const $ = [1, 2, 3, , 4, 5, 6, 7, 8, 9]",
    "let $ = 5",
    "const $ = { m() { return % }, n: 1 }",
    "var $ = %",
];

/// Uses, each of which may throw.
const USES: [&str; 34] = [
    "$",
    "typeof $",
    "$()",
    "$(1).next().value",
    "[...$()].length",
    "new $(3)",
    "new $().m()",
    "$.m()",
    "$.s(2)",
    "$.is(new $())",
    "$.name",
    "$.length",
    "String($)",
    "$ = @",
    "$ = 7",
    "$ ??= 1",
    "$ += 1",
    "$++",
    "[$] = [1]",
    "({ $ } = { $: 2 })",
    "($.x = 5, $.x)",
    "$ === $",
    "$ instanceof @",
    "Object.getPrototypeOf($) === @",
    "[1, 2].map(i => typeof $ + i)",
    "(() => { for ($ of [1, 2]); return $ })()",
    "((x) => { let $ = x; return typeof $ })(@)",
    "[...(function* () { yield typeof $; yield $ })()].length",
    "(async () => { await 0; return $ })()",
    "$ && @ ? typeof $ : typeof @",
    "new (class extends $ {})().m()",
    "`${typeof $}`",
    "$?.m?.()",
    "JSON.stringify({ $, x: typeof @ })",
];

fn filled(template: &str, name: &str, numbers: &mut Numbers) -> String {
    let other = numbers.of(&NAMES);
    let another = numbers.of(&NAMES);
    let inner = numbers.of(&USES[..24]);
    let inner = inner.replace('$', another).replace('@', other);
    template
        .replace('$', name)
        .replace('@', other)
        .replace('%', &inner)
}

/// A contract with a method `run`.
pub(crate) fn contract(numbers: &mut Numbers) -> String {
    let mut source = String::from(PRELUDE);
    let count = 3 + numbers.below(NAMES.len() - 3);
    for name in &NAMES[..count] {
        add_uses(&mut source, numbers, 2);
        let template = numbers.of(&DECLARATIONS);
        let declaration = filled(template, name, numbers);
        let _ = writeln!(source, "{declaration}");
    }
    add_uses(&mut source, numbers, 3);
    // A name that only the top level uses lives in a register, and errors tell nothing of it.
    let _ = writeln!(source, "const all = () => [{}]", NAMES[..count].join(", "));
    source += "export function run() {\n";
    add_uses(&mut source, numbers, 8);
    source += "return out.join('|') }\n";
    source
}

fn add_uses(source: &mut String, numbers: &mut Numbers, most: usize) {
    for _ in 0..numbers.below(most + 1) {
        let template = numbers.of(&USES);
        let name = numbers.of(&NAMES);
        let text = filled(template, name, numbers);
        let _ = match numbers.below(4) {
            0 => writeln!(
                source,
                "try {{ out.push(show({text})) }} catch (error) {{ out.push(error.message + error.stack) }}"
            ),
            _ => writeln!(source, "use(() => {text})"),
        };
    }
}
