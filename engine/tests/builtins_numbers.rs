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
