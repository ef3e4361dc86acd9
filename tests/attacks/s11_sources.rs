//! S11: sources that nest until the parser has no stack left, and ways to hide that they nest.
//!
//! Whoever gets such a source past the upload has code that ends every receipt which calls it in a
//! trap, past any `catch`.

use crate::defence::{Line, defended_by};
use crate::scene::{EVIL, VICTIM, asked, line, put};
use conclave_tests::World;
use conclave_tests::attack::refused;
use serde_json::{Value, json};

/// The weight of one path through the syntax tree is bounded.
const WEIGHT: Line = line(
    "engine/src/nesting.rs",
    "if self.weight > WEIGHT_MAX {",
    "if self.weight == usize::MAX {",
);
/// Brackets that are open at a time are bounded.
const BRACKETS: Line = line(
    "engine/src/nesting.rs",
    "if self.open.len() == NESTING_MAX {",
    "if self.open.len() == usize::MAX {",
);

/// Uploads what must be refused. Nothing of it stays: the name is still free, and the victim runs.
fn not_uploaded(world: &mut dyn World, code: &str, says: &str, sources: &[String]) {
    let good = "export const run = () => 1";
    put(world, VICTIM, good);
    for source in sources {
        assert!(source.len() <= 262_144, "{} bytes", source.len());
        println!("{}", source.chars().take(60).collect::<String>());
        refused(world, code, says, |world| world.upload(EVIL, source, None));
    }
    put(world, EVIL, good);
    for id in [VICTIM, EVIL] {
        assert_eq!(asked(world, id, "run", Value::Null), json!(1));
    }
}

/// A method with an expression that nests so often.
fn nested((open, within, close): (&str, &str, &str), depth: usize) -> String {
    let text = format!("{}{within}{}", open.repeat(depth), close.repeat(depth));
    format!("export const run = () => {{ let x, f, a; return {text} }}")
}

/// Brackets: each takes some of the stack of the parser, the compiler and the collector.
#[test]
fn s11_brackets_do_not_nest_without_end() {
    defended_by(&[WEIGHT, BRACKETS]).against(|world: &mut dyn World| {
        let shapes = [
            ("(", "1", ")"),
            ("[", "1", "]"),
            ("{a:", "1", "}"),
            ("f(", "1", ")"),
            ("()=>{", "", "}"),
            ("`${", "1", "}`"),
            ("class{static{", "", "}}"),
        ];
        let sources = shapes.map(|shape| nested(shape, 8_000));
        not_uploaded(world, "E_TOO_DEEP", "line 1", &sources);
    });
}

/// Operators nest without a bracket.
#[test]
fn s11_operators_do_not_nest_without_end() {
    defended_by(&[WEIGHT]).against(|world: &mut dyn World| {
        let shapes = [
            ("!", "1", ""),
            ("typeof ", "1", ""),
            ("1**", "1", ""),
            ("a=", "1", ""),
            ("x=>", "1", ""),
            ("0?1:", "1", ""),
            ("", "a", ".a"),
            ("", "f", "()"),
            ("", "f", "``"),
        ];
        let sources = shapes.map(|shape| nested(shape, 16_000));
        not_uploaded(world, "E_TOO_DEEP", "line 1", &sources);
    });
}

/// Statements nest behind `else`, and each looks as if it began anew.
#[test]
fn s11_statements_do_not_nest_behind_else_without_end() {
    defended_by(&[line(
        "engine/src/tokens.rs",
        "if self.end != End::No && word != b\"else\" && !goes_on || word == b\"case\" && !is_name {",
        "if self.end != End::No && !goes_on || word == b\"case\" && !is_name {",
    )])
    .against(|world: &mut dyn World| {
        let sources = ["if(0);else ", "if(0){}else ", "if(0);\nelse\n", "if(0){}/**/else "]
            .map(|link| format!("export function run() {{ {};}}", link.repeat(8_000)));
        not_uploaded(world, "E_TOO_DEEP", "line ", &sources);
    });
}

/// Brackets hide in what the scan takes for a comment: some characters end a line that do not look
/// like it.
#[test]
fn s11_brackets_do_not_hide_in_a_comment() {
    defended_by(&[line(
        "engine/src/lexis.rs",
        "[0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,",
        "[0xe2, 0x80, 0xa8 | 0xa9, 0, ..] => 3,",
    )])
    .against(|world: &mut dyn World| {
        let brackets = format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000));
        let sources = ['\u{2028}', '\u{2029}', '\r', '\n']
            .map(|end| format!("export const run = () => 1 // {end}\n;// {end}{brackets}"));
        not_uploaded(world, "E_TOO_DEEP", "line ", &sources);
    });
}

/// Brackets hide in what the scan takes for a regular expression, and the parser for divisions.
#[test]
fn s11_brackets_do_not_hide_in_a_regular_expression() {
    defended_by(&[line(
        "engine/src/tokens.rs",
        "if self.peek(0) == b'/' && (is_unclear || is_after_line && !self.expects_operand) {",
        "if false {",
    )])
    .against(|world: &mut dyn World| {
        let brackets = format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000));
        let sources = ["x={}", "x=class{}", "x=function(){}"]
            .map(|operand| format!("export const run = () => {{ let x; {operand}/{brackets}/1 }}"));
        not_uploaded(
            world,
            "E_SOURCE",
            "put a semicolon or parentheses",
            &sources,
        );
    });
}
