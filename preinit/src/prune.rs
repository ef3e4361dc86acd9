//! Replaces functions that nothing can reach by `unreachable`, so that their code can be dropped.
//!
//! In: a module with names, and patterns. Out: the module with the bodies of the matching functions
//! replaced. A linker keeps what a table holds, although the enclave has closed every way to it: the
//! parser of `eval` stays, for one, behind a hook that always refuses. Each such group is a pattern
//! with its reason (`xtask/src/contract.rs`); a pattern that matches nothing is an error, so that a
//! new engine fails loudly. Should one be reached all the same, the receipt fails and nothing else.

use thiserror::Error;
use wasm_encoder::{CodeSection, Function, Instruction, Module, RawSection};
use wasmparser::{BinaryReader, Name, NameSectionReader, Parser, Payload, TypeRef};

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
}

/// The module with every function replaced whose demangled name has all parts of a pattern.
///
/// A pattern is one or more parts joined by ` & `.
///
/// # Errors
/// [`PruneError`] when the module is invalid or a pattern matches no function.
pub(crate) fn pruned(module: &[u8], patterns: &[String]) -> Result<Vec<u8>, PruneError> {
    let doomed = doomed(module, patterns)?;
    let mut out = Module::new();
    let mut code = CodeSection::new();
    let mut index = imported_functions(module)?;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::CodeSectionEntry(body) = &payload {
            if doomed.contains(&index) {
                let mut trap = Function::new([]);
                trap.instruction(&Instruction::Unreachable);
                trap.instruction(&Instruction::End);
                code.function(&trap);
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

/// Indices of the functions that match, in order.
fn doomed(module: &[u8], patterns: &[String]) -> Result<Vec<u32>, PruneError> {
    let names = function_names(module)?;
    let mut doomed = Vec::new();
    for pattern in patterns {
        let parts: Vec<&str> = pattern.split(" & ").collect();
        let before = doomed.len();
        let is_match = |name: &str| parts.iter().all(|part| name.contains(part));
        doomed.extend(
            names
                .iter()
                .filter(|(_, name)| is_match(name))
                .map(|(index, _)| *index),
        );
        if doomed.len() == before {
            return Err(PruneError::Unmatched {
                pattern: pattern.clone(),
            });
        }
    }
    doomed.sort_unstable();
    Ok(doomed)
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
    use super::{PruneError, pruned};

    const TWO: &str = r#"(module
        (import "env" "input" (func $input (param i64)))
        (func $eval_parser (result i32) (i32.const 1))
        (func $kept (export "kept") (result i32) (i32.const 2))
        (memory 1) (data (i32.const 0) "x"))"#;

    #[test]
    fn a_matching_function_traps_and_the_others_stay() {
        let module = wat::parse_str(TWO).unwrap();
        let out = pruned(&module, &["eval & parser".to_owned()]).unwrap();
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
        let error = pruned(&module, &["eval & lexer".to_owned()]).unwrap_err();
        assert!(matches!(error, PruneError::Unmatched { .. }));
    }
}
