//! Accounts, keys, nonces and storage stake.

mod contract;

use conclave_localnet::{
    Action, Balance, ChainError, FunctionCall, Signer, SubmitError, TransactionOutcome, dev_signer,
};
use contract::{Stage, id, pair};
use near_crypto::{InMemorySigner, KeyType, SecretKey};
use near_primitives::account::{AccessKey, AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::{
    AddKeyAction, CreateAccountAction, DeleteAccountAction, DeleteKeyAction, StakeAction,
    TransferAction,
};
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};

fn limited_key(stage: &mut Stage, allowance: Balance) -> Signer {
    let secret = SecretKey::from_seed(KeyType::ED25519, "limited");
    let permission = FunctionCallPermission {
        allowance: Some(allowance),
        receiver_id: "probe.near".to_owned(),
        method_names: vec!["set".to_owned()],
    };
    let access_key = AccessKey {
        nonce: 0,
        permission: AccessKeyPermission::FunctionCall(permission),
    };
    let add = AddKeyAction {
        public_key: secret.public_key(),
        access_key,
    };
    let alice = id("alice.near");
    let done = stage
        .chain
        .transact(&stage.alice, &alice, vec![Action::AddKey(Box::new(add))]);
    assert!(done.expect("an outcome").is_success());
    InMemorySigner::from_secret_key(alice, secret)
}

fn invalid(result: Result<TransactionOutcome, ChainError>) -> InvalidTxError {
    match result {
        Err(ChainError::Submit(SubmitError::Invalid(error))) => error,
        other => panic!("expected an invalid transaction, got {other:?}"),
    }
}

#[test]
fn a_limited_key_calls_only_its_method_and_spends_only_its_allowance() {
    let mut stage = Stage::new();
    let key = limited_key(&mut stage, Balance::from_near(1));
    let probe = stage.probe.clone();
    let set = || FunctionCall::new("set", pair(b"k", b"v"));
    assert!(
        stage
            .chain
            .call(&key, &probe, set())
            .expect("an outcome")
            .is_success()
    );
    let wrong = invalid(stage.chain.call(&key, &probe, FunctionCall::new("get", "")));
    let expected = InvalidAccessKeyError::MethodNameMismatch {
        method_name: "get".to_owned(),
    };
    assert_eq!(wrong, InvalidTxError::InvalidAccessKeyError(expected));
    let wrong = invalid(
        stage
            .chain
            .call(&key, &probe, set().deposit(Balance::from_yoctonear(1))),
    );
    let expected = InvalidAccessKeyError::DepositWithFunctionCall;
    assert_eq!(wrong, InvalidTxError::InvalidAccessKeyError(expected));
    stage.chain.advance_blocks(2).expect("blocks");
    let left = stage
        .chain
        .access_key(&id("alice.near"), &key.public_key())
        .expect("the key");
    let AccessKeyPermission::FunctionCall(permission) = left.permission else {
        panic!("another")
    };
    let left = permission.allowance.expect("an allowance");
    // The refund came back to the allowance: only burnt gas is gone.
    assert!(
        left < Balance::from_near(1) && left > Balance::from_millinear(990),
        "{left}"
    );
}

#[test]
fn a_key_without_enough_allowance_is_refused() {
    let mut stage = Stage::new();
    let key = limited_key(&mut stage, Balance::from_millinear(1));
    let probe = stage.probe.clone();
    let refused = invalid(stage.chain.call(&key, &probe, FunctionCall::new("set", "")));
    let is_allowance = matches!(
        refused,
        InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance { .. })
    );
    assert!(is_allowance, "{refused:?}");
}

#[test]
fn a_transaction_counts_once_and_nonces_only_rise() {
    let mut stage = Stage::new();
    let transfer = || {
        vec![Action::Transfer(TransferAction {
            deposit: Balance::from_near(1),
        })]
    };
    let probe = stage.probe.clone();
    let first = stage
        .chain
        .sign(&stage.alice, &probe, transfer())
        .expect("a key");
    let hash = stage.chain.submit(first.clone()).expect("valid");
    let again = stage.chain.submit(first.clone()).expect_err("a refusal");
    assert_eq!(again.code(), "E_TX_DUPLICATE");
    stage.chain.run(&hash).expect("an outcome");
    let again = stage.chain.submit(first.clone()).expect_err("a refusal");
    assert_eq!(again.code(), "E_TX_DUPLICATE");
    let nonce = first.transaction.nonce().nonce();
    let key = stage
        .chain
        .access_key(&id("alice.near"), &stage.alice.public_key())
        .expect("a key");
    assert_eq!(key.nonce, nonce);
    let mut old = stage
        .chain
        .sign(&stage.alice, &probe, transfer())
        .expect("a key")
        .transaction;
    if let near_primitives::transaction::Transaction::V0(old) = &mut old {
        old.nonce = nonce;
        old.actions.extend(transfer());
    }
    let (hash, _) = old.get_hash_and_size();
    let signed = conclave_localnet::SignedTransaction::new(stage.alice.sign(hash.as_ref()), old);
    let refused = stage.chain.submit(signed).expect_err("a refusal");
    let expected = InvalidTxError::InvalidNonce {
        tx_nonce: nonce,
        ak_nonce: nonce,
    };
    assert!(matches!(refused, SubmitError::Invalid(error) if error == expected));
}

#[test]
fn a_forged_signature_and_an_unknown_block_are_refused() {
    let mut stage = Stage::new();
    let actions = vec![Action::Transfer(TransferAction {
        deposit: Balance::from_near(1),
    })];
    let probe = stage.probe.clone();
    let good = stage
        .chain
        .sign(&stage.alice, &probe, actions)
        .expect("a key");
    let forged = stage.owner.sign(good.get_hash().as_ref());
    let forged = conclave_localnet::SignedTransaction::new(forged, good.transaction.clone());
    let refused = stage.chain.submit(forged).expect_err("a refusal");
    assert!(matches!(
        refused,
        SubmitError::Invalid(InvalidTxError::InvalidSignature)
    ));
    let mut other = good.transaction;
    if let near_primitives::transaction::Transaction::V0(other) = &mut other {
        other.block_hash = conclave_localnet::CryptoHash::hash_bytes(b"nowhere");
    }
    let (hash, _) = other.get_hash_and_size();
    let signed = conclave_localnet::SignedTransaction::new(stage.alice.sign(hash.as_ref()), other);
    let refused = stage.chain.submit(signed).expect_err("a refusal");
    assert!(matches!(
        refused,
        SubmitError::Invalid(InvalidTxError::Expired)
    ));
}

#[test]
fn an_account_must_hold_tokens_for_what_it_stores() {
    let mut stage = Stage::new();
    let before = stage.chain.account(&stage.probe);
    let bytes = 2_000_000_u32.to_le_bytes();
    let failure = format!("{:?}", stage.call("fill", &bytes).status);
    assert!(failure.contains("LackBalanceForState"), "{failure}");
    assert_eq!(stage.chain.account(&stage.probe), before);
    assert_eq!(stage.chain.state(&stage.probe, b""), vec![]);
    let call = FunctionCall::new("fill", bytes).deposit(Balance::from_near(20));
    assert!(stage.send(call).is_success());
    let usage = stage
        .chain
        .account(&stage.probe)
        .expect("the account")
        .storage_usage();
    let extra = stage
        .chain
        .runtime_config()
        .fees
        .storage_usage_config
        .num_extra_bytes_record;
    assert_eq!(
        usage - before.expect("the account").storage_usage(),
        2_000_000 + 2 + extra
    );
}

#[test]
fn a_batch_is_all_or_nothing() {
    let mut stage = Stage::new();
    let alice = stage.balance("alice.near");
    let actions = vec![
        Action::CreateAccount(CreateAccountAction {}),
        Action::Transfer(TransferAction {
            deposit: Balance::from_near(5),
        }),
        Action::DeleteKey(Box::new(DeleteKeyAction {
            public_key: stage.owner.public_key(),
        })),
    ];
    let child = id("child.alice.near");
    let outcome = stage
        .chain
        .transact(&stage.alice, &child, actions)
        .expect("an outcome");
    let failure = format!("{:?}", outcome.status);
    assert!(
        failure.contains("DeleteKeyDoesNotExist") && failure.contains("index: Some(2)"),
        "{failure}"
    );
    assert_eq!(stage.chain.account(&child), None);
    stage.block();
    let paid = alice
        .checked_sub(stage.balance("alice.near"))
        .expect("a cost");
    assert!(paid < Balance::from_millinear(10), "{paid}");
}

#[test]
fn accounts_are_created_by_their_parents_and_deleted_into_their_beneficiary() {
    let mut stage = Stage::new();
    let child = stage
        .chain
        .create_account(&id("child.alice.near"), Balance::from_near(7))
        .expect("one");
    let refused = stage
        .chain
        .create_account(&id("a.nobody.near"), Balance::ZERO)
        .expect_err("no parent");
    assert_eq!(refused.code(), "E_KEY_UNKNOWN");
    stage
        .chain
        .create_account(&id("top"), Balance::from_near(1))
        .expect("by the registrar");
    let create = vec![Action::CreateAccount(CreateAccountAction {})];
    let outcome = stage
        .chain
        .transact(&stage.alice, &id("tip"), create)
        .expect("an outcome");
    assert!(format!("{:?}", outcome.status).contains("CreateAccountOnlyByRegistrar"));
    let probe = stage.balance("probe.near");
    let delete = DeleteAccountAction {
        beneficiary_id: stage.probe.clone(),
    };
    let delete = vec![Action::DeleteAccount(delete)];
    let id_child = id("child.alice.near");
    assert!(
        stage
            .chain
            .transact(&child, &id_child, delete)
            .expect("an outcome")
            .is_success()
    );
    stage.block();
    assert_eq!(stage.chain.account(&id_child), None);
    assert_eq!(stage.chain.access_keys(&id_child), vec![]);
    let got = stage
        .balance("probe.near")
        .checked_sub(probe)
        .expect("an inheritance");
    assert!(
        got > Balance::from_millinear(6_900) && got <= Balance::from_near(7),
        "{got}"
    );
}

#[test]
fn a_transfer_to_an_implicit_account_creates_it() {
    let mut stage = Stage::new();
    let secret = SecretKey::from_seed(KeyType::ED25519, "implicit");
    let key = secret.public_key();
    let name: String = key
        .key_data()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let deposit = Balance::from_near(2);
    let pay = vec![Action::Transfer(TransferAction { deposit })];
    let outcome = stage
        .chain
        .transact(&stage.alice, &id(&name), pay)
        .expect("an outcome");
    assert!(outcome.is_success(), "{:?}", outcome.status);
    assert_eq!(stage.balance(&name), deposit);
    stage.block();
    let signer = InMemorySigner::from_secret_key(id(&name), secret);
    let back = vec![Action::Transfer(TransferAction {
        deposit: Balance::from_near(1),
    })];
    let outcome = stage
        .chain
        .transact(&signer, &id("alice.near"), back)
        .expect("an outcome");
    assert!(outcome.is_success());
}

#[test]
fn what_the_chain_does_not_run_is_refused_by_name() {
    let mut stage = Stage::new();
    let public_key = stage.alice.public_key();
    let stake = StakeAction {
        stake: Balance::from_near(1),
        public_key: public_key.clone(),
    };
    let alice = id("alice.near");
    let actions = vec![Action::Stake(Box::new(stake))];
    let outcome = stage
        .chain
        .transact(&stage.alice, &alice, actions)
        .expect("an outcome");
    assert!(format!("{:?}", outcome.status).contains("InsufficientStake"));
    let gas_key = AddKeyAction {
        public_key,
        access_key: AccessKey::gas_key_full_access(1),
    };
    let refused = invalid(stage.chain.transact(
        &stage.alice,
        &alice,
        vec![Action::AddKey(Box::new(gas_key))],
    ));
    assert!(refused.to_string().contains("GasKeys"), "{refused}");
}

#[test]
fn a_stranger_cannot_change_an_account() {
    let mut stage = Stage::new();
    let key = AddKeyAction {
        public_key: dev_signer(&id("mallory.near")).public_key(),
        access_key: AccessKey::full_access(),
    };
    let probe = stage.probe.clone();
    let add = vec![Action::AddKey(Box::new(key))];
    let outcome = stage
        .chain
        .transact(&stage.alice, &probe, add)
        .expect("an outcome");
    assert!(format!("{:?}", outcome.status).contains("ActorNoPermission"));
}
