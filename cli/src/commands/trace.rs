//! `conclave trace`: the tree of a transaction's receipts, with the frames that ran in each; where a method
//! waited, its receipts in their order.

use conclave_localnet::{Chain, CryptoHash, TransactionOutcome};
use serde::Serialize;

use crate::arguments;
use crate::commands::{Context, parse_hash};
use crate::enclave::Enclave;
use crate::failure::{Exit, Failed};
use crate::flows::Course;
use crate::home;
use crate::timeline::drawing;
use crate::trace::{ReceiptNode, receipt_node, receipts};
use crate::tree;

#[derive(Serialize)]
struct Traced {
    #[serde(flatten)]
    root: ReceiptNode,
    #[serde(flatten)]
    course: Course,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Trace) -> anyhow::Result<()> {
    let hash = parse_hash(&arguments.transaction)?;
    let mut chain = home::open(&context.global.home)?;
    let outcome = outcome(&chain, &hash)?;
    let mut enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let traced = Traced {
        root: receipts(&outcome),
        course: enclave.course(&outcome)?,
    };
    let signer = &outcome.transaction.signer_id;
    context
        .report
        .data(&traced, || text(&traced, signer.as_str()))?;
    context
        .report
        .note("columns: gas, of which in the frame itself, outcome; frames are known for calls with --trace");
    Ok(())
}

fn text(Traced { root, course }: &Traced, signer: &str) -> String {
    let title = format!(
        "transaction {} by {signer} in block {}",
        root.id, root.block
    );
    if course.has_flow() {
        let picture = drawing::draw(&course.receipts, course.flow.as_ref());
        return format!("{title}\n{picture}");
    }
    let mut node = receipt_node(root);
    node.label = title;
    tree::draw(&node)
}

/// Looks up what became of a transaction.
pub(super) fn outcome(chain: &Chain, hash: &CryptoHash) -> Result<TransactionOutcome, Failed> {
    chain.transaction(hash)?.ok_or_else(|| {
        let message = format!("there is no transaction {hash}");
        Failed::new(Exit::NotFound, "E_TX_UNKNOWN", message)
            .hint("see the last ones with: conclave logs --json")
    })
}
