//! `conclave compile`: a subcontract's code is compiled for the engine that is deployed now.

use crate::arguments;
use crate::commands::{Context, checked_id, signer_of};
use crate::enclave::{Attached, Enclave, GAS_DEFAULT};
use crate::home;
use crate::units::gas_text;

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Compile) -> anyhow::Result<()> {
    let id = checked_id(&arguments.id)?;
    let attached = Attached {
        gas: arguments.signing.gas.unwrap_or(GAS_DEFAULT),
        ..Attached::default()
    };
    let mut chain = home::open(&context.global.home)?;
    let account = signer_of(arguments.signing.signer.as_ref(), &id)?;
    let signer = home::signer(&mut chain, &account, context.report)?;
    let mut enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let done = enclave.compile(&signer, &arguments.id, attached)?;
    context.report.data(&done, || match done.value.was_stale {
        true => format!("{} is compiled", arguments.id),
        false => format!("{} was ready already", arguments.id),
    })?;
    context.report.note(format_args!(
        "{} · transaction {}",
        gas_text(done.gas),
        done.transaction
    ));
    Ok(())
}
