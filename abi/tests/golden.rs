//! The golden vectors of `docs/spec/values.md`, in both directions.

mod document;
mod notation;

use conclave_abi::value::Value;
use std::collections::BTreeSet;

/// Hexadecimal digits and what follows the first blank; `-` is no bytes.
fn split(line: &str) -> (Vec<u8>, &str) {
    let (digits, rest) = line.split_once(' ').expect("bytes and a value");
    let bytes = hex::decode(digits.trim_start_matches('-')).expect("hexadecimal digits");
    (bytes, rest.trim())
}

#[test]
fn the_document_shows_the_bytes_of_values_and_the_values_of_bytes() {
    let document = document::text("docs/spec/values.md");
    let mut tags = BTreeSet::new();
    for line in document::blocks(&document, "value")
        .iter()
        .flat_map(|(_, lines)| lines)
    {
        let (bytes, shown) = split(line);
        let value = notation::value(shown);
        assert_eq!(hex::encode(value.to_bytes()), hex::encode(&bytes), "{line}");
        let read = Value::from_bytes(&bytes).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(format!("{read:?}"), format!("{value:?}"), "{line}");
        tags.insert(bytes[1]);
    }
    assert_eq!(tags, (0..=13).collect(), "every tag has a vector");
}

#[test]
fn the_document_shows_what_is_refused_and_why() {
    let document = document::text("docs/spec/values.md");
    let mut reasons = BTreeSet::new();
    for line in document::blocks(&document, "refused")
        .iter()
        .flat_map(|(_, lines)| lines)
    {
        let (bytes, reason) = split(line);
        let error = Value::from_bytes(&bytes).expect_err(line);
        assert_eq!(
            format!("{error:?}").split(' ').next(),
            Some(reason),
            "{line}"
        );
        reasons.insert(reason.to_owned());
    }
    assert_eq!(
        reasons.len(),
        6,
        "every reason but the nesting has a vector: {reasons:?}"
    );
}
