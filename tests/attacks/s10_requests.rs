//! S10: JSON that is small to send and large to read: in requests, in views, in strings.

use crate::defence::defended_by;
use crate::scene::{VICTIM, asked, line, put, seen};
use conclave_tests::World;
use conclave_tests::attack::refused;
use serde_json::json;

/// A victim that keeps whatever it is given.
const BANK_CODE: &str = "export const init = () => storage.set('kept', 'nothing')
export const keep = args => storage.set('kept', args)
export const echo = args => args
export const ignore = () => 'ignored'
export const load = text => soft(() => JSON.parse(text))
export const revive = text => soft(() => JSON.parse(text, (key, value) => value))
export const pay = ({ to, amount }) => storage.set('kept', `${amount} to ${to}`)
";

/// A call with these arguments, as text.
fn call(method: &str, args: &str) -> Vec<u8> {
    format!(r#"{{"id":"{VICTIM}","method":"{method}","args":{args}}}"#).into_bytes()
}

/// The victim has kept nothing of it, and works.
fn is_whole(world: &mut dyn World) {
    assert_eq!(seen(world, VICTIM, "kept"), json!("nothing"));
    assert_eq!(asked(world, VICTIM, "echo", json!([1])), json!([1]));
}

/// The reader of the request recurses until the VM's stack ends; or the victim gets what it can
/// neither store nor pass on.
#[test]
fn s10_arguments_that_nest_without_end_reach_no_code() {
    defended_by(&[line(
        "abi/src/json.rs",
        "if self.depth == DEPTH_MAX {",
        "if false {",
    )])
    .against(|world: &mut dyn World| {
        put(world, VICTIM, BANK_CODE);
        for depth in [65, 100, 1_000, 100_000] {
            for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"\":", "}]")] {
                let args = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                refused(world, "E_TOO_DEEP", "nested deeper than 64", |world| {
                    world.send("mallory.near", "call", &call("keep", &args), 0)
                });
                refused(world, "E_TOO_DEEP", "nested deeper than 64", |world| {
                    world.ask("view", &call("echo", &args))
                });
            }
            // It is refused before it has an end.
            let endless = call("keep", &"[".repeat(depth));
            refused(world, "E_TOO_DEEP", "nested deeper than 64", |world| {
                world.send("mallory.near", "call", &endless, 0)
            });
        }
        is_whole(world);
    });
}

/// A wallet shows the first amount, the victim pays the last.
#[test]
fn s10_a_name_stands_once_in_an_object() {
    defended_by(&[line(
        "abi/src/json.rs",
        "if !names.insert(key.clone()) {",
        "if names.insert(key.clone()) && false {",
    )])
    .against(|world: &mut dyn World| {
        put(world, VICTIM, BANK_CODE);
        for args in [
            r#"{"to":"mallory.near","amount":1,"amount":1000000}"#,
            r#"{"to":"mallory.near","amount":1,"\u0061mount":1000000}"#,
            r#"{"amount":1,"to":"alice.near","to":"mallory.near"}"#,
        ] {
            refused(world, "E_BAD_REQUEST", "occurs twice", |world| {
                world.send("alice.near", "call", &call("pay", args), 0)
            });
        }
        is_whole(world);
    });
}

/// Reading a request of the largest size that a transaction takes burns gas that nobody bounded.
#[test]
fn s10_a_request_has_a_mebibyte_at_most() {
    defended_by(&[line(
        "enclave/src/request.rs",
        "if input.len() > REQUEST_BYTES_MAX {",
        "if false {",
    )])
    .against(|world: &mut dyn World| {
        put(world, VICTIM, BANK_CODE);
        let bomb = |bytes: usize| format!("[{}0]", "[],".repeat(bytes / 3));
        refused(world, "E_TOO_LARGE", "at most 1048576", |world| {
            world.send("mallory.near", "call", &call("keep", &bomb(1_048_576)), 0)
        });
        let numbers = |count: usize| {
            let names = (0..count).map(|name| format!("\"{name:x}\":0"));
            format!("{{{}}}", names.collect::<Vec<_>>().join(","))
        };
        for args in [bomb(300_000), numbers(60_000)] {
            let ended = world.send("mallory.near", "call", &call("ignore", &args), 0);
            println!("{} Tgas", ended.gas / 1_000_000_000_000);
            match ended.result {
                Ok(told) => assert_eq!(told, json!("ignored")),
                Err(failure) => assert!(
                    matches!(failure.code.as_str(), "E_GAS" | "E_LIMIT" | "E_TOO_LARGE"),
                    "{failure:?}"
                ),
            }
        }
        is_whole(world);
    });
}

/// The bomb comes as a string, past the reader of requests, and goes off in `JSON.parse`.
#[test]
fn s10_a_bomb_in_a_string_is_an_error_that_its_reader_can_catch() {
    defended_by(&[line(
        "engine/insertions/json_parse.rs",
        "if open.len() >= JSON_DEPTH_MAX {",
        "if open.len() >= usize::MAX {",
    )])
    .against(|world: &mut dyn World| {
        put(world, VICTIM, BANK_CODE);
        for depth in [129, 1_000, 100_000] {
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                for method in ["load", "revive"] {
                    let caught = asked(world, VICTIM, method, json!(text));
                    assert_eq!(caught, json!("E_LIMIT"), "{method} {depth} {open}");
                    let caught = world.view(VICTIM, method, json!(text)).value();
                    assert_eq!(caught, json!("E_LIMIT"), "{method} {depth} {open}");
                }
            }
        }
        is_whole(world);
    });
}
