//! Roots and proofs against the definition in `docs/spec/state.md`, written down once more and
//! plainly: a binary trie made of a sorted map by recursion.

mod dice;
mod memory;

use std::collections::BTreeMap;

use conclave_nested_trie::{Changes, Hash, ProofError, Trie, verify};
use dice::Dice;
use memory::Memory;
use sha2::{Digest, Sha256};

type Values = BTreeMap<Vec<u8>, Vec<u8>>;
/// Id, key, and the value that is there.
type Asked<'a> = (&'a str, Vec<u8>, Option<Vec<u8>>);

const IDS: [&str; 3] = ["a@a.near", "b@a.near", "c@a.near"];

fn sha(domain: u8, parts: &[&[u8]]) -> Hash {
    let mut all = b"conclave".to_vec();
    all.push(domain);
    all.extend(parts.concat());
    Sha256::digest(all).into()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let mut number = bytes.len();
    let mut out = Vec::new();
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    [&out, bytes].concat()
}

/// The bits of a key: nine for each byte, and a 0 behind the last.
fn bits(key: &[u8]) -> Vec<bool> {
    let byte = |byte: &u8| {
        let byte = *byte;
        std::iter::once(true).chain((0..8).map(move |bit| byte & (0x80 >> bit) != 0))
    };
    let mut bits: Vec<bool> = key.iter().flat_map(byte).collect();
    bits.push(false);
    bits
}

/// The hash of a trie of keys and the hashes of their values.
fn of_trie(values: &[(Vec<u8>, Hash)]) -> Hash {
    match values {
        [] => [0; 32],
        [(key, value)] => sha(3, &[&sized(key), value]),
        [(first, _), .., (last, _)] => {
            let both = bits(first).into_iter().zip(bits(last));
            let position = both.take_while(|(left, right)| left == right).count();
            let right = values.partition_point(|(key, _)| !bits(key)[position]);
            let (left, right) = values.split_at(right);
            let position = (position as u32).to_be_bytes();
            sha(4, &[&position, &of_trie(left), &of_trie(right)])
        }
    }
}

fn expected_root(payload: &[u8], model: &BTreeMap<String, (Vec<u8>, Values)>) -> Hash {
    let accounts = model.iter().map(|(id, (payload, values))| {
        let values = values.iter();
        let values: Vec<_> = values
            .map(|(key, value)| (key.clone(), sha(2, &[value])))
            .collect();
        let account = sha(5, &[&sized(payload), &of_trie(&values)]);
        (id.clone().into_bytes(), account)
    });
    let accounts: Vec<_> = accounts.collect();
    sha(6, &[&sized(payload), &of_trie(&accounts)])
}

fn key(dice: &mut Dice) -> Vec<u8> {
    match dice.below(6) {
        0 => vec![],
        1 => vec![b'a'; dice.below(80)],
        2 => vec![dice.below(256) as u8; 2_048],
        3 => vec![dice.below(2) as u8; dice.below(4)],
        _ => format!("holder-{:04}.near", dice.below(500)).into_bytes(),
    }
}

/// A random state, its model and its root.
fn state(seed: u64, count: usize) -> (Memory, BTreeMap<String, (Vec<u8>, Values)>) {
    let mut dice = Dice::new(seed);
    let mut model = BTreeMap::new();
    let mut changes = Changes::new();
    changes.payload = Some(b"enclave".to_vec());
    for id in &IDS[..dice.below(IDS.len() + 1)] {
        let mut values = Values::new();
        changes.put_account(id, vec![7; dice.below(200)]);
        for _ in 0..dice.below(count + 1) {
            let (key, length) = (key(&mut dice), dice.pick(&[0, 3, 30, 300]));
            let value = vec![dice.below(256) as u8; length];
            changes.set(id, key.clone(), value.clone());
            values.insert(key, value);
        }
        let payload = changes
            .subcontracts
            .get(id)
            .and_then(|of| of.account.clone());
        model.insert((*id).to_owned(), (payload.expect("put"), values));
    }
    let mut memory = Memory::default();
    memory.commit(changes);
    (memory, model)
}

#[test]
fn the_root_is_that_of_the_definition() {
    assert_eq!(
        Trie::open(Memory::default()).root(),
        Ok(sha(6, &[&[0], &[0; 32]]))
    );
    for seed in 0..60 {
        let (memory, model) = state(seed, if seed % 10 == 0 { 2_000 } else { 60 });
        let root = Trie::open(&memory).root().expect("sound");
        assert_eq!(root, expected_root(b"enclave", &model), "seed {seed}");
    }
}

/// Asks for the proof of a key and checks it, and that it shows nothing else.
fn check(memory: &Memory, root: &Hash, id: &str, key: &[u8], value: Option<&Vec<u8>>) -> Vec<u8> {
    let proved = Trie::open(memory).prove(id, key).expect("sound");
    assert_eq!(proved.root, *root);
    let proof = proved.proof;
    let value = value.map(Vec::as_slice);
    assert_eq!(verify(root, id, key, value, &proof), Ok(()), "{id} {key:?}");
    let other: &[u8] = if value == Some(b"other") {
        b""
    } else {
        b"other"
    };
    let expected = match value {
        Some(_) => [ProofError::Present, ProofError::Value],
        None => return proof,
    };
    assert_eq!(verify(root, id, key, None, &proof), Err(expected[0]));
    assert_eq!(verify(root, id, key, Some(other), &proof), Err(expected[1]));
    proof
}

#[test]
fn every_key_has_a_proof_and_every_absent_one_too() {
    for seed in 100..130 {
        let (memory, model) = state(seed, 60);
        let root = Trie::open(&memory).root().expect("sound");
        let mut dice = Dice::new(seed);
        for id in IDS {
            let values = model.get(id).map(|(_, values)| values.clone());
            let values = values.unwrap_or_default();
            for (key, value) in &values {
                check(&memory, &root, id, key, Some(value));
            }
            for _ in 0..20 {
                let key = key(&mut dice);
                let proof = check(&memory, &root, id, &key, values.get(&key));
                if !values.contains_key(&key) {
                    let shown = verify(&root, id, &key, Some(b""), &proof);
                    assert_eq!(shown, Err(ProofError::Absent));
                }
            }
        }
        check(&memory, &root, "nobody@a.near", b"key", None);
    }
}

#[test]
fn no_flipped_bit_no_foreign_key_and_no_foreign_root_is_believed() {
    for seed in [200, 201, 202, 203] {
        let (memory, model) = state(seed, 40);
        let root = Trie::open(&memory).root().expect("sound");
        let mut asked: Vec<Asked<'_>> = vec![
            ("a@a.near", b"absent".to_vec(), None),
            ("none@a.near", vec![], None),
        ];
        for (id, (_, values)) in &model {
            let found = values.iter().take(4);
            asked.extend(found.map(|(key, value)| (id.as_str(), key.clone(), Some(value.clone()))));
        }
        for (id, key, value) in &asked {
            let proof = check(&memory, &root, id, key, value.as_ref());
            let shows = |root: &Hash, id: &str, key: &[u8], proof: &[u8]| {
                verify(root, id, key, value.as_deref(), proof).is_ok()
            };
            for at in 0..proof.len() * 8 {
                let mut flipped = proof.clone();
                flipped[at / 8] ^= 1 << (at % 8);
                assert!(!shows(&root, id, key, &flipped), "bit {at} of {proof:?}");
            }
            for end in 0..proof.len() {
                assert!(!shows(&root, id, key, &proof[..end]), "cut at {end}");
            }
            assert!(!shows(&root, id, key, &[&proof[..], &[0]].concat()));
            let mut foreign = root;
            foreign[31] ^= 1;
            assert!(!shows(&foreign, id, key, &proof));
            check_foreign(&model, (&root, &proof), (id, key, value.as_deref()));
        }
    }
}

/// A proof shows nothing about other keys but what is true of them.
fn check_foreign(
    model: &BTreeMap<String, (Vec<u8>, Values)>,
    (root, proof): (&Hash, &[u8]),
    (id, key, value): (&str, &[u8], Option<&[u8]>),
) {
    let truth = |id: &str, key: &[u8]| model.get(id).and_then(|(_, values)| values.get(key));
    let ids = IDS.iter().copied().chain(["none@a.near"]);
    let keys = model.values().flat_map(|(_, values)| values.keys());
    let places = ids.flat_map(|id| keys.clone().map(move |key| (id, key)));
    for (other_id, other) in places {
        for claimed in [None, value, Some(&b"forged"[..])] {
            if verify(root, other_id, other, claimed, proof).is_ok() {
                let actual = truth(other_id, other).map(Vec::as_slice);
                assert_eq!(actual, claimed, "{other_id} {other:?} by {id} {key:?}");
            }
        }
    }
}

#[test]
fn a_proof_is_short() {
    let mut changes = Changes::new();
    changes.put_account("token@a.near", vec![1; 60]);
    for number in 0..10_000 {
        let key = format!(
            "balance/{}.near",
            sha(9, &[&[number as u8, (number >> 8) as u8]])[0..6]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        );
        changes.set("token@a.near", key.into_bytes(), vec![7; 16]);
    }
    let mut memory = Memory::default();
    memory.commit(changes);
    let proved = Trie::open(&memory).prove("token@a.near", b"balance/absent");
    let bytes = proved.expect("sound").proof.len();
    assert!((300..800).contains(&bytes), "{bytes}");
}
