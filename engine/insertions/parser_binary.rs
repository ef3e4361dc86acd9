//! Binary operators from `|` to `%`, by their precedence.
//!
//! In: the cursor before an operand. Out: the expression up to the first token that is no operator of
//! the level, or what may be the parameters of an arrow function. Exponentiation, `&&`, `||` and `??`
//! are others' business.

use crate::{
    Error,
    lexer::{InputElement, TokenKind},
    parser::{
        AllowAwait, AllowIn, AllowYield, Cursor, OrAbrupt, ParseResult, TokenParser,
        expression::{FormalParameterListOrExpression, assignment::ExponentiationExpression},
    },
    source::ReadChar,
};
use boa_ast::{
    Keyword, Punctuator, Spanned,
    expression::operator::{Binary, BinaryInPrivate},
    function::PrivateName,
};
use boa_interner::Interner;

/// The level of `<` and `in`.
const RELATIONAL: u8 = 5;
/// The level of `*`.
const MULTIPLICATIVE: u8 = 8;

/// Parses operands and the operators between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct BinaryExpression {
    allow_in: AllowIn,
    allow_yield: AllowYield,
    allow_await: AllowAwait,
    /// The lowest level of an operator that belongs to it: `|` is on the first.
    level: u8,
}

impl BinaryExpression {
    pub(super) fn new(allow_in: AllowIn, allow_yield: AllowYield, allow_await: AllowAwait) -> Self {
        Self {
            allow_in,
            allow_yield,
            allow_await,
            level: 1,
        }
    }

    /// `#name in object`, where it stands.
    fn private_in<R: ReadChar>(
        self,
        cursor: &mut Cursor<R>,
        interner: &mut Interner,
    ) -> ParseResult<Option<BinaryInPrivate>> {
        let token = cursor.peek(0, interner).or_abrupt()?;
        let TokenKind::PrivateIdentifier(identifier) = *token.kind() else {
            return Ok(None);
        };
        let span = token.span();
        let token = cursor.peek(1, interner).or_abrupt()?;
        match token.kind() {
            TokenKind::Keyword((Keyword::In, true)) => Err(escaped(token.span().start())),
            TokenKind::Keyword((Keyword::In, false)) => {
                cursor.advance(interner);
                cursor.advance(interner);
                let level = RELATIONAL + 1;
                let object = Self { level, ..self }
                    .parse(cursor, interner)?
                    .try_into_expression()?;
                let name = PrivateName::new(identifier, span);
                Ok(Some(BinaryInPrivate::new(name, object)))
            }
            _ => Ok(None),
        }
    }
}

impl<R: ReadChar> TokenParser<R> for BinaryExpression {
    type Output = FormalParameterListOrExpression;

    fn parse(self, cursor: &mut Cursor<R>, interner: &mut Interner) -> ParseResult<Self::Output> {
        // The highest level of an operator that may come: those above were taken by the operand before.
        let mut highest = MULTIPLICATIVE;
        let private = if self.allow_in.0 && self.level <= RELATIONAL {
            self.private_in(cursor, interner)?
        } else {
            None
        };
        let mut lhs = match private {
            Some(private) => {
                highest = RELATIONAL - 1;
                private.into()
            }
            None => {
                if self.level <= MULTIPLICATIVE {
                    cursor.set_goal(InputElement::Div);
                }
                let operand = ExponentiationExpression::new(self.allow_yield, self.allow_await)
                    .parse(cursor, interner)?;
                match operand {
                    FormalParameterListOrExpression::Expression(operand)
                        if self.level <= MULTIPLICATIVE =>
                    {
                        operand
                    }
                    operand => return Ok(operand),
                }
            }
        };
        while let Some(token) = cursor.peek(0, interner)? {
            let (level, op) = match *token.kind() {
                TokenKind::Punctuator(op) => (level_of(op), Ok(op)),
                TokenKind::Keyword((op @ (Keyword::InstanceOf | Keyword::In), is_escaped)) => {
                    if is_escaped && (self.level..=highest).contains(&RELATIONAL) {
                        return Err(escaped(token.span().start()));
                    }
                    let is_operator = !is_escaped && (op == Keyword::InstanceOf || self.allow_in.0);
                    (if is_operator { RELATIONAL } else { 0 }, Err(op))
                }
                _ => break,
            };
            if !(self.level..=highest).contains(&level) {
                break;
            }
            cursor.advance(interner);
            highest = level;
            let level = level + 1;
            let rhs = Self { level, ..self }
                .parse(cursor, interner)?
                .try_into_expression()?;
            let op = op.map_or_else(Keyword::as_binary_op, Punctuator::as_binary_op);
            lhs = Binary::new(op.expect("Could not get binary operation."), lhs, rhs).into();
        }
        Ok(lhs.into())
    }
}

/// The level of an operator; zero for what is none of these.
fn level_of(op: Punctuator) -> u8 {
    match op {
        Punctuator::Or => 1,
        Punctuator::Xor => 2,
        Punctuator::And => 3,
        Punctuator::Eq | Punctuator::NotEq | Punctuator::StrictEq | Punctuator::StrictNotEq => 4,
        Punctuator::LessThan
        | Punctuator::GreaterThan
        | Punctuator::LessThanOrEq
        | Punctuator::GreaterThanOrEq => RELATIONAL,
        Punctuator::LeftSh | Punctuator::RightSh | Punctuator::URightSh => 6,
        Punctuator::Add | Punctuator::Sub => 7,
        Punctuator::Mul | Punctuator::Div | Punctuator::Mod => MULTIPLICATIVE,
        _ => 0,
    }
}

fn escaped(position: boa_ast::Position) -> Error {
    Error::general("Keyword must not contain escaped characters", position)
}
