//! Runs cases natively and in NEAR's VM, and holds both against the model.
//!
//! The four subcontracts stay; every case writes a mark of its own, so what is stored is of the
//! last case of which it stayed. What they store is as long from the beginning, so no case pays for storage.

use super::case::{Case, IDS};
use super::model::{DEPOSIT, Model, PAID, SENDER, Stored};
use super::table::Left;
use crate::vm::{Vm, failure};
use crate::{ENCLAVE, Ended, Native, World};
use conclave_abi::error::Said;
use conclave_abi::key;
use conclave_abi::value::Value as Data;
use conclave_nested_trie::{Direction, KeyRange, Store, Trie};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// The code of every node.
const NODE: &str = include_str!("node.js");
/// What is stored before the first case.
const FIRST_MARK: &str = "-----";
/// What a node stores between cases, beside its program. Within a frame it makes and removes others.
const KEYS: [&str; 3] = ["after", "before", "taken"];

/// Money that left the enclave.
#[derive(Debug, PartialEq, Eq)]
struct Sent {
    /// To whom, in order.
    to: Vec<String>,
    /// How much the receiver of the nodes' transfers got.
    paid: u128,
    /// How much the sender got back.
    back: u128,
}

impl Sent {
    fn of(transfers: &[(String, u128)]) -> Self {
        let sum = |who: &str| {
            let amounts = transfers.iter().filter(|(to, _)| to == who);
            amounts.map(|(_, amount)| amount).sum()
        };
        Self {
            to: transfers.iter().map(|(to, _)| to.clone()).collect(),
            paid: sum(PAID),
            back: sum(SENDER),
        }
    }
}

/// The model and both worlds.
pub struct Litmus {
    model: Model,
    native: Native,
    vm: Vm,
    cases: usize,
}

impl Litmus {
    /// Both worlds with the four subcontracts.
    ///
    /// # Panics
    /// When they can't be made.
    #[must_use]
    pub fn new() -> Self {
        let (mut native, mut vm) = (Native::new(), Vm::new());
        let worlds: [&mut dyn World; 2] = [&mut native, &mut vm];
        for world in worlds {
            for id in IDS {
                world.upload(id, NODE, None).value();
                world.call(SENDER, id, "begin", json!(FIRST_MARK)).value();
            }
        }
        let mut model = Model::default();
        for node in &mut model.nodes {
            node.marks = [FIRST_MARK, FIRST_MARK].map(str::to_owned);
        }
        Self {
            model,
            native,
            vm,
            cases: 0,
        }
    }

    /// Runs a case everywhere, and gives its row of the table.
    ///
    /// # Panics
    /// When a world differs from the model or from the other.
    pub fn run(&mut self, case: &Case) -> String {
        self.cases += 1;
        let (place, mark) = (case.words(), format!("{:04}*", self.cases));
        let before = self.model.nodes.clone();
        let expected = Left {
            result: self.model.run(case, &mark),
            nodes: self.model.nodes.clone(),
            logs: self.model.logs.clone(),
            transfers: self.model.transfers.clone(),
        };
        expected.check_sum(&before, &place);

        let request = json!({"id": IDS[0], "method": "step", "args": case.plan(&mark)}).to_string();
        let natively = self
            .native
            .send(SENDER, "call", request.as_bytes(), DEPOSIT);
        let transfers = self.native.transfers();
        check_result(&place, &natively, &expected);
        assert_eq!(natively.logs, expected.logs, "{place}: logs");
        assert_eq!(transfers, expected.transfers, "{place}: transfers");
        assert_eq!(self.stored(), expected.nodes, "{place}: what is stored");

        let (in_vm, sent) = self.send_in_vm(&request);
        assert_eq!(natively.result, in_vm.result, "{place}: result in the VM");
        assert_eq!(natively.logs, in_vm.logs, "{place}: logs in the VM");
        assert_eq!(Sent::of(&transfers), sent, "{place}: transfers in the VM");
        self.check_pairs(&place);
        expected.row(case, &mark, &before)
    }

    /// Sends a request in the VM. Nobody but the nodes pays the receiver of their transfers, and
    /// the sender pays the deposit and what was burnt.
    fn send_in_vm(&mut self, request: &str) -> (Ended, Sent) {
        let before = [PAID, SENDER].map(|id| self.vm.balance(id).as_yoctonear());
        let outcome = self
            .vm
            .transact(SENDER, "call", request.as_bytes(), DEPOSIT);
        let after = [PAID, SENDER].map(|id| self.vm.balance(id).as_yoctonear());
        let burnt = outcome.tokens_burnt().as_yoctonear();
        let sent = outcome.receipts.iter();
        let sent = sent.filter(|receipt| receipt.predecessor_id == ENCLAVE);
        let result = match outcome.failure() {
            Some(error) => Err(failure(error)),
            None => Ok(outcome.json().expect("a result is JSON")),
        };
        // The deposit of a failed receipt is given back by NEAR, not by the enclave.
        let given_back = if result.is_ok() { 0 } else { DEPOSIT };
        let sent = Sent {
            to: sent
                .map(|receipt| receipt.outcome.executor_id.to_string())
                .collect(),
            paid: after[0] - before[0],
            back: after[1] + burnt + DEPOSIT - before[1] - given_back,
        };
        let ended = Ended {
            result,
            logs: outcome.logs().into_iter().map(str::to_owned).collect(),
            gas: 0,
        };
        (ended, sent)
    }

    /// What the native world stores of each node: read from the pairs, but for the balances.
    fn stored(&self) -> [Stored; 4] {
        let listed = self.native.ask("subcontracts", b"").value();
        let pairs = Pairs(self.native.pairs().into_iter().collect());
        let trie = Trie::open(&pairs);
        for id in IDS {
            let mut names = Vec::new();
            let all = KeyRange {
                from: &[],
                to: None,
                direction: Direction::Up,
            };
            trie.scan(id, &all, &mut |entry| {
                names.extend(key::storage_name(entry.key()).map(str::to_owned));
                Ok(ControlFlow::Continue(()))
            })
            .expect("a sound trie");
            assert_eq!(names, KEYS, "{id}");
        }
        IDS.map(|id| Stored {
            marks: ["before", "after"].map(|name| {
                let bytes = trie.get(id, &key::storage(name)).expect("a sound trie");
                match Data::from_bytes(&bytes.expect("a value")) {
                    Ok(Data::String(mark)) => mark,
                    other => panic!("{id}, {name}: {other:?}"),
                }
            }),
            balance: balance(&listed, id),
        })
    }

    /// Both worlds store the same: the records at the top of the tries, and everything below.
    fn check_pairs(&self, place: &str) {
        let [native, vm] = [self.native.pairs(), self.vm.pairs()];
        let roots = |pairs: &[(Vec<u8>, Vec<u8>)]| {
            let roots = pairs.iter().filter(|(key, _)| is_root(key)).cloned();
            roots.collect::<Vec<_>>()
        };
        assert_eq!(roots(&native).len(), 1 + IDS.len(), "{place}: roots");
        assert_eq!(roots(&native), roots(&vm), "{place}: roots");
        assert!(native == vm, "{place}: the worlds store different things");
    }
}

impl Default for Litmus {
    fn default() -> Self {
        Self::new()
    }
}

/// The root record, and the account record of each subcontract (docs/spec/state.md).
fn is_root(key: &[u8]) -> bool {
    matches!(key.first(), Some(0x01 | 0x04))
}

fn balance(listed: &Value, id: &str) -> u128 {
    let all = listed["subcontracts"].as_array().expect("a list");
    let found = all.iter().find(|it| it["id"] == id).expect("it is there");
    let balance = found["balance_yocto"].as_str().expect("digits");
    balance.parse().expect("digits")
}

fn check_result(place: &str, ended: &Ended, expected: &Left) {
    match (&ended.result, &expected.result) {
        (Ok(value), Ok(expected)) => assert_eq!(value, expected, "{place}: result"),
        (Err(failure), Err(stop)) => {
            let Said {
                code,
                message,
                path,
                ..
            } = &**failure;
            let expected: Vec<_> = stop.path.iter().map(|node| IDS[*node]).collect();
            assert_eq!(code, stop.code, "{place}: {message}");
            assert_eq!(*path, expected, "{place}: {message}");
            if let Some(expected) = &stop.message {
                assert_eq!(message, expected, "{place}");
            }
        }
        (got, expected) => panic!("{place}: {got:?}, expected {expected:?}"),
    }
}

/// Stored pairs, to be read as a trie.
struct Pairs(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store for Pairs {
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }
}
