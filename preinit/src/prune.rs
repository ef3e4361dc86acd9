//! Replaces functions whose work nobody needs, so that their code can be dropped.
//!
//! In: a module with names, and patterns. Out: the module with the bodies of the matching functions
//! replaced. A linker keeps what a table holds, although the enclave has closed every way to it: the
//! parser of `eval` stays, for one, behind a hook that always refuses. Such functions trap: should one
//! be reached all the same, the receipt fails and nothing else. Others give back memory that lives no
//! longer than the execution anyway; they return. Each group is a pattern with its reason
//! (`xtask/src/contract.rs`); one that matches nothing is an error, so that a new engine fails loudly.

use thiserror::Error;
use wasm_encoder::{CodeSection, Function, Instruction, Module, RawSection};
use wasmparser::{BinaryReader, Name, NameSectionReader, Parser, Payload, TypeRef};

/// What stands in the place of a function's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    /// A trap: nothing reaches it.
    Trap,
    /// Nothing: it returns at once, and has no results.
    Nothing,
}

/// Why functions could not be pruned.
#[derive(Debug, Error)]
pub(crate) enum PruneError {
    /// The module can't be read.
    #[error("the module can't be read: {0}")]
    Invalid(#[from] wasmparser::BinaryReaderError),
    /// A pattern names nothing.
    #[error("no function matches {pattern:?}; has the engine changed?")]
    Unmatched {
        /// The pattern.
        pattern: String,
    },
    /// A function that returns at once would have to say what.
    #[error("{name:?} has a result, so it can't do nothing")]
    Result {
        /// The function.
        name: String,
    },
}

/// The module with every function replaced whose demangled name matches a pattern.
///
/// A pattern is one or more parts joined by ` & `: the name has each of them, and none that begins with `!`.
///
/// # Errors
/// [`PruneError`] when the module is invalid, a pattern matches no function, or one with a result is to do nothing.
pub(crate) fn pruned(
    module: &[u8],
    patterns: &[String],
    instead: Instead,
) -> Result<Vec<u8>, PruneError> {
    let doomed = doomed(module, patterns, instead)?;
    let mut out = Module::new();
    let mut code = CodeSection::new();
    let mut index = imported_functions(module)?;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::CodeSectionEntry(body) = &payload {
            if doomed.contains(&index) {
                code.function(&instead.body());
            } else {
                code.raw(&module[body.range()]);
            }
            index += 1;
            continue;
        }
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        if id == wasm_encoder::SectionId::Code as u8 {
            continue;
        }
        // The data follow the code: once they come, the code is whole.
        if !code.is_empty() {
            out.section(&code);
            code = CodeSection::new();
        }
        out.section(&RawSection {
            id,
            data: &module[range],
        });
    }
    if !code.is_empty() {
        out.section(&code);
    }
    Ok(out.finish())
}

impl Instead {
    fn body(self) -> Function {
        let mut body = Function::new([]);
        if self == Self::Trap {
            body.instruction(&Instruction::Unreachable);
        }
        body.instruction(&Instruction::End);
        body
    }
}

/// Indices of the functions that match, in order.
fn doomed(module: &[u8], patterns: &[String], instead: Instead) -> Result<Vec<u32>, PruneError> {
    let names = function_names(module)?;
    let with_results = match instead {
        Instead::Trap => Vec::new(),
        Instead::Nothing => functions_with_results(module)?,
    };
    let mut doomed = Vec::new();
    for pattern in patterns {
        let before = doomed.len();
        for (index, name) in names.iter().filter(|(_, name)| is_match(name, pattern)) {
            if with_results.binary_search(index).is_ok() {
                return Err(PruneError::Result { name: name.clone() });
            }
            doomed.push(*index);
        }
        if doomed.len() == before {
            return Err(PruneError::Unmatched {
                pattern: pattern.clone(),
            });
        }
    }
    doomed.sort_unstable();
    Ok(doomed)
}

fn is_match(name: &str, pattern: &str) -> bool {
    pattern.split(" & ").all(|part| {
        part.strip_prefix('!').map_or_else(
            || name.contains(part),
            |forbidden| !name.contains(forbidden),
        )
    })
}

/// Indices of the module's own functions that give results, in order.
fn functions_with_results(module: &[u8]) -> Result<Vec<u32>, PruneError> {
    let (mut has_results, mut found) = (Vec::new(), Vec::new());
    let mut index = imported_functions(module)?;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(types) => {
                for kind in types.into_iter_err_on_gc_types() {
                    has_results.push(!kind?.results().is_empty());
                }
            }
            Payload::FunctionSection(types) => {
                for kind in types {
                    if has_results.get(kind? as usize) == Some(&true) {
                        found.push(index);
                    }
                    index += 1;
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Demangled names of functions, by index.
fn function_names(module: &[u8]) -> Result<Vec<(u32, String)>, PruneError> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CustomSection(section) = payload? else {
            continue;
        };
        if section.name() != "name" {
            continue;
        }
        let reader = BinaryReader::new(section.data(), section.data_offset());
        for name in NameSectionReader::new(reader) {
            let Name::Function(functions) = name? else {
                continue;
            };
            for naming in functions {
                let naming = naming?;
                // The alternate form leaves out the hashes of crates.
                let name = format!("{:#}", rustc_demangle::demangle(naming.name));
                names.push((naming.index, name));
            }
        }
    }
    Ok(names)
}

fn imported_functions(module: &[u8]) -> Result<u32, PruneError> {
    let mut count = 0;
    for payload in Parser::new(0).parse_all(module) {
        let Payload::ImportSection(imports) = payload? else {
            continue;
        };
        for import in imports.into_imports() {
            count += u32::from(matches!(import?.ty, TypeRef::Func(_)));
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::{Instead, PruneError, pruned};

    const TWO: &str = r#"(module
        (import "env" "input" (func $input (param i64)))
        (func $eval_parser (result i32) (i32.const 1))
        (func $kept (export "kept") (result i32) (i32.const 2))
        (memory 1) (data (i32.const 0) "x"))"#;

    #[test]
    fn a_matching_function_traps_and_the_others_stay() {
        let module = wat::parse_str(TWO).unwrap();
        let out = pruned(&module, &["eval & parser".to_owned()], Instead::Trap).unwrap();
        wasmparser::validate(&out).unwrap();
        assert!(
            out.windows(3).any(|bytes| bytes == [0x03, 0x00, 0x00]),
            "a body of unreachable"
        );
        assert!(
            out.windows(2).any(|bytes| bytes == [0x41, 0x02]),
            "the kept constant"
        );
        assert!(
            !out.windows(2).any(|bytes| bytes == [0x41, 0x01]),
            "the dropped constant"
        );
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_an_error() {
        let module = wat::parse_str(TWO).unwrap();
        for pattern in ["eval & lexer", "eval & !parser"] {
            let error = pruned(&module, &[pattern.to_owned()], Instead::Trap).unwrap_err();
            assert!(matches!(error, PruneError::Unmatched { .. }), "{pattern}");
        }
    }

    #[test]
    fn a_function_that_does_nothing_keeps_its_place() {
        let module = r#"(module
            (func $drop_tree (param i32) (drop (i32.const 77)))
            (func $drop_path (param i32) (drop (i32.const 78))) (memory 1))"#;
        let module = wat::parse_str(module).unwrap();
        let patterns = ["drop_ & !path".to_owned()];
        let out = pruned(&module, &patterns, Instead::Nothing).unwrap();
        wasmparser::validate(&out).unwrap();
        let has = |constant: u8| {
            let code = [0x41, constant | 0x80, 0x00];
            out.windows(3).any(|bytes| bytes == code)
        };
        assert!(!has(77) && has(78));
    }

    #[test]
    fn a_function_with_a_result_does_not_do_nothing() {
        let module = wat::parse_str(TWO).unwrap();
        let error = pruned(&module, &["eval".to_owned()], Instead::Nothing).unwrap_err();
        assert!(matches!(error, PruneError::Result { name } if name == "eval_parser"));
    }
}
