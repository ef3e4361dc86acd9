//! Graphs that once showed a difference or a loss, by hand, with what has to come out.

use super::chain::{Chain, Sent};
use super::script::{Act, Graph, Request, Step, Subcontract};
use super::{compare, enclave, program, reference};
use conclave_abi::value::Value;
use conclave_engine::port::{CallRequest, CallWay};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

fn subcontract(id: &str, balance_yocto: u128) -> Subcontract {
    Subcontract {
        id: id.to_owned(),
        balance_yocto,
        values: BTreeMap::new(),
        grants: Vec::new(),
    }
}

fn step(act: Act) -> Step {
    Step {
        act,
        is_caught: false,
    }
}

/// A call of `m0` of `e@x.near`.
fn call() -> CallRequest {
    CallRequest {
        id: "e@x.near".to_owned(),
        method: "m0".to_owned(),
        args: Value::Null,
        gas: None,
        deposit_yocto: 0,
        way: CallWay::Call,
    }
}

/// What the requests of a graph sent, one after the other, and the chain at the end. Both worlds
/// agree on it.
fn sent(graph: &Graph) -> (Vec<Sent>, Chain) {
    let program = program();
    compare(graph, &program).expect("the enclave does what the model does");
    let mut chain = super::chain(graph, &program);
    let stored = Rc::new(RefCell::new(chain.pairs()));
    let mut sent = Vec::new();
    for request in &graph.requests {
        sent.push(enclave::ask(&stored, graph, &chain, request).0.sent);
        chain = reference::ask(graph, &chain, request).1;
    }
    (sent, chain)
}

/// An upload paid for what its `init` wrote into another subcontract. Its removal gave all of that
/// back while the bytes stayed, so the enclave, which had nothing of its own, paid with other
/// subcontracts' balances. What each entry cost is known of it now, and comes back when it goes.
#[test]
fn a_removal_does_not_pay_with_the_balances_of_others() {
    const BALANCE: u128 = 10u128.pow(24);
    const DEPOSIT: u128 = 10u128.pow(23);
    let writes = vec![step(Act::Set("a".to_owned(), 1_000))];
    let script = |method: &str, steps| BTreeMap::from([(method.to_owned(), steps)]);
    let (from, id) = ("y.near".to_owned(), "c@y.near".to_owned());
    let graph = Graph {
        subcontracts: vec![subcontract("a@x.near", BALANCE), subcontract("e@x.near", 0)],
        own_yocto: 0,
        scripts: BTreeMap::from([
            (id.clone(), script("init", vec![step(Act::Call(call()))])),
            ("e@x.near".to_owned(), script("m0", writes)),
        ]),
        requests: vec![
            Request::Upload {
                from: from.clone(),
                id: id.clone(),
                init: Some("init".to_owned()),
                deposit_yocto: DEPOSIT,
            },
            Request::Remove {
                from,
                id,
                deposit_yocto: 0,
            },
        ],
        frames_max: 9,
    };
    let (sent, chain) = sent(&graph);
    let amount = |index: usize| -> u128 {
        let transfers = sent[index].transfers.iter();
        transfers.map(|(_, amount)| amount).sum()
    };
    let (paid, back) = (DEPOSIT - amount(0), amount(1));
    assert!(back > 0 && back < paid, "{back} of {paid} came back");
    assert!(chain.account_yocto >= chain.stake_yocto() + BALANCE);
}

/// A frame kept its deposit and spent as much, so its balance was what it had been, and its account
/// record was not among those to be written when storage was to be paid out of what it kept: the
/// receipt ended with `E_CORRUPT`.
#[test]
fn who_spends_what_it_keeps_still_pays_for_storage() {
    const BALANCE: u128 = 10u128.pow(24);
    const DEPOSIT: u128 = 10u128.pow(23);
    let steps = vec![
        step(Act::Keep(None)),
        step(Act::Transfer {
            to: "z.near".to_owned(),
            amount_yocto: DEPOSIT,
            times: 1,
        }),
        step(Act::Call(call())),
    ];
    let writes = vec![step(Act::Set("a".to_owned(), 1_000))];
    let script = |steps| BTreeMap::from([("m0".to_owned(), steps)]);
    let id = "a@x.near".to_owned();
    let graph = Graph {
        subcontracts: vec![subcontract(&id, BALANCE), subcontract("e@x.near", 0)],
        own_yocto: 0,
        scripts: BTreeMap::from([
            (id.clone(), script(steps)),
            ("e@x.near".to_owned(), script(writes)),
        ]),
        requests: vec![Request::Call {
            from: "y.near".to_owned(),
            id: id.clone(),
            method: "m0".to_owned(),
            deposit_yocto: DEPOSIT,
        }],
        frames_max: 9,
    };
    let (sent, chain) = sent(&graph);
    assert_eq!(sent[0].transfers, [("z.near".to_owned(), DEPOSIT)]);
    let balance = chain.subcontracts[&id].balance_yocto;
    assert!(balance < BALANCE, "storage was paid");
    assert!(chain.account_yocto >= chain.stake_yocto() + balance);
}
