//! What is billed is never less than what is stored, whatever the keys: else the enclave's own money
//! would pay for what others store.

use super::{Bill, of_account, of_entry};
use conclave_nested_trie::{Batch, Changes, NewValue, Store, Trie};
use std::collections::BTreeMap;

/// Bytes that NEAR counts for each record.
const RECORD: usize = 40;

#[derive(Default)]
struct Pairs(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store for &Pairs {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }
}

impl Pairs {
    fn apply(&mut self, batch: Batch) {
        for (key, value) in batch {
            match value {
                Some(value) => self.0.insert(key, value),
                None => self.0.remove(&key),
            };
        }
    }

    fn usage(&self) -> usize {
        let pairs = self.0.iter();
        pairs
            .map(|(key, value)| RECORD + key.len() + value.len())
            .sum()
    }
}

/// What may be stored: key, bytes of the value, payer.
type Entry = (Vec<u8>, usize, &'static str);

/// Bytes stored for entries of one subcontract beyond an empty enclave, and bytes billed.
fn stored_and_billed(id: &str, owner: &str, entries: &[Entry]) -> (usize, u64) {
    let mut pairs = Pairs::default();
    let mut changes = Changes::new();
    changes.payload = Some(vec![0; 40]);
    let batch = Trie::open(&pairs).update(changes).expect("sound");
    pairs.apply(batch);
    let empty = pairs.usage();
    let mut changes = Changes::new();
    changes.put_account(id, vec![0; 69 + owner.len()]);
    let mut billed = of_account(id, owner);
    let unique: BTreeMap<_, _> = entries.iter().map(|entry| (&entry.0, entry)).collect();
    for (key, bytes, payer) in unique.into_values() {
        let mut bill = Bill::default();
        bill.resize(of_entry(key.len(), *bytes), payer);
        billed += bill.payers().map(|(_, bytes)| bytes).sum::<u64>();
        let (bytes, note) = (vec![1; *bytes], bill.note());
        changes.put(id, key.clone(), NewValue { bytes, note });
    }
    let batch = Trie::open(&pairs).update(changes).expect("sound");
    pairs.apply(batch);
    (pairs.usage() - empty, billed)
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Keys shaped to make pages that hold little: groups beside others of another height, long prefixes
/// that part late or early, lone large entries.
fn entries(dice: &mut Dice) -> Vec<Entry> {
    let count = dice.of(&[1, 3, 10, 40, 150, 600]);
    let (shape, long) = (dice.below(6), dice.of(&[0, 8, 20, 60, 64, 200, 700, 1_000]));
    let (step, value) = (
        1 + dice.below(40),
        dice.of(&[1, 5, 31, 60, 130, 240, 256, 257, 900]),
    );
    let payer = dice.of(&["", "*", "alice.near"]);
    let mut entries = Vec::new();
    for index in 0..count {
        let mut key = vec![1];
        match shape {
            // A caterpillar: each key parts one byte later than the one before.
            0 => key.extend(vec![b'a'; (index * step).min(900)]),
            // Groups below prefixes that grow.
            1 => {
                let group = index / (1 + step % 9);
                key.extend(vec![b'b'; (group * 3).min(900)]);
                key.push(b'c');
                key.extend([(index % 256) as u8, b'x', b'y']);
            }
            // A long prefix for all.
            2 => {
                key.extend(vec![b'p'; long]);
                key.extend((index as u16).to_be_bytes());
            }
            // Nothing in common, then much.
            3 => {
                key.extend((dice.below(1 << 20) as u32).to_be_bytes());
                key.extend(vec![b'q'; long]);
            }
            // A dense cluster, and lone keys beside the way to it.
            4 if index % 3 > 0 => {
                key.extend([b'd'; 12].iter().chain(&(index as u16).to_be_bytes()))
            }
            4 => {
                key.extend(vec![b'd'; dice.below(12)]);
                key.push(b'e' + dice.below(3) as u8);
                key.extend(vec![b'f'; long.min(60) + dice.below(9)]);
            }
            _ => {
                let bytes = dice.below(long + 3);
                key.extend((0..bytes).map(|_| b'a' + dice.below(2) as u8));
            }
        }
        let bytes = if dice.below(4) == 0 {
            1 + dice.below(400)
        } else {
            value
        };
        entries.push((key, bytes, payer));
    }
    entries
}

#[test]
fn what_is_stored_is_never_more_than_what_is_billed() {
    let rounds =
        std::env::var("CONCLAVE_BILLS").map_or(1_500, |text| text.parse().expect("a number"));
    let mut dice = Dice(7);
    let mut worst = (0.0, 0, 0);
    for round in 0..rounds {
        let id = dice.of(&[
            "a@b.c",
            "token@alice.near",
            "a-label-that-is-quite-long-for-one@sub.account.of.somebody.near",
        ]);
        let owner = id.split_once('@').map_or("", |(_, owner)| owner);
        let entries = entries(&mut dice);
        let (stored, billed) = stored_and_billed(id, owner, &entries);
        let ratio = stored as f64 / billed as f64;
        if ratio > worst.0 {
            worst = (ratio, round, entries.len());
            println!(
                "{ratio:.3}: round {round}, {} entries, first {:?}",
                entries.len(),
                entries[0].0.len()
            );
        }
        assert!(
            stored as u64 <= billed,
            "round {round}: {stored} stored, {billed} billed, {} entries like {:?}",
            entries.len(),
            &entries[entries.len() / 2]
        );
    }
}

#[test]
fn many_subcontracts_are_billed_for_what_they_take_among_the_ids() {
    let (mut pairs, mut billed) = (Pairs::default(), 0);
    for number in 0..400_usize {
        let label = "s".repeat(1 + number % 50);
        let id = format!("{label}{number}@{}.near", "o".repeat(1 + number % 7));
        let owner = id.split_once('@').map_or("", |(_, owner)| owner);
        let mut changes = Changes::new();
        changes.put_account(&id, vec![0; 69 + owner.len()]);
        billed += of_account(&id, owner);
        let batch = Trie::open(&pairs).update(changes).expect("sound");
        pairs.apply(batch);
        assert!(
            pairs.usage() as u64 <= billed + 120,
            "{number}: {} of {billed}",
            pairs.usage()
        );
    }
}
