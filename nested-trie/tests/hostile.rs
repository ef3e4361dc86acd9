//! Stored bytes that no version wrote: an error that names the host key, never a wrong value and
//! never a panic; and requests outside the limits.

mod dice;
mod memory;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use conclave_nested_trie::{
    Changes, Corrupt, Direction, Fault, ID_BYTES_MAX, KEY_BYTES_MAX, KeyRange, Trie, TrieError,
};
use dice::Dice;
use memory::Memory;

const ID: &str = "a@a.near";

type Values = BTreeMap<Vec<u8>, Vec<u8>>;

/// A state whose tries have pages on more than one level, a value beside its page, a long name.
fn sound() -> (Memory, Values) {
    let mut changes = Changes::new();
    let mut values = Values::new();
    for number in 0..200 {
        changes.put_account(&format!("s{number:03}@a.near"), b"payload".to_vec());
    }
    changes.put_account(ID, b"payload".to_vec());
    for number in 0..3_000_u16 {
        let key = [&b"key:"[..], &number.to_be_bytes()].concat();
        values.insert(key, format!("value {number}").into_bytes());
    }
    values.insert(b"large".to_vec(), vec![7; 1_000]);
    values.insert(vec![b'l'; 300], vec![8; 300]);
    for (key, value) in &values {
        changes.set(ID, key.clone(), value.clone());
    }
    let mut memory = Memory::default();
    memory.commit(changes);
    (memory, values)
}

/// Reads everything; returns what went wrong. What is read is right.
fn read_all(memory: &Memory, values: &Values) -> Vec<TrieError> {
    let trie = Trie::open(memory);
    let mut errors = Vec::new();
    let all = KeyRange {
        from: b"",
        to: None,
        direction: Direction::Up,
    };
    let mut seen = 0;
    let scanned = trie.scan(ID, &all, &mut |entry| {
        seen += 1;
        assert_eq!(values.get(entry.key()), Some(&entry.value()?));
        Ok(ControlFlow::Continue(()))
    });
    match scanned {
        Ok(()) => assert_eq!(seen, values.len()),
        Err(error) => errors.push(error),
    }
    match trie.subcontracts("", usize::MAX) {
        Ok(listing) => assert_eq!(listing.items.len(), 201),
        Err(error) => errors.push(error),
    }
    for number in 0..200 {
        let account = trie.account(&format!("s{number:03}@a.near"));
        match account {
            Ok(account) => assert_eq!(account.map(|it| it.payload), Some(b"payload".to_vec())),
            Err(error) => errors.push(error),
        }
    }
    errors
}

/// Checks that a record with these bytes is named by everything that reads it, and nothing else is.
fn check(memory: &Memory, values: &Values, host_key: &[u8], fault: Option<Fault>) {
    let errors = read_all(memory, values);
    let shown = hex::encode(host_key);
    assert!(!errors.is_empty(), "{shown}: nothing was noticed");
    for error in errors {
        assert_eq!(error.code(), "E_STATE_CORRUPT");
        let TrieError::Corrupt(corrupt) = error else {
            panic!("{shown}: {error:?}");
        };
        assert_eq!(hex::encode(&corrupt.host_key), shown, "{}", corrupt.fault);
        assert!(
            fault.is_none_or(|fault| fault == corrupt.fault),
            "{corrupt}"
        );
    }
}

#[test]
fn any_flipped_byte_of_any_record_is_named_and_gives_no_wrong_value() {
    let (mut memory, values) = sound();
    let mut dice = Dice::new(1);
    let host_keys: Vec<Vec<u8>> = memory.pairs.keys().cloned().collect();
    assert!(host_keys.iter().any(|key| key[0] == 2), "pages of ids");
    assert!(host_keys.iter().any(|key| key[0] == 8), "a long name");
    for host_key in host_keys {
        let record = memory.pairs[&host_key].clone();
        for _ in 0..8 {
            let mut flipped = record.clone();
            flipped[dice.below(record.len())] ^= 1 + dice.below(255) as u8;
            memory.pairs.insert(host_key.clone(), flipped);
            check(&memory, &values, &host_key, None);
        }
        memory.pairs.insert(host_key, record);
    }
}

#[test]
fn every_byte_of_a_record_is_guarded() {
    let (mut memory, values) = sound();
    let page = memory.pairs.keys().find(|key| key[0] == 5).cloned();
    for host_key in [vec![1], page.expect("there are pages")] {
        let record = memory.pairs[&host_key].clone();
        for at in 0..record.len() {
            let mut flipped = record.clone();
            flipped[at] ^= 0x20;
            memory.pairs.insert(host_key.clone(), flipped);
            let fault = if at == 0 {
                Fault::Version { got: 0x21 }
            } else {
                Fault::Checksum
            };
            check(&memory, &values, &host_key, Some(fault));
        }
        memory.pairs.insert(host_key, record);
    }
}

#[test]
fn a_record_that_is_missing_cut_or_anothers_is_named() {
    let (mut memory, values) = sound();
    let pages: Vec<Vec<u8>> = memory
        .pairs
        .keys()
        .filter(|key| key[0] == 5)
        .cloned()
        .collect();
    let [host_key, other, ..] = pages.as_slice() else {
        panic!("two pages");
    };
    let record = memory.pairs.remove(host_key).expect("a page");
    check(&memory, &values, host_key, Some(Fault::Missing));
    for (bytes, fault) in [
        (Vec::new(), Fault::Truncated),
        (record[..5].to_vec(), Fault::Truncated),
        (record[..record.len() - 1].to_vec(), Fault::Checksum),
        ([&record[..], &[0]].concat(), Fault::Checksum),
        (memory.pairs[other].clone(), Fault::Checksum),
    ] {
        memory.pairs.insert(host_key.clone(), bytes);
        check(&memory, &values, host_key, Some(fault));
    }
}

#[test]
fn a_value_beside_its_page_that_is_gone_or_of_another_length_is_named() {
    let (mut memory, _) = sound();
    let host_key = [&[7, 1][..], b"large"].concat();
    memory.pairs.remove(&host_key).expect("the value");
    let error = Trie::open(&memory)
        .get(ID, b"large")
        .expect_err("it is gone");
    let fault = Fault::Missing;
    let named = host_key.clone();
    assert_eq!(error, TrieError::Corrupt(Corrupt { host_key, fault }));
    let text = "corrupt state under host key 07016c61726765: the record is missing";
    assert_eq!(error.to_string(), text);
    let mut changes = Changes::new();
    changes.set(ID, b"large".to_vec(), vec![1; 999]);
    let shorter = Trie::open(&memory).update(changes).expect("sound");
    let (_, record) = shorter.iter().find(|(key, _)| *key == named).expect("it");
    memory.pairs.insert(named, record.expect("bytes").to_vec());
    let error = Trie::open(&memory).get(ID, b"large").expect_err("shorter");
    let TrieError::Corrupt(Corrupt { fault, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(fault, Fault::Contradiction);
}

#[test]
fn no_bytes_make_it_panic() {
    let (memory, _) = sound();
    let mut dice = Dice::new(2);
    let host_keys: Vec<Vec<u8>> = memory.pairs.keys().cloned().collect();
    for _ in 0..400 {
        let mut memory = memory.clone();
        for _ in 0..=dice.below(4) {
            let host_key = host_keys[dice.below(host_keys.len())].clone();
            let mut record = memory.pairs[&host_key].clone();
            record.truncate(dice.below(record.len() + 1));
            record.extend((0..dice.below(30)).map(|_| dice.below(256) as u8));
            memory.forge(host_key, record);
        }
        let trie = Trie::open(&memory);
        drop(trie.root());
        drop(trie.prove(ID, b"key:\0\0"));
        drop(trie.count(ID, b"key:\x01"));
        let mut changes = Changes::new();
        (0..3_000_u16)
            .step_by(dice.pick(&[1, 7, 500]))
            .for_each(|number| {
                changes.unset(ID, [&b"key:"[..], &number.to_be_bytes()].concat());
            });
        changes.set(ID, b"key:\0\x01x".to_vec(), vec![1; dice.below(400)]);
        changes.remove("s100@a.near");
        changes.put_account("t@a.near", Vec::new());
        drop(trie.update(changes));
    }
}

#[test]
fn requests_outside_the_limits_are_refused_before_any_read() {
    let (memory, _) = sound();
    memory.take_reads();
    let trie = Trie::open(&memory);
    let (long_id, long_key) = ("i".repeat(ID_BYTES_MAX + 1), vec![0; KEY_BYTES_MAX + 1]);
    let code = |error: TrieError| error.code();
    assert_eq!(trie.account("").map_err(code).err(), Some("E_ID_LENGTH"));
    assert_eq!(
        trie.get(&long_id, b"").map_err(code).err(),
        Some("E_ID_LENGTH")
    );
    assert_eq!(
        trie.has(ID, &long_key).map_err(code).err(),
        Some("E_KEY_LENGTH")
    );
    assert_eq!(
        trie.prove(ID, &long_key).map_err(code).err(),
        Some("E_KEY_LENGTH")
    );
    let mut changes = Changes::new();
    changes.set(ID, long_key, Vec::new());
    assert_eq!(
        trie.update(changes).map_err(code).err(),
        Some("E_KEY_LENGTH")
    );
    assert_eq!(memory.take_reads(), 0);
}

#[test]
fn values_of_an_unknown_subcontract_are_refused() {
    let (memory, _) = sound();
    for is_removed in [false, true] {
        let mut changes = Changes::new();
        let id = if is_removed { ID } else { "nobody@a.near" };
        changes.remove(id);
        changes.set(id, b"k".to_vec(), b"v".to_vec());
        let error = Trie::open(&memory)
            .update(changes)
            .expect_err("there is none");
        assert_eq!(error, TrieError::NoSubcontract { id: id.into() });
        assert_eq!(error.code(), "E_NO_SUBCONTRACT");
    }
}
