//! Code beside the trie: stored once, billed to each, compiled again for another engine, gone with the
//! last subcontract that has it.

mod alice;

use alice::ask;
use conclave_abi::error::Failure;
use conclave_enclave::Export;
use conclave_enclave::platform::memory::Pairs;
use conclave_nested_trie::{sealed, unsealed};
use serde_json::{Value, json};
use std::path::Path;

/// First bytes of the host keys of a source's code.
const COMPILED: u8 = 0x10;
const TAGS: [u8; 3] = [COMPILED, 0x11, 0x12];
const SOURCE: &str = "export function f() {}";

/// What a request gave: its answer, and what was sent to whom.
type Done = (Value, Vec<(String, u128)>);

fn run(pairs: &Pairs, export: Export, input: &Value) -> Result<Done, Failure> {
    let effects = ask(pairs, export, input)?;
    let answer = serde_json::from_slice(&effects.result).expect("JSON");
    Ok((answer, effects.transfers))
}

fn done(pairs: &Pairs, export: Export, input: &Value) -> Done {
    run(pairs, export, input).expect("it works")
}

fn enclave() -> Pairs {
    let pairs = Pairs::default();
    done(&pairs, Export::New, &json!({"owner": "alice.near"}));
    pairs
}

fn upload(pairs: &Pairs, id: &str, source: &str) -> u64 {
    let (answer, _) = done(pairs, Export::Upload, &json!({"id": id, "source": source}));
    answer["storage_bytes"].as_u64().expect("bytes")
}

fn remove(pairs: &Pairs, id: &str) -> u128 {
    let (_, transfers) = done(pairs, Export::Remove, &json!({"id": id}));
    transfers.iter().map(|(_, yocto)| yocto).sum()
}

fn call(pairs: &Pairs, id: &str, method: &str) -> Result<Value, Failure> {
    let input = json!({"id": id, "method": method});
    run(pairs, Export::Call, &input).map(|(answer, _)| answer)
}

/// Host keys of code.
fn code(pairs: &Pairs) -> Vec<Vec<u8>> {
    let pairs = pairs.borrow();
    let keys = pairs.keys().filter(|key| TAGS.contains(&key[0]));
    keys.cloned().collect()
}

/// Lets all compiled code be of another build of the engine.
fn age(pairs: &Pairs) {
    for (key, record) in pairs.borrow_mut().iter_mut() {
        if key[0] == COMPILED {
            let mut body = unsealed(key, record).expect("a record").to_vec();
            body[1] ^= 1;
            *record = sealed(key, &body);
        }
    }
}

#[test]
fn the_document_shows_where_code_lies() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/state.md");
    let document = std::fs::read_to_string(path).expect("the document is there");
    let mut lines = document.lines();
    assert!(lines.any(|line| line == "```golden code keys"), "no block");
    let source: String = serde_json::from_str(lines.next().expect("a line")).expect("a string");
    let shown = lines.take_while(|line| *line != "```");
    let shown: Vec<_> = shown
        .map(|line| hex::decode(line.replace('.', "")).expect("digits"))
        .collect();
    let pairs = enclave();
    upload(&pairs, "a@alice.near", &source);
    assert_eq!(code(&pairs), shown);
}

#[test]
fn the_same_source_is_stored_once_and_each_owner_pays_and_gets_back_the_same() {
    let pairs = enclave();
    let empty = pairs.borrow().clone();
    let first = upload(&pairs, "a@alice.near", SOURCE);
    let stored = code(&pairs);
    assert_eq!(stored.len(), TAGS.len());
    assert_eq!(upload(&pairs, "b@alice.near", SOURCE), first);
    assert_eq!(code(&pairs), stored);
    upload(&pairs, "c@alice.near", "export function g() {}");
    assert_eq!(code(&pairs).len(), 2 * TAGS.len());
    let price = u128::from(first) * 10u128.pow(19);
    assert_eq!(remove(&pairs, "a@alice.near"), price);
    assert_eq!(call(&pairs, "b@alice.near", "f"), Ok(Value::Null));
    remove(&pairs, "c@alice.near");
    assert_eq!(code(&pairs), stored);
    assert_eq!(remove(&pairs, "b@alice.near"), price);
    // The root record has counted three subcontracts.
    let (left, empty) = (pairs.take(), empty);
    assert!(left.keys().eq(empty.keys()), "{left:?}");
}

#[test]
fn code_of_another_engine_is_refused_until_anyone_compiles_it() {
    let pairs = enclave();
    for id in ["a@alice.near", "b@alice.near"] {
        upload(&pairs, id, SOURCE);
    }
    let sound = pairs.borrow().clone();
    let compile = || done(&pairs, Export::Compile, &json!({"id": "a@alice.near"})).0;
    assert_eq!(compile(), json!({"was_stale": false}));
    age(&pairs);
    let aged = pairs.borrow().clone();
    for id in ["a@alice.near", "b@alice.near"] {
        let failure = call(&pairs, id, "f").expect_err("stale");
        assert_eq!(failure.code, "E_STALE_CODE");
        let (shown, _) = done(&pairs, Export::Subcontract, &json!({"id": id}));
        assert_eq!(
            (&shown["methods"], &shown["is_stale"]),
            (&json!(["f"]), &json!(true))
        );
    }
    assert_eq!(*pairs.borrow(), aged, "nothing changed");
    assert_eq!(compile(), json!({"was_stale": true}));
    assert_eq!(*pairs.borrow(), sound, "what the first upload had stored");
    assert_eq!(call(&pairs, "b@alice.near", "f"), Ok(Value::Null));
    age(&pairs);
    upload(&pairs, "c@alice.near", SOURCE);
    assert_eq!(call(&pairs, "a@alice.near", "f"), Ok(Value::Null));
    age(&pairs);
    for id in ["a@alice.near", "b@alice.near", "c@alice.near"] {
        remove(&pairs, id);
    }
    assert!(code(&pairs).is_empty());
    let failure = run(&pairs, Export::Compile, &json!({"id": "a@alice.near"}));
    assert_eq!(failure.expect_err("gone").code, "E_UNKNOWN_SUBCONTRACT");
}

#[test]
fn a_subcontract_that_meets_stale_code_can_catch_that() {
    let pairs = enclave();
    let caller = "import { call } from 'conclave'\n\
        export const ask = () => { try { return call('a@alice.near', 'f') } catch (e) { return e.code } }";
    upload(&pairs, "a@alice.near", SOURCE);
    age(&pairs);
    upload(&pairs, "b@alice.near", caller);
    assert_eq!(
        call(&pairs, "b@alice.near", "ask"),
        Ok(json!("E_STALE_CODE"))
    );
}

#[test]
fn a_refused_source_and_a_failed_init_leave_no_code() {
    let pairs = enclave();
    let before = pairs.borrow().clone();
    for source in [
        "export function f( {}",
        "export function init() { throw 1 }",
        "export const f = () => 1 }) (function () {",
    ] {
        let input = json!({"id": "a@alice.near", "source": source, "init": {"args": null}});
        run(&pairs, Export::Upload, &input).expect_err("refused");
        // In a receipt NEAR would drop the writes too: there are none.
        assert_eq!(*pairs.borrow(), before, "{source}");
    }
}
