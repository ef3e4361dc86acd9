//! `conclave node`: the chain in the folder: made, shown, moved, kept, brought back.

use conclave_localnet::{AccountId, Chain, dev_account, dev_key};
use serde::Serialize;

use crate::arguments;
use crate::arguments::NodeCommand;
use crate::commands::Context;
use crate::failure::Failed;
use crate::home::{self, DEV_ACCOUNTS};
use crate::report::table;
use crate::units::balance_text;

#[derive(Serialize)]
struct Shown {
    home: String,
    chain_id: String,
    protocol_version: u32,
    height: u64,
    block: String,
    timestamp_ns: String,
    accounts: Vec<DevAccount>,
}

#[derive(Serialize)]
struct DevAccount {
    account: String,
    balance: String,
    #[serde(skip)]
    balance_text: String,
    public_key: String,
    secret_key: String,
}

#[derive(Serialize)]
struct Snapshots {
    snapshots: Vec<String>,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Node) -> anyhow::Result<()> {
    let mut chain = home::open_or_create(&context.global.home)?;
    match &arguments.command {
        None => show(context, &chain),
        Some(NodeCommand::Advance { blocks, seconds }) => {
            chain.advance_time(seconds.saturating_mul(1_000_000_000));
            chain.advance_blocks(*blocks).map_err(Failed::from)?;
            show(context, &chain)
        }
        Some(NodeCommand::Snapshot { name: None }) => list(context, &chain),
        Some(NodeCommand::Snapshot { name: Some(name) }) => {
            chain.snapshot(name).map_err(Failed::from)?;
            list(context, &chain)
        }
        Some(NodeCommand::Restore { name }) => {
            chain.restore(name).map_err(Failed::from)?;
            show(context, &chain)
        }
    }
}

fn list(context: Context<'_>, chain: &Chain) -> anyhow::Result<()> {
    let snapshots = chain.snapshots().map_err(Failed::from)?;
    let listed = Snapshots { snapshots };
    context.report.data(&listed, || listed.snapshots.join("\n"))
}

fn show(context: Context<'_>, chain: &Chain) -> anyhow::Result<()> {
    let head = chain.head();
    let shown = Shown {
        home: context.global.home.display().to_string(),
        chain_id: chain.config().chain_id.clone(),
        protocol_version: chain.config().protocol_version,
        height: head.height,
        block: head.hash.to_string(),
        timestamp_ns: head.timestamp_ns.to_string(),
        accounts: accounts(chain),
    };
    context.report.data(&shown, || text(&shown))?;
    context
        .report
        .note("the keys are derived from the names: they guard nothing of value");
    Ok(())
}

fn accounts(chain: &Chain) -> Vec<DevAccount> {
    let named = DEV_ACCOUNTS.iter().filter_map(|id| id.parse().ok());
    std::iter::once(dev_account())
        .chain(named)
        .filter_map(|id| shown_account(chain, &id))
        .collect()
}

fn shown_account(chain: &Chain, id: &AccountId) -> Option<DevAccount> {
    let balance = chain.account(id)?.amount();
    let key = dev_key(id);
    Some(DevAccount {
        account: id.to_string(),
        balance: balance.as_yoctonear().to_string(),
        balance_text: balance_text(balance),
        public_key: key.public_key().to_string(),
        secret_key: key.to_string(),
    })
}

fn text(shown: &Shown) -> String {
    let rows = shown.accounts.iter().map(|it| {
        vec![
            it.account.clone(),
            it.balance_text.clone(),
            it.secret_key.clone(),
        ]
    });
    format!(
        "chain {} in {}, protocol {}\nblock {} {}\n\n{}",
        shown.chain_id,
        shown.home,
        shown.protocol_version,
        shown.height,
        shown.block,
        table(&["account", "balance", "secret key"], rows.collect())
    )
}
