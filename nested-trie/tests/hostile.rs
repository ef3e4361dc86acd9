//! Stored bytes that no version wrote: an error that names the host key, never a panic.

mod memory;

use conclave_nested_trie::{
    Changes, Corrupt, Fault, ID_BYTES_MAX, KEY_BYTES_MAX, KeyQuery, Trie, TrieError,
};
use memory::Memory;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::sample::Index;

const ID: &str = "a@a.near";

/// Returns a state whose inner and outer indexes have pages on more than one level.
fn sound() -> Memory {
    let mut changes = Changes::new();
    for number in 0..400 {
        changes.put_account(&format!("s{number:03}@a.near"), b"payload".to_vec());
    }
    changes.put_account(ID, b"payload".to_vec());
    for number in 0..3_000_u16 {
        changes.set(
            ID,
            [&b"key:"[..], &number.to_be_bytes()].concat(),
            b"value".to_vec(),
        );
    }
    let mut memory = Memory::default();
    let batch = Trie::open(&memory).update(changes).expect("sound");
    memory.apply(batch);
    memory
}

/// Does everything that reads; only a panic fails.
fn exercise(memory: &Memory) -> Vec<TrieError> {
    let trie = || Trie::open(memory);
    let all = KeyQuery {
        prefix: b"",
        from: b"",
        limit: usize::MAX,
    };
    let mut errors = Vec::new();
    errors.extend(trie().account(ID).err());
    errors.extend(trie().get(ID, b"key:\0\0").err());
    errors.extend(trie().keys(ID, &all).err());
    errors.extend(trie().subcontracts("", usize::MAX).err());
    for changed in [&b"key:\0\x01"[..], b"key:", b"key:\x05\x05", b"\xff"] {
        for value in [None, Some(b"new".to_vec())] {
            let mut changes = Changes::new();
            changes
                .subcontracts
                .entry(ID.into())
                .or_default()
                .values
                .insert(changed.to_vec(), value);
            changes.remove("s100@a.near");
            changes.put_account("t@a.near", Vec::new());
            errors.extend(trie().update(changes).err());
        }
    }
    let mut changes = Changes::new();
    (0..3_000_u16)
        .for_each(|number| changes.unset(ID, [&b"key:"[..], &number.to_be_bytes()].concat()));
    errors.extend(trie().update(changes).err());
    let mut changes = Changes::new();
    changes.remove(ID);
    errors.extend(trie().update(changes).err());
    errors
}

/// Stores a record under a host key and compares what the account, the list and the removal say.
#[track_caller]
fn check(host_key: &[u8], record: Option<&[u8]>, expected: Fault) {
    let mut memory = sound();
    match record {
        Some(record) => drop(memory.pairs.insert(host_key.to_vec(), record.to_vec())),
        None => drop(
            memory
                .pairs
                .remove(host_key)
                .expect("a record that is there"),
        ),
    }
    let errors = exercise(&memory);
    let corrupt = Corrupt {
        host_key: host_key.to_vec(),
        fault: expected,
    };
    assert!(errors.contains(&TrieError::Corrupt(corrupt)), "{errors:?}");
    assert!(errors.iter().all(|error| error.code() == "E_STATE_CORRUPT"));
}

fn account_key() -> Vec<u8> {
    [&[0x03], ID.as_bytes()].concat()
}

/// Returns the host key and the record of the nth named page of the subcontract's level 0.
fn page(nth: usize) -> (Vec<u8>, Vec<u8>) {
    let begin = [&[0x04, 0x00, 0x08], ID.as_bytes(), &[0x00]].concat();
    let memory = sound();
    let mut pages = memory
        .pairs
        .iter()
        .filter(|(key, _)| key.starts_with(&begin) && key.len() > begin.len());
    pages
        .nth(nth)
        .map(|(key, page)| (key.clone(), page.clone()))
        .expect("a page that is there")
}

#[test]
fn an_account_record_of_another_version_is_named() {
    check(&account_key(), Some(&[9, 0]), Fault::Version { got: 9 });
}

#[test]
fn an_account_record_that_is_cut_off_is_named() {
    check(&account_key(), Some(&[]), Fault::Truncated);
    check(&account_key(), Some(&[1, 0, 0, 0]), Fault::Truncated);
    let endless = [&[1, 0][..], &[0; 8], &[0xff; 8]].concat();
    check(&account_key(), Some(&endless), Fault::Truncated);
}

#[test]
fn a_height_over_the_limit_is_named() {
    check(&account_key(), Some(&[1, 9]), Fault::Count);
}

#[test]
fn a_missing_page_is_named() {
    check(&page(3).0, None, Fault::Missing);
}

#[test]
fn a_page_that_lost_its_order_its_name_or_its_end_is_named() {
    let (host_key, record) = page(3);
    let mut unsorted = record.clone();
    let first = record[3..9].to_vec();
    unsorted.extend_from_slice(&[0, 6]);
    unsorted.extend_from_slice(&first);
    check(&host_key, Some(&unsorted), Fault::Order);
    check(&host_key, Some(&[1, 0, 1, 0xff]), Fault::Order);
    check(&host_key, Some(&[1]), Fault::Truncated);
    check(
        &host_key,
        Some(&record[..record.len() - 1]),
        Fault::Truncated,
    );
    let beyond = [&record[..], &[0, 1, 0xff]].concat();
    check(&host_key, Some(&beyond), Fault::Order);
    let long = [&record[..], &[0x07, 0x00], &vec![0xff; 0x700]].concat();
    check(&host_key, Some(&long), Fault::Key);
}

#[test]
fn a_value_that_the_index_promises_and_the_host_lacks_is_named() {
    let mut memory = Memory::default();
    let mut changes = Changes::new();
    changes.put_account(ID, Vec::new());
    changes.set(ID, b"k".to_vec(), b"v".to_vec());
    let batch = Trie::open(&memory).update(changes).expect("sound");
    memory.apply(batch);
    let host_key = [&[0x05, 0x00, 0x08], ID.as_bytes(), b"k"].concat();
    memory.pairs.remove(&host_key).expect("stored");
    let trie = Trie::open(&memory);
    trie.account(ID).expect("sound");
    let error = trie.get(ID, b"k").expect_err("the value is gone");
    assert_eq!(
        error,
        TrieError::Corrupt(Corrupt {
            host_key,
            fault: Fault::Missing
        })
    );
    let text = "corrupt state under host key 0500086140612e6e6561726b: the record is missing";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_foreign_outer_head_is_named() {
    check(&[0x01], Some(&[1, 0, 0]), Fault::Truncated);
    let id = [
        &[1, 0][..],
        &1_u64.to_be_bytes(),
        &3_u64.to_be_bytes(),
        &[0, 1, 0xff],
    ]
    .concat();
    check(&[0x01], Some(&id), Fault::Key);
    check(&[0x01], Some(&[&id[..], &[0]].concat()), Fault::Excess);
}

#[test]
fn requests_outside_the_limits_are_refused_before_any_read() {
    let memory = sound();
    memory.take_reads();
    let trie = Trie::open(&memory);
    let (long_id, long_key) = ("i".repeat(ID_BYTES_MAX + 1), vec![0; KEY_BYTES_MAX + 1]);
    assert_eq!(trie.account("").expect_err("empty").code(), "E_ID_LENGTH");
    assert_eq!(
        trie.get(&long_id, b"").expect_err("long").code(),
        "E_ID_LENGTH"
    );
    assert_eq!(
        trie.has(ID, &long_key).expect_err("long").code(),
        "E_KEY_LENGTH"
    );
    let mut changes = Changes::new();
    changes.set(ID, long_key, Vec::new());
    assert_eq!(
        trie.update(changes).expect_err("long").code(),
        "E_KEY_LENGTH"
    );
    assert_eq!(memory.take_reads(), 0);
}

#[test]
fn values_of_an_unknown_subcontract_are_refused() {
    let memory = sound();
    for is_removed in [false, true] {
        let mut changes = Changes::new();
        let id = if is_removed { ID } else { "nobody@a.near" };
        changes.remove(id);
        changes.set(id, b"k".to_vec(), b"v".to_vec());
        let error = Trie::open(&memory)
            .update(changes)
            .expect_err("there is none");
        assert_eq!(
            (error.code(), error),
            (
                "E_NO_SUBCONTRACT",
                TrieError::NoSubcontract { id: id.into() }
            )
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_stored_bytes_makes_it_panic(
        record in any::<Index>(),
        at in any::<Index>(),
        bits in 1..=255_u8,
        cut in any::<Option<Index>>(),
        tail in proptest::collection::vec(any::<u8>(), 0..3),
    ) {
        let mut memory = sound();
        let index: Vec<Vec<u8>> = memory
            .pairs
            .keys()
            .filter(|key| key[0] <= 0x02 || key[0] == 0x04 || **key == account_key())
            .cloned()
            .collect();
        let host_key = record.get(&index);
        let record = memory.pairs.get_mut(host_key).expect("stored");
        let place = at.index(record.len());
        record[place] ^= bits;
        if let Some(cut) = cut {
            record.truncate(cut.index(record.len()));
        }
        record.extend_from_slice(&tail);
        exercise(&memory);
    }
}
