//! Deposits that do not pay for the storage, to the yocto; balances in NEAR's VM.

use conclave_tests::attack::refused;
use conclave_tests::{Vm, World};
use serde_json::{Value, json};

const GOOD: &str = "export const echo = x => x";
const ID: &str = "good@alice.near";

/// Balance of an account in yoctoNEAR.
fn balance(world: &mut Vm, id: &str) -> u128 {
    let id = conclave_tests::vm::account(id);
    let account = world.chain().account(&id).expect("the account is there");
    account.amount().as_yoctonear()
}

#[test]
fn a_deposit_one_yocto_too_small_is_refused_and_the_exact_one_is_enough() {
    let mut world = Vm::new();
    let input = json!({"id": ID, "source": GOOD}).to_string();
    let failure = refused(&mut world, "E_DEPOSIT", "attach", |world| {
        world.send("alice.near", "upload", input.as_bytes(), 0)
    });
    let price: u128 = failure
        .message
        .split("attach ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .and_then(|digits| digits.parse().ok())
        .expect("a price in the message");
    let enclave = balance(&mut world, "conclave.near");
    refused(
        &mut world,
        "E_DEPOSIT",
        "(1 yoctoNEAR) are missing",
        |world| world.send("alice.near", "upload", input.as_bytes(), price - 1),
    );
    // A refused call leaves the enclave its share of the gas, and nothing of the deposit.
    let gained = balance(&mut world, "conclave.near") - enclave;
    assert!(gained < 10u128.pow(22), "{gained}");
    world
        .send("alice.near", "upload", input.as_bytes(), price)
        .value();
    let bob = balance(&mut world, "alice.near");
    let input = json!({"id": "two@alice.near", "source": GOOD}).to_string();
    world
        .send("alice.near", "upload", input.as_bytes(), 5 * 10u128.pow(24))
        .value();
    let spent = bob - balance(&mut world, "alice.near");
    assert!(
        spent < price + 10u128.pow(23),
        "the surplus came back: {spent}, {price}"
    );
}

#[test]
fn a_deposit_that_a_call_does_not_use_comes_back() {
    let mut world = Vm::new();
    world.upload(ID, GOOD, None).value();
    let (enclave, bob) = (
        balance(&mut world, "conclave.near"),
        balance(&mut world, "bob.near"),
    );
    let input = json!({"id": ID, "method": "echo", "args": 1}).to_string();
    let ended = world.send("bob.near", "call", input.as_bytes(), 5 * 10u128.pow(24));
    assert_eq!(ended.value(), json!(1));
    assert!(bob - balance(&mut world, "bob.near") < 10u128.pow(22));
    let input = json!({"id": ID, "method": "none"}).to_string();
    refused(&mut world, "E_UNKNOWN_METHOD", "", |world| {
        world.send("bob.near", "call", input.as_bytes(), 5 * 10u128.pow(24))
    });
    assert!(bob - balance(&mut world, "bob.near") < 10u128.pow(22));
    assert!(balance(&mut world, "conclave.near") - enclave < 10u128.pow(22));
    assert_eq!(world.view(ID, "echo", Value::Null).value(), Value::Null);
}
