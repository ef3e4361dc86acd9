//! The bytes of values: round trip, one form for each value, and hostile bytes.

mod arbitrary;

use conclave_abi::value::{DEPTH_MAX, DecodeError, Value};
use num_bigint::BigInt;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};

/// Tags, as docs/spec/values.md numbers them.
const ARRAY: u8 = 10;
const OBJECT: u8 = 11;
const MAP: u8 = 12;
const SET: u8 = 13;

/// Text that tells `-0` from `0` and finds NaN equal to NaN, which `==` does not.
fn shown(value: &Value) -> String {
    format!("{value:?}")
}

/// Whatever bytes are accepted are the ones that their value is written as.
fn check_canonical(bytes: &[u8]) {
    if let Ok(value) = Value::from_bytes(bytes) {
        assert_eq!(value.to_bytes(), bytes, "{value:?}");
    }
}

fn check_refused(bytes: &[u8], expect: DecodeError) {
    assert_eq!(Value::from_bytes(bytes), Err(expect), "{bytes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_reads_back_as_it_was(value in arbitrary::value()) {
        let back = Value::from_bytes(&value.to_bytes()).map(|back| shown(&back));
        prop_assert_eq!(back, Ok(shown(&value)));
    }

    #[test]
    fn values_are_the_same_exactly_when_their_bytes_are(left in arbitrary::value(), right in arbitrary::value()) {
        prop_assert_eq!(shown(&left) == shown(&right), left.to_bytes() == right.to_bytes());
    }

    #[test]
    fn random_bytes_are_refused_or_canonical(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_canonical(&bytes);
        bytes.insert(0, 1);
        check_canonical(&bytes);
    }

    #[test]
    fn bytes_of_tags_and_small_lengths_are_refused_or_canonical(bytes in prop::collection::vec(0u8..16, 0..60)) {
        check_canonical(&[&[1], bytes.as_slice()].concat());
    }

    #[test]
    fn damaged_bytes_are_refused_or_canonical(value in arbitrary::value(), place in any::<prop::sample::Index>(), byte: u8) {
        let bytes = value.to_bytes();
        let at = place.index(bytes.len());
        check_canonical(&bytes[..at]);
        let mut changed = bytes.clone();
        changed[at] = byte;
        check_canonical(&changed);
        let mut longer = bytes;
        longer.insert(at, byte);
        check_canonical(&longer);
    }
}

#[test]
fn all_short_byte_strings_are_refused_or_canonical() {
    for tag in 0..=255 {
        check_canonical(&[1, tag]);
        for first in 0..=255 {
            check_canonical(&[1, tag, first]);
            for second in 0..=255 {
                check_canonical(&[1, tag, first, second]);
            }
        }
    }
}

#[test]
fn no_value_ends_before_its_last_byte() {
    let value = Value::Array(vec![
        Value::Number(1.5),
        Value::BigInt(BigInt::from(-1) << 100u8),
        Value::Map(vec![(Value::String("é".to_owned()), Value::Date(f64::NAN))]),
        Value::Object(vec![("k".to_owned(), Value::Bytes(vec![0; 200]))]),
    ]);
    let bytes = value.to_bytes();
    for end in 0..bytes.len() {
        check_refused(&bytes[..end], DecodeError::Truncated);
    }
}

#[test]
fn every_reason_to_refuse_can_be_reached() {
    check_refused(&[], DecodeError::Truncated);
    check_refused(&[1], DecodeError::Truncated);
    check_refused(&[1, 1, 1], DecodeError::Trailing);
    check_refused(&[0, 1], DecodeError::Version { got: 0 });
    check_refused(&[2, 1], DecodeError::Version { got: 2 });
    check_refused(&[1, 14], DecodeError::Tag { got: 14 });
    check_refused(&[1, 255], DecodeError::Tag { got: 255 });
    check_refused(&[1, 7, 1, 0xff], DecodeError::Utf8);
    check_refused(&[1, 7, 3, 0xed, 0xa0, 0x80], DecodeError::Utf8);
    check_refused(&[1, OBJECT, 1, 1, 0xff, 1], DecodeError::Utf8);
}

#[test]
fn a_longer_form_of_a_value_is_refused() {
    let double = |bits: u64| [&[1, 4], bits.to_be_bytes().as_slice()].concat();
    for bytes in [
        double(1f64.to_bits()),
        double(0f64.to_bits()),
        double(f64::NAN.to_bits() | 1),
        double((-f64::NAN).to_bits()),
        vec![1, 5, 0x80, 0],
        vec![1, 5, 0xff, 0xff, 0xff, 0xff, 0x1f],
        vec![1, 6, 1, 0],
        vec![1, 6, 2, 0, 0],
        vec![1, 6, 2, 2, 1],
        vec![1, 7, 0x81, 0, 0x61],
        vec![
            1, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
        ],
        vec![
            1, 8, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0,
        ],
    ] {
        check_refused(&bytes, DecodeError::NotCanonical);
    }
}

#[test]
fn a_length_beyond_the_bytes_reserves_nothing() {
    for tag in [6, 7, 8, ARRAY, OBJECT, MAP, SET] {
        let huge = [
            1, tag, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
        ];
        check_refused(&huge, DecodeError::Truncated);
        check_refused(&[1, tag, 2, 0], DecodeError::Truncated);
    }
}

/// A value in so many containers, and its bytes, written by hand.
fn nested(depth: usize, opening: &[u8]) -> Vec<u8> {
    [&[1], opening.repeat(depth).as_slice(), &[1]].concat()
}

#[test]
fn sixty_four_containers_nest_and_sixty_five_do_not() {
    let openings: [&[u8]; 5] = [
        &[ARRAY, 1],
        &[SET, 1],
        &[OBJECT, 1, 1, b'k'],
        &[MAP, 1, 1],
        &[SET, 1, ARRAY, 1],
    ];
    for opening in openings {
        let levels = if opening[..2] == [SET, 1] && opening.len() == 4 {
            2
        } else {
            1
        };
        let fits = nested(DEPTH_MAX / levels, opening);
        assert_eq!(Value::from_bytes(&fits).expect("64 deep").to_bytes(), fits);
        check_refused(
            &nested(DEPTH_MAX / levels + 1, opening),
            DecodeError::TooDeep,
        );
        check_refused(&nested(10_000, opening), DecodeError::TooDeep);
    }
}

#[test]
fn an_empty_container_counts_as_a_level() {
    let with_empty = |depth, tag| [&[1], [ARRAY, 1].repeat(depth).as_slice(), &[tag, 0]].concat();
    for tag in [ARRAY, OBJECT, MAP, SET] {
        assert!(Value::from_bytes(&with_empty(DEPTH_MAX - 1, tag)).is_ok());
        check_refused(&with_empty(DEPTH_MAX, tag), DecodeError::TooDeep);
    }
}

#[test]
fn a_map_nests_through_its_keys_too() {
    let through_keys = |depth| {
        [
            &[1],
            [MAP, 1].repeat(depth).as_slice(),
            &[1],
            &vec![1; depth],
        ]
        .concat()
    };
    assert!(Value::from_bytes(&through_keys(DEPTH_MAX)).is_ok());
    check_refused(&through_keys(DEPTH_MAX + 1), DecodeError::TooDeep);
}
