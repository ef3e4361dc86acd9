//! Prints what the trie costs against plain keys, without the enclave: `cargo xtask bench --only trie`.

use anyhow::Result;
use clap::{Parser, ValueEnum};
use conclave_trie_bench::measure::{SIZE_LARGEST, SIZES, hash_rows, prices, rows};
use conclave_trie_bench::report::{hash_objects, hash_table, objects, profile, table};
use conclave_trie_bench::world::artefact;
use serde_json::json;

/// The contract, built as the enclave is.
const AS_IT_IS: &str = "trie-bench.wasm";

/// The same with `sha2` at level 3.
const SHA2_LEVEL_3: &str = "trie-bench.sha2-level-3.wasm";

/// Prints gas of NEAR's VM: the trie against plain keys, or sha256.
#[derive(Parser)]
#[command(name = "trie-bench", about)]
struct Options {
    /// What to measure.
    #[arg(value_enum)]
    what: What,
    /// Print one JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// Show what the gas of each row was charged for.
    #[arg(long)]
    profile: bool,
    /// Add the row of 1,000,000 keys.
    #[arg(long)]
    curve: bool,
    /// Run the trie in the contract whose sha2 is at optimisation level 3.
    #[arg(long)]
    sha2_level_3: bool,
    /// Measure contracts of these sizes only.
    #[arg(long, value_delimiter = ',', value_name = "KEYS")]
    sizes: Vec<u64>,
}

/// A part of the benchmark.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// The trie.
    Trie,
    /// sha256 of the host and in the contract.
    Sha256,
}

fn main() -> Result<()> {
    let options = Options::parse();
    match options.what {
        What::Trie => trie(&options),
        What::Sha256 => sha256(&options),
    }
}

fn trie(options: &Options) -> Result<()> {
    let code = artefact(if options.sha2_level_3 {
        SHA2_LEVEL_3
    } else {
        AS_IT_IS
    })?;
    let (rows, prices) = (rows(&code, &sizes(options))?, prices(&code)?);
    if options.json {
        let rows = objects(&rows, &prices);
        println!("{}", json!({"contract_bytes": code.len(), "rows": rows}));
        return Ok(());
    }
    print!("{}", table(&rows, &prices));
    if options.profile {
        print!("{}", profile(&rows, &prices));
    }
    Ok(())
}

fn sha256(options: &Options) -> Result<()> {
    let rows = hash_rows(&artefact(AS_IT_IS)?, &artefact(SHA2_LEVEL_3)?)?;
    if options.json {
        println!("{}", json!({"rows": hash_objects(&rows)}));
    } else {
        print!("{}", hash_table(&rows));
    }
    Ok(())
}

fn sizes(options: &Options) -> Vec<u64> {
    if !options.sizes.is_empty() {
        return options.sizes.clone();
    }
    let mut sizes = SIZES.to_vec();
    sizes.extend(options.curve.then_some(SIZE_LARGEST));
    sizes
}
