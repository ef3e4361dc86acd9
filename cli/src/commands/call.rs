//! `conclave call`: one method of one subcontract, in a transaction.

use crate::arguments;
use crate::commands::{Context, checked_id, signer_of};
use crate::enclave::{Attached, Call, Enclave, GAS_DEFAULT, parse_json};
use crate::home;
use crate::trace::frame_node;
use crate::tree;
use crate::units::gas_text;

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Call) -> anyhow::Result<()> {
    let id = checked_id(&arguments.id)?;
    let call = Call {
        id: arguments.id.clone(),
        method: arguments.method.clone(),
        args: parse_json(&arguments.args, "the argument")?,
        trace: arguments.trace,
    };
    let attached = Attached {
        gas: arguments.signing.gas.unwrap_or(GAS_DEFAULT),
        deposit: arguments.deposit,
    };
    let mut chain = home::open(&context.global.home)?;
    let account = signer_of(arguments.signing.signer.as_ref(), &id)?;
    let signer = home::signer(&mut chain, &account, context.report)?;
    let mut enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let done = enclave.call(&signer, &call, attached)?;
    context.report.data(&done, || done.value.get().to_owned())?;
    for log in &done.logs {
        context.report.note(log);
    }
    if let Some(frame) = &done.trace {
        context.report.note(tree::draw(&frame_node(frame)));
    }
    let gas = gas_text(done.gas);
    context
        .report
        .note(format_args!("{gas} · transaction {}", done.transaction));
    Ok(())
}
