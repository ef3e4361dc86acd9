//! The measured programs do what a row says they do, in memory.

use conclave_trie_bench::programs::{change, flat_rw, flat_scan, trie_rw, trie_scan};
use conclave_trie_bench::storage::{Memory, Storage};
use conclave_trie_bench::world::{
    Naming, SAMPLES, data, key, neighbouring_keys, spread_keys, stored_key,
};
use conclave_trie_bench::{input, trie_use};
use std::collections::BTreeSet;

const SIZES: [u64; 3] = [10, 100, 1_000];

fn memory(size: u64, naming: Naming) -> Memory {
    Memory::with(data(size, naming))
}

#[test]
fn the_trie_and_plain_keys_give_the_same_values_before_and_after_changes() {
    for size in SIZES {
        let [trie, flat] = [Naming::Trie, Naming::Flat].map(|naming| memory(size, naming));
        let mut sums = BTreeSet::new();
        for sample in 0..SAMPLES {
            let input = input::encode(&spread_keys(size, 3, sample));
            let sum = trie_rw(&trie, &input).expect("keys that are there");
            assert_eq!(flat_rw(&flat, &input), Some(sum));
            sums.insert(sum);
        }
        assert!(sums.len() > 3, "the values differ: {sums:?}");
    }
}

#[test]
fn a_change_is_stored_and_keeps_the_length() {
    let flat = memory(10, Naming::Flat);
    let mut value = flat.read(&key(3)).expect("a value");
    assert_eq!(value.len(), 16);
    flat_rw(&flat, &input::encode(&[key(3)])).expect("a key that is there");
    change(&mut value);
    assert_eq!(flat.read(&key(3)), Some(value));
}

#[test]
fn a_scan_gives_the_same_pairs_as_reads_of_known_keys() {
    let [trie, flat] = [Naming::Trie, Naming::Flat].map(|naming| memory(1_000, naming));
    for sample in [0, 7, SAMPLES - 1] {
        let keys = neighbouring_keys(1_000, 100, sample);
        assert_eq!(keys.len(), 100);
        assert!(keys.is_sorted());
        let input = input::encode(&keys);
        let sum = trie_scan(&trie, &input);
        assert!(sum.is_some());
        assert_eq!(sum, flat_scan(&flat, &input));
    }
}

#[test]
fn an_absent_key_is_told() {
    let [trie, flat] = [Naming::Trie, Naming::Flat].map(|naming| memory(10, naming));
    let input = input::encode(&[key(10)]);
    assert_eq!(
        (trie_rw(&trie, &input), flat_rw(&flat, &input)),
        (None, None)
    );
    let last = neighbouring_keys(10, 1, SAMPLES - 1);
    assert_eq!(trie_use::scan(&trie, "token@alice.near", &last[0], 2), None);
}

#[test]
fn the_keys_are_those_of_a_token_and_are_spread_over_all_digits() {
    assert_eq!(key(1), b"\x01balance/user-61803399.near");
    let keys: BTreeSet<Vec<u8>> = (0..1_000).map(key).collect();
    assert_eq!(keys.len(), 1_000);
    let first_digits: BTreeSet<u8> = keys.iter().map(|key| key[14]).collect();
    assert_eq!(first_digits.len(), 10);
    assert!(
        spread_keys(1_000, 10, 15)
            .iter()
            .all(|it| keys.contains(it))
    );
    let distinct: BTreeSet<_> = spread_keys(10, 10, 3).into_iter().collect();
    assert_eq!(distinct.len(), 10, "one call never names a key twice");
    let with_id = stored_key(&key(1), Naming::FlatWithId);
    assert_eq!(
        with_id,
        b"token@alice.near/state/\x01balance/user-61803399.near"
    );
}
