//! Host reads and writes of each operation, counted: the table of `docs/spec/state.md`.

mod memory;

use std::ops::ControlFlow;

use conclave_nested_trie::{Batch, Changes, Direction, KeyRange, Trie};
use memory::Memory;

const ID: &str = "token@alice.near";

/// Keys of a subcontract, and the pages on the way to one below the account record.
const SIZES: [(usize, usize); 4] = [(10, 0), (500, 1), (10_000, 2), (60_000, 2)];

/// Returns a state with one subcontract of so many keys, in one execution.
fn with_keys(count: usize) -> Memory {
    let mut changes = Changes::new();
    changes.put_account(ID, b"payload".to_vec());
    (0..count).for_each(|number| changes.set(ID, key(number), vec![1; 16]));
    let mut memory = Memory::default();
    memory.commit(changes);
    memory.take_reads();
    memory
}

fn key(number: usize) -> Vec<u8> {
    format!("balance:holder-{number:06}.near").into_bytes()
}

fn set(key: Vec<u8>, value: Vec<u8>) -> Changes {
    let mut changes = Changes::new();
    changes.set(ID, key, value);
    changes
}

/// Compares the reads and writes of an update by a fresh handle, and returns its batch.
#[track_caller]
fn check(memory: &Memory, changes: Changes, reads: usize, writes: usize) -> Batch {
    memory.take_reads();
    let batch = Trie::open(memory).update(changes).expect("sound");
    assert_eq!((memory.take_reads(), batch.len()), (reads, writes));
    batch
}

#[test]
fn a_value_is_read_with_the_pages_on_its_way_and_each_once() {
    for (count, way) in SIZES {
        let memory = with_keys(count);
        let trie = Trie::open(&memory);
        assert!(trie.get(ID, &key(7)).expect("sound").is_some());
        assert_eq!(memory.take_reads(), 1 + way, "{count} keys");
        trie.get(ID, &key(7)).expect("sound");
        trie.has(ID, &key(7)).expect("sound");
        trie.account(ID).expect("sound");
        assert_eq!(memory.take_reads(), 0, "asked again");
        assert_eq!(trie.account("absent").expect("sound"), None);
        assert_eq!(memory.take_reads(), 1);
    }
}

#[test]
fn another_value_of_the_same_weight_is_one_write() {
    for (count, way) in SIZES {
        check(&with_keys(count), set(key(7), vec![2; 16]), 1 + way, 1);
        check(&with_keys(count), set(key(7), vec![1; 16]), 1 + way, 0);
    }
}

#[test]
fn what_was_read_is_not_read_again_to_be_written() {
    for (count, _) in SIZES {
        let memory = with_keys(count);
        let trie = Trie::open(&memory);
        trie.get(ID, &key(7)).expect("sound");
        memory.take_reads();
        let batch = trie.update(set(key(7), vec![2; 16])).expect("sound");
        assert_eq!((memory.take_reads(), batch.len()), (0, 1));
    }
}

#[test]
fn a_key_that_comes_or_goes_writes_the_way_to_it() {
    for (count, way) in SIZES {
        let memory = with_keys(count);
        let fresh = set(b"balance:holder-000007.neas".to_vec(), vec![1; 16]);
        let batch = Trie::open(&memory).update(fresh).expect("sound");
        assert_eq!(memory.take_reads(), 1 + way, "{count} keys");
        // One page may have to be split in two or three.
        let writes = 1 + way..=3 + way;
        assert!(
            writes.contains(&batch.len()),
            "{count} keys: {}",
            batch.len()
        );
        let mut changes = Changes::new();
        changes.unset(ID, key(7));
        check(&memory, changes, 1 + way, 1 + way);
    }
}

#[test]
fn an_absent_key_that_goes_and_a_payload_that_stays_write_nothing() {
    for (count, way) in SIZES {
        let memory = with_keys(count);
        let mut changes = Changes::new();
        changes.unset(ID, b"balance:holder-000007.neas".to_vec());
        check(&memory, changes, 1 + way, 0);
        let mut changes = Changes::new();
        changes.put_account(ID, b"payload".to_vec());
        check(&memory, changes, 1, 0);
        let mut changes = Changes::new();
        changes.put_account(ID, b"another".to_vec());
        check(&memory, changes, 1, 1);
    }
}

#[test]
fn a_value_beside_its_page_is_a_record_of_its_own() {
    let mut memory = with_keys(10);
    let batch = check(&memory, set(b"code".to_vec(), vec![1; 5_000]), 1, 2);
    memory.apply(batch);
    let trie = Trie::open(&memory);
    let stat = trie.stat(ID, b"code").expect("sound");
    assert_eq!(stat.map(|stat| stat.value_bytes), Some(5_000));
    assert_eq!(memory.take_reads(), 1);
    trie.get(ID, b"code").expect("sound");
    assert_eq!(memory.take_reads(), 1);
    trie.get(ID, &key(7)).expect("sound");
    assert_eq!(memory.take_reads(), 0);
    let batch = check(&memory, set(b"code".to_vec(), b"short".to_vec()), 1, 2);
    memory.apply(batch);
    assert_eq!(memory.count_under(&[7]), 0);
}

#[test]
fn a_scan_reads_the_pages_of_what_it_shows() {
    let memory = with_keys(10_000);
    let trie = Trie::open(&memory);
    for (direction, seen_max) in [(Direction::Up, 100), (Direction::Down, 100)] {
        memory.take_reads();
        let range = KeyRange {
            from: &key(5_000),
            to: Some(&key(7_000)),
            direction,
        };
        let mut seen = 0;
        trie.scan(ID, &range, &mut |_| {
            seen += 1;
            Ok(if seen == seen_max {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })
        .expect("sound");
        let reads = memory.take_reads();
        assert!((5..=13).contains(&reads), "{direction:?}: {reads} reads");
    }
}

#[test]
fn counting_reads_one_way_however_many_are_counted() {
    let memory = with_keys(60_000);
    for (prefix, count) in [("balance:holder-0", 60_000), ("balance:holder-0123", 100)] {
        memory.take_reads();
        let trie = Trie::open(&memory);
        assert_eq!(trie.count(ID, prefix.as_bytes()), Ok(count));
        assert!(memory.take_reads() <= 4);
    }
}

#[test]
fn a_subcontract_that_comes_or_goes_touches_the_root_record() {
    let mut memory = with_keys(10);
    let mut changes = Changes::new();
    changes.put_account("new@alice.near", Vec::new());
    let batch = check(&memory, changes, 2, 2);
    memory.apply(batch);
    let mut changes = Changes::new();
    changes.remove("new@alice.near");
    check(&memory, changes, 2, 2);
    check(&memory, Changes::new(), 0, 0);
}
