//! Declarations whose values can be made when they are first used.
//!
//! In: the body of the outermost function of a script, and its scope, which knows by now what is assigned
//! to. Out: flags of those of its bindings whose values nobody sees being made. Their names live in the
//! function's environment, where the virtual machine can leave them without a value.

use crate::{
    Declaration, Expression, StatementListItem, ToJsString,
    declaration::{Binding, LexicalDeclaration},
    expression::{
        Identifier,
        literal::{LiteralKind, PropertyDefinition, TemplateElement},
        operator::{
            Binary,
            binary::{ArithmeticOp, BinaryOp},
            unary::UnaryOp,
        },
    },
    function::{ClassElement, ClassElementName, FunctionBody},
    property::PropertyName,
    scope::{FunctionScopes, Scope},
    shortcut::Shortcut,
};
use boa_interner::{Interner, Sym};

/// Declarations that are worth being left for later: of fewer, a call is likely to use all.
const WORTH_DEFERRAL: usize = 3;
/// Literals, the outermost one counted, that are worth code of their own.
const WORTH_CODE: usize = 4;
/// Largest exponent of a power that is left for later.
const EXPONENT_MAX: u32 = 255;

/// Whether nobody sees the value of an initialiser being made.
fn is_plain(value: &Expression, scope: &Scope, interner: &Interner) -> bool {
    match value {
        Expression::ClassExpression(class) => {
            is_plain_class(class.super_ref(), class.elements(), scope, interner)
        }
        _ => is_function(value) || literals(value).is_some_and(|count| count >= WORTH_CODE),
    }
}

/// Whether an expression makes a function object and nothing else.
fn is_function(value: &Expression) -> bool {
    matches!(
        value,
        Expression::FunctionExpression(_)
            | Expression::ArrowFunction(_)
            | Expression::AsyncArrowFunction(_)
            | Expression::GeneratorExpression(_)
            | Expression::AsyncFunctionExpression(_)
            | Expression::AsyncGeneratorExpression(_)
    )
}

/// Whether nobody sees a class of this scope being made.
fn is_plain_class(
    parent: Option<&Expression>,
    elements: &[ClassElement],
    scope: &Scope,
    interner: &Interner,
) -> bool {
    let is_plain_parent = match parent {
        None => true,
        Some(Expression::Identifier(name)) => scope.is_class(&name.to_js_string(interner)),
        Some(_) => false,
    };
    let is_plain = |name: &PropertyName| matches!(name, PropertyName::Literal(_));
    is_plain_parent
        && elements.iter().all(|element| match element {
            ClassElement::MethodDefinition(method) => match method.name() {
                ClassElementName::PropertyName(name) => is_plain(name),
                ClassElementName::PrivateName(_) => true,
            },
            ClassElement::FieldDefinition(field) => is_plain(field.name()),
            ClassElement::PrivateFieldDefinition(_) => true,
            _ => false,
        })
}

/// How many literals an expression is made of, if it is made of nothing else.
fn literals(value: &Expression) -> Option<usize> {
    let sum = |count: usize, value: &Expression| Some(count + literals(value)?);
    match value {
        Expression::Literal(_) => Some(1),
        Expression::Parenthesized(inner) => literals(inner.expression()),
        Expression::Unary(unary) if unary.op() == UnaryOp::Minus => match unary.target() {
            Expression::Literal(literal) => match literal.kind() {
                LiteralKind::Int(_) | LiteralKind::Num(_) | LiteralKind::BigInt(_) => Some(1),
                _ => None,
            },
            _ => None,
        },
        Expression::Binary(power) if is_power(power) => Some(1),
        Expression::ArrayLiteral(array) => {
            array.as_ref().iter().flatten().try_fold(1, sum)
        }
        Expression::ObjectLiteral(object) => {
            object.properties().iter().try_fold(1, |count, property| match property {
                PropertyDefinition::Property(PropertyName::Literal(name), value)
                    if name.sym() != Sym::__PROTO__ =>
                {
                    sum(count, value)
                }
                _ => None,
            })
        }
        Expression::TemplateLiteral(template) => {
            template.elements().iter().try_fold(1, |count, element| match element {
                TemplateElement::String(_) => Some(count),
                TemplateElement::Expr(value @ Expression::Literal(_)) => sum(count, value),
                TemplateElement::Expr(_) => None,
            })
        }
        _ => None,
    }
}

/// Whether an expression is a small power of a small BigInt, such as `10n ** 18n`.
fn is_power(power: &Binary) -> bool {
    let small = |value: &Expression| match value {
        Expression::Literal(literal) => match literal.kind() {
            LiteralKind::BigInt(value) => u32::try_from(&**value).ok(),
            _ => None,
        },
        _ => None,
    };
    power.op() == BinaryOp::Arithmetic(ArithmeticOp::Exp)
        && small(power.lhs()).is_some()
        && small(power.rhs()).is_some_and(|exponent| exponent <= EXPONENT_MAX)
}

/// Flags the bindings of a function whose values can be made later.
pub(crate) fn flag(body: &FunctionBody, scopes: &FunctionScopes, interner: &Interner) {
    if !scopes.defers() || !Shortcut::Declarations.is_on() {
        return;
    }
    let scope = scopes.function_scope();
    let mut names = Vec::new();
    // A class may extend one that stands before it.
    let mut note = |name: Identifier, is_class: bool| {
        let name = name.to_js_string(interner);
        if is_class {
            scope.flag_class(&name);
        }
        names.push(name);
    };
    for item in body.statements() {
        let StatementListItem::Declaration(declaration) = item else {
            continue;
        };
        match declaration.as_ref() {
            Declaration::FunctionDeclaration(function) => note(function.name(), false),
            Declaration::GeneratorDeclaration(function) => note(function.name(), false),
            Declaration::AsyncFunctionDeclaration(function) => note(function.name(), false),
            Declaration::AsyncGeneratorDeclaration(function) => note(function.name(), false),
            Declaration::ClassDeclaration(class) => {
                if is_plain_class(class.super_ref(), class.elements(), scope, interner) {
                    note(class.name(), true);
                }
            }
            Declaration::Lexical(LexicalDeclaration::Let(list) | LexicalDeclaration::Const(list)) => {
                for variable in list.as_ref() {
                    if let (Binding::Identifier(name), Some(value)) =
                        (variable.binding(), variable.init())
                        && is_plain(value, scope, interner)
                    {
                        note(*name, matches!(value, Expression::ClassExpression(_)));
                    }
                }
            }
            Declaration::Lexical(_) => {}
        }
    }
    if names.len() >= WORTH_DEFERRAL {
        names.iter().for_each(|name| scope.flag_later(name));
    }
}
