//! `conclave logs`: what one transaction, or the last ones of the enclave, logged.

use conclave_localnet::Chain;
use serde::Serialize;

use crate::arguments;
use crate::commands::{Context, parse_hash};
use crate::failure::Failed;
use crate::home;
use crate::trace::frames;

#[derive(Serialize)]
struct Logged {
    transaction: String,
    block: u64,
    logs: Vec<String>,
}

#[derive(Serialize)]
struct Listed {
    transactions: Vec<Logged>,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Logs) -> anyhow::Result<()> {
    let chain = home::open(&context.global.home)?;
    let hashes = match &arguments.transaction {
        Some(text) => vec![parse_hash(text)?],
        None => {
            let account = &context.global.enclave;
            let latest = chain.transactions_of(account, arguments.last);
            let mut hashes = latest.map_err(Failed::from)?;
            hashes.reverse();
            hashes
        }
    };
    let logged = hashes.iter().map(|hash| logged(&chain, hash));
    let transactions = logged.collect::<Result<_, Failed>>()?;
    let listed = Listed { transactions };
    context.report.data(&listed, || text(&listed.transactions))
}

fn logged(chain: &Chain, hash: &conclave_localnet::CryptoHash) -> Result<Logged, Failed> {
    let outcome = super::trace::outcome(chain, hash)?;
    let logs = outcome.logs();
    let plain = logs.iter().filter(|log| frames(log).is_none());
    Ok(Logged {
        transaction: hash.to_string(),
        block: outcome.transaction_outcome.block_height,
        logs: plain.map(|log| (*log).to_owned()).collect(),
    })
}

fn text(transactions: &[Logged]) -> String {
    let lines = transactions.iter().flat_map(|it| &it.logs);
    lines.map(|line| format!("{line}\n")).collect()
}
