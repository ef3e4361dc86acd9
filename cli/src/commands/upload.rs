//! `conclave upload`: a JavaScript contract from a file, made ready in the same receipt.

use std::path::Path;

use crate::arguments;
use crate::code::Code;
use crate::commands::{Context, checked_id, read_file, signer_of};
use crate::enclave::{Attached, Enclave, Init, UPLOAD_GAS_DEFAULT, Upload, parse_json};
use crate::failure::Failed;
use crate::home;
use crate::units::{balance_text, bytes_text, gas_text};

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Upload) -> anyhow::Result<()> {
    let id = checked_id(&arguments.id)?;
    let upload = Upload {
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
    let signer = home::signer(&mut chain, &account, context.report)?;
    let mut enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let done = enclave.upload(&signer, &upload, attached)?;
    context.report.data(&done, || done.value.id.clone())?;
    for log in &done.logs {
        context.report.note(log);
    }
    let per_byte = chain.runtime_config().storage_amount_per_byte();
    let price = per_byte.saturating_mul(u128::from(done.value.storage_bytes));
    context.report.note(format_args!(
        "{} of code · {} of storage for {} · {} · transaction {}",
        bytes_text(done.value.code_bytes),
        bytes_text(done.value.storage_bytes),
        balance_text(price),
        gas_text(done.gas),
        done.transaction
    ));
    Ok(())
}

fn init(arguments: &arguments::Upload) -> Result<Option<Init>, Failed> {
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
