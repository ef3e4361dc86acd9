//! Random trees of scopes: whatever fails or is cancelled in them, each call has one of three ends, after
//! all that it spawned, nothing of flows is left, and money is conserved.
//!
//! `CONCLAVE_TREES=100000` plays that many in each test; `CONCLAVE_TREE_SEED` plays one again.

use conclave_tests::trees::{Grove, missing};
use conclave_tests::weave::Tally;

const TREES: u64 = 500;

/// Plays trees from a seed on.
fn play(first: u64) {
    let grove = Grove::new();
    if let Ok(seed) = std::env::var("CONCLAVE_TREE_SEED") {
        let seed = seed.parse().expect("a number");
        let played = grove.check(seed);
        println!("{}", played.unwrap_or_else(|wrong| panic!("{wrong}")));
        return;
    }
    let trees =
        std::env::var("CONCLAVE_TREES").map_or(TREES, |text| text.parse().expect("a number"));
    let mut tally = Tally::default();
    for seed in first..first + trees {
        match grove.check(seed) {
            Ok(played) => tally.add(played),
            Err(wrong) => panic!("{wrong}"),
        }
    }
    println!("{tally}");
    let missing = missing(&tally, trees);
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn each_call_of_a_tree_has_one_of_three_ends() {
    play(0);
}

#[test]
fn the_same_from_other_seeds() {
    play(1_000_000);
}
