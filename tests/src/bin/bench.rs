//! Prints the gas table of the built contract, and of the trie against plain keys: `cargo xtask bench`.
//!
//! What the rows of the trie say is told in the crate `conclave-trie-bench`.

use anyhow::Result;
use clap::Parser;
use conclave_localnet::ChainConfig;
use conclave_tests::gas_table::{Row, measure};
use conclave_tests::vm::artefact;
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
}

fn main() -> Result<()> {
    let options = Options::parse();
    let calls = measure()?;
    let trie_bench = artefact("trie-bench.wasm");
    let (trie, prices) = (rows(&trie_bench, &SIZES)?, prices(&trie_bench)?);
    if options.json {
        println!("{}", object(&calls, &trie, &prices));
        return Ok(());
    }
    for row in &calls {
        match &row.gas {
            #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
            Ok(gas) => println!("{:22} {:>10.3} Tgas", row.name, *gas as f64 / 1e12),
            Err(why) => println!("{:22} {why}", row.name),
        }
    }
    print!("\n{}", table(&trie, &prices));
    Ok(())
}

/// The table as one object; rows that could not be measured are apart, when there are any.
fn object(calls: &[Row], trie: &[conclave_trie_bench::measure::Row], prices: &Prices) -> Value {
    let mut known = Vec::new();
    let mut failed = Vec::new();
    for row in calls {
        match &row.gas {
            Ok(gas) => known.push(json!({"name": row.name, "gas": gas})),
            Err(why) => failed.push(json!({"name": row.name, "error": why})),
        }
    }
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
