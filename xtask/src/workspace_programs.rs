//! Programs of the main workspace: the pre-initialiser, the demo, the benchmark.
//!
//! They are built with the whole workspace selected. Cargo chooses the features of shared crates by what
//! is selected, so that `--package` would build wasmtime once more for each choice.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::contract::{self, BuildOptions};
use crate::layout;
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
pub(crate) fn bench(json: bool) -> Result<ExitCode> {
    after_build("bench", &[], json)
}

fn after_build(program: &str, arguments: &[&str], json: bool) -> Result<ExitCode> {
    contract::build(&BuildOptions::default())?;
    let mut program = built(program)?;
    program.args(arguments);
    if json {
        program.arg("--json");
    }
    let status = process::pass_through(&mut program)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
