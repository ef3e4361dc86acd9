//! Slashes that the enclave's scan can tell apart.
//!
//! The enclave refuses a `/` that can be read in two ways without parsing (engine/src/tokens.rs), as where a
//! statement begins with a regular expression. A minified module goes in; out comes the same with
//! parentheses in those places.

use oxc_ast::ast::{BinaryExpression, Program, RegExpLiteral};
use oxc_ast_visit::{Visit, walk::walk_binary_expression};
use oxc_span::{GetSpan, Span};
use oxc_syntax::operator::BinaryOperator;

/// What a regular expression may not stand behind.
const UNCLEAR: [&str; 4] = [")", "}", "of", "async"];

/// Puts parentheses where the scan needs them; `program` is the text's own tree.
pub(super) fn readable(text: &str, program: &Program<'_>) -> String {
    let mut slashes = Slashes {
        text,
        wrapped: Vec::new(),
    };
    slashes.visit_program(program);
    let opened = slashes.wrapped.iter().map(|span| (span.start, '('));
    let closed = slashes.wrapped.iter().map(|span| (span.end, ')'));
    let mut marks: Vec<_> = opened.chain(closed).collect();
    marks.sort_unstable();
    let (mut clear, mut from) = (String::with_capacity(text.len()), 0);
    for (at, mark) in marks {
        let at = at as usize;
        clear += &text[from..at];
        clear.push(mark);
        from = at;
    }
    clear + &text[from..]
}

struct Slashes<'a> {
    text: &'a str,
    wrapped: Vec<Span>,
}

impl<'a> Visit<'a> for Slashes<'_> {
    fn visit_reg_exp_literal(&mut self, literal: &RegExpLiteral<'a>) {
        let before = &self.text[..literal.span.start as usize];
        if UNCLEAR.iter().any(|last| before.ends_with(last)) {
            self.wrapped.push(literal.span);
        }
    }

    fn visit_binary_expression(&mut self, binary: &BinaryExpression<'a>) {
        let left = binary.left.span();
        let is_division = binary.operator == BinaryOperator::Division;
        if is_division && self.text[..left.end as usize].ends_with('}') {
            self.wrapped.push(left);
        }
        walk_binary_expression(self, binary);
    }
}
