//! `conclave remove`: a subcontract and its state go away.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::arguments;
use crate::commands::collect::report_left;
use crate::commands::{Context, checked_id, signer_of};
use crate::enclave::{Attached, Done, Enclave, GAS_DEFAULT};
use crate::home;
use crate::state;
use crate::units::gas_text;

#[derive(Serialize)]
struct Removed {
    #[serde(flatten)]
    done: Done<Box<RawValue>>,
    /// Whether there is something left to collect under the id.
    is_left: bool,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Remove) -> anyhow::Result<()> {
    let id = checked_id(&arguments.id)?;
    let attached = Attached {
        gas: arguments.signing.gas.unwrap_or(GAS_DEFAULT),
        ..Attached::default()
    };
    let mut chain = home::open(&context.global.home)?;
    let account = signer_of(arguments.signing.signer.as_ref(), &id)?;
    let signer = home::signer(&mut chain, &account, context.report)?;
    let mut enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let done = enclave.remove(&signer, &arguments.id, attached)?;
    let left = state::left(&chain, &context.global.enclave, &arguments.id)?;
    let is_left = left.is_some();
    let removed = Removed { done, is_left };
    context.report.data(&removed, || arguments.id.clone())?;
    let (gas, transaction) = (gas_text(removed.done.gas), &removed.done.transaction);
    context
        .report
        .note(format_args!("{gas} · transaction {transaction}"));
    report_left(context, &arguments.id, is_left);
    Ok(())
}
