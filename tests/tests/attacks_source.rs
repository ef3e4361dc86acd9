//! Sources that are no modules, or break out of their wrapper.

use conclave_tests::World;
use conclave_tests::attack::{in_both_worlds, refused};
use serde_json::{Value, json};

const ID: &str = "a@alice.near";

/// Each source must be refused with the code and a message that holds the text.
fn check(cases: &[(&str, &str, &str)]) {
    in_both_worlds(|world| {
        for (source, code, says) in cases {
            println!("{source:?}");
            refused(world, code, says, |world| world.upload(ID, source, None));
        }
    });
}

/// Each source must be accepted, and `run` give the value.
fn runs(cases: &[(&str, Value)]) {
    in_both_worlds(|world| {
        for (source, expect) in cases {
            println!("{source:?}");
            world.upload(ID, source, None).value();
            assert_eq!(
                world.call("bob.near", ID, "run", Value::Null).value(),
                *expect,
                "{source:?}"
            );
            remove(world);
        }
    });
}

fn remove(world: &mut dyn World) {
    let input = json!({"id": ID}).to_string();
    world
        .send("alice.near", "remove", input.as_bytes(), 0)
        .value();
}

#[test]
fn a_source_that_does_not_parse_is_refused_with_line_and_column() {
    check(&[
        ("export function run( {", "E_SYNTAX", "line 1"),
        ("let a = 1\nlet b = ;\n", "E_SYNTAX", "line 2, col 9"),
        ("\n\n  let let = 1", "E_SYNTAX", "line 3"),
        ("const s = 'abc\n'", "E_SYNTAX", "line 1"),
        ("const s = `abc", "E_SYNTAX", "line 1"),
        ("/* abc", "E_SYNTAX", "multiline comment at line 2"),
        ("const r = /abc", "E_SYNTAX", "regular expressions at line"),
        ("const r = /(/", "E_SYNTAX", "line 1"),
        ("with (a) {}", "E_SYNTAX", "line 1"),
        ("return 1", "E_SYNTAX", "line 1"),
        ("let a; let a", "E_SYNTAX", ""),
        ("export const a = 1; export { a }", "E_SYNTAX", ""),
        ("export { nothing }", "E_SYNTAX", ""),
        ("0777", "E_SYNTAX", "line 1"),
        ("\0", "E_SYNTAX", "line 1"),
    ]);
}

#[test]
fn a_source_can_not_leave_its_wrapper() {
    check(&[
        (
            "}); globalThis.evil = 1; (function(){",
            "E_SYNTAX",
            "line 1",
        ),
        ("}})", "E_SYNTAX", "line 1"),
        ("*/ evil() /*", "E_SYNTAX", "line 1"),
        ("<!-- }); evil()", "E_SOURCE", "line 1, col 1"),
        ("let a = 1\n--> }); evil()", "E_SOURCE", "line 2, col 1"),
        ("let a = 1\n/*\n*/ --> }); evil()", "E_SOURCE", "line 3"),
        ("#!/usr/bin/env node\nlet a", "E_SOURCE", "line 1, col 1"),
        (
            "let x = 1 // \u{2028}}); evil(); (function(){",
            "E_SYNTAX",
            "line",
        ),
        (
            "let x = {}/1}); evil(); (function(){/1",
            "E_SOURCE",
            "col 11",
        ),
        ("const $_ = 1", "E_SOURCE", ""),
        ("\\u0065xport function run() {}", "E_SYNTAX", ""),
    ]);
}

#[test]
fn module_forms_that_a_subcontract_has_not_are_refused_with_advice() {
    check(&[
        (
            "export default function run() {}",
            "E_SOURCE",
            "give the method a name",
        ),
        ("export default 1", "E_SOURCE", "line 1, col 1"),
        (
            "export * from 'conclave'",
            "E_SOURCE",
            "another module's names",
        ),
        (
            "export * as a from 'conclave'",
            "E_SOURCE",
            "another module's names",
        ),
        (
            "export { near } from 'conclave'",
            "E_SOURCE",
            "another module's names",
        ),
        ("import fs from 'fs'", "E_SOURCE", "only 'conclave'"),
        (
            "import { near } from './conclave'",
            "E_SOURCE",
            "only 'conclave'",
        ),
        (
            "import { nothing } from 'conclave'",
            "E_SOURCE",
            "no `nothing`",
        ),
        (
            "import conclave from 'conclave'",
            "E_SOURCE",
            "no `default`",
        ),
        ("await 1", "E_SOURCE", "async method"),
        ("export const a = await 1", "E_SOURCE", "async method"),
        ("class A { static x = await 1 }", "E_SYNTAX", ""),
        ("class A { #x = await 1 }", "E_SYNTAX", ""),
        (
            "async function f() { class A { x = await 1 } }",
            "E_SYNTAX",
            "",
        ),
        ("function* f() { class A { x = yield 1 } }", "E_SYNTAX", ""),
        ("using a = null", "E_SYNTAX", "nothing would be disposed of"),
        (
            "await using a = null",
            "E_SYNTAX",
            "nothing would be disposed of",
        ),
        ("function $_m() {}", "E_SOURCE", "$_m"),
        ("var $_ = 1", "E_SOURCE", "$_"),
        ("for await (const x of []) {}", "E_SOURCE", ""),
        ("export const run = () => import.meta", "E_SOURCE", ""),
        ("export const run = () => new.target", "E_SYNTAX", ""),
        (
            "import { near } from 'conclave' with { type: 'json' }",
            "E_SOURCE",
            "",
        ),
    ]);
}

#[test]
fn names_of_exports_are_called_right() {
    runs(&[
        ("function f() { return 1 }\nexport { f as run }", json!(1)),
        (
            "const f = () => 2\nexport { f as run, f as 'two words', f as _hidden, f as default }",
            json!(2),
        ),
        (
            "export const {run, b: [c]} = {run: () => 3, b: [4]}",
            json!(3),
        ),
        (
            "export let $ = 1, run = () => $, then = () => 2, constructor = 3",
            json!(1),
        ),
        (
            "export function __proto__() {}\nexport const run = () => typeof __proto__",
            json!("function"),
        ),
        (
            "export function toString() { return 'mine' }\nexport const run = toString",
            json!("mine"),
        ),
        (
            "export class run2 {}\nexport const run = () => this === undefined",
            json!(true),
        ),
        (
            "import { near } from 'conclave'\nexport { near }\nexport const run = () => near.self()",
            json!(ID),
        ),
        (
            "import * as all from 'conclave'\nexport const run = () => all.near.self()",
            json!(ID),
        ),
        (
            "import * as all from 'conclave'\nimport { near } from 'conclave'\nimport * as more from 'conclave'\nexport const run = () => [all.near, more.near].every(it => it === near) && near.self()",
            json!(ID),
        ),
        (
            "import { near as n } from 'conclave'\nexport const run = () => n.self()",
            json!(ID),
        ),
        ("import 'conclave'\nexport const run = () => 1;", json!(1)),
        (
            "export const run = () => { try { return eval('1') } catch (e) { return e.name } }",
            json!("ReferenceError"),
        ),
        ("export const run = () => typeof $_", json!("object")),
        (
            "export const run = () => [typeof module, typeof require, typeof process].join()",
            json!("undefined,undefined,undefined"),
        ),
    ]);
}

#[test]
fn exports_that_are_no_functions_and_inherited_names_are_no_methods() {
    in_both_worlds(|world| {
        let source = "export const value = 1, object = {}\nexport function toString() { return 'mine' }\nexport const then = () => 1";
        world.upload(ID, source, None).value();
        for name in [
            "value",
            "object",
            "constructor",
            "valueOf",
            "hasOwnProperty",
        ] {
            refused(world, "E_UNKNOWN_METHOD", "has no method", |world| {
                world.call("bob.near", ID, name, Value::Null)
            });
        }
        assert_eq!(
            world.call("bob.near", ID, "toString", Value::Null).value(),
            json!("mine")
        );
        assert_eq!(
            world.call("bob.near", ID, "then", Value::Null).value(),
            json!(1)
        );
    });
}

#[test]
fn a_source_has_at_most_262144_bytes() {
    in_both_worlds(|world| {
        let source = "export const run = () => 1".to_owned();
        let padded = |bytes: usize| format!("{source}{}", " ".repeat(bytes - source.len()));
        refused(world, "E_TOO_LARGE", "at most 262144", |world| {
            world.upload(ID, &padded(262_145), None)
        });
        world.upload(ID, &padded(262_144), None).value();
    });
}

#[test]
fn a_dynamic_import_loads_nothing() {
    in_both_worlds(|world| {
        let source = "export const run = () => import('conclave').then(() => 'loaded')";
        world.upload(ID, source, None).value();
        let ended = world.call("bob.near", ID, "run", Value::Null).failure();
        assert_eq!(
            (ended.code.as_str(), ended.name.as_str()),
            ("E_THROW", "TypeError")
        );
        assert!(ended.message.contains("import at its top"), "{ended:?}");
    });
}
