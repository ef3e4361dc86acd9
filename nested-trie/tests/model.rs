//! Random histories on several subcontracts, against plain maps.
//!
//! Keys are shaped to hurt: long shared prefixes, the empty key, 0x00 and 0xff, the longest,
//! neighbours, and enough of them that pages are cut, joined, raised and lowered.

mod memory;

use std::collections::BTreeMap;

use conclave_nested_trie::{Changes, KEY_BYTES_MAX, KeyQuery, Previous, Trie};
use memory::Memory;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

type Model = BTreeMap<String, (Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>)>;

#[derive(Clone, Debug)]
enum Step {
    Put(String, u8),
    Remove(String),
    /// Removes and creates again, with the same pairs.
    Renew(String),
    Set(String, Vec<u8>, u8),
    Unset(String, Vec<u8>),
    SetMany(String, u16, u16),
    UnsetMany(String, u16, u16),
}

fn id() -> impl Strategy<Value = String> {
    let longest = "l".repeat(256);
    select(vec![
        "a".to_owned(),
        "a@a".to_owned(),
        "a@a.near".to_owned(),
        "b@a.near".to_owned(),
        longest,
    ])
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => proptest::collection::vec(select(vec![0x00, 0x01, b'a', 0xff]), 0..4),
        2 => (0..200_u8).prop_map(|n| [&b"balance:shared.prefix.of.all:"[..], &[n]].concat()),
        1 => (0..3_usize, any::<u8>()).prop_map(|(short, byte)| vec![byte & 1; KEY_BYTES_MAX - short]),
        1 => Just(b"a@a.near".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

fn numbered(number: u16) -> Vec<u8> {
    format!("holder-{number:05}.near").into_bytes()
}

fn long(number: u16) -> Vec<u8> {
    let mut key = vec![b'z'; KEY_BYTES_MAX - 2];
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn many(first: u16, count: u16) -> impl Iterator<Item = Vec<u8>> {
    (first..first + count).map(|number| {
        if number.is_multiple_of(16) {
            long(number)
        } else {
            numbered(number)
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (id(), any::<u8>()).prop_map(|(id, payload)| Step::Put(id, payload)),
        1 => id().prop_map(Step::Remove),
        1 => id().prop_map(Step::Renew),
        8 => (id(), key(), any::<u8>()).prop_map(|(id, key, value)| Step::Set(id, key, value)),
        4 => (id(), key()).prop_map(|(id, key)| Step::Unset(id, key)),
        2 => (id(), 0..120_u16, 1..60_u16).prop_map(|(id, first, count)| Step::SetMany(id, first, count)),
        2 => (id(), 0..120_u16, 1..120_u16).prop_map(|(id, first, count)| Step::UnsetMany(id, first, count)),
    ]
}

/// Does a step to the model and to the changes; values of an unknown subcontract are left out of both.
fn take(step: Step, model: &mut Model, changes: &mut Changes) {
    match step {
        Step::Put(id, payload) => {
            changes.put_account(&id, vec![payload]);
            model.entry(id).or_default().0 = vec![payload];
        }
        Step::Remove(id) => {
            changes.remove(&id);
            model.remove(&id);
        }
        Step::Renew(id) => renew(model, changes, &id),
        Step::Set(id, key, value) => set(
            model,
            changes,
            &id,
            key,
            vec![value; usize::from(value % 5)],
        ),
        Step::Unset(id, key) => unset(model, changes, &id, key),
        Step::SetMany(id, first, count) => {
            many(first, count)
                .for_each(|key| set(model, changes, &id, key.clone(), key[..4].to_vec()));
        }
        Step::UnsetMany(id, first, count) => {
            many(first, count).for_each(|key| unset(model, changes, &id, key));
        }
    }
}

fn renew(model: &Model, changes: &mut Changes, id: &str) {
    if let Some((payload, values)) = model.get(id) {
        changes.remove(id);
        changes.put_account(id, payload.clone());
        values
            .iter()
            .for_each(|(key, value)| changes.set(id, key.clone(), value.clone()));
    }
}

fn set(model: &mut Model, changes: &mut Changes, id: &str, key: Vec<u8>, value: Vec<u8>) {
    if let Some((_, values)) = model.get_mut(id) {
        changes.set(id, key.clone(), value.clone());
        values.insert(key, value);
    }
}

fn unset(model: &mut Model, changes: &mut Changes, id: &str, key: Vec<u8>) {
    if let Some((_, values)) = model.get_mut(id) {
        values.remove(&key);
    }
    changes.unset(id, key);
}

/// Applies one execution and checks that its batch is minimal: no write repeats what is stored,
/// but for values, and subcontracts created anew, which are written without being compared.
fn commit(memory: &mut Memory, changes: Changes) {
    let is_renewed = changes
        .subcontracts
        .values()
        .any(|one| one.previous == Previous::Removed);
    let batch = Trie::open(&*memory)
        .update(changes)
        .expect("the state is sound");
    let keys: Vec<Vec<u8>> = batch.iter().map(|(key, _)| key.to_vec()).collect();
    assert!(
        keys.is_sorted_by(|left, right| left < right),
        "each host key once, in order"
    );
    for (key, value) in batch
        .iter()
        .filter(|(key, _)| !is_renewed && matches!(key[0], 0x02 | 0x04))
    {
        assert_ne!(
            memory.pairs.get(key).map(Vec::as_slice),
            value,
            "an index page is written as it was"
        );
    }
    memory.apply(batch);
}

fn check(memory: &Memory, model: &Model, probes: &[Vec<u8>]) {
    let trie = Trie::open(memory);
    let ids = trie.subcontracts("", usize::MAX).expect("sound").items;
    assert!(ids.iter().eq(model.keys()), "{ids:?}");
    for id in ["a", "a@a", "a@a.near", "b@a.near", &"l".repeat(256)] {
        let nothing = BTreeMap::new();
        let values = model.get(id).map_or(&nothing, |(_, values)| values);
        for key in values.keys().chain(probes) {
            let expected = values.get(key);
            // A fresh handle asks the host; the shared one may know the account record.
            assert_eq!(
                Trie::open(memory).get(id, key).expect("sound").as_ref(),
                expected
            );
            assert_eq!(trie.has(id, key).expect("sound"), expected.is_some());
        }
        let account = trie.account(id).expect("sound");
        assert_eq!(
            account.as_ref().map(|account| &account.payload),
            model.get(id).map(|(payload, _)| payload)
        );
        assert_eq!(
            account.map_or(0, |account| account.keys),
            values.len() as u64
        );
        for key in values.keys().chain(probes) {
            assert_eq!(trie.get(id, key).expect("sound").as_ref(), values.get(key));
        }
        check_listings(&trie, id, values, probes);
        assert_eq!(
            memory.count_under(0x05, id),
            values.len(),
            "one host key for each value"
        );
    }
    let values: usize = model.values().map(|(_, values)| values.len()).sum();
    let pages = memory
        .pairs
        .keys()
        .filter(|key| matches!(key[0], 0x02 | 0x04))
        .count();
    let heads = model.len() + usize::from(!model.is_empty());
    assert_eq!(
        memory.pairs.len(),
        values + pages + heads,
        "nothing is left behind"
    );
}

fn check_listings(
    trie: &Trie<&Memory>,
    id: &str,
    values: &BTreeMap<Vec<u8>, Vec<u8>>,
    probes: &[Vec<u8>],
) {
    let all = KeyQuery {
        prefix: b"",
        from: b"",
        limit: usize::MAX,
    };
    assert!(
        trie.keys(id, &all)
            .expect("sound")
            .items
            .iter()
            .eq(values.keys())
    );
    for probe in probes {
        let (prefix, from) = (&probe[..probe.len().min(1)], probe.as_slice());
        for (prefix, from, limit) in [
            (prefix, &b""[..], 3),
            (b"", from, 2),
            (prefix, from, 40),
            (from, b"", 0),
        ] {
            let listing = trie
                .keys(
                    id,
                    &KeyQuery {
                        prefix,
                        from,
                        limit,
                    },
                )
                .expect("sound");
            let mut expected = values
                .keys()
                .filter(|key| key.starts_with(prefix) && key.as_slice() >= from);
            assert!(expected.by_ref().take(limit).eq(&listing.items));
            assert_eq!(expected.next(), listing.next.as_ref());
        }
    }
}

/// Returns what is stored when the pairs of a model are written at once into nothing.
fn written_at_once(model: &Model) -> Memory {
    let mut changes = Changes::new();
    for (id, (payload, values)) in model {
        changes.put_account(id, payload.clone());
        values
            .iter()
            .for_each(|(key, value)| changes.set(id, key.clone(), value.clone()));
    }
    let mut memory = Memory::default();
    commit(&mut memory, changes);
    memory
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_reads_like_a_map_and_leaves_what_its_pairs_alone_decide(
        executions in proptest::collection::vec(proptest::collection::vec(step(), 1..8), 1..24),
        probes in proptest::collection::vec(key(), 4),
    ) {
        let (mut memory, mut model, mut changes) = (Memory::default(), Model::new(), Changes::new());
        for id in ["a", "a@a", "b@a.near"] {
            take(Step::Put(id.into(), 0), &mut model, &mut changes);
        }
        for steps in executions {
            steps.into_iter().for_each(|step| take(step, &mut model, &mut changes));
            commit(&mut memory, std::mem::take(&mut changes));
            check(&memory, &model, &probes);
            assert_eq!(memory.pairs, written_at_once(&model).pairs, "the content depends on the history");
        }
        model.keys().for_each(|id| changes.remove(id));
        commit(&mut memory, changes);
        assert!(memory.pairs.is_empty(), "a removed subcontract left host keys");
    }
}

#[test]
fn many_subcontracts_come_go_and_are_listed_in_order_and_in_parts() {
    let (mut memory, mut model, mut changes) = (Memory::default(), Model::new(), Changes::new());
    let ids: Vec<String> = (0..500)
        .map(|number| format!("sub-{number:03}@alice.near"))
        .collect();
    for chunk in ids.chunks(37) {
        for id in chunk {
            take(Step::Put(id.clone(), 7), &mut model, &mut changes);
        }
        commit(&mut memory, std::mem::take(&mut changes));
        assert_eq!(memory.pairs, written_at_once(&model).pairs);
    }
    let (mut from, mut found) = (Some(String::new()), Vec::new());
    while let Some(begin) = from {
        let listing = Trie::open(&memory).subcontracts(&begin, 7).expect("sound");
        found.extend(listing.items);
        from = listing.next;
    }
    assert_eq!(found, ids);
    for chunk in ids.chunks(61) {
        for id in chunk {
            take(Step::Remove(id.clone()), &mut model, &mut changes);
        }
        commit(&mut memory, std::mem::take(&mut changes));
        assert_eq!(memory.pairs, written_at_once(&model).pairs);
    }
    assert!(memory.pairs.is_empty());
}

#[test]
fn thousands_of_keys_come_and_go_in_any_order_with_the_same_result() {
    let mut keys: Vec<Vec<u8>> = (0..6_000).map(numbered).collect();
    keys.sort_by_key(|key| key.iter().rev().copied().collect::<Vec<u8>>());
    let (mut memory, mut model, mut changes) = (Memory::default(), Model::new(), Changes::new());
    take(Step::Put("a".into(), 1), &mut model, &mut changes);
    for chunk in keys.chunks(100) {
        chunk
            .iter()
            .for_each(|key| set(&mut model, &mut changes, "a", key.clone(), b"1".to_vec()));
        commit(&mut memory, std::mem::take(&mut changes));
    }
    assert!(memory.count_under(0x04, "a") > 100, "the index has pages");
    renew(&model, &mut changes, "a");
    commit(&mut memory, std::mem::take(&mut changes));
    assert_eq!(memory.pairs, written_at_once(&model).pairs);
    for chunk in keys.chunks(500) {
        chunk
            .iter()
            .for_each(|key| unset(&mut model, &mut changes, "a", key.clone()));
        commit(&mut memory, std::mem::take(&mut changes));
        assert_eq!(memory.pairs, written_at_once(&model).pairs);
    }
    assert_eq!(memory.count_under(0x04, "a"), 0);
}
