//! One file per command. Each reads its arguments, asks the library, prints what came.

mod call;
mod collect;
mod compile;
mod completions;
mod confirm;
mod demo;
mod enclave;
mod flow;
mod flows;
mod logs;
mod ls;
mod node;
mod proof;
mod remove;
mod state;
mod storage_bill;
mod trace;
mod upload;
mod view;

use std::io::Read;
use std::path::Path;

use conclave_abi::id::SubcontractId;
use conclave_localnet::{AccountId, CryptoHash};

use crate::arguments::{Cli, Command, Global};
use crate::code::Code;
use crate::failure::{Exit, Failed};
use crate::report::Report;

/// What every command gets.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) global: &'a Global,
    pub(crate) report: Report,
}

/// Runs one command.
///
/// # Errors
/// A [`Failed`] where the failure has a code; anything else is internal.
pub fn run(cli: Cli, report: &Report) -> anyhow::Result<()> {
    let context = Context {
        global: &cli.global,
        report: *report,
    };
    match &cli.command {
        Command::Node(arguments) => node::run(context, arguments),
        Command::Enclave(arguments) => enclave::run(context, arguments),
        Command::Upload(arguments) => upload::run(context, arguments),
        Command::Call(arguments) => call::run(context, arguments),
        Command::View(arguments) => view::run(context, arguments),
        Command::Compile(arguments) => compile::run(context, arguments),
        Command::Remove(arguments) => remove::run(context, arguments),
        Command::Collect(arguments) => collect::run(context, arguments),
        Command::Flows(arguments) => flows::run(context, arguments),
        Command::Flow(arguments) => flow::run(context, arguments),
        Command::Ls(arguments) => ls::run(context, arguments),
        Command::State(arguments) => state::run(context, arguments),
        Command::StorageBill(arguments) => storage_bill::run(context, arguments),
        Command::Logs(arguments) => logs::run(context, arguments),
        Command::Trace(arguments) => trace::run(context, arguments),
        Command::Demo(arguments) => demo::run(context, arguments),
        Command::Completions(arguments) => completions::run(arguments),
    }
}

/// Checks the name of a subcontract before anything is sent.
fn checked_id(id: &str) -> Result<SubcontractId, Failed> {
    SubcontractId::parse(id).map_err(|error| {
        Failed::new(Exit::Rejected, "E_BAD_ID", error.to_string())
            .hint("write e.g. token@alice.near")
    })
}

/// Who signs: as told, or the account behind the `@`.
fn signer_of(told: Option<&AccountId>, id: &SubcontractId) -> Result<AccountId, Failed> {
    match told {
        Some(account) => Ok(account.clone()),
        None => id.account().parse().map_err(|error| {
            Failed::new(
                Exit::Rejected,
                "E_BAD_ID",
                format!("{}: {error}", id.account()),
            )
        }),
    }
}

/// Reads a file; `-` is stdin.
fn read_file(path: &Path) -> Result<Vec<u8>, Failed> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes.map_err(|error| {
        let message = format!("cannot read {}: {error}", path.display());
        Failed::own(Code::File, message)
    })
}

/// Reads the hash of a transaction.
fn parse_hash(text: &str) -> Result<CryptoHash, Failed> {
    text.parse().map_err(|_| {
        let message = format!("{text:?} is not the hash of a transaction");
        Failed::own(Code::Hash, message).hint("take it from what call or upload printed")
    })
}
