//! `conclave upload`: a JavaScript contract from a file, made smaller, its cost shown, made ready in one
//! receipt.

use std::path::Path;
use std::time::Duration;

use conclave_abi::request::Uploaded;
use conclave_localnet::Balance;
use serde::Serialize;

use crate::arguments::upload::Upload as Arguments;
use crate::code::Code;
use crate::commands::{Context, checked_id, confirm, read_file, signer_of};
use crate::enclave::{Attached, Done, Enclave, Init, UPLOAD_GAS_DEFAULT, Upload, parse_json};
use crate::failure::{Exit, Failed};
use crate::home;
use crate::minify::{Keep, MinifyError, minify};
use crate::rehearsal::{Rehearsed, UploadPlan};
use crate::report::Report;
use crate::units::{balance_text, bytes_text, gas_text};

/// How often a progress line moves.
const TICK: Duration = Duration::from_millis(100);

/// The enclave's codes that name a place in the source.
const SOURCE_CODES: [&str; 3] = ["E_SYNTAX", "E_SOURCE", "E_TOO_DEEP"];

/// An upload, and what it takes.
type Planned = (Upload, UploadPlan);

#[derive(Serialize)]
struct Shown {
    plan: UploadPlan,
    is_dry_run: bool,
    #[serde(flatten)]
    done: Option<Done<Uploaded>>,
}

pub(crate) fn run(context: Context<'_>, arguments: &Arguments) -> anyhow::Result<()> {
    let id = checked_id(&arguments.id)?;
    let written = Upload {
        id: arguments.id.clone(),
        source: read_source(&arguments.source)?,
        init: init(arguments)?,
    };
    let attached = Attached {
        gas: arguments.signing.gas.unwrap_or(UPLOAD_GAS_DEFAULT),
        deposit: arguments.deposit,
    };
    let mut chain = home::open(&context.global.home)?;
    let account = signer_of(arguments.signing.signer.as_ref(), &id)?;
    let rehearsed = Rehearsed {
        chain: &chain,
        enclave: &context.global.enclave,
        account: &account,
        attached,
    };
    let planned = watched(context.report, "trying it out", || {
        plan(rehearsed, written, arguments)
    });
    let (upload, plan) = planned?;
    context.report.note(plan_text(&upload.id, &plan));
    if arguments.ask {
        let hint = "leave --ask out to send it without a question";
        confirm::ask(context.report, hint)?;
    }
    let mut done = None;
    if !arguments.dry_run {
        let signer = home::signer(&mut chain, &account, context.report)?;
        let mut enclave = Enclave::new(&mut chain, context.global.enclave.clone());
        let send = || enclave.upload(&signer, &upload, attached);
        done = Some(watched(context.report, "sending", send)?);
    }
    let is_dry_run = arguments.dry_run;
    show(
        context.report,
        &Shown {
            plan,
            is_dry_run,
            done,
        },
    )
}

/// Makes the source smaller, unless told not to, and tries the upload out.
fn plan(
    rehearsed: Rehearsed<'_>,
    written: Upload,
    arguments: &Arguments,
) -> Result<Planned, Failed> {
    if arguments.no_minify {
        let plan = rehearsed.plan(&written)?;
        return Ok((written, plan));
    }
    let bytes = written.source.len() as u64;
    let minified = match minify(&written.source, &keep(arguments)) {
        Ok(source) => source,
        Err(error) => return Err(as_written(rehearsed, &written, refused(&error))),
    };
    let upload = Upload {
        source: minified,
        ..written.clone()
    };
    match rehearsed.plan(&upload) {
        Ok(plan) => {
            let minified_bytes = Some(plan.bytes);
            Ok((
                upload,
                UploadPlan {
                    bytes,
                    minified_bytes,
                    ..plan
                },
            ))
        }
        Err(failed) => Err(as_written(rehearsed, &written, failed)),
    }
}

fn keep(arguments: &Arguments) -> Keep {
    if arguments.keep.is_empty() {
        return Keep::All;
    }
    let called = arguments.init.iter().map(|_| arguments.init_method.clone());
    Keep::Only(arguments.keep.iter().cloned().chain(called).collect())
}

fn refused(error: &MinifyError) -> Failed {
    let message = error.to_string();
    match error {
        MinifyError::Syntax { .. } => Failed::new(Exit::Rejected, "E_SYNTAX", message),
        MinifyError::NotExported { .. } => Failed::own(Code::Usage, message)
            .hint("name exports of the source with --keep, e.g. --keep transfer,balance"),
        MinifyError::TooLong { .. } => Failed::new(Exit::Rejected, "E_TOO_LARGE", message)
            .hint("the enclave takes 262,144 bytes: split the contract"),
        MinifyError::Failed => Failed::own(Code::Internal, message)
            .hint("send the source as it is written with --no-minify"),
    }
}

/// What the enclave says about the source as it was written: places in it are the author's. Where it takes
/// that, the refusal stands, and there is a way round it.
fn as_written(rehearsed: Rehearsed<'_>, written: &Upload, failed: Failed) -> Failed {
    let is_of_source = |failed: &Failed| SOURCE_CODES.contains(&failed.code.as_str());
    if !is_of_source(&failed) {
        return failed;
    }
    match rehearsed.plan(written) {
        Err(words) if is_of_source(&words) => words,
        Ok(_) => failed.hint("the source passes as it is written: send it with --no-minify"),
        Err(_) => failed,
    }
}

/// Shows that something goes on while it does.
fn watched<T>(report: Report, what: &'static str, body: impl FnOnce() -> T) -> T {
    let bar = report.count(None, what);
    bar.enable_steady_tick(TICK);
    let value = body();
    bar.finish_and_clear();
    value
}

fn show(report: Report, shown: &Shown) -> anyhow::Result<()> {
    let Some(done) = &shown.done else {
        return report.data(shown, String::new);
    };
    report.data(shown, || done.value.id.clone())?;
    for log in &done.logs {
        report.note(log);
    }
    report.note(format_args!(
        "{} · transaction {}",
        gas_text(done.gas),
        done.transaction
    ));
    Ok(())
}

/// The plan for people: what is sent, what it stakes and burns, what comes back.
fn plan_text(id: &str, plan: &UploadPlan) -> String {
    let near = |yocto| balance_text(Balance::from_yoctonear(yocto));
    let minified = plan.minified_bytes.map_or(String::new(), |minified| {
        let percent = (minified * 100).div_ceil(plan.bytes.max(1));
        format!(", minified {} ({percent} %)", bytes_text(minified))
    });
    format!(
        "upload {id}\n  \
         source   {}{minified}\n  \
         storage  {}, {} staked\n  \
         gas      {}, {}\n  \
         deposit  {}, {} come back",
        bytes_text(plan.bytes),
        bytes_text(plan.storage_bytes),
        near(plan.near_staked),
        gas_text(plan.gas),
        near(plan.gas_price_total),
        near(plan.deposit),
        near(plan.deposit_left),
    )
}

fn init(arguments: &Arguments) -> Result<Option<Init>, Failed> {
    let args = arguments.init.as_deref();
    args.map(|args| {
        Ok(Init {
            method: arguments.init_method.clone(),
            args: parse_json(args, "--init")?,
        })
    })
    .transpose()
}

fn read_source(path: &Path) -> Result<String, Failed> {
    let bytes = read_file(path)?;
    String::from_utf8(bytes).map_err(|error| {
        let message = format!("{} is not UTF-8: {error}", path.display());
        Failed::own(Code::SourceUtf8, message).hint("a source is an ES module, as text")
    })
}
