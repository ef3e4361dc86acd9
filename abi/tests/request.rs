//! Requests and results: their JSON, and what is refused. `docs/spec/requests.md` shows each.

mod document;

use conclave_abi::error::Failure;
use conclave_abi::json::TOO_DEEP;
use conclave_abi::request::{
    Addressed, AskBill, AskFlows, Call, Collect, Collected, Expire, FlowState, Flows, Init, List,
    Named, New, OfFlow, Proof, Prove, Received, Resume, Settle, StateRoot, StorageBill,
    Subcontract, Subcontracts, TraceFrame, Upload, Uploaded,
};
use conclave_abi::tokens::ReturnTokens;
use conclave_abi::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

fn refusal<T: DeserializeOwned>(json: &str) -> String {
    match serde_json::from_str::<T>(json) {
        Ok(_) => panic!("taken: {json}"),
        Err(error) => error.to_string(),
    }
}

fn check_refused<T: DeserializeOwned>(json: &str, expect: &str) {
    let error = refusal::<T>(json);
    assert!(error.starts_with(expect), "{json}: {error}");
}

/// Reads a document's example as a type and writes it again: nothing is lost or added.
fn check_example<T: Serialize + DeserializeOwned>(json: &str) {
    let read: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(serde_json::to_string(&read).expect("plain data"), json);
}

#[test]
fn the_document_shows_each_request_and_result_as_it_is_written() {
    let document = document::text("docs/spec/requests.md");
    let mut seen = BTreeSet::new();
    for (name, lines) in document::blocks(&document, "json") {
        let check = match name.as_str() {
            "New" => check_example::<New>,
            "Upload" => check_example::<Upload>,
            "Uploaded" => check_example::<Uploaded>,
            "Call" => check_example::<Call>,
            "AskBill" => check_example::<AskBill>,
            "StorageBill" => check_example::<StorageBill>,
            "Named" => check_example::<Named>,
            "List" => check_example::<List>,
            "Subcontract" => check_example::<Subcontract>,
            "Subcontracts" => check_example::<Subcontracts>,
            "Collect" => check_example::<Collect>,
            "Collected" => check_example::<Collected>,
            "StateRoot" => check_example::<StateRoot>,
            "Prove" => check_example::<Prove>,
            "Proof" => check_example::<Proof>,
            "Failure" => check_example::<Failure>,
            "TraceFrame" => check_example::<TraceFrame>,
            "Received" => check_example::<Received>,
            "Addressed" => check_example::<Addressed>,
            "AskFlows" => check_example::<AskFlows>,
            "OfFlow" => check_example::<OfFlow>,
            "FlowState" => check_example::<FlowState>,
            "Flows" => check_example::<Flows>,
            "Expire" => check_example::<Expire>,
            "Resume" => check_example::<Resume>,
            "ReturnTokens" => check_example::<ReturnTokens>,
            "Settle" => check_example::<Settle>,
            other => panic!("no type {other}"),
        };
        assert!(!lines.is_empty(), "{name}");
        lines.iter().for_each(|line| check(line));
        seen.insert(name);
    }
    assert_eq!(seen.len(), 27, "{seen:?}");
}

#[test]
fn what_may_be_left_out_has_the_value_that_the_document_says() {
    let call: Call = serde_json::from_str(r#"{"id":"a@b","method":"m"}"#).expect("a call");
    let expect = Call {
        id: "a@b".to_owned(),
        method: "m".to_owned(),
        args: Value::Null,
        trace: false,
    };
    assert_eq!(call, expect);
    let upload: Upload = serde_json::from_str(r#"{"id":"a@b","source":""}"#).expect("an upload");
    assert_eq!(upload.init, None);
    let upload: Upload =
        serde_json::from_str(r#"{"id":"a@b","source":"","init":{}}"#).expect("an upload");
    assert_eq!(
        upload.init,
        Some(Init {
            method: "init".to_owned(),
            args: Value::Null
        })
    );
    let list: List = serde_json::from_str("{}").expect("a list");
    assert_eq!(
        list,
        List {
            from: String::new(),
            limit: None
        }
    );
}

#[test]
fn a_field_that_is_unknown_missing_or_there_twice_is_refused() {
    check_refused::<New>("{}", "missing field `owner`");
    check_refused::<Upload>(r#"{"id":"a@b"}"#, "missing field `source`");
    check_refused::<Call>(r#"{"id":"a@b"}"#, "missing field `method`");
    check_refused::<Call>(r#"{"method":"m"}"#, "missing field `id`");
    check_refused::<Named>(r#"{"id":"a@b","x":1}"#, "unknown field `x`");
    check_refused::<New>(r#"{"owner":"a","owner":"b"}"#, "duplicate field `owner`");
    check_refused::<Call>(
        r#"{"id":"a@b","method":"m","argz":1}"#,
        "unknown field `argz`",
    );
    check_refused::<Upload>(
        r#"{"id":"a@b","source":"","init":{"arg":1}}"#,
        "unknown field `arg`",
    );
    check_refused::<Call>(
        r#"{"id":"a@b","method":"m","args":1,"args":2}"#,
        "duplicate field `args`",
    );
}

#[test]
fn a_field_of_another_kind_is_refused() {
    check_refused::<New>(
        r#"{"owner":1}"#,
        "invalid type: integer `1`, expected a string",
    );
    check_refused::<New>("null", "invalid type: null");
    check_refused::<New>(r#""owner""#, "invalid type: string");
    check_refused::<Call>(
        r#"{"id":"a@b","method":"m","trace":"yes"}"#,
        "invalid type: string \"yes\", expected a boolean",
    );
    check_refused::<List>(
        r#"{"limit":-1}"#,
        "invalid value: integer `-1`, expected u32",
    );
    check_refused::<List>(
        r#"{"limit":1.5}"#,
        "invalid type: floating point `1.5`, expected u32",
    );
    check_refused::<List>(
        r#"{"limit":4294967296}"#,
        "invalid value: integer `4294967296`, expected u32",
    );
}

#[test]
fn arguments_nest_sixty_four_deep_and_no_deeper_wherever_they_stand() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let call = |args: &str| format!(r#"{{"id":"a@b","method":"m","args":{args}}}"#);
    let upload = |args: &str| format!(r#"{{"id":"a@b","source":"","init":{{"args":{args}}}}}"#);
    assert!(serde_json::from_str::<Call>(&call(&nested(64))).is_ok());
    assert!(serde_json::from_str::<Upload>(&upload(&nested(64))).is_ok());
    for depth in [65, 10_000] {
        check_refused::<Call>(&call(&nested(depth)), TOO_DEEP);
        check_refused::<Upload>(&upload(&nested(depth)), TOO_DEEP);
    }
}

#[test]
fn depth_outside_of_arguments_is_refused_too() {
    let nested = "[".repeat(10_000);
    check_refused::<Call>(&format!(r#"{{"id":{nested}"#), "invalid type: sequence");
    check_refused::<Call>(&nested, "invalid type: sequence");
    check_refused::<Call>(&format!(r#"{{"x":{nested}"#), "unknown field `x`");
}
