//! Removed subcontracts: out of reach at once, collected in bounded steps.

mod memory;

use conclave_nested_trie::{Changes, Freed, Trie};
use memory::Memory;
use std::ops::ControlFlow;

const ID: &str = "a@a.near";

fn key(number: u32) -> Vec<u8> {
    format!("balance/{number:05}").into_bytes()
}

/// Creates the subcontract with so many keys, and a large value for each hundredth.
fn create(memory: &mut Memory, count: u32) {
    let mut changes = Changes::new();
    changes.put_account(ID, b"payload".to_vec());
    for number in 0..count {
        let bytes = if number % 100 == 0 { 500 } else { 16 };
        changes.set(ID, key(number), vec![1; bytes]);
    }
    memory.commit(changes);
}

fn remove(memory: &mut Memory) {
    let mut changes = Changes::new();
    changes.remove(ID);
    memory.commit(changes);
}

/// What collecting showed: steps, records, and the entries that went.
#[derive(Default)]
struct Shown {
    steps: usize,
    records: usize,
    entries: Vec<Freed>,
}

/// Collects in steps of `limit` records, or until so many entries were shown.
fn collect(memory: &mut Memory, limit: usize, entries_max: usize) -> Shown {
    let mut shown = Shown::default();
    loop {
        memory.take_reads();
        let mut seen = 0;
        let mut visit = |freed| {
            shown.entries.push(freed);
            seen += 1;
            if seen == entries_max {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let collected = Trie::open(&*memory).collect(ID, limit, &mut visit);
        let collected = collected.expect("sound");
        assert!(collected.records <= limit && memory.take_reads() <= limit + 1);
        let writes = collected.batch.len();
        memory.apply(collected.batch);
        shown.records += collected.records;
        shown.steps += 1;
        assert!(seen <= entries_max && writes <= collected.records + 1);
        if !collected.is_left {
            return shown;
        }
        let is_full = collected.records == limit || seen == entries_max;
        assert!(is_full, "a step that leaves something is full");
    }
}

#[test]
fn removing_reads_and_writes_the_records_at_the_top_alone() {
    for count in [3, 900, 20_000] {
        let mut memory = Memory::default();
        create(&mut memory, count);
        let records = memory.pairs.len();
        memory.take_reads();
        remove(&mut memory);
        assert!(memory.take_reads() <= 3, "{count} keys");
        assert_eq!(memory.pairs.len(), records, "the grave for the account");
        let trie = Trie::open(&memory);
        assert_eq!(trie.account(ID).expect("sound"), None);
        assert_eq!(trie.get(ID, &key(7)).expect("sound"), None);
    }
}

#[test]
fn what_is_left_goes_in_bounded_steps_and_each_entry_is_shown_once() {
    for (count, limit, entries_max) in [
        (3, 1, usize::MAX),
        (20_000, 1_000, usize::MAX),
        (20_000, 7, usize::MAX),
        (2_000, 1, 3),
        (2_000, 1_000, 1),
    ] {
        let mut memory = Memory::default();
        create(&mut memory, count);
        let left = memory.pairs.len() - 2;
        remove(&mut memory);
        let mut shown = collect(&mut memory, limit, entries_max);
        assert_eq!(shown.records, left);
        assert_eq!(memory.pairs.len(), 1, "the root record stays");
        shown.entries.sort_by_key(|freed| freed.stat.value_bytes);
        assert_eq!(shown.entries.len(), count as usize);
        let large = shown.entries.iter().rev();
        let large = large.take_while(|freed| freed.stat.value_bytes == 500);
        assert_eq!(large.count(), count.div_ceil(100) as usize);
        assert!(shown.entries.iter().all(|freed| freed.key_bytes == 13));
        assert!(shown.steps >= count as usize / entries_max);
    }
}

#[test]
fn a_new_subcontract_of_the_same_id_sees_nothing_of_the_old_one() {
    let mut memory = Memory::default();
    for count in [20_000, 15_000, 300] {
        create(&mut memory, count);
        remove(&mut memory);
    }
    create(&mut memory, 3);
    let root = Trie::open(&memory).root().expect("sound");
    let trie = Trie::open(&memory);
    assert_eq!(trie.get(ID, &key(7)).expect("sound"), None);
    assert_eq!(trie.count(ID, b"").expect("sound"), 3);
    let shown = collect(&mut memory, 100, usize::MAX);
    assert_eq!(shown.entries.len(), 20_000 + 15_000 + 300);
    assert!(shown.records > 1_000, "{}", shown.records);
    let mut fresh = Memory::default();
    create(&mut fresh, 3);
    assert_eq!(memory.pairs.len(), fresh.pairs.len());
    assert_eq!(Trie::open(&memory).root(), Ok(root));
    assert_eq!(
        Trie::open(&fresh).root(),
        Ok(root),
        "graves are not in the root"
    );
}
