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
}

#[test]
fn without_a_chain_every_command_says_how_to_make_one() {
    let shell = Shell::new();
    let commands: [&[&str]; 7] = [
        &["view", "token@alice.near", "m"],
        &["call", "token@alice.near", "m"],
        &["ls"],
        &["logs"],
        &["enclave", "status"],
        &["state", "ls", "token@alice.near"],
        &["remove", "token@alice.near"],
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
    }
}

#[test]
fn a_chain_without_an_enclave_says_so() {
    let shell = Shell::new();
    shell.json(&["node"]);
    shell.fails(&["view", "token@alice.near", "m"], 4, "E_ENCLAVE_ABSENT");
    shell.fails(&["ls"], 4, "E_ENCLAVE_ABSENT");
    shell.fails(&["enclave", "status"], 4, "E_ENCLAVE_ABSENT");
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

fn height(node: &serde_json::Value) -> u64 {
    node["height"].as_u64().unwrap()
}

fn time(node: &serde_json::Value) -> u64 {
    node["timestamp_ns"].as_str().unwrap().parse().unwrap()
}
