//! `conclave demo` as a process: one object on stdout, in time, and its proof holds.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Shell, artefacts};

/// How long the demo may take once everything is built. Reason: the promise of the README.
const TIME_MAX: Duration = Duration::from_secs(30);

fn demo() -> Value {
    let shell = Shell::new();
    let wasm = artefacts().enclave_path;
    let start = Instant::now();
    let told = shell.json(&["demo", "--wasm", wasm.to_str().unwrap()]);
    assert!(start.elapsed() < TIME_MAX, "took {:?}", start.elapsed());
    assert!(!shell.home().exists(), "the demo's chain is its own");
    told
}

/// The fields of an object, in order.
fn fields(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn ids(frame: &Value) -> Vec<&str> {
    let below = frame["children"].as_array().unwrap().iter().flat_map(ids);
    std::iter::once(frame["id"].as_str().unwrap())
        .chain(below)
        .collect()
}

/// Gas of a frame and of all below it, which can't be more.
fn check_gas(frame: &Value) {
    let below = frame["children"].as_array().unwrap();
    let gas: u64 = below.iter().map(|it| it["gas"].as_u64().unwrap()).sum();
    assert!(frame["gas"].as_u64().unwrap() > gas, "{frame}");
    below.iter().for_each(check_gas);
}

#[test]
fn the_demo_prints_one_object_and_proves_that_nothing_of_the_failing_swap_stays() {
    let told = demo();
    let mut expected = vec![
        "protocol",
        "contract_bytes",
        "contract_sha256",
        "loader_bytes",
        "chunks",
        "deploy_gas_planned",
        "deploy_gas",
        "transactions",
        "swap",
        "failure",
    ];
    expected.sort_unstable();
    let mut found = fields(&told);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(told["protocol"], 88);
    assert_eq!(told["contract_bytes"], artefacts().enclave.len());
    for sent in told["transactions"].as_array().unwrap() {
        assert!(sent["gas"].as_u64().unwrap() > 0, "{sent}");
    }
    check_swap(&told["swap"]);
    check_failure(&told["failure"]);
}

fn check_swap(swap: &Value) {
    let through = ["usd@alice.near", "amm@alice.near", "gold@alice.near"];
    assert_eq!(ids(&swap["trace"]), through);
    check_gas(&swap["trace"]);
    assert!(swap["gas"].as_u64() > swap["trace"]["gas"].as_u64());
    assert_eq!(swap["value"], "10000");
    assert_ne!(swap["before"], swap["after"]);
}

fn check_failure(failure: &Value) {
    let path = json!(["usd@alice.near", "amm@alice.near", "gold@alice.near"]);
    assert_eq!(failure["path"], path);
    assert_eq!(failure["code"], "E_THROW");
    assert_eq!(failure["is_unchanged"], true);
    assert_eq!(failure["state_before"], failure["state_after"]);
    assert_eq!(
        failure["state_before"]["sha256"].as_str().unwrap().len(),
        64
    );
    assert_eq!(failure["before"], failure["after"]);
    assert_eq!(failure["before"].as_array().unwrap().len(), 4);
}
