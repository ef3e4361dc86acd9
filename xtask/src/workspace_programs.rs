//! Programs of the main workspace: the pre-initialiser, the demo, the benchmarks.
//!
//! They are built with the whole workspace selected. Cargo chooses the features of shared crates by what
//! is selected, so that `--package` would build wasmtime once more for each choice.

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::ValueEnum;

use crate::contract::{self, BuildOptions};
use crate::layout;
use crate::modules::Contract;
use crate::process;

/// Builds one program of the workspace, and gives the command that runs it in the root.
pub(crate) fn built(name: &str) -> Result<Command> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--workspace", "--bin", name]);
    process::step(&format!("cargo build of {name}"), || {
        process::run(&mut cargo)
    })?;
    let program = layout::host_dir().join("debug").join(name);
    Ok(process::command(&program.to_string_lossy()))
}

/// Builds the contract, then runs the demo of the command line.
pub(crate) fn demo(json: bool) -> Result<ExitCode> {
    after_build("conclave", &["demo"], json)
}

/// Builds the contract, then runs the benchmark programs.
pub(crate) fn bench(json: bool, is_compared: bool) -> Result<ExitCode> {
    let arguments: &[&str] = if is_compared { &["--compare"] } else { &[] };
    after_build("bench", arguments, json)
}

/// A part of the benchmark that runs without the enclave.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchPart {
    /// The trie against plain keys.
    Trie,
    /// sha256 by the host and in the contract.
    Sha256,
}

/// What to show of a part of the benchmark.
pub(crate) struct PartOptions {
    pub(crate) part: BenchPart,
    pub(crate) is_json: bool,
    pub(crate) is_profile: bool,
    pub(crate) is_curve: bool,
    pub(crate) is_sha2_level_3: bool,
    pub(crate) sizes: Option<String>,
}

/// Builds the benchmark's own contract and runs a part of the benchmark on it.
pub(crate) fn bench_part(options: &PartOptions) -> Result<ExitCode> {
    contract::build_some(&BuildOptions::default(), &[Contract::TrieBench])?;
    let mut program = built("trie-bench")?;
    program.arg(match options.part {
        BenchPart::Trie => "trie",
        BenchPart::Sha256 => "sha256",
    });
    for (is_asked, flag) in [
        (options.is_json, "--json"),
        (options.is_profile, "--profile"),
        (options.is_curve, "--curve"),
        (options.is_sha2_level_3, "--sha2-level-3"),
    ] {
        if is_asked {
            program.arg(flag);
        }
    }
    if let Some(sizes) = &options.sizes {
        program.arg("--sizes").arg(sizes);
    }
    run(&mut program)
}

fn after_build(program: &str, arguments: &[&str], json: bool) -> Result<ExitCode> {
    contract::build(&BuildOptions::default())?;
    let mut program = built(program)?;
    program.args(arguments);
    if json {
        program.arg("--json");
    }
    run(&mut program)
}

fn run(program: &mut Command) -> Result<ExitCode> {
    let status = process::pass_through(program)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
