//! Random histories against plain maps: 50,000 operations, or `CONCLAVE_TRIE_OPS` of them.
//!
//! Keys are shaped to hurt: long shared prefixes, one-bit differences, the empty key, the longest,
//! neighbours, and enough of them that pages are split and merged on several levels.

mod dice;
mod memory;

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use conclave_nested_trie::{Changes, Direction, KEY_BYTES_MAX, KeyRange, NewValue, Trie};
use dice::Dice;
use memory::Memory;

type Values = BTreeMap<Vec<u8>, Vec<u8>>;
type Model = BTreeMap<String, (Vec<u8>, Values)>;

const IDS: [&str; 5] = ["a", "a@a", "a@a.near", "b@a.near", "token.dex@a.near"];

fn operations() -> usize {
    let asked = std::env::var("CONCLAVE_TRIE_OPS").ok();
    asked.map_or(50_000, |asked| asked.parse().expect("a number"))
}

/// A key of one of the shapes.
fn key(dice: &mut Dice) -> Vec<u8> {
    let number = dice.below(400) as u16;
    match dice.below(12) {
        0 => (0..dice.below(4))
            .map(|_| dice.pick(&[0, 1, b'a', 0x80, 0xff]))
            .collect(),
        1 => [&b"balance:shared.prefix.of.all:"[..], &[number as u8]].concat(),
        2 => vec![dice.pick(&[0, 1, 0xff]); KEY_BYTES_MAX - dice.below(3)],
        3 => [&vec![b'z'; KEY_BYTES_MAX - 2][..], &number.to_be_bytes()].concat(),
        4 => one_bit(vec![0x55; 24], dice.below(24 * 8)),
        5 => vec![b'n'; dice.below(120)],
        6 => one_bit(vec![0; 200], dice.below(200 * 8)),
        7 => u64::from(number).to_be_bytes().to_vec(),
        _ => format!("holder-{:05}.near", dice.below(3_000)).into_bytes(),
    }
}

fn one_bit(mut key: Vec<u8>, bit: usize) -> Vec<u8> {
    key[bit / 8] ^= 0x80 >> (bit % 8);
    key
}

/// The note of an entry follows from its value, so that the model need not hold it.
fn note(value: &[u8]) -> Vec<u8> {
    match value.first() {
        Some(byte) if byte % 3 == 0 => vec![*byte; usize::from(byte % 40)],
        _ => Vec::new(),
    }
}

fn set(changes: &mut Changes, id: &str, key: Vec<u8>, bytes: Vec<u8>) {
    let note = note(&bytes);
    changes.put(id, key, NewValue { bytes, note });
}

fn value(dice: &mut Dice) -> Vec<u8> {
    let bytes = match dice.below(20) {
        0 => 0,
        1 => 255 + dice.below(4),
        2 => 1_000 + dice.below(2_000),
        _ => dice.below(40),
    };
    let byte = dice.below(256) as u8;
    vec![byte; bytes]
}

/// Does one operation to the model and to the changes.
fn operate(dice: &mut Dice, model: &mut Model, changes: &mut Changes) {
    let id = dice.pick(&IDS);
    let kind = dice.below(100);
    let Some((payload, values)) = model.get_mut(id) else {
        changes.put_account(id, vec![kind as u8]);
        model.insert(id.to_owned(), (vec![kind as u8], Values::new()));
        return;
    };
    match kind {
        0 if dice.below(20) == 0 => {
            changes.remove(id);
            model.remove(id);
        }
        0..=2 => {
            *payload = vec![kind as u8; dice.below(3)];
            changes.put_account(id, payload.clone());
        }
        3..=40 => {
            let known = values.keys().nth(dice.below(values.len().max(1))).cloned();
            let key = known.unwrap_or_else(|| key(dice));
            values.remove(&key);
            changes.unset(id, key);
        }
        41..=50 if !values.is_empty() => {
            let known = values.keys().nth(dice.below(values.len())).cloned();
            let (key, value) = (known.expect("there are some"), value(dice));
            values.insert(key.clone(), value.clone());
            set(changes, id, key, value);
        }
        _ => {
            let (key, value) = (key(dice), value(dice));
            values.insert(key.clone(), value.clone());
            set(changes, id, key, value);
        }
    }
}

/// Gives a key that is there another value of the same length.
fn replace(dice: &mut Dice, model: &mut Model, changes: &mut Changes) {
    let id = dice.pick(&IDS);
    let Some((_, values)) = model.get_mut(id) else {
        return;
    };
    let at = dice.below(values.len().max(1));
    if let Some((key, value)) = values.iter_mut().nth(at) {
        value.fill(dice.below(256) as u8);
        set(changes, id, key.clone(), value.clone());
    }
}

/// The same state, built at once and in the reverse order of subcontracts.
fn built(model: &Model) -> Memory {
    let mut memory = Memory::default();
    for (id, (payload, values)) in model.iter().rev() {
        let mut changes = Changes::new();
        changes.put_account(id, payload.clone());
        for (key, value) in values {
            set(&mut changes, id, key.clone(), value.clone());
        }
        memory.commit(changes);
    }
    memory
}

fn bytes_stored(memory: &Memory) -> usize {
    memory.pairs.values().map(Vec::len).sum()
}

#[test]
fn any_history_leads_to_the_records_of_its_pairs() {
    let mut dice = Dice::new(1);
    let (mut memory, mut model) = (Memory::default(), Model::new());
    let (mut done, mut rounds) = (0, 0);
    while done < operations() {
        let mut changes = Changes::new();
        let count = dice.pick(&[1, 1, 2, 5, 30, 200]);
        let only_replaces = dice.below(3) == 0;
        for _ in 0..count {
            if only_replaces {
                replace(&mut dice, &mut model, &mut changes);
            } else {
                operate(&mut dice, &mut model, &mut changes);
            }
        }
        memory.commit(changes);
        for id in IDS {
            memory.collect(id);
        }
        (done, rounds) = (done + count, rounds + 1);
        if rounds % 16 == 0 {
            let fresh = built(&model);
            // Generations may take another byte each.
            assert_eq!(memory.pairs.len(), fresh.pairs.len(), "after {done}");
            let difference = bytes_stored(&memory).abs_diff(bytes_stored(&fresh));
            assert!(difference <= 2 * IDS.len(), "{difference} after {done}");
            compare(&memory, &model, &mut dice);
        }
    }
    let pages = memory.pairs.keys().filter(|key| matches!(key[0], 5 | 6));
    assert!(pages.count() > 50, "the histories split pages");
}

#[test]
fn the_records_of_one_subcontract_depend_on_its_pairs_alone() {
    let mut dice = Dice::new(2);
    let (mut memory, mut values) = (Memory::default(), Values::new());
    for round in 0..400 {
        let mut changes = Changes::new();
        changes.put_account("a@a", vec![1]);
        let grows = (round / 50) % 2 == 0;
        for _ in 0..dice.below(40) {
            if grows || values.is_empty() {
                let (key, value) = (key(&mut dice), value(&mut dice));
                set(&mut changes, "a@a", key.clone(), value.clone());
                values.insert(key, value);
            } else {
                let key = values.keys().nth(dice.below(values.len())).cloned();
                let key = key.expect("there are some");
                values.remove(&key);
                changes.unset("a@a", key);
            }
        }
        memory.commit(changes);
        let mut changes = Changes::new();
        changes.put_account("a@a", vec![1]);
        for (key, value) in &values {
            set(&mut changes, "a@a", key.clone(), value.clone());
        }
        let mut fresh = Memory::default();
        fresh.commit(changes);
        assert!(memory.pairs == fresh.pairs, "round {round}");
    }
}

/// Compares what the trie reads with the model.
fn compare(memory: &Memory, model: &Model, dice: &mut Dice) {
    let trie = Trie::open(memory);
    let ids = trie.subcontracts("", usize::MAX).expect("sound").items;
    assert_eq!(ids, model.keys().cloned().collect::<Vec<_>>());
    for id in IDS {
        let Some((payload, values)) = model.get(id) else {
            assert!(trie.account(id).expect("sound").is_none());
            continue;
        };
        let account = trie.account(id).expect("sound").expect("is there");
        assert_eq!(
            (&account.payload, account.keys),
            (payload, values.len() as u64)
        );
        for _ in 0..20 {
            let asked = key(dice);
            assert_eq!(
                trie.get(id, &asked).expect("sound").as_ref(),
                values.get(&asked)
            );
            assert_eq!(
                trie.has(id, &asked).expect("sound"),
                values.contains_key(&asked)
            );
            compare_count(&trie, id, values, &asked[..dice.below(asked.len() + 1)]);
            compare_range(&trie, id, values, (&asked, &key(dice)), dice);
        }
        compare_range(&trie, id, values, (&[], &[0xff; 2_049]), dice);
    }
}

fn compare_count(trie: &Trie<&Memory>, id: &str, values: &Values, prefix: &[u8]) {
    let expected = values.keys().filter(|key| key.starts_with(prefix)).count();
    let count = trie.count(id, prefix).expect("sound");
    assert_eq!(count, expected as u64, "{}", hex::encode(prefix));
}

fn compare_range(
    trie: &Trie<&Memory>,
    id: &str,
    values: &Values,
    (from, to): (&[u8], &[u8]),
    dice: &mut Dice,
) {
    let limit = dice.pick(&[1, 3, usize::MAX]);
    let pairs: Vec<_> = if from < to {
        let range = (Bound::Included(from), Bound::Excluded(to));
        values.range::<[u8], _>(range).collect()
    } else {
        Vec::new()
    };
    for direction in [Direction::Up, Direction::Down] {
        let mut found = Vec::new();
        let range = KeyRange {
            from,
            to: Some(to),
            direction,
        };
        let mut visit = |entry: &conclave_nested_trie::Entry<'_, &Memory>| {
            if found.len() == limit {
                return Ok(ControlFlow::Break(()));
            }
            let value = entry.value()?;
            let stat = entry.stat();
            assert_eq!(value.len() as u64, stat.value_bytes);
            assert_eq!(note(&value), stat.note);
            found.push((entry.key().to_vec(), value));
            Ok(ControlFlow::Continue(()))
        };
        trie.scan(id, &range, &mut visit).expect("sound");
        let mut expected: Vec<_> = pairs
            .iter()
            .map(|(key, value)| ((*key).clone(), (*value).clone()))
            .collect();
        if direction == Direction::Down {
            expected.reverse();
        }
        expected.truncate(limit);
        assert!(found == expected, "{direction:?} from {from:?} to {to:?}");
    }
}

#[test]
fn notes_are_in_no_hash() {
    let root = |note: &[u8]| {
        let (mut memory, mut changes) = (Memory::default(), Changes::new());
        changes.put_account("a@a", vec![1]);
        let (bytes, note) = (vec![7; 3], note.to_vec());
        changes.put("a@a", vec![1], NewValue { bytes, note });
        memory.commit(changes);
        Trie::open(&memory).root()
    };
    assert_eq!(root(b""), root(b"alice.near"));
}

#[test]
fn what_is_removed_leaves_nothing() {
    let mut dice = Dice::new(3);
    let (mut memory, mut model) = (Memory::default(), Model::new());
    for _ in 0..300 {
        let mut changes = Changes::new();
        for _ in 0..10 {
            operate(&mut dice, &mut model, &mut changes);
        }
        memory.commit(changes);
    }
    let mut changes = Changes::new();
    model.keys().for_each(|id| changes.remove(id));
    memory.commit(changes);
    IDS.iter().for_each(|id| memory.collect(id));
    let left: Vec<_> = memory.pairs.keys().collect();
    assert_eq!(left, [&[1]], "the root record stays");
}
