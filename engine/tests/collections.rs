//! Persistent collections are lazy: what they ask the host for, one question at a time.

mod recorder;

use conclave_abi::element;
use conclave_abi::value::Value;
use conclave_engine::port::{KeyRange, Order};
use recorder::{Asked, Recorder, returned, run};
use std::cell::RefCell;

/// Entries of the map `m` that are stored before.
const STORED: u32 = 250;

fn place(collection: &str) -> String {
    element::place(collection).expect("a place")
}

fn name(key: u32) -> String {
    element::name(&place("m"), &Value::Number(f64::from(key))).expect("a name")
}

fn stored() -> Recorder {
    let entries = (0..STORED).map(|key| (name(key), Value::Number(f64::from(key))));
    Recorder {
        stored: RefCell::new(entries.collect()),
        ..Recorder::default()
    }
}

/// What a body asks for; it must not throw.
fn asked(body: &str) -> Vec<Asked> {
    let (result, asked) = run(stored(), body);
    result.unwrap_or_else(|failure| panic!("{body}: {failure:?}"));
    asked
}

/// A page of the map `m`.
fn range(from: String, limit: u32) -> KeyRange {
    KeyRange {
        prefix: place("m"),
        from,
        to: None,
        limit,
        order: Order::Ascending,
    }
}

#[test]
fn to_make_a_collection_asks_nothing() {
    let body = "new PersistentMap('m'); new PersistentSet('s'); new PersistentSortedMap('o'); new PersistentVector('v')";
    assert_eq!(asked(body), []);
}

#[test]
fn what_is_stored_is_given() {
    let body = "return String([...new PersistentMap('m').entries({ from: 7, limit: 2 })])";
    assert_eq!(returned(stored(), body), "7,7,8,8");
}

#[test]
fn one_key_is_one_question() {
    for (body, expect) in [
        ("new PersistentMap('m').get(7)", Asked::Get(name(7))),
        ("new PersistentMap('m').has(7)", Asked::Has(name(7))),
        ("new PersistentMap('m').set(7, 1)", Asked::Set(name(7))),
        ("new PersistentMap('m').delete(7)", Asked::Remove(name(7))),
        ("new PersistentMap('m').size", Asked::Count(place("m"))),
        ("new PersistentSet('m').add(7)", Asked::Set(name(7))),
        ("new PersistentSet('m').size", Asked::Count(place("m"))),
        ("new PersistentVector('m').get(7)", Asked::Get(name(7))),
        ("new PersistentVector('m').length", Asked::Get(place("m"))),
        (
            "new PersistentSortedMap('m').first()",
            Asked::Entries(range(place("m"), 1)),
        ),
        (
            "new PersistentSortedMap('m').ceiling(7)",
            Asked::Entries(range(name(7), 1)),
        ),
        (
            "new PersistentMap('m').page({ from: 7, limit: 20 })",
            Asked::Entries(range(name(7), 20)),
        ),
    ] {
        assert_eq!(asked(body), [expect], "{body}");
    }
}

#[test]
fn an_iterator_asks_for_a_page_when_it_gets_there() {
    let pages = |numbers: &[u32]| -> Vec<Asked> {
        let from = |number: &u32| match number {
            0 => place("m"),
            number => name(number * 100),
        };
        let page = |number| Asked::Entries(range(from(number), 100));
        numbers.iter().map(page).collect()
    };
    for (body, expect) in [
        ("new PersistentMap('m').entries()", pages(&[])),
        ("new PersistentMap('m').entries().next()", pages(&[0])),
        (
            "for (const [key] of new PersistentMap('m')) if (key === 99) break",
            pages(&[0]),
        ),
        (
            "for (const [key] of new PersistentMap('m')) if (key === 100) break",
            pages(&[0, 1]),
        ),
        (
            "if ([...new PersistentMap('m')].length !== 250) throw 0",
            pages(&[0, 1, 2]),
        ),
    ] {
        assert_eq!(asked(body), expect, "{body}");
    }
}

#[test]
fn an_iterator_over_keys_reads_no_value() {
    let body = "if ([...new PersistentMap('m').keys({ limit: 120 })].length !== 120) throw 0";
    let page = |from, limit| Asked::Keys(range(from, limit));
    assert_eq!(asked(body), [page(place("m"), 100), page(name(100), 20)]);
}

#[test]
fn a_vector_reads_and_writes_its_length_and_the_items_it_moves() {
    let (length, last) = (place("m"), name(9));
    let recorder = stored();
    let ten = Value::Number(10.0);
    recorder.stored.borrow_mut().insert(length.clone(), ten);
    let (result, asked) = run(recorder, "return new PersistentVector('m').pop()");
    assert_eq!(result, Ok(Value::Number(9.0)));
    assert_eq!(
        asked,
        [
            Asked::Get(length.clone()),
            Asked::Get(last.clone()),
            Asked::Remove(last),
            Asked::Set(length),
        ]
    );
}
