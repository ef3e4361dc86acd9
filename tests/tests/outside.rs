//! The contracts of others on the local chain alone: that each does what the tests of the enclave rely on.

use conclave_localnet::{Balance, Chain, ChainConfig, FunctionCall, Gas, TransactionOutcome};
use conclave_tests::outside::{Outside, call, deploy, deploy_token, register, tokens};
use conclave_tests::vm::{account, empty_chain};
use outside_instrument::{FAILS, MALFORMED, REFUSES};
use serde_json::{Value, json};

const TOKEN: &str = "wool.near";
const STRANGER: &str = "stranger.near";
const WATCHER: &str = "watcher.near";
const ALICE: &str = "alice.near";
const BOB: &str = "bob.near";

/// What NEP-141 wants with a transfer.
const ONE_YOCTO: Balance = Balance::from_yoctonear(1);
/// What is attached where it matters who has it afterwards.
const DEPOSIT: Balance = Balance::from_near(5);
/// The longest result that NEAR takes.
const RESULT_BYTES_MAX: u32 = 4 << 20;

fn newest() -> Chain {
    empty_chain(ChainConfig::default().protocol_version)
}

/// A chain with the token, of which alice has 100.
fn with_token() -> Chain {
    let mut chain = newest();
    deploy_token(&mut chain, TOKEN, ALICE, 100);
    chain
}

/// A chain with two instruments.
fn with_instruments() -> Chain {
    let mut chain = newest();
    deploy(&mut chain, STRANGER, Outside::Instrument);
    deploy(&mut chain, WATCHER, Outside::Instrument);
    chain
}

fn transfer(method: &str, args: Value) -> FunctionCall {
    FunctionCall::json(method, &args).deposit(ONE_YOCTO)
}

/// What a call of alice's ends with.
fn ask(chain: &mut Chain, id: &str, method: &str, args: impl Into<Vec<u8>>) -> TransactionOutcome {
    call(chain, ALICE, id, FunctionCall::new(method, args))
}

fn value(outcome: &TransactionOutcome) -> &[u8] {
    let value = outcome.value();
    value.unwrap_or_else(|| panic!("expected a value, got {:?}", outcome.status))
}

fn view(chain: &Chain, id: &str, method: &str, args: &Value) -> Value {
    let outcome = chain.view(&account(id), method, args.to_string().as_bytes());
    outcome.expect("a view").json().expect("JSON")
}

fn check_fails(outcome: &TransactionOutcome, reason: &str) {
    let failure = outcome.failure().map(|failure| format!("{failure:?}"));
    let failure = failure.unwrap_or_else(|| panic!("expected a failure, got {:?}", outcome.status));
    assert!(failure.contains(reason), "{failure}");
}

/// Whole NEAR that an account has; gas is far below one.
fn near(chain: &Chain, id: &str) -> u128 {
    let account = chain.account(&account(id)).expect("an account of this id");
    let half = Balance::from_millinear(500).as_yoctonear();
    (account.amount().as_yoctonear() + half) / Balance::from_near(1).as_yoctonear()
}

#[test]
fn the_token_gives_all_to_its_owner_once() {
    let mut chain = with_token();
    assert_eq!(tokens(&chain, TOKEN, ALICE), 100);
    assert_eq!(tokens(&chain, TOKEN, BOB), 0);
    let supply = view(&chain, TOKEN, "ft_total_supply", &json!({}));
    assert_eq!(supply, "100");
    let metadata = view(&chain, TOKEN, "ft_metadata", &json!({}));
    assert_eq!(metadata["symbol"], "WOOL");
    let again = json!({"owner_id": BOB, "total_supply": "7", "metadata": metadata});
    let again = ask(&mut chain, TOKEN, "new", again.to_string());
    check_fails(&again, "already been initialized");
}

#[test]
fn a_transfer_moves_tokens_to_a_registered_account_alone() {
    let mut chain = with_token();
    let args = json!({"receiver_id": BOB, "amount": "30"});
    let early = call(
        &mut chain,
        ALICE,
        TOKEN,
        transfer("ft_transfer", args.clone()),
    );
    check_fails(&early, "bob.near is not registered");
    register(&mut chain, TOKEN, BOB);
    let free = ask(&mut chain, TOKEN, "ft_transfer", args.to_string());
    check_fails(&free, "1 yoctoNEAR");
    let sent = call(&mut chain, ALICE, TOKEN, transfer("ft_transfer", args));
    assert!(
        sent.logs()[0].contains("\"ft_transfer\""),
        "{:?}",
        sent.logs()
    );
    assert_eq!(tokens(&chain, TOKEN, ALICE), 70);
    assert_eq!(tokens(&chain, TOKEN, BOB), 30);
}

#[test]
fn a_transfer_call_to_an_account_without_a_contract_comes_back() {
    let mut chain = with_token();
    register(&mut chain, TOKEN, BOB);
    let args = json!({"receiver_id": BOB, "amount": "30", "msg": "take it"});
    let outcome = call(&mut chain, ALICE, TOKEN, transfer("ft_transfer_call", args));
    assert_eq!(outcome.json(), Some(json!("0")));
    let back = outcome.logs().last().map(|log| log.contains("\"refund\""));
    assert_eq!(back, Some(true), "{:?}", outcome.logs());
    assert_eq!(tokens(&chain, TOKEN, ALICE), 100);
    assert_eq!(tokens(&chain, TOKEN, BOB), 0);
}

#[test]
fn only_the_token_resolves_its_transfers() {
    let mut chain = with_token();
    let args = json!({"sender_id": BOB, "receiver_id": ALICE, "amount": "100"});
    let forged = ask(&mut chain, TOKEN, "ft_resolve_transfer", args.to_string());
    check_fails(&forged, "private");
    assert_eq!(tokens(&chain, TOKEN, ALICE), 100);
}

#[test]
fn results_are_the_bytes_that_were_asked_for() {
    let mut chain = with_instruments();
    let hostile: [&[u8]; 4] = [b"", b"{\"a\":", &[0xff, 0, 0xc0], b"\"\\ud800\""];
    for bytes in hostile {
        let outcome = ask(&mut chain, STRANGER, "echo", bytes);
        assert_eq!(value(&outcome), bytes);
    }
    let three = ask(&mut chain, STRANGER, "bytes", r#"{"n": 3, "byte": 255}"#);
    assert_eq!(value(&three), [255, 255, 255]);
    let deep = ask(&mut chain, STRANGER, "deep", r#"{"n": 4}"#);
    assert_eq!(value(&deep), b"[[[[]]]]");
    let nothing = ask(&mut chain, STRANGER, "nothing", "");
    assert_eq!(value(&nothing), b"");
}

#[test]
fn a_result_may_have_as_many_bytes_as_near_takes() {
    let mut chain = with_instruments();
    let mut largest = |n: u32| {
        let args = json!({"n": n, "byte": 7}).to_string();
        ask(&mut chain, STRANGER, "bytes", args)
    };
    let (fits, exceeds) = (largest(RESULT_BYTES_MAX), largest(RESULT_BYTES_MAX + 1));
    assert!(value(&fits) == vec![7; RESULT_BYTES_MAX as usize]);
    check_fails(&exceeds, "returned value");
}

#[test]
fn a_failure_says_what_it_was() {
    let mut chain = with_instruments();
    check_fails(&ask(&mut chain, STRANGER, "fail", ""), FAILS);
    check_fails(&ask(&mut chain, STRANGER, "bytes", "{"), MALFORMED);
    check_fails(
        &ask(&mut chain, STRANGER, "add", r#"{"by": -1}"#),
        MALFORMED,
    );
}

#[test]
fn burning_leaves_no_gas() {
    let mut chain = with_instruments();
    let outcome = ask(&mut chain, STRANGER, "burn", "");
    check_fails(&outcome, "Exceeded the prepaid gas");
    let burnt = outcome.receipts[0].outcome.gas_burnt;
    assert!(burnt >= Gas::from_teragas(300), "{burnt}");
}

#[test]
fn what_is_refused_goes_back() {
    let mut chain = with_instruments();
    let refuse = FunctionCall::new("refuse", "").deposit(DEPOSIT);
    check_fails(&call(&mut chain, ALICE, STRANGER, refuse), REFUSES);
    assert_eq!(near(&chain, STRANGER), 1_000);
    assert_eq!(near(&chain, ALICE), 1_000);
}

#[test]
fn what_is_kept_stays_though_its_caller_sees_a_failure() {
    let mut chain = with_instruments();
    let keep = FunctionCall::new("keep_and_fail", "").deposit(DEPOSIT);
    check_fails(&call(&mut chain, ALICE, STRANGER, keep), FAILS);
    assert_eq!(near(&chain, STRANGER), 1_005);
    assert_eq!(near(&chain, ALICE), 995);

    assert_eq!(watched(&mut chain, "keep_and_fail"), "failed");
    assert_eq!(near(&chain, STRANGER), 1_010);
    assert_eq!(near(&chain, WATCHER), 1_000);
}

/// What the watcher sees of a call of the stranger, to whom it passes a deposit on.
fn watched(chain: &mut Chain, method: &str) -> Value {
    let args = json!({"account": STRANGER, "method": method, "args": {}, "gas_tgas": 50});
    let watch = FunctionCall::json("watch", &args).deposit(DEPOSIT);
    let outcome = call(chain, ALICE, WATCHER, watch);
    outcome.json().expect("JSON")
}

#[test]
fn a_watcher_sees_values_and_failures_and_gets_back_what_is_refused() {
    let mut chain = with_instruments();
    assert_eq!(watched(&mut chain, "nothing"), "value");
    assert_eq!(near(&chain, STRANGER), 1_005);
    assert_eq!(watched(&mut chain, "refuse"), "failed");
    assert_eq!(near(&chain, STRANGER), 1_005);
    assert_eq!((near(&chain, WATCHER), near(&chain, ALICE)), (1_005, 990));
    assert_eq!(watched(&mut chain, "burn"), "failed");
    let alone = ask(&mut chain, WATCHER, "seen", "");
    assert_eq!(alone.json(), Some(json!("none")));
}

#[test]
fn the_counter_counts_what_succeeded() {
    let mut chain = with_instruments();
    assert_eq!(view(&chain, STRANGER, "get", &json!({})), 0);
    for (by, sum) in [(2, "2"), (3, "5")] {
        let args = json!({"by": by}).to_string();
        assert_eq!(
            value(&ask(&mut chain, STRANGER, "add", args)),
            sum.as_bytes()
        );
    }
    let starved = FunctionCall::new("add", r#"{"by": 1}"#).gas(Gas::from_gigagas(100));
    let starved = call(&mut chain, ALICE, STRANGER, starved);
    check_fails(&starved, "Exceeded the prepaid gas");
    assert_eq!(view(&chain, STRANGER, "get", &json!({})), 5);
}

#[test]
fn a_forged_call_carries_its_arguments_as_they_are_written() {
    let mut chain = with_instruments();
    let args = r#"{"account":"stranger.near","method":"echo","args":{"b" :1e400},"gas_tgas":10}"#;
    let outcome = ask(&mut chain, WATCHER, "call_back", args);
    assert_eq!(value(&outcome), br#"{"b" :1e400}"#);
}

#[test]
fn a_forged_call_comes_from_the_instrument_with_what_came() {
    let mut chain = with_token();
    deploy(&mut chain, STRANGER, Outside::Instrument);
    register(&mut chain, TOKEN, STRANGER);
    let give = transfer(
        "ft_transfer",
        json!({"receiver_id": STRANGER, "amount": "9"}),
    );
    call(&mut chain, ALICE, TOKEN, give);
    let args = json!({"receiver_id": ALICE, "amount": "4"});
    let forged = json!({"account": TOKEN, "method": "ft_transfer", "args": args, "gas_tgas": 20});
    call(&mut chain, BOB, STRANGER, transfer("call_back", forged));
    assert_eq!(tokens(&chain, TOKEN, STRANGER), 5);
    assert_eq!(tokens(&chain, TOKEN, ALICE), 95);
}

#[test]
fn a_forged_answer_is_before_the_callback() {
    let mut chain = with_instruments();
    let seen = json!({"account": STRANGER, "method": "seen", "args": {}, "gas_tgas": 10});
    let args = json!({"answer": {"any": 1}, "call": seen}).to_string();
    let outcome = ask(&mut chain, WATCHER, "forge", args);
    assert_eq!(outcome.json(), Some(json!("value")));
}

#[test]
fn the_instrument_runs_on_every_protocol() {
    for protocol_version in 84..=88 {
        let mut chain = empty_chain(protocol_version);
        deploy(&mut chain, STRANGER, Outside::Instrument);
        let outcome = ask(&mut chain, STRANGER, "echo", "here");
        assert_eq!(value(&outcome), b"here", "protocol {protocol_version}");
    }
}

#[test]
fn the_token_needs_protocol_88() {
    let mut chain = empty_chain(87);
    deploy(&mut chain, TOKEN, Outside::Token);
    let outcome = ask(&mut chain, TOKEN, "ft_total_supply", "{}");
    check_fails(&outcome, "unknown or invalid import");
}
