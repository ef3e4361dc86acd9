//! Numbers as text: small tables give the digits that large ones give (docs/adr/0064).

use boa_engine::{Context, Source};

/// Numbers of every exponent, with few and with many digits.
fn numbers() -> impl Iterator<Item = f64> {
    let mut seed = 1u64;
    (1..0x7ffu64).flat_map(move |exponent| {
        [0, 1, (1 << 52) - 1, 0xa_5a5a_5a5a_5a5a]
            .into_iter()
            .chain(std::iter::repeat_with(|| 0).take(4))
            .enumerate()
            .map(|(index, fraction)| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let fraction = if index < 4 { fraction } else { seed >> 12 };
                f64::from_bits(exponent << 52 | fraction)
            })
            .collect::<Vec<_>>()
    })
}

/// The digits of a number's text, without zeros before and behind, and without its exponent.
fn digits(text: &str) -> String {
    let (fraction, _) = text.split_once('e').unwrap_or((text, ""));
    let digits = fraction.replace('.', "");
    digits.trim_matches('0').to_owned()
}

#[test]
fn a_number_is_written_with_the_fewest_digits_that_name_it() {
    let mut context = Context::default();
    for number in numbers() {
        let source = format!("String({number:e})");
        let value = context.eval(Source::from_bytes(&source)).unwrap();
        let text = value.to_string(&mut context).unwrap();
        let text = text.to_std_string_lossy();
        assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits());
        // Of two that are as near, JavaScript takes the even one, and Rust the greater.
        let shortest = digits(&format!("{number:e}"));
        assert_eq!(digits(&text).len(), shortest.len(), "{text}");
    }
}

/// A number with this many digits behind the point, by all of its digits: half goes up.
fn rounded(number: f64, digits: usize) -> String {
    let exact = format!("{:.1080}", number.abs());
    let (integer, fraction) = exact.split_once('.').expect("a point");
    let mut kept: Vec<u8> = [integer, &fraction[..digits]].concat().into_bytes();
    if fraction.as_bytes()[digits] >= b'5' {
        let nines = kept
            .iter()
            .rev()
            .take_while(|digit| **digit == b'9')
            .count();
        let place = kept.len() - nines;
        kept[place..].fill(b'0');
        match place.checked_sub(1) {
            Some(digit) => kept[digit] += 1,
            None => kept.insert(0, b'1'),
        }
    }
    let mut text = String::from_utf8(kept).expect("digits");
    if digits > 0 {
        text.insert(text.len() - digits, '.');
    }
    if number < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}

#[test]
fn a_number_is_rounded_to_so_many_digits() {
    let mut context = Context::default();
    let ties = [
        0.5,
        1.5,
        2.5,
        0.125,
        0.375,
        1e20,
        999_999_999_999_999.5,
        5e-324,
        0.95,
        9.5,
    ];
    let small = numbers().filter(|number| *number < 1e21);
    for (index, number) in ties.into_iter().chain(small).enumerate() {
        let number = if index % 3 == 0 { -number } else { number };
        for digits in [0, 1, 2, index % 101] {
            let source = format!("({number:e}).toFixed({digits})");
            let value = context.eval(Source::from_bytes(&source)).unwrap();
            let text = value.to_string(&mut context).unwrap();
            assert_eq!(
                text.to_std_string_lossy(),
                rounded(number, digits),
                "{source}"
            );
        }
    }
    for (source, expected) in [
        ("(-0).toFixed(2)", "0.00"),
        ("(-1e21).toFixed(1)", "-1e+21"),
        ("NaN.toFixed(1)", "NaN"),
    ] {
        let value = context.eval(Source::from_bytes(source)).unwrap();
        let text = value.to_string(&mut context).unwrap();
        assert_eq!(text.to_std_string_lossy(), expected, "{source}");
    }
}

#[test]
fn a_decimal_of_any_size_is_the_nearest_number() {
    let mut context = Context::default();
    let mantissas = [
        "1",
        "9007199254740993",
        "4503599627370497.5",
        "17976931348623157",
        "1234567890123456789",
        "9999999999999999999",
        "22250738585072011",
    ];
    for (exponent, mantissa) in (-345..=309).flat_map(|exponent| mantissas.map(|it| (exponent, it)))
    {
        let text = format!("{mantissa}e{exponent}");
        let value = context.eval(Source::from_bytes(&text)).unwrap();
        let read = value.to_number(&mut context).unwrap();
        let expected: f64 = text.parse().unwrap();
        assert_eq!(read.to_bits(), expected.to_bits(), "{text}");
    }
}
