//! What operations on persistent collections cost in NEAR's VM: held against
//! `observations/collections.json`, and shown to authors in `docs/collections.md`.

use conclave_tests::vm::workspace;
use conclave_tests::{Vm, World, golden};
use serde_json::{Value, json};
use std::fmt::Write as _;

const ID: &str = "a@alice.near";
/// Entries of each collection.
const ENTRIES: u32 = 500;
/// The snapshot on which each row begins.
const FILLED: &str = "filled";
/// Where the table stands.
const MARKS: [&str; 2] = ["<!-- costs -->\n", "<!-- /costs -->"];

const SOURCE: &str = "
import { storage, PersistentMap, PersistentSet, PersistentSortedMap, PersistentVector } from 'conclave'
const map = new PersistentSortedMap('map'), set = new PersistentSet('set'), vector = new PersistentVector('vector')
export function fill({ from, to }) {
  for (let i = from; i < to; i++) { map.set(i, 10n ** 24n); set.add(i); vector.push(10n ** 24n); storage.set('plain/' + i, 10n ** 24n) }
}
const last = items => { let found; for (const item of items) found = item; return found }
const ways = {
  nothing: () => {},
  '`new PersistentMap(…)`': () => new PersistentMap('map'),
  '`storage.get(key)`': () => storage.get('plain/77'),
  '`map.get(key)`': () => map.get(77),
  '`map.get(key)` of 10 keys': () => { for (let i = 70; i < 80; i++) map.get(i) },
  '`map.has(key)`': () => map.has(77),
  '`storage.set(key, value)`, a new key': () => storage.set('plain/new', 10n ** 24n),
  '`map.set(key, value)`, a new key': () => map.set(-1, 10n ** 24n),
  '`storage.set(key, value)`, an old key': () => storage.set('plain/77', 10n ** 23n),
  '`map.set(key, value)`, an old key': () => map.set(77, 10n ** 23n),
  '`map.delete(key)`': () => map.delete(77),
  '`map.size`': () => map.size,
  '`map.first()`': () => map.first(),
  '`map.floor(key)`, between two keys': () => map.floor(77.5),
  '`map.last()`': () => map.last(),
  '20 of `map.entries()`': () => last(map.entries({ limit: 20 })),
  '100 of `map.entries()`': () => last(map.entries({ limit: 100 })),
  '100 of `map.keys()`': () => last(map.keys({ limit: 100 })),
  '100 of `set.values()`': () => last(set.values({ limit: 100 })),
  '100 of `storage.entries()`': () => last(storage.entries({ prefix: 'plain/' })),
  '`map.page({ from, limit: 20 })`': () => map.page({ from: 200, limit: 20 }),
  '`vector.get(index)`': () => vector.get(77),
  '`vector.at(-1)`': () => vector.at(-1),
  '`vector.push(item)`': () => vector.push(10n ** 24n),
  '`vector.pop()`': () => vector.pop(),
  '`vector.swapRemove(index)`': () => vector.swapRemove(77),
  '100 of `vector.values()`': () => last(vector.values({ limit: 100 })),
}
export const names = () => Object.keys(ways)
export const run = ({ name }) => { ways[name]() }
";

/// Gas of each way beyond that of doing nothing, each on the same state.
fn measure() -> Value {
    let mut vm = Vm::new();
    vm.upload(ID, SOURCE, None).value();
    for from in (0..ENTRIES).step_by(100) {
        let args = json!({"from": from, "to": from + 100});
        vm.call("bob.near", ID, "fill", args).value();
    }
    vm.chain().snapshot(FILLED).expect("a snapshot");
    let names = vm.view(ID, "names", Value::Null).value();
    let names: Vec<String> = serde_json::from_value(names).expect("names");
    let mut gas_of = |name: &str| {
        let ended = vm.call("bob.near", ID, "run", json!({"name": name}));
        vm.chain().restore(FILLED).expect("the state before");
        assert!(ended.result.is_ok(), "{name}: {ended:?}");
        ended.gas
    };
    let nothing = gas_of("nothing");
    let row = |name: &String| json!({"what": name, "gas": gas_of(name).saturating_sub(nothing)});
    json!({"entries": ENTRIES, "rows": names[1..].iter().map(row).collect::<Vec<_>>()})
}

/// The table for authors.
fn table(known: &Value) -> String {
    let mut table = "| operation | Tgas |\n|---|---:|\n".to_owned();
    for row in known["rows"].as_array().expect("rows") {
        let (what, gas) = (row["what"].as_str(), row["gas"].as_u64());
        let (what, gas) = (what.expect("a name"), gas.expect("gas") / 1_000_000_000);
        writeln!(table, "| {what} | {}.{:03} |", gas / 1_000, gas % 1_000).expect("a text");
    }
    table
}

#[test]
fn operations_cost_what_they_did() {
    golden::check("collections", &measure());
    let known = std::fs::read_to_string(golden::folder().join("collections.json"));
    let known: Value = serde_json::from_str(&known.expect("a golden file")).expect("JSON");
    let path = workspace().join("docs/collections.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (head, rest) = page.split_once(MARKS[0]).expect("the table's beginning");
    let (shown, tail) = rest.split_once(MARKS[1]).expect("the table's end");
    let table = table(&known);
    if golden::is_updating() {
        let page = format!("{head}{}{table}{}{tail}", MARKS[0], MARKS[1]);
        std::fs::write(&path, page).expect("a page that can be written");
        return;
    }
    assert_eq!(
        shown, table,
        "docs/collections.md; UPDATE_EXPECT=1 writes it"
    );
}
