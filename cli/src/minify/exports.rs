//! What of a module's exports stays, as edits of its text.
//!
//! A parsed module and the names to keep go in; its text comes out with `export` taken from the rest,
//! which the minifier can then drop. The lists that the enclave reads from the syntax tree
//! (engine/src/program/lists.rs) are set apart as written: they must stay arrays of names.

use std::collections::BTreeSet;

use oxc_ast::ast::{ArrayExpressionElement, BindingPattern, Declaration, Expression, Statement};
use oxc_parser::ParserReturn;
use oxc_span::{GetSpan, Span};
use oxc_syntax::identifier::is_identifier_name;
use oxc_syntax::module_record::{ExportExportName, ExportLocalName};

use super::{Keep, MinifyError};

/// Lists that the enclave takes from a source; no methods.
const LISTS: [&str; 2] = ["reentrant", "sponsored"];

/// A module's text, ready to be compressed.
pub(super) struct Trimmed {
    /// The lists, which stand before everything else.
    pub(super) head: String,
    /// The names that they declare, which the rest must not take.
    pub(super) declared: Vec<String>,
    /// The rest.
    pub(super) body: String,
}

/// One exported name.
struct Export {
    name: String,
    local: String,
    /// The statement that exports it.
    statement: Span,
    fate: Fate,
}

/// What becomes of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Stays,
    /// It is no longer exported.
    Goes,
    /// It is a list, whose declaration goes to the head.
    Apart(Listed),
}

/// A list as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    /// The statement that declares it.
    statement: Span,
    /// Its names, and where they stand with their quotes.
    names: Vec<(String, Span)>,
}

pub(super) fn trim(
    source: &str,
    parsed: &ParserReturn<'_>,
    keep: &Keep,
) -> Result<Trimmed, MinifyError> {
    let exports = exports(parsed, keep);
    check_kept(&exports, keep)?;
    let mut edits = Edits::default();
    for statement in &parsed.program.body {
        edits.visit(statement, &exports);
    }
    let apart = exports
        .iter()
        .filter_map(|export| head(export, &exports, source));
    let lists = exports
        .iter()
        .filter(|it| matches!(it.fate, Fate::Apart(_)));
    Ok(Trimmed {
        head: apart.collect(),
        declared: lists.map(|it| it.local.clone()).collect(),
        body: edits.apply(source),
    })
}

fn exports(parsed: &ParserReturn<'_>, keep: &Keep) -> Vec<Export> {
    let entries = parsed.module_record.local_export_entries.iter();
    let named = entries.filter_map(|entry| match (&entry.export_name, &entry.local_name) {
        (ExportExportName::Name(name), ExportLocalName::Name(local)) => Some((
            name.name.as_str(),
            local.name.as_str(),
            entry.statement_span,
        )),
        _ => None,
    });
    let named: Vec<_> = named.collect();
    let is_once = |local: &str| named.iter().filter(|it| it.1 == local).count() == 1;
    let list = |local: &str| {
        is_once(local)
            .then(|| listed(&parsed.program.body, local))
            .flatten()
    };
    let export = named.iter().map(|(name, local, statement)| Export {
        name: (*name).to_owned(),
        local: (*local).to_owned(),
        statement: *statement,
        fate: match keep {
            _ if LISTS.contains(name) => list(local).map_or(Fate::Stays, Fate::Apart),
            // The enclave makes no method of these.
            _ if name.starts_with('_') => Fate::Goes,
            Keep::Only(names) if !names.contains(*name) => Fate::Goes,
            _ => Fate::Stays,
        },
    });
    export.collect()
}

fn check_kept(exports: &[Export], keep: &Keep) -> Result<(), MinifyError> {
    let Keep::Only(names) = keep else {
        return Ok(());
    };
    let is_method = |it: &&Export| !it.name.starts_with('_') && !LISTS.contains(&it.name.as_str());
    let methods: BTreeSet<_> = exports
        .iter()
        .filter(is_method)
        .map(|it| &it.name)
        .collect();
    match names.iter().find(|name| !methods.contains(name)) {
        None => Ok(()),
        Some(name) => Err(MinifyError::NotExported {
            name: name.clone(),
            methods: methods.into_iter().cloned().collect(),
        }),
    }
}

/// The names in `const local = ['a', 'b']`, if a statement is that and declares nothing else.
fn listed(body: &[Statement<'_>], local: &str) -> Option<Listed> {
    let declared = body.iter().filter_map(|statement| match statement {
        Statement::VariableDeclaration(declared) => Some((statement.span(), declared)),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(declared) => Some((statement.span(), declared)),
            _ => None,
        },
        _ => None,
    });
    let mut found = declared.filter_map(|(statement, declared)| {
        let [only] = declared.declarations.as_slice() else {
            return None;
        };
        let is_it = declared.kind.is_const()
            && matches!(&only.id, BindingPattern::BindingIdentifier(id) if id.name == local);
        let Some(Expression::ArrayExpression(array)) = only.init.as_ref().filter(|_| is_it) else {
            return None;
        };
        let text = |element: &ArrayExpressionElement<'_>| match element {
            ArrayExpressionElement::StringLiteral(text) => {
                Some((text.value.to_string(), text.span))
            }
            _ => None,
        };
        let names = array.elements.iter().map(text).collect::<Option<_>>()?;
        Some(Listed { statement, names })
    });
    found.next()
}

/// A list as it stands before everything else, without the names of methods that were not to be kept. What
/// was never a method stays in it, for the enclave to refuse.
fn head(export: &Export, exports: &[Export], source: &str) -> Option<String> {
    let (Export { name, local, .. }, Fate::Apart(listed)) = (export, &export.fate) else {
        return None;
    };
    let is_gone = |name: &str| {
        exports
            .iter()
            .any(|it| it.fate == Fate::Goes && !it.name.starts_with('_') && it.name == name)
    };
    let kept = listed.names.iter().filter(|(name, _)| !is_gone(name));
    let texts: Vec<_> = kept.map(|(_, at)| text_at(source, *at)).collect();
    let texts = texts.join(",");
    Some(if name == local {
        format!("export const {name}=[{texts}];")
    } else {
        format!("const {local}=[{texts}];export{{{local} as {name}}};")
    })
}

fn text_at(source: &str, at: Span) -> &str {
    &source[at.start as usize..at.end as usize]
}

/// Places to cut, in order, and what is exported behind all that is left.
#[derive(Default)]
struct Edits {
    cuts: Vec<Span>,
    tail: Vec<String>,
}

impl Edits {
    fn visit(&mut self, statement: &Statement<'_>, exports: &[Export]) {
        let span = statement.span();
        let is_list = |it: &Export| matches!(&it.fate, Fate::Apart(it) if it.statement == span);
        let mut own = exports.iter().filter(|it| it.statement == span);
        match statement {
            _ if exports.iter().any(is_list) => self.cuts.push(span),
            _ if own.all(|it| it.fate == Fate::Stays) => {}
            Statement::ExportDeclaration(export) => {
                let declared = export.declaration.span();
                self.cuts.push(Span::new(span.start, declared.start));
                self.export_later(span, exports);
            }
            Statement::ExportNamedDeclaration(_) => {
                self.cuts.push(span);
                self.export_later(span, exports);
            }
            _ => {}
        }
    }

    /// What stays of a statement is exported at the end.
    fn export_later(&mut self, statement: Span, exports: &[Export]) {
        let is_it = |it: &&Export| it.statement == statement && it.fate == Fate::Stays;
        let text = |it: &Export| match it.name == it.local {
            true => it.name.clone(),
            false if is_identifier_name(&it.name) => format!("{} as {}", it.local, it.name),
            false => format!("{} as {}", it.local, serde_json::json!(it.name)),
        };
        self.tail.extend(exports.iter().filter(is_it).map(text));
    }

    fn apply(&self, source: &str) -> String {
        let (mut text, mut from) = (String::with_capacity(source.len()), 0);
        for cut in &self.cuts {
            text += text_at(source, Span::new(from, cut.start));
            text.push(';');
            from = cut.end;
        }
        text += &source[from as usize..];
        if !self.tail.is_empty() {
            text += &format!("\n;export{{{}}};", self.tail.join(","));
        }
        text
    }
}
