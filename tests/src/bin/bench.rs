//! Prints the gas table of the built contract, its cost curve over awaits, and the trie against plain
//! keys: `cargo xtask bench`.
//!
//! What the rows of the trie say is told in the crate `conclave-trie-bench`.

use anyhow::Result;
use clap::Parser;
use conclave_localnet::ChainConfig;
use conclave_tests::await_curve::{self, Curve, report};
use conclave_tests::gas_table::{Row, measure, parts};
use conclave_tests::performance::{self, Compared};
use conclave_tests::vm::{artefact, workspace};
use conclave_trie_bench::costs::Prices;
use conclave_trie_bench::measure::{SIZES, prices, rows};
use conclave_trie_bench::report::{objects, table};
use serde_json::{Value, json};

/// Prints what calls cost, in gas of NEAR's VM.
#[derive(Parser)]
#[command(name = "bench", about)]
struct Options {
    /// Print one JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// Show the table beside the predecessor's, and write docs/performance.md.
    #[arg(long)]
    compare: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (calls, curve) = (measure()?, await_curve::measure()?);
    if options.compare {
        return compare(&calls, &curve, options.json);
    }
    let trie_bench = artefact("trie-bench.wasm");
    let (trie, prices) = (rows(&trie_bench, &SIZES)?, prices(&trie_bench)?);
    if options.json {
        println!("{}", object(&calls, &curve, (&trie, &prices)));
        return Ok(());
    }
    for row in &calls {
        match &row.gas {
            #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
            Ok(gas) => println!("{:22} {:>10.3} Tgas", row.name, *gas as f64 / 1e12),
            Err(why) => println!("{:22} {why}", row.name),
        }
    }
    print!("\n{}", report::table(&curve));
    print!("\n{}", table(&trie, &prices));
    Ok(())
}

/// Shows our table beside the predecessor's, and writes the document with its pictures.
fn compare(table: &[Row], curve: &Curve, is_json: bool) -> Result<()> {
    let missing = |name| anyhow::anyhow!("{name} was not measured");
    let table = performance::compared(table).map_err(missing)?;
    let (parts, bytes) = (parts()?, artefact("enclave.wasm").len());
    let docs = workspace().join("docs");
    let document = performance::document(&table, &parts, bytes) + &report::document(curve);
    std::fs::write(docs.join("performance.md"), document)?;
    std::fs::write(docs.join("performance.svg"), performance::picture(&parts))?;
    std::fs::write(docs.join("awaits.svg"), report::picture(curve))?;
    if is_json {
        let row = |row: &Compared| json!({"name": row.name, "tgas": row.ours, "predecessor_tgas": row.theirs.0, "ratio": row.ratio()});
        let rows: Vec<Value> = table.iter().map(row).collect();
        println!(
            "{}",
            json!({"contract_bytes": bytes, "rows": rows, "awaits": report::objects(curve)})
        );
        return Ok(());
    }
    println!(
        "{:60} {:>9} {:>12} {:>6}",
        "Tgas", "ours", "predecessor", "ratio"
    );
    for row in &table {
        let (ours, theirs, ratio) = (row.ours, row.theirs.0, row.ratio());
        println!("{:60} {ours:>9.3} {theirs:>12.2} {ratio:>6.2}", row.what);
    }
    print!("\n{}", report::table(curve));
    println!("docs/performance.md, docs/performance.svg and docs/awaits.svg were written");
    Ok(())
}

/// The table as one object; rows that could not be measured are apart, when there are any.
fn object(
    calls: &[Row],
    curve: &Curve,
    (trie, prices): (&[conclave_trie_bench::measure::Row], &Prices),
) -> Value {
    let mut known = Vec::new();
    let mut failed = Vec::new();
    for row in calls {
        match &row.gas {
            Ok(gas) => known.push(json!({"name": row.name, "gas": gas})),
            Err(why) => failed.push(json!({"name": row.name, "error": why})),
        }
    }
    known.extend(report::objects(curve));
    known.extend(objects(trie, prices));
    let mut table = json!({
        "protocol": ChainConfig::default().protocol_version,
        "contract_bytes": artefact("enclave.wasm").len(),
        "rows": known,
    });
    if !failed.is_empty() {
        table["failed"] = Value::Array(failed);
    }
    table
}
