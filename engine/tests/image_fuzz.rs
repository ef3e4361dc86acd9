//! The fuzz target of images on sound ones, and on what comes of them by chance: 10,000 inputs, or
//! `CONCLAVE_FUZZ` of them. They are the same in each run.
//!
//! `engine/fuzz` is the same target for a fuzzer that sees what an input reaches.

mod compiled_programs;
mod image_target;

use image_target::{seeds, target};

/// Largest input. Reason: what is small is tried often.
const BYTES_MAX: usize = 4_096;
/// Room for native recursion of an unoptimised build.
const STACK_BYTES: usize = 32 << 20;

/// Numbers that look random, the same ones every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("a byte")
    }
}

fn inputs() -> usize {
    let asked = std::env::var("CONCLAVE_FUZZ").ok();
    asked.map_or(10_000, |asked| asked.parse().expect("a number"))
}

/// An input out of the seeds: one of them, changed in some places; the first byte stays.
fn mutated(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = 1 + dice.below(input.len());
        match dice.below(8) {
            0 => input.insert(at, dice.byte()),
            1 => drop(input.drain(at..input.len().min(at + dice.below(9)))),
            2 => {
                let other = &seeds[dice.below(seeds.len())];
                input.truncate(at);
                input.extend_from_slice(&other[dice.below(other.len())..]);
            }
            3 => input.extend((0..3 * dice.below(9)).map(|_| dice.byte())),
            4 if at < input.len() => input[at] = dice.byte() & dice.byte() & dice.byte(),
            _ if at < input.len() => input[at] ^= 1 << dice.below(8),
            _ => {}
        }
    }
    input.truncate(BYTES_MAX);
    input
}

#[test]
fn sound_and_damaged_images_keep_the_promises_of_the_decoder() {
    let check = || {
        let seeds = seeds();
        for seed in &seeds {
            assert!(target(seed), "a sound image is refused");
        }
        let mut dice = Dice(13);
        let mut accepted = 0;
        for number in 0..inputs() {
            let input = mutated(&mut dice, &seeds);
            let tried = std::panic::catch_unwind(|| target(&input));
            let Ok(was_accepted) = tried else {
                panic!("input {number} breaks a promise: {}", hex(&input));
            };
            accepted += usize::from(was_accepted);
        }
        println!("{accepted} of {} inputs were accepted", inputs());
        assert!(accepted > inputs() / 4, "nothing deep was tried");
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let running = thread.spawn(check).expect("a thread");
    running.join().expect("no promise is broken");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
