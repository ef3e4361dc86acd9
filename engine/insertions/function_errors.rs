//! The early errors that named functions of all kinds share.
//!
//! In: a function's parts, just parsed. Out: the first error in them, in the order in which the parser of each
//! kind looked for them itself.

use boa_ast::{
    Position, Span,
    expression::Identifier,
    function::{FormalParameterList, FunctionBody},
    operations::{ContainsSymbol, bound_names, contains, lexically_declared_names},
};
use boa_interner::{Interner, Sym};

use crate::{
    Error,
    lexer::Error as LexError,
    parser::{ParseResult, name_in_lexically_declared_names},
};

/// A function that was parsed.
pub(in crate::parser) struct ParsedFunction<'a> {
    /// Its name, if it has one.
    pub(in crate::parser) name: Option<Identifier>,
    /// Where the name is, or would be.
    pub(in crate::parser) name_span: Span,
    pub(in crate::parser) params: &'a FormalParameterList,
    pub(in crate::parser) body: &'a FunctionBody,
    /// Whether the code around it is strict.
    pub(in crate::parser) is_in_strict: bool,
    /// Where its parameters begin.
    pub(in crate::parser) position: Position,
}

impl ParsedFunction<'_> {
    /// Finds the first error.
    #[inline(never)]
    pub(in crate::parser) fn check(&self, interner: &Interner) -> ParseResult<()> {
        let is_strict = self.is_in_strict || self.body.strict();
        let error = |text: &'static str, position| {
            Err(Error::lex(LexError::Syntax(text.into(), position)))
        };
        // The names of the parameters of strict code are different.
        // https://tc39.es/ecma262/#sec-function-definitions-static-semantics-early-errors
        if is_strict && self.params.has_duplicates() {
            let text = "Duplicate parameter name not allowed in this context";
            return error(text, self.position);
        }
        // A body that makes itself strict has simple parameters.
        if self.body.strict() && !self.params.is_simple() {
            let text = "Illegal 'use strict' directive in function with non-simple parameter list";
            return error(text, self.position);
        }
        let text = "unexpected identifier 'eval' or 'arguments' in strict mode";
        let is_reserved = |name: Identifier| [Sym::EVAL, Sym::ARGUMENTS].contains(&name.sym());
        if is_strict && self.name.is_some_and(is_reserved) {
            return error(text, self.name_span.start());
        }
        // The strictness of the body is relevant for the parameters too.
        if self.body.strict() && contains(self.params, ContainsSymbol::EvalOrArguments) {
            return error(text, self.position);
        }
        // No parameter is declared in the body again.
        name_in_lexically_declared_names(
            &bound_names(self.params),
            &lexically_declared_names(self.body),
            self.position,
            interner,
        )
    }
}
