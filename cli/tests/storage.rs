//! What the enclave stores, from outside: the root, proofs, who pays, and what removing leaves.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::Shell;

const NOTES: &str = "
import { near, storage } from 'conclave'
export const sponsored = ['own']
export function init({ start }) { storage.set('count', BigInt(start)) }
export function fill({ from, count }) {
  for (let index = from; index < from + count; index++) storage.set(`note/${index}`, 'long '.repeat(60))
}
export function fund() { near.keep() }
export function own({ name }) { storage.set(name, 'short') }
export function small({ name }) { storage.set(name, 'short') }
";

const ID: &str = "notes@alice.near";

/// A chain on which the subcontract is uploaded.
fn uploaded() -> Shell {
    let shell = Shell::deployed();
    let source = shell.file("notes.js", NOTES);
    shell.json(&["upload", ID, &source, "--init", r#"{"start": 42}"#]);
    shell
}

/// Lets an account pay for so many long entries.
fn fill(shell: &Shell, account: &str, count: u32) {
    fill_from(shell, account, 0, count);
}

fn fill_from(shell: &Shell, account: &str, from: u32, count: u32) {
    let args = json!({ "from": from, "count": count }).to_string();
    let call = ["call", ID, "fill", &args, "--as", account];
    let paid = ["--deposit", "20 NEAR", "--gas", "1000 Tgas"];
    shell.json(&[&call[..], &paid].concat());
}

fn yocto(amount: &Value) -> u128 {
    amount.as_str().unwrap().parse().unwrap()
}

/// What an account of the chain's own has.
fn balance(shell: &Shell, account: &str) -> u128 {
    let node = shell.json(&["node"]);
    let accounts = node["accounts"].as_array().unwrap();
    let found = accounts.iter().find(|it| it["account"] == account);
    yocto(&found.unwrap()["balance"])
}

/// What accounts got back, by one answer of `collect`.
fn refunded(collected: &Value, account: &str) -> u128 {
    let refunds = collected["refunds"].as_array().unwrap();
    let his = refunds.iter().filter(|it| it["account"] == account);
    his.map(|it| yocto(&it["yocto"])).sum()
}

#[test]
fn the_root_and_a_proof_are_the_same_from_the_view_and_from_the_records() {
    let shell = uploaded();
    let root = shell.json(&["state", "root"]);
    assert_eq!(root["height"], shell.json(&["node"])["height"]);
    assert!(root["gas"].is_u64());
    let of_records = shell.json(&["state", "root", "--via", "records"]);
    assert_eq!(of_records["root"], root["root"]);
    assert_eq!(of_records["via"], "records");
    assert!(of_records.get("gas").is_none());

    for key in ["count", "coun"] {
        let proof = ["state", "proof", ID, key];
        let viewed = shell.json(&proof);
        let read = shell.json(&[&proof[..], &["--via", "records"]].concat());
        assert_eq!(viewed["claim"], read["claim"]);
        assert_eq!(viewed["claim"]["root"], root["root"]);
    }
    shell.json(&["call", ID, "small", r#"{"name": "more"}"#]);
    assert_ne!(shell.json(&["state", "root"])["root"], root["root"]);
}

#[test]
fn a_written_proof_is_believed_as_long_as_nobody_touches_it() {
    let shell = uploaded();
    let file = shell.file("claim.json", "");
    let proven = shell.json(&["state", "proof", ID, "count", "--out", &file]);
    let entry = shell.json(&["state", "get", ID, "count"]);
    assert_eq!(proven["entry"], entry);
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written, proven["claim"]);

    let root = written["root"].as_str().unwrap();
    let verify = ["state", "verify", &file, "--root", root];
    let verified = shell.json(&verify);
    let expect =
        json!({ "id": ID, "key": "count", "root": root, "is_root_told": true, "entry": entry });
    assert_eq!(verified, expect);
    let told = shell.run(&verify).stdout;
    assert!(told.starts_with(r#"notes@alice.near stores "42" (bigint) under "count""#));

    let absent = shell.file("absent.json", "");
    shell.json(&["state", "proof", ID, "coun", "--out", &absent]);
    let told = shell.run(&["state", "verify", &absent]);
    assert!(
        told.stdout
            .starts_with(r#"notes@alice.near stores nothing under "coun""#)
    );
    assert!(told.stderr.contains("--root"), "{}", told.stderr);

    let bytes = written["value"].as_str().unwrap();
    for (from, to) in [
        (bytes, "0106020007"),
        ("count", "coun"),
        ("notes@", "note@"),
    ] {
        let text = std::fs::read_to_string(&file).unwrap().replace(from, to);
        let forged = shell.file("forged.json", &text);
        shell.fails(&["state", "verify", &forged], 5, "E_PROOF");
    }
    shell.json(&["call", ID, "small", r#"{"name": "more"}"#]);
    let later = shell.json(&["state", "root"]);
    let later = [
        "state",
        "verify",
        &file,
        "--root",
        later["root"].as_str().unwrap(),
    ];
    let error = shell.fails(&later, 5, "E_PROOF");
    assert!(error["hint"].as_str().unwrap().contains(root), "{error}");
}

#[test]
fn what_is_too_much_for_a_view_is_read_from_the_records() {
    let shell = uploaded();
    for from in [0, 2_000, 4_000, 6_000] {
        fill_from(&shell, "bob.near", from, 2_000);
    }
    for asked in [vec!["state", "root"], vec!["state", "proof", ID, "count"]] {
        let error = shell.fails(&asked, 6, "E_GAS_EXHAUSTED");
        assert!(error["hint"].as_str().unwrap().contains("--via records"));
        shell.json(&[&asked[..], &["--via", "records"]].concat());
    }
}

#[test]
fn all_bills_together_are_what_is_stored() {
    let shell = uploaded();
    fill(&shell, "bob.near", 3);
    shell.json(&[
        "call",
        ID,
        "small",
        r#"{"name": "free"}"#,
        "--as",
        "carol.near",
    ]);

    shell.json(&[
        "call",
        ID,
        "fund",
        "--as",
        "carol.near",
        "--deposit",
        "1 NEAR",
    ]);
    shell.json(&[
        "call",
        ID,
        "own",
        r#"{"name": "own"}"#,
        "--as",
        "carol.near",
    ]);

    let bob = shell.json(&["storage-bill", "bob.near"]);
    let bytes = bob["bytes"].as_u64().unwrap();
    assert!(bytes > 3 * 300, "{bob}");
    assert_eq!(yocto(&bob["yocto"]), u128::from(bytes) * 10u128.pow(19));
    assert_eq!(bob["subcontracts"], json!([{ "id": ID, "bytes": bytes }]));
    assert_eq!(shell.json(&["storage-bill", "--as", "bob.near"]), bob);
    let carol = shell.json(&["storage-bill", "carol.near"]);
    assert_eq!(
        (&carol["bytes"], &carol["subcontracts"]),
        (&json!(0), &json!([]))
    );

    let all = shell.json(&["storage-bill", "--all"]);
    let bills = all["bills"].as_array().unwrap();
    let payers: Vec<_> = bills
        .iter()
        .map(|bill| bill["account"].as_str().unwrap())
        .collect();
    assert_eq!(payers, ["alice.near", "bob.near", "conclave.near", ID]);
    assert_eq!(bills[1], bob);
    let status = shell.json(&["enclave", "status"]);
    assert_eq!(all["storage_bytes"], status["storage_bytes"]);
    assert_eq!(all["bytes"], status["storage_bytes"]);

    let told = shell.run(&["storage-bill", "conclave.near"]).stdout;
    assert!(told.contains("\n(its own)  "), "{told}");
}

#[test]
fn what_a_large_subcontract_leaves_is_told_collected_and_paid_back() {
    let shell = uploaded();
    fill(&shell, "bob.near", 130);
    let bill = yocto(&shell.json(&["storage-bill", "bob.near"])["yocto"]);
    let before = balance(&shell, "bob.near");
    let removed = shell.json(&["remove", ID]);
    assert_eq!(removed["is_left"], true);
    let by_remove = balance(&shell, "bob.near") - before;
    assert!(0 < by_remove && by_remove < bill, "{by_remove} of {bill}");

    let some = shell.json(&["collect", ID, "--limit", "5", "--as", "bob.near"]);
    assert_eq!(
        (&some["records"], &some["is_left"]),
        (&json!(5), &json!(true))
    );
    assert_eq!(some["transactions"].as_array().unwrap().len(), 1);
    let told = shell.run(&["collect", ID, "--limit", "5"]);
    assert!(
        told.stdout.contains("5 removed, some are left"),
        "{}",
        told.stdout
    );
    assert!(
        told.stderr
            .contains("conclave collect notes@alice.near --all")
    );

    let before_rest = balance(&shell, "bob.near");
    let rest = shell.json(&["collect", ID, "--all", "--limit", "10"]);
    assert_eq!(rest["is_left"], false);
    assert!(rest["transactions"].as_array().unwrap().len() > 1);
    let by_rest = refunded(&rest, "bob.near");
    assert_eq!(by_rest, balance(&shell, "bob.near") - before_rest);
    let by_some = refunded(&some, "bob.near");
    assert!(0 < by_some && by_some < bill);
    let by_told = bill - by_remove - by_some - by_rest;
    assert!(
        by_told.abs_diff(by_some) < bill / 20,
        "both took five: {by_some}, {by_told}"
    );

    let none = shell.json(&["collect", ID, "--all"]);
    assert_eq!(
        (&none["records"], &none["refunds"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(shell.json(&["storage-bill", "bob.near"])["bytes"], 0);
}

#[test]
fn a_small_subcontract_leaves_nothing() {
    let shell = uploaded();
    assert_eq!(shell.json(&["remove", ID])["is_left"], false);
    assert!(!shell.run(&["collect", ID]).stderr.contains("--all"));
}
