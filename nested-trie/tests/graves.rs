//! Removed subcontracts: out of reach at once, collected in bounded steps.

mod memory;

use conclave_nested_trie::{Changes, Trie};
use memory::Memory;

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

/// Collects in steps of `limit` records; returns how many there were.
fn collect(memory: &mut Memory, limit: usize) -> usize {
    let mut all = 0;
    loop {
        memory.take_reads();
        let collected = Trie::open(&*memory).collect(ID, limit).expect("sound");
        assert!(collected.records <= limit && memory.take_reads() <= limit + 1);
        let writes = collected.batch.len();
        memory.apply(collected.batch);
        all += collected.records;
        assert!(writes <= collected.records + 1, "{writes} writes");
        if !collected.is_left {
            return all;
        }
        assert_eq!(
            collected.records, limit,
            "a step that leaves something is full"
        );
    }
}

#[test]
fn a_small_subcontract_goes_whole() {
    let mut memory = Memory::default();
    create(&mut memory, 900);
    remove(&mut memory);
    assert_eq!(memory.pairs.len(), 1, "the root record stays");
    let collected = Trie::open(&memory).collect(ID, 10).expect("sound");
    assert!(collected.batch.is_empty() && !collected.is_left);
}

#[test]
fn a_large_one_is_out_of_reach_at_once_and_goes_in_bounded_steps() {
    for limit in [1, 7, 1_000] {
        let mut memory = Memory::default();
        create(&mut memory, 20_000);
        let records = memory.pairs.len();
        memory.take_reads();
        remove(&mut memory);
        assert!(memory.take_reads() < 200, "removing is bounded");
        let trie = Trie::open(&memory);
        assert_eq!(trie.account(ID).expect("sound"), None);
        assert_eq!(trie.get(ID, &key(7)).expect("sound"), None);
        assert!(memory.pairs.len() > records - 150, "most is still there");
        let left = memory.pairs.len() - 2;
        assert_eq!(collect(&mut memory, limit), left);
        assert_eq!(memory.pairs.len(), 1, "the root record stays");
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
    let mut collected = 0;
    while memory.count_under(&[9]) > 0 {
        let step = Trie::open(&memory).collect(ID, 100).expect("sound");
        collected += step.records;
        memory.apply(step.batch);
    }
    assert!(collected > 1_000, "{collected}");
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
