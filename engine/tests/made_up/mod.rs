//! Programs that are made up: a seed in, a script out that says what became of its values.
//!
//! They do, with values of every kind, what the fast path of the virtual machine does itself: they
//! calculate, compare, loop, call, throw, and read and write elements and properties. Most loops are
//! short, so that a program ends; those that are not are for fuel to end.

use super::twice::Numbers;

/// Variables of every program; the last two are captured by closures.
const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

const VALUES: [&str; 37] = [
    "0",
    "1",
    "2",
    "-1",
    "3",
    "7",
    "100",
    "-128",
    "40000",
    "2147483647",
    "-2147483648",
    "2147483646",
    "0.5",
    "-0",
    "1e300",
    "NaN",
    "-Infinity",
    "true",
    "false",
    "null",
    "undefined",
    "''",
    "'x'",
    "'long enough'",
    "'grown '.repeat(50)",
    "('grows '.repeat(50) + 1)",
    "('w\\u0416de '.repeat(60) + 'x')",
    "10n",
    "[1, 2, 3]",
    "[0.5, 'x', , {}]",
    "{ x: 1, y: 2 }",
    "new P(1)",
    "new Q(2)",
    "hostile",
    "(x => x)",
    "Symbol.iterator",
    "point",
];

const BINARY: [&str; 25] = [
    "+", "-", "*", "%", "+", "-", "<", "<=", ">", ">=", "==", "!=", "===", "!==", "&", "|", "^",
    "<<", ">>", ">>>", "/", "**", "&&", "||", "??",
];

/// What every program can use.
const PRELUDE: &str = "
let out = [], depth = 0
class P { constructor(x) { this.x = x } get() { return this.x } inc() { this.x += 1; return this }
  get double() { return this.x * 2 } set double(v) { this.x = v / 2 } static make(x) { return new this(x) } }
class Q extends P { constructor(x) { super(x); this.y = x } get() { return super.get() + 1 } #z = 3; z() { return this.#z } }
const hostile = { valueOf() { if (++depth % 3 == 0) throw new RangeError('valueOf'); return 5 }, toString() { return 'h' } }
const point = { x: 1, get y() { return this.x + 1 }, set y(v) { this.x = v }, m(a) { return a + this.x } }
const frozen = Object.freeze({ x: 1 })
function plain(a, b) { return a + b }
function strict(a) { 'use strict'; return this === undefined ? a : typeof this }
function sloppy() { return typeof this + arguments.length }
const arrow = (a, b = 2, ...rest) => [a, b, rest.length].join()
const adder = n => { let count = 0; return m => { count += m; return count + n } }
const add5 = adder(5)
function* gen(n) { for (let i = 0; i < 3; i++) { const got = yield n; if (got) return got } }
function down(n) { return n > 0 ? down(n - 1) + 1 : 0 }
function fails(a) { throw new TypeError('fails ' + typeof a) }
function show(v) { try { return typeof v == 'symbol' ? 'symbol' : typeof v == 'bigint' ? v + 'n' :
  Object.is(v, -0) ? '-0' : typeof v == 'function' ? 'function' : typeof v == 'object' ? JSON.stringify(v, (k, x) => typeof x == 'bigint' ? '' + x : x) : String(v) }
  catch (e) { return 'no ' + e.message } }
";

/// Functions that an expression calls.
const CALLED: [&str; 15] = [
    "plain",
    "strict",
    "sloppy",
    "arrow",
    "add5",
    "fails",
    "a",
    "b",
    "point.m",
    "a.get",
    "P.make",
    "Math.max",
    "(x => x + 1)",
    "((x, y) => { let z = x; return () => z + y })",
    "[1, 2].map",
];

/// A script, whose value says what became of its variables.
pub(crate) fn program(numbers: &mut Numbers) -> String {
    let mut text = format!("(function () {{{PRELUDE}");
    let is_strict = numbers.below(2) == 0;
    text += "function main() {\n";
    if is_strict {
        text += "'use strict'\n";
    }
    for name in NAMES {
        let value = expression(numbers, 0);
        text +=
            &format!("let {name}; try {{ {name} = {value} }} catch (e) {{ {name} = e.name }}\n");
    }
    text += "const read = () => [g, h], write = v => { g = h; h = v }\n";
    let (mut statements, mut loops) = (String::new(), 0);
    for _ in 0..3 + numbers.below(8) {
        let made = statement(numbers, 0, &mut loops);
        statements += &match numbers.below(4) {
            0 => made,
            _ => format!("try {{ {made} }} catch (e) {{ out.push(e && e.stack || e) }}\n"),
        };
    }
    text += &statements;
    text += "return 'ok ' + [a, b, c, d, e, f, ...read(), ...out.slice(-9)].map(show).join()\n}\n";
    // What is thrown is shown with the stack by who runs this, or caught here.
    match numbers.below(3) {
        0 => text + "return main() })()",
        _ => {
            text + "try { return main() } catch (e) { return 'caught ' + e + (e && e.stack) } })()"
        }
    }
}

fn statement(numbers: &mut Numbers, depth: usize, loops: &mut u32) -> String {
    if depth > 2 {
        return simple(numbers);
    }
    let mut block = |numbers: &mut Numbers| {
        let mut text = String::new();
        for _ in 0..1 + numbers.below(3) {
            text += &statement(numbers, depth + 1, loops);
        }
        text
    };
    let body = block(numbers);
    match numbers.below(13) {
        0 => {
            *loops += 1;
            let (name, limit) = (format!("i{loops}"), numbers.below(5));
            let leave = numbers.of(&["", "", "if (a === b) continue;", "if (c > 2) break;"]);
            format!(
                "for (let {name} = 0; {name} < {limit}; {name}++) {{ {leave} {body} out.push({name}) }}\n"
            )
        }
        1 => {
            *loops += 1;
            format!(
                "let w{loops} = {}; while (w{loops}-- > 0) {{ {body} }}\n",
                numbers.below(4)
            )
        }
        2 => format!(
            "if ({}) {{ {body} }} else {{ {} }}\n",
            expression(numbers, 1),
            block(numbers)
        ),
        3 => format!(
            "try {{ {body} }} catch (e) {{ out.push(e.name); {} }}\n",
            block(numbers)
        ),
        4 => format!(
            "try {{ {body} }} catch {{}} finally {{ {} }}\n",
            block(numbers)
        ),
        5 => format!(
            "for (const v of [1, {}, 'z']) {{ out.push(v); {body} }}\n",
            expression(numbers, 2)
        ),
        6 => format!("for (const k in {{ p: 1, q: 2 }}) {{ out.push(k); {body} }}\n"),
        7 => format!(
            "switch ({}) {{ case 1: {body} break; case 'x': {} default: out.push('d') }}\n",
            expression(numbers, 2),
            block(numbers)
        ),
        8 => format!("(() => {{ {body} }})()\n"),
        9 if depth == 0 && numbers.below(4) == 0 => {
            format!("for (;;) {{ try {{ {body} }} catch {{}} }}\n")
        }
        _ => simple(numbers),
    }
}

fn simple(numbers: &mut Numbers) -> String {
    let name = numbers.of(&NAMES);
    let value = expression(numbers, 0);
    match numbers.below(18) {
        0 => format!("{name}{}\n", numbers.of(&["++", "--"])),
        16 => {
            let piece = numbers.of(&["'x'", "'\\u0416'", "''", "7", "a", "'y'.repeat(70)"]);
            let other = numbers.of(&NAMES);
            format!(
                "{other} = {name}; {name} += {piece}; {name} += 'z'; out.push({other} === {name})\n"
            )
        }
        17 => {
            let turns = numbers.below(9);
            format!(
                "if (typeof {name} !== 'symbol') for (let k = 0; k < {turns}; k++) {{ {name} += 'k'; if (k % 3 == 1) {{ b = {name} + k }} }}\n"
            )
        }
        1 => format!(
            "{name} {}= {value}\n",
            numbers.of(&["+", "-", "*", "%", "|", "&", "??"])
        ),
        2 => format!(
            "if (Object({name}) === {name}) {name}.{} = {value}\n",
            property(numbers)
        ),
        3 => format!(
            "if (Object({name}) === {name}) {name}[{}] = {value}\n",
            numbers.of(&["0", "1", "'x'", "7", "a"])
        ),
        4 => format!("point.{} = {value}\n", property(numbers)),
        5 => format!("frozen.x = {value}\n"),
        6 => format!("delete Object({name}).{}\n", property(numbers)),
        7 => format!(
            "P.prototype.{} = {}\n",
            property(numbers),
            numbers.of(&["() => 9", "1", "P.prototype.get"])
        ),
        8 => format!("write({value})\n"),
        9 => format!(
            "throw {}\n",
            numbers.of(&["new Error('thrown')", "a", "b", "null"])
        ),
        10 => format!("out.push(typeof ({value}))\n"),
        11 => format!("for (const v of gen({})) out.push(v)\n", numbers.of(&NAMES)),
        12 => format!("out.push(down({}))\n", numbers.of(&["3", "a", "12", "700"])),
        13 => format!("var shared = p => {{ {name} = p; return p }}; shared({value})\n"),
        14 => format!("{name} = {name} {} {name}\n", numbers.of(&BINARY)),
        _ => format!("{name} = {value}\n"),
    }
}

fn property(numbers: &mut Numbers) -> &'static str {
    numbers.of(&["x", "y", "length", "get", "double", "inc", "0"]
        .map(|name| if name == "0" { "z" } else { name }))
}

fn expression(numbers: &mut Numbers, depth: usize) -> String {
    if depth > 2 || numbers.below(5) == 0 {
        return match numbers.below(2) {
            0 if depth > 0 => numbers.of(&NAMES).to_owned(),
            _ => format!("({})", numbers.of(&VALUES)),
        };
    }
    let mut inner = || expression(numbers, depth + 1);
    let (left, right) = (inner(), inner());
    match numbers.below(16) {
        0..=5 => match numbers.of(&BINARY) {
            // Mixed with `&&` this would be no program.
            "??" => format!("({left}) ?? ({right})"),
            operator => format!("(({left}) {operator} ({right}))"),
        },
        6 => format!(
            "({}{left})",
            numbers.of(&["!", "-", "+", "~", "typeof ", "void "])
        ),
        7 => format!("({left} ? {right} : {})", numbers.of(&NAMES)),
        8 | 9 => {
            let arguments = [
                "",
                &left,
                &format!("{left}, {right}"),
                &format!("...[{left}, 1, {right}]"),
            ][numbers.below(4)]
            .to_owned();
            format!("{}({arguments})", numbers.of(&CALLED))
        }
        10 => format!("Object({left}).{}", property(numbers)),
        11 => format!(
            "Object({left})[{}]",
            numbers.of(&["0", "1", "2", "'x'", "'length'", "a"])
        ),
        12 => format!("({left})?.{}", property(numbers)),
        13 => format!(
            "new P({left}).{}",
            numbers.of(&["get()", "inc().x", "double", "inc().inc().get()", "nothing"])
        ),
        14 => format!(
            "new Q({left}).{}",
            numbers.of(&["get()", "z()", "inc().y", "double", "x"])
        ),
        _ => format!(
            "[{left}, {right}].{}",
            numbers.of(&[
                "length",
                "map(x => x)",
                "join()",
                "reduce((p, q) => p)",
                "filter(plain)",
                "map(add5)",
                "map(strict)",
                "map(down)",
                "reduce(plain, 1)",
                "reduce((p, q, i) => { let z = p; p = q; return [z, p, i].length })",
                "forEach(v => { try { fails(v) } catch (e) { out.push(e) } })",
                "find(v => v > 1)",
                "every(sloppy)",
                "some(v => { throw v })",
                "push(1)",
                "push(a)",
                "map(P.make, P)"
            ])
        ),
    }
}
