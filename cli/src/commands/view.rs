//! `conclave view`: one method of one subcontract that changes nothing, without a transaction.

use crate::arguments;
use crate::commands::{Context, checked_id};
use crate::enclave::{Call, Enclave, parse_json};
use crate::home;
use crate::units::gas_text;

pub(crate) fn run(context: Context<'_>, arguments: &arguments::View) -> anyhow::Result<()> {
    checked_id(&arguments.id)?;
    let call = Call {
        id: arguments.id.clone(),
        method: arguments.method.clone(),
        args: parse_json(&arguments.args, "the argument")?,
        trace: false,
    };
    let mut chain = home::open(&context.global.home)?;
    let enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let viewed = enclave.view(&call)?;
    context
        .report
        .data(&viewed, || viewed.value.get().to_owned())?;
    for log in &viewed.logs {
        context.report.note(log);
    }
    context.report.note(gas_text(viewed.gas));
    Ok(())
}
