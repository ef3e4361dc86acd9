//! Host reads and writes of each operation, counted: the table of `docs/spec/state.md`.

mod memory;

use std::ops::ControlFlow;

use conclave_nested_trie::{Batch, Changes, KeyQuery, Trie};
use memory::Memory;

const ID: &str = "token@alice.near";

/// Returns a state with one subcontract of so many keys, in one execution.
fn with_keys(count: usize) -> Memory {
    let mut changes = Changes::new();
    changes.put_account(ID, b"payload".to_vec());
    (0..count).for_each(|number| changes.set(ID, key(number), b"value".to_vec()));
    let mut memory = Memory::default();
    let batch = Trie::open(&memory).update(changes).expect("sound");
    memory.apply(batch);
    memory.take_reads();
    memory
}

fn key(number: usize) -> Vec<u8> {
    format!("balance:holder-{number:06}.near").into_bytes()
}

fn set(key: Vec<u8>) -> Changes {
    let mut changes = Changes::new();
    changes.set(ID, key, b"new".to_vec());
    changes
}

fn unset(key: Vec<u8>) -> Changes {
    let mut changes = Changes::new();
    changes.unset(ID, key);
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

/// Levels of pages below the head, as the account record says.
fn height(memory: &Memory) -> usize {
    let account = [&[0x03], ID.as_bytes()].concat();
    usize::from(memory.pairs[&account][1])
}

#[test]
fn reading_a_value_or_an_account_is_one_host_read() {
    for count in [1, 10, 5_000] {
        let memory = with_keys(count);
        let trie = Trie::open(&memory);
        assert!(trie.get(ID, &key(0)).expect("sound").is_some());
        assert_eq!(memory.take_reads(), 1);
        assert!(!trie.has(ID, b"absent").expect("sound"));
        assert_eq!(memory.take_reads(), 1);
        assert!(trie.has(ID, &key(0)).expect("sound"), "known from get");
        assert_eq!(memory.take_reads(), 0);
        assert_eq!(
            trie.account(ID).expect("sound").map(|account| account.keys),
            Some(count as u64)
        );
        assert_eq!(trie.account("absent").expect("sound"), None);
        assert_eq!(memory.take_reads(), 2);
        trie.account(ID).expect("sound");
        assert_eq!(memory.take_reads(), 0, "asked again");
    }
}

#[test]
fn the_account_record_of_a_small_subcontract_answers_for_absent_keys() {
    let memory = with_keys(10);
    let trie = Trie::open(&memory);
    trie.account(ID).expect("sound");
    memory.take_reads();
    assert_eq!(trie.get(ID, b"absent").expect("sound"), None);
    assert!(trie.has(ID, &key(3)).expect("sound"));
    assert_eq!(memory.take_reads(), 0);
}

#[test]
fn overwriting_is_one_host_write_and_touches_no_index() {
    check(&with_keys(10), set(key(3)), 1, 1);
    check(&with_keys(5_000), set(key(3)), 2, 1);
}

#[test]
fn overwriting_what_was_read_reads_nothing_more() {
    for count in [10, 5_000] {
        let memory = with_keys(count);
        let trie = Trie::open(&memory);
        trie.account(ID).expect("sound");
        trie.get(ID, &key(3)).expect("sound");
        memory.take_reads();
        assert_eq!(trie.update(set(key(3))).expect("sound").len(), 1);
        assert_eq!(memory.take_reads(), 0);
    }
}

#[test]
fn a_key_that_comes_or_goes_in_a_small_subcontract_writes_value_and_account() {
    let memory = with_keys(10);
    check(&memory, set(b"fresh".to_vec()), 1, 2);
    check(&memory, unset(key(3)), 1, 2);
    check(&memory, unset(b"absent".to_vec()), 1, 0);
}

#[test]
fn a_key_that_comes_into_a_large_subcontract_writes_one_page_besides() {
    for count in [100, 5_000, 50_000] {
        let memory = with_keys(count);
        let height = height(&memory);
        assert!(height > 0);
        // A key of the rank 0, which begins no page: 31 in 32 of this length.
        check(&memory, set(b"balance:fresh.near".to_vec()), 2 + height, 3);
        check(&memory, unset(b"absent".to_vec()), 2, 0);
    }
    assert_eq!(
        (
            height(&with_keys(20)),
            height(&with_keys(5_000)),
            height(&with_keys(50_000))
        ),
        (0, 2, 3)
    );
}

#[test]
fn a_key_that_begins_a_page_writes_one_page_more_on_each_of_its_levels() {
    let memory = with_keys(5_000);
    let (mut writes, mut worst) = (0, 0);
    for number in 0..1_000 {
        let fresh = format!("balance:holder-{number:06}.near.fresh").into_bytes();
        let batch = Trie::open(&memory).update(set(fresh)).expect("sound");
        writes += batch.len();
        worst = worst.max(batch.len());
    }
    assert!(
        (3_000..3_200).contains(&writes),
        "{writes} writes for 1,000 insertions"
    );
    assert!(worst <= 8, "{worst} writes for one insertion");
}

#[test]
fn a_subcontract_that_comes_or_goes_writes_its_account_and_the_outer_head() {
    let memory = with_keys(0);
    let mut changes = Changes::new();
    changes.put_account("new@alice.near", b"payload".to_vec());
    check(&memory, changes, 2, 2);
    let mut changes = Changes::new();
    changes.remove(ID);
    check(&memory, changes, 2, 2);
}

#[test]
fn a_payload_that_changes_writes_the_account_alone() {
    let memory = with_keys(10);
    let mut changes = Changes::new();
    changes.put_account(ID, b"other".to_vec());
    check(&memory, changes, 1, 1);
    let mut changes = Changes::new();
    changes.put_account(ID, b"payload".to_vec());
    check(&memory, changes, 1, 0);
}

#[test]
fn removing_a_subcontract_reads_its_index_and_writes_each_of_its_host_keys() {
    let memory = with_keys(1_000);
    let pages = memory.count_under(0x04, ID);
    let mut changes = Changes::new();
    changes.remove(ID);
    // One read may be of the first page of a level, which is not stored where it is empty.
    let batch = Trie::open(&memory).update(changes).expect("sound");
    assert!((2 + pages..=4 + pages).contains(&memory.take_reads()));
    assert_eq!(batch.len(), memory.pairs.len());
}

#[test]
fn listing_reads_index_pages_and_no_value() {
    let all = KeyQuery {
        prefix: b"balance:",
        from: b"",
        limit: 100,
    };
    let memory = with_keys(10);
    assert_eq!(
        Trie::open(&memory)
            .keys(ID, &all)
            .expect("sound")
            .items
            .len(),
        10
    );
    assert_eq!(memory.take_reads(), 1);
    let memory = with_keys(5_000);
    let from = key(2_500);
    let listing = Trie::open(&memory)
        .keys(ID, &KeyQuery { from: &from, ..all })
        .expect("sound");
    assert_eq!((listing.items.len(), listing.next), (100, Some(key(2_600))));
    let reads = memory.take_reads();
    assert!(reads <= 12, "{reads} reads for 100 keys");
}

#[test]
fn finding_where_a_listing_begins_reads_one_page_of_each_level() {
    let memory = with_keys(5_000);
    for number in 0..1_000 {
        memory.take_reads();
        let (from, mut first) = (key(number), None);
        let visit = &mut |found: &[u8]| {
            first = Some(found.to_vec());
            ControlFlow::Break(())
        };
        Trie::open(&memory)
            .scan_keys(ID, &from, visit)
            .expect("sound");
        assert_eq!(
            (first, memory.take_reads()),
            (Some(from), 1 + height(&memory))
        );
    }
}

#[test]
fn an_index_costs_little_more_than_its_keys() {
    for count in [1_000, 20_000] {
        let memory = with_keys(count);
        let pages: Vec<&Vec<u8>> = memory
            .pairs
            .iter()
            .filter(|(key, _)| key[0] == 0x04)
            .map(|(_, page)| page)
            .collect();
        let bytes: usize = pages.iter().map(|page| page.len()).sum();
        let packed = count * (2 + key(0).len());
        assert!(bytes < packed + packed / 10, "{bytes} bytes for {packed}");
        let worst = pages.iter().map(|page| page.len()).max().unwrap_or(0);
        assert!(worst < 16 * 1_024, "the largest page has {worst} bytes");
    }
}
