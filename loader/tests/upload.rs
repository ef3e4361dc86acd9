//! The loader's behaviour over a store in memory: what it takes, what it refuses, what it leaves behind.
#![allow(
    clippy::unwrap_used,
    reason = "a test ends where something unexpected happens"
)]

use std::collections::BTreeMap;

use conclave_abi::loader::{
    BeginRequest, CHUNK_BYTES_MAX, CHUNKS_MAX, CONTRACT_BYTES_MAX, ChunkMessage, DeployRequest,
    Hash, Plan, ThenCall, chunk_messages,
};
use conclave_loader::error::LoaderError;
use conclave_loader::platform::{Deployment, Platform};
use conclave_loader::upload;
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use serde_json::json;
use sha2::{Digest, Sha256};

#[derive(Debug, PartialEq, Eq)]
struct Deployed {
    code: Vec<u8>,
    clear_gas: u64,
    then: Option<ThenCall>,
}

/// An account with a loader: its storage, and what it planned to deploy.
#[derive(Default)]
struct Account {
    stored: BTreeMap<Vec<u8>, Vec<u8>>,
    deployed: Option<Deployed>,
    called_by_stranger: bool,
}

impl Platform for Account {
    fn is_own_call(&self) -> bool {
        !self.called_by_stranger
    }
    fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.stored.get(key).cloned()
    }
    fn has(&self, key: &[u8]) -> bool {
        self.stored.contains_key(key)
    }
    fn write(&mut self, key: &[u8], value: &[u8]) {
        self.stored.insert(key.to_vec(), value.to_vec());
    }
    fn remove(&mut self, key: &[u8]) {
        self.stored.remove(key);
    }
    fn sha256(&self, bytes: &[u8]) -> Hash {
        Sha256::digest(bytes).into()
    }
    fn deploy(&mut self, deployment: Deployment<'_>) {
        assert_eq!(deployment.clear_method, "abort");
        self.deployed = Some(Deployed {
            code: deployment.code.to_vec(),
            clear_gas: deployment.clear_gas,
            then: deployment.then.cloned(),
        });
    }
}

const CODE: &[u8] = b"a contract of thirty-one bytes.";

fn plan(code: &[u8], chunk_bytes: u32) -> Plan {
    let bytes = u32::try_from(code.len()).unwrap();
    Plan {
        sha256: Sha256::digest(code).into(),
        bytes,
        chunk_bytes,
    }
}

/// An account on which an upload of `CODE` in chunks of 10 bytes has begun.
fn begun() -> (Account, Plan, Vec<Vec<u8>>) {
    let plan = plan(CODE, 10);
    let mut account = Account::default();
    upload::begin(&mut account, BeginRequest::from(&plan)).unwrap();
    let messages = chunk_messages(&plan, CODE).collect();
    (account, plan, messages)
}

/// An account on which all of `CODE` lies.
fn filled() -> (Account, Plan) {
    let (mut account, plan, messages) = begun();
    for message in &messages {
        upload::put(&mut account, message).unwrap();
    }
    (account, plan)
}

/// Checks that `attempt` fails with `code` and changes nothing.
fn check_refused<T: std::fmt::Debug>(
    account: &mut Account,
    code: &str,
    attempt: impl FnOnce(&mut Account) -> Result<T, LoaderError>,
) {
    let before = account.stored.clone();
    let error = attempt(account).expect_err("it should have been refused");
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(account.stored, before);
    assert_eq!(account.deployed, None);
}

#[test]
fn what_was_cut_is_deployed_whole_and_called() {
    let (mut account, plan) = filled();
    let then = ThenCall {
        method: "new".into(),
        args: json!({ "owner": "alice.near" }),
    };
    upload::deploy(
        &mut account,
        &DeployRequest {
            then: Some(then.clone()),
        },
    )
    .unwrap();
    let deployed = account.deployed.take().unwrap();
    assert_eq!(deployed.code, CODE);
    assert_eq!(deployed.then, Some(then));
    assert!(deployed.clear_gas > 15_000_000 * u64::from(plan.bytes));
}

#[test]
fn the_deploying_receipt_clears_every_record() {
    let (mut account, _) = filled();
    assert_eq!(account.stored.len(), 5);
    upload::abort(&mut account).unwrap();
    assert!(account.stored.is_empty());
    upload::abort(&mut account).unwrap();
}

#[test]
fn an_upload_goes_on_where_it_was_cut_off() {
    let (mut account, plan, messages) = begun();
    upload::put(&mut account, &messages[2]).unwrap();
    upload::put(&mut account, &messages[0]).unwrap();
    upload::begin(&mut account, BeginRequest::from(&plan)).unwrap();
    let under_way = upload::status(&account).unwrap().upload.unwrap();
    assert_eq!(
        (under_way.present, under_way.missing),
        (vec![0, 2], vec![1, 3])
    );
    check_refused(&mut account, "E_LOADER_INCOMPLETE", |account| {
        upload::deploy(account, &DeployRequest::default())
    });
    upload::put(&mut account, &messages[1]).unwrap();
    upload::put(&mut account, &messages[3]).unwrap();
    upload::deploy(&mut account, &DeployRequest::default()).unwrap();
    assert_eq!(account.deployed.unwrap().code, CODE);
}

#[test]
fn a_chunk_sent_again_replaces_the_first() {
    let (mut account, _) = filled();
    let before = account.stored.clone();
    let wrong = ChunkMessage {
        sha256: plan(CODE, 10).sha256,
        offset: 10,
        chunk: b"0123456789",
    };
    upload::put(&mut account, &wrong.encode()).unwrap();
    assert_ne!(account.stored, before);
    check_refused(&mut account, "E_LOADER_HASH", |account| {
        upload::deploy(account, &DeployRequest::default())
    });
    let right = ChunkMessage {
        chunk: &CODE[10..20],
        ..wrong
    };
    upload::put(&mut account, &right.encode()).unwrap();
    assert_eq!(account.stored, before);
    upload::deploy(&mut account, &DeployRequest::default()).unwrap();
}

#[test]
fn a_mixture_is_refused() {
    let (mut account, ..) = begun();
    let other = ChunkMessage {
        sha256: [7; 32],
        offset: 0,
        chunk: &CODE[..10],
    }
    .encode();
    check_refused(&mut account, "E_LOADER_MIXTURE", |account| {
        upload::put(account, &other)
    });
    let other_size = plan(CODE, 11);
    check_refused(&mut account, "E_LOADER_BUSY", |account| {
        upload::begin(account, BeginRequest::from(&other_size))
    });
    let other_whole = plan(b"another contract", 10);
    check_refused(&mut account, "E_LOADER_BUSY", |account| {
        upload::begin(account, BeginRequest::from(&other_whole))
    });
}

#[test]
fn a_chunk_that_does_not_fill_one_place_is_refused() {
    let (mut account, plan, _) = begun();
    for (offset, chunk) in [
        (5, &CODE[5..15]),
        (10, &CODE[10..21]),
        (10, &CODE[10..19]),
        (10, &CODE[..0]),
        (30, &CODE[20..30]),
        (40, &CODE[..10]),
        (u32::MAX, &CODE[..10]),
    ] {
        let message = ChunkMessage {
            sha256: plan.sha256,
            offset,
            chunk,
        }
        .encode();
        check_refused(&mut account, "E_LOADER_PLACE", |account| {
            upload::put(account, &message)
        });
    }
}

#[test]
fn a_plan_over_a_limit_is_refused() {
    let many = CHUNK_BYTES_MAX.min(CONTRACT_BYTES_MAX / (CHUNKS_MAX + 1));
    for (bytes, chunk_bytes) in [
        (0, 10),
        (10, 0),
        (CONTRACT_BYTES_MAX + 1, CHUNK_BYTES_MAX),
        (CONTRACT_BYTES_MAX, CHUNK_BYTES_MAX + 1),
        (CONTRACT_BYTES_MAX, many),
        (u32::MAX, u32::MAX),
    ] {
        let request = BeginRequest {
            sha256: [0; 32],
            bytes,
            chunk_bytes,
        };
        check_refused(&mut Account::default(), "E_LOADER_PLAN", |account| {
            upload::begin(account, request)
        });
    }
}

#[test]
fn a_stranger_can_only_look() {
    let (mut account, plan) = filled();
    account.called_by_stranger = true;
    let message = chunk_messages(&plan, CODE).next().unwrap();
    let begin = |account: &mut Account| upload::begin(account, BeginRequest::from(&plan));
    check_refused(&mut account, "E_LOADER_CALLER", begin);
    check_refused(&mut account, "E_LOADER_CALLER", |account| {
        upload::put(account, &message)
    });
    check_refused(&mut account, "E_LOADER_CALLER", |account| {
        upload::deploy(account, &DeployRequest::default())
    });
    check_refused(&mut account, "E_LOADER_CALLER", |account| {
        upload::abort(account)
    });
    assert!(
        upload::status(&account)
            .unwrap()
            .upload
            .unwrap()
            .missing
            .is_empty()
    );
}

#[test]
fn without_an_upload_there_is_nothing_to_put_or_deploy() {
    let mut account = Account::default();
    let message = chunk_messages(&plan(CODE, 10), CODE).next().unwrap();
    check_refused(&mut account, "E_LOADER_IDLE", |account| {
        upload::put(account, &message)
    });
    check_refused(&mut account, "E_LOADER_IDLE", |account| {
        upload::deploy(account, &DeployRequest::default())
    });
    assert_eq!(
        serde_json::to_value(upload::status(&account).unwrap()).unwrap(),
        json!({ "loader": 1, "upload": null })
    );
}

#[test]
fn bytes_that_are_no_message_are_refused() {
    let (mut account, _, messages) = begun();
    for length in 0..37 {
        check_refused(&mut account, "E_LOADER_MESSAGE", |account| {
            upload::put(account, &messages[0][..length])
        });
    }
    let mut other_version = messages[0].clone();
    other_version[0] = 2;
    check_refused(&mut account, "E_LOADER_MESSAGE", |account| {
        upload::put(account, &other_version)
    });
}

#[test]
fn a_corrupt_record_is_told_and_can_be_cleared() {
    let (mut account, _) = filled();
    account.stored.insert(b"L\0\0\0\x01".to_vec(), vec![9]);
    check_refused(&mut account, "E_LOADER_RECORD", |account| {
        upload::deploy(account, &DeployRequest::default())
    });
    account.stored.insert(b"L".to_vec(), vec![1; 40]);
    check_refused(&mut account, "E_LOADER_RECORD", |account| {
        upload::deploy(account, &DeployRequest::default())
    });
    upload::abort(&mut account).unwrap();
    assert!(account.stored.is_empty());
}

#[test]
fn a_refusal_is_one_json_object() {
    let text = LoaderError::Incomplete {
        missing: vec![3, 4],
    }
    .to_json();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        json,
        json!({ "code": "E_LOADER_INCOMPLETE", "message": "2 chunks are missing, the first at index 3" })
    );
}

proptest! {
    #[test]
    fn any_code_in_any_chunks_in_any_order_comes_out_whole(
        code in prop::collection::vec(any::<u8>(), 1..4_000),
        chunk_bytes in 63_u32..5_000,
        order in any::<u64>(),
    ) {
        let plan = plan(&code, chunk_bytes);
        let mut account = Account::default();
        upload::begin(&mut account, BeginRequest::from(&plan)).unwrap();
        let mut messages: Vec<_> = chunk_messages(&plan, &code).collect();
        let turn = usize::try_from(order % messages.len() as u64).unwrap();
        messages.rotate_left(turn);
        for message in messages {
            upload::put(&mut account, &message).unwrap();
        }
        prop_assert!(upload::status(&account).unwrap().upload.unwrap().missing.is_empty());
        upload::deploy(&mut account, &DeployRequest::default()).unwrap();
        prop_assert_eq!(account.deployed.take().unwrap().code, code);
    }
}
