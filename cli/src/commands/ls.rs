//! `conclave ls`: the subcontracts of the enclave.

use conclave_abi::request::Subcontract;
use serde::Serialize;

use crate::arguments;
use crate::commands::Context;
use crate::enclave::Enclave;
use crate::home;
use crate::report::table;

#[derive(Serialize)]
struct Listed {
    subcontracts: Vec<Subcontract>,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Ls) -> anyhow::Result<()> {
    let limit = arguments.limit.map_or(usize::MAX, |it| it as usize);
    let mut chain = home::open(&context.global.home)?;
    let enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let subcontracts = enclave.subcontracts(&arguments.from, limit)?;
    let listed = Listed { subcontracts };
    context.report.data(&listed, || text(&listed.subcontracts))
}

fn text(subcontracts: &[Subcontract]) -> String {
    if subcontracts.is_empty() {
        return String::new();
    }
    let rows = subcontracts.iter().map(|it| {
        vec![
            it.id.clone(),
            it.code_bytes.to_string(),
            it.keys.to_string(),
            match it.is_stale {
                true => format!("{} (run: conclave compile {})", it.methods.join(" "), it.id),
                false => it.methods.join(" "),
            },
        ]
    });
    table(&["id", "code bytes", "keys", "methods"], rows.collect())
}
