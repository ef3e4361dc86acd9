//! Operations on a trie and on plain maps: both hold the same, the root is that of the same state
//! made at once, and each key has a proof of exactly what is true.

use std::collections::BTreeMap;

use conclave_nested_trie::{Changes, Hash, KEY_BYTES_MAX, Trie, verify};

use super::Input;
use crate::memory::Memory;

type Values = BTreeMap<Vec<u8>, Vec<u8>>;
type Model = BTreeMap<&'static str, (Vec<u8>, Values)>;

const IDS: [&str; 4] = ["a", "a@a.near", "b@a.near", "token.dex@a.near"];

/// Reason: an input is tried thousands of times.
const OPERATIONS_MAX: usize = 400;

/// A state, what it should be, and what is not yet stored of it.
#[derive(Default)]
struct World {
    memory: Memory,
    model: Model,
    changes: Changes,
}

pub(super) fn check(input: &mut Input<'_>) {
    let mut world = World::default();
    for _ in 0..OPERATIONS_MAX {
        if input.is_at_end() {
            break;
        }
        world.operate(input);
    }
    world.commit();
    world.compare();
    let root = world.root();
    for (id, (_, values)) in &world.model {
        for key in values.keys().take(8) {
            world.prove(input, &root, id, key);
        }
        world.prove(input, &root, id, b"absent");
    }
    world.prove(input, &root, "nobody@a.near", b"key");
}

impl World {
    fn operate(&mut self, input: &mut Input<'_>) {
        let (kind, id) = (input.byte() % 16, input.pick(&IDS));
        if kind == 0 {
            self.commit();
            self.compare();
        } else if kind == 1 || !self.model.contains_key(id) {
            self.put_account(input, id);
        } else if kind == 2 && input.byte() < 32 {
            self.changes.remove(id);
            self.model.remove(id);
        } else if kind == 3 {
            self.commit();
            let key = self.known(input, id);
            self.prove(input, &self.root(), id, &key);
        } else if kind < 7 {
            let key = self.known(input, id);
            self.values(id).remove(&key);
            self.changes.unset(id, key);
        } else {
            let (key, value) = (key(input), value(input));
            self.values(id).insert(key.clone(), value.clone());
            self.changes.set(id, key, value);
        }
    }

    fn put_account(&mut self, input: &mut Input<'_>, id: &'static str) {
        let payload = vec![input.byte(); input.pick(&[0, 1, 60, 200])];
        self.changes.put_account(id, payload.clone());
        self.model.entry(id).or_default().0 = payload;
    }

    fn values(&mut self, id: &str) -> &mut Values {
        &mut self.model.get_mut(id).expect("it was asked for").1
    }

    /// A key that is there, or any.
    fn known(&mut self, input: &mut Input<'_>, id: &str) -> Vec<u8> {
        let at = input.below(256);
        let values = self.values(id);
        match values.keys().nth(at % (values.len() + 1)) {
            Some(key) => key.clone(),
            None => key(input),
        }
    }

    fn commit(&mut self) {
        self.memory.commit(std::mem::take(&mut self.changes));
    }

    fn root(&self) -> Hash {
        Trie::open(&self.memory).root().expect("sound")
    }

    fn compare(&self) {
        let trie = Trie::open(&self.memory);
        let listed = trie.subcontracts("", usize::MAX).expect("sound").items;
        assert!(listed.iter().eq(self.model.keys()), "{listed:?}");
        let mut at_once = Changes::new();
        for (id, (payload, values)) in &self.model {
            let account = trie.account(id).expect("sound").expect("listed");
            assert_eq!(&account.payload, payload);
            assert_eq!(trie.count(id, b""), Ok(values.len() as u64));
            at_once.put_account(id, payload.clone());
            for (key, value) in values {
                assert_eq!(trie.get(id, key).as_ref(), Ok(&Some(value.clone())));
                at_once.set(id, key.clone(), value.clone());
            }
        }
        let mut memory = Memory::default();
        memory.commit(at_once);
        assert_eq!(Trie::open(&memory).root(), Ok(self.root()));
    }

    /// Proves a key, and tries to prove something else by it.
    fn prove(&self, input: &mut Input<'_>, root: &Hash, id: &str, key: &[u8]) {
        let proved = Trie::open(&self.memory).prove(id, key).expect("sound");
        assert_eq!(&proved.root, root);
        let value = self.model.get(id).and_then(|(_, values)| values.get(key));
        let value = value.map(Vec::as_slice);
        let shows = |root: &Hash, value, proof: &[u8]| verify(root, id, key, value, proof).is_ok();
        assert!(shows(root, value, &proved.proof), "{id} {key:?}");
        for other in [None, Some(&b""[..]), Some(b"other")] {
            assert_eq!(shows(root, other, &proved.proof), other == value);
        }
        let mut flipped = proved.proof.clone();
        let bit = input.below(flipped.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!shows(root, value, &flipped), "bit {bit}");
        let mut foreign = *root;
        foreign[bit % 32] ^= 1 << (bit % 8);
        assert!(!shows(&foreign, value, &proved.proof));
    }
}

/// A key of one of the shapes that hurt.
fn key(input: &mut Input<'_>) -> Vec<u8> {
    let shape = input.byte();
    let bytes = usize::from(input.byte());
    match shape % 8 {
        0 => input.take(bytes % 8).to_vec(),
        1 => vec![input.byte(); bytes],
        2 => vec![input.pick(&[0, 1, 0xff]); KEY_BYTES_MAX - bytes % 3],
        3 => {
            let mut key = vec![0x55; 24];
            key[bytes % 24] ^= 0x80 >> (input.byte() % 8);
            key
        }
        4 => [&vec![b'z'; 300][..], &[input.byte()]].concat(),
        _ => format!("holder-{:03}.near", bytes).into_bytes(),
    }
}

fn value(input: &mut Input<'_>) -> Vec<u8> {
    let bytes = input.pick(&[0, 1, 2, 16, 16, 40, 100, 255, 256, 257, 1_500]);
    vec![input.byte(); bytes]
}
