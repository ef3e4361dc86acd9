//! `conclave state`: what a subcontract has stored, read from the chain; `proof` has the root and what is
//! shown under it.

use serde::Serialize;

use crate::arguments;
use crate::commands::{Context, checked_id, proof};
use crate::home;
use crate::report::table;
use crate::state::{Entry, entries, entry_of};

#[derive(Serialize)]
struct Listed {
    id: String,
    entries: Vec<Entry>,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::State) -> anyhow::Result<()> {
    match arguments {
        arguments::State::Ls { id, prefix } => ls(context, id, prefix),
        arguments::State::Get { id, key } => get(context, id, key),
        arguments::State::Root { via } => proof::root(context, *via),
        arguments::State::Proof { id, key, out, via } => {
            proof::prove(context, (id, key), out.as_deref(), *via)
        }
        arguments::State::Verify { file, root } => proof::verify(context, file, root.as_ref()),
    }
}

fn ls(context: Context<'_>, id: &str, prefix: &str) -> anyhow::Result<()> {
    checked_id(id)?;
    let chain = home::open(&context.global.home)?;
    let listed = Listed {
        id: id.to_owned(),
        entries: entries(&chain, &context.global.enclave, id, prefix)?,
    };
    context.report.data(&listed, || {
        let rows = listed
            .entries
            .iter()
            .map(|it| vec![it.key.clone(), it.kind.to_owned(), it.text()]);
        table(&["key", "kind", "value"], rows.collect())
    })
}

fn get(context: Context<'_>, id: &str, key: &str) -> anyhow::Result<()> {
    checked_id(id)?;
    let chain = home::open(&context.global.home)?;
    let entry = entry_of(&chain, &context.global.enclave, id, key)?;
    context.report.data(&entry, || entry.text())
}
