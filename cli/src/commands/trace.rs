//! `conclave trace`: the tree of a transaction's receipts, with the frames that ran in each.

use conclave_localnet::{Chain, CryptoHash, TransactionOutcome};

use crate::arguments;
use crate::commands::{Context, parse_hash};
use crate::failure::{Exit, Failed};
use crate::home;
use crate::trace::{receipt_node, receipts};
use crate::tree;

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Trace) -> anyhow::Result<()> {
    let hash = parse_hash(&arguments.transaction)?;
    let chain = home::open(&context.global.home)?;
    let outcome = outcome(&chain, &hash)?;
    let root = receipts(&outcome);
    context.report.data(&root, || {
        let mut node = receipt_node(&root);
        node.label = format!(
            "transaction {} by {} in block {}",
            root.id, outcome.transaction.signer_id, root.block
        );
        tree::draw(&node)
    })?;
    context
        .report
        .note("columns: gas, of which in the frame itself, outcome; frames are known for calls with --trace");
    Ok(())
}

/// Looks up what became of a transaction.
pub(super) fn outcome(chain: &Chain, hash: &CryptoHash) -> Result<TransactionOutcome, Failed> {
    chain.transaction(hash)?.ok_or_else(|| {
        let message = format!("there is no transaction {hash}");
        Failed::new(Exit::NotFound, "E_TX_UNKNOWN", message)
            .hint("see the last ones with: conclave logs --json")
    })
}
