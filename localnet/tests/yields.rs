//! Yield and resume, and the timeout.

mod contract;

use contract::Stage;
use near_primitives::views::{ActionView, FinalExecutionStatus, ReceiptEnumView};

fn waiting() -> (Stage, conclave_localnet::CryptoHash) {
    let mut stage = Stage::new();
    let hash = stage.submit(conclave_localnet::FunctionCall::new("yield", ""));
    let outcome = stage.settle(&hash);
    assert_eq!(outcome.status, FinalExecutionStatus::Started);
    (stage, hash)
}

#[test]
fn a_yield_waits_until_it_is_resumed() {
    let (mut stage, hash) = waiting();
    stage.chain.advance_blocks(50).expect("blocks");
    assert_eq!(stage.call("resume", b"answer").value(), Some(&b"1"[..]));
    let outcome = stage.chain.run(&hash).expect("an outcome");
    assert_eq!(outcome.value(), Some(&b"answer"[..]));
    assert_eq!(stage.call("resume", b"again").value(), Some(&b"0"[..]));
}

#[test]
fn a_receipt_is_known_while_it_waits_and_afterwards() {
    let (mut stage, hash) = waiting();
    let begun = stage.chain.transaction(&hash).expect("a read");
    let begun = begun.expect("an outcome");
    let called = begun.receipts[0].id;
    let waits = begun.receipts[0].outcome.receipt_ids[0];
    assert_eq!(methods(&stage, &called), ["yield"]);
    assert_eq!(methods(&stage, &waits), ["on_resume"]);
    stage.call("resume", b"answer");
    stage.chain.settle().expect("blocks");
    let done = stage.chain.transaction(&hash).expect("a read");
    assert_eq!(done.expect("an outcome").value(), Some(&b"answer"[..]));
    assert_eq!(methods(&stage, &waits), ["on_resume"]);
    assert_eq!(stage.chain.receipt(&hash).expect("a read"), None);
    let height = stage.chain.head().height;
    stage.chain.settle().expect("no block");
    assert_eq!(stage.chain.head().height, height, "nothing is on its way");
}

/// The methods that a receipt calls.
fn methods(stage: &Stage, id: &conclave_localnet::CryptoHash) -> Vec<String> {
    let receipt = stage.chain.receipt(id).expect("a read").expect("a receipt");
    let ReceiptEnumView::Action { actions, .. } = receipt.receipt else {
        panic!("no actions");
    };
    let methods = actions.into_iter().filter_map(|action| match action {
        ActionView::FunctionCall { method_name, .. } => Some(method_name),
        _ => None,
    });
    methods.collect()
}

#[test]
fn a_yield_times_out_after_as_many_blocks_as_near_says() {
    let (mut stage, hash) = waiting();
    let blocks = stage
        .chain
        .runtime_config()
        .wasm_config
        .limit_config
        .yield_timeout_length_in_blocks;
    assert_eq!(blocks, 200);
    let begun = stage
        .chain
        .transaction(&hash)
        .expect("a read")
        .expect("an outcome");
    let end = begun.receipts[0].block_height + blocks;
    while stage.chain.head().height < end {
        stage.block();
    }
    let status = |stage: &Stage| {
        stage
            .chain
            .transaction(&hash)
            .expect("a read")
            .expect("one")
            .status
    };
    assert_eq!(status(&stage), FinalExecutionStatus::Started);
    stage.block();
    assert_eq!(
        status(&stage),
        FinalExecutionStatus::SuccessValue(b"fail".to_vec())
    );
}

/// Yields and resumes under the id in the input's first 32 bytes.
const WITH_ID: &str = r#"(module
  (import "env" "input" (func $input (param i64)))
  (import "env" "read_register" (func $read_register (param i64 i64)))
  (import "env" "register_len" (func $register_len (param i64) (result i64)))
  (import "env" "value_return" (func $value_return (param i64 i64)))
  (import "env" "promise_return" (func $promise_return (param i64)))
  (import "env" "promise_result" (func $promise_result (param i64 i64) (result i64)))
  (import "env" "promise_yield_create_with_id"
    (func $create (param i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (import "env" "promise_yield_resume_with_yield_id"
    (func $resume (param i64 i64 i64 i64) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "on_resume")
  (func $read (call $input (i64.const 0)) (call $read_register (i64.const 0) (i64.const 1024)))
  (func (export "yield") (local $promise i64)
    (call $read)
    (local.set $promise (call $create (i64.const 9) (i64.const 0) (i64.const 0) (i64.const 0)
      (i64.const 64) (i64.const 10000000000000) (i64.const 0) (i64.const 32) (i64.const 1024)))
    (if (i64.eq (local.get $promise) (i64.const -1))
      (then (call $value_return (i64.const 9) (i64.const 0)))
      (else (call $promise_return (local.get $promise)))))
  (func (export "resume")
    (call $read)
    (i64.store8 (i32.const 512) (i64.add (i64.const 48) (i64.extend_i32_u
      (call $resume (i64.const 32) (i64.const 1024) (i64.const 3) (i64.const 1056)))))
    (call $value_return (i64.const 1) (i64.const 512)))
  (func (export "on_resume")
    (drop (call $promise_result (i64.const 0) (i64.const 1)))
    (call $read_register (i64.const 1) (i64.const 2048))
    (call $value_return (call $register_len (i64.const 1)) (i64.const 2048))))"#;

#[test]
fn a_yield_can_be_resumed_by_an_id_of_ones_own() {
    let mut stage = Stage::new();
    let code = wat::parse_str(WITH_ID).expect("the contract's text is right");
    assert!(
        stage
            .chain
            .deploy(&stage.owner, code)
            .expect("an outcome")
            .is_success()
    );
    let yield_id = [7_u8; 32];
    let hash = stage.submit(conclave_localnet::FunctionCall::new("yield", yield_id));
    assert_eq!(stage.settle(&hash).status, FinalExecutionStatus::Started);
    // The id is taken: no second yield under it.
    let taken = stage.call("yield", &yield_id);
    assert_ne!(
        taken.status,
        FinalExecutionStatus::Started,
        "{:?}",
        taken.status
    );
    assert_eq!(
        stage
            .call("resume", &[[8; 32].as_slice(), b"yes"].concat())
            .value(),
        Some(&b"0"[..])
    );
    let resume = [yield_id.as_slice(), b"yes"].concat();
    assert_eq!(stage.call("resume", &resume).value(), Some(&b"1"[..]));
    assert_eq!(
        stage.chain.run(&hash).expect("an outcome").value(),
        Some(&b"yes"[..])
    );
    assert_eq!(stage.call("resume", &resume).value(), Some(&b"0"[..]));
    let hash = stage.submit(conclave_localnet::FunctionCall::new("yield", yield_id));
    assert_eq!(stage.settle(&hash).status, FinalExecutionStatus::Started);
}
