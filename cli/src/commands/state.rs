//! `conclave state`: what a subcontract has stored, read from the chain.

use serde::Serialize;

use crate::arguments;
use crate::commands::{Context, checked_id};
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
            .map(|it| vec![it.key.clone(), it.kind.to_owned(), value_text(it)]);
        table(&["key", "kind", "value"], rows.collect())
    })
}

fn get(context: Context<'_>, id: &str, key: &str) -> anyhow::Result<()> {
    checked_id(id)?;
    let chain = home::open(&context.global.home)?;
    let entry = entry_of(&chain, &context.global.enclave, id, key)?;
    context.report.data(&entry, || value_text(&entry))
}

fn value_text(entry: &Entry) -> String {
    let value = entry.value.as_ref().map(serde_json::to_string);
    match value {
        Some(Ok(text)) => text,
        _ => entry.bytes.clone(),
    }
}
