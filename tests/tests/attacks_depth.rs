//! Sources that nest without end: refused beyond the bounds, run just below them without a trap.

use conclave_tests::World;
use conclave_tests::attack::{in_both_worlds, refused};
use serde_json::{Value, json};

const ID: &str = "a@alice.near";

fn remove(world: &mut dyn World) {
    let input = json!({"id": ID}).to_string();
    world
        .send("alice.near", "remove", input.as_bytes(), 0)
        .value();
}

/// Before, within and after a shape that nests: `n` times before and after.
const SHAPES: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{a:", "1", "}"),
    ("{[", "1", "]:1}"),
    ("b[", "1", "]"),
    ("f(", "1", ")"),
    ("(()=>", "1", ")"),
    ("(x=", "1", ")=>1"),
    ("()=>{", "", "}"),
    ("x=>", "1", ""),
    ("async x=>", "1", ""),
    ("`${", "1", "}`"),
    ("f`${", "1", "}`"),
    ("(function(){", "", "})"),
    ("{get a(){return ", "1", "}}"),
    ("class{a=", "1", "}"),
    ("class extends ", "Object", "{}"),
    ("[...", "[]", "]"),
    ("!", "1", ""),
    ("- ", "1", ""),
    ("typeof ", "1", ""),
    ("typeof\u{a0}", "1", ""),
    ("void ", "1", ""),
    ("new ", "Object", ""),
    ("new (", "Object", ")"),
    ("1+", "1", ""),
    ("'a'+", "1", ""),
    ("1+\n", "1", ""),
    ("a\n+", "1", ""),
    ("1**", "1", ""),
    ("a&&", "1", ""),
    ("a??", "1", ""),
    ("a=", "1", ""),
    ("1,", "1", ""),
    ("f(1,2)+", "1", ""),
    ("[1,2]+", "1", ""),
    ("f({a:1})+", "1", ""),
    ("(x=>{})+", "1", ""),
    ("`${1}`+", "1", ""),
    ("'a'\nin ", "b", ""),
    ("a\\u{61}+", "1", ""),
    ("0?1:", "1", ""),
    ("1?", "1", ":1"),
    ("", "b", ".b"),
    ("", "b", "\n.b"),
    ("", "b", "?.b"),
    ("", "b", "[0]"),
    ("", "f", "()"),
    ("", "f", "(\n)"),
    ("", "f", "(1,2)"),
    ("", "f", "({a:1})"),
    ("", "f", "(()=>{})"),
    ("", "f", "``"),
    ("", "a", " instanceof f"),
];
/// The same for statements.
const STATEMENTS: &[(&str, &str, &str)] = &[
    ("{", "", "}"),
    ("if(0)", ";", ""),
    ("if(0);else ", ";", ""),
    ("if(0){}else ", "{}", ""),
    ("if(0){}/**/else ", "{}", ""),
    ("if(0)\n", ";", ""),
    ("while(0)", ";", ""),
    ("for(;0;)", ";", ""),
    ("for(let x of [])", ";", ""),
    ("do ", ";", "while(0);"),
    ("function g(){", "", "}"),
    ("class A{m(){", "", "}}"),
    ("class A{static{", "", "}}"),
    ("switch(1){case 1:", "", "}"),
    ("try{", "", "}catch{}"),
    ("try{}catch{", "", "}"),
    ("// \r{", "", "}"),
    ("// \u{2028}{", "", "}"),
    ("switch(1,", "1", "){}"),
    ("let a\n/'/;{", "", "}"),
    ("x={}/((", "1", "))/1;"),
];

/// A module whose `run` holds the shape `depth` times.
fn nested(shape: (&str, &str, &str), depth: usize, is_statement: bool) -> String {
    let (before, within, after) = shape;
    let text = format!("{}{within}{}", before.repeat(depth), after.repeat(depth));
    let head = "const b = {}; b.b = b; let x; var a; const f = () => f";
    if is_statement {
        format!("export async function run() {{ {head}; {text} }}")
    } else {
        format!(
            "export function run() {{ {head}\n try {{ x = \n{text} }} catch {{}} return 'end' }}"
        )
    }
}

/// The deepest that is accepted, found from below.
fn deepest(world: &mut dyn World, source: impl Fn(usize) -> String) -> usize {
    let (mut accepted, mut refused) = (0_usize, 400_usize);
    while refused - accepted > 1 {
        let depth = accepted.midpoint(refused);
        match world.upload(ID, &source(depth), None).result {
            Ok(_) => {
                let ended = world.call("bob.near", ID, "run", Value::Null);
                assert!(
                    ended
                        .result
                        .as_ref()
                        .map_or_else(|failure| failure.code == "E_THROW", |_| true),
                    "{ended:?}"
                );
                remove(world);
                accepted = depth;
            }
            Err(failure) => {
                assert!(
                    matches!(
                        failure.code.as_str(),
                        "E_TOO_DEEP" | "E_SYNTAX" | "E_SOURCE"
                    ),
                    "{failure:?}"
                );
                refused = depth;
            }
        }
    }
    accepted
}

#[test]
fn shapes_that_nest_without_end_are_refused_and_run_just_below_the_bound() {
    in_both_worlds(|world| {
        for (shapes, is_statement) in [(SHAPES, false), (STATEMENTS, true)] {
            for shape in shapes {
                let source = |depth| nested(*shape, depth, is_statement);
                println!("{shape:?}");
                println!("    accepted to {}", deepest(world, source));
                let bytes = shape.0.len() + shape.2.len();
                for depth in [1_000, 10_000.min(130_000 / bytes)] {
                    let before = world.pairs();
                    let failure = world.upload(ID, &source(depth), None).failure();
                    assert!(
                        matches!(failure.code.as_str(), "E_TOO_DEEP" | "E_SOURCE"),
                        "{shape:?} {failure:?}"
                    );
                    assert!(failure.message.contains("line "), "{failure:?}");
                    assert_eq!(world.pairs(), before);
                }
            }
        }
    });
}

#[test]
fn a_regular_expression_with_endless_groups_or_alternatives_is_refused() {
    let regular = |text: String| format!("export const run = () => /{text}/.test('a')");
    in_both_worlds(|world| {
        for (text, code) in [
            ("b|".repeat(10_000) + "a", "E_TOO_DEEP"),
            ("(".repeat(10_000) + &")".repeat(10_000), "E_SYNTAX"),
            ("(?=".repeat(10_000) + &")".repeat(10_000), "E_SYNTAX"),
        ] {
            refused(world, code, "line 1", |world| {
                world.upload(ID, &regular(text), None)
            });
        }
        world
            .upload(ID, &regular("b|".repeat(256) + "a"), None)
            .value();
        assert_eq!(
            world.call("bob.near", ID, "run", Value::Null).value(),
            json!(true)
        );
    });
}
