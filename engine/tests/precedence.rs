//! Binary operators group as the language says, however many levels the parser climbs at once.

mod hostile_world;

use conclave_abi::value::Value;
use hostile_world::{FUEL, Way, compiled, run_by};

/// Operators by their level, from the one that binds least.
const LEVELS: [&[&str]; 8] = [
    &["|"],
    &["^"],
    &["&"],
    &["==", "!=", "===", "!=="],
    &["<", ">", "<=", ">=", "in", "instanceof"],
    &["<<", ">>", ">>>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Every operator with its level.
fn operators() -> Vec<(usize, &'static str)> {
    let of = |(level, list): (usize, &&'static [&'static str])| {
        list.iter().map(move |op| (level, *op)).collect::<Vec<_>>()
    };
    LEVELS.iter().enumerate().flat_map(of).collect()
}

/// The same with brackets around what belongs together, of three operators between `a`, `b`, `c`, `d`.
fn grouped(ops: &[(usize, &str)]) -> String {
    let mut parts: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let mut ops = ops.to_vec();
    while !ops.is_empty() {
        let most = ops.iter().map(|op| op.0).max().unwrap_or_default();
        let at = ops.iter().position(|op| op.0 == most).unwrap_or_default();
        let (_, op) = ops.remove(at);
        let right = parts.remove(at + 1);
        parts[at] = format!("({} {op} {right})", parts[at]);
    }
    parts.swap_remove(0)
}

/// What `f` of a source returns, as text.
fn answer(source: &str) -> String {
    let ended = run_by(Way::Compiled, source, &[("f", Value::Null)], FUEL * 100);
    ended.unwrap_or_else(|failure| panic!("{failure:?}"))[0].clone()
}

#[test]
fn three_operators_group_by_their_levels() {
    let operators = operators();
    let mut cases = Vec::new();
    for first in &operators {
        for second in &operators {
            for (nth, third) in operators.iter().enumerate() {
                // Each third with some of the pairs.
                if (cases.len() + nth) % 3 == 0 || second.0 == third.0 {
                    cases.push([*first, *second, *third]);
                }
            }
        }
    }
    assert!(cases.len() > 4_000, "{}", cases.len());
    for some in cases.chunks(250) {
        let pairs = some.iter().map(|ops| {
            let [x, y, z] = ops.map(|op| op.1);
            let (plain, grouped) = (format!("a {x} b {y} c {z} d"), grouped(ops));
            format!("[(a, b, c, d) => {plain}, (a, b, c, d) => {grouped}, '{plain}'],\n")
        });
        let pairs: String = pairs.collect();
        let source = format!(
            "const values = [[7, 3, 2, 5], [1, 0, 9, 4], [-8, 2, 3, 1]]
             const outcome = (f, args) => {{ try {{ return f(...args) }} catch (e) {{ return e.name }} }}
             const pairs = [{pairs}]
             export function f() {{
               const differ = pairs.filter(([f, g]) => values.some(v => !Object.is(outcome(f, v), outcome(g, v))))
               return differ.length + ' differ ' + differ.map(p => p[2]).join()
             }}\n"
        );
        let told = answer(&source);
        assert!(told.contains("0 differ \""), "{told}");
    }
}

#[test]
fn private_names_stand_before_in_and_nowhere_else() {
    let class = |expression: &str| {
        format!(
            "class A {{ #x = 1; static has(o, y, z) {{ return [{expression}].join() }} }}
             export function f() {{ return A.has(new A, {{}}, true) }}\n"
        )
    };
    for (expression, expect) in [
        ("#x in o, #x in y", "true,false"),
        ("true == #x in o, #x in o == false", "true,false"),
        ("#x in o & 1 | #x in y", "1"),
        ("1 ^ #x in o, #x in o ? 'yes' : 'no'", "0,yes"),
    ] {
        let told = answer(&class(expression));
        assert!(
            told.contains(&format!("\"{expect}\"")),
            "{expression}: {told}"
        );
    }
    for expression in [
        "#x in o in y",
        "#x in o < z",
        "z == #x in o < z",
        "1 + #x in o",
        "o < #x in o",
        "#x",
        "#x + 1",
    ] {
        let refused = compiled(&class(expression)).expect_err(expression);
        assert_eq!(refused.code, "E_SYNTAX", "{expression}");
    }
}

#[test]
fn a_loop_tells_its_in_from_the_operator() {
    let source = "export function f() {
        const seen = []
        for (const key in { a: 1 }) seen.push(key)
        for (let i = ('length' in []) ? 0 : 1, n = 2 * 1 + 0; i < n; i++) seen.push(i)
        for (let i = [1 in [5, 6]][0]; i; i = false) seen.push('in')
        return seen.join()
    }\n";
    assert!(answer(source).contains("\"a,0,1,in\""));
    compiled("export function f() { for (let i = 1 in [], j = 1;;) {} }\n").expect_err("no loop");
    compiled("export const f = (a) => a i\\u006e [1]\n").expect_err("an escaped keyword");
}
