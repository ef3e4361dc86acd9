//! Many flows at once, their receipts in random orders: whatever stays is as if it had been done one
//! after the other, nothing of flows is left at the end, and money is conserved.
//!
//! `CONCLAVE_WEAVES=100000` plays that many in each test; `CONCLAVE_WEAVE_SEED` plays one again.

use conclave_tests::weave::{Loom, Tally};

const WEAVES: u64 = 2_500;

/// Plays weaves from a seed on.
fn weave(first: u64) {
    let loom = Loom::new();
    if let Ok(seed) = std::env::var("CONCLAVE_WEAVE_SEED") {
        let seed = seed.parse().expect("a number");
        let played = loom.check(seed);
        println!("{}", played.unwrap_or_else(|wrong| panic!("{wrong}")));
        return;
    }
    let weaves =
        std::env::var("CONCLAVE_WEAVES").map_or(WEAVES, |text| text.parse().expect("a number"));
    let mut tally = Tally::default();
    for seed in first..first + weaves {
        match loom.check(seed) {
            Ok(played) => tally.add(played),
            Err(wrong) => panic!("{wrong}"),
        }
    }
    println!("{tally}");
    let missing = tally.missing(weaves);
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn what_stays_is_as_if_done_one_after_the_other() {
    weave(0);
}

#[test]
fn the_same_from_other_seeds() {
    weave(1_000_000);
}

#[test]
fn and_from_others_again() {
    weave(2_000_000);
}

#[test]
fn and_from_the_last() {
    weave(3_000_000);
}
