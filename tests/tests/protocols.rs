//! The enclave deploys and works on every protocol version that it is made for.

use conclave_tests::{Vm, World};
use serde_json::{Value, json};

const STORE: &str = r"
import { storage } from 'conclave'
export const put = ({ value }) => storage.set('value', value)
export const get = () => storage.get('value')
";

const CALLER: &str = r"
import { call } from 'conclave'
export function swap({ value }) {
  const old = call('store@alice.near', 'get') ?? null
  call('store@alice.near', 'put', { value })
  return old
}
";

/// Deploys through the loader in chunks, uploads, calls through a frame, and asks in a view.
fn check(protocol_version: u32) {
    let mut world = Vm::on_protocol(protocol_version);
    assert_eq!(world.chain().config().protocol_version, protocol_version);
    world.upload("store@alice.near", STORE, None).value();
    world.upload("caller@alice.near", CALLER, None).value();
    let mut swap = |value: Value| {
        let args = json!({"value": value});
        let ended = world.call("bob.near", "caller@alice.near", "swap", args);
        println!("protocol {protocol_version}: {} gas", ended.gas);
        ended.value()
    };
    assert_eq!(swap(json!({"list": [1, "two"]})), Value::Null);
    assert_eq!(swap(json!(3)), json!({"list": [1, "two"]}));
    let last = world.view("store@alice.near", "get", Value::Null);
    assert_eq!(last.value(), json!(3));
}

#[test]
fn the_enclave_works_on_protocol_84() {
    check(84);
}

#[test]
fn the_enclave_works_on_protocol_85() {
    check(85);
}

#[test]
fn the_enclave_works_on_protocol_86() {
    check(86);
}

#[test]
fn the_enclave_works_on_protocol_87() {
    check(87);
}

#[test]
fn the_enclave_works_on_protocol_88() {
    check(88);
}
