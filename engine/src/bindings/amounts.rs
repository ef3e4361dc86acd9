//! Money and gas as authors write them, strictly: nothing is rounded, guessed or read in part.
//!
//! In: what JS passed. Out: yoctoNEAR as `u128`, gas as [`Gas`], or `E_BAD_VALUE` with what to
//! pass. A number counts only up to 2^53, beyond which JS may have rounded it before.

use super::bad;
use crate::port::Gas;
use boa_engine::JsValue;
use boa_engine::value::JsVariant;
use conclave_abi::error::Failure;
use conclave_abi::value::safe_integer;
use num_bigint::BigInt;

/// Code units of a text that may be an amount: no amount has more than 39 digits.
const TEXT_UNITS_MAX: usize = 128;
/// A unit of gas in a text, and how many digits may stand behind its point.
const UNITS: [(&str, usize); 2] = [(" Tgas", 12), (" Ggas", 9)];

/// A primitive value that may stand for an amount.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    /// A number.
    Number(f64),
    /// A bigint.
    Big(BigInt),
    /// A string.
    Text(String),
    /// Anything else.
    Other,
}

/// Reads an amount of JS by its rule. Runs no code of the subcontract.
pub(super) fn of<T>(
    value: &JsValue,
    rule: impl Fn(&Given) -> Result<T, Failure>,
) -> Result<T, Failure> {
    rule(&match value.variant() {
        JsVariant::Integer32(number) => Given::Number(f64::from(number)),
        JsVariant::Float64(number) => Given::Number(number),
        JsVariant::BigInt(number) => Given::Big(number.as_inner().clone()),
        JsVariant::String(text) if text.len() <= TEXT_UNITS_MAX => {
            text.to_std_string().map_or(Given::Other, Given::Text)
        }
        _ => Given::Other,
    })
}

/// The same where `undefined` says that there is none.
pub(super) fn optional<T>(
    value: &JsValue,
    rule: impl Fn(&Given) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    if value.is_undefined() {
        return Ok(None);
    }
    of(value, rule).map(Some)
}

/// An amount of yoctoNEAR.
pub(super) fn yocto(given: &Given) -> Result<u128, Failure> {
    let amount = match given {
        Given::Number(number) => safe_integer(*number).map(u128::from),
        Given::Big(number) => u128::try_from(number).ok(),
        Given::Text(text) => digits(text),
        Given::Other => None,
    };
    amount.ok_or_else(|| {
        bad(
            "an amount is yoctoNEAR below 2^128: pass a bigint like 1n, an integer from 0 to \
             2^53 - 1, or a string of decimal digits",
        )
    })
}

/// An amount of gas.
pub(super) fn gas(given: &Given) -> Result<Gas, Failure> {
    let units = match given {
        Given::Number(number) => safe_integer(*number),
        Given::Big(number) => u64::try_from(number).ok(),
        Given::Text(text) => gas_text(text),
        Given::Other => None,
    };
    units.map(Gas).ok_or_else(|| {
        bad(
            "gas is below 2^64 units: pass a string like '5 Tgas', '0.5 Tgas' or '300 Ggas', \
             or units as a bigint or as an integer from 0 to 2^53 - 1",
        )
    })
}

/// Decimal digits and nothing else.
fn digits(text: &str) -> Option<u128> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    // No digit at all is refused by `parse`.
    is_digits.then(|| text.parse().ok())?
}

/// A decimal and its unit, with one blank between them.
fn gas_text(text: &str) -> Option<u64> {
    let (decimal, places) = UNITS
        .iter()
        .find_map(|(unit, places)| Some((text.strip_suffix(unit)?, *places)))?;
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    if fraction.is_empty() || fraction.len() > places {
        return None;
    }
    let fraction = digits(fraction)? * 10u128.pow(u32::try_from(places - fraction.len()).ok()?);
    let unit = 10u128.pow(u32::try_from(places).ok()?);
    let units = digits(whole)?.checked_mul(unit)?.checked_add(fraction)?;
    u64::try_from(units).ok()
}

#[cfg(test)]
mod tests {
    use super::{Given, gas, yocto};
    use num_bigint::BigInt;

    fn big(text: &str) -> Given {
        Given::Big(text.parse::<BigInt>().expect("a number"))
    }

    fn text(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    /// What a rule makes of a value; every refusal is `E_BAD_VALUE` and says what to pass.
    fn check_yocto(given: Given, expect: Option<u128>) {
        let found = yocto(&given).map_err(|failure| {
            assert_eq!(failure.code, "E_BAD_VALUE");
            assert!(failure.message.contains("pass a bigint"), "{failure:?}");
        });
        assert_eq!(found.ok(), expect, "{given:?}");
    }

    fn check_gas(given: Given, expect: Option<u64>) {
        let found = gas(&given).map_err(|failure| {
            assert_eq!(failure.code, "E_BAD_VALUE");
            assert!(failure.message.contains("'5 Tgas'"), "{failure:?}");
        });
        assert_eq!(found.ok().map(|gas| gas.0), expect, "{given:?}");
    }

    const TWO_53: u128 = 1 << 53;
    const TWO_64: u128 = 1 << 64;

    #[test]
    fn numbers_count_up_to_the_last_that_is_safe() {
        for (number, expect) in [
            (0.0, Some(0)),
            (1.0, Some(1)),
            (4_294_967_296.0, Some(1 << 32)),
            (9_007_199_254_740_990.0, Some(TWO_53 - 2)),
            (9_007_199_254_740_991.0, Some(TWO_53 - 1)),
            (9_007_199_254_740_992.0, None),
            (9_007_199_254_740_994.0, None),
            (1e21, None),
            (-1.0, None),
            (-0.5, None),
            (0.5, None),
            (1e-300, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (f64::NEG_INFINITY, None),
        ] {
            check_yocto(Given::Number(number), expect);
            let expect = expect.map(|number| u64::try_from(number).expect("small"));
            check_gas(Given::Number(number), expect);
        }
    }

    #[test]
    fn an_amount_is_below_2_to_the_128() {
        for (digits, expect) in [
            ("0", Some(0)),
            ("9007199254740991", Some(TWO_53 - 1)),
            ("9007199254740992", Some(TWO_53)),
            ("9007199254740993", Some(TWO_53 + 1)),
            ("18446744073709551615", Some(TWO_64 - 1)),
            ("18446744073709551616", Some(TWO_64)),
            ("18446744073709551617", Some(TWO_64 + 1)),
            (
                "340282366920938463463374607431768211454",
                Some(u128::MAX - 1),
            ),
            ("340282366920938463463374607431768211455", Some(u128::MAX)),
            ("340282366920938463463374607431768211456", None),
            ("1000000000000000000000000000000000000000", None),
            ("-1", None),
        ] {
            check_yocto(big(digits), expect);
            check_yocto(text(digits), expect);
        }
        check_yocto(text("007"), Some(7));
    }

    #[test]
    fn a_text_of_anything_but_digits_is_no_amount() {
        for refused in [
            "", " ", "1 ", " 1", "+1", "1.0", "1e5", "0x10", "0b1", "1_000", "1n", "1,000", "١",
            "NaN", "1 NEAR", "1\n",
        ] {
            check_yocto(text(refused), None);
        }
        check_yocto(Given::Other, None);
    }

    #[test]
    fn gas_is_a_decimal_with_its_unit_or_units() {
        for (given, expect) in [
            (text("5 Tgas"), Some(5_000_000_000_000)),
            (text("300 Ggas"), Some(300_000_000_000)),
            (text("0.5 Tgas"), Some(500_000_000_000)),
            (text("0 Tgas"), Some(0)),
            (text("0.000000000001 Tgas"), Some(1)),
            (text("0.000000001 Ggas"), Some(1)),
            (text("18446744.073709551615 Tgas"), Some(u64::MAX)),
            (text("18446744.073709551616 Tgas"), None),
            (text("18446744073.709551615 Ggas"), Some(u64::MAX)),
            (text("18446744073.709551616 Ggas"), None),
            (text("340282366920938463463374607431768211455 Tgas"), None),
            (text("0.0000000000001 Tgas"), None),
            (text("0.0000000001 Ggas"), None),
            (big("0"), Some(0)),
            (big("9007199254740993"), Some((1 << 53) + 1)),
            (big("18446744073709551615"), Some(u64::MAX)),
            (big("18446744073709551616"), None),
            (big("-1"), None),
            (Given::Other, None),
        ] {
            check_gas(given, expect);
        }
    }

    #[test]
    fn a_text_of_another_form_is_no_gas() {
        for refused in [
            "",
            "5",
            "5Tgas",
            "5  Tgas",
            "5 tgas",
            "5 TGas",
            "5 T",
            "5 gas",
            " Tgas",
            "Tgas",
            ". Tgas",
            "5. Tgas",
            ".5 Tgas",
            "1.5.5 Tgas",
            "-1 Tgas",
            "+1 Tgas",
            "1e3 Tgas",
            "0x5 Tgas",
            "5 Tgas ",
            " 5 Tgas",
            "1,5 Tgas",
            "5\tTgas",
            "NaN Tgas",
            "5 Pgas",
        ] {
            check_gas(text(refused), None);
        }
    }
}
