//! Yield and resume, and the timeout.

mod contract;

use contract::Stage;
use near_primitives::views::FinalExecutionStatus;

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
