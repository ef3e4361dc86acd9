//! `conclave-preinit IN OUT`: runs a contract's initialiser at build time and saves its memory.
//!
//! In: a Wasm module that exports `wizer.initialize`. Out: the same module with its memory and globals
//! as the initialiser left them, and without that export. The initialiser must need nothing of a chain:
//! each host function it could import ends the run. The same input gives the same output, byte for byte.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Parser;

mod prune;
mod segments;
mod snapshot;

use prune::Instead;

/// Runs a contract's initialiser and saves its memory into the module.
#[derive(Parser)]
#[command(name = "conclave-preinit", version, about)]
struct Cli {
    /// The module to initialise.
    input: PathBuf,
    /// Where the initialised module goes.
    output: PathBuf,
    /// The exported function to run once; it isn't exported afterwards.
    #[arg(long, default_value = "wizer.initialize")]
    initialiser: String,
    /// Bytes of shadow stack at the beginning of the memory (linked with `--stack-first`). What the
    /// initialiser left there is dead, and is stored as zeros: as nothing.
    #[arg(long, default_value_t = 0)]
    dead_stack_bytes: usize,
    /// Parts of a function's demangled name, joined by ` & `: such functions are replaced by a trap.
    #[arg(long = "unreachable", value_name = "PATTERN")]
    unreachable: Vec<String>,
    /// Such functions are replaced by a trap, once the initialiser has run: what they make is made.
    #[arg(long = "finished", value_name = "PATTERN")]
    finished: Vec<String>,
    /// Such functions do nothing, once the initialiser has run: what they give back is not needed again.
    #[arg(long = "forgotten", value_name = "PATTERN")]
    forgotten: Vec<String>,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let input =
        std::fs::read(&cli.input).with_context(|| format!("can't read {}", cli.input.display()))?;
    let pruned = prune::pruned(&input, &cli.unreachable, Instead::Trap)
        .with_context(|| format!("can't prune {}", cli.input.display()))?;
    let output = snapshot::initialised(&pruned, &cli.initialiser, cli.dead_stack_bytes)
        .with_context(|| format!("can't initialise {}", cli.input.display()))?;
    let output = [
        (&cli.finished, Instead::Trap),
        (&cli.forgotten, Instead::Nothing),
    ]
    .into_iter()
    .try_fold(output, |output, (patterns, instead)| {
        prune::pruned(&output, patterns, instead)
    })
    .context("can't prune the snapshot")?;
    let output = segments::joined(&output).context("can't join the snapshot's segments")?;
    if output.is_empty() {
        bail!("the initialised module is empty");
    }
    std::fs::write(&cli.output, &output)
        .with_context(|| format!("can't write {}", cli.output.display()))?;
    eprintln!(
        "initialised: {} bytes before, {} bytes after",
        input.len(),
        output.len()
    );
    Ok(())
}
