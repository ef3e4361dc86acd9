//! Golden traces of the demo's transactions and of the scenario of every sample that stays inside.
//!
//! For each request: who, which export, `id.method`, how it ended, logs, the tree of frames with
//! gas, gas of NEAR's VM, transfers, and a digest of all stored pairs. Everything is exact but
//! gas, which another compiler of the contract moves (`src/golden.rs`).
//! To accept what is new: `UPDATE_EXPECT=1 cargo test -p conclave-tests --test observations`.

use conclave_cli::artefacts::Artefacts;
use conclave_cli::demo::Demo;
use conclave_localnet::{Chain, ChainConfig, CryptoHash, TransactionOutcome};
use conclave_tests::gas_table::vm_gas;
use conclave_tests::golden;
use conclave_tests::observation::{Observation, Tracing, observe, record};
use conclave_tests::story::{Request, Story, samples_inside};
use conclave_tests::vm::workspace;
use conclave_tests::{ENCLAVE, Vm};
use near_primitives::views::ActionView;
use serde_json::json;

fn check(name: &str, steps: &[Observation]) {
    let protocol = ChainConfig::default().protocol_version;
    golden::check(name, &json!({"protocol": protocol, "steps": steps}));
}

#[test]
fn token_is_observed_to_do_what_it_did() {
    check("token", &observe(&Story::of("token")));
}

#[test]
fn amm_is_observed_to_do_what_it_did() {
    check("amm", &observe(&Story::of("amm")));
}

#[test]
fn escrow_is_observed_to_do_what_it_did() {
    check("escrow", &observe(&Story::of("escrow")));
}

#[test]
fn auction_is_observed_to_do_what_it_did() {
    check("auction", &observe(&Story::of("auction")));
}

#[test]
fn every_golden_file_belongs_to_a_story() {
    let entries = std::fs::read_dir(golden::folder()).expect("the golden files");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|it| it.to_string_lossy().into_owned()).collect();
    names.sort();
    let mut stories = samples_inside();
    // `tests/limits.rs` and `tests/collection_costs.rs` have files of their own.
    stories.extend(["demo", "limits", "collections"].map(str::to_owned));
    stories.sort();
    let expected: Vec<String> = stories.iter().map(|it| format!("{it}.json")).collect();
    assert_eq!(names, expected);
}

/// The demo's chain tells what was sent; each transaction is sent again on a chain where the
/// state between two of them can be seen. Both must burn the same.
#[test]
fn the_demo_is_observed_to_do_what_it_did() {
    let outcomes = demo();
    let mut vm = Vm::new();
    let steps = outcomes.iter().map(|outcome| {
        let request = request(outcome);
        let (observation, ended) = record(&mut vm, &request, Tracing::Plain);
        assert_eq!(ended.gas, vm_gas(&outcome.receipts[0], ""));
        assert_eq!(outcome.json(), ended.result.ok());
        observation
    });
    check("demo", &steps.collect::<Vec<_>>());
}

/// The demo's transactions to the enclave itself, in order.
fn demo() -> Vec<TransactionOutcome> {
    let wasm = workspace().join("target/contract/enclave.wasm");
    let artefacts = Artefacts::read(Some(&wasm), None).expect("run `cargo xtask build`");
    let mut demo = Demo::start(&artefacts).expect("a chain");
    demo.deploy(&artefacts, &mut |_| {}).expect("a deployment");
    let deployed = demo.sent().len();
    demo.upload().expect("uploads");
    demo.fill_pool().expect("a pool");
    let swap = demo.swap().expect("a swap").transaction;
    let failing = demo.failing_swap().expect("a proof").transaction;
    let told = demo.sent()[deployed..].iter().map(|told| &told.transaction);
    let hashes = told.chain([&swap, &failing]);
    hashes.map(|hash| outcome(demo.chain(), hash)).collect()
}

fn outcome(chain: &Chain, hash: &str) -> TransactionOutcome {
    let hash: CryptoHash = hash.parse().expect("a hash");
    let outcome = chain.transaction(&hash).expect("a store that can be read");
    outcome.expect("a transaction that was sent")
}

/// What was sent in a transaction of one call.
fn request(outcome: &TransactionOutcome) -> Request {
    let sent = &outcome.transaction;
    assert_eq!(sent.receiver_id, ENCLAVE);
    let [
        ActionView::FunctionCall {
            method_name,
            args,
            deposit,
            ..
        },
    ] = &sent.actions[..]
    else {
        panic!("one call: {:?}", sent.actions)
    };
    Request {
        signer: Some(sent.signer_id.to_string()),
        export: method_name.clone(),
        input: String::from_utf8(args.to_vec()).expect("JSON"),
        deposit: deposit.as_yoctonear(),
    }
}
