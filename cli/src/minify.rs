//! The source of a subcontract, made smaller before it is uploaded (docs/adr/0076).
//!
//! An ES module goes in; out comes one with the same methods and the same results: comments, blanks,
//! branches that are never taken and what nobody uses are gone, and local names are short. Names of
//! methods, functions and classes stay, because a program can read them. What the enclave reads from a
//! source it finds as before (`exports`). It knows neither chain nor enclave.

mod exports;
mod readable;

use std::collections::BTreeSet;

use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{
    CompressOptions, MangleOptions, MangleOptionsKeepNames, Minifier, MinifierOptions,
};
use oxc_parser::{Parser, ParserReturn};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

use readable::readable;

/// Stack of the thread that minifies, in bytes. Reason: parser and minifier recurse for every bracket, and
/// whoever nests too deep shall hear it from the enclave. Only what is used is taken.
const STACK_BYTES: usize = 1 << 31;

/// Bytes of a source that is looked at, several times what the enclave takes. Reason: each may be a bracket,
/// and what the stack has for one is more than parser and minifier use.
const SOURCE_BYTES_MAX: usize = 1 << 20;

/// Names that the enclave's wrapper around a source declares (engine/src/program.rs).
const RESERVED: [&str; 2] = ["$_", "$_m"];

/// Which exports stay methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// All that can be called: those that don't begin with `_`.
    All,
    /// Only these; the lists of the enclave (`reentrant`, `sponsored`) stay, without the names that went.
    Only(BTreeSet<String>),
}

/// Why a source can't be made smaller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MinifyError {
    /// It is not an ES module.
    #[error("{message} at line {line}, col {column}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// The line, from 1.
        line: usize,
        /// The character in it, from 1.
        column: usize,
    },
    /// What shall stay is not exported.
    #[error("the source exports no method `{name}`; there are: {}", methods.join(", "))]
    NotExported {
        /// The name asked for.
        name: String,
        /// What is exported.
        methods: Vec<String>,
    },
    /// It is far too long.
    #[error(
        "the source has {bytes} bytes; at most {SOURCE_BYTES_MAX} are looked at to make it smaller"
    )]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// A defect of the minifier.
    #[error("the minifier failed")]
    Failed,
}

/// Makes a source smaller. What comes out, put in again, comes out as it is.
///
/// # Errors
/// [`MinifyError`], when it is not an ES module or does not export what shall stay.
pub fn minify(source: &str, keep: &Keep) -> Result<String, MinifyError> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(MinifyError::TooLong {
            bytes: source.len(),
        });
    }
    let work = || {
        let allocator = Allocator::default();
        let parsed = parse(&allocator, source)?;
        let trimmed = exports::trim(source, &parsed, keep)?;
        Ok(trimmed.head + &compress(&trimmed.body, &trimmed.declared)?)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let spawned = thread.spawn_scoped(scope, work);
        let joined = spawned.map_err(|_| MinifyError::Failed)?.join();
        joined.unwrap_or(Err(MinifyError::Failed))
    })
}

fn parse<'a>(allocator: &'a Allocator, source: &'a str) -> Result<ParserReturn<'a>, MinifyError> {
    let parsed = Parser::new(allocator, source, SourceType::mjs()).parse();
    let checked = SemanticBuilder::new()
        .with_check_syntax_error(true)
        .build(&parsed.program);
    let found = parsed
        .diagnostics
        .errors()
        .chain(checked.diagnostics.errors());
    let mut found = found.map(|error| {
        let at = error
            .labels
            .first()
            .map_or(0, |label| label.offset() as usize);
        syntax(error.message.to_string(), source, at)
    });
    let first = found.next();
    drop(found);
    match first {
        Some(error) => Err(error),
        None if parsed.panicked => Err(syntax("it can't be parsed".to_owned(), source, 0)),
        None => Ok(parsed),
    }
}

fn syntax(message: String, source: &str, at: usize) -> MinifyError {
    let before = source.get(..at).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    MinifyError::Syntax {
        message,
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

fn compress(source: &str, declared: &[String]) -> Result<String, MinifyError> {
    let allocator = Allocator::default();
    let mut program = parse(&allocator, source)?.program;
    let minified = Minifier::new(options(declared)).dce(&allocator, &mut program);
    let code = Codegen::new()
        .with_options(CodegenOptions::minify())
        .with_scoping(minified.scoping)
        .with_private_member_mappings(minified.class_private_mappings)
        .build(&program)
        .code;
    let code = code.trim_end();
    Ok(readable(code, &parse(&allocator, code)?.program))
}

/// What is never reached or used goes; what stays is written as it was, since contracts hold money and a
/// rewritten expression saves little (docs/adr/0076). So nothing is joined with commas either: the enclave
/// weighs how deep an expression lies, and begins anew with a statement.
fn options(declared: &[String]) -> MinifierOptions {
    let declared = declared.iter().map(String::as_str);
    MinifierOptions {
        mangle: Some(MangleOptions {
            keep_names: MangleOptionsKeepNames::all_true(),
            reserved: RESERVED
                .into_iter()
                .chain(declared)
                .map(Into::into)
                .collect(),
            ..MangleOptions::default()
        }),
        mangle_properties: None,
        compress: Some(CompressOptions::dce()),
    }
}
