//! Records of flows: what is written is what is read.

use super::{FlowRecord, Open, SectionRecord, Wait};
use crate::flow::flow_key;
use crate::journal::Purse;
use crate::outbox::{Awaited, Child, Form};
use crate::record::tests::block;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key::Kind;
use conclave_abi::value::Value;
use conclave_engine::port::LockMode;

fn record() -> FlowRecord {
    FlowRecord {
        code_hash: [7; 32],
        method: "pay".to_owned(),
        args: Value::Array(vec![Value::Bool(true)]),
        caller: "bob.near".to_owned(),
        deposit_yocto: 5,
        purse: Purse {
            left_yocto: 4,
            is_kept: true,
            kept_yocto: 1,
        },
        is_traced: false,
        height: 9,
        timestamp_ns: 10,
        waits_made: 2,
        waits: vec![
            Wait {
                number: 1,
                height: 9,
                promises: vec![Awaited {
                    number: 3,
                    form: Form::Bytes,
                }],
                is_cancelled: true,
                child: None,
                open: None,
            },
            Wait {
                number: 2,
                height: 9,
                promises: vec![Awaited {
                    number: 4,
                    form: Form::Json,
                }],
                is_cancelled: false,
                child: None,
                open: Some(Open {
                    data_id: [3; 32],
                    deadline: 209,
                    is_resumed: false,
                    resumers: vec!["oracle@bob.near".to_owned()],
                }),
            },
            Wait {
                number: 3,
                height: 9,
                promises: vec![Awaited {
                    number: 5,
                    form: Form::Ended,
                }],
                is_cancelled: false,
                child: Some(Child {
                    id: "child@bob.near".to_owned(),
                    flow: "0123456789abcdef01234567".to_owned(),
                    is_cancelled: true,
                }),
                open: None,
            },
        ],
        result: Some([4; 32]),
        section: Some(SectionRecord {
            at: 7,
            until: 300,
            locks: vec![(LockMode::Write, vec![1, 2]), (LockMode::Read, Vec::new())],
        }),
        checkpoint: Some(Value::Undefined),
        parked: Some(Failure::new(ErrorCode::Diverged, "other")),
        history: vec![1, 2, 3],
        come: vec![4],
    }
}

#[test]
fn a_record_is_read_as_it_was_written_and_nothing_else_is() {
    let bytes = record().to_bytes();
    assert_eq!(FlowRecord::from_bytes(&bytes), Ok(record()));
    for end in 0..bytes.len() {
        assert!(FlowRecord::from_bytes(&bytes[..end]).is_err(), "{end}");
    }
}

#[test]
fn the_purse_does_not_change_the_length() {
    let rich = FlowRecord {
        purse: Purse {
            left_yocto: u128::MAX,
            ..Purse::default()
        },
        ..record()
    };
    assert_eq!(rich.to_bytes().len(), record().to_bytes().len());
}

#[test]
fn the_document_shows_the_keys_of_flows() {
    let lines = block("keys flow");
    assert_eq!(lines.len(), 1);
    for line in lines {
        let (key, token) = line.split_once(' ').expect("key and token");
        let token: String = serde_json::from_str(token).expect("a JSON string");
        let key = hex::decode(key.replace('.', "")).expect("digits");
        assert_eq!(flow_key(&token), Ok(key.clone()), "{line}");
        assert_eq!(Kind::Flows.name(&key), Some(token.as_str()), "{line}");
    }
}
