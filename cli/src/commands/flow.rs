//! `conclave flow`: a method that waits: shown, tried again, given up; a promise whose time is over, ended.

use conclave_abi::request::{self, FlowState};
use conclave_localnet::{AccountId, Balance, Signer};

use crate::arguments::Signing;
use crate::arguments::flow::{Flow, OfFlow};
use crate::code::Code;
use crate::commands::call::report_called;
use crate::commands::flows::payers_text;
use crate::commands::{Context, checked_id, signer_of};
use crate::enclave::{Attached, Enclave, GAS_DEFAULT};
use crate::failure::Failed;
use crate::home;
use crate::timeline::drawing::flow_texts;
use crate::units::{balance_text, bytes_text, gas_text};

pub(crate) fn run(context: Context<'_>, arguments: &Flow) -> anyhow::Result<()> {
    match arguments {
        Flow::Show { id, flow } => show(context, id, flow),
        Flow::Retry(of) => retry(context, of),
        Flow::Abort(of) => abort(context, of),
        Flow::Expire { token, signing } => expire(context, token, signing),
    }
}

fn show(context: Context<'_>, id: &str, flow: &str) -> anyhow::Result<()> {
    checked_id(id)?;
    let mut chain = home::open(&context.global.home)?;
    let enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let found = enclave.flow(&named(id, flow));
    let found = found.map_err(|failed| where_listed(failed, id))?;
    context.report.data(&found, || text(&found))?;
    context.report.note(next_text(&found));
    Ok(())
}

fn retry(context: Context<'_>, of: &OfFlow) -> anyhow::Result<()> {
    let request = named(&of.id, &of.flow);
    with_signer(context, &of.id, &of.signing, |enclave, signer, attached| {
        let called = enclave.retry(signer, &request, attached);
        let hint = "only a parked method is tried again; see: conclave flow show";
        let called = called.map_err(|failed| when_refused(where_listed(failed, &of.id), hint))?;
        report_called(context, &called)
    })
}

fn abort(context: Context<'_>, of: &OfFlow) -> anyhow::Result<()> {
    let request = named(&of.id, &of.flow);
    with_signer(context, &of.id, &of.signing, |enclave, signer, attached| {
        let done = enclave.abort(signer, &request, attached);
        let hint = "sign with --as as who called the method, or as the account behind the @";
        let done = done.map_err(|failed| when_refused(where_listed(failed, &of.id), hint))?;
        context.report.data(&done, || of.flow.clone())?;
        let (gas, transaction) = (gas_text(done.gas), &done.transaction);
        let note = format!("{gas} · transaction {transaction}");
        context.report.note(note);
        Ok(())
    })
}

fn expire(context: Context<'_>, token: &str, signing: &Signing) -> anyhow::Result<()> {
    let Some((id, _)) = token.split_once(':') else {
        let message = format!("{token:?} is not the token of a promise");
        return Err(Failed::own(Code::Args, message)
            .hint("pass what near.yield gave, as conclave flow show tells it")
            .into());
    };
    let request = request::Expire {
        token: token.to_owned(),
    };
    with_signer(context, id, signing, |enclave, signer, attached| {
        let done = enclave.expire(signer, &request, attached);
        let hint = "let blocks pass with: conclave node advance BLOCKS";
        let done = done.map_err(|failed| when_refused(failed, hint))?;
        context.report.data(&done, || match done.value {
            true => "the promise has ended".to_owned(),
            false => "nobody waits for this promise any more".to_owned(),
        })?;
        let (gas, transaction) = (gas_text(done.gas), &done.transaction);
        let note = format!("{gas} · transaction {transaction}");
        context.report.note(note);
        Ok(())
    })
}

fn with_signer(
    context: Context<'_>,
    id: &str,
    signing: &Signing,
    body: impl FnOnce(&mut Enclave<'_>, &Signer, Attached) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let id = checked_id(id)?;
    let attached = Attached {
        gas: signing.gas.unwrap_or(GAS_DEFAULT),
        ..Attached::default()
    };
    let mut chain = home::open(&context.global.home)?;
    let account: AccountId = signer_of(signing.signer.as_ref(), &id)?;
    let signer = home::signer(&mut chain, &account, context.report)?;
    let mut enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    body(&mut enclave, &signer, attached)
}

fn named(id: &str, flow: &str) -> request::OfFlow {
    request::OfFlow {
        id: id.to_owned(),
        flow: flow.to_owned(),
    }
}

/// Says what to do where the enclave does not allow something.
fn when_refused(failed: Failed, hint: &str) -> Failed {
    match failed.code.as_str() {
        "E_NOT_ALLOWED" => failed.hint(hint),
        _ => failed,
    }
}

/// Says where the flows are that there are.
fn where_listed(failed: Failed, id: &str) -> Failed {
    match failed.code.as_str() {
        "E_UNKNOWN_FLOW" => {
            failed.hint(format!("see which methods wait with: conclave flows {id}"))
        }
        _ => failed,
    }
}

fn text(flow: &FlowState) -> String {
    let left = flow.left_yocto.parse().unwrap_or_default();
    let state = flow_texts(flow);
    let state: String = state.iter().map(|it| format!("state    {it}\n")).collect();
    format!(
        "flow     {} of {}\n\
         method   {}, called by {}, began in block {}\n\
         {state}\
         storage  {}, paid by {}\n\
         deposit  {} left",
        flow.flow,
        flow.id,
        flow.method,
        flow.caller,
        flow.height,
        bytes_text(flow.bytes),
        payers_text(&flow.payers),
        balance_text(Balance::from_yoctonear(left)),
    )
}

/// What a person can do about a method that waits.
pub(super) fn next_text(state: &FlowState) -> String {
    let FlowState { id, flow, .. } = state;
    if state.parked.is_some() {
        return format!(
            "try again with: conclave flow retry {id} {flow}\n\
             give it up with: conclave flow abort {id} {flow}"
        );
    }
    let open = state.waits.iter().find_map(|wait| {
        let (token, deadline) = (wait.token.as_ref()?, wait.deadline?);
        Some(format!(
            "it goes on when a method settles the promise: near.resume('{token}', value)\n\
             from block {deadline} on anybody ends it: conclave flow expire {token}\n\
             let blocks pass with: conclave node advance BLOCKS"
        ))
    });
    let open =
        open.unwrap_or_else(|| "let blocks pass with: conclave node advance BLOCKS".to_owned());
    format!("{open}\ngive it up with: conclave flow abort {id} {flow}")
}
