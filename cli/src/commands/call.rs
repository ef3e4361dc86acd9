//! `conclave call`: one method of one subcontract, in a transaction.

use conclave_abi::request::FlowState;
use serde::Serialize;

use crate::arguments;
use crate::commands::flow::next_text;
use crate::commands::{Context, checked_id, signer_of};
use crate::enclave::{Attached, Call, Enclave, GAS_DEFAULT, parse_json};
use crate::flows::{Called, Course, Status};
use crate::home;
use crate::timeline::{Step, drawing};
use crate::trace::frame_node;
use crate::tree;
use crate::units::gas_text;

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    called: &'a Called,
    /// The method that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<&'a FlowState>,
    /// With `--trace`: the transaction's receipts in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts: Option<&'a [Step]>,
}

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
    let called = enclave.call_and_wait(&signer, &call, attached)?;
    report_called(context, &called)
}

/// Tells what a call came to; where its method waits, what to do next.
pub(super) fn report_called(context: Context<'_>, called: &Called) -> anyhow::Result<()> {
    let Called { done, course, .. } = called;
    let receipts = done.trace.as_ref().map(|_| course.receipts.as_slice());
    let flow = course.flow.as_ref();
    let shown = Shown {
        called,
        flow,
        receipts,
    };
    context.report.data(&shown, || match called.status {
        Status::Done => done.value.get().to_owned(),
        Status::Waits | Status::Parked => String::new(),
    })?;
    for log in &done.logs {
        context.report.note(log);
    }
    if let Some(frame) = &done.trace {
        context.report.note(match course.has_flow() {
            true => drawing::draw(&course.receipts, course.flow.as_ref()),
            false => tree::draw(&frame_node(frame)),
        });
    }
    let gas = gas_text(done.gas);
    let transaction = &done.transaction;
    context
        .report
        .note(format_args!("{gas} · transaction {transaction}"));
    if called.status != Status::Done {
        context.report.note(waiting_text(called));
    }
    Ok(())
}

/// What waits, for what, and what a person can do.
fn waiting_text(called: &Called) -> String {
    let Course { flow, .. } = &called.course;
    let Some(state) = flow else {
        let transaction = &called.done.transaction;
        return format!(
            "it is not done: something outside waits; see: conclave trace {transaction}"
        );
    };
    let texts = drawing::flow_texts(state);
    let texts: String = texts.iter().map(|text| format!("\n  {text}")).collect();
    format!(
        "it is not done: {} of {} waits, as flow {}{texts}\n{}",
        state.method,
        state.id,
        state.flow,
        next_text(state)
    )
}
