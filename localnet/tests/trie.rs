//! The trie nodes that a write pays for, seen in the gas profile.

mod contract;

use conclave_localnet::TransactionOutcome;
use contract::{Stage, pair};
use near_parameters::ExtCosts;

fn nodes(stage: &Stage, outcome: &TransactionOutcome) -> (u64, u64) {
    let costs = &stage.chain.runtime_config().wasm_config.ext_costs;
    let count = |name: &str, cost: ExtCosts| {
        let profile = outcome.receipts[0].gas_profile();
        let used = profile
            .iter()
            .find(|it| it.cost == name)
            .map_or(0, |it| it.gas_used.as_gas());
        used / costs.gas_cost(cost).as_gas()
    };
    (
        count("TOUCHING_TRIE_NODE", ExtCosts::touching_trie_node),
        count("READ_CACHED_TRIE_NODE", ExtCosts::read_cached_trie_node),
    )
}

#[test]
fn a_write_pays_for_more_nodes_the_more_keys_share_its_path() {
    let mut stage = Stage::new();
    let first = stage.call("set", &pair(b"aaaa", b"1"));
    let (alone, cached) = nodes(&stage, &first);
    assert!(alone > 0);
    assert_eq!(cached, 0);
    for key in [b"aaab", b"aaba", b"abaa", b"baaa"] {
        stage.call("set", &pair(key, b"1"));
    }
    let (crowded, _) = nodes(
        &stage,
        &stage
            .chain
            .transaction(&first.hash())
            .expect("a read")
            .expect("one"),
    );
    assert_eq!(crowded, alone, "a stored outcome doesn't change");
    let again = stage.call("set", &pair(b"aaaa", b"2"));
    let (again, _) = nodes(&stage, &again);
    assert!(again >= alone + 4, "{again} after {alone}");
}

#[test]
fn a_read_pays_for_no_node() {
    let mut stage = Stage::new();
    stage.call("set", &pair(b"aaaa", b"1"));
    let read = stage.call("get", b"aaaa");
    assert_eq!(read.value(), Some(&b"1"[..]));
    assert_eq!(nodes(&stage, &read), (0, 0));
}
