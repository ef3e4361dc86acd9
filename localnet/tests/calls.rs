//! Calls, promises, refunds and rollback, on NEAR's VM.

mod contract;

use conclave_localnet::{Balance, FunctionCall, Gas, TransactionOutcome};
use contract::{Stage, pair};
use near_parameters::ActionCosts;
use near_primitives::action::{Action, TransferAction};
use near_primitives::views::ExecutionStatusView;

fn check(method: &str, args: &[u8], expected: &[u8]) -> (Stage, TransactionOutcome) {
    let mut stage = Stage::new();
    let outcome = stage.call(method, args);
    assert_eq!(outcome.value(), Some(expected), "{:?}", outcome.status);
    (stage, outcome)
}

#[test]
fn a_written_value_can_be_read_viewed_listed_and_removed() {
    let mut stage = Stage::new();
    assert!(stage.call("set", &pair(b"key", b"value")).is_success());
    assert_eq!(stage.call("get", b"key").value(), Some(&b"value"[..]));
    let viewed = stage
        .chain
        .view(&stage.probe, "get", b"key")
        .expect("a view");
    assert_eq!(viewed.result, b"value");
    assert!(viewed.gas_burnt > Gas::ZERO);
    let listed = vec![(b"key".to_vec(), b"value".to_vec())];
    assert_eq!(stage.chain.state(&stage.probe, b"k"), listed);
    assert_eq!(stage.chain.state(&stage.probe, b"x"), vec![]);
    assert!(stage.call("remove", b"key").is_success());
    assert_eq!(stage.call("get", b"key").value(), Some(&b""[..]));
}

#[test]
fn a_view_changes_nothing_and_says_why_it_failed() {
    let stage = Stage::new();
    let failed = stage
        .chain
        .view(&stage.probe, "set", &pair(b"k", b"v"))
        .expect_err("a refusal");
    assert!(failed.to_string().contains("view"), "{failed}");
    assert_eq!(stage.chain.state(&stage.probe, b""), vec![]);
    let failed = stage
        .chain
        .view(&stage.probe, "fail", b"")
        .expect_err("a panic");
    assert!(failed.to_string().contains("stop right there"), "{failed}");
    let failed = stage
        .chain
        .view(&contract::id("alice.near"), "get", b"")
        .expect_err("no code");
    assert_eq!(failed.code(), "E_CONTRACT_ABSENT");
    let failed = stage
        .chain
        .view(&contract::id("nobody.near"), "get", b"")
        .expect_err("nobody");
    assert_eq!(failed.code(), "E_ACCOUNT_UNKNOWN");
}

#[test]
fn a_callback_gets_the_result_of_the_call_before_it() {
    check("chain", b"hello", b"1hello");
}

#[test]
fn a_callback_gets_the_result_that_a_returned_promise_hands_on() {
    check("chain_handed_on", b"hello", b"1hello");
}

#[test]
fn a_callback_learns_that_the_call_before_it_failed() {
    let (_, outcome) = check("chain_failed", b"", b"2");
    let is_failure = |status: &_| matches!(status, ExecutionStatusView::Failure(_));
    assert_eq!(
        outcome
            .receipts
            .iter()
            .filter(|it| is_failure(&it.outcome.status))
            .count(),
        1
    );
}

#[test]
fn joined_promises_give_their_results_in_order() {
    check("join", b"xyz", b"1xyz21x");
}

#[test]
fn each_hop_of_a_receipt_takes_one_block() {
    let (stage, outcome) = check("chain", b"hello", b"1hello");
    let taken = outcome.transaction_outcome.block_height;
    let probe = stage.probe.clone();
    let calls = outcome
        .receipts
        .iter()
        .filter(|it| it.outcome.executor_id == probe);
    let heights: Vec<_> = calls.map(|it| it.block_height - taken).collect();
    // The call, the promise that it made, the callback one data receipt later.
    assert_eq!(heights, vec![1, 2, 3]);
}

#[test]
fn a_failed_receipt_leaves_no_write_no_transfer_and_gives_the_deposit_back() {
    let mut stage = Stage::new();
    let (alice, probe) = (stage.balance("alice.near"), stage.balance("probe.near"));
    let account = stage.chain.account(&stage.probe);
    let call = FunctionCall::new("half_done", "alice.near").deposit(Balance::from_near(3));
    let outcome = stage.send(call);
    let failure = outcome.failure().expect("a failure").to_string();
    assert!(failure.contains("stop right there"), "{failure}");
    assert_eq!(outcome.logs(), vec!["half done"]);
    assert_eq!(stage.chain.state(&stage.probe, b""), vec![]);
    assert_eq!(stage.chain.account(&stage.probe), account);
    assert_eq!(stage.balance("probe.near"), probe);
    let paid = alice
        .checked_sub(stage.balance("alice.near"))
        .expect("a cost");
    assert_eq!(paid, outcome.tokens_burnt());
    assert!(paid < Balance::from_millinear(100));
}

#[test]
fn a_contract_can_pay_and_the_signer_pays_only_for_gas_that_was_burnt() {
    let mut stage = Stage::new();
    let (alice, probe) = (stage.balance("alice.near"), stage.balance("probe.near"));
    let outcome = stage.call("pay", b"registrar");
    assert!(outcome.is_success());
    let paid = alice
        .checked_sub(stage.balance("alice.near"))
        .expect("a cost");
    assert_eq!(paid, outcome.tokens_burnt());
    let spent = probe
        .checked_sub(stage.balance("probe.near"))
        .expect("a payment");
    assert_eq!(spent, Balance::from_yoctonear(1));
}

#[test]
fn a_transfer_costs_what_nears_parameters_say() {
    let mut stage = Stage::new();
    let alice = stage.balance("alice.near");
    let deposit = Balance::from_near(1);
    let action = Action::Transfer(TransferAction { deposit });
    let probe = stage.probe.clone();
    let outcome = stage
        .chain
        .transact(&stage.alice, &probe, vec![action])
        .expect("an outcome");
    let fees = &stage.chain.runtime_config().fees;
    let (receipt, transfer) = (
        fees.fee(ActionCosts::new_action_receipt),
        fees.fee(ActionCosts::transfer),
    );
    let send = receipt.send_fee(false).gas.as_gas() + transfer.send_fee(false).gas.as_gas();
    let execution = receipt.exec_fee().gas.as_gas() + transfer.exec_fee().gas.as_gas();
    assert_eq!(outcome.transaction_outcome.outcome.gas_burnt.as_gas(), send);
    assert_eq!(outcome.receipts[0].outcome.gas_burnt.as_gas(), execution);
    stage.chain.advance_blocks(2).expect("blocks");
    let burnt = u128::from(send + execution) * stage.chain.head().gas_price.as_yoctonear();
    let paid = alice
        .checked_sub(stage.balance("alice.near"))
        .expect("a cost");
    assert_eq!(paid.as_yoctonear(), deposit.as_yoctonear() + burnt);
}

#[test]
fn gas_that_is_left_is_shared_by_weight() {
    let mut stage = Stage::new();
    assert!(stage.call("share", b"").is_success());
    let notes = stage.chain.state(&stage.probe, b"");
    let gas = |index: usize| {
        let bytes: [u8; 8] = notes[index].1.as_slice().try_into().expect("eight bytes");
        u64::from_le_bytes(bytes)
    };
    assert!(gas(0) > 0);
    assert!(gas(1).abs_diff(3 * gas(0)) <= 3, "{} {}", gas(0), gas(1));
}

#[test]
fn a_call_without_end_burns_its_gas_and_no_more() {
    let mut stage = Stage::new();
    let gas = Gas::from_teragas(5);
    let outcome = stage.send(FunctionCall::new("spin", "").gas(gas));
    let failure = outcome.failure().expect("a failure").to_string();
    assert!(failure.contains("Exceeded the prepaid gas"), "{failure}");
    let burnt = outcome.receipts[0].outcome.gas_burnt;
    assert!(burnt >= gas && burnt < Gas::from_teragas(7), "{burnt}");
}

#[test]
fn unknown_methods_and_absent_contracts_fail_as_on_near() {
    let mut stage = Stage::new();
    let failure = format!("{:?}", stage.call("nothing", b"").status);
    assert!(failure.contains("MethodNotFound"), "{failure}");
    stage.probe = contract::id("alice.near");
    let failure = format!("{:?}", stage.call("set", b"").status);
    assert!(failure.contains("CodeDoesNotExist"), "{failure}");
}

#[test]
fn the_random_seed_differs_by_block_and_not_by_run() {
    let seeds = || {
        let mut stage = Stage::new();
        [
            stage.call("random_seed", b"").value().map(<[u8]>::to_vec),
            stage.call("random_seed", b"").value().map(<[u8]>::to_vec),
        ]
    };
    let [first, second] = seeds();
    assert!(first.as_ref().is_some_and(|seed| seed.len() == 32));
    assert_ne!(first, second);
    assert_eq!(seeds(), [first, second]);
}

#[test]
fn an_outcome_has_a_gas_profile_becomes_json_and_is_found_again() {
    let mut stage = Stage::new();
    let outcome = stage.call("set", &pair(b"key", b"value"));
    let profile = outcome.receipts[0].gas_profile();
    let cost = |name: &str| {
        profile
            .iter()
            .find(|it| it.cost == name)
            .map(|it| it.gas_used)
    };
    let base = stage.chain.runtime_config().wasm_config.ext_costs.clone();
    let expected = base.gas_cost(near_parameters::ExtCosts::storage_write_base);
    assert_eq!(cost("STORAGE_WRITE_BASE"), Some(expected));
    let json = serde_json::to_value(&outcome).expect("JSON");
    assert_eq!(json["receipts"][0]["outcome"]["executor_id"], "probe.near");
    let found = stage.chain.transaction(&outcome.hash()).expect("a read");
    assert_eq!(found, Some(outcome.clone()));
    let listed = stage
        .chain
        .transactions_of(&contract::id("alice.near"), 1)
        .expect("a list");
    assert_eq!(listed, vec![outcome.hash()]);
}

#[test]
fn every_protocol_version_runs_the_contract() {
    for protocol_version in 84..=88 {
        let config = conclave_localnet::ChainConfig {
            protocol_version,
            ..Default::default()
        };
        let chain = conclave_localnet::Chain::in_memory(config).expect("a chain");
        let mut stage = Stage::on(chain);
        assert_eq!(stage.call("join", b"xyz").value(), Some(&b"1xyz21x"[..]));
    }
    let config = conclave_localnet::ChainConfig {
        protocol_version: 89,
        ..Default::default()
    };
    let refused = conclave_localnet::Chain::in_memory(config)
        .err()
        .expect("a refusal");
    assert_eq!(refused.code(), "E_PROTOCOL_VERSION");
}

#[test]
fn a_new_account_costs_what_nears_parameters_say_beyond_its_gas() {
    let mut stage = Stage::new();
    let before = stage.balance("near");
    let deposit = Balance::from_near(1);
    stage
        .chain
        .create_account(&contract::id("bob.near"), deposit)
        .expect("an account");
    stage.chain.advance_blocks(2).expect("blocks");
    let hash = stage
        .chain
        .transactions_of(&contract::id("bob.near"), 1)
        .expect("a list")[0];
    let outcome = stage
        .chain
        .transaction(&hash)
        .expect("a read")
        .expect("an outcome");
    let config = stage.chain.runtime_config();
    let price = stage.chain.head().gas_price.as_yoctonear();
    let creation = config
        .fees
        .fee(ActionCosts::create_account)
        .exec_fee()
        .gas
        .as_gas();
    let charge = config.account_creation_charge.as_yoctonear() - u128::from(creation) * price;
    let created = &outcome.receipts[0].outcome;
    let gas = u128::from(created.gas_burnt.as_gas()) * price;
    assert_eq!(created.tokens_burnt.as_yoctonear(), gas + charge);
    let paid = before
        .checked_sub(stage.balance("near"))
        .expect("a cost")
        .as_yoctonear();
    assert_eq!(
        paid,
        deposit.as_yoctonear() + outcome.tokens_burnt().as_yoctonear()
    );
}

#[test]
fn the_contract_keeps_a_share_of_its_gas_only_where_near_still_pays_it() {
    for (protocol_version, is_paid) in [(86, true), (87, false)] {
        let config = conclave_localnet::ChainConfig {
            protocol_version,
            ..Default::default()
        };
        let mut stage = Stage::on(conclave_localnet::Chain::in_memory(config).expect("a chain"));
        let before = stage.balance("probe.near");
        assert!(stage.call("echo", b"x").is_success());
        assert_eq!(
            stage.balance("probe.near") > before,
            is_paid,
            "protocol {protocol_version}"
        );
    }
}

#[test]
fn time_passes_by_blocks_and_can_be_advanced() {
    let mut stage = Stage::new();
    let start = stage.chain.head().timestamp_ns;
    stage.block();
    let step = stage.chain.config().block_time_ns;
    assert_eq!(stage.chain.head().timestamp_ns, start + step);
    stage.chain.advance_time(3_600_000_000_000);
    stage.block();
    assert_eq!(
        stage.chain.head().timestamp_ns,
        start + 2 * step + 3_600_000_000_000
    );
    stage.block();
    assert_eq!(
        stage.chain.head().timestamp_ns,
        start + 3 * step + 3_600_000_000_000
    );
}

#[test]
fn a_chain_can_be_moved_to_another_thread() {
    let mut stage = Stage::new();
    let outcome = std::thread::spawn(move || stage.call("echo", b"there"))
        .join()
        .expect("a thread");
    assert_eq!(outcome.value(), Some(&b"there"[..]));
}
