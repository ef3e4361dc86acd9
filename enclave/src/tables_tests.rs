//! Records of the tables: read as they were stored, and named when they are damaged.

use super::{BUILD_BYTES, COUNT, host_key, place};
use crate::execution::{Execution, Mode};
use crate::platform::memory::{Effects, Memory, Pairs, Surroundings};
use crate::serve::{Export, serve};
use conclave_abi::error::Failure;
use conclave_abi::key;
use conclave_engine::tables::BYTES;
use conclave_nested_trie::sealed;
use std::cell::RefCell;
use std::rc::Rc;

fn platform(pairs: &Pairs, input: &[u8]) -> Memory {
    Memory {
        pairs: Rc::clone(pairs),
        surroundings: Surroundings {
            predecessor: "alice.near".to_owned(),
            signer: "alice.near".to_owned(),
            deposit: 0,
            balance: 10u128.pow(27),
            block_height: 1,
            block_timestamp_ns: 1,
        },
        input: input.to_vec(),
        results: Vec::new(),
        effects: Rc::new(RefCell::new(Effects::default())),
    }
}

/// An enclave that has its tables.
fn stored() -> Pairs {
    let pairs = Pairs::default();
    let new = br#"{"owner":"alice.near"}"#;
    serve(Export::New, platform(&pairs, new)).expect("new works");
    serve(Export::Tables, platform(&pairs, BYTES)).expect("tables works");
    pairs
}

fn read(pairs: &Pairs, record: usize) -> Result<&'static [u8], Failure> {
    Execution::new(platform(pairs, b""), Mode::View).read_table(record)
}

#[test]
fn records_are_read_as_they_were_sent() {
    let pairs = stored();
    let records = (0..COUNT).map(|record| read(&pairs, record).expect("a record"));
    assert!(records.collect::<Vec<_>>().concat() == BYTES);
}

#[test]
fn a_flipped_byte_of_any_record_is_named_and_ends_the_execution() {
    let pairs = stored();
    for record in 0..COUNT {
        let key = host_key(record);
        let sound = pairs.borrow()[&key].clone();
        // Each of the first bytes, then some.
        for at in (0..sound.len()).filter(|at| *at < 24 || at % 211 == 0) {
            let mut broken = sound.clone();
            broken[at] ^= 1 << (at % 8);
            pairs.borrow_mut().insert(key.clone(), broken);
            let execution = Execution::new(platform(&pairs, b""), Mode::View);
            let failure = execution.read_table(record).expect_err("a broken record");
            assert_eq!(failure.code, "E_CORRUPT", "{failure:?}");
            assert!(failure.message.contains(&hex::encode(&key)), "{failure:?}");
            assert_eq!(execution.check_alive(), Err(failure));
        }
        pairs.borrow_mut().insert(key, sound);
    }
}

#[test]
fn another_builds_records_are_not_read_and_are_replaced() {
    let pairs = stored();
    let right = pairs.borrow().clone();
    for (key, record) in pairs.borrow_mut().iter_mut() {
        if key[0] == key::TABLES {
            let body = [&[7; BUILD_BYTES], &record[9 + BUILD_BYTES..]].concat();
            *record = sealed(key, &body);
        }
    }
    // It had more of them.
    for record in COUNT..COUNT + 3 {
        let key = host_key(record);
        let other = sealed(&key, &[7; 20]);
        pairs.borrow_mut().insert(key, other);
    }
    let failure = read(&pairs, 1).expect_err("another build's");
    assert_eq!(failure.code, "E_TABLES");
    serve(Export::Tables, platform(&pairs, BYTES)).expect("tables works");
    assert!(*pairs.borrow() == right, "as if there had been no other");
    assert_eq!(place(COUNT - 1).end, BYTES.len());
}
