//! One form for each grant, and nothing granted that a prefix does not begin.

use super::{Grant, PREFIXES_MAX};
use crate::record::tests::block;
use crate::span::Span;
use conclave_abi::key::Kind;
use conclave_abi::value::Value;
use conclave_engine::port::KeyRange;

/// Bytes as the document writes them.
fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace('.', "")).expect("digits")
}

#[test]
fn the_document_shows_grants_in_both_directions() {
    let lines = block("grant");
    assert_eq!(lines.len(), 3);
    for line in lines {
        let mut fields = line.splitn(3, ' ');
        let [record, until, prefixes] = [(); 3].map(|()| fields.next().expect("three fields"));
        let grant = Grant {
            prefixes: serde_json::from_str(prefixes).expect("an array of strings"),
            until_ms: (until != "none").then(|| until.parse().expect("a u64")),
        };
        assert_eq!(
            grant.clone().into_value().to_bytes(),
            bytes(record),
            "{line}"
        );
        assert_eq!(Grant::stored(&bytes(record)), Ok(grant), "{line}");
    }
}

#[test]
fn the_document_shows_the_keys_of_grants() {
    let lines = block("keys grant");
    assert_eq!(lines.len(), 2);
    for line in lines {
        let (key, peer) = line.split_once(' ').expect("key and peer");
        let peer: String = serde_json::from_str(peer).expect("a JSON string");
        let key = bytes(key);
        assert_eq!(Kind::Grants.key(&peer), key, "{line}");
        assert_eq!(Kind::Grants.name(&key), Some(peer.as_str()), "{line}");
        assert_eq!(Kind::Storage.name(&key), None, "{line}");
        assert_eq!(Kind::Grants.name(&Kind::Storage.key(&peer)), None, "{line}");
    }
}

fn field(name: &str, value: Value) -> (String, Value) {
    (name.to_owned(), value)
}

fn read(prefixes: &[&str]) -> (String, Value) {
    let prefixes = prefixes.iter().map(|it| Value::String((*it).to_owned()));
    field("read", Value::Array(prefixes.collect()))
}

fn said(fields: &[(String, Value)]) -> Result<Grant, String> {
    Grant::said(Value::Object(fields.to_vec())).map_err(|failure| failure.code.clone())
}

fn grant(prefixes: &[&str], until_ms: Option<u64>) -> Grant {
    let mut grant = said(&[read(prefixes)]).expect("a grant");
    grant.until_ms = until_ms;
    grant
}

fn record(grant: Grant) -> Vec<u8> {
    grant.into_value().to_bytes()
}

#[test]
fn one_grant_has_one_record_whatever_the_order_of_its_prefixes() {
    let form = record(grant(&["a/", "b"], None));
    for same in [
        &["b", "a/", "a/"][..],
        &["b/c", "a/", "b"],
        &["a/b", "b", "a/"],
        &["b", "a/", "b0", "b/", "a/a", "a/"],
    ] {
        assert_eq!(record(grant(same, None)), form, "{same:?}");
    }
    assert_eq!(Grant::stored(&form), Ok(grant(&["a/", "b"], None)));
    assert_ne!(record(grant(&["a/", "b"], Some(0))), form);
}

#[test]
fn an_end_is_a_time_in_whole_milliseconds() {
    for (until, expect) in [
        (Value::Undefined, None),
        (Value::Number(0.0), Some(0)),
        (Value::Number(-0.0), Some(0)),
        (Value::Number(7.0), Some(7)),
        (Value::Date(8.0), Some(8)),
        (Value::Number(9_007_199_254_740_991.0), Some((1 << 53) - 1)),
    ] {
        let fields = [read(&["a"]), field("until", until)];
        assert_eq!(said(&fields), Ok(grant(&["a"], expect)), "{fields:?}");
        let fields = [fields[1].clone(), fields[0].clone()];
        assert_eq!(said(&fields), Ok(grant(&["a"], expect)), "{fields:?}");
        let form = record(grant(&["a"], expect));
        assert_eq!(
            Grant::stored(&form),
            Ok(grant(&["a"], expect)),
            "{fields:?}"
        );
    }
}

/// What is no end of time must not become a grant without an end.
#[test]
fn a_grant_that_is_not_plainly_said_is_refused() {
    let array = |items: &[Value]| field("read", Value::Array(items.to_vec()));
    let text = |text: &str| Value::String(text.to_owned());
    let until = |until: Value| vec![read(&["a"]), field("until", until)];
    for fields in [
        vec![],
        vec![read(&[])],
        vec![field("read", text("pub/"))],
        vec![field("read", Value::Set(vec![text("pub/")]))],
        vec![field("read", Value::Undefined)],
        vec![array(&[Value::Number(1.0)])],
        vec![array(&[text("a"), Value::Null])],
        vec![array(&[text("a"), Value::Undefined])],
        vec![array(&[Value::Array(vec![text("a")])])],
        until(Value::Number(f64::NAN)),
        until(Value::Number(f64::INFINITY)),
        until(Value::Number(-1.0)),
        until(Value::Number(0.5)),
        until(Value::Number(9_007_199_254_740_992.0)),
        until(Value::BigInt(7.into())),
        until(text("7")),
        until(Value::Null),
        until(Value::Date(f64::NAN)),
        until(Value::Date(-1.0)),
        vec![field("until", Value::Number(7.0))],
        vec![read(&["a"]), field("untill", Value::Number(7.0))],
        vec![read(&["a"]), field("untill", Value::Undefined)],
        vec![read(&["a"]), field("write", Value::Array(Vec::new()))],
        vec![read(&["a"]), field("peer", text("b@x.near"))],
    ] {
        assert_eq!(said(&fields), Err("E_BAD_VALUE".to_owned()), "{fields:?}");
    }
    for value in [
        Value::Undefined,
        Value::Null,
        text("pub/"),
        Value::Array(vec![text("pub/")]),
        Value::Map(vec![(text("read"), Value::Array(vec![text("a")]))]),
    ] {
        let failure = Grant::said(value.clone()).expect_err("refused");
        assert_eq!(failure.code, "E_BAD_VALUE", "{value:?}");
    }
}

#[test]
fn a_grant_with_too_many_prefixes_or_too_long_ones_is_refused() {
    let too_large = Err("E_TOO_LARGE".to_owned());
    let many = ["same"; PREFIXES_MAX + 1];
    assert_eq!(said(&[read(&many)]), too_large);
    assert!(said(&[read(&many[1..])]).is_ok());
    assert_eq!(said(&[read(&["a", &"k".repeat(1_025)])]), too_large);
    let longest = grant(&[&"k".repeat(1_024)], None);
    assert_eq!(Grant::stored(&record(longest.clone())), Ok(longest));
}

#[test]
fn bytes_that_are_no_record_are_corrupt_and_never_panic() {
    let whole = record(grant(&["a/", "b"], Some(7)));
    let code = |bytes: &[u8]| Grant::stored(bytes).map_err(|failure| failure.code.clone());
    let corrupt = Err("E_CORRUPT".to_owned());
    for end in 0..whole.len() {
        assert_eq!(code(&whole[..end]), corrupt, "{end}");
    }
    let read_again = |fields: &[(String, Value)]| code(&Value::Object(fields.to_vec()).to_bytes());
    let until = field("until", Value::Number(7.0));
    assert_eq!(
        read_again(&[read(&["a/", "b"]), until.clone()]),
        Ok(grant(&["a/", "b"], Some(7)))
    );
    for strange in [
        vec![until.clone(), read(&["a"])],
        vec![read(&["b", "a"])],
        vec![read(&["a", "a"])],
        vec![read(&["a", "ab"])],
        vec![read(&[])],
        vec![read(&["a"]), read(&["b"])],
        vec![read(&["a"]), until.clone(), until],
        vec![read(&["a"]), field("until", Value::Undefined)],
        vec![read(&["a"]), field("until", Value::Date(7.0))],
        vec![read(&["a"]), field("until", Value::Number(-0.0))],
        vec![read(&["a"]), field("until", Value::Null)],
        vec![read(&["a"]), field("x", Value::Null)],
    ] {
        assert_eq!(read_again(&strange), corrupt, "{strange:?}");
    }
    assert_eq!(code(&Value::Null.to_bytes()), corrupt);
}

#[test]
fn a_grant_covers_what_begins_with_a_prefix_and_nothing_beside_it() {
    let one = grant(&["pub/"], None);
    let key = |key: &str| one.covers(&Span::of_name(key).expect("a key"), 0);
    for (name, expect) in [
        ("pub/", true),
        ("pub/\0", true),
        ("pub/a", true),
        ("pub/\u{10ffff}", true),
        ("", false),
        ("p", false),
        ("pub", false),
        ("pub0", false),
        ("pub.", false),
        ("pub\0/", false),
        ("q", false),
        ("\0pub/", false),
    ] {
        assert_eq!(key(name), expect, "{name:?}");
    }
    assert!(grant(&[""], None).covers(&Span::of_name("").expect("a key"), 0));
}

/// Every range of a small alphabet is covered exactly if each key in it begins with the prefix.
#[test]
fn a_range_is_covered_if_each_key_in_it_is() {
    let letters = ["", "a", "a/", "a/a", "a/b", "a/\u{7f}", "a0", "b", "\0"];
    let keys: Vec<String> = letters
        .iter()
        .flat_map(|one| letters.iter().map(move |two| format!("{one}{two}")))
        .collect();
    let one = grant(&["a/"], None);
    let mut covered = 0;
    for prefix in letters {
        for from in &keys {
            for to in keys.iter().map(Some).chain([None]) {
                let range = KeyRange {
                    prefix: prefix.to_owned(),
                    from: from.clone(),
                    to: to.cloned(),
                    ..KeyRange::default()
                };
                let asked = |key: &&String| {
                    key.starts_with(prefix) && *key >= from && to.is_none_or(|to| *key < to)
                };
                let is_covered = one.covers(&Span::of(Kind::Storage, &range).expect("a range"), 0);
                covered += u32::from(is_covered);
                if is_covered {
                    let beside = keys.iter().filter(asked).find(|key| !key.starts_with("a/"));
                    assert_eq!(beside, None, "{range:?}");
                }
                let least = from.as_str().max(prefix);
                if prefix.starts_with("a/") && least.starts_with("a/") {
                    assert!(is_covered, "{range:?}");
                }
            }
        }
    }
    assert!(covered > 1_000, "{covered}");
}

#[test]
fn a_grant_is_over_from_its_until_on() {
    let span = Span::of_name("a").expect("a key");
    for (until_ms, block_ms, expect) in [
        (None, u64::MAX, true),
        (Some(0), 0, false),
        (Some(1_000), 999, true),
        (Some(1_000), 1_000, false),
        (Some(1_000), 1_001, false),
    ] {
        let is_covered = grant(&["a"], until_ms).covers(&span, block_ms);
        assert_eq!(is_covered, expect, "{until_ms:?} {block_ms}");
    }
}
