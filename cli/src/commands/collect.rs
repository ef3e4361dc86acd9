//! `conclave collect`: what removed subcontracts left goes, and who paid for it gets that back.

use std::collections::BTreeMap;

use conclave_abi::id::SubcontractId;
use conclave_abi::request;
use conclave_localnet::{AccountId, Balance, Chain, Signer};
use serde::Serialize;

use crate::arguments;
use crate::commands::{Context, checked_id, signer_of};
use crate::enclave::{Attached, Done, Enclave, GAS_DEFAULT};
use crate::failure::Failed;
use crate::home;
use crate::state::{self, Left};
use crate::units::{balance_text, count_text, gas_text};

/// How many records a transaction removes with `--all` unless told: as many as the enclave allows.
const LIMIT_OF_ALL: u32 = 1_000;

type Step = Done<request::Collected>;

#[derive(Serialize)]
struct Collected {
    id: String,
    records: u64,
    is_left: bool,
    refunds: Vec<Refund>,
    transactions: Vec<String>,
    gas: u64,
}

/// What an account got back.
#[derive(Serialize)]
struct Refund {
    account: String,
    yocto: String,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Collect) -> anyhow::Result<()> {
    let id = checked_id(&arguments.id)?;
    let mut chain = home::open(&context.global.home)?;
    let account = signer_of(arguments.signing.signer.as_ref(), &id)?;
    let signer = home::signer(&mut chain, &account, context.report)?;
    let left = state::left(&chain, &context.global.enclave, &arguments.id)?.unwrap_or_default();
    let before = balances(&chain, &id, &left);

    let mut enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let bar = context.report.count(Some(left.records), "collecting");
    let steps = steps(&mut enclave, &signer, arguments, &mut |step| {
        bar.inc(step.value.records);
    });
    bar.finish_and_clear();
    let steps = steps?;

    let burnt_yocto = steps.iter().map(|step| step.tokens_burnt.parse::<u128>());
    let burnt_yocto = burnt_yocto.sum::<Result<u128, _>>()?;
    let collected = Collected {
        id: arguments.id.clone(),
        records: steps.iter().map(|step| step.value.records).sum(),
        is_left: steps.last().is_some_and(|step| step.value.is_left),
        refunds: refunds(&chain, before, (&account, burnt_yocto)),
        gas: steps.iter().map(|step| step.gas).sum(),
        transactions: steps.into_iter().map(|step| step.transaction).collect(),
    };
    context.report.data(&collected, || text(&collected))?;
    report_left(context, &arguments.id, collected.is_left);
    Ok(())
}

/// Says how to go on where something is left to collect.
pub(super) fn report_left(context: Context<'_>, id: &str, is_left: bool) {
    if is_left {
        context.report.note(format_args!(
            "something is left, with what was paid for it: conclave collect {id} --all"
        ));
    }
}

/// Sends one transaction, or all that it takes.
fn steps(
    enclave: &mut Enclave<'_>,
    signer: &Signer,
    arguments: &arguments::Collect,
    on_step: &mut dyn FnMut(&Step),
) -> Result<Vec<Step>, Failed> {
    let limit_of_all = arguments.all.then_some(LIMIT_OF_ALL);
    let request = request::Collect {
        id: arguments.id.clone(),
        limit: arguments.limit.or(limit_of_all),
    };
    let attached = Attached {
        gas: arguments.signing.gas.unwrap_or(GAS_DEFAULT),
        ..Attached::default()
    };
    let mut steps = Vec::new();
    loop {
        let step = enclave.collect(signer, &request, attached)?;
        on_step(&step);
        let goes_on = arguments.all && step.value.is_left;
        steps.push(step);
        if !goes_on {
            return Ok(steps);
        }
    }
}

/// The balances of all accounts that may get something back.
fn balances(chain: &Chain, id: &SubcontractId, left: &Left) -> BTreeMap<AccountId, u128> {
    let accounts = left.payers.iter().filter_map(|payer| {
        let account = match SubcontractId::parse(payer) {
            Ok(subcontract) => subcontract.account().to_owned(),
            Err(_) if payer.is_empty() => id.account().to_owned(),
            Err(_) => payer.clone(),
        };
        account.parse::<AccountId>().ok()
    });
    let balance = |account: AccountId| {
        let balance = balance_of(chain, &account)?;
        Some((account, balance))
    };
    accounts.filter_map(balance).collect()
}

/// By how much balances have grown, the gas that the signer paid left out.
fn refunds(
    chain: &Chain,
    before: BTreeMap<AccountId, u128>,
    (signer, burnt_yocto): (&AccountId, u128),
) -> Vec<Refund> {
    let grown = before.into_iter().filter_map(|(account, before)| {
        let burnt_yocto = if account == *signer { burnt_yocto } else { 0 };
        let after = balance_of(chain, &account)? + burnt_yocto;
        let yocto = after.checked_sub(before).filter(|grown| *grown > 0)?;
        Some(Refund {
            account: account.to_string(),
            yocto: yocto.to_string(),
        })
    });
    grown.collect()
}

fn balance_of(chain: &Chain, account: &AccountId) -> Option<u128> {
    Some(chain.account(account)?.amount().as_yoctonear())
}

fn text(collected: &Collected) -> String {
    let refunds = collected.refunds.iter().map(|refund| {
        let yocto = refund.yocto.parse().unwrap_or_default();
        let near = balance_text(Balance::from_yoctonear(yocto));
        format!("refund   {} got {near}\n", refund.account)
    });
    let refunds: String = refunds.collect();
    let is_left = match collected.is_left {
        true => "some are left",
        false => "none is left",
    };
    format!(
        "records  {} removed, {is_left}\n{refunds}gas      {} in {}",
        count_text(collected.records),
        gas_text(collected.gas),
        match collected.transactions.len() {
            1 => "1 transaction".to_owned(),
            count => format!("{count} transactions"),
        },
    )
}
