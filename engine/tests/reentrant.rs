//! `export const reentrant = […]`: which forms are read, and what is said of all others.

use conclave_abi::error::ErrorCode;
use conclave_engine::{Compiled, Program};

/// What a source's methods may be entered again, or why the source is refused.
fn reentrant(source: &str) -> Result<Vec<String>, String> {
    let program = Program::new(source, [0; 32]).map_err(|failure| {
        assert!(failure.is(ErrorCode::Source), "{source}: {failure:?}");
        failure.message.clone()
    })?;
    let program = Compiled::new(&program, &[]);
    assert!(
        program.methods().all(|name| name != "reentrant"),
        "{source}"
    );
    let methods = program.methods().filter(|name| program.is_reentrant(name));
    Ok(methods.map(str::to_owned).collect())
}

#[test]
fn reentrant_is_a_const_array_of_names_written_out() {
    for (source, expect) in [
        ("export const f = 1", vec![]),
        ("export const reentrant = []; export const f = 1", vec![]),
        (
            "export const reentrant = ['f']; export const f = 1",
            vec!["f"],
        ),
        ("export const f = 1, reentrant = [\"f\",], g = 2", vec!["f"]),
        (
            "export const reentrant = ['g', 'f', 'g']; export const f = 1, g = 2",
            vec!["f", "g"],
        ),
        (
            "const reentrant = ['f']; const f = 1; export { reentrant, f }",
            vec!["f"],
        ),
        (
            "const again = ['f']; const f = 1; export { again as reentrant, f }",
            vec!["f"],
        ),
        (
            "export const reentrant = ['\\u0066']; export const f = 1",
            vec!["f"],
        ),
        ("const reentrant = ['f']; export const f = 1", vec![]),
        (
            "export const f = () => { const reentrant = ['f']; return reentrant }",
            vec![],
        ),
    ] {
        let expect: Vec<String> = expect.into_iter().map(str::to_owned).collect();
        assert_eq!(reentrant(source), Ok(expect), "{source}");
    }
}

#[test]
fn sponsored_is_read_in_the_same_way() {
    let source = "export const sponsored = ['f'], reentrant = ['g'], f = 1, g = 2";
    let program = Program::new(source, [0; 32]).expect("a program");
    let read = Program::from_bytes(&program.to_bytes()).expect("its own record");
    let [program, read] = [program, read].map(|program| Compiled::new(&program, &[]));
    assert!(program.is_sponsored("f") && !program.is_sponsored("g"));
    assert!(program.is_reentrant("g") && !program.is_reentrant("f"));
    assert!(read.is_sponsored("f") && !read.is_sponsored("g"));
    let refused = Program::new("export const sponsored = ['h'], f = 1", [0; 32]);
    let message = refused.expect_err("h is no method").message.clone();
    assert!(message.contains("`sponsored` names `h`"), "{message}");
}

#[test]
fn any_other_form_is_refused_with_the_form_to_write() {
    for form in [
        "export let reentrant = ['f']",
        "export var reentrant = ['f']",
        "export function reentrant() {}",
        "export class reentrant {}",
        "export const reentrant = 'f'",
        "export const reentrant = { f: true }",
        "export const reentrant = new Set(['f'])",
        "export const reentrant = Object.freeze(['f'])",
        "export const reentrant = ['f'].concat([])",
        "export const reentrant = (['f'])",
        "export const reentrant = ['f', ...['f']]",
        "export const reentrant = ['f',, 'f']",
        "export const reentrant = [`f`]",
        "export const reentrant = ['' + 'f']",
        "export const reentrant = [f]",
        "export const reentrant = [1]",
        "export const [reentrant] = [['f']]",
        "export const { reentrant } = { reentrant: ['f'] }",
        "const list = ['f']; export const reentrant = list",
        "export { f as reentrant }",
        "import { near } from 'conclave'; export { near as reentrant }",
    ] {
        let source = format!("const f = 1; export {{ f }}\n{form}");
        let message = reentrant(&source).expect_err(form);
        assert!(
            message.contains("`export const reentrant = ['method']`"),
            "{form}: {message}"
        );
    }
}

#[test]
fn the_names_are_those_of_exported_methods() {
    for (list, stranger) in [
        ("['f', 'g']", "g"),
        ("['_f']", "_f"),
        ("['reentrant']", "reentrant"),
        ("['']", ""),
    ] {
        let source = format!("export const f = 1, _f = 2, reentrant = {list}\nfunction g() {{}}\n");
        let message = reentrant(&source).expect_err(list);
        let expect =
            format!("`reentrant` names `{stranger}`, which is no exported method; there are: f");
        assert_eq!(message, expect);
    }
}

#[test]
fn a_table_of_locks_names_methods_and_is_none() {
    let source = "export const lockable = { f: [], g() { return [] }, h }, f = 1\n\
                  export function g() {}\nconst h = []\nexport { g as h }";
    let program = Program::new(source, [0; 32]).expect("a table");
    assert_eq!(program.methods().collect::<Vec<_>>(), ["f", "g", "h"]);
    for (source, said) in [
        (
            "export const lockable = { x: [] }, f = 1",
            "`lockable` names `x`",
        ),
        (
            "export const lockable = { ['f']: [] }, f = 1",
            "written out",
        ),
        (
            "const a = {}\nexport const lockable = { ...a }, f = 1",
            "written out",
        ),
        ("export const lockable = ['f'], f = 1", "written out"),
        (
            "export let lockable = { f: [] }\nexport const f = 1",
            "written out",
        ),
    ] {
        let refused = Program::new(source, [0; 32]).expect_err(source);
        assert!(
            refused.message.contains(said),
            "{source}: {}",
            refused.message
        );
    }
}
