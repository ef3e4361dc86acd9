//! scratch
use conclave_tests::{Native, World};
use serde_json::json;
#[test]
fn scratch() {
    let mut world = Native::new();
    world.upload("a@alice.near", r"
import { storage, PersistentMap, PersistentSet, PersistentSortedMap, PersistentVector } from 'conclave'
export function f() {
  const m = new PersistentSortedMap('m'), v = new PersistentVector('v'), s = new PersistentSet('s')
  m.set(1, 'one').set(-1, 'minus').set('x', 5n).set(2n, 2).set(-(2n**70n), 'big').set(true, [1]).set(new Uint8Array([1,255]), 'b')
  v.push(1,2,3); v.push(4); v.swapRemove(0); 
  s.add('a').add('b').add('a')
  return [m.size, [...m], m.first(), m.last(), m.floor(0), m.ceiling(0), [...v], v.length, v.at(-1), v.page({limit: 2}), [...s], s.size, m.page({limit:3}), [...m.range({reverse: true, limit: 2})],
   storage.entries({prefix: 'v'}), storage.count(), storage.keys({reverse: true})]
}
", None).value();
    let ended = world.call("bob.near", "a@alice.near", "f", json!(null));
    println!("{:#?}", ended.value().to_string());
}
