//! Deployments on a chain in memory: what was planned is what is burnt, and one that was cut off goes on.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use conclave_cli::deploy::{self, Way};
use conclave_cli::failure::Exit;
use support::{account, artefacts, chain, request};

#[test]
fn the_planned_gas_is_within_a_tenth_of_what_is_burnt() {
    let artefacts = artefacts();
    let mut chain = chain(&artefacts);
    let account = account();
    let request = request(&account, &artefacts);
    let plan = deploy::plan(&chain, &request).unwrap();
    let sent = deploy::execute(&mut chain, &request, &plan, &mut |_| {}).unwrap();

    let burnt: u64 = sent.iter().map(|it| it.gas).sum();
    assert!(plan.gas >= burnt, "planned {}, burnt {burnt}", plan.gas);
    assert!(
        plan.gas <= burnt + burnt / 10,
        "planned {}, burnt {burnt}",
        plan.gas
    );
    let used = chain.account(&account).unwrap().storage_usage();
    let stake = u128::from(used)
        * chain
            .runtime_config()
            .storage_amount_per_byte()
            .as_yoctonear();
    assert!(
        plan.stake <= stake && stake < plan.stake + plan.stake / 100,
        "{stake} {}",
        plan.stake
    );
}

#[test]
fn an_upload_that_was_cut_off_goes_on_with_what_is_missing() {
    let artefacts = artefacts();
    let mut chain = chain(&artefacts);
    let account = account();
    let request = request(&account, &artefacts);
    let mut plan = deploy::plan(&chain, &request).unwrap();
    let Way::Chunks {
        missing, chunks, ..
    } = &mut plan.way
    else {
        panic!("the contract fits into one transaction");
    };
    let all = *chunks;
    missing.truncate(1); // the process ends after the first chunk
    let failed = deploy::execute(&mut chain, &request, &plan, &mut |_| {}).unwrap_err();
    assert_eq!(
        (failed.exit, failed.code.as_str()),
        (Exit::Contract, "E_LOADER_INCOMPLETE")
    );

    let plan = deploy::plan(&chain, &request).unwrap();
    let Way::Chunks {
        missing,
        is_resumed,
        ..
    } = &plan.way
    else {
        panic!("nothing is resumed: {:?}", plan.way);
    };
    assert!(is_resumed);
    assert_eq!(*missing, (1..all).collect::<Vec<_>>());
    let mut steps = Vec::new();
    deploy::execute(&mut chain, &request, &plan, &mut |sent| {
        steps.push((sent.step, sent.chunk))
    })
    .unwrap();
    let expect = missing.iter().map(|it| ("chunk", Some(*it)));
    let expect = expect.chain([("deploy", None), ("tables", None)]);
    assert_eq!(steps, expect.collect::<Vec<_>>());
    assert_eq!(deploy::plan(&chain, &request).unwrap().way, Way::Nothing);
}

#[test]
fn tables_are_sent_alone_where_the_contract_is_there_without_them() {
    let artefacts = artefacts();
    let mut chain = chain(&artefacts);
    let account = account();
    let mut request = request(&account, &artefacts);
    request.tables = &[];
    let plan = deploy::plan(&chain, &request).unwrap();
    deploy::execute(&mut chain, &request, &plan, &mut |_| {}).unwrap();

    request.tables = &artefacts.tables;
    let plan = deploy::plan(&chain, &request).unwrap();
    assert_eq!((plan.way.clone(), plan.transactions), (Way::Nothing, 1));
    let sent = deploy::execute(&mut chain, &request, &plan, &mut |_| {}).unwrap();
    assert_eq!((sent.len(), sent[0].step), (1, "tables"));
    println!("planned {}, burnt {}", plan.gas, sent[0].gas);
    assert!((sent[0].gas..sent[0].gas + sent[0].gas / 5).contains(&plan.gas));
    assert_eq!(deploy::plan(&chain, &request).unwrap().transactions, 0);
}

#[test]
fn another_upload_under_way_is_replaced() {
    let artefacts = artefacts();
    let mut chain = chain(&artefacts);
    let account = account();
    let mut other = artefacts.enclave.clone();
    other.push(0);
    let mut request = request(&account, &artefacts);
    request.code = &other;
    let mut plan = deploy::plan(&chain, &request).unwrap();
    if let Way::Chunks { missing, .. } = &mut plan.way {
        missing.truncate(1);
    }
    deploy::execute(&mut chain, &request, &plan, &mut |_| {}).unwrap_err();

    request.code = &artefacts.enclave;
    let plan = deploy::plan(&chain, &request).unwrap();
    assert!(matches!(
        plan.way,
        Way::Chunks {
            is_resumed: false,
            ..
        }
    ));
    deploy::execute(&mut chain, &request, &plan, &mut |_| {}).unwrap();
    assert_eq!(chain.code(&account).unwrap(), artefacts.enclave);
}

#[test]
fn a_contract_over_the_limit_is_refused_before_sending() {
    let artefacts = artefacts();
    let chain = chain(&artefacts);
    let account = account();
    let large = vec![0; 5_000_000];
    let mut request = request(&account, &artefacts);
    request.code = &large;
    let failed = deploy::plan(&chain, &request).unwrap_err();
    assert_eq!(
        (failed.exit, failed.code.as_str()),
        (Exit::Rejected, "E_DEPLOY_PLAN")
    );
}
