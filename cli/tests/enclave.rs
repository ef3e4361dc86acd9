//! The command line against the built enclave, on a chain in a folder.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use serde_json::json;
use support::{Shell, artefacts};

const COUNTER: &str = "
import { near, storage, contract } from 'conclave'
export function init({ start }) { storage.set('count', BigInt(start)) }
export function add({ by }) {
  storage.set('count', storage.get('count') + BigInt(by))
  near.log(`${near.caller()} added ${by}`)
  return storage.get('count')
}
export function twice({ id, by }) { contract(id).add({ by }); return contract(id).add({ by }) }
export const count = () => storage.get('count')
export function forever() { for (;;) {} }
export function refuse() { throw new RangeError('no') }
";

const ID: &str = "counter@alice.near";

#[test]
fn a_deployment_is_planned_confirmed_sent_and_not_repeated() {
    let shell = Shell::new();
    let wasm = artefacts().enclave_path;
    let deploy = ["enclave", "deploy", "--wasm", wasm.to_str().unwrap()];
    let planned = shell.json(&[&deploy[..], &["--dry-run"]].concat());
    assert_eq!(planned["is_dry_run"], true);
    assert_eq!(planned["transactions"], json!([]));
    shell.fails(&["enclave", "status"], 4, "E_ENCLAVE_ABSENT");

    let done = shell.json(&[&deploy[..], &["--yes"]].concat());
    assert_eq!(done["plan"], planned["plan"]);
    assert_eq!(done["plan"]["way"], "chunks");
    let count = done["plan"]["transactions"].as_u64().unwrap();
    assert_eq!(done["transactions"].as_array().unwrap().len() as u64, count);

    let status = shell.json(&["enclave", "status"]);
    assert_eq!(status["state"], "enclave");
    assert_eq!(status["subcontracts"], 0);
    assert_eq!(status["contract_sha256"], done["plan"]["sha256"]);
    let again = shell.json(&[&deploy[..], &["--yes"]].concat());
    assert_eq!(again["plan"]["way"], "nothing");

    let other = shell.file("other.wasm", "\0asm\u{1}\0\0\0");
    shell.file("other.tables", "");
    let loader = wasm.with_file_name("loader.wasm");
    let other = [
        "enclave",
        "deploy",
        "--yes",
        "--wasm",
        &other,
        "--loader",
        loader.to_str().unwrap(),
    ];
    shell.fails(&other, 5, "E_CONTRACT_PRESENT");
}

#[test]
fn what_an_author_does_works_from_upload_to_trace() {
    let shell = Shell::deployed();
    let source = shell.file("counter.js", COUNTER);
    let uploaded = shell.json(&["upload", ID, &source, "--init", r#"{"start": "40"}"#]);
    assert_eq!(uploaded["value"]["id"], ID);
    assert_eq!(uploaded["plan"]["bytes"], COUNTER.len());
    shell.json(&[
        "upload",
        "user@dora.near",
        &source,
        "--init",
        r#"{"start": 0}"#,
    ]);

    let called = shell.json(&["call", ID, "add", r#"{"by": 2}"#, "--as", "bob.near"]);
    assert_eq!(called["value"], "42");
    assert_eq!(
        called["logs"],
        json!(["counter@alice.near: bob.near added 2"])
    );
    assert!(called["gas"].as_u64().unwrap() > 1_000_000_000_000);
    assert!(called.get("trace").is_none());
    assert_eq!(shell.json(&["view", ID, "count"])["value"], "42");

    let args = format!(r#"{{"id": "{ID}", "by": 1}}"#);
    let traced = shell.json(&["call", "user@dora.near", "twice", &args, "--trace"]);
    let frame = &traced["trace"];
    assert_eq!(
        (&frame["id"], &frame["method"]),
        (&json!("user@dora.near"), &json!("twice"))
    );
    assert_eq!(frame["children"].as_array().unwrap().len(), 2);
    assert!(frame["gas"].as_u64() < traced["gas"].as_u64());

    let hash = traced["transaction"].as_str().unwrap();
    let tree = shell.json(&["trace", hash]);
    assert_eq!(tree["children"][0]["executor"], "conclave.near");
    assert_eq!(tree["children"][0]["frames"][0], *frame);
    let drawn = shell.run(&["trace", hash]).stdout;
    assert!(
        drawn.contains("\n   │  └─ counter@alice.near  add"),
        "{drawn}"
    );

    let logs = shell.json(&["logs", hash]);
    assert_eq!(logs["transactions"][0]["logs"].as_array().unwrap().len(), 2);
    let last = shell.run(&["logs", "--last", "2"]).stdout;
    assert_eq!(last.lines().count(), 3, "{last}");
}

#[test]
fn what_is_stored_is_listed_and_read_from_the_chain() {
    let shell = Shell::deployed();
    let source = shell.file("counter.js", COUNTER);
    shell.json(&["upload", ID, &source, "--init", r#"{"start": 7}"#]);
    let listed = shell.json(&["ls"]);
    assert_eq!(listed["subcontracts"][0]["id"], ID);
    assert_eq!(listed["subcontracts"][0]["keys"], 1);

    let stored = shell.json(&["state", "ls", ID]);
    let entry = json!({ "key": "count", "value": "7", "kind": "bigint", "bytes": "0106020007" });
    assert_eq!(stored["entries"], json!([entry]));
    assert_eq!(shell.json(&["state", "get", ID, "count"]), entry);
    shell.fails(&["state", "get", ID, "coun"], 4, "E_KEY_ABSENT");
    shell.fails(
        &["state", "ls", "nobody@alice.near"],
        4,
        "E_UNKNOWN_SUBCONTRACT",
    );

    let compiled = shell.json(&["compile", ID, "--as", "bob.near"]);
    assert_eq!(compiled["value"], json!({ "was_stale": false }));
    let told = shell.run(&["compile", ID]).stdout;
    assert!(told.contains("was ready already"), "{told}");

    shell.json(&["remove", ID]);
    assert_eq!(shell.json(&["ls"])["subcontracts"], json!([]));
    shell.fails(&["compile", ID], 4, "E_UNKNOWN_SUBCONTRACT");
}

#[test]
fn every_kind_of_failure_has_its_exit_code() {
    let shell = Shell::deployed();
    let source = shell.file("counter.js", COUNTER);
    shell.json(&["upload", ID, &source, "--init", r#"{"start": 0}"#]);

    let thrown = shell.fails(&["call", ID, "refuse"], 3, "E_THROW");
    assert_eq!(thrown["message"], "RangeError: no");
    assert_eq!(thrown["path"], json!([ID]));
    assert!(thrown["transaction"].is_string() && thrown["gas"].is_u64());
    shell.fails(&["view", ID, "refuse"], 3, "E_THROW");
    shell.fails(&["call", ID, "nothing"], 4, "E_UNKNOWN_METHOD");
    shell.fails(
        &["call", "nobody@alice.near", "m"],
        4,
        "E_UNKNOWN_SUBCONTRACT",
    );
    shell.fails(
        &["upload", ID, &source, "--as", "bob.near"],
        3,
        "E_NOT_ALLOWED",
    );
    shell.fails(&["upload", ID, "nowhere.js"], 4, "E_FILE");
    let endless = ["call", ID, "forever", "--gas", "20 Tgas"];
    shell.fails(&endless, 3, "E_GAS");
    let hash = "11111111111111111111111111111111";
    shell.fails(&["trace", hash], 4, "E_TX_UNKNOWN");

    let broken = shell.file("broken.js", "export function (");
    let error = shell.fails(&["upload", "broken@alice.near", &broken], 3, "E_SYNTAX");
    assert!(
        error["message"].as_str().unwrap().contains('1'),
        "a line: {error}"
    );
}
