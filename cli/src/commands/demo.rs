//! `conclave demo`: the main job on a chain of its own, told step by step and proved.
//!
//! The figures are those of the receipts, from the NEAR VM. If a claim does not hold, the
//! command fails.

use crate::arguments;
use crate::artefacts::Artefacts;
use crate::commands::{Context, enclave::plan_text};
use crate::demo::{Demo, Proof, Swap};
use crate::report::{Report, table};
use crate::trace::frame_node;
use crate::tree::{self, Node};
use crate::units::{bytes_text, gas_text};

pub(crate) fn run(context: Context<'_>, arguments: &arguments::Demo) -> anyhow::Result<()> {
    let artefacts = Artefacts::read(arguments.wasm.as_deref(), arguments.loader.as_deref())?;
    let report = context.report;
    let mut demo = Demo::start(&artefacts)?;

    report.say("1. The enclave goes up in chunks, through the loader\n");
    report.say(plan_text(demo.plan()));
    let bar = report.progress(artefacts.enclave.len() as u64, "deploying");
    demo.deploy(&artefacts, &mut |sent| bar.inc(sent.bytes))?;
    bar.finish_and_clear();
    say_sent(report, &demo, 0);

    report.say("\n2. Three subcontracts are uploaded, and the pool is filled\n");
    let before = demo.sent().len();
    demo.upload()?;
    demo.fill_pool()?;
    say_sent(report, &demo, before);

    report.say("\n3. Bob swaps: one statement, three subcontracts, one receipt\n");
    let swap = demo.swap()?;
    say_swap(report, &swap);

    report.say("\n4. Bob swaps again, and the innermost call fails\n");
    let proof = demo.failing_swap()?;
    say_proof(report, &proof);

    let summary = demo.summary(&artefacts, swap, proof);
    if report.is_json() {
        report.data(&summary, String::new)?;
    }
    Ok(())
}

fn say_sent(report: Report, demo: &Demo, from: usize) {
    let rows = demo.sent()[from..].iter().map(|sent| {
        vec![
            sent.what.clone(),
            gas_text(sent.gas),
            sent.transaction.clone(),
        ]
    });
    report.say(table(&["transaction", "gas", "hash"], rows.collect()));
}

fn say_swap(report: Report, swap: &Swap) {
    let root = Node {
        label: "bob.near  one transaction".to_owned(),
        figures: vec![
            gas_text(swap.gas),
            gas_text(swap.gas.saturating_sub(swap.trace.gas)),
            "ok".to_owned(),
        ],
        children: vec![frame_node(&swap.trace)],
    };
    report.say(tree::draw(&root));
    report.say("(gas with all below it, its own, outcome)");
    report.say(format_args!("\ntransaction {}\n", swap.transaction));
    let rows = swap.before.iter().zip(&swap.after).map(|(before, after)| {
        vec![
            before.holder.clone(),
            before.token.clone(),
            before.amount.clone(),
            after.amount.clone(),
        ]
    });
    report.say(table(
        &["holder", "token", "before", "after"],
        rows.collect(),
    ));
}

fn say_proof(report: Report, proof: &Proof) {
    report.say(format_args!("{}: {}", proof.code, proof.message));
    report.say(format_args!("path: {}", proof.path.join(" → ")));
    let gas = gas_text(proof.gas);
    report.say(format_args!(
        "{gas} burnt, transaction {}\n",
        proof.transaction
    ));
    let mut rows: Vec<Vec<String>> = vec![
        vec![
            "keys stored".to_owned(),
            proof.state_before.keys.to_string(),
            proof.state_after.keys.to_string(),
        ],
        vec![
            "bytes stored".to_owned(),
            bytes_text(proof.state_before.bytes),
            bytes_text(proof.state_after.bytes),
        ],
        vec![
            "sha256 of all".to_owned(),
            short(&proof.state_before.sha256),
            short(&proof.state_after.sha256),
        ],
    ];
    rows.extend(
        proof
            .before
            .iter()
            .zip(&proof.after)
            .map(|(before, after)| {
                vec![
                    format!("{} of {}", before.token, before.holder),
                    before.amount.clone(),
                    after.amount.clone(),
                ]
            }),
    );
    report.say(table(&["the enclave's account", "before", "after"], rows));
    report.say("\nEvery key and value is the same, byte for byte: nothing of it stayed.");
}

fn short(digest: &str) -> String {
    format!("{}…", digest.get(..16).unwrap_or(digest))
}
