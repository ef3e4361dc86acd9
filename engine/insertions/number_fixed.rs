//! `Number.prototype.toFixed`: so many digits behind the point.
//!
//! In: a number below 10^21 and how many digits. Out: its text, of the nearest such number, and of the
//! greater one of two that are as near. Computed with big integers, instead of from a table of 11 KB.

use num_bigint::BigUint;

/// Bits of a number's fraction.
const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
/// What its exponent has to be less to make the fraction an integer.
const EXPONENT_BIAS: i32 = f64::MAX_EXP - 1 + FRACTION_BITS as i32;
/// Digits that 128 bits hold beside a number's fraction.
const SMALL_DIGITS_MAX: u8 = 22;

/// The text of a number with this many digits behind the point.
pub(super) fn to_fixed(number: f64, digits: u8) -> String {
    let bits = number.abs().to_bits();
    let (fraction, exponent) = (bits & ((1 << FRACTION_BITS) - 1), (bits >> FRACTION_BITS) as i32);
    // The number is `integer` times two to the `power`.
    let (integer, power) = match exponent {
        0 => (fraction, 1 - EXPONENT_BIAS),
        _ => (fraction | 1 << FRACTION_BITS, exponent - EXPONENT_BIAS),
    };
    let mut text = match small(integer, power, digits) {
        Some(small) => small.to_string(),
        None => large(integer, power, digits),
    };
    let digits = usize::from(digits);
    if text.len() <= digits {
        text.insert_str(0, &"0".repeat(digits + 1 - text.len()));
    }
    if digits > 0 {
        text.insert(text.len() - digits, '.');
    }
    if number < 0.0 {
        text.insert(0, '-');
    }
    text
}

/// What is left of the point when it is moved behind the digits, rounded; if 64 bits hold it, and 128
/// what it is computed from.
fn small(integer: u64, power: i32, digits: u8) -> Option<u64> {
    if digits > SMALL_DIGITS_MAX || !(-127..0).contains(&power) {
        return None;
    }
    let scaled = u128::from(integer) * 10_u128.pow(digits.into());
    // One bit more than wanted: it says whether the rest is a half at least.
    u64::try_from(((scaled >> (-power - 1)) + 1) >> 1).ok()
}

/// The same in digits, for any number.
fn large(integer: u64, power: i32, digits: u8) -> String {
    let scaled = BigUint::from(integer) * BigUint::from(10_u8).pow(digits.into());
    let rounded = if power >= 0 {
        scaled << power
    } else {
        ((scaled >> (-power - 1)) + 1_u8) >> 1
    };
    rounded.to_str_radix(10)
}
