//! The function whose call makes an instance: a module's own statements, between a head that binds
//! what it imports and an end that chooses one of its exports.
//!
//! In: the tree of a module that was checked. Out: the tree of a script that is this function and
//! nothing else. Head and end are a text of ours with names of the module in it, and never stand
//! beside text of the source.

use super::refused;
use boa_engine::Source;
use boa_engine::ast::declaration::ExportDeclaration;
use boa_engine::ast::expression::Expression;
use boa_engine::ast::function::{FunctionBody, FunctionExpression};
use boa_engine::ast::operations::{lexically_declared_names, var_declared_names};
use boa_engine::ast::{
    Module, ModuleItem, Script, Spanned, Statement, StatementList, StatementListItem,
};
use boa_engine::interner::Interner;
use boa_engine::parser::Parser;
use conclave_abi::error::Failure;
use std::fmt::Write as _;

/// The function's parameter: what `conclave` exports. Odd, because a source that declares the same name
/// at its top level is refused.
pub(super) const PARAMETER: &str = "$_";
/// The function's other parameter: the place of the method that is asked for among the names.
const METHOD: &str = "$_m";

/// The script of a module that binds its imports by these patterns and has these exports,
/// `(name, local name)`.
pub(super) fn script(
    module: Module,
    bindings: &[String],
    exports: &[(String, String)],
    interner: &mut Interner,
) -> Result<Script, Failure> {
    let text = frame(bindings, exports);
    let mut parser = Parser::new(Source::from_bytes(&text));
    parser.set_strict();
    let (frame, _) = parser
        .parse_eval(false, interner)
        .map_err(|error| refused(format!("not possible in a subcontract: {error}")))?;
    let outer = function(&frame).expect("invariant: the frame is one function");
    let (end, head) = outer
        .body()
        .statements()
        .split_last()
        .expect("invariant: the frame ends with its choice");
    let own = module.into_items().into_iter().filter_map(statement);
    let statements: Vec<_> = head
        .iter()
        .cloned()
        .chain(own)
        .chain([end.clone()])
        .collect();
    let places = outer.body().linear_pos_end();
    let body = FunctionBody::new(
        StatementList::new(statements, places, true),
        outer.body().span(),
    );
    let (lexical, variable) = (lexically_declared_names(&body), var_declared_names(&body));
    for parameter in [PARAMETER, METHOD] {
        let sym = interner.get_or_intern(parameter);
        if lexical.contains(&sym) || variable.contains(&sym) {
            let message = format!("not possible in a subcontract: it declares `{parameter}`");
            return Err(refused(message));
        }
    }
    let parameters = outer.parameters().clone();
    let made = FunctionExpression::new(None, parameters, body, None, false, outer.span());
    let made: StatementListItem = Statement::Expression(made.into()).into();
    let end = frame.statements().linear_pos_end();
    Ok(Script::new(StatementList::new([made], end, true)))
}

/// The text of the function without the module's statements.
fn frame(bindings: &[String], exports: &[(String, String)]) -> String {
    let mut text = format!("(function({PARAMETER},{METHOD}){{");
    for pattern in bindings {
        let _ = write!(text, "const{{{pattern}}}={PARAMETER};");
    }
    text.push_str("return ");
    choose(&mut text, exports, 0);
    text.push_str("})");
    text
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

/// The function that a script is, in parentheses.
fn function(script: &Script) -> Option<&FunctionExpression> {
    let [StatementListItem::Statement(statement)] = script.statements().statements() else {
        return None;
    };
    let Statement::Expression(Expression::Parenthesized(inner)) = &**statement else {
        return None;
    };
    match inner.expression() {
        Expression::FunctionExpression(function) => Some(function),
        _ => None,
    }
}

/// What is left of an item of a module where nothing is imported or exported.
fn statement(item: ModuleItem) -> Option<StatementListItem> {
    match item {
        ModuleItem::StatementListItem(item) => Some(item),
        ModuleItem::ImportDeclaration(_) => None,
        ModuleItem::ExportDeclaration(export) => match *export {
            ExportDeclaration::VarStatement(var) => Some(Statement::Var(var).into()),
            ExportDeclaration::Declaration(declaration) => Some(declaration.into()),
            // The scan has refused all others but lists of names.
            _ => None,
        },
    }
}
