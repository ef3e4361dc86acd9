//! Unicode's tables in the enclave's storage: what needs them, who may bring them, and what happens
//! without (docs/adr/0073).

use conclave_abi::key::TABLES;
use conclave_tests::attack::in_both_worlds;
use conclave_tests::vm::artefact;
use conclave_tests::{Native, Vm, World};
use serde_json::{Value, json};

const ID: &str = "a@alice.near";

/// Each method gives what a pattern or `normalize` says; those behind the first need tables.
const SOURCE: &str = r"
import { call, contract, storage } from 'conclave'
export const nothing = () => 1
export const letter = () => ['Größe', 'Größe1'].map(text => /^\p{L}+$/u.test(text))
export const six = () => /^[\p{ID_Start}\p{Lu}\p{Alphabetic}\p{Cased}\p{Ll}\p{XID_Continue}]+$/u.test('Größe')
export const folded = () => ['\u212a', 'ß', 'I'].map(text => /^[\p{Lu}]$/iu.test(text))
export const scripts = () => 'aαаא漢'.replace(/\p{Script=Greek}|\p{scx=Han}/gu, '-')
export const name = () => /(?<größe>a)/.exec('a').groups.größe
export const emoji = () => '👨‍👩‍👧 1 🇩🇪'.replace(/\p{RGI_Emoji}/gv, '-')
export const nfc = () => 'e\u0301 \u1e9b\u0323'.normalize('NFC')
export const nfd = () => 'é \u1e9b\u0323'.normalize('NFD')
export const nfkc = () => 'ﬁ \u1e9b\u0323'.normalize('NFKC')
export const nfkd = () => 'ﬁ \u1e9b\u0323'.normalize('NFKD')
export const late = ({ pattern }) => new RegExp(pattern, 'u').test('a')
export const below = ({ method, args }) => {
  storage.set('caught', 1)
  try { return call('b@alice.near', method, args) } catch (error) { return error.code }
}
export const caught = () => { storage.set('caught', 1); try { 'é'.normalize('NFD') } catch { } }
";

const METHODS: [&str; 10] = [
    "letter", "six", "folded", "scripts", "name", "emoji", "nfc", "nfd", "nfkc", "nfkd",
];

/// A subcontract whose source needs no tables while it is parsed.
const LATE: &str = r"
import { call, storage } from 'conclave'
export const late = ({ pattern }) => new RegExp(pattern, 'u').test('a')
export const nfd = () => 'é'.normalize('NFD')
export const caught = () => { storage.set('caught', 1); try { 'é'.normalize('NFD') } catch { } }
export const below = ({ id, method, args }) => {
  storage.set('caught', 1)
  try { return call(id, method, args) } catch (error) { return error.code }
}
export const has = () => storage.has('caught')
";

fn without_tables(world: &dyn World) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = world.pairs();
    pairs.retain(|(key, _)| key[0] != TABLES);
    pairs
}

#[test]
fn the_contract_says_with_stored_tables_what_the_engine_says() {
    let (mut native, mut vm) = (Native::new(), Vm::new());
    native.upload(ID, SOURCE, None).value();
    vm.upload(ID, SOURCE, None).value();
    let plain = vm.view(ID, "nothing", Value::Null).gas;
    for method in METHODS {
        let expect = native.view(ID, method, Value::Null).value();
        let ended = vm.view(ID, method, Value::Null);
        println!("{method:8} {:>15} gas {expect}", ended.gas - plain);
        assert_eq!(ended.value(), expect, "{method}");
        let called = vm.call("bob.near", ID, method, Value::Null).value();
        assert_eq!(called, expect, "{method}");
    }
    let letters = vm.view(ID, "letter", Value::Null).value();
    assert_eq!(letters, json!([true, false]));
    let composed = vm.view(ID, "nfkc", Value::Null).value();
    assert_eq!(composed, json!("fi \u{1e69}"));
}

#[test]
fn the_same_bytes_again_change_nothing_and_others_are_refused() {
    in_both_worlds(|world| {
        let (before, tables) = (world.pairs(), artefact("enclave.tables"));
        let again = world.send("mallory.near", "tables", &tables, 0);
        assert_eq!(again.value(), Value::Null);
        assert_eq!(world.pairs(), before, "the same again");
        let mut flipped = tables.clone();
        flipped[70_000] ^= 1;
        for input in [&flipped[..], &tables[1..], &tables[..10], b"", b"{}"] {
            let failure = world.send("mallory.near", "tables", input, 0).failure();
            assert_eq!(failure.code, "E_BAD_REQUEST");
            assert_eq!(world.pairs(), before, "{}", failure.message);
        }
    });
}

#[test]
fn a_deposit_that_comes_with_tables_goes_back() {
    let mut native = Native::new();
    let tables = artefact("enclave.tables");
    native.send("bob.near", "tables", &tables, 7).value();
    assert_eq!(native.transfers(), [("bob.near".to_owned(), 7)]);
}

/// An enclave that was deployed by somebody who left out the tables.
#[test]
fn without_tables_nothing_that_needs_them_can_be_caught_and_nothing_stays() {
    let mut worlds = [
        Box::new(Native::bare()) as Box<dyn World>,
        Box::new(Vm::bare()),
    ];
    let mut said = Vec::new();
    for world in &mut worlds {
        let world = &mut **world;
        let refused = world.upload(ID, SOURCE, None).failure();
        assert_eq!(refused.code, "E_TABLES", "{refused:?}");
        assert!(without_tables(world).len() == 1, "the root record alone");
        for id in [ID, "b@alice.near"] {
            world.upload(id, LATE, None).value();
        }
        let below =
            |method: &str, args| json!({"id": "b@alice.near", "method": method, "args": args});
        let property = json!({"pattern": "\\p{L}"});
        let before = world.pairs();
        let ways = [
            ("nfd", Value::Null),
            ("caught", Value::Null),
            ("late", property.clone()),
            ("late", json!({"pattern": "(?<é>a)"})),
            ("below", below("nfd", Value::Null)),
            ("below", below("caught", Value::Null)),
            ("below", below("late", property.clone())),
        ];
        for (method, args) in ways {
            let failure = world.call("bob.near", ID, method, args.clone()).failure();
            assert_eq!(failure.code, "E_TABLES", "{method} {args}: {failure:?}");
            said.push(failure.message.clone());
            assert_eq!(world.pairs(), before, "{method} {args}");
            let failure = world.view(ID, "late", property.clone()).failure();
            assert_eq!(failure.code, "E_TABLES");
        }
        let plain = world.call("bob.near", ID, "late", json!({"pattern": "[a-z]"}));
        assert_eq!(plain.value(), json!(true), "what needs none goes on");
        let tables = artefact("enclave.tables");
        world.send("bob.near", "tables", &tables, 0).value();
        let then = world.call("bob.near", ID, "below", below("late", property));
        assert_eq!(then.value(), json!(true));
    }
    assert!(
        said.iter()
            .all(|message| message.contains("enclave.tables"))
    );
}

#[test]
fn the_contract_holds_no_part_of_the_tables() {
    let (contract, tables) = (artefact("enclave.wasm"), artefact("enclave.tables"));
    let pieces = tables.chunks_exact(32).step_by(32);
    // Zeros and the like may stand anywhere.
    let pieces = pieces.filter(|piece| {
        piece
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len()
            > 8
    });
    let pieces: Vec<_> = pieces.collect();
    assert!(pieces.len() > 50, "{} pieces", pieces.len());
    for piece in pieces {
        let mut places = contract.windows(piece.len());
        assert!(!places.any(|place| place == piece), "{piece:?}");
    }
}
