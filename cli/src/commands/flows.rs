//! `conclave flows`: the methods of a subcontract that wait.

use conclave_abi::request::{FlowState, Payer, WaitState};
use serde::Serialize;

use crate::arguments;
use crate::commands::{Context, checked_id};
use crate::enclave::Enclave;
use crate::home;
use crate::report::table;
use crate::units::count_text;

#[derive(Serialize)]
struct Listed {
    flows: Vec<FlowState>,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::flow::Flows) -> anyhow::Result<()> {
    checked_id(&arguments.id)?;
    let limit = arguments.limit.map_or(usize::MAX, |it| it as usize);
    let mut chain = home::open(&context.global.home)?;
    let enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let flows = enclave.flows(&arguments.id, &arguments.from, limit)?;
    let listed = Listed { flows };
    context.report.data(&listed, || text(&listed.flows))
}

fn text(flows: &[FlowState]) -> String {
    if flows.is_empty() {
        return String::new();
    }
    let header = [
        "flow",
        "method",
        "caller",
        "waits for",
        "since",
        "until",
        "bytes",
        "who pays",
        "parked",
    ];
    table(&header, flows.iter().map(row).collect())
}

fn row(flow: &FlowState) -> Vec<String> {
    let of_waits = |text: fn(&WaitState) -> String| {
        let texts: Vec<_> = flow.waits.iter().map(text).collect();
        texts.join(", ")
    };
    vec![
        flow.flow.clone(),
        flow.method.clone(),
        flow.caller.clone(),
        of_waits(what_text),
        of_waits(|wait| wait.since.to_string()),
        of_waits(|wait| {
            wait.deadline
                .map_or("-".to_owned(), |block| block.to_string())
        }),
        count_text(flow.bytes),
        payers_text(&flow.payers),
        flow.parked
            .as_ref()
            .map_or(String::new(), |why| why.code.clone()),
    ]
}

fn what_text(wait: &WaitState) -> String {
    if let Some(child) = &wait.child {
        return child.id.clone();
    }
    match (&wait.token, wait.promises) {
        (Some(_), _) => "near.resume".to_owned(),
        (None, 1) => "outside".to_owned(),
        (None, count) => format!("outside ({count})"),
    }
}

/// Who pays; with so many bytes each where they are several.
pub(super) fn payers_text(payers: &[Payer]) -> String {
    let name = |payer: &Payer| match payer.payer.as_str() {
        "*" => "the enclave".to_owned(),
        payer => payer.to_owned(),
    };
    if let [payer] = payers {
        return name(payer);
    }
    let texts = payers.iter().map(|payer| {
        let bytes = count_text(payer.bytes);
        format!("{} {bytes}", name(payer))
    });
    texts.collect::<Vec<_>>().join(", ")
}
