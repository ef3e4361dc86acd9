//! The shortest way through the enclave, in NEAR's VM.

use conclave_tests::{Vm, World};
use serde_json::json;

#[test]
fn one_and_one_is_two() {
    let mut world = Vm::new();
    world
        .upload(
            "a@alice.near",
            "export function two() { return 1 + 1 }",
            None,
        )
        .value();
    let ended = world.view("a@alice.near", "two", json!(null));
    println!("view: {} Tgas", ended.gas as f64 / 1e12);
    let ended = world.call("bob.near", "a@alice.near", "two", json!(null));
    println!("call: {} Tgas", ended.gas as f64 / 1e12);
    assert_eq!(ended.value(), json!(2));
}
