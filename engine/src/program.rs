//! A subcontract's code: its source, checked, and the function into which it is turned.
//!
//! A module can't be entered twice, but a function can: so the module's statements become the body of
//! a function whose call makes a fresh instance. The source is parsed once, as a module by itself: its
//! tree says what is imported and exported, and no text of it stands beside a text of ours, so that
//! nothing can close the function early (invariant 12: what runs was made by the enclave).

mod function;
mod lists;
pub(crate) mod record;

use crate::nesting::NESTING_MAX;
use crate::scan::{self, ScanError};
use boa_engine::Source;
use boa_engine::ast::declaration::{ExportEntry, ImportName};
use boa_engine::ast::operations::{ContainsSymbol, contains};
use boa_engine::ast::{Module, ModuleItem, Script, SourceText};
use boa_engine::interner::{Interner, Sym};
use boa_engine::parser::{Error as ParseError, Parser};
use conclave_abi::error::{ErrorCode, Failure};
use std::fmt::Write as _;

/// Most bytes of a source. Reason: to parse and compile a byte costs 1.5 to 5 Ggas, and an upload has
/// 1,000 Tgas.
pub const SOURCE_BYTES_MAX: usize = 262_144;
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

/// A checked source, and who may call what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// sha256 of the source: what tells programs apart.
    pub hash: [u8; 32],
    /// The source as it was uploaded.
    pub source: String,
    /// Names that can be called, sorted.
    methods: Vec<String>,
    /// Methods that may be entered while the subcontract runs further out, sorted.
    pub(crate) reentrant: Vec<String>,
    /// Methods for whose storage the subcontract pays, sorted.
    pub(crate) sponsored: Vec<String>,
}

/// What a source was parsed to: a script that is one function and nothing else, whose scopes nobody
/// has looked at yet.
pub(crate) struct Tree {
    pub(crate) script: Script,
    /// The text to which places in the script belong.
    pub(crate) text: SourceText,
}

impl Program {
    /// Checks a source. `hash` is its sha256.
    ///
    /// # Errors
    /// `E_SYNTAX` or `E_SOURCE` with line and column, `E_TOO_DEEP`, `E_TOO_LARGE`.
    pub fn new(source: &str, hash: [u8; 32]) -> Result<Self, Failure> {
        let (program, _) = Self::parsed(source, hash, 0, &mut Interner::default())?;
        Ok(program)
    }

    /// The same, with what is compiled of it. `templates` tells its tagged templates from those of
    /// other sources.
    pub(crate) fn parsed(
        source: &str,
        hash: [u8; 32],
        templates: u32,
        interner: &mut Interner,
    ) -> Result<(Self, Tree), Failure> {
        if source.len() > SOURCE_BYTES_MAX {
            let got = source.len();
            return Err(Failure::new(
                ErrorCode::TooLarge,
                format!("the source has {got} bytes, at most {SOURCE_BYTES_MAX} are allowed"),
            ));
        }
        let cuts = scan::scan(source).map_err(|error| refuse_scan(source, error))?;
        // Boa takes `export { a }` at the very end of a source only with its semicolon.
        let ended = format!("{source}\n;");
        let mut parser = Parser::new(Source::from_bytes(&ended));
        parser.set_identifier(templates);
        let (module, text) = parser
            .parse_module_tree(interner)
            .map_err(|error| Failure::new(ErrorCode::Syntax, said(&error, source)))?;
        let names = |sym: Sym| name(interner, sym);
        check_module(&module, cuts.len(), &names)?;
        let mut exports = exports(&module, &names);
        let reentrant = lists::take("reentrant", &module, &names, &mut exports)?;
        let sponsored = lists::take("sponsored", &module, &names, &mut exports)?;
        lists::lock(&module, &names, &mut exports)?;
        let bindings = bindings(&module, &names)?;
        let script = function::script(module, &bindings, &exports, interner)?;
        let program = Self {
            hash,
            source: source.to_owned(),
            methods: exports.into_iter().map(|(name, _)| name).collect(),
            reentrant,
            sponsored,
        };
        Ok((program, Tree { script, text }))
    }

    /// Whether its methods may wait for the outside. A source without the words `async` and `lockable` has
    /// no async function and no section; one that has them elsewhere pays a little for each thing that
    /// it asks the host.
    pub(crate) fn may_wait(&self) -> bool {
        let mut words = ["async", lists::LOCKABLE].iter();
        words.any(|word| self.source.contains(word))
    }

    /// Names that can be called, sorted.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(String::as_str)
    }
}

/// A name as it is written.
fn name(interner: &Interner, sym: Sym) -> String {
    interner
        .resolve_expect(sym)
        .join(str::to_owned, String::from_utf16_lossy, true)
}

fn refused(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::Source, message)
}

/// The parser's words, with a place where it gives none.
fn said(error: &ParseError, source: &str) -> String {
    let end = || place(source, source.len());
    if error.is_abrupt_end() {
        return format!("the source ends too early {}", end());
    }
    let said = error.to_string();
    // The parser tells no place for a template or a comment that does not end.
    if said.contains(" line ") {
        said
    } else {
        format!("{said}; the source ends {}", end())
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
    let items = module.items().items();
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
    let has_attributes = |item: &ModuleItem| match item {
        ModuleItem::ImportDeclaration(import) => !import.attributes().is_empty(),
        _ => false,
    };
    if items.iter().any(has_attributes) {
        return Err(refused("an import of 'conclave' has no `with`"));
    }
    let is_own = |item: &&ModuleItem| !matches!(item, ModuleItem::StatementListItem(_));
    let expected = items.iter().filter(is_own).count();
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

/// The pattern that binds the imports to the function's parameter.
fn bindings(module: &Module, names: &impl Fn(Sym) -> String) -> Result<Vec<String>, Failure> {
    let mut named = String::new();
    let mut patterns = Vec::new();
    for entry in module.items().import_entries() {
        let local = names(entry.local_name().sym());
        match entry.import_name() {
            ImportName::Namespace => patterns.push(format!("...{local}")),
            ImportName::Name(name) => {
                let name = names(name);
                if !IMPORTS.contains(&name.as_str()) {
                    return Err(refused(format!(
                        "'conclave' exports {}, but no `{name}`",
                        IMPORTS.join(", ")
                    )));
                }
                let _ = write!(named, "{name}:{local},");
            }
        }
    }
    if !named.is_empty() {
        patterns.push(named);
    }
    Ok(patterns)
}
