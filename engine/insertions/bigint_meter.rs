//! Bounds BigInts, and counts what is done with them: operands in, a result or an error out.
//!
//! The size of a result is known before there is one, so that none is made that is too large.

use crate::{
    Context, JsBigInt, JsNativeError, JsResult, JsString, JsValue,
    vm::meter::{BIGINT_BITS_MAX, Limit},
};

/// Bits of a word.
const WORD: u64 = 64;
/// Steps over words for a unit of fuel.
const STEPS_PER_FUEL: u64 = 4;
/// Code units of text that become a word, nearly.
const UNITS_PER_WORD: u64 = 16;

/// An operation on two BigInts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Pow,
    ShiftLeft,
    ShiftRight,
    UnsignedShiftRight,
    And,
    Or,
    Xor,
}

impl Context {
    /// The result of an operation.
    ///
    /// # Errors
    /// The operation's own; the host's error for [`Limit::BigIntBits`].
    pub(crate) fn bigint(
        &mut self,
        operation: Operation,
        x: &JsBigInt,
        y: &JsBigInt,
    ) -> JsResult<JsBigInt> {
        use Operation::{Add, And, Div, Mul, Or, Pow, Rem, ShiftLeft, ShiftRight, Sub};
        use Operation::{UnsignedShiftRight, Xor};
        if matches!(operation, Div | Rem) && y.is_zero() {
            let error = JsNativeError::range().with_message("BigInt division by zero");
            return Err(error.into());
        }
        self.charge_bigint(operation, x, y)?;
        let result = match operation {
            Add => JsBigInt::add(x, y),
            Sub => JsBigInt::sub(x, y),
            Mul => JsBigInt::mul(x, y),
            Div => JsBigInt::div(x, y),
            Rem => JsBigInt::rem(x, y),
            Pow => JsBigInt::pow(x, y)?,
            ShiftLeft => JsBigInt::shift_left(x, y)?,
            ShiftRight => JsBigInt::shift_right(x, y)?,
            UnsignedShiftRight => {
                let text = "BigInts have no unsigned right shift, use >> instead";
                return Err(JsNativeError::typ().with_message(text).into());
            }
            And => JsBigInt::bitand(x, y),
            Or => JsBigInt::bitor(x, y),
            Xor => JsBigInt::bitxor(x, y),
        };
        if bits(&result) > BIGINT_BITS_MAX {
            return Err(self.limit_reached(Limit::BigIntBits));
        }
        Ok(result)
    }

    fn charge_bigint(&mut self, operation: Operation, x: &JsBigInt, y: &JsBigInt) -> JsResult<()> {
        use Operation::{Div, Mul, Pow, Rem, ShiftLeft, ShiftRight};
        let (x_words, y_words) = (words(bits(x)), words(bits(y)));
        let (result, steps) = match operation {
            Mul => ((bits(x) + bits(y)).saturating_sub(1), x_words * y_words),
            Div | Rem => (0, x_words * y_words),
            Pow => {
                let exponent = y.to_f64().max(0.0) as u64;
                // One less for each factor, as the power of a power of two has.
                let result = (bits(x).saturating_sub(1)).saturating_mul(exponent);
                let words = words(bits(x).saturating_mul(exponent).min(2 * BIGINT_BITS_MAX));
                // Squaring on to the result: a quarter of its words' square for the last, and half
                // as much again for all before, twice.
                (result, words * words / 3)
            }
            ShiftLeft => (shifted(bits(x), y.to_f64()), x_words),
            ShiftRight => (shifted(bits(x), -y.to_f64()), x_words),
            _ => (0, x_words + y_words),
        };
        if result > BIGINT_BITS_MAX {
            return Err(self.limit_reached(Limit::BigIntBits));
        }
        self.charge(1 + steps / STEPS_PER_FUEL)
    }

    /// The digits of a BigInt.
    ///
    /// # Errors
    /// As [`Context::charge`].
    pub(crate) fn bigint_text(&mut self, value: &JsBigInt, radix: u32) -> JsResult<JsString> {
        let words = words(bits(value));
        self.charge(1 + words * words / STEPS_PER_FUEL)?;
        Ok(value.to_string_radix(radix).into())
    }

    /// The BigInt that a text stands for, if it does for one.
    ///
    /// # Errors
    /// The host's error for [`Limit::BigIntBits`].
    pub(crate) fn parse_bigint(&mut self, text: &JsString) -> JsResult<Option<JsBigInt>> {
        self.charge_walk(text.len())?;
        let digits = text.trim();
        let zeros = digits.iter().take_while(|&unit| unit == 0x30).count();
        let (length, second) = (digits.len(), digits.code_unit_at(1));
        let (digits, bits_of_ten) = match second {
            Some(0x62 | 0x42) => (length - 2, 10),
            Some(0x6F | 0x4F) => (length - 2, 30),
            Some(0x78 | 0x58) => (length - 2, 40),
            _ => (length - zeros, 34),
        };
        // An upper bound, a little above what the digits take.
        if digits as u64 * bits_of_ten / 10 > BIGINT_BITS_MAX + BIGINT_BITS_MAX / 32 {
            return Err(self.limit_reached(Limit::BigIntBits));
        }
        let words = digits as u64 / UNITS_PER_WORD;
        self.charge(words * words / STEPS_PER_FUEL)?;
        match JsBigInt::from_js_string(text) {
            Some(value) if bits(&value) > BIGINT_BITS_MAX => {
                Err(self.limit_reached(Limit::BigIntBits))
            }
            value => Ok(value),
        }
    }

    /// `ToBigInt` of a string.
    ///
    /// # Errors
    /// A `SyntaxError`; the host's error for [`Limit::BigIntBits`].
    pub(crate) fn bigint_of(&mut self, text: &JsString) -> JsResult<JsBigInt> {
        /// Code units that the message shows.
        const SHOWN: usize = 64;
        self.parse_bigint(text)?.ok_or_else(|| {
            let shown = text.get(..SHOWN).unwrap_or_else(|| text.clone());
            JsNativeError::syntax()
                .with_message(format!(
                    "cannot convert string '{}' to bigint primitive",
                    shown.to_std_string_escaped()
                ))
                .into()
        })
    }

    /// `value` modulo a power of two, for a number of bits that may be larger than any BigInt.
    ///
    /// # Errors
    /// The host's error for [`Limit::BigIntBits`].
    pub(crate) fn wrapped_bigint(
        &mut self,
        value: JsBigInt,
        width: u64,
        signed: bool,
    ) -> JsResult<JsValue> {
        let is_negative = value.to_f64() < 0.0;
        if width > BIGINT_BITS_MAX {
            if is_negative && !signed {
                return Err(self.limit_reached(Limit::BigIntBits));
            }
            return Ok(value.into());
        }
        self.charge(1 + words(bits(&value)) + words(width))?;
        let power = |bits: u64| JsBigInt::pow(&JsBigInt::new(2), &JsBigInt::new(bits));
        let modulus = power(width)?;
        let wrapped = JsBigInt::mod_floor(&value, &modulus);
        if signed && width > 0 && wrapped >= power(width - 1)? {
            return Ok(JsBigInt::sub(&wrapped, &modulus).into());
        }
        Ok(wrapped.into())
    }
}

fn bits(value: &JsBigInt) -> u64 {
    value.as_inner().bits()
}

const fn words(bits: u64) -> u64 {
    bits / WORD + 1
}

/// Bits after a shift to the left, or by a negative distance to the right.
fn shifted(bits: u64, distance: f64) -> u64 {
    if bits == 0 || distance <= 0.0 {
        return 0;
    }
    bits.saturating_add(distance as u64)
}
