//! `export const reentrant = ['onFlash']` and its like, and `export const lockable = { swap: … }`: which
//! methods are meant, read at upload.
//!
//! They are read from the syntax tree and run no code, so that what is allowed is what is written.
//! Anything but a literal with names of exported methods is refused: a list that is computed could
//! promise less than it gives.

use super::function::PARAMETER;
use super::refused;
use boa_engine::ast::declaration::{
    Binding, Declaration, ExportDeclaration, LexicalDeclaration, Variable,
};
use boa_engine::ast::expression::Expression;
use boa_engine::ast::expression::literal::{LiteralKind, PropertyDefinition};
use boa_engine::ast::{Module, ModuleItem, StatementListItem};
use boa_engine::interner::Sym;
use conclave_abi::error::Failure;

/// The table of methods that run in sections.
pub(super) const LOCKABLE: &str = "lockable";

/// Takes a list out of the exports: it is no method. Gives its names, sorted, each once.
pub(super) fn take(
    list: &str,
    module: &Module,
    names: &impl Fn(Sym) -> String,
    exports: &mut Vec<(String, String)>,
) -> Result<Vec<String>, Failure> {
    let Some((listed, _)) = listed(list, module, exports, names, &texts) else {
        return Ok(Vec::new());
    };
    let form = format!("a const array of names, written out: `export const {list} = ['method']`");
    let mut listed = checked(list, listed, &form, exports)?;
    listed.sort();
    listed.dedup();
    Ok(listed)
}

/// Takes the table `lockable` out of the exports, and puts a section around each method that is named in
/// it, with the locks that stand there.
pub(super) fn lock(
    module: &Module,
    names: &impl Fn(Sym) -> String,
    exports: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    let Some((listed, table)) = listed(LOCKABLE, module, exports, names, &properties) else {
        return Ok(());
    };
    let form = format!(
        "a const object of locks by method, written out: `export const {LOCKABLE} = {{ method: \
         [['w', 'key']] }}`"
    );
    let mut listed = checked(LOCKABLE, listed, &form, exports)?;
    if let Some(name) = listed
        .iter()
        .find(|name| matches!(name.as_str(), "init" | "migrate"))
    {
        return Err(refused(format!(
            "`{name}` can't be {LOCKABLE}: it does not wait"
        )));
    }
    // Of a name that stands there twice the last counts, as in any object.
    listed.sort();
    listed.dedup();
    for method in listed {
        for (name, local) in exports.iter_mut().filter(|(name, _)| *name == method) {
            *local = format!("{PARAMETER}.near.lockable({table}.{name},{local})");
        }
    }
    Ok(())
}

/// What is listed where there is such an export, if it can be read, and the list's own local name; the
/// export is taken out.
fn listed<N: Fn(Sym) -> String>(
    list: &str,
    module: &Module,
    exports: &mut Vec<(String, String)>,
    names: &N,
    read: &dyn Fn(&Expression, &N) -> Option<Vec<String>>,
) -> Option<(Option<Vec<String>>, String)> {
    let at = exports.iter().position(|(name, _)| name == list)?;
    let (_, local) = exports.remove(at);
    let value = initialiser(module, names, &local);
    Some((value.and_then(|value| read(value, names)), local))
}

/// Refuses a list that could not be read, and names of what is no method.
fn checked(
    list: &str,
    listed: Option<Vec<String>>,
    form: &str,
    exports: &[(String, String)],
) -> Result<Vec<String>, Failure> {
    let listed = listed.ok_or_else(|| refused(format!("the export `{list}` must be {form}")))?;
    let is_method = |name: &String| exports.iter().any(|(method, _)| method == name);
    if let Some(stranger) = listed.iter().find(|name| !is_method(name)) {
        let methods: Vec<_> = exports.iter().map(|(name, _)| name.as_str()).collect();
        return Err(refused(format!(
            "`{list}` names `{stranger}`, which is no exported method; there are: {}",
            methods.join(", ")
        )));
    }
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

/// The names of an object literal that has nothing computed or spread.
fn properties(value: &Expression, names: &impl Fn(Sym) -> String) -> Option<Vec<String>> {
    let Expression::ObjectLiteral(object) = value else {
        return None;
    };
    let name = |property: &PropertyDefinition| match property {
        PropertyDefinition::IdentifierReference(name) => Some(names(name.sym())),
        PropertyDefinition::Property(name, _) => Some(names(name.literal()?.sym())),
        PropertyDefinition::MethodDefinition(method) => Some(names(method.name().literal()?.sym())),
        _ => None,
    };
    object.properties().iter().map(name).collect()
}
