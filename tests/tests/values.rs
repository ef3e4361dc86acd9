//! Values that cross frames, enter storage and leave the enclave.

use conclave_tests::{Native, World};
use serde_json::json;

const ECHO: &str = r"
import { near, storage, contract, call } from 'conclave'
export function echo(x) { return x }
export function put({ key, value }) { storage.set(key, value); return storage.get(key) }
export function get({ key }) { const v = storage.get(key); return v === undefined ? 'absent' : v }
export function kinds() {
  const value = { n: null, u: undefined, b: true, i: -7, d: 1.5, z: -0, big: -(2n ** 200n), s: 'hé😀',
    bytes: new Uint8Array([0, 1, 255]), date: new Date(1700000000123), list: [1, [2, []]],
    map: new Map([['k', 1n], [2, { deep: new Set(['a', 1n]) }]]), set: new Set([1, '1']) }
  storage.set('v', value)
  const back = storage.get('v')
  return describe(back)
}
export function describe(back) {
  return [back.n === null, 'u' in back && back.u === undefined, back.b, back.i, back.d, Object.is(back.z, -0),
    back.big === -(2n ** 200n), back.s === 'hé😀', back.bytes instanceof Uint8Array && [...back.bytes].join(),
    back.date instanceof Date && back.date.getTime(), JSON.stringify(back.list), back.map.get('k') === 1n,
    back.map.get(2).deep.has(1n), back.set.has('1') && back.set.size === 2].map(String).join(' ')
}
export function across() {
  const value = { n: null, u: undefined, b: true, i: -7, d: 1.5, z: -0, big: -(2n ** 200n), s: 'hé😀',
    bytes: new Uint8Array([0, 1, 255]), date: new Date(1700000000123), list: [1, [2, []]],
    map: new Map([['k', 1n], [2, { deep: new Set(['a', 1n]) }]]), set: new Set([1, '1']) }
  return contract('b@alice.near').describe(value)
}
";
const EXPECTED: &str =
    "true true true -7 1.5 true true true 0,1,255 1700000000123 [1,[2,[]]] true true true";

#[test]
fn every_kind_of_value_survives_storage_and_a_call() {
    let mut world = Native::new();
    world.upload("a@alice.near", ECHO, None).value();
    world.upload("b@alice.near", ECHO, None).value();
    assert_eq!(
        world
            .call("bob.near", "a@alice.near", "kinds", json!(null))
            .value(),
        json!(EXPECTED)
    );
    assert_eq!(
        world
            .call("bob.near", "a@alice.near", "across", json!(null))
            .value(),
        json!(EXPECTED)
    );
}
