//! A copy of a chain, on which something is tried out.

mod contract;

use conclave_localnet::{Balance, Chain, ChainConfig, FunctionCall};
use contract::{Stage, pair};

fn call(chain: &mut Chain, stage: &Stage, args: &[u8]) -> conclave_localnet::TransactionOutcome {
    let call = FunctionCall::new("set", args);
    let (alice, probe) = (&stage.alice, &stage.probe);
    chain.call(alice, probe, call).expect("an outcome")
}

/// Everything on the disk of a closed chain but compiled contracts.
fn bytes(folder: &std::path::Path) -> Vec<u8> {
    std::fs::read(folder.join("chain.redb")).expect("the store")
}

#[test]
fn what_happens_on_a_fork_stays_on_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let chain = Chain::open(folder.path(), ChainConfig::default()).expect("a chain");
    let stage = Stage::on(chain);
    let before = (stage.chain.head().clone(), stage.balance("alice.near"));
    let disk = bytes(folder.path());
    let mut fork = stage.chain.fork().expect("a fork");
    let outcome = call(&mut fork, &stage, &pair(b"key", b"value"));
    assert!(outcome.is_success());
    fork.snapshot("forked").expect("a snapshot");
    fork.advance_blocks(3).expect("blocks");
    assert!(fork.account(&stage.probe).is_some());
    assert_eq!(fork.state(&stage.probe, b"").len(), 1);

    assert_eq!(stage.chain.state(&stage.probe, b""), []);
    assert_eq!(
        (stage.chain.head().clone(), stage.balance("alice.near")),
        before
    );
    assert_eq!(
        stage.chain.transaction(&outcome.hash()).expect("a read"),
        None
    );
    assert_eq!(
        stage.chain.snapshots().expect("a read"),
        Vec::<String>::new()
    );
    assert!(bytes(folder.path()) == disk, "the store was written to");
}

#[test]
fn a_fork_ends_a_transaction_as_the_chain_then_does() {
    let mut stage = Stage::new();
    // What waits and what is on its way goes with the copy, and the clock's next step too.
    stage.submit(FunctionCall::new("set", pair(b"first", b"1")));
    stage.block();
    stage.submit(FunctionCall::new("set", pair(b"second", b"2")));
    stage.chain.advance_time(5_000_000_000);
    let mut fork = stage.chain.fork().expect("a fork");
    let tried = call(&mut fork, &stage, &pair(b"key", b"value"));
    let mut chain = std::mem::replace(&mut stage.chain, Stage::new().chain);
    let done = call(&mut chain, &stage, &pair(b"key", b"value"));
    assert_eq!(tried, done);
    assert_eq!(fork.head(), chain.head());
    assert_eq!(
        fork.state(&stage.probe, b""),
        chain.state(&stage.probe, b"")
    );
    assert_eq!(fork.state(&stage.probe, b"").len(), 3);
    assert_eq!(fork.tokens_held().expect("a sum"), fork.head().total_supply);
    assert!(fork.head().total_supply > Balance::ZERO);
}

#[test]
fn a_fork_outlives_its_chain_and_can_be_snapshot_and_forked() {
    let mut stage = Stage::new();
    let mut fork = stage.chain.fork().expect("a fork");
    stage.chain = Stage::new().chain;
    fork.snapshot("before").expect("a snapshot");
    assert!(call(&mut fork, &stage, &pair(b"key", b"value")).is_success());
    let again = fork.fork().expect("a fork");
    fork.restore("before").expect("a snapshot");
    assert_eq!(fork.state(&stage.probe, b""), []);
    assert_eq!(again.state(&stage.probe, b"").len(), 1);
    assert!(call(&mut fork, &stage, &pair(b"key", b"other")).is_success());
}
