//! Persistent collections: against plain arrays, natively, and their promises in both worlds.

use conclave_tests::vm::workspace;
use conclave_tests::{Native, Vm, World};
use serde_json::{Value, json};

const ID: &str = "a@alice.near";
/// Random runs of [`agree_with_plain_arrays`], and calls in each.
const RUNS: u32 = 10;
const CALLS: u32 = 30;
const STEPS: u32 = 10;

/// Runs a scenario in both worlds, which must store the same in the end.
fn in_both_worlds(scenario: impl Fn(&mut dyn World)) {
    let mut native = Native::new();
    scenario(&mut native);
    let mut vm = Vm::new();
    scenario(&mut vm);
    assert_eq!(native.pairs(), vm.pairs(), "both worlds store the same");
}

/// Uploads a source that has all of the collections.
fn upload(world: &mut dyn World, id: &str, body: &str) {
    let source = format!(
        "import {{ near, storage, contract, PersistentMap, PersistentSet, PersistentSortedMap, PersistentVector }} from 'conclave'\n{body}"
    );
    world.upload(id, &source, None).value();
}

fn call(world: &mut dyn World, method: &str, args: Value) -> Value {
    world.call("bob.near", ID, method, args).value()
}

#[test]
fn agree_with_plain_arrays() {
    let path = workspace().join("tests/programs/collections.js");
    let source = std::fs::read_to_string(path).expect("a program");
    let mut largest = vec![0; 7];
    for run in 0..RUNS {
        let mut world = Native::new();
        world.upload(ID, &source, None).value();
        for call_of in 0..CALLS {
            let args = json!({"seed": run * 1_000 + call_of, "steps": STEPS});
            call(&mut world, "run", args);
        }
        for (which, largest) in largest.iter_mut().enumerate() {
            let size = world.view(ID, "check", json!({"which": which})).value();
            *largest = (*largest).max(size.as_u64().expect("a size"));
        }
    }
    assert!(
        largest.iter().all(|size| *size > 100),
        "collections of several pages were tried: {largest:?}"
    );
}

/// 250 entries are on chain when the scenario begins.
const PAGED: &str = "
const map = new PersistentSortedMap('map'), vector = new PersistentVector('vector')
export function fill() { for (let i = 0; i < 250; i++) map.set(i * 2, i) }
const keys = range => [...map.keys(range)]
const expected = () => {
  const all = new Set()
  for (let i = 0; i < 250; i++) all.add(i * 2)
  for (const gone of [0, 196, 198, 200, 202, 398, 400, 498]) all.delete(gone)
  for (const more of [-1, 197, 199, 201, 399, 401, 499]) all.add(more)
  return [...all].sort((left, right) => left - right)
}
export function change() {
  for (const gone of [0, 196, 198, 200, 202, 398, 400, 498]) map.delete(gone)
  for (const more of [-1, 197, 199, 201, 399, 401, 499]) map.set(more, 'new')
  return look()
}
export function look() {
  const up = expected(), down = up.toReversed()
  const same = (found, wanted) => String(found) === String(wanted)
  const pages = []
  let from
  do { const page = map.page({ from, limit: 99 }); pages.push(...page.items.map(entry => entry[0])); from = page.next } while (from !== null)
  return [
    same(keys(), up), same(keys({ reverse: true }), down), same(pages, up), map.size === up.length,
    same(keys({ from: 197, to: 401 }), up.filter(key => key >= 197 && key < 401)),
    same(keys({ from: 197, to: 401, reverse: true, limit: 150 }), down.filter(key => key >= 197 && key < 401).slice(0, 150)),
    same(storage.keys({ prefix: 'map', limit: 1000, reverse: true }).length, up.length),
    same(storage.entries({ prefix: 'map', limit: 1000 }).map(entry => entry[0]), storage.keys({ prefix: 'map', limit: 1000 })),
    same(storage.entries({ prefix: 'map', limit: 170, reverse: true }).map(entry => entry[0]), storage.keys({ prefix: 'map', limit: 1000 }).reverse().slice(0, 170)),
    map.last()[0] === 499, map.first()[0] === -1, map.floor(200)[0] === 199, map.ceiling(200)[0] === 201,
  ].indexOf(false)
}
";

#[test]
fn pages_go_on_across_what_the_execution_has_written_and_removed() {
    in_both_worlds(|world| {
        upload(world, ID, PAGED);
        call(world, "fill", Value::Null);
        let all_true = json!(-1);
        assert_eq!(call(world, "change", Value::Null), all_true, "pending");
        assert_eq!(call(world, "look", Value::Null), all_true, "on chain");
        let view = world.view(ID, "look", Value::Null).value();
        assert_eq!(view, all_true, "in a view");
    });
}

/// A page of values ends early where they are large; what goes on must not skip or repeat any.
#[test]
fn a_page_that_is_cut_for_its_bytes_goes_on() {
    in_both_worlds(|world| {
        upload(
            world,
            ID,
            "
const map = new PersistentMap('map')
const large = i => String(i).padEnd(30_000, '.')
export function fill() { for (let i = 0; i < 7; i++) map.set(i, large(i)) }
export function look() {
  const first = map.page()
  const ups = [...map.values()].map(text => parseInt(text)), downs = [...map.values({ reverse: true })].map(text => parseInt(text))
  return [first.items.length, first.next, ups.join(), downs.join(), storage.entries().length, storage.entries({ reverse: true }).length, storage.entries({ limit: 5 }).length]
}",
        );
        call(world, "fill", Value::Null);
        let seen = json!([3, 3, "0,1,2,3,4,5,6", "6,5,4,3,2,1,0", 7, 7, 5]);
        assert_eq!(call(world, "look", Value::Null), seen);
        assert_eq!(world.view(ID, "look", Value::Null).value(), seen);
    });
}

#[test]
fn what_a_failed_call_did_to_collections_is_undone() {
    in_both_worlds(|world| {
        upload(
            world,
            ID,
            "
const map = new PersistentMap('map'), set = new PersistentSet('set'), vector = new PersistentVector('vector')
export function init() {}
export function fill() { map.set('a', 1).set('b', 2n); set.add('x'); vector.push(1, 2, 3) }
export function spoil() {
  map.set('c', 3).delete('a'); set.clear(); vector.pop(); vector.push(9, 9); vector.swapRemove(0); map.clear()
  throw new Error('spoilt')
}
export const look = () => [[...map], map.size, [...set], [...vector], vector.length]
export function half() {
  try { near.atomic(spoil) } catch (error) { if (error.message !== 'spoilt') throw error }
  try { vector.push(7, () => {}, 8) } catch (error) { map.set('code', error.code) }
  return look()
}",
        );
        upload(
            world,
            "b@alice.near",
            "export const ask = () => { try { contract('a@alice.near').spoil() } catch (error) { return [error.message, contract('a@alice.near').look()] } }",
        );
        call(world, "fill", Value::Null);
        let as_it_was = json!([[["a", 1], ["b", "2"]], 2, ["x"], [1, 2, 3], 3]);
        let asked = world.call("bob.near", "b@alice.near", "ask", Value::Null);
        assert_eq!(asked.value(), json!(["spoilt", as_it_was]));
        let half = json!([
            [["a", 1], ["b", "2"], ["code", "E_BAD_VALUE"]],
            3,
            ["x"],
            [1, 2, 3],
            3
        ]);
        assert_eq!(call(world, "half", Value::Null), half);
    });
}

#[test]
fn a_view_reads_collections_and_changes_none() {
    in_both_worlds(|world| {
        upload(
            world,
            ID,
            "
const map = new PersistentSortedMap('map'), set = new PersistentSet('set'), vector = new PersistentVector('vector')
export function fill() { map.set(1, 'one'); set.add(1n); vector.push('first') }
export const look = () => {
  const ways = [() => map.set(2, 1), () => map.delete(1), () => map.clear(), () => set.add(2n), () => set.delete(1n), () => set.clear(),
    () => vector.push(1), () => vector.pop(), () => vector.set(0, 1), () => vector.swapRemove(0), () => vector.clear()]
  const codes = ways.map(way => { try { way(); return 'done' } catch (error) { return error.code } })
  return [[...new Set(codes)], map.get(1), map.first(), map.size, set.has(1n), vector.at(-1), map.page(), set.page(), vector.page()]
}",
        );
        call(world, "fill", Value::Null);
        let page = |items: Value| json!({"items": items, "next": null});
        let seen = json!([
            ["E_VIEW"],
            "one",
            [1, "one"],
            1,
            true,
            "first",
            page(json!([[1, "one"]])),
            page(json!(["1"])),
            page(json!(["first"])),
        ]);
        assert_eq!(world.view(ID, "look", Value::Null).value(), seen);
    });
}

#[test]
fn a_key_that_does_not_fit_has_a_code_and_changes_nothing() {
    in_both_worlds(|world| {
        upload(
            world,
            ID,
            "
const map = new PersistentSortedMap('map'), set = new PersistentSet('set')
const keys = () => [undefined, null, NaN, Infinity, -Infinity, {}, [], () => {}, Symbol('s'), new Date(0), new Map(), '\\ud800', new Uint16Array(1),
  'k'.repeat(1020), 2n ** 4096n, -(2n ** 60_000n), new Uint8Array(600)]
const code = act => { try { act(); return 'none' } catch (error) { return error.code } }
export function refuse() {
  return keys().map(key => {
    const ways = [() => map.set(key, 1), () => map.get(key), () => map.has(key), () => map.delete(key), () => map.floor(key), () => map.ceiling(key), () => set.add(key)]
    if (key != null) ways.push(() => map.entries({ from: key }), () => map.page({ from: key }), () => set.values({ to: key }))
    return [...new Set(ways.map(code))].join()
  }).join()
}
export const names = () => ['', 'a\\0', 'n'.repeat(256), 1, undefined, null, '\\ud800', {}].map(name => code(() => new PersistentMap(name))).join()
export const again = () => [code(() => PersistentMap('x')), code(() => PersistentMap.prototype.get.call({}, 'k')), code(() => map.get.call(set, 'k')), Reflect.ownKeys(map).length, JSON.stringify(map)]",
        );
        let before = world.pairs();
        let (bad, large) = (["E_BAD_VALUE"; 13].join(","), ["E_TOO_LARGE"; 4].join(","));
        assert_eq!(
            call(world, "refuse", Value::Null),
            json!(format!("{bad},{large}"))
        );
        assert_eq!(
            call(world, "names", Value::Null),
            json!(["E_BAD_VALUE"; 8].join(","))
        );
        let strange = json!([null, null, null, 0, "{}"]);
        assert_eq!(call(world, "again", Value::Null), strange);
        assert_eq!(world.pairs(), before, "nothing was written");
    });
}

#[test]
fn collections_of_different_names_share_nothing() {
    in_both_worlds(|world| {
        upload(
            world,
            ID,
            "
const names = ['a', 'ab', 'a/b', 'a/', 'b', 's', 'as', 'a ', 'é', 'a.s', '1', 'a\\u0001']
const keys = ['', '\\0', '\\0s', 'b', 'a\\0s', '\\0n8', '/b', 's', 0, 0n, false, new Uint8Array(0), new Uint8Array([0])]
export function mix() {
  names.forEach((name, index) => keys.forEach(key => new PersistentMap(name).set(key, index)))
  const wrong = names.filter((name, index) => {
    const map = new PersistentMap(name)
    return map.size !== keys.length || [...map].some(entry => entry[1] !== index) || keys.some(key => map.get(key) !== index)
  })
  new PersistentMap('a').clear()
  const left = names.map(name => [...new PersistentMap(name)].length).join()
  return [wrong, left, storage.count()]
}",
        );
        let left = "0,13,13,13,13,13,13,13,13,13,13,13";
        let seen = call(world, "mix", Value::Null);
        assert_eq!(seen, json!([[], left, 11 * 13]));
    });
}

/// Entries with long keys, so that to list them reads many pages of the index.
const MANY: &str = "
const map = new PersistentMap('map')
export function fill({ from, to }) { for (let i = from; i < to; i++) map.set(String(i).padEnd(900, '.'), i) }
export const size = () => map.size
export const keys = () => storage.keys({ limit: 1000 }).length
export const back = () => storage.keys({ limit: 1000, reverse: true }).length
export const entries = () => storage.entries({ limit: 1000 }).length
";

/// Entries of [`MANY`].
const LONG_KEYS: u32 = 600;

/// A listing can't be interrupted by the engine: it has to look at the gas itself.
#[test]
fn a_listing_in_a_capped_call_dies_near_its_cap() {
    const TGAS: u64 = 1_000_000_000_000;
    let mut vm = Vm::new();
    upload(&mut vm, ID, MANY);
    let body = "export const ask = ({ way, gas }) => { try { return contract('a@alice.near')[way](null, { gas }) } catch (error) { return error.code } }";
    upload(&mut vm, "b@alice.near", body);
    for from in (0..LONG_KEYS).step_by(200) {
        call(&mut vm, "fill", json!({"from": from, "to": from + 200}));
    }
    for way in ["keys", "back", "entries"] {
        let mut ask = |gas: &str| {
            let args = json!({"way": way, "gas": gas});
            vm.call("bob.near", "b@alice.near", "ask", args)
        };
        let (whole, capped) = (ask("300 Tgas"), ask("6 Tgas"));
        let (gas_whole, gas) = (whole.gas, capped.gas);
        println!("{way}: {gas_whole} whole, {gas} capped");
        assert_eq!(whole.value(), json!(LONG_KEYS), "{way}");
        assert_eq!(capped.value(), json!("E_GAS"), "{way}");
        assert!(gas_whole > 40 * TGAS && gas < 15 * TGAS, "{way}");
    }
}

/// Functions that call each other through a collection end like those that do through an array.
#[test]
fn recursion_through_a_collection_is_an_error_that_can_be_caught() {
    in_both_worlds(|world| {
        upload(
            world,
            ID,
            "
const map = new PersistentMap('map')
const caught = way => { try { way() ; return 'ended' } catch (error) { return error.message.includes('functions call each other') } }
export function dive() {
  map.set(1, 1)
  const each = () => map.forEach(each)
  const options = { get limit() { return [...map.entries(options)].length } }
  const valued = () => ({ valueOf: () => map.page({ limit: valued() }).items.length })
  const made = new Proxy(function () {}, { get: () => Reflect.construct(PersistentMap, ['map'], made) })
  return [each, () => options.limit, () => valued().valueOf(), () => made.prototype].map(caught)
}",
        );
        let dived = call(world, "dive", Value::Null);
        assert_eq!(dived, json!([true, true, true, true]));
    });
}
