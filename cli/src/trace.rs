//! What a transaction did, as a tree: its receipts, and inside an execution its frames.
//!
//! Outcomes of the chain go in; serialisable trees and drawings come out. Frames are known only
//! where the call was traced: then the enclave logs them as one NEP-297 event.

use std::collections::BTreeMap;

use conclave_abi::request::TraceFrame;
use conclave_localnet::{CryptoHash, ReceiptOutcome, TransactionOutcome};
use near_primitives::views::ExecutionStatusView;
use serde::{Deserialize, Serialize};

use crate::tree::Node;
use crate::units::gas_text;

const EVENT: &str = "EVENT_JSON:";

/// One receipt, what it ran, and the receipts that came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptNode {
    /// The receipt's id; of the root, the transaction's hash.
    pub id: String,
    /// Who executed it.
    pub executor: String,
    /// Who sent it.
    pub predecessor: String,
    /// The block in which it was executed.
    pub block: u64,
    /// `ok`, or what failed.
    pub status: String,
    /// The gas burnt by it alone.
    pub gas: u64,
    /// What it logged, without trace events.
    pub logs: Vec<String>,
    /// The frames that ran in it, where they were traced.
    pub frames: Vec<TraceFrame>,
    /// The receipts that came of it.
    pub children: Vec<ReceiptNode>,
}

#[derive(Deserialize)]
struct Event {
    standard: String,
    event: String,
    data: serde_json::Value,
}

/// The frames in a log line, if it is a trace event of the enclave.
#[must_use]
pub fn frames(log: &str) -> Option<Vec<TraceFrame>> {
    let event: Event = serde_json::from_str(log.strip_prefix(EVENT)?).ok()?;
    if event.standard != "conclave" || event.event != "trace" {
        return None;
    }
    serde_json::from_value(event.data).ok()
}

/// The tree of a transaction's receipts.
#[must_use]
pub fn receipts(outcome: &TransactionOutcome) -> ReceiptNode {
    let parts: BTreeMap<CryptoHash, &ReceiptOutcome> = outcome
        .receipts
        .iter()
        .map(|part| (part.id, part))
        .collect();
    receipt(&outcome.transaction_outcome, &parts)
}

fn receipt(part: &ReceiptOutcome, parts: &BTreeMap<CryptoHash, &ReceiptOutcome>) -> ReceiptNode {
    let children = part.outcome.receipt_ids.iter();
    let (frames, logs) = told(&part.outcome.logs);
    ReceiptNode {
        id: part.id.to_string(),
        executor: part.outcome.executor_id.to_string(),
        predecessor: part.predecessor_id.to_string(),
        block: part.block_height,
        status: status_text(&part.outcome.status),
        gas: part.outcome.gas_burnt.as_gas(),
        logs,
        frames,
        children: children
            .filter_map(|id| parts.get(id))
            .map(|child| receipt(child, parts))
            .collect(),
    }
}

/// The frames that a receipt's logs tell of, and the logs that do not.
pub(crate) fn told(logs: &[String]) -> (Vec<TraceFrame>, Vec<String>) {
    let found = logs.iter().filter_map(|log| frames(log)).flatten();
    let plain = logs.iter().filter(|log| frames(log).is_none());
    (found.collect(), plain.cloned().collect())
}

/// `ok`, or the code of what failed.
pub(crate) fn status_text(status: &ExecutionStatusView) -> String {
    match status {
        ExecutionStatusView::SuccessValue(_) | ExecutionStatusView::SuccessReceiptId(_) => {
            "ok".to_owned()
        }
        ExecutionStatusView::Failure(error) => crate::failure::Failed::of_error(error).code,
        ExecutionStatusView::Unknown => "unknown".to_owned(),
    }
}

/// A receipt as a node to be drawn: its frames first, then the receipts that came of it.
#[must_use]
pub fn receipt_node(receipt: &ReceiptNode) -> Node {
    let is_refund = receipt.predecessor == "system";
    let kind = if is_refund { "refund to" } else { "receipt on" };
    let short = receipt.id.get(..8).unwrap_or(&receipt.id);
    let frames = receipt.frames.iter().map(frame_node);
    Node {
        label: format!(
            "{kind} {}  {short}… in block {}",
            receipt.executor, receipt.block
        ),
        figures: vec![gas_text(receipt.gas), String::new(), receipt.status.clone()],
        children: frames
            .chain(receipt.children.iter().map(receipt_node))
            .collect(),
    }
}

/// A frame as a node to be drawn: the gas of all below it, its own, how it ended.
#[must_use]
pub fn frame_node(frame: &TraceFrame) -> Node {
    Node {
        label: format!("{}  {}", frame.id, frame.method),
        figures: vec![
            gas_text(frame.gas),
            gas_text(own_gas(frame)),
            frame.outcome.clone(),
        ],
        children: frame.children.iter().map(frame_node).collect(),
    }
}

/// The gas of a frame without the frames that it called.
#[must_use]
pub fn own_gas(frame: &TraceFrame) -> u64 {
    let below: u64 = frame.children.iter().map(|child| child.gas).sum();
    frame.gas.saturating_sub(below)
}

#[cfg(test)]
mod tests {
    use super::{frames, own_gas};

    #[test]
    fn only_trace_events_of_the_enclave_are_frames() {
        let event = r#"EVENT_JSON:{"standard":"conclave","version":"1.0.0","event":"trace","data":[{"id":"a@b.near","method":"m","gas":9,"outcome":"ok","children":[{"id":"c@b.near","method":"n","gas":4,"outcome":"E_THROW"}]}]}"#;
        let found = frames(event).unwrap();
        assert_eq!((found.len(), own_gas(&found[0])), (1, 5));
        assert_eq!(found[0].children[0].outcome, "E_THROW");
        assert!(frames("a@b.near: hello").is_none());
        assert!(frames(&event.replace("conclave", "nep141")).is_none());
        assert!(frames("EVENT_JSON:{").is_none());
    }
}
