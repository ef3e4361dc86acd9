//! Methods that wait, on the command line: the instrument beside the enclave, promises that others settle.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use conclave_cli::home;
use conclave_localnet::{Balance, dev_signer};
use serde_json::{Value, json};
use support::{Shell, root};

const ASKER: &str = "
import { near, storage } from 'conclave'
const OUT = 'instrument.near'
export async function sum({ n }) {
  let sum = 0
  for (let i = 1; i <= n; i++) {
    try {
      sum = await near.call(OUT, i == 2 ? 'fail' : 'add', { by: i }, { gas: '5 Tgas' })
    } catch (error) {
      near.log(error.code)
    }
  }
  return sum
}
export async function ask({ blocks }) {
  const { token, promise } = near.yield({ timeoutBlocks: blocks })
  storage.set('token', token)
  const told = await promise
  return near.call(OUT, 'add', { by: told })
}
export const token = () => storage.get('token')
export const tell = ({ token, value }) => near.resume(token, value)
";

const ID: &str = "asker@alice.near";

/// A chain with the enclave, the instrument, and a subcontract whose methods wait.
fn stage() -> Shell {
    let shell = Shell::deployed();
    let mut chain = home::open_or_create(&shell.home()).unwrap();
    let account = "instrument.near".parse().unwrap();
    chain
        .create_account(&account, Balance::from_near(100))
        .unwrap();
    let code = std::fs::read(root().join("target/contract/outside-instrument.wasm"));
    let code = code.expect("the instrument is not built: run cargo xtask build");
    let deployed = chain.deploy(&dev_signer(&account), code).unwrap();
    assert!(deployed.is_success(), "{:?}", deployed.failure());
    drop(chain);
    let source = shell.file("asker.js", ASKER);
    shell.json(&["upload", ID, &source]);
    shell
}

/// Calls `ask`, which waits for `tell`; gives what the command said.
fn ask(shell: &Shell, blocks: u32) -> Value {
    let args = json!({ "blocks": blocks }).to_string();
    let call = ["call", ID, "ask", &args, "--as", "bob.near", "--trace"];
    let asked = shell.json(&call);
    assert_eq!(asked["status"], "waits");
    assert_eq!(asked["value"], Value::Null);
    asked
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}

fn flow_of(asked: &Value) -> &str {
    text(asked, "/flow/flow")
}

fn token_of(asked: &Value) -> &str {
    text(asked, "/flow/waits/0/token")
}

fn tell(shell: &Shell, token: &str, value: u32) -> Value {
    let args = json!({ "token": token, "value": value }).to_string();
    shell.json(&["call", ID, "tell", &args])["value"].clone()
}

/// The receipts of `call --trace` or `trace` but refunds: account, method, part in a flow, status.
fn passed(traced: &Value) -> Vec<[String; 4]> {
    let receipts = traced["receipts"].as_array().unwrap().iter();
    let shown = receipts.filter(|it| it["kind"] == "actions");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |it: &Value| {
        let part = text(&it["flow"]["part"]);
        [
            text(&it["executor"]),
            text(&it["methods"][0]),
            part,
            text(&it["status"]),
        ]
    };
    shown.map(row).collect()
}

/// The marks and words of a picture's lines, without figures.
fn picture(stderr: &str) -> Vec<String> {
    let lines = stderr.lines().filter(|line| line.starts_with("block "));
    let cells = lines.map(|line| line.split("  ").filter(|cell| !cell.is_empty()));
    cells
        .map(|cells| {
            cells
                .skip(1)
                .take(2)
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
fn a_call_that_waits_ends_with_its_value_and_is_drawn_receipt_by_receipt() {
    let shell = stage();
    let call = [
        "call",
        ID,
        "sum",
        r#"{"n": 3}"#,
        "--as",
        "bob.near",
        "--trace",
    ];
    let drawn = shell.run(&call);
    assert_eq!((drawn.exit, drawn.stdout.as_str()), (0, "4\n"));
    assert_eq!(
        picture(&drawn.stderr),
        [
            "conclave.near ┌ asker@alice.near begins, and waits",
            "instrument.near │ add",
            "conclave.near ├ asker@alice.near goes on",
            "instrument.near │ fail",
            "conclave.near ├ asker@alice.near goes on",
            "instrument.near │ add",
            "conclave.near └ asker@alice.near goes on to its end",
        ],
        "{}",
        drawn.stderr
    );
    assert!(drawn.stderr.contains("│ └─ asker@alice.near  sum"));

    let called = shell.json(&call);
    assert_eq!(
        (&called["status"], &called["value"]),
        (&json!("done"), &json!(8))
    );
    assert_eq!(called["logs"], json!(["asker@alice.near: E_OUTSIDE"]));
    assert!(called.get("flow").is_none(), "it has ended: {called}");
    let own = |method: &str, part: &str| ["conclave.near", method, part, "ok"].map(str::to_owned);
    let out =
        |method: &str, status: &str| ["instrument.near", method, "", status].map(str::to_owned);
    let expect = [
        own("call", "begins"),
        out("add", "ok"),
        own("resume", "goes_on"),
        out("fail", "E_VM"),
        own("resume", "goes_on"),
        out("add", "ok"),
        own("resume", "goes_on"),
    ];
    assert_eq!(passed(&called), expect);
    let receipts = called["receipts"].as_array().unwrap();
    let of_enclave = receipts
        .iter()
        .filter(|it| it["executor"] == "conclave.near");
    for receipt in of_enclave {
        assert_eq!(
            receipt["frames"][0]["method"], "sum",
            "each logs its frames"
        );
    }
    assert_eq!(called["trace"], receipts[0]["frames"][0]);
    let blocks: Vec<_> = receipts
        .iter()
        .map(|it| it["block"].as_u64().unwrap())
        .collect();
    assert!(blocks.is_sorted(), "{blocks:?}");

    let hash = text(&called, "/transaction");
    let traced = shell.json(&["trace", hash]);
    assert_eq!(traced["receipts"], called["receipts"]);
    let again = shell.run(&["trace", hash]).stdout;
    assert!(
        again.contains("└ asker@alice.near goes on to its end"),
        "{again}"
    );

    let plain = shell.json(&["call", ID, "token", "--trace"]);
    assert_eq!(plain["status"], "done");
    let plain = shell.run(&["call", ID, "token", "--trace"]).stderr;
    assert!(
        plain.starts_with("asker@alice.near  token"),
        "a tree of frames: {plain}"
    );
}

#[test]
fn a_call_that_is_not_done_says_what_it_waits_for_and_what_to_do() {
    let shell = stage();
    let call = [
        "call",
        ID,
        "ask",
        r#"{"blocks": 30}"#,
        "--as",
        "bob.near",
        "--trace",
    ];
    let asked = shell.run(&call);
    assert_eq!(
        (asked.exit, asked.stdout.as_str()),
        (0, ""),
        "{}",
        asked.stderr
    );
    let listed = shell.json(&["flows", ID]);
    let flow = text(&listed, "/flows/0/flow").to_owned();
    let token = format!("{ID}:{flow}:0");
    for part in [
        format!("it is not done: ask of {ID} waits, as flow {flow}"),
        "┆ waits since block ".to_owned(),
        format!("near.resume('{token}', value)"),
        format!("conclave flow expire {token}"),
        format!("conclave flow abort {ID} {flow}"),
        "conclave node advance BLOCKS".to_owned(),
    ] {
        assert!(asked.stderr.contains(&part), "{part}: {}", asked.stderr);
    }

    let shown = shell.json(&["flow", "show", ID, &flow]);
    assert_eq!(shown, listed["flows"][0]);
    let wait = &shown["waits"][0];
    assert_eq!(
        (&shown["method"], &shown["caller"]),
        (&json!("ask"), &json!("bob.near"))
    );
    assert_eq!(wait["token"], token);
    let (since, until) = (
        wait["since"].as_u64().unwrap(),
        wait["deadline"].as_u64().unwrap(),
    );
    assert_eq!(until, since + 30);
    let told = shell.run(&["flow", "show", ID, &flow]).stdout;
    let line = format!(
        "\nstate    waits since block {since} for near.resume of {token}, until block {until}\n"
    );
    assert!(told.contains(&line), "{told}");
    assert!(told.contains("paid by the enclave\n"), "{told}");

    assert_eq!(tell(&shell, &token, 5), true);
    shell.fails(&["flow", "show", ID, &flow], 4, "E_UNKNOWN_FLOW");
    let last = shell.json(&["logs", "--last", "2"]);
    let hash = text(&last, "/transactions/0/transaction").to_owned();
    let traced = shell.json(&["trace", &hash]);
    let parts: Vec<_> = passed(&traced)
        .into_iter()
        .map(|row| row[1..].join(" "))
        .collect();
    assert_eq!(
        parts,
        [
            "call begins ok",
            "resume goes_on ok",
            "add  ok",
            "resume goes_on ok",
            "settle answers ok"
        ]
    );
    assert!(traced.get("flow").is_none());
}

#[test]
fn flows_are_listed_in_order_and_in_part() {
    let shell = stage();
    assert_eq!(shell.json(&["flows", ID]), json!({ "flows": [] }));
    assert_eq!(shell.run(&["flows", ID]).stdout, "");
    shell.fails(&["flows", "nobody@alice.near"], 4, "E_UNKNOWN_SUBCONTRACT");
    let mut tokens: Vec<_> = (10..13)
        .map(|blocks| flow_of(&ask(&shell, blocks)).to_owned())
        .collect();
    tokens.sort();
    let listed = |arguments: &[&str]| {
        let listed = shell.json(&[&["flows", ID][..], arguments].concat());
        let flows = listed["flows"].as_array().unwrap().iter();
        flows
            .map(|it| it["flow"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), tokens);
    assert_eq!(listed(&["--limit", "2"]), tokens[..2]);
    assert_eq!(listed(&["--from", &tokens[1]]), tokens[1..]);
    let table = shell.run(&["flows", ID]).stdout;
    let rows: Vec<_> = table.lines().collect();
    assert_eq!(rows.len(), 4, "{table}");
    for (row, flow) in rows[1..].iter().zip(&tokens) {
        let cells: Vec<_> = row.split_whitespace().collect();
        assert_eq!(
            cells[..4],
            [flow.as_str(), "ask", "bob.near", "near.resume"],
            "{table}"
        );
        assert!(row.ends_with("the enclave"), "{table}");
    }
}

#[test]
fn a_flow_is_given_up_by_who_may() {
    let shell = stage();
    let asked = ask(&shell, 30);
    let flow = flow_of(&asked);
    let refused = shell.fails(
        &["flow", "abort", ID, flow, "--as", "carol.near"],
        3,
        "E_NOT_ALLOWED",
    );
    assert!(text(&refused, "/hint").contains("--as"));
    let refused = shell.fails(&["flow", "retry", ID, flow], 3, "E_NOT_ALLOWED");
    assert!(text(&refused, "/hint").contains("parked"));
    assert!(refused.get("flow").is_none(), "it is not parked: {refused}");
    let aborted = shell.json(&["flow", "abort", ID, flow, "--as", "bob.near"]);
    assert_eq!(aborted["value"], Value::Null);
    assert!(aborted["gas"].as_u64().unwrap() > 0);
    let error = shell.fails(&["flow", "abort", ID, flow], 4, "E_UNKNOWN_FLOW");
    assert!(text(&error, "/hint").contains(&format!("conclave flows {ID}")));
    shell.fails(&["flow", "retry", ID, flow], 4, "E_UNKNOWN_FLOW");
    let traced = shell.json(&["trace", text(&asked, "/transaction")]);
    let last = passed(&traced).pop().unwrap();
    assert_eq!(last[1..], ["fail", "answers", "E_ABORTED"]);
    let owned = ask(&shell, 30);
    let told = shell.run(&["flow", "abort", ID, flow_of(&owned)]);
    assert_eq!(
        told.stdout,
        format!("{}\n", flow_of(&owned)),
        "who owns it signs: {}",
        told.stderr
    );
}

#[test]
fn a_promise_is_ended_when_its_time_is_over() {
    let shell = stage();
    let asked = ask(&shell, 20);
    let token = token_of(&asked);
    let early = shell.fails(&["flow", "expire", token], 3, "E_NOT_ALLOWED");
    assert!(text(&early, "/hint").contains("conclave node advance"));
    shell.json(&["node", "advance", "20"]);
    let still = shell.run(&["trace", text(&asked, "/transaction")]).stdout;
    assert!(still.contains("┆ waits since block"), "{still}");
    assert_eq!(shell.json(&["flow", "expire", token])["value"], true);
    assert_eq!(shell.json(&["flow", "expire", token])["value"], false);
    let traced = shell.json(&["trace", text(&asked, "/transaction")]);
    let last = passed(&traced).pop().unwrap();
    assert_eq!(last[1..], ["fail", "answers", "E_TIMEOUT"]);
    assert_eq!(tell(&shell, token, 1), false);

    let asked = ask(&shell, 1);
    shell.json(&["node", "advance", "1"]);
    let token = token_of(&asked);
    let told = shell
        .run(&["flow", "expire", token, "--as", "carol.near"])
        .stdout;
    assert_eq!(told, "the promise has ended\n");
    shell.fails(
        &["flow", "expire", "asker@alice.near:00:0"],
        3,
        "E_BAD_VALUE",
    );
    let error = shell.fails(&["flow", "expire", "some-token"], 2, "E_ARGS");
    assert!(text(&error, "/hint").contains("near.yield"));
}
