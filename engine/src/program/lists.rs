//! `export const reentrant = ['onFlash']` and its like: lists of methods, read at upload.
//!
//! They are read from the syntax tree and run no code, so that what is allowed is what is written.
//! Anything but an array literal of names of exported methods is refused: a list that is
//! computed could promise less than it gives.

use super::refused;
use boa_engine::ast::declaration::{
    Binding, Declaration, ExportDeclaration, LexicalDeclaration, Variable,
};
use boa_engine::ast::expression::Expression;
use boa_engine::ast::expression::literal::LiteralKind;
use boa_engine::ast::{Module, ModuleItem, StatementListItem};
use boa_engine::interner::Sym;
use conclave_abi::error::Failure;

/// Takes a list out of the exports: it is no method. Gives its names, sorted, each once.
pub(super) fn take(
    list: &str,
    module: &Module,
    names: &impl Fn(Sym) -> String,
    exports: &mut Vec<(String, String)>,
) -> Result<Vec<String>, Failure> {
    let Some(at) = exports.iter().position(|(name, _)| name == list) else {
        return Ok(Vec::new());
    };
    let (_, local) = exports.remove(at);
    let listed = initialiser(module, names, &local).and_then(|value| texts(value, names));
    let mut listed = listed.ok_or_else(|| {
        refused(format!(
            "the export `{list}` must be a const array of names, written out: \
             `export const {list} = ['method']`"
        ))
    })?;
    let is_method = |name: &String| exports.iter().any(|(method, _)| method == name);
    if let Some(stranger) = listed.iter().find(|name| !is_method(name)) {
        let methods: Vec<_> = exports.iter().map(|(name, _)| name.as_str()).collect();
        return Err(refused(format!(
            "`{list}` names `{stranger}`, which is no exported method; there are: {}",
            methods.join(", ")
        )));
    }
    listed.sort();
    listed.dedup();
    Ok(listed)
}

/// What a const of the module's top level is initialised with.
fn initialiser<'a>(
    module: &'a Module,
    names: &impl Fn(Sym) -> String,
    local: &str,
) -> Option<&'a Expression> {
    let lists = module.items().items().iter().filter_map(constants);
    let is_it = |binding: &Binding| match binding {
        Binding::Identifier(identifier) => names(identifier.sym()) == local,
        Binding::Pattern(_) => false,
    };
    lists
        .flatten()
        .find(|variable| is_it(variable.binding()))?
        .init()
}

/// The constants that one item of a module declares.
fn constants(item: &ModuleItem) -> Option<&[Variable]> {
    let declaration = match item {
        ModuleItem::ExportDeclaration(export) => match &**export {
            ExportDeclaration::Declaration(declaration) => declaration,
            _ => return None,
        },
        ModuleItem::StatementListItem(StatementListItem::Declaration(declaration)) => declaration,
        _ => return None,
    };
    match declaration {
        Declaration::Lexical(LexicalDeclaration::Const(list)) => Some(list.as_ref()),
        _ => None,
    }
}

/// The strings of an array literal that has nothing else.
fn texts(value: &Expression, names: &impl Fn(Sym) -> String) -> Option<Vec<String>> {
    let Expression::ArrayLiteral(array) = value else {
        return None;
    };
    let text = |item: &Option<Expression>| match item {
        Some(Expression::Literal(literal)) => match literal.kind() {
            LiteralKind::String(text) => Some(names(*text)),
            _ => None,
        },
        _ => None,
    };
    array.as_ref().iter().map(text).collect()
}
