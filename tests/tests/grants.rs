//! Reading another subcontract's state where it is granted, natively and in NEAR's VM, which must
//! store the same.

use conclave_tests::attack::in_both_worlds;
use conclave_tests::{Vm, World};
use serde_json::{Value, json};

const OWNER: &str = "bank@alice.near";
const READER: &str = "app@bob.near";

/// A bank that shows its balances, and keeps the rest to itself.
const BANK: &str = "
import { near, storage, contract } from 'conclave'
export const fill = count => { for (let i = 0; i < count; i++) storage.set(`pub/${String(i).padStart(4, '0')}`, i); storage.set('pin', '1234') }
export const open = ([peer, grant]) => near.grant(peer, grant)
export const close = peer => near.revoke(peer)
export const grants = range => near.grants(range ?? {})
export const run = peer => {
  near.grant(peer, { read: ['pub/'] })
  storage.set('pub/0000', 'new'); storage.remove('pub/0001'); storage.set('pub/9', [1n, 'x'])
  return contract(peer).look()
}";

const APP: &str = "
import { near, storage } from 'conclave'
const of = near.of('bank@alice.near')
export const look = () => [of.get('pub/0000'), of.get('pub/none') ?? null, of.has('pub/0001'), of.keys({ prefix: 'pub/' }), of.entries({ prefix: 'pub/', from: 'pub/0002', limit: 2, reverse: true }), of.count({ prefix: 'pub/' })]
export const code = key => { try { return of.get(key) ?? null } catch (error) { return [error.name, error.code, error.message] } }
export const refused = range => { try { return of.keys(range) } catch (error) { return error.message } }
export const total = () => of.entries({ prefix: 'pub/', limit: 1000 }).reduce((sum, entry) => sum + entry[1], 0)
export const many = () => { const keys = of.keys({ prefix: 'pub/', limit: 1000 }); return [keys.length, keys[0], keys.at(-1)] }
export const change = () => { const value = of.get('pub/9'); value.push('mine'); return of.get('pub/9').length }
export const own = () => { storage.set('a', 1); const own = near.of(near.self()); return [own.get('a'), own.count(), near.grants()] }
export const get = ([id, key]) => { try { return near.of(id).get(key) ?? null } catch (error) { return error.code } }
export const keep = () => storage.set('kept', of.get('pub/0000'))";

fn world(it: &mut dyn World) {
    it.upload(OWNER, BANK, None).value();
    it.upload(READER, APP, None).value();
}

fn bank(it: &mut dyn World, method: &str, args: Value) -> Value {
    it.call("alice.near", OWNER, method, args).value()
}

fn app(it: &mut dyn World, method: &str, args: Value) -> Value {
    it.call("carol.near", READER, method, args).value()
}

fn keys(it: &dyn World, id: &str) -> Value {
    let request = json!({"id": id}).to_string();
    it.ask("subcontract", request.as_bytes()).value()["keys"].clone()
}

#[test]
fn what_is_granted_is_read_as_the_execution_sees_it() {
    in_both_worlds(|it| {
        world(it);
        bank(it, "fill", json!(4));
        bank(it, "open", json!([READER, {"read": ["pub/"]}]));
        let all = ["pub/0000", "pub/0001", "pub/0002", "pub/0003"];
        let last = json!([["pub/0003", 3], ["pub/0002", 2]]);
        let on_chain = json!([0, null, true, all, last, 4]);
        assert_eq!(app(it, "look", Value::Null), on_chain);
        assert_eq!(it.view(READER, "look", Value::Null).value(), on_chain);
        let all = ["pub/0000", "pub/0002", "pub/0003", "pub/9"];
        let last = json!([["pub/9", ["1", "x"]], ["pub/0003", 3]]);
        let pending = json!(["new", null, false, all, last, 4]);
        assert_eq!(bank(it, "run", json!(READER)), pending);
        assert_eq!(app(it, "look", Value::Null), pending);
        assert_eq!(app(it, "change", Value::Null), json!(2), "a copy is read");
        app(it, "keep", Value::Null);
        assert_eq!(keys(it, READER), json!(1), "what was read can be stored");
    });
}

#[test]
fn a_refusal_names_who_what_and_how_and_is_the_same_whether_the_key_exists() {
    in_both_worlds(|it| {
        world(it);
        bank(it, "fill", json!(1));
        for key in ["pin", "nip"] {
            let message = format!(
                "{OWNER} does not let {READER} read all that is asked for under `{key}`; {OWNER} \
                 has to call near.grant('{READER}', {{ read: [a prefix of it] }})"
            );
            let refused = json!(["Error", "E_NOT_GRANTED", message]);
            assert_eq!(app(it, "code", json!(key)), refused);
            bank(it, "open", json!([READER, {"read": ["pub/"]}]));
        }
        for (range, says) in [
            (json!({}), "``"),
            (json!({"prefix": "p"}), "`p`"),
            (json!({"from": "a", "to": "pub/"}), "``"),
        ] {
            let said = app(it, "refused", range);
            let said = said.as_str().expect("a message");
            assert!(said.contains(&format!(" under {says}; ")), "{said}");
        }
        for (id, expect) in [
            ("none@alice.near", "E_UNKNOWN_SUBCONTRACT"),
            ("alice.near", "E_BAD_ID"),
            ("Bank@alice.near", "E_BAD_ID"),
        ] {
            assert_eq!(app(it, "get", json!([id, "pub/"])), json!(expect), "{id}");
        }
    });
}

#[test]
fn a_second_grant_replaces_the_first_and_grants_are_listed_in_order() {
    in_both_worlds(|it| {
        world(it);
        bank(it, "fill", json!(1));
        bank(it, "open", json!([READER, {"read": ["pin"]}]));
        assert_eq!(app(it, "code", json!("pin")), json!("1234"));
        bank(
            it,
            "open",
            json!([READER, {"read": ["pub/1", "pub/"], "until": 8e15}]),
        );
        assert_eq!(app(it, "code", json!("pin"))[1], json!("E_NOT_GRANTED"));
        assert_eq!(app(it, "code", json!("pub/0000")), json!(0));
        for peer in ["ghost@alice.near", "z@z.near", "app.v2@bob.near"] {
            bank(it, "open", json!([peer, {"read": [""], "until": 5}]));
        }
        let one = |peer: &str| json!({"peer": peer, "read": [""], "until": 5});
        let app = json!({"peer": READER, "read": ["pub/"], "until": 8_000_000_000_000_000_i64});
        let all = json!({"items": [one("app.v2@bob.near"), app, one("ghost@alice.near"), one("z@z.near")], "next": null});
        assert_eq!(it.view(OWNER, "grants", Value::Null).value(), all);
        let page = json!({"items": [one("ghost@alice.near")], "next": "z@z.near"});
        let range = json!({"from": "app@bob.neas", "limit": 1});
        assert_eq!(it.view(OWNER, "grants", range).value(), page);
        assert_eq!(bank(it, "close", json!("ghost@alice.near")), json!(true));
        assert_eq!(bank(it, "close", json!("ghost@alice.near")), json!(false));
        assert_eq!(keys(it, OWNER), json!(2), "grants are none of the keys");
    });
}

/// An id belongs to an account: what was granted to it stays with it, before it exists and after it
/// was removed. What it granted itself goes with its state.
#[test]
fn grants_of_a_removed_subcontract_are_gone_and_those_to_it_stay() {
    in_both_worlds(|it| {
        world(it);
        bank(it, "fill", json!(1));
        bank(it, "open", json!([READER, {"read": ["pub/"]}]));
        bank(it, "open", json!(["late@bob.near", {"read": ["pub/"]}]));
        let request = |id: &str| json!({"id": id}).to_string();
        it.send("bob.near", "remove", request(READER).as_bytes(), 0)
            .value();
        it.upload(READER, APP, None).value();
        assert_eq!(
            app(it, "code", json!("pub/0000")),
            json!(0),
            "granted still"
        );
        it.upload("late@bob.near", APP, None).value();
        let late = it.call("carol.near", "late@bob.near", "code", json!("pub/0000"));
        assert_eq!(late.value(), json!(0), "granted before it was there");
        it.send("alice.near", "remove", request(OWNER).as_bytes(), 0)
            .value();
        assert_eq!(
            app(it, "get", json!([OWNER, "pub/0000"])),
            json!("E_UNKNOWN_SUBCONTRACT")
        );
        it.upload(OWNER, BANK, None).value();
        bank(it, "fill", json!(1));
        assert_eq!(
            app(it, "code", json!("pub/0000"))[1],
            json!("E_NOT_GRANTED")
        );
        let none = json!({"items": [], "next": null});
        assert_eq!(it.view(OWNER, "grants", Value::Null).value(), none);
    });
}

#[test]
fn ones_own_storage_needs_no_grant() {
    in_both_worlds(|it| {
        world(it);
        let none = json!({"items": [], "next": null});
        assert_eq!(app(it, "own", Value::Null), json!([1, 1, none]));
    });
}

#[test]
fn a_grant_that_does_not_fit_has_a_code_and_changes_nothing() {
    in_both_worlds(|it| {
        world(it);
        let most: Vec<_> = (0..16)
            .map(|index| format!("{index:x}").repeat(1_024))
            .collect();
        let more: Vec<_> = (0..17).map(|index| format!("{index:02}")).collect();
        for (args, expect) in [
            (json!([READER, {"read": []}]), "E_BAD_VALUE"),
            (json!([READER, {}]), "E_BAD_VALUE"),
            (json!([READER, {"read": more}]), "E_TOO_LARGE"),
            (
                json!([READER, {"read": ["k".repeat(1_025)]}]),
                "E_TOO_LARGE",
            ),
            (json!(["bob.near", {"read": ["a"]}]), "E_BAD_ID"),
            (json!(["@bob.near", {"read": ["a"]}]), "E_BAD_ID"),
            (json!(["*", {"read": ["a"]}]), "E_BAD_ID"),
        ] {
            let before = it.pairs();
            let failure = it.call("alice.near", OWNER, "open", args.clone()).failure();
            assert_eq!(failure.code, expect, "{args}");
            assert!(it.pairs() == before, "{args}");
        }
        bank(it, "open", json!([READER, {"read": most}]));
        let shown = it.view(OWNER, "grants", Value::Null).value();
        assert_eq!(shown["items"][0]["read"], json!(most));
    });
}

#[test]
fn many_granted_keys_are_read_page_by_page() {
    in_both_worlds(|it| {
        world(it);
        for _ in 0..2 {
            bank(it, "fill", json!(250));
        }
        bank(it, "open", json!([READER, {"read": ["pub/"]}]));
        assert_eq!(
            app(it, "many", Value::Null),
            json!([250, "pub/0000", "pub/0249"])
        );
        assert_eq!(app(it, "total", Value::Null), json!(250 * 249 / 2));
    });
}

/// A granted read takes one storage read and the looking at a grant more than an own one.
#[test]
fn a_granted_read_costs_little_more_than_an_own_one() {
    const TERA: u64 = 1_000_000_000_000;
    let mut it = Vm::new();
    let reads = "
import { near, storage } from 'conclave'
export const init = () => { for (let i = 0; i < 8; i++) storage.set('pub/' + i, i) }
export const nothing = () => 1
export const own = () => storage.get('pub/1')
export const own8 = () => { let sum = 0; for (let i = 0; i < 8; i++) sum += storage.get('pub/' + i); return sum }
export const name = () => { near.of('bank@alice.near') }
export const other = () => near.of('bank@alice.near').get('pub/1')
export const other8 = () => { const of = near.of('bank@alice.near'); let sum = 0; for (let i = 0; i < 8; i++) sum += of.get('pub/' + i); return sum }
export const open = peer => near.grant(peer, { read: ['pub/'] })";
    for id in [OWNER, READER] {
        it.upload(id, reads, Some(Value::Null)).value();
    }
    let granted = it.call("alice.near", OWNER, "open", json!(READER));
    let mut gas = |method: &str| {
        let ended = it.call("carol.near", READER, method, Value::Null);
        assert!(ended.result.is_ok(), "{method}: {ended:?}");
        ended.gas
    };
    let [nothing, own, own8, name, other, other8] =
        ["nothing", "own", "own8", "name", "other", "other8"].map(&mut gas);
    let giga = |gas: u64| gas / 1_000_000_000;
    println!(
        "a grant {} Ggas in all, nothing {}",
        giga(granted.gas),
        giga(nothing)
    );
    println!(
        "own {}, 8 own {}",
        giga(own - nothing),
        giga(own8 - nothing)
    );
    let (one, eight) = (other - nothing, other8 - nothing);
    println!(
        "of {}, granted {}, 8 granted {}",
        giga(name - nothing),
        giga(one),
        giga(eight)
    );
    assert!(one - (own - nothing) < TERA / 2, "{one}");
    assert!(eight - (own8 - nothing) < TERA, "{eight}");
}
