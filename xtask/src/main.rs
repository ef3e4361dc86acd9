//! `cargo xtask`: prepares the toolchain, builds the contract, reports on it, runs the demo and every check.
//!
//! In: the repository and what is installed. Out: artefacts in `target/contract`, data on stdout,
//! progress on stderr. It knows how things are built and checked, and nothing of what the contract does.

mod binaryen;
mod checks;
mod contract;
mod defences;
mod engine_source;
mod engine_tests;
mod javascript;
mod layout;
mod limits;
mod links;
mod measure;
mod modules;
mod process;
mod report;
mod stamp;
mod symbols;
mod tables;
mod toolchain;
mod verifier;
mod workspace_programs;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::contract::{BuildOptions, Messages};
use crate::modules::Contract;
use crate::report::ReportFormat;
use crate::toolchain::ToolchainChoice;
use crate::workspace_programs::{BenchPart, PartOptions};

/// Builds, reports on and checks Conclave.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the contracts to target/contract, preparing the toolchain first.
    Build(BuildArgs),
    /// Runs the demo on a local chain; builds the contract first.
    Demo(JsonArgs),
    /// Runs everything that has to pass: format, build, clippy, tests, docs, limits, JavaScript.
    Test(TestArgs),
    /// Prints the gas of the benchmark programs in the built contract, and of the trie against plain keys.
    Bench(BenchArgs),
    /// Makes the verifier of proofs for JS: target/verifier/node and target/verifier/browser.
    Verifier(VerifierArgs),
    /// Takes out, one after the other, what keeps the attacks of tests/attacks from succeeding; fails unless each test does.
    Defences(DefencesArgs),
    /// Runs the engine's own library tests with our insertions, as they are and with all code read from images.
    EngineTests,
    /// Measures the built contract beside NEAR's limits; fails when any room is under 10 %.
    WasmReport(ReportArgs),
}

#[derive(Args)]
struct BuildArgs {
    /// Keeps panic messages and positions; writes target/contract/*.messages.wasm instead.
    #[arg(long)]
    debug_messages: bool,
    /// Which compiler builds the Wasm; auto takes rustup's and falls back to Debian's.
    #[arg(long, value_enum, default_value_t = ToolchainChoice::Auto)]
    toolchain: ToolchainChoice,
    /// Builds this contract alone.
    #[arg(long, value_enum, value_name = "CONTRACT")]
    only: Option<Contract>,
}

#[derive(Args)]
struct VerifierArgs {
    /// Tests them in Node too.
    #[arg(long)]
    test: bool,
    /// Which compiler builds the Wasm; auto takes rustup's and falls back to Debian's.
    #[arg(long, value_enum, default_value_t = ToolchainChoice::Auto)]
    toolchain: ToolchainChoice,
}

#[derive(Args)]
struct BenchArgs {
    /// Prints one JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Shows the table beside the predecessor's, and writes docs/performance.md with its picture.
    #[arg(long, conflicts_with = "only")]
    compare: bool,
    /// Measures this part alone, without the enclave: the trie against plain keys, or sha256.
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<BenchPart>,
    /// With --only trie: shows what the gas of each row was charged for.
    #[arg(long, requires = "only")]
    profile: bool,
    /// With --only trie: adds a contract of 1,000,000 keys.
    #[arg(long, requires = "only")]
    curve: bool,
    /// With --only trie: runs in the contract whose sha2 is at optimisation level 3.
    #[arg(long, requires = "only")]
    sha2_level_3: bool,
    /// With --only trie: measures contracts of these numbers of keys alone, such as 1000,100000.
    #[arg(long, requires = "only", value_name = "KEYS")]
    sizes: Option<String>,
}

#[derive(Args)]
struct JsonArgs {
    /// Prints one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct DefencesArgs {
    /// Only tests whose name has this.
    #[arg(long, default_value = "", value_name = "PART")]
    only: String,
    /// Rebuilds the contract each time and attacks it in NEAR's VM: minutes for each attack.
    #[arg(long)]
    vm: bool,
    /// Prints JSON instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct ReportArgs {
    /// The contract of target/contract to measure.
    #[arg(long, default_value = "enclave", value_name = "NAME")]
    contract: String,
    /// Prints one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct TestArgs {
    /// Skips what is slow: the contract build, the whole-workspace clippy, tests and docs.
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    // Everything else needs it: the main workspace names it as a dependency.
    engine_source::prepare()?;
    match command {
        Command::Build(args) => build(&args),
        Command::Verifier(args) => {
            let toolchain = verifier::build(args.toolchain)?;
            if args.test {
                verifier::test(&toolchain)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo(args) => workspace_programs::demo(args.json),
        Command::Bench(args) => bench(args),
        Command::Defences(args) => defences::run(&defences::Options {
            only: args.only,
            is_vm: args.vm,
            is_json: args.json,
        }),
        Command::EngineTests => {
            engine_tests::run()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::WasmReport(args) => {
            let format = if args.json {
                ReportFormat::Json
            } else {
                ReportFormat::Text
            };
            report::run(&args.contract, format)
        }
        Command::Test(args) => checks::run(if args.quick {
            checks::Extent::Quick
        } else {
            checks::Extent::Whole
        }),
    }
}

fn build(args: &BuildArgs) -> Result<ExitCode> {
    let messages = if args.debug_messages {
        Messages::Kept
    } else {
        Messages::Dropped
    };
    let options = BuildOptions {
        messages,
        toolchain: args.toolchain,
    };
    match args.only {
        Some(only) => contract::build_some(&options, &[only])?,
        None => contract::build(&options)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn bench(args: BenchArgs) -> Result<ExitCode> {
    match args.only {
        None => workspace_programs::bench(args.json, args.compare),
        Some(part) => workspace_programs::bench_part(&PartOptions {
            part,
            is_json: args.json,
            is_profile: args.profile,
            is_curve: args.curve,
            is_sha2_level_3: args.sha2_level_3,
            sizes: args.sizes,
        }),
    }
}
