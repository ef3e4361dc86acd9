//! Bills: every byte has a payer at any time, and what goes back is what was charged.

use super::{Bill, ENCLAVE, ITSELF, SHARES_MAX, of_entry};
use conclave_abi::key;
use std::collections::BTreeMap;
use std::path::Path;

const PAYERS: [&str; 6] = [
    ITSELF,
    ENCLAVE,
    "alice.near",
    "bob.near",
    "dex@carol.near",
    "a.b",
];

fn number(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

#[test]
fn what_each_payer_was_charged_and_got_back_is_what_the_bill_says() {
    let mut dice = 0x9e37_79b9;
    for _ in 0..2_000 {
        let (mut bill, mut paid) = (Bill::default(), BTreeMap::<String, i64>::new());
        for _ in 0..30 {
            let bytes = number(&mut dice, 5) * number(&mut dice, 200);
            let payer = PAYERS[number(&mut dice, 6) as usize];
            let before = bill.bytes();
            let moved = bill.resize(bytes, payer);
            assert_eq!(bill.bytes(), bytes);
            let charged: Vec<_> = moved.iter().filter(|(_, bytes)| *bytes > 0).collect();
            assert_eq!(charged.len(), usize::from(bytes > before));
            assert!(charged.iter().all(|(name, _)| name == payer));
            for (name, bytes) in moved {
                *paid.entry(name).or_default() += bytes;
            }
            assert!(bill.payers().count() <= SHARES_MAX);
            let mut owed = BTreeMap::<String, i64>::new();
            for (name, bytes) in bill.payers() {
                *owed.entry(name.to_owned()).or_default() += bytes as i64;
            }
            paid.retain(|_, bytes| *bytes != 0);
            assert_eq!(owed, paid);
            if bytes > 0 {
                assert_eq!(Bill::read(&bill.note(), bytes), Ok(bill.clone()));
            }
        }
    }
}

#[test]
fn who_paid_last_gets_back_first() {
    let mut bill = Bill::default();
    bill.resize(100, "alice.near");
    bill.resize(150, "bob.near");
    let moved = bill.resize(90, ITSELF);
    let name = |name: &str| 6 + name.len() as i64;
    let expected = [
        ("bob.near".to_owned(), -50 - name("bob.near")),
        ("alice.near".to_owned(), -10),
    ];
    assert_eq!(moved, expected);
}

#[test]
fn what_the_subcontract_pays_alone_takes_no_note() {
    let mut bill = Bill::default();
    bill.resize(100, ITSELF);
    assert!(bill.note().is_empty());
    assert_eq!(Bill::read(&[], 100), Ok(bill));
}

#[test]
fn a_note_that_says_nothing_is_refused() {
    for note in [
        &[5, b'a'][..],
        &[1, 0xff],
        &[1, b'a', 0, 0, 1, 0, 0],
        &[1, b'a', 0],
    ] {
        let failure = Bill::read(note, 200).expect_err("refused");
        assert_eq!(failure.code, "E_CORRUPT");
    }
}

#[test]
fn a_number_that_gets_a_digit_more_costs_nothing_more() {
    assert_eq!(of_entry(20, 1), of_entry(20, 31));
    assert!(of_entry(20, 32) > of_entry(20, 31));
    for bytes in 0..2_000 {
        assert!(of_entry(20, bytes + 1) >= of_entry(20, bytes), "{bytes}");
    }
}

#[test]
fn the_document_shows_prices() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/storage.md");
    let document = std::fs::read_to_string(path).expect("the document is there");
    let mut lines = document
        .lines()
        .skip_while(|line| *line != "```golden prices");
    assert!(lines.next().is_some(), "no block of prices");
    let lines: Vec<_> = lines.take_while(|line| *line != "```").collect();
    assert_eq!(lines.len(), 4);
    for line in lines {
        let [name, bytes, payer, billed] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("four fields: {line}");
        };
        let mut bill = Bill::default();
        let bytes = bytes.parse().expect("a number");
        let payer = if payer == "-" { ITSELF } else { payer };
        bill.resize(of_entry(key::storage(name).len(), bytes), payer);
        let found: u64 = bill.payers().map(|(_, bytes)| bytes).sum();
        assert_eq!(found.to_string(), billed, "{line}");
    }
}
