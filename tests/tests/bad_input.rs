//! Requests that are not what an export takes: each gets a code and changes nothing.

use conclave_tests::attack::{in_both_worlds, refused};
use serde_json::{Value, json};

const GOOD: &str = "export function init() {}\nexport function migrate() {}\nexport function _hidden() {}\nexport const echo = x => x";
const ID: &str = "good@alice.near";

/// Sends raw inputs to exports; each must be refused.
fn check(cases: &[(&str, &[u8], &str, &str)]) {
    in_both_worlds(|world| {
        world.upload(ID, GOOD, None).value();
        for (export, input, code, says) in cases {
            refused(world, code, says, |world| {
                world.send("alice.near", export, input, 0)
            });
        }
    });
}

/// A call of `echo` with these arguments, as text.
fn echo(args: &str) -> Vec<u8> {
    format!(r#"{{"id":"{ID}","method":"echo","args":{args}}}"#).into_bytes()
}

#[test]
fn input_that_is_no_json_object_is_refused() {
    for export in ["new", "upload", "call", "remove"] {
        check(&[
            (export, b"", "E_BAD_REQUEST", "the input is empty; pass {"),
            (export, b"null", "E_BAD_REQUEST", "pass {"),
            (export, b"[]", "E_BAD_REQUEST", "pass {"),
            (export, b"\"{}\"", "E_BAD_REQUEST", "pass {"),
            (export, b"{", "E_BAD_REQUEST", "line 1 column 1"),
            (export, b"{}", "E_BAD_REQUEST", "missing field"),
            (export, b"{} x", "E_BAD_REQUEST", "pass {"),
            (export, b"\xff\xfe", "E_BAD_REQUEST", "pass {"),
            (export, b"\x00", "E_BAD_REQUEST", "pass {"),
            (export, b"{'id':1}", "E_BAD_REQUEST", "pass {"),
        ]);
    }
}

#[test]
fn a_request_cut_off_anywhere_is_refused() {
    in_both_worlds(|world| {
        world.upload(ID, GOOD, None).value();
        let whole = echo("[1,\"a\\u00e9\"]");
        for end in 0..whole.len() {
            refused(world, "E_BAD_REQUEST", "pass {", |world| {
                world.send("bob.near", "call", &whole[..end], 0)
            });
        }
    });
}

#[test]
fn fields_that_are_wrong_unknown_or_doubled_are_refused() {
    check(&[
        (
            "call",
            br#"{"id":1,"method":"echo"}"#,
            "E_BAD_REQUEST",
            "invalid type",
        ),
        (
            "call",
            br#"{"id":"good@alice.near","method":null}"#,
            "E_BAD_REQUEST",
            "invalid type",
        ),
        (
            "call",
            br#"{"id":"good@alice.near"}"#,
            "E_BAD_REQUEST",
            "missing field `method`",
        ),
        (
            "call",
            br#"{"id":"good@alice.near","method":"echo","arg":1}"#,
            "E_BAD_REQUEST",
            "unknown field `arg`",
        ),
        (
            "call",
            br#"{"id":"good@alice.near","id":"good@alice.near","method":"echo"}"#,
            "E_BAD_REQUEST",
            "duplicate field `id`",
        ),
        (
            "call",
            br#"{"id":"good@alice.near","method":"echo","args":{"a":1,"a":2}}"#,
            "E_BAD_REQUEST",
            "occurs twice",
        ),
        (
            "call",
            br#"{"id":"good@alice.near","method":"echo","trace":1}"#,
            "E_BAD_REQUEST",
            "invalid type",
        ),
        (
            "call",
            br#"{"id":"good@alice.near","method":"echo"}{}"#,
            "E_BAD_REQUEST",
            "trailing",
        ),
        (
            "upload",
            br#"{"id":"x@alice.near","source":["a"]}"#,
            "E_BAD_REQUEST",
            "invalid type",
        ),
        (
            "upload",
            br#"{"id":"x@alice.near","source":"","init":{"arguments":1}}"#,
            "E_BAD_REQUEST",
            "unknown field",
        ),
        (
            "new",
            br#"{"owner":"alice.near","extra":1}"#,
            "E_BAD_REQUEST",
            "unknown field `extra`",
        ),
    ]);
}

#[test]
fn values_that_json_can_write_and_the_enclave_can_not_take_are_refused() {
    in_both_worlds(|world| {
        world.upload(ID, GOOD, None).value();
        for args in [
            "1e999",
            "-1e999",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\\x\"",
            "01",
            "NaN",
            "{\"\\ud800\":1}",
            "[1,]",
            "\"a\nb\"",
            "+1",
            ".5",
            "nul",
        ] {
            refused(world, "E_BAD_REQUEST", "pass {", |world| {
                world.send("bob.near", "call", &echo(args), 0)
            });
        }
        let mut broken = echo("\"x\"");
        let at = broken.iter().rposition(|byte| *byte == b'x').expect("an x");
        broken[at] = 0xff;
        refused(world, "E_BAD_REQUEST", "pass {", |world| {
            world.send("bob.near", "call", &broken, 0)
        });
    });
}

#[test]
fn a_request_of_one_mebibyte_passes_and_a_byte_more_is_refused() {
    in_both_worlds(|world| {
        world.upload(ID, GOOD, None).value();
        let mut input = echo("1");
        input.resize((1 << 20) + 1, b' ');
        refused(world, "E_TOO_LARGE", "at most 1048576", |world| {
            world.send("bob.near", "call", &input, 0)
        });
        input.pop();
        assert_eq!(world.send("bob.near", "call", &input, 0).value(), json!(1));
    });
}

#[test]
fn arguments_nest_sixty_four_deep_and_not_one_more() {
    in_both_worlds(|world| {
        world.upload(ID, GOOD, None).value();
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested =
                |depth: usize| echo(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
            world.send("bob.near", "call", &nested(64), 0).value();
            for depth in [65, 127, 128, 129, 10_000] {
                refused(world, "E_TOO_DEEP", "nested deeper than 64", |world| {
                    world.send("bob.near", "call", &nested(depth), 0)
                });
            }
            refused(world, "E_TOO_DEEP", "64", |world| {
                world.send("bob.near", "call", &echo(&open.repeat(10_000)), 0)
            });
        }
    });
}

#[test]
fn ids_that_break_the_rule_are_refused_everywhere() {
    let long = format!("{}@alice.near", "a".repeat(65));
    let ids = [
        "",
        "@",
        "good",
        "good@",
        "@alice.near",
        "a@b@alice.near",
        "A@alice.near",
        "a..b@alice.near",
        "-a@alice.near",
        "a_@alice.near",
        "a b@alice.near",
        "ä@alice.near",
        "a\0@alice.near",
        "a/b@alice.near",
        "a@Alice.near",
        "a@b",
        "../a@alice.near",
        "a\u{200b}@alice.near",
        "a@alice.near\n",
        " a@alice.near",
        "__proto__@alice.near",
        &long,
    ];
    in_both_worlds(|world| {
        for id in ids {
            for export in ["call", "upload", "remove"] {
                let request = match export {
                    "call" => json!({"id": id, "method": "x"}),
                    "upload" => json!({"id": id, "source": ""}),
                    _ => json!({"id": id}),
                };
                refused(world, "E_BAD_ID", "", |world| {
                    world.send(
                        "alice.near",
                        export,
                        request.to_string().as_bytes(),
                        10u128.pow(24),
                    )
                });
            }
            assert_eq!(world.view(id, "x", Value::Null).failure().code, "E_BAD_ID");
        }
    });
}

#[test]
fn what_is_not_there_can_not_be_called() {
    in_both_worlds(|world| {
        world.upload(ID, GOOD, None).value();
        refused(
            world,
            "E_UNKNOWN_SUBCONTRACT",
            "nobody@alice.near",
            |world| world.call("bob.near", "nobody@alice.near", "x", Value::Null),
        );
        refused(world, "E_UNKNOWN_METHOD", "it has echo", |world| {
            world.call("bob.near", ID, "ecko", Value::Null)
        });
        for name in [
            "toString",
            "constructor",
            "hasOwnProperty",
            "valueOf",
            "isPrototypeOf",
        ] {
            refused(world, "E_UNKNOWN_METHOD", "has no method", |world| {
                world.call("bob.near", ID, name, Value::Null)
            });
        }
        for name in [
            "_hidden",
            "__proto__",
            "init",
            "migrate",
            "_",
            "__defineGetter__",
        ] {
            refused(world, "E_PRIVATE_METHOD", "can't be called", |world| {
                world.call("bob.near", ID, name, Value::Null)
            });
        }
        for name in [String::new(), "x".repeat(129)] {
            refused(world, "E_UNKNOWN_METHOD", "1 to 128 bytes", |world| {
                world.call("bob.near", ID, &name, Value::Null)
            });
        }
    });
}

#[test]
fn only_the_owner_uploads_and_removes_and_a_name_is_taken_once() {
    in_both_worlds(|world| {
        world.upload(ID, GOOD, Some(json!(1))).value();
        refused(world, "E_TAKEN", "remove it first", |world| {
            world.upload(ID, GOOD, Some(json!(1)))
        });
        let input = json!({"id": "other@alice.near", "source": GOOD}).to_string();
        for stranger in ["mallory.near", "conclave.near"] {
            refused(world, "E_NOT_ALLOWED", "only alice.near", |world| {
                world.send(stranger, "upload", input.as_bytes(), 10u128.pow(24))
            });
            refused(world, "E_NOT_ALLOWED", "only alice.near", |world| {
                world.send(
                    stranger,
                    "remove",
                    json!({"id": ID}).to_string().as_bytes(),
                    0,
                )
            });
        }
        refused(world, "E_UNKNOWN_SUBCONTRACT", "", |world| {
            world.send("alice.near", "remove", br#"{"id":"none@alice.near"}"#, 0)
        });
    });
}

#[test]
fn an_upload_whose_init_fails_leaves_nothing() {
    in_both_worlds(|world| {
        let source = "import {storage} from 'conclave'\nexport function init() { storage.set('a', 1); throw new Error('no') }";
        refused(world, "E_THROW", "no", |world| {
            world.upload("a@alice.near", source, Some(json!(1)))
        });
        let request = |method: &str| {
            json!({"id": "a@alice.near", "source": GOOD, "init": {"method": method}}).to_string()
        };
        refused(world, "E_UNKNOWN_METHOD", "", |world| {
            world.send(
                "alice.near",
                "upload",
                request("none").as_bytes(),
                10u128.pow(24),
            )
        });
        refused(world, "E_PRIVATE_METHOD", "", |world| {
            world.send(
                "alice.near",
                "upload",
                request("_hidden").as_bytes(),
                10u128.pow(24),
            )
        });
        refused(world, "E_PRIVATE_METHOD", "", |world| {
            world.send(
                "alice.near",
                "upload",
                request("migrate").as_bytes(),
                10u128.pow(24),
            )
        });
    });
}
