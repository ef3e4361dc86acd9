//! `conclave remove`: a subcontract and its state go away.

use crate::arguments;
use crate::commands::{Context, checked_id, signer_of};
use crate::enclave::{Attached, Enclave, GAS_DEFAULT};
use crate::home;
use crate::units::gas_text;

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
    context.report.data(&done, || arguments.id.clone())?;
    let gas = gas_text(done.gas);
    context
        .report
        .note(format_args!("{gas} · transaction {}", done.transaction));
    Ok(())
}
