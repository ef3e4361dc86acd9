//! The command line as a process, without an enclave: exit codes, streams, the chain in a folder.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use support::Shell;

#[test]
fn a_wrong_command_line_ends_with_2_and_one_object() {
    let shell = Shell::new();
    shell.fails(&["frobnicate"], 2, "E_USAGE");
    shell.fails(&["call", "token@alice.near"], 2, "E_USAGE");
    let call = ["call", "token@alice.near", "m", "{}"];
    shell.fails(&[&call[..], &["--gas", "30"]].concat(), 2, "E_USAGE");
    shell.fails(&[&call[..], &["--deposit", "1 USD"]].concat(), 2, "E_USAGE");
    shell.fails(
        &["call", "token@alice.near", "m", "{amount: 1}"],
        2,
        "E_ARGS",
    );
    shell.fails(&["trace", "not-a-hash"], 2, "E_HASH");
    shell.fails(&["flow"], 2, "E_USAGE");
    shell.fails(&["flow", "show", "token@alice.near"], 2, "E_USAGE");
    shell.fails(&["storage-bill"], 2, "E_USAGE");
    shell.fails(&["storage-bill", "alice.near", "--all"], 2, "E_USAGE");
    let upload = ["upload", "token@alice.near", "a.js"];
    shell.fails(&[&upload[..], &["--keep"]].concat(), 2, "E_USAGE");
    let collect = ["collect", "token@alice.near", "--limit", "1001"];
    shell.fails(&collect, 2, "E_USAGE");
}

#[test]
fn without_a_chain_every_command_says_how_to_make_one() {
    let shell = Shell::new();
    let commands: [&[&str]; 17] = [
        &["view", "token@alice.near", "m"],
        &["call", "token@alice.near", "m"],
        &["ls"],
        &["logs"],
        &["enclave", "status"],
        &["state", "ls", "token@alice.near"],
        &["state", "root"],
        &["state", "proof", "token@alice.near", "total"],
        &["storage-bill", "alice.near"],
        &["collect", "token@alice.near"],
        &["remove", "token@alice.near"],
        &["compile", "token@alice.near"],
        &["flows", "token@alice.near"],
        &["flow", "show", "token@alice.near", "00"],
        &["flow", "retry", "token@alice.near", "00"],
        &["flow", "abort", "token@alice.near", "00"],
        &["flow", "expire", "token@alice.near:00:0"],
    ];
    for command in commands {
        let error = shell.fails(command, 4, "E_CHAIN_ABSENT");
        assert!(error["hint"].as_str().unwrap().contains("conclave node"));
    }
    assert!(!shell.home().exists(), "nothing was made");
}

#[test]
fn a_name_that_breaks_the_rule_is_refused_before_sending() {
    let shell = Shell::new();
    for id in [
        "token",
        "Token@alice.near",
        "a@b@c",
        "@alice.near",
        "a..b@alice.near",
    ] {
        shell.fails(&["call", id, "m"], 5, "E_BAD_ID");
        shell.fails(&["state", "proof", id, "key"], 5, "E_BAD_ID");
        shell.fails(&["collect", id], 5, "E_BAD_ID");
        shell.fails(&["compile", id], 5, "E_BAD_ID");
        shell.fails(&["flows", id], 5, "E_BAD_ID");
        shell.fails(&["flow", "show", id, "00"], 5, "E_BAD_ID");
        shell.fails(&["flow", "retry", id, "00"], 5, "E_BAD_ID");
        shell.fails(&["flow", "abort", id, "00"], 5, "E_BAD_ID");
        shell.fails(&["flow", "expire", &format!("{id}:00:0")], 5, "E_BAD_ID");
    }
    shell.fails(&["storage-bill", "Alice.near"], 5, "E_BAD_ID");
}

#[test]
fn a_chain_without_an_enclave_says_so() {
    let shell = Shell::new();
    shell.json(&["node"]);
    shell.fails(&["view", "token@alice.near", "m"], 4, "E_ENCLAVE_ABSENT");
    shell.fails(&["ls"], 4, "E_ENCLAVE_ABSENT");
    shell.fails(&["enclave", "status"], 4, "E_ENCLAVE_ABSENT");
    shell.fails(&["state", "root"], 4, "E_ENCLAVE_ABSENT");
    let records = ["state", "root", "--via", "records"];
    shell.fails(&records, 4, "E_ENCLAVE_ABSENT");
    shell.fails(&["storage-bill", "--all"], 4, "E_ENCLAVE_ABSENT");
    let absent = ["enclave", "deploy", "--yes", "--wasm", "nowhere.wasm"];
    let error = shell.fails(&absent, 4, "E_WASM_ABSENT");
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("cargo xtask build")
    );
    shell.fails(&["enclave", "deploy", "--yes"], 4, "E_WASM_ABSENT");
}

#[test]
fn a_node_moves_is_kept_and_comes_back() {
    let shell = Shell::new();
    let start = shell.json(&["node"]);
    assert_eq!(start["accounts"].as_array().unwrap().len(), 4);
    assert!(
        start["accounts"][1]["secret_key"]
            .as_str()
            .unwrap()
            .starts_with("ed25519:")
    );
    assert_eq!(
        shell.json(&["node", "snapshot", "first"])["snapshots"][0],
        "first"
    );

    let later = shell.json(&["node", "advance", "5", "--seconds", "60"]);
    assert_eq!(height(&later), height(&start) + 5);
    assert!(time(&later) >= time(&start) + 60_000_000_000);
    assert_eq!(
        shell.json(&["node"]),
        later,
        "what a process did is there for the next"
    );

    let back = shell.json(&["node", "restore", "first"]);
    assert_eq!(back["block"], start["block"]);
    shell.fails(&["node", "restore", "second"], 4, "E_SNAPSHOT_UNKNOWN");
}

#[test]
fn help_names_the_exit_codes_and_completions_name_the_commands() {
    let shell = Shell::new();
    let help = shell.run(&["--help"]);
    assert_eq!((help.exit, help.stderr.as_str()), (0, ""));
    for code in 0..=6 {
        assert!(
            help.stdout.contains(&format!("\n  {code}  ")),
            "exit code {code}"
        );
    }
    for name in ["bash", "zsh", "fish"] {
        let script = shell.run(&["completions", name]);
        assert_eq!(script.exit, 0);
        assert!(script.stdout.contains("snapshot"), "{name}");
    }
}

#[test]
fn a_claim_is_checked_without_a_chain() {
    let shell = Shell::new();
    let claim = r#"{"id":"a@b.near","key":"k","value":null,"proof":"01000000",
        "root":"c9256e97151ca6c0d9f53719bfd16abb5d30158f174d8b116d8574bbe58cbeb0"}"#;
    let file = shell.file("claim.json", claim);
    let verified = shell.json(&["state", "verify", &file]);
    assert_eq!(verified["entry"], serde_json::Value::Null);
    assert_eq!(verified["is_root_told"], false);
    assert!(!shell.home().exists(), "nothing was made");

    let other = shell.file("other.json", &claim.replace("null", "\"0101\""));
    let error = shell.fails(&["state", "verify", &other], 5, "E_PROOF");
    assert_eq!(error["message"], "the key is not there");
    let named = shell.file("named.json", &claim.replace("a@b.near", "a"));
    shell.fails(&["state", "verify", &named], 5, "E_BAD_ID");
    let broken = shell.file("broken.json", "{}");
    shell.fails(&["state", "verify", &broken], 2, "E_ARGS");
    shell.fails(&["state", "verify", "nowhere.json"], 4, "E_FILE");
    let root = ["state", "verify", &file, "--root", "c925"];
    shell.fails(&root, 2, "E_USAGE");
}

fn height(node: &serde_json::Value) -> u64 {
    node["height"].as_u64().unwrap()
}

fn time(node: &serde_json::Value) -> u64 {
    node["timestamp_ns"].as_str().unwrap().parse().unwrap()
}
