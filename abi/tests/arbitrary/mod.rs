//! Arbitrary values, with the numbers and nestings at which an encoding usually breaks.

use conclave_abi::value::Value;
use num_bigint::{BigInt, Sign};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};

/// Any value, up to eight levels deep.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(8, 64, 6, |inner| {
        let items = || prop::collection::vec(inner.clone(), 0..6);
        prop_oneof![
            items().prop_map(Value::Array),
            items().prop_map(Value::Set),
            prop::collection::vec((text(), inner.clone()), 0..6).prop_map(Value::Object),
            prop::collection::vec((inner.clone(), inner.clone()), 0..6).prop_map(Value::Map),
        ]
    })
}

/// Any number, NaN, `-0` and the edges of integers among them.
pub(crate) fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        any::<i32>().prop_map(f64::from),
        prop::sample::select(vec![
            0.0,
            -0.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::from(i32::MIN),
            f64::from(i32::MIN) - 1.0,
            f64::from(i32::MAX),
            f64::from(i32::MAX) + 1.0,
            9_007_199_254_740_991.0,
            5e-324,
            f64::MAX,
        ]),
    ]
}

/// Any text, control characters and the empty one among them.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z]{1,3}",
        prop::collection::vec(any::<char>(), 0..200).prop_map(String::from_iter),
    ]
}

fn bigint() -> impl Strategy<Value = BigInt> {
    let sign = prop::sample::select(vec![Sign::Plus, Sign::Minus]);
    let magnitude = prop::collection::vec(any::<u8>(), 0..300);
    (sign, magnitude).prop_map(|(sign, magnitude)| BigInt::from_bytes_be(sign, &magnitude))
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        bigint().prop_map(Value::BigInt),
        text().prop_map(Value::String),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Value::Bytes),
        number().prop_map(Value::Date),
    ]
}
