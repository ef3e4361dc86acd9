//! A subcontract's code: its source, checked, and the function into which it is turned.
//!
//! A module can't be entered twice, but a function can: so the source is wrapped into a function
//! whose call makes a fresh instance. `import` and `export` are cut out by place, which keeps
//! every line where it was; the source's own parse as a module says what is imported and
//! exported, and the tree of the wrapped text proves that it is one function and nothing else
//! (invariant 12: what runs was made by the enclave).

mod lists;
pub(crate) mod record;

use crate::nesting::NESTING_MAX;
use crate::scan::{self, Cut, ScanError};
use boa_engine::Source;
use boa_engine::ast::declaration::{ExportEntry, ImportName};
use boa_engine::ast::operations::{ContainsSymbol, contains};
use boa_engine::ast::scope::Scope;
use boa_engine::ast::{Module, ModuleItem};
use boa_engine::interner::{Interner, Sym};
use boa_engine::parser::{Error as ParseError, Parser};
use conclave_abi::error::{ErrorCode, Failure};
use std::fmt::Write as _;

/// Most bytes of a source. Reason: to parse and compile a byte costs 4 to 7 Ggas, and an upload has
/// 1,000 Tgas.
pub const SOURCE_BYTES_MAX: usize = 131_072;
/// Names that `conclave` exports.
const IMPORTS: [&str; 11] = [
    "near",
    "storage",
    "contract",
    "call",
    "view",
    "after",
    "CallError",
    "PersistentMap",
    "PersistentSet",
    "PersistentSortedMap",
    "PersistentVector",
];
/// The wrapper's parameter: what `conclave` exports. Odd, because a source that declares the same name
/// at its top level is refused.
const PARAMETER: &str = "$_";
/// The wrapper's other parameter: the place of the method that is asked for among the names.
const METHOD: &str = "$_m";
/// Lines before the source's first in the wrapped text.
pub(crate) const HEADER_LINES: usize = 1;

/// A checked source, and what is needed to wrap it without parsing it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// sha256 of the source: what tells programs apart.
    pub hash: [u8; 32],
    /// The source as it was uploaded.
    pub source: String,
    /// Statements to cut, in order.
    cuts: Vec<Cut>,
    /// `(exported name, local name)`, sorted; names that begin with `_` are left out.
    exports: Vec<(String, String)>,
    /// What the wrapper binds at its head, e.g. `near,storage:s`.
    bindings: String,
    /// Methods that may be entered while the subcontract runs further out, sorted.
    pub(crate) reentrant: Vec<String>,
    /// Methods for whose storage the subcontract pays, sorted.
    pub(crate) sponsored: Vec<String>,
}

impl Program {
    /// Checks a source. `hash` is its sha256. That it can't break out of the function into which it
    /// is turned is proved by [`Guest::compile`](crate::port::Guest::compile).
    ///
    /// # Errors
    /// `E_SYNTAX` or `E_SOURCE` with line and column, `E_TOO_DEEP`, `E_TOO_LARGE`.
    pub fn new(source: &str, hash: [u8; 32]) -> Result<Self, Failure> {
        if source.len() > SOURCE_BYTES_MAX {
            let got = source.len();
            return Err(Failure::new(
                ErrorCode::TooLarge,
                format!("the source has {got} bytes, at most {SOURCE_BYTES_MAX} are allowed"),
            ));
        }
        let cuts = scan::scan(source).map_err(|error| refuse_scan(source, error))?;
        let mut interner = Interner::default();
        // Boa takes `export { a }` at the very end of a source only with its semicolon.
        let ended = format!("{source}\n;");
        let module = Parser::new(Source::from_bytes(&ended))
            .parse_module(&Scope::new_global(), &mut interner)
            .map_err(|error| Failure::new(ErrorCode::Syntax, said(&error, source)))?;
        let names = |sym: Sym| {
            interner
                .resolve_expect(sym)
                .join(str::to_owned, String::from_utf16_lossy, true)
        };
        check_module(&module, cuts.len(), &names)?;
        let mut exports = exports(&module, &names);
        Ok(Self {
            hash,
            source: source.to_owned(),
            cuts,
            reentrant: lists::take("reentrant", &module, &names, &mut exports)?,
            sponsored: lists::take("sponsored", &module, &names, &mut exports)?,
            exports,
            bindings: bindings(&module, &names)?,
        })
    }

    /// Names that can be called, sorted.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.exports.iter().map(|(name, _)| name.as_str())
    }

    /// The text of the function whose call makes an instance and returns one of its exports.
    pub(crate) fn wrapped(&self) -> String {
        let mut text = String::with_capacity(self.source.len() + 256);
        // Strict mode is the context's (realm.rs).
        let _ = write!(text, "(function({PARAMETER},{METHOD}){{");
        if !self.bindings.is_empty() {
            let _ = write!(text, "const{{{}}}={PARAMETER};", self.bindings);
        }
        text.push('\n');
        let mut from = 0;
        for cut in &self.cuts {
            text.push_str(&self.source[from..cut.start]);
            // A semicolon ends what stands before, as the cut statement did; blanks and line
            // breaks keep every place.
            text.push(';');
            let blank = self.source[cut.start + 1..cut.end].chars();
            text.extend(blank.map(|char| if char == '\n' { '\n' } else { ' ' }));
            from = cut.end;
        }
        text.push_str(&self.source[from..]);
        text.push_str("\n;return ");
        choose(&mut text, &self.exports, 0);
        text.push_str("})");
        text
    }
}

/// Chooses one of the exports by its place. Reason: an instance runs one method, an object of all of them
/// would cost a property each; names would be compared one after the other.
fn choose(text: &mut String, exports: &[(String, String)], first: usize) {
    match exports {
        [] => text.push_str("void 0"),
        [(_, local)] => text.push_str(local),
        _ => {
            let (low, high) = exports.split_at(exports.len() / 2);
            let middle = first + low.len();
            let _ = write!(text, "{METHOD}<{middle}?");
            choose(text, low, first);
            text.push(':');
            choose(text, high, middle);
        }
    }
}

fn refused(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::Source, message)
}

/// The parser's words, with a place where it gives none.
fn said(error: &ParseError, source: &str) -> String {
    match error {
        ParseError::AbruptEnd => {
            format!("the source ends too early {}", place(source, source.len()))
        }
        // The parser tells no place for a template or a comment that does not end.
        error if !error.to_string().contains(" line ") => {
            format!("{error}; the source ends {}", place(source, source.len()))
        }
        error => error.to_string(),
    }
}

/// Line and column of a byte.
fn place(source: &str, at: usize) -> String {
    let before = &source.as_bytes()[..at.min(source.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count()
        + 1;
    format!("at line {line}, col {column}")
}

fn refuse_scan(source: &str, error: ScanError) -> Failure {
    let place = |at| place(source, at);
    match error {
        ScanError::Nesting { at } => Failure::new(
            ErrorCode::TooDeep,
            format!(
                "brackets nest deeper than {} {}; split it",
                NESTING_MAX,
                place(at)
            ),
        ),
        ScanError::Weight { at } => Failure::new(
            ErrorCode::TooDeep,
            format!(
                "brackets and operators nest too deep, or an expression is too long, {}; split it",
                place(at)
            ),
        ),
        ScanError::Unclosed { at } => Failure::new(
            ErrorCode::Syntax,
            format!("a string does not end on its line, {}", place(at)),
        ),
        ScanError::Form { at, advice } => refused(format!("{advice}, {}", place(at))),
    }
}

/// What a module may not have, and that the scan saw the same statements as the parser.
fn check_module(
    module: &Module,
    cuts: usize,
    names: &impl Fn(Sym) -> String,
) -> Result<(), Failure> {
    for request in module.items().requests() {
        let name = names(request);
        if name != "conclave" {
            return Err(refused(format!(
                "there is no module `{name}` here, only 'conclave'"
            )));
        }
    }
    if contains(module, ContainsSymbol::AwaitExpression) {
        return Err(refused(
            "await stands outside of any function; move it into an async method",
        ));
    }
    let is_own = |item: &&ModuleItem| !matches!(item, ModuleItem::StatementListItem(_));
    let expected = module.items().items().iter().filter(is_own).count();
    if expected != cuts {
        return Err(refused(format!(
            "{expected} import and export statements were parsed, but {cuts} found; write each on a line of its own"
        )));
    }
    Ok(())
}

/// What can be called: exports that do not begin with `_`.
fn exports(module: &Module, names: &impl Fn(Sym) -> String) -> Vec<(String, String)> {
    let entries = module.items().export_entries().into_iter();
    let mut exports: Vec<_> = entries
        .filter_map(|entry| match entry {
            ExportEntry::Ordinary(entry) => {
                Some((names(entry.export_name()), names(entry.local_name())))
            }
            _ => None,
        })
        .filter(|(name, _)| !name.starts_with('_') && is_identifier(name))
        .collect();
    exports.sort();
    exports
}

/// Names a caller can write; `export {a as 'x y'}` gives none.
fn is_identifier(name: &str) -> bool {
    name.chars()
        .all(|char| char.is_alphanumeric() || char == '_' || char == '$')
        && !name.starts_with(|char: char| char.is_ascii_digit())
}

/// The pattern that binds the imports to the wrapper's parameter.
fn bindings(module: &Module, names: &impl Fn(Sym) -> String) -> Result<String, Failure> {
    let mut pattern = String::new();
    for entry in module.items().import_entries() {
        let local = names(entry.local_name().sym());
        match entry.import_name() {
            ImportName::Namespace => {
                let _ = write!(pattern, "...{local}");
            }
            ImportName::Name(name) => {
                let name = names(name);
                if !IMPORTS.contains(&name.as_str()) {
                    return Err(refused(format!(
                        "'conclave' exports {}, but no `{name}`",
                        IMPORTS.join(", ")
                    )));
                }
                pattern.push_str(&name);
                if name != local {
                    let _ = write!(pattern, ":{local}");
                }
                pattern.push(',');
            }
        }
    }
    Ok(pattern)
}
