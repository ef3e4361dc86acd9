//! What is held, as the document writes it.

use super::{Change, Held};
use crate::record::tests::block;

#[test]
fn the_document_shows_what_is_held_in_both_directions() {
    let lines = block("keys tokens");
    assert_eq!(lines.len(), 2);
    for line in lines {
        let [record, amount, on_the_way] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("three fields: {line}");
        };
        let held = Held {
            amount: amount.parse().expect("a u128"),
            on_the_way: on_the_way.parse().expect("a u32"),
        };
        let bytes = hex::decode(record.replace('.', "")).expect("digits");
        assert_eq!(held.to_bytes(), Some(bytes.clone()), "{line}");
        assert_eq!(Held::from_bytes(&bytes), Ok(held));
        assert!(Held::from_bytes(&bytes[1..]).is_err());
    }
}

#[test]
fn less_than_is_there_can_go_and_nothing_is_held_where_nothing_is() {
    let held = Held::default().after(Change::Came(5)).expect("more");
    assert_eq!(held.after(Change::Went(6)), None);
    assert_eq!(held.after(Change::Leaves(6)), None);
    assert_eq!(
        held.after(Change::Answered(0)),
        None,
        "nothing is on its way"
    );
    let gone = held.after(Change::Leaves(5)).expect("less");
    assert!(gone.to_bytes().is_some(), "it stays while it is on its way");
    let back = gone.after(Change::Answered(2)).expect("answered");
    assert_eq!(back.after(Change::Went(2)).expect("less").to_bytes(), None);
}
