//! Takes out, one after the other, what keeps the attacks of `tests/attacks` from succeeding, and
//! demands that the attack's test fails then.
//!
//! In: the lines that the tests name. Out: a table of verdicts; the sources are as they were, also
//! after an error. It knows nothing of what the attacks do.

mod outcome;
mod sources;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::contract::{self, BuildOptions};
use crate::engine_source;
use crate::process::{self, cargo};
use outcome::{Outcome, Verdict};
use sources::TakenOut;

/// What is asked for.
pub(crate) struct Options {
    /// Part of the names of the tests to run; all of them unless told.
    pub(crate) only: String,
    /// Whether to rebuild the contract each time and attack it in NEAR's VM.
    pub(crate) is_vm: bool,
    /// Whether to print JSON.
    pub(crate) is_json: bool,
}

/// What a test says of itself.
#[derive(Debug, Deserialize)]
struct Attack {
    test: String,
    shown_by: String,
    lines: Vec<Line>,
}

/// A line that defends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Line {
    file: String,
    text: String,
    without: String,
}

/// Attacks that the same lines defend against, so that one build serves them all.
type Groups = BTreeMap<Vec<Line>, Vec<Attack>>;

/// Runs the attacks, each without its defence; fails unless each test fails.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut outcomes = Vec::new();
    let groups = grouped(listed(&options.only)?);
    ensure!(
        !groups.is_empty(),
        "no attack's name has `{}`",
        options.only
    );
    for (at, (lines, attacks)) in groups.iter().enumerate() {
        eprintln!("### {} of {}", at + 1, groups.len());
        outcomes.extend(without(lines, attacks, options.is_vm));
        outcomes[outcomes.len() - attacks.len()..]
            .iter()
            .for_each(|outcome| eprintln!("    {outcome}"));
    }
    // What the last one built is not what the sources say now.
    engine_source::prepare()?;
    if options.is_vm {
        contract::build(&BuildOptions::default())?;
    }
    if options.is_json {
        println!("{}", serde_json::to_string_pretty(&outcomes)?);
    } else {
        outcomes.iter().for_each(|outcome| println!("{outcome}"));
    }
    let count = |is: fn(&Verdict) -> bool| outcomes.iter().filter(|it| is(&it.verdict)).count();
    let bad = count(Verdict::is_bad);
    let skipped = count(|verdict| *verdict == Verdict::Skipped);
    eprintln!(
        "{} attacks, {bad} without a defence that is missed, {skipped} skipped",
        outcomes.len()
    );
    Ok(if bad == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the tests say of themselves.
fn listed(only: &str) -> Result<Vec<Attack>> {
    let program = process::step("list of attacks", built)?;
    let mut command = process::command(&program.to_string_lossy());
    command.args(["--nocapture", only]).env(VARIABLE, "list");
    let text = process::output(&mut command)?;
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str(line).with_context(|| format!("not an attack: {line}")))
        .collect()
}

/// Through which the tests are told what to do.
const VARIABLE: &str = "CONCLAVE_DEFENCES";

fn grouped(attacks: Vec<Attack>) -> Groups {
    let mut groups = Groups::new();
    for attack in attacks {
        groups.entry(attack.lines.clone()).or_default().push(attack);
    }
    groups
}

/// Runs attacks without their lines. An error is an outcome too: the others go on.
fn without(lines: &[Line], attacks: &[Attack], is_vm: bool) -> Vec<Outcome> {
    let is_run = |attack: &Attack| is_vm || attack.shown_by != "vm";
    let begin = Instant::now();
    let run = || -> Result<Vec<Verdict>> {
        if !attacks.iter().any(is_run) {
            return Ok(vec![Verdict::Skipped; attacks.len()]);
        }
        let taken_out = TakenOut::new(lines)?;
        let verdicts = verdicts(attacks, is_vm, &is_run);
        taken_out.put_back()?;
        verdicts
    };
    let verdicts = run().unwrap_or_else(|error| {
        let verdict = Verdict::Error(format!("{error:#}"));
        vec![verdict; attacks.len()]
    });
    let files: Vec<_> = lines.iter().map(|line| line.file.clone()).collect();
    let named = attacks.iter().zip(verdicts);
    named
        .map(|(attack, verdict)| Outcome {
            test: attack.test.clone(),
            files: files.clone(),
            verdict,
            seconds: begin.elapsed().as_secs(),
        })
        .collect()
}

fn verdicts(
    attacks: &[Attack],
    is_vm: bool,
    is_run: &impl Fn(&Attack) -> bool,
) -> Result<Vec<Verdict>> {
    engine_source::prepare()?;
    if is_vm {
        contract::build(&BuildOptions::default())
            .context("the contract can't be built without it")?;
    }
    let program = built().context("it can't be built without it")?;
    let world = if is_vm { "vm" } else { "native" };
    let verdict = |attack: &Attack| match is_run(attack) {
        true => outcome::of_test(&program, &attack.test, (VARIABLE, world)),
        false => Ok(Verdict::Skipped),
    };
    attacks.iter().map(verdict).collect()
}

/// Builds the tests and gives their program.
fn built() -> Result<PathBuf> {
    let mut cargo = cargo();
    cargo.args(["test", "--workspace", "--test", "attacks", "--no-run"]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let messages = process::output(&mut cargo)?;
    for message in messages.lines() {
        let message: serde_json::Value = serde_json::from_str(message)?;
        if message["target"]["name"] == "attacks"
            && let Some(program) = message["executable"].as_str()
        {
            return Ok(PathBuf::from(program));
        }
    }
    bail!("cargo built no program of the attacks")
}
