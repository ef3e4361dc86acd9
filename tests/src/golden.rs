//! Golden traces: what was observed is held against a file, or written there.
//!
//! Everything is compared exactly but gas: how much of it a contract burns depends on the bytes
//! that the compiler made of it, and `cargo xtask build` takes rustup's compiler or Debian's,
//! whatever the machine has (`docs/adr/0040`). So a number under the name `gas` may be off by
//! [`GAS_PERCENT`]; what is more was done by a change of ours, and is reviewed.

use crate::vm::workspace;
use serde_json::Value;
use std::path::PathBuf;

/// How far gas may be from the file. Reason: another compiler of the same code.
pub const GAS_PERCENT: u64 = 2;

/// Differences that are shown; what follows is mostly more of the same.
const SHOWN: usize = 20;

/// What the environment must say for the files to be rewritten.
const UPDATE: &str = "UPDATE_EXPECT";

/// Holds an observation against `tests/observations/<name>.json`, or writes it there.
///
/// # Panics
/// When it differs, with every difference and how to accept it.
#[track_caller]
pub fn check(name: &str, got: &Value) {
    let path = folder().join(format!("{name}.json"));
    if is_updating() {
        let text = serde_json::to_string_pretty(got).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("a file that can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|_| "null".to_owned());
    let expected: Value = serde_json::from_str(&expected).expect("a golden file is JSON");
    let found = differences(&expected, got);
    let more = found.len().saturating_sub(SHOWN);
    let shown = found[..found.len().min(SHOWN)].join("\n");
    assert!(
        found.is_empty(),
        "tests/observations/{name}.json differs:\n{shown}\n({more} more)\n\
         if that is meant: UPDATE_EXPECT=1 cargo test -p conclave-tests --test observations"
    );
}

/// Holds lines against the file `tests/<name>`, or writes them there.
///
/// # Panics
/// When they differ, with the first lines that do.
#[track_caller]
pub fn check_lines(name: &str, got: &str) {
    let path = workspace().join("tests").join(name);
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, got).expect("a file that can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = |text: &str| text.lines().map(Value::from).collect::<Vec<_>>();
    let found = differences(&lines(&expected).into(), &lines(got).into());
    let shown = found[..found.len().min(SHOWN)].join("\n");
    assert!(
        expected == got,
        "tests/{name} differs in {} lines:\n{shown}\n\
         if that is meant: UPDATE_EXPECT=1 and this test again; review the difference",
        found.len()
    );
}

/// Whether golden files are to be rewritten.
#[must_use]
pub fn is_updating() -> bool {
    std::env::var_os(UPDATE).is_some()
}

/// The folder of the golden files.
#[must_use]
pub fn folder() -> PathBuf {
    workspace().join("tests/observations")
}

/// Where two values differ: a place, what was expected (`-`) and what there is (`+`).
#[must_use]
pub fn differences(expected: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", expected, got, &mut found);
    found
}

fn compare(place: &str, expected: &Value, got: &Value, found: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(left), Value::Object(right)) => {
            let added = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(added) {
                let [left, right] = [left, right].map(|it| it.get(key));
                compare_parts(&format!("{place}/{key}"), left, right, found);
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                let place = format!("{place}/{index}{}", title(left, right, index));
                compare_parts(&place, left.get(index), right.get(index), found);
            }
        }
        _ if is_same(place, expected, got) => {}
        _ => found.push(format!("{place}\n  - {expected}\n  + {got}")),
    }
}

fn compare_parts(
    place: &str,
    left: Option<&Value>,
    right: Option<&Value>,
    found: &mut Vec<String>,
) {
    match (left, right) {
        (Some(left), Some(right)) => compare(place, left, right, found),
        (Some(left), None) => found.push(format!("{place}\n  - {left}\n  + nothing")),
        (None, Some(right)) => found.push(format!("{place}\n  - nothing\n  + {right}")),
        (None, None) => {}
    }
}

/// What an entry is about, so that its number need not be counted.
fn title(left: &[Value], right: &[Value], index: usize) -> String {
    let entry = right.get(index).or_else(|| left.get(index));
    let what = entry.and_then(|it| it["what"].as_str());
    what.map(|what| format!(" ({what})")).unwrap_or_default()
}

fn is_same(place: &str, expected: &Value, got: &Value) -> bool {
    let is_gas = place.ends_with("/gas");
    match (expected.as_u64(), got.as_u64()) {
        (Some(left), Some(right)) if is_gas => left.abs_diff(right) <= left / 100 * GAS_PERCENT,
        _ => expected == got,
    }
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::{Value, json};

    fn check(expected: &Value, got: &Value, places: &[&str]) {
        let found = differences(expected, got);
        let found: Vec<&str> = found.iter().filter_map(|it| it.lines().next()).collect();
        assert_eq!(found, places, "{expected} {got}");
    }

    #[test]
    fn gas_may_be_off_by_two_percent_and_nothing_else_may() {
        let steps = |gas: u64, value: u64| json!([{"what": "a@b.c", "gas": gas, "value": value}]);
        check(&steps(1000, 1000), &steps(1020, 1000), &[]);
        check(&steps(1000, 1000), &steps(980, 1000), &[]);
        check(&steps(1000, 1000), &steps(1021, 1000), &["/0 (a@b.c)/gas"]);
        check(&steps(1000, 1000), &steps(979, 1000), &["/0 (a@b.c)/gas"]);
        check(
            &steps(1000, 1000),
            &steps(1000, 1001),
            &["/0 (a@b.c)/value"],
        );
    }

    #[test]
    fn what_is_missing_or_added_is_a_difference() {
        check(&json!([1, 2]), &json!([1]), &["/1"]);
        check(&json!([1]), &json!([1, 2]), &["/1"]);
        check(&json!({"a": 1}), &json!({"b": null}), &["/a", "/b"]);
        check(&json!(null), &json!({"a": 1}), &[""]);
        check(
            &json!({"a": {"gas": 1}}),
            &json!({"a": {"gas": null}}),
            &["/a/gas"],
        );
    }
}
