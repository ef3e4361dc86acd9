//! `cargo xtask test`: everything that has to pass, in order, each step timed.
//!
//! Every step runs, also after one has failed, so that one run tells all. The last line is
//! `N passed, N failed`.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::contract::{self, BuildOptions};
use crate::engine_tests;
use crate::javascript;
use crate::layout;
use crate::links;
use crate::process::{cargo, elapsed, output, run as run_program};
use crate::report::{self, ReportFormat};
use crate::toolchain::ToolchainChoice;
use crate::verifier;

/// The outside token, whose workspace is its own.
const TOKEN: &str = "samples/outside/token";

/// How much is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// What takes seconds.
    Quick,
}

/// One check.
struct Check {
    name: &'static str,
    speed: Speed,
    work: fn() -> Result<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Speed {
    Fast,
    Slow,
}

/// What became of one check.
struct Outcome {
    name: &'static str,
    verdict: Verdict,
    took: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    Skipped,
}

const CHECKS: [Check; 18] = [
    Check {
        name: "lock file",
        speed: Speed::Fast,
        work: lock_file,
    },
    Check {
        name: "format",
        speed: Speed::Fast,
        work: || workspace(&["fmt", "--all", "--check"]),
    },
    Check {
        name: "format of xtask",
        speed: Speed::Fast,
        work: || own(&["fmt", "--check"]),
    },
    Check {
        name: "format of the token",
        speed: Speed::Fast,
        work: || run_program(in_folder(&mut cargo(), TOKEN).args(["fmt", "--check"])),
    },
    Check {
        name: "links",
        speed: Speed::Fast,
        work: links::check,
    },
    Check {
        name: "one wasmtime",
        speed: Speed::Fast,
        work: one_wasmtime,
    },
    Check {
        name: "JavaScript syntax",
        speed: Speed::Fast,
        work: javascript::check_syntax,
    },
    Check {
        name: "JavaScript types",
        speed: Speed::Fast,
        work: javascript::check_types,
    },
    Check {
        name: "tests of xtask",
        speed: Speed::Fast,
        work: || own(&["test"]),
    },
    Check {
        name: "clippy of xtask",
        speed: Speed::Fast,
        work: || own(&CLIPPY),
    },
    Check {
        name: "contract",
        speed: Speed::Slow,
        work: || contract::build(&BuildOptions::default()),
    },
    Check {
        name: "limits",
        speed: Speed::Slow,
        work: limits,
    },
    Check {
        name: "clippy",
        speed: Speed::Slow,
        work: || workspace(&CLIPPY_WORKSPACE),
    },
    Check {
        name: "build",
        speed: Speed::Slow,
        work: || workspace(&["build", "--workspace"]),
    },
    Check {
        name: "tests",
        speed: Speed::Slow,
        work: || workspace(&["test", "--workspace"]),
    },
    Check {
        name: "tests of the engine",
        speed: Speed::Slow,
        work: engine_tests::run,
    },
    Check {
        name: "verifier",
        speed: Speed::Slow,
        work: || verifier::test(&verifier::build(ToolchainChoice::Auto)?),
    },
    Check {
        name: "docs",
        speed: Speed::Slow,
        work: docs,
    },
];

const CLIPPY: [&str; 5] = ["clippy", "--all-targets", "--", "-D", "warnings"];
const CLIPPY_WORKSPACE: [&str; 6] = [
    "clippy",
    "--workspace",
    "--all-targets",
    "--",
    "-D",
    "warnings",
];

/// Runs the checks and prints the summary; fails when one failed.
pub(crate) fn run(extent: Extent) -> Result<ExitCode> {
    let begin = Instant::now();
    let outcomes: Vec<_> = CHECKS.iter().map(|check| outcome(check, extent)).collect();
    summarise(&outcomes, begin.elapsed());
    let has_failed = outcomes
        .iter()
        .any(|outcome| outcome.verdict == Verdict::Failed);
    Ok(if has_failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn outcome(check: &Check, extent: Extent) -> Outcome {
    let name = check.name;
    if extent == Extent::Quick && check.speed == Speed::Slow {
        return Outcome {
            name,
            verdict: Verdict::Skipped,
            took: Duration::ZERO,
        };
    }
    eprintln!("\n### {name}");
    let begin = Instant::now();
    let verdict = match (check.work)() {
        Ok(()) => Verdict::Passed,
        Err(error) => {
            eprintln!("error: {error:#}");
            Verdict::Failed
        }
    };
    Outcome {
        name,
        verdict,
        took: begin.elapsed(),
    }
}

fn summarise(outcomes: &[Outcome], took: Duration) {
    eprintln!();
    let count = |wanted| {
        outcomes
            .iter()
            .filter(|outcome| outcome.verdict == wanted)
            .count()
    };
    for outcome in outcomes {
        let verdict = match outcome.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "FAILED",
            Verdict::Skipped => "skipped",
        };
        println!(
            "{:<20} {verdict:<8} {:>12}",
            outcome.name,
            elapsed(outcome.took)
        );
    }
    println!("{:<20} {:<8} {:>12}", "all", "", elapsed(took));
    println!(
        "{} passed, {} failed",
        count(Verdict::Passed),
        count(Verdict::Failed)
    );
}

/// Cargo in the main workspace.
fn workspace(arguments: &[&str]) -> Result<()> {
    run_program(cargo().args(arguments))
}

/// Cargo in xtask's workspace.
fn own(arguments: &[&str]) -> Result<()> {
    run_program(in_folder(&mut cargo(), "xtask").args(arguments))
}

fn in_folder<'a>(cargo: &'a mut Command, folder: &str) -> &'a mut Command {
    cargo.current_dir(layout::root().join(folder))
}

fn limits() -> Result<()> {
    if report::run("enclave", ReportFormat::Text)? == ExitCode::SUCCESS {
        return Ok(());
    }
    bail!("the contract has too little room under a limit")
}

fn docs() -> Result<()> {
    let mut cargo = cargo();
    cargo
        .args(["doc", "--no-deps", "--workspace"])
        .env("RUSTDOCFLAGS", "-Dwarnings");
    run_program(&mut cargo)
}

/// Two wasmtimes would cost 8 more minutes, and pre-initialise with another engine than NEAR's.
fn one_wasmtime() -> Result<()> {
    let tree = output(cargo().args([
        "tree",
        "--workspace",
        "--invert",
        "wasmtime",
        "--depth",
        "0",
    ]))?;
    eprintln!("    {}", tree.trim());
    match tree
        .lines()
        .filter(|line| line.starts_with("wasmtime v"))
        .count()
    {
        1 => Ok(()),
        count => bail!("{count} wasmtimes in the tree, not one"),
    }
}

/// What was committed is what was built.
fn lock_file() -> Result<()> {
    for folder in ["", TOKEN] {
        let mut cargo = cargo();
        let arguments = ["metadata", "--format-version", "1", "--locked"];
        output(in_folder(&mut cargo, folder).args(arguments))?;
    }
    Ok(())
}
