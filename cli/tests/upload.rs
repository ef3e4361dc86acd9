//! `conclave upload`: what is sent, and what it costs, shown before.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::Shell;

const ID: &str = "purse@alice.near";

const PURSE: &str = "
import { near, storage } from 'conclave'
// What each account has.
const keyOf = account => `balance/${account}`
export const reentrant = ['pay', 'total']
export function init({ start }) { storage.set(keyOf(near.caller()), BigInt(start)) }
export function pay({ amount }) {
  const balance = storage.get(keyOf(near.caller())) ?? 0n
  if (balance < BigInt(amount)) throw new RangeError('too little')
  storage.set(keyOf(near.caller()), balance - BigInt(amount))
  return balance - BigInt(amount)
}
export const total = () => onlyTotal()
function onlyTotal() { return 'the total' }
function neverUsed() { return 'never' }
";

fn yocto(value: &Value) -> u128 {
    value.as_str().unwrap().parse().unwrap()
}

fn balance(shell: &Shell, account: &str) -> u128 {
    let node = shell.json(&["node"]);
    let accounts = node["accounts"].as_array().unwrap();
    yocto(&accounts.iter().find(|it| it["account"] == account).unwrap()["balance"])
}

fn stored(shell: &Shell) -> u64 {
    shell.json(&["enclave", "status"])["storage_bytes"]
        .as_u64()
        .unwrap()
}

#[test]
fn an_upload_costs_what_was_shown_before() {
    let shell = Shell::deployed();
    let source = shell.file("purse.js", PURSE);
    let upload = ["upload", ID, &source, "--init", r#"{"start": "7"}"#];
    let before = (
        shell.json(&["node"]),
        stored(&shell),
        balance(&shell, "alice.near"),
    );
    let dry = shell.json(&[&upload[..], &["--dry-run"]].concat());
    let plan = &dry["plan"];
    assert_eq!(
        (&dry["is_dry_run"], dry.get("transaction")),
        (&json!(true), None)
    );
    assert_eq!(plan["bytes"], PURSE.len());
    assert!(
        plan["minified_bytes"].as_u64().unwrap() * 10 < PURSE.len() as u64 * 7,
        "{plan}"
    );
    let after = (
        shell.json(&["node"]),
        stored(&shell),
        balance(&shell, "alice.near"),
    );
    assert_eq!(before, after, "a dry run changes nothing");
    shell.fails(&["view", ID, "total"], 4, "E_UNKNOWN_SUBCONTRACT");

    let done = shell.json(&upload);
    assert_eq!((&done["plan"], &done["is_dry_run"]), (plan, &json!(false)));
    assert_eq!(done["gas"], plan["gas"]);
    assert_eq!(done["tokens_burnt"], plan["gas_price_total"]);
    assert_eq!(done["value"]["code_bytes"], plan["minified_bytes"]);
    let grown = stored(&shell) - before.1;
    assert_eq!(plan["storage_bytes"], grown);
    assert_eq!(
        yocto(&plan["near_staked"]),
        u128::from(grown) * 10u128.pow(19)
    );
    let kept = yocto(&plan["deposit"]) - yocto(&plan["deposit_left"]);
    let paid = before.2 - balance(&shell, "alice.near");
    assert_eq!(paid, kept + yocto(&plan["gas_price_total"]), "{plan}");
    assert_eq!(
        shell.json(&["call", ID, "pay", r#"{"amount": 3}"#])["value"],
        "4"
    );
}

#[test]
fn a_person_reads_it_on_stderr_and_the_id_on_stdout() {
    let shell = Shell::deployed();
    let source = shell.file("purse.js", PURSE);
    let dry = shell.run(&["upload", "purse@dora.near", &source, "--dry-run"]);
    assert_eq!((dry.exit, dry.stdout.as_str()), (0, ""), "{}", dry.stderr);
    for part in [
        "upload purse@dora.near",
        "B, minified ",
        " %)",
        "staked",
        " Tgas, ",
        "come back",
    ] {
        assert!(dry.stderr.contains(part), "{part}: {}", dry.stderr);
    }
    assert!(!dry.stderr.contains("created"), "{}", dry.stderr);
    let done = shell.run(&["upload", "purse@dora.near", &source]);
    assert_eq!(done.stdout, "purse@dora.near\n");
    assert!(done.stderr.contains(&dry.stderr), "{}", done.stderr);
    for part in ["dora.near does not exist: created", "transaction "] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
}

#[test]
fn what_the_enclave_would_refuse_is_not_sent() {
    let shell = Shell::deployed();
    let source = shell.file("purse.js", PURSE);
    let before = shell.json(&["node"]);
    let refused = |arguments: &[&str], exit, code| {
        let error = shell.fails(&[&["upload"], arguments].concat(), exit, code);
        assert_eq!(
            (error.get("transaction"), error.get("gas")),
            (None, None),
            "{error}"
        );
        assert_eq!(before, shell.json(&["node"]), "{error}: nothing was sent");
        error
    };
    refused(&[ID, &source, "--as", "bob.near"], 3, "E_NOT_ALLOWED");
    refused(
        &["purse@dora.near", &source, "--as", "bob.near"],
        3,
        "E_NOT_ALLOWED",
    );
    let gas = refused(&[ID, &source, "--gas", "4 Tgas"], 6, "E_GAS_EXHAUSTED");
    assert!(gas["hint"].as_str().unwrap().contains("--gas"));
    let thrown = refused(&[ID, &source, "--init", r#"{"start": "x"}"#], 3, "E_THROW");
    assert_eq!(thrown["path"], json!([ID]));
    refused(
        &[ID, &source, "--init", "1", "--init-method", "begin"],
        4,
        "E_UNKNOWN_METHOD",
    );
    refused(&[ID, &source, "--keep", "pay,nothing"], 2, "E_USAGE");
    refused(&[ID, &source, "--keep", "pay", "--no-minify"], 2, "E_USAGE");
    refused(&[ID, &source, "--ask", "--dry-run"], 2, "E_USAGE");
    refused(&[ID, &source, "--ask"], 5, "E_NOT_CONFIRMED");
}

#[test]
fn places_are_those_of_the_written_source() {
    let shell = Shell::deployed();
    let check = |text: &str, code: &str, part: &str| {
        let source = shell.file("wrong.js", &format!("// a comment\n\n{text}"));
        let minified = shell.fails(&["upload", ID, &source], 3, code);
        let written = shell.fails(&["upload", ID, &source, "--no-minify"], 3, code);
        assert_eq!(minified, written);
        assert!(
            minified["message"].as_str().unwrap().contains(part),
            "{minified}"
        );
    };
    check("export function (", "E_SYNTAX", "line 3");
    check(
        "export function f() { return '\\08' }",
        "E_SYNTAX",
        "at line 3, col 31",
    );
    check(
        "export default function f() {}",
        "E_SOURCE",
        "at line 3, col 1",
    );
    check(
        "import { no } from 'conclave'\nexport const f = no",
        "E_SOURCE",
        "`no`",
    );
    let deep = format!(
        "export const f = () => {}{}",
        "[".repeat(40),
        "]".repeat(40)
    );
    check(&deep, "E_TOO_DEEP", "at line 3, col ");
}

#[test]
fn what_only_the_minifier_refuses_can_be_sent_as_it_is() {
    let shell = Shell::deployed();
    // The language forbids it; the engine lets it pass.
    let source = shell.file(
        "lax.js",
        "export function f() { let x = 1; { var x = 2 } return x }",
    );
    let error = shell.fails(&["upload", ID, &source], 5, "E_SYNTAX");
    assert!(
        error["hint"].as_str().unwrap().contains("--no-minify"),
        "{error}"
    );
    shell.json(&["upload", ID, &source, "--no-minify"]);
}

#[test]
fn the_source_goes_up_as_it_is_or_with_only_what_is_kept() {
    let shell = Shell::deployed();
    let source = shell.file("purse.js", PURSE);
    let methods = |id: &str| {
        let listed = shell.json(&["ls"]);
        let all = listed["subcontracts"].as_array().unwrap();
        all.iter().find(|it| it["id"] == id).unwrap()["methods"].clone()
    };
    let written = shell.json(&["upload", "written@alice.near", &source, "--no-minify"]);
    assert_eq!(written["value"]["code_bytes"], PURSE.len());
    assert_eq!(written["plan"]["minified_bytes"], Value::Null);
    assert_eq!(
        methods("written@alice.near"),
        json!(["init", "pay", "total"])
    );

    shell.json(&["upload", "all@alice.near", &source]);
    assert_eq!(methods("all@alice.near"), json!(["init", "pay", "total"]));

    let init = ["--init", r#"{"start": 1}"#, "--keep", "pay"];
    let kept = shell.json(&[&["upload", ID, &source], &init[..]].concat());
    assert_eq!(methods(ID), json!(["init", "pay"]));
    assert!(kept["plan"]["storage_bytes"].as_u64() < written["plan"]["storage_bytes"].as_u64());
    shell.fails(&["call", ID, "total"], 4, "E_UNKNOWN_METHOD");
}
