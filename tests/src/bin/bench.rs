//! Prints the gas table of the built contract: `cargo xtask bench`.

use anyhow::Result;
use clap::Parser;
use conclave_localnet::ChainConfig;
use conclave_tests::gas_table::{Row, measure};
use conclave_tests::vm::artefact;
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
    let rows = measure()?;
    if options.json {
        println!("{}", object(&rows));
        return Ok(());
    }
    for row in &rows {
        match &row.gas {
            #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
            Ok(gas) => println!("{:22} {:>10.3} Tgas", row.name, *gas as f64 / 1e12),
            Err(why) => println!("{:22} {why}", row.name),
        }
    }
    Ok(())
}

/// The table as one object; rows that could not be measured are apart, when there are any.
fn object(rows: &[Row]) -> Value {
    let mut known = Vec::new();
    let mut failed = Vec::new();
    for row in rows {
        match &row.gas {
            Ok(gas) => known.push(json!({"name": row.name, "gas": gas})),
            Err(why) => failed.push(json!({"name": row.name, "error": why})),
        }
    }
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
