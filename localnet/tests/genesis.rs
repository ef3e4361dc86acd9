//! What accounts have from the first block on: data of their contracts.

mod contract;

use conclave_localnet::{Balance, Chain, ChainConfig, GenesisAccount, ReceiptOutcome, dev_signer};
use contract::{Stage, code, id, pair};

const PAIRS: [(&[u8], &[u8]); 3] = [(b"aaaa", b"1"), (b"aaab", b"22"), (b"b", b"")];

/// A chain on which the contract has stored the pairs before the first transaction.
fn stage_with(data: Vec<(Vec<u8>, Vec<u8>)>) -> Stage {
    let probe = id("probe.near");
    let balance = Balance::from_near(10);
    let mut config = ChainConfig::default();
    let account = GenesisAccount::with_dev_key(probe.clone(), balance).with_data(data);
    config.accounts.push(account);
    let mut chain = Chain::in_memory(config).expect("a chain");
    let alice = chain
        .create_account(&id("alice.near"), Balance::from_near(1000))
        .expect("an account");
    let owner = dev_signer(&probe);
    let deployed = chain.deploy(&owner, code()).expect("a transaction");
    assert!(deployed.is_success(), "{:?}", deployed.status);
    Stage {
        chain,
        probe,
        owner,
        alice,
    }
}

fn owned(pairs: &[(&[u8], &[u8])]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

fn usage(stage: &Stage) -> u64 {
    let account = stage.chain.account(&stage.probe);
    account.expect("the account").storage_usage()
}

fn profile(receipt: &ReceiptOutcome) -> Vec<(&str, u64)> {
    let costs = receipt.gas_profile().iter();
    costs
        .map(|it| (it.cost.as_str(), it.gas_used.as_gas()))
        .collect()
}

#[test]
fn data_of_genesis_is_as_if_the_contract_had_written_it() {
    let mut given = stage_with(owned(&PAIRS));
    let mut written = stage_with(Vec::new());
    for (key, value) in PAIRS {
        assert!(written.call("set", &pair(key, value)).is_success());
    }
    let state = |stage: &Stage| stage.chain.state(&stage.probe, b"");
    assert_eq!(state(&given), owned(&PAIRS));
    assert_eq!(state(&given), state(&written));
    assert_eq!(usage(&given), usage(&written));
    let input = pair(b"aaaa", b"3");
    let (left, right) = (given.call("set", &input), written.call("set", &input));
    assert_eq!(profile(&left.receipts[0]), profile(&right.receipts[0]));
    assert_eq!(usage(&given), usage(&written));
}

#[test]
fn a_later_pair_of_a_key_counts_alone() {
    let twice = stage_with(owned(&[(b"k", b"a longer value"), (b"k", b"v")]));
    let once = stage_with(owned(&[(b"k", b"v")]));
    assert_eq!(twice.chain.state(&twice.probe, b""), owned(&[(b"k", b"v")]));
    assert_eq!(usage(&twice), usage(&once));
}
