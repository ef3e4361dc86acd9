//! Programs of the main workspace that need the built contract: the demo and the benchmark.

use std::process::ExitCode;

use anyhow::Result;

use crate::contract::{self, BuildOptions};
use crate::process;

/// Builds the contract, then runs the demo of the command line.
pub(crate) fn demo(json: bool) -> Result<ExitCode> {
    after_build(&["--package", "conclave-cli", "--", "demo"], json)
}

/// Builds the contract, then runs the benchmark programs.
pub(crate) fn bench(json: bool) -> Result<ExitCode> {
    after_build(
        &["--package", "conclave-tests", "--bin", "bench", "--"],
        json,
    )
}

fn after_build(arguments: &[&str], json: bool) -> Result<ExitCode> {
    contract::build(&BuildOptions::default())?;
    let mut build = process::cargo();
    let until_dashes = arguments.iter().take_while(|part| **part != "--");
    build.arg("build").args(until_dashes);
    process::step("programs of the workspace", || process::run(&mut build))?;

    let mut run = process::cargo();
    run.args(["run", "--quiet"]).args(arguments);
    if json {
        run.arg("--json");
    }
    let status = process::pass_through(&mut run)?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}
