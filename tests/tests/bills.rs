//! Storage bills in NEAR's VM: after any sequence of requests the bills are the account's storage,
//! and what the payers spent is what they are billed and what subcontracts have.

use conclave_tests::{Vm, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NEAR: u128 = 10u128.pow(24);
const YOCTO_PER_BYTE: u128 = 10u128.pow(19);
const ENCLAVE: &str = "conclave.near";
const PEOPLE: [&str; 4] = ["alice.near", "bob.near", "carol.near", "mallory.near"];
/// Sends nothing but deposits for what he stores.
const DAVE: &str = "dave.near";
const IDS: [&str; 3] = ["a@alice.near", "b@bob.near", "c@carol.near"];

const SOURCE: &str = "\
import { near, storage, call } from 'conclave'
export const sponsored = ['own']
const set = ({ key, bytes }) => bytes < 0 ? storage.remove(key) : storage.set(key, 'x'.repeat(bytes))
export const put = item => { set(item) }
export const own = item => { set(item) }
export const many = items => items.forEach(set)
export const fund = () => { near.keep() }
export const pass = ({ to, deposit, keep, fails, ...item }) => {
  if (keep) near.keep(BigInt(keep))
  call(to, 'put', item, { deposit: BigInt(deposit) })
  if (fails) throw new Error('undone')
}
export const soft = ({ to, ...item }) => {
  try { call(to, 'put', item) } catch (error) { return { code: error.code, message: error.message } }
}
";

struct Dice(u64);

impl Dice {
    fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).expect("small")]
    }
}

/// The whole of a bill.
fn bill(vm: &Vm, account: &str) -> i64 {
    let (mut from, mut bytes) = (Value::String(String::new()), 0);
    while let Value::String(place) = from {
        let request = json!({"account": account, "from": place, "limit": 60});
        let page = vm
            .ask("storage_bill", request.to_string().as_bytes())
            .value();
        let part = page["bytes"].as_i64().expect("a number");
        let lines = page["subcontracts"].as_array().expect("a list");
        if account != ENCLAVE {
            let sum: i64 = lines
                .iter()
                .map(|line| line["bytes"].as_i64().expect("bytes"))
                .sum();
            assert_eq!(sum, part, "{page}");
        }
        let yocto = i128::from(part) * i128::try_from(YOCTO_PER_BYTE).expect("small");
        assert_eq!(page["yocto"], yocto.to_string());
        bytes += part;
        from = page["next"].clone();
    }
    bytes
}

/// A chain, and what each payer spent beside gas.
struct Stage {
    vm: Vm,
    spent: BTreeMap<&'static str, i128>,
}

impl Stage {
    fn new(allowance_bytes: u64) -> Self {
        let mut vm = Vm::allowing(allowance_bytes);
        vm.ensure_accounts(&[&PEOPLE[..], &[DAVE]].concat());
        Self {
            vm,
            spent: BTreeMap::new(),
        }
    }

    /// Sends a request; everybody's money is looked at, since refunds go to whoever paid.
    fn send(
        &mut self,
        who: &'static str,
        export: &str,
        input: &Value,
        deposit: u128,
    ) -> Option<String> {
        let all = [&PEOPLE[..], &[DAVE]].concat();
        let has = |vm: &Vm| {
            all.iter()
                .map(|id| vm.balance(id).as_yoctonear())
                .collect::<Vec<_>>()
        };
        let before = has(&self.vm);
        let outcome = self
            .vm
            .transact(who, export, input.to_string().as_bytes(), deposit);
        for ((id, before), after) in all.iter().zip(before).zip(has(&self.vm)) {
            let burnt = if *id == who {
                outcome.tokens_burnt().as_yoctonear()
            } else {
                0
            };
            let spent = i128::try_from(before).expect("small")
                - i128::try_from(after + burnt).expect("small");
            *self.spent.entry(id).or_default() += spent;
        }
        outcome
            .failure()
            .map(|error| conclave_tests::vm::failure(error).code.clone())
    }

    fn balances(&self) -> u128 {
        let listed = self.vm.ask("subcontracts", b"{}").value();
        let listed = listed["subcontracts"].as_array().expect("a list").clone();
        let balance = |it: &Value| {
            it["balance_yocto"]
                .as_str()
                .and_then(|digits| digits.parse().ok())
        };
        listed.iter().map(|it| balance(it).unwrap_or(0u128)).sum()
    }

    fn check(&self, step: &str) {
        let payers = [&PEOPLE[..], &[DAVE], &IDS].concat();
        let bills: Vec<i64> = payers.iter().map(|payer| bill(&self.vm, payer)).collect();
        let others: i64 = bills.iter().sum();
        let enclave = bill(&self.vm, ENCLAVE);
        let usage = i64::try_from(self.vm.storage_usage(ENCLAVE)).expect("small");
        assert_eq!(others + enclave, usage, "{step}: the sum of all bills");
        let spent: i128 = self.spent.values().sum();
        let price = |bytes: i64| i128::from(bytes) * i128::try_from(YOCTO_PER_BYTE).expect("small");
        let has = price(others) + i128::try_from(self.balances()).expect("small");
        assert_eq!(spent, has, "{step}: what was spent is billed, or a balance");
        let dave = self.spent.get(DAVE).copied().unwrap_or(0);
        assert_eq!(dave, price(bills[PEOPLE.len()]), "{step}: who only stores");
    }
}

/// A step, and how it ended.
fn step(stage: &mut Stage, dice: &mut Dice) -> (String, Option<String>) {
    let who = dice.of(&PEOPLE);
    let id = dice.of(&IDS);
    let item = json!({
        "key": format!("{}{}", dice.of(&["k", "a-key-that-is-somewhat-longer/"]), dice.below(9)),
        "bytes": match dice.below(9) { 0..=2 => -1, 3 => 3_000, 4 => 700, _ => i64::try_from(dice.below(260)).expect("small") },
    });
    let deposit = dice.of(&[0, 1, NEAR / 1_000, NEAR / 10, NEAR]);
    let call = |method: &str, args: &Value| json!({"id": id, "method": method, "args": args});
    let (who, export, input, deposit) = match dice.below(40) {
        0 => {
            let owner = PEOPLE
                .iter()
                .find(|owner| id.ends_with(*owner))
                .expect("an owner");
            (*owner, "remove", json!({"id": id}), dice.of(&[0, NEAR]))
        }
        1..=4 => {
            let owner = PEOPLE
                .iter()
                .find(|owner| id.ends_with(*owner))
                .expect("an owner");
            let init = dice.of(&["put", "own", "fund"]);
            let init = json!({"method": init, "args": item});
            (
                *owner,
                "upload",
                json!({"id": id, "source": SOURCE, "init": init}),
                NEAR,
            )
        }
        5..=6 => (who, "call", call("fund", &Value::Null), NEAR / 10),
        7..=12 => (who, "call", call("own", &item), deposit),
        13..=20 => {
            let mut args = item;
            args["to"] = json!(dice.of(&IDS));
            args["deposit"] = json!(dice.of(&["0", "0", "50000000000000000000000"]));
            args["keep"] = json!(dice.of(&["", "", "90000000000000000000000"]));
            args["fails"] = json!(dice.below(4) == 0);
            (who, "call", call("pass", &args), deposit)
        }
        21..=27 => (DAVE, "call", call("put", &item), dice.of(&[1, NEAR])),
        28 => (
            who,
            "collect",
            json!({"id": id, "limit": 3}),
            dice.of(&[0, 5]),
        ),
        _ => (who, "call", call("put", &item), deposit),
    };
    let shown = format!("{who} {export} {input} {deposit}");
    let failed = stage.send(who, export, &input, deposit);
    (shown, failed)
}

#[test]
fn the_bills_are_the_accounts_storage_after_any_sequence() {
    let steps =
        std::env::var("CONCLAVE_BILL_STEPS").map_or(250, |text| text.parse().expect("a number"));
    let mut ended = BTreeMap::<String, u32>::new();
    for (seed, allowance_bytes) in [(3, 0), (5, 1_500)] {
        let (mut stage, mut dice) = (Stage::new(allowance_bytes), Dice(seed));
        for (who, id) in PEOPLE.into_iter().zip(IDS) {
            let upload = json!({"id": id, "source": SOURCE});
            assert_eq!(stage.send(who, "upload", &upload, NEAR), None);
        }
        for number in 0..steps {
            let (shown, failed) = step(&mut stage, &mut dice);
            stage.check(&format!("{number}: {shown}: {failed:?}"));
            *ended
                .entry(failed.unwrap_or_else(|| "well".to_owned()))
                .or_default() += 1;
        }
    }
    println!("{ended:?}");
    for (outcome, least) in [
        ("well", steps / 2),
        ("E_DEPOSIT", steps / 20),
        ("E_THROW", 2),
        ("E_TAKEN", 2),
    ] {
        let count = ended.get(outcome).copied().unwrap_or(0);
        assert!(count >= least, "{outcome}: {count}");
    }
}

#[test]
fn who_paid_gets_back_whoever_removes() {
    let mut stage = Stage::new(0);
    let upload = json!({"id": IDS[0], "source": SOURCE});
    assert_eq!(stage.send(PEOPLE[0], "upload", &upload, NEAR), None);
    let put =
        |bytes: i64| json!({"id": IDS[0], "method": "put", "args": {"key": "k", "bytes": bytes}});
    assert_eq!(stage.send(DAVE, "call", &put(2_000), NEAR), None);
    let paid = stage.spent[DAVE];
    assert!(paid > i128::try_from(2_000 * YOCTO_PER_BYTE).expect("small"));
    assert_eq!(stage.send("mallory.near", "call", &put(-1), 0), None);
    assert_eq!(stage.spent[DAVE], 0, "dave has all of it again");
    assert_eq!(stage.spent["mallory.near"], 0, "and the remover nothing");
    stage.check("at the end");
}

#[test]
fn ten_thousand_tiny_keys_without_a_deposit_are_refused() {
    let mut vm = Vm::allowing(100_000);
    vm.upload(IDS[0], SOURCE, None).value();
    let mut stored = 0;
    loop {
        let items: Vec<Value> = (stored..stored + 300)
            .map(|key| json!({"key": key.to_string(), "bytes": 1}))
            .collect();
        let request = json!({"id": IDS[0], "method": "many", "args": items}).to_string();
        let before = vm.pairs();
        let ended = vm.send("mallory.near", "call", request.as_bytes(), 0);
        if let Err(failure) = ended.result {
            assert_eq!(failure.code, "E_DEPOSIT", "{failure:?}");
            assert!(before == vm.pairs(), "nothing changed");
            break;
        }
        stored += 300;
        assert!(stored < 10_000, "nobody paid for {stored} keys");
    }
    assert!(
        stored >= 900,
        "an allowance of 100,000 bytes pays for {stored} keys"
    );
}

#[test]
fn a_caller_catches_that_its_callee_can_not_pay() {
    let mut vm = Vm::allowing(0);
    for id in [IDS[0], IDS[1]] {
        vm.upload(id, SOURCE, None).value();
    }
    let args = json!({"to": IDS[1], "key": "k", "bytes": 9_000});
    let told = vm.call("mallory.near", IDS[0], "soft", args).value();
    assert_eq!(told["code"], "E_DEPOSIT");
    let message = told["message"].as_str().expect("text");
    assert!(
        message.starts_with("the storage of b@bob.near would grow by 9"),
        "{message}"
    );
    assert!(
        message.contains(" NEAR (") && message.contains("attach"),
        "{message}"
    );
}
