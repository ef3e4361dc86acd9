//! Money and gas as people write them: `1 NEAR`, `500 yocto`, `30 Tgas`.
//!
//! Text goes in, exact integers come out, and back. No floating point: what can't be said
//! exactly in the smallest unit is refused.

use conclave_localnet::{Balance, Gas};

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// There is no number in front.
    #[error("{got:?} does not begin with a number; write e.g. {example:?}")]
    Number {
        /// The text given.
        got: String,
        /// How it is written.
        example: &'static str,
    },
    /// The unit is missing or not known.
    #[error("the unit {got:?} is not one of {known}; write e.g. {example:?}")]
    Unit {
        /// The unit given.
        got: String,
        /// The units there are.
        known: &'static str,
        /// How it is written.
        example: &'static str,
    },
    /// The number is finer than the smallest unit.
    #[error("{got:?} has more than {limit} digits after the point")]
    TooFine {
        /// The text given.
        got: String,
        /// How many digits the unit allows.
        limit: u32,
    },
    /// The number is larger than the chain can count.
    #[error("{got:?} is too large")]
    TooLarge {
        /// The text given.
        got: String,
    },
}

/// A kind of amount: its units, smallest-unit exponents included.
struct Scale {
    units: &'static [(&'static str, u32)],
    known: &'static str,
    example: &'static str,
}

const MONEY: Scale = Scale {
    units: &[("near", 24), ("yocto", 0), ("yoctonear", 0)],
    known: "NEAR, yocto",
    example: "1.5 NEAR",
};

const GAS: Scale = Scale {
    units: &[("tgas", 12), ("ggas", 9), ("gas", 0)],
    known: "Tgas, Ggas, gas",
    example: "30 Tgas",
};

/// Reads an amount of money, e.g. `1 NEAR`, `0.01 NEAR` or `500 yocto`.
///
/// # Errors
/// [`UnitError`], when it is not exactly an amount of yoctoNEAR.
pub fn parse_balance(text: &str) -> Result<Balance, UnitError> {
    MONEY.parse(text).map(Balance::from_yoctonear)
}

/// Reads an amount of gas, e.g. `30 Tgas`.
///
/// # Errors
/// [`UnitError`], when it is not exactly an amount of gas.
pub fn parse_gas(text: &str) -> Result<Gas, UnitError> {
    let gas = GAS.parse(text)?;
    u64::try_from(gas)
        .map(Gas::from_gas)
        .map_err(|_| UnitError::TooLarge {
            got: text.to_owned(),
        })
}

/// Writes money in NEAR with up to five digits after the point, rounded down, or in yocto when
/// that would show nothing.
#[must_use]
pub fn balance_text(balance: Balance) -> String {
    const SHOWN: u128 = 10u128.pow(19); // five digits after the point of 10^24
    let yocto = balance.as_yoctonear();
    if yocto > 0 && yocto < SHOWN {
        return format!("{yocto} yocto");
    }
    let fraction = format!("{:05}", yocto / SHOWN % 100_000);
    let whole = yocto / 10u128.pow(24);
    match fraction.trim_end_matches('0') {
        "" => format!("{whole} NEAR"),
        digits => format!("{whole}.{digits} NEAR"),
    }
}

/// Writes yoctoNEAR into JSON: a decimal number as a string.
pub(crate) fn serialize_yocto<S: serde::Serializer>(
    amount: &u128,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

/// Writes gas in Tgas with three digits after the point, rounded down.
#[must_use]
pub fn gas_text(gas: u64) -> String {
    format!(
        "{}.{:03} Tgas",
        gas / 10u64.pow(12),
        gas / 10u64.pow(9) % 1_000
    )
}

/// Writes a count of bytes with its thousands apart.
#[must_use]
pub fn bytes_text(bytes: u64) -> String {
    count_text(bytes) + " B"
}

/// Writes a count with its thousands apart.
#[must_use]
pub fn count_text(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Scale {
    fn parse(&self, text: &str) -> Result<u128, UnitError> {
        let trimmed = text.trim();
        let end = trimmed
            .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '_'))
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(end);
        let unit = unit.trim();
        if number == "0" && unit.is_empty() {
            return Ok(0);
        }
        let exponent = self.exponent(unit);
        self.scaled(text, number, exponent.ok_or_else(|| self.unknown(unit))?)
    }

    fn exponent(&self, unit: &str) -> Option<u32> {
        let found = self
            .units
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit));
        found.map(|(_, exponent)| *exponent)
    }

    fn unknown(&self, unit: &str) -> UnitError {
        UnitError::Unit {
            got: unit.to_owned(),
            known: self.known,
            example: self.example,
        }
    }

    /// The number times ten to the exponent, exactly.
    fn scaled(&self, text: &str, number: &str, exponent: u32) -> Result<u128, UnitError> {
        let no_number = || UnitError::Number {
            got: text.to_owned(),
            example: self.example,
        };
        let number = number.replace('_', "");
        let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
        if whole.is_empty() || fraction.contains('.') {
            return Err(no_number());
        }
        let fraction = fraction.trim_end_matches('0');
        let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
        let Some(rest) = exponent.checked_sub(places) else {
            return Err(UnitError::TooFine {
                got: text.to_owned(),
                limit: exponent,
            });
        };
        let digits = format!("{whole}{fraction}").parse::<u128>();
        let scaled = digits.ok().and_then(|it| it.checked_mul(10u128.pow(rest)));
        scaled.ok_or_else(|| UnitError::TooLarge {
            got: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{balance_text, bytes_text, gas_text, parse_balance, parse_gas};
    use conclave_localnet::Balance;

    fn check_money(text: &str, expect: Option<u128>) {
        let got = parse_balance(text).ok().map(|it| it.as_yoctonear());
        assert_eq!(got, expect, "{text:?}");
    }

    fn check_gas(text: &str, expect: Option<u64>) {
        let got = parse_gas(text).ok().map(|it| it.as_gas());
        assert_eq!(got, expect, "{text:?}");
    }

    #[test]
    fn money_is_read_exactly() {
        check_money("1 NEAR", Some(10u128.pow(24)));
        check_money("1near", Some(10u128.pow(24)));
        check_money("0.01 NEAR", Some(10u128.pow(22)));
        check_money("0.000000000000000000000001 NEAR", Some(1));
        check_money("1.50 NEAR", Some(15 * 10u128.pow(23)));
        check_money("1_000 NEAR", Some(10u128.pow(27)));
        check_money("500 yocto", Some(500));
        check_money("500 yoctoNEAR", Some(500));
        check_money("0", Some(0));
        check_money(
            "340282366920938463463374607431768211455 yocto",
            Some(u128::MAX),
        );
    }

    #[test]
    fn what_is_not_exactly_money_is_refused() {
        for text in [
            "",
            " ",
            "NEAR",
            "1",
            "-1 NEAR",
            "1 USD",
            "1 NEAR 2",
            ".5 NEAR",
            "1.2.3 NEAR",
            "1.5 yocto",
            "0.0000000000000000000000001 NEAR",
            "1e3 NEAR",
            "400000000000000 NEAR",
            "340282366920938463463374607431768211456 yocto",
            "1\u{a0}000 NEAR",
            "١ NEAR",
        ] {
            check_money(text, None);
        }
    }

    #[test]
    fn gas_is_read_exactly() {
        check_gas("30 Tgas", Some(30 * 10u64.pow(12)));
        check_gas("30TGAS", Some(30 * 10u64.pow(12)));
        check_gas("2.5 Ggas", Some(2_500_000_000));
        check_gas("7 gas", Some(7));
        check_gas("30", None);
        check_gas("30 NEAR", None);
        check_gas("0.5 gas", None);
        check_gas("99999999999 Tgas", None);
    }

    #[test]
    fn amounts_are_written_for_people() {
        assert_eq!(balance_text(Balance::from_near(3)), "3 NEAR");
        assert_eq!(
            balance_text(Balance::from_yoctonear(1_234_560_000_000_000_000_000_000)),
            "1.23456 NEAR"
        );
        assert_eq!(balance_text(Balance::from_yoctonear(12)), "12 yocto");
        assert_eq!(balance_text(Balance::ZERO), "0 NEAR");
        assert_eq!(gas_text(3_370_999_999_999), "3.370 Tgas");
        assert_eq!(bytes_text(1_572_864), "1,572,864 B");
        assert_eq!(bytes_text(64), "64 B");
    }
}
