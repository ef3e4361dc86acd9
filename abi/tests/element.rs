//! Names of a collection's elements: the golden lines of `docs/spec/collections.md`, and that names
//! sort as keys do and never leave their collection.

mod arbitrary;
mod document;
mod notation;

use conclave_abi::element::{COLLECTION_BYTES_MAX, ElementError, key, name, place};
use conclave_abi::key::NAME_BYTES_MAX;
use conclave_abi::value::Value;
use num_bigint::BigInt;
use proptest::prelude::*;
use std::cmp::Ordering;

const DOCUMENT: &str = "docs/spec/collections.md";

fn lines(kind: &str) -> Vec<Value> {
    let document = document::text(DOCUMENT);
    let blocks = document::blocks(&document, kind).into_iter();
    blocks
        .flat_map(|(_, lines)| lines)
        .map(|line| notation::value(&line))
        .collect()
}

fn items(line: Value) -> Vec<Value> {
    match line {
        Value::Array(items) => items,
        other => panic!("a line is a list: {other:?}"),
    }
}

fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        other => panic!("a name is a string: {other:?}"),
    }
}

#[test]
fn the_document_shows_the_names_of_keys_and_the_keys_of_names() {
    let place = place("a").expect("a place");
    let mut last = String::new();
    let lines = lines("element");
    assert!(lines.len() > 30, "the document has its blocks");
    for line in lines {
        let line = items(line);
        let shown = format!("{place}{}", text(&line[0]));
        assert_eq!(name(&place, &line[1]).as_ref(), Ok(&shown), "{line:?}");
        let read = key(&place, &shown);
        assert_eq!(
            format!("{read:?}"),
            format!("{:?}", Some(&line[1])),
            "{line:?}"
        );
        assert!(last < shown, "the lines are in order: {line:?}");
        last = shown;
    }
}

#[test]
fn a_name_that_no_key_has_is_none() {
    let place = place("a").expect("a place");
    let strange = items(lines("strange").remove(0));
    for text_of in &strange {
        let shown = format!("{place}{}", text(text_of));
        assert_eq!(key(&place, &shown), None, "{text_of:?}");
    }
    assert_eq!(key(&place, "b\0sx"), None, "of another collection");
}

#[test]
fn a_collections_name_has_1_to_255_bytes_and_no_end_in_it() {
    let longest = "n".repeat(COLLECTION_BYTES_MAX);
    for (collection, is_one) in [
        ("a", true),
        ("a/b", true),
        ("é", true),
        (longest.as_str(), true),
        (&format!("{longest}n"), false),
        ("", false),
        ("a\0", false),
        ("\0a", false),
        ("a\0sb", false),
    ] {
        assert_eq!(place(collection).is_ok(), is_one, "{collection:?}");
    }
}

#[test]
fn a_key_of_another_type_is_refused() {
    let date = Value::Date(0.0);
    for refused in [
        Value::Undefined,
        Value::Null,
        Value::Number(f64::NAN),
        Value::Number(f64::INFINITY),
        Value::Number(f64::NEG_INFINITY),
        Value::Array(vec![]),
        Value::Object(vec![]),
        Value::Map(vec![]),
        Value::Set(vec![]),
        date,
    ] {
        assert_eq!(
            name("a\0", &refused),
            Err(ElementError::Kind),
            "{refused:?}"
        );
    }
}

#[test]
fn a_name_has_1024_bytes_at_most() {
    let place = place("a").expect("a place");
    let left = NAME_BYTES_MAX - place.len();
    let digits = |count: usize| (BigInt::from(1) << (4 * count)) - 1;
    let check = |largest: Value, larger: Value| {
        let fits = name(&place, &largest).expect("it fits");
        assert_eq!(fits.len(), NAME_BYTES_MAX);
        assert_eq!(key(&place, &fits), Some(largest));
        assert!(
            matches!(name(&place, &larger), Err(ElementError::TooLarge { limit, .. }) if limit == left),
            "{larger:?}"
        );
    };
    let string = |count| Value::String("s".repeat(count));
    check(string(left - 1), string(left));
    let bigint = |count| Value::BigInt(digits(count));
    check(bigint(left - 5), bigint(left - 4));
    let bigint = |count| Value::BigInt(-digits(count));
    check(bigint(left - 5), bigint(left - 4));
    let odd = conclave_abi::element::place("ab").expect("a place");
    let bytes = Value::Bytes(vec![7; (NAME_BYTES_MAX - odd.len()) / 2]);
    let fits = name(&odd, &bytes).expect("it fits");
    assert_eq!(
        (fits.len(), key(&odd, &fits)),
        (NAME_BYTES_MAX, Some(bytes))
    );
}

/// Keys of one type and of all, near each other and far from each other.
fn keys() -> impl Strategy<Value = Value> {
    let near = (-3i64..4).prop_map(BigInt::from);
    let far = (any::<i128>(), 0usize..300).prop_map(|(head, bits)| BigInt::from(head) << bits);
    let finite = arbitrary::number().prop_filter("finite", |number| number.is_finite());
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![near, far].prop_map(Value::BigInt),
        prop_oneof![finite, (-3i8..4).prop_map(f64::from)].prop_map(Value::Number),
        "[ab\u{0}\u{7f}\u{80}\u{e9}\u{7ff}\u{ff61}\u{1f600}]{0,4}".prop_map(Value::String),
        prop::collection::vec(prop::sample::select(vec![0, 1, 0x7f, 0x80, 0xff]), 0..4)
            .prop_map(Value::Bytes),
    ]
}

/// How keys sort, without a word of how they are written.
fn compare(left: &Value, right: &Value) -> Ordering {
    let rank = |key: &Value| match key {
        Value::Bool(_) => 0,
        Value::BigInt(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        _ => 4,
    };
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::BigInt(left), Value::BigInt(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right).expect("finite"),
        (Value::String(left), Value::String(right)) => left.chars().cmp(right.chars()),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_sort_as_keys_do(left in keys(), right in keys()) {
        let names = [&left, &right].map(|key| name("a\0", key).expect("a key"));
        prop_assert_eq!(names[0].cmp(&names[1]), compare(&left, &right));
        for (name, given) in names.iter().zip([&left, &right]) {
            let read = key("a\0", name).expect("a name");
            prop_assert_eq!(compare(&read, given), Ordering::Equal);
        }
    }

    #[test]
    fn no_two_collections_have_a_name_in_common(
        names in ["[ab/]{1,3}", "[ab/]{1,3}"],
        keys in [keys(), keys()],
    ) {
        let places = names.clone().map(|collection| place(&collection).expect("a place"));
        let full = [0, 1].map(|which| name(&places[which], &keys[which]).expect("a key"));
        if names[0] != names[1] {
            prop_assert_ne!(&full[0], &full[1]);
            prop_assert!(!full[0].starts_with(&places[1]), "{:?} {:?}", full, places);
            prop_assert_eq!(key(&places[1], &full[0]), None);
        }
    }

    #[test]
    fn any_value_is_a_key_that_reads_back_or_is_refused(value in arbitrary::value()) {
        if let Ok(shown) = name("a\0", &value) {
            let read = key("a\0", &shown).expect("a name");
            prop_assert_eq!(compare(&read, &value), Ordering::Equal);
        }
    }

    #[test]
    fn a_name_that_is_read_is_written_the_same(text in "[binsu][-0-9a-f]{0,9}") {
        let shown = format!("a\0{text}");
        if let Some(read) = key("a\0", &shown) {
            prop_assert_eq!(name("a\0", &read), Ok(shown));
        }
    }
}
