//! Bytes as a proof: whatever they are, they show nothing but what is true, and that only where they
//! are the one proof of it.

use std::sync::OnceLock;

use conclave_nested_trie::{Changes, Hash, Trie, verify};

use super::Input;
use crate::memory::Memory;

const IDS: [&str; 5] = ["", "a@a.near", "b@a.near", "empty@a.near", "nobody@a.near"];
const KEYS: [&[u8]; 7] = [
    b"",
    b"absent",
    b"holder-000.near",
    b"holder-007.near",
    b"holder-999.near",
    b"large",
    b"\x00program",
];

/// How many keys the first subcontract has, by state.
const SIZES: [u8; 4] = [0, 1, 9, 200];

/// A claim that can be made, what is true of it, and its proof.
struct Place {
    id: &'static str,
    key: &'static [u8],
    value: Option<Vec<u8>>,
    proof: Vec<u8>,
}

/// A state that is there before anybody forges.
struct State {
    root: Hash,
    places: Vec<Place>,
}

pub(super) fn check(input: &mut Input<'_>) {
    let state = &states()[input.below(SIZES.len() + 1)];
    let mut proof = match input.byte() % 4 {
        0 => Vec::new(),
        _ => state.proof(input).to_vec(),
    };
    while !input.is_at_end() && proof.len() < 8_192 {
        edit(input, state, &mut proof);
    }
    for place in &state.places {
        place.check(&state.root, &proof);
    }
}

impl State {
    fn proof(&self, input: &mut Input<'_>) -> &[u8] {
        &self.places[input.below(self.places.len())].proof
    }
}

impl Place {
    /// Claims all that could be wrong.
    fn check(&self, root: &Hash, proof: &[u8]) {
        let truth = self.value.as_deref();
        let shows = |root: &Hash, claimed| verify(root, self.id, self.key, claimed, proof).is_ok();
        for claimed in [None, Some(&b""[..]), Some(b"forged"), truth] {
            let expected = claimed == truth && proof == self.proof;
            assert_eq!(shows(root, claimed), expected, "{} {:?}", self.id, self.key);
        }
        for byte in [0, 31] {
            let mut foreign = *root;
            foreign[byte] ^= 1;
            assert!(!shows(&foreign, truth));
        }
    }
}

/// Changes a proof as the input says.
fn edit(input: &mut Input<'_>, state: &State, proof: &mut Vec<u8>) {
    let kind = input.byte();
    let at = input.below(proof.len() + 1);
    match kind % 8 {
        0 | 1 => {
            let count = usize::from(input.byte());
            proof.extend_from_slice(input.take(count));
        }
        2 => proof.truncate(at),
        3 => proof.insert(at, input.byte()),
        4 => {
            let end = proof.len().min(at + usize::from(input.byte() % 34));
            proof.drain(at..end);
        }
        5 => {
            let other = state.proof(input);
            let from = input.below(other.len());
            proof.truncate(at);
            proof.extend_from_slice(&other[from..]);
        }
        _ => {
            let mask = input.byte();
            if let Some(byte) = proof.get_mut(at) {
                *byte ^= mask;
            }
        }
    }
}

/// The states, made once: nothing at all, then one for each size.
fn states() -> &'static [State] {
    static STATES: OnceLock<Vec<State>> = OnceLock::new();
    STATES.get_or_init(|| {
        let nothing = state(&Memory::default());
        let others = SIZES.into_iter().map(|size| {
            let mut memory = Memory::default();
            memory.commit(changes(size));
            state(&memory)
        });
        std::iter::once(nothing).chain(others).collect()
    })
}

fn changes(size: u8) -> Changes {
    let mut changes = Changes::new();
    changes.payload = (size > 0).then(|| b"enclave".to_vec());
    for id in &IDS[1..4] {
        changes.put_account(id, vec![7; usize::from(size)]);
    }
    for number in 0..size {
        let key = format!("holder-{number:03}.near").into_bytes();
        changes.set(IDS[1], key, vec![number; usize::from(number)]);
    }
    changes.set(IDS[2], Vec::new(), b"of the empty key".to_vec());
    changes.set(IDS[2], b"large".to_vec(), vec![8; 300]);
    changes.set(IDS[2], b"\x00program".to_vec(), Vec::new());
    changes
}

fn state(memory: &Memory) -> State {
    let trie = Trie::open(memory);
    let ids = IDS.into_iter().filter(|id| !id.is_empty());
    let places = ids.flat_map(|id| KEYS.into_iter().map(move |key| (id, key)));
    let places = places.map(|(id, key)| Place {
        id,
        key,
        value: trie.get(id, key).expect("sound"),
        proof: trie.prove(id, key).expect("sound").proof,
    });
    State {
        root: trie.root().expect("sound"),
        places: places.collect(),
    }
}
