//! Who takes part in the attacks: an honest subcontract and a hostile one.
//!
//! In: their code. Out: both uploaded as anyone would, and what a test asks of them afterwards.

use crate::defence::Line;
use conclave_nested_trie::{Store, Trie};
use conclave_tests::{Ended, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One NEAR, in yoctoNEAR.
pub(crate) const NEAR: u128 = 10u128.pow(24);
/// The price of a stored byte, in yoctoNEAR.
const YOCTO_PER_BYTE: u128 = 10u128.pow(19);
/// The hostile subcontract.
pub(crate) const EVIL: &str = "evil@mallory.near";
/// The subcontract that is attacked.
pub(crate) const VICTIM: &str = "victim@alice.near";

/// What each code begins with. `soft` gives the code of an error instead of throwing it; `storedAt`
/// tells what is stored.
const HEAD: &str = "\
import { near, storage, call, view, after, contract, CallError } from 'conclave'
const evil = 'evil@mallory.near', victim = 'victim@alice.near'
const soft = f => { try { return f() } catch (e) { return e.code ?? e.name } }
export const storedAt = key => storage.get(key) ?? null
";

/// A line that defends.
pub(crate) const fn line(file: &'static str, text: &'static str, without: &'static str) -> Line {
    Line {
        file,
        text,
        without,
    }
}

/// Uploads code under an id, behind [`HEAD`]; calls its `init` where it has one.
pub(crate) fn put(world: &mut dyn World, id: &str, code: &str) {
    let init = code.contains("export const init").then_some(Value::Null);
    world.upload(id, &format!("{HEAD}{code}"), init).value();
}

/// Uploads the victim's code and the attacker's.
pub(crate) fn stage(world: &mut dyn World, victim: &str, evil: &str) {
    put(world, VICTIM, victim);
    put(world, EVIL, evil);
}

/// Calls a method in a transaction of Mallory's with a deposit.
pub(crate) fn send(
    world: &mut dyn World,
    (id, method): (&str, &str),
    args: Value,
    deposit: u128,
) -> Ended {
    let request = json!({"id": id, "method": method, "args": args});
    world.send(
        "mallory.near",
        "call",
        request.to_string().as_bytes(),
        deposit,
    )
}

/// What a method gives that is called without a deposit.
#[track_caller]
pub(crate) fn asked(world: &mut dyn World, id: &str, method: &str, args: Value) -> Value {
    send(world, (id, method), args, 0).value()
}

/// What a subcontract has stored under a key.
#[track_caller]
pub(crate) fn seen(world: &dyn World, id: &str, key: &str) -> Value {
    world.view(id, "storedAt", json!(key)).value()
}

/// A subcontract's own money, in yoctoNEAR.
pub(crate) fn money(world: &dyn World, id: &str) -> u128 {
    let request = json!({"id": id}).to_string();
    let found = world.ask("subcontract", request.as_bytes()).value();
    let digits = found["balance_yocto"].as_str().expect("digits");
    digits.parse().expect("a number")
}

/// Checks that what the enclave believes to owe is the sum of all balances and of what others than
/// itself paid for storage.
#[track_caller]
pub(crate) fn assert_conserved(world: &dyn World) {
    let listed = world.ask("subcontracts", b"{}").value();
    let listed = listed["subcontracts"].as_array().expect("a list").clone();
    let trie = Trie::open(Pairs(world.pairs().into_iter().collect()));
    let mut sum = 0;
    for id in listed.iter().map(|it| it["id"].as_str().expect("an id")) {
        let account = trie.account(id).expect("a sound trie");
        let payload = account.expect("a listed subcontract").payload;
        let bytes = |from: usize| {
            let bytes = payload[from..from + 8].try_into().expect("8 bytes");
            u128::from(u64::from_be_bytes(bytes))
        };
        sum += money(world, id) + (bytes(41) - bytes(49)) * YOCTO_PER_BYTE;
    }
    let enclave = trie.payload().expect("a sound trie");
    let enclave = enclave.expect("the enclave's own record");
    let held: [u8; 16] = enclave[1..17].try_into().expect("16 bytes");
    assert_eq!(sum, u128::from_be_bytes(held), "money is conserved");
}

/// Stored pairs, to be read as a trie.
struct Pairs(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store for Pairs {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }
}
