//! `conclave enclave`: deploys the enclave, or shows what its account holds.

use conclave_localnet::{Balance, Chain};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::arguments;
use crate::artefacts::Artefacts;
use crate::code::Code;
use crate::commands::{Context, confirm};
use crate::deploy::{self, DeployPlan, Request, Sent, Way};
use crate::enclave::Enclave;
use crate::failure::Failed;
use crate::home;
use crate::report::Report;
use crate::units::{balance_text, bytes_text, gas_text};

#[derive(Serialize)]
struct Deployed {
    plan: DeployPlan,
    is_dry_run: bool,
    transactions: Vec<Sent>,
    gas: u64,
}

#[derive(Serialize)]
struct Shown {
    account: String,
    balance: String,
    storage_bytes: u64,
    contract_bytes: u64,
    contract_sha256: String,
    /// `none`, `loader`, `enclave` or `other`.
    state: &'static str,
    upload: Option<conclave_abi::loader::UploadStatus>,
    subcontracts: Option<usize>,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Enclave) -> anyhow::Result<()> {
    match arguments {
        arguments::Enclave::Deploy(arguments) => deploy(context, arguments),
        arguments::Enclave::Status => status(context),
    }
}

fn deploy(context: Context<'_>, arguments: &arguments::EnclaveDeploy) -> anyhow::Result<()> {
    let artefacts = Artefacts::read(arguments.wasm.as_deref(), arguments.loader.as_deref())?;
    let account = &context.global.enclave;
    let request = Request {
        account,
        code: &artefacts.enclave,
        loader: &artefacts.loader,
        tables: &artefacts.tables,
        owner: arguments.owner.as_ref().unwrap_or(account),
        allowance_bytes: arguments.allowance_bytes,
        chunk_bytes: arguments.chunk_bytes,
    };
    let mut chain = home::open_or_create(&context.global.home)?;
    let plan = deploy::plan(&chain, &request)?;
    context.report.note(plan_text(&plan));
    let transactions = if arguments.dry_run || plan.transactions == 0 {
        Vec::new()
    } else {
        if !arguments.yes {
            confirm::ask(
                context.report,
                "confirm with --yes, or look first with --dry-run",
            )?;
        }
        execute(context.report, &mut chain, &request, &plan)?
    };
    let deployed = Deployed {
        gas: transactions.iter().map(|sent| sent.gas).sum(),
        is_dry_run: arguments.dry_run,
        transactions,
        plan,
    };
    context.report.data(&deployed, || deployed_text(&deployed))
}

fn execute(
    report: Report,
    chain: &mut Chain,
    request: &Request<'_>,
    plan: &DeployPlan,
) -> Result<Vec<Sent>, Failed> {
    let bar = report.progress(plan.bytes, "sending");
    let sent = deploy::execute(chain, request, plan, &mut |sent| {
        if sent.step == "chunk" {
            bar.inc(sent.bytes);
        }
    });
    bar.finish_and_clear();
    sent
}

/// The plan for people: what is sent, what it burns, what it stakes.
pub(super) fn plan_text(plan: &DeployPlan) -> String {
    let near = |yocto| balance_text(Balance::from_yoctonear(yocto));
    let way = match &plan.way {
        Way::Nothing if plan.transactions == 0 => {
            return format!("{} holds this contract already", plan.account);
        }
        Way::Nothing => "which holds it already, but not its tables".to_owned(),
        Way::Direct => "in one transaction".to_owned(),
        Way::Chunks {
            chunks,
            missing,
            is_resumed,
            ..
        } => {
            let verb = if *is_resumed { "resumed: " } else { "" };
            format!(
                "{verb}{} of {chunks} chunks through the loader",
                missing.len()
            )
        }
    };
    format!(
        "deploy {} to {}, {way}\n  \
         transactions  {}\n  \
         gas           about {}, {}\n  \
         stake         {} for its storage, {} while chunks are stored\n  \
         balance       {}, {} to be added",
        bytes_text(plan.bytes),
        plan.account,
        plan.transactions,
        gas_text(plan.gas),
        near(plan.gas_price_total),
        near(plan.stake),
        near(plan.stake_peak),
        near(plan.balance),
        near(plan.funding),
    )
}

fn deployed_text(deployed: &Deployed) -> String {
    let sent = deployed.transactions.iter().map(|sent| {
        let index = sent.chunk.map_or(String::new(), |it| format!(" {it}"));
        let step = format!("{}{index}", sent.step);
        format!(
            "{step:<10} {:>14}  {}\n",
            gas_text(sent.gas),
            sent.transaction
        )
    });
    sent.collect()
}

fn status(context: Context<'_>) -> anyhow::Result<()> {
    let mut chain = home::open(&context.global.home)?;
    let id = &context.global.enclave;
    let Some(account) = chain.account(id) else {
        let message = format!("account {id} does not exist");
        let failed = Failed::own(Code::EnclaveAbsent, message);
        return Err(failed
            .hint("deploy the enclave with: conclave enclave deploy")
            .into());
    };
    let code = chain.code(id).unwrap_or_default();
    let loader = deploy::loader_status(&chain, id);
    let subcontracts = Enclave::new(&mut chain, id.clone()).subcontracts("", usize::MAX);
    let shown = Shown {
        account: id.to_string(),
        balance: account.amount().as_yoctonear().to_string(),
        storage_bytes: account.storage_usage(),
        contract_bytes: code.len() as u64,
        contract_sha256: hex::encode(Sha256::digest(&code)),
        state: match (&loader, &subcontracts) {
            (Some(_), _) => "loader",
            (None, Ok(_)) => "enclave",
            (None, Err(_)) if code.is_empty() => "none",
            (None, Err(_)) => "other",
        },
        upload: loader.and_then(|it| it.upload),
        subcontracts: subcontracts.ok().map(|it| it.len()),
    };
    context.report.data(&shown, || shown_text(&shown))
}

fn shown_text(shown: &Shown) -> String {
    let yocto = shown.balance.parse().unwrap_or(0);
    let mut text = format!(
        "account       {}\nstate         {}\nbalance       {}\nstorage       {}\ncontract      {}, sha256 {}\n",
        shown.account,
        shown.state,
        balance_text(Balance::from_yoctonear(yocto)),
        bytes_text(shown.storage_bytes),
        bytes_text(shown.contract_bytes),
        shown.contract_sha256,
    );
    if let Some(upload) = &shown.upload {
        let all = upload.present.len() + upload.missing.len();
        let present = upload.present.len();
        text += &format!("upload        {present} of {all} chunks\n");
    }
    if let Some(count) = shown.subcontracts {
        text += &format!("subcontracts  {count}\n");
    }
    text
}
