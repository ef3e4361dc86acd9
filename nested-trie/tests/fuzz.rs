//! The fuzz target on the kept seeds, and on what comes of them by chance: 4,000 inputs, or
//! `CONCLAVE_FUZZ` of them.
//!
//! An input that breaks a promise is written to `tests/seeds`, where the next run begins with it.
//! The inputs are the same in each run, and a larger number goes on where a smaller one ended.

mod dice;
mod fuzz_target;
mod memory;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use dice::Dice;
use fuzz_target::target;
use sha2::{Digest, Sha256};

/// Largest seed and largest input. Reason: what is small is understood, and tried often.
const BYTES_MAX: usize = 4_096;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds")
}

/// Name and bytes of each kept seed, in order.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder()).expect("there are seeds");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|kind| kind == "bin"));
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        let bytes = std::fs::read(&path).expect("a file that can be read");
        (name.into_owned(), bytes)
    };
    let mut seeds: Vec<_> = paths.map(read).collect();
    seeds.sort();
    seeds
}

fn inputs() -> usize {
    let asked = std::env::var("CONCLAVE_FUZZ").ok();
    asked.map_or(4_000, |asked| asked.parse().expect("a number"))
}

/// An input out of the seeds: one of them, changed in some places.
fn mutated(dice: &mut Dice, seeds: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut input = seeds[dice.below(seeds.len())].1.clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(input.len() + 1);
        match dice.below(7) {
            0 => input.truncate(at),
            1 => input.insert(at, dice.pick(&[0, 1, 7, 0x7f, 0x80, 0xff])),
            2 => {
                let end = input.len().min(at + dice.below(40));
                input.drain(at..end);
            }
            3 => {
                let other = &seeds[dice.below(seeds.len())].1;
                input.truncate(at);
                input.extend_from_slice(&other[dice.below(other.len())..]);
            }
            4 => input.extend((0..dice.below(60)).map(|_| dice.below(256) as u8)),
            _ if at < input.len() => input[at] ^= 1 << dice.below(8),
            _ => {}
        }
    }
    input.truncate(BYTES_MAX);
    input
}

/// Keeps an input that broke a promise; returns where.
fn kept(input: &[u8]) -> PathBuf {
    let hash = hex::encode(&Sha256::digest(input)[..6]);
    let path = folder().join(format!("found-{hash}.bin"));
    std::fs::write(&path, input).expect("the folder of seeds can be written");
    path
}

#[test]
fn every_kept_seed_holds() {
    let seeds = seeds();
    assert!(seeds.len() >= 12, "{} seeds", seeds.len());
    for (name, bytes) in seeds {
        assert!(bytes.len() <= BYTES_MAX, "{name} has {}", bytes.len());
        let broken = catch_unwind(|| target(&bytes)).is_err();
        assert!(!broken, "seed {name} breaks a promise");
    }
}

#[test]
fn what_comes_of_the_seeds_by_chance_holds() {
    let (seeds, mut dice) = (seeds(), Dice::new(4));
    for number in 0..inputs() {
        let input = mutated(&mut dice, &seeds);
        if catch_unwind(|| target(&input)).is_err() {
            let path = kept(&input);
            let shown = path.display();
            panic!(
                "input {number} breaks a promise; it is kept as {shown}: commit it with the fix"
            );
        }
    }
}
