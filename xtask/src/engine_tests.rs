//! The engine's own library tests, with our insertions: as they are, and with all that is compiled
//! written to an image and read back before it runs.
//!
//! In: the engine's source with the changes of `engine/library-tests/insertions` on top. Out: an error unless
//! exactly those tests fail that `engine/library-tests/expected.toml` lists, each with its cause. It
//! does not know what a test is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::engine_source;
use crate::layout;
use crate::process::{self, cargo, command};
use crate::stamp::{self, Inputs};

/// The crate whose tests are run.
const PACKAGE: &str = "boa_engine@0.22.0";
/// The variable of `engine/library-tests/insertions/round_trip.rs`.
const THROUGH_IMAGES: &str = "BOA_TESTS_THROUGH_IMAGES";
/// Stack of a test's thread. Reason: some recurse hundreds of levels, in a build without optimisation.
const STACK_BYTES: &str = "16777216";
/// Tests that there are at least. Reason: there are 1,103; a run of a few proves nothing.
const TESTS_MIN: usize = 1_000;

/// `expected.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    cause: Vec<Cause>,
}

/// Why some tests fail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cause {
    /// For people.
    why: String,
    /// The file of `engine/insertions` that changes what they want.
    insertion: String,
    when: When,
    tests: Vec<String>,
}

/// In which runs they fail.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum When {
    Always,
    Images,
}

/// How the tests are run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    AsTheyAre,
    ThroughImages,
}

/// Names of tests, and whether each passed.
type Outcomes = BTreeMap<String, bool>;

/// Builds the tests and runs them both ways.
pub(crate) fn run() -> Result<()> {
    let expected = read_expected()?;
    let package = dir().join("boa_engine");
    let inputs = Inputs::default()
        .folder(&changes_dir())?
        .file(&engine_source::hash_file())?
        .text(include_str!("engine_tests.rs"));
    let manifest = package.join("Cargo.toml");
    stamp::unless_fresh("source of the engine's tests", inputs, &[&manifest], || {
        engine_source::copy_changed(PACKAGE, &changes_dir(), &package)
    })?;
    let program = process::step("building the engine's tests", || build(&manifest))?;
    let mut faults = Vec::new();
    for (run, name) in [
        (Run::AsTheyAre, "as they are"),
        (Run::ThroughImages, "through images"),
    ] {
        let what = format!("the engine's tests, {name}");
        let outcomes = process::step(&what, || outcomes(&program, &package, run))?;
        let failed = outcomes.values().filter(|passed| !**passed).count();
        println!(
            "{name:<16} {:>5} passed {failed:>4} failed",
            outcomes.len() - failed
        );
        let wanted = expected_failures(&expected, run);
        faults.extend(differences(&outcomes, &wanted).map(|fault| format!("{name}: {fault}")));
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

fn dir() -> PathBuf {
    layout::root().join("target/engine-tests")
}

fn changes_dir() -> PathBuf {
    layout::root().join("engine/library-tests/insertions")
}

fn read_expected() -> Result<Expected> {
    let file = layout::root().join("engine/library-tests/expected.toml");
    let text = fs::read_to_string(file).context("no list of expected failures")?;
    let expected: Expected = toml::from_str(&text).context("can't read the expected failures")?;
    for cause in &expected.cause {
        let insertion = layout::root()
            .join("engine/insertions")
            .join(&cause.insertion);
        ensure!(
            insertion.is_file() && !cause.why.is_empty(),
            "{} is no insertion, or says no reason",
            cause.insertion
        );
    }
    Ok(expected)
}

/// Builds the tests and gives the program.
fn build(manifest: &Path) -> Result<PathBuf> {
    let mut cargo = cargo();
    let cargo = cargo
        .args(["test", "--lib", "--no-default-features", "--no-run"])
        .args(["--message-format", "json"])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(dir().join("build"))
        // What the published crate warns of is not ours.
        .env("RUSTFLAGS", "-Awarnings");
    let messages = process::output(cargo)?;
    let mut programs = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    programs.next_back().context("cargo built no tests")
}

fn outcomes(program: &Path, package: &Path, run: Run) -> Result<Outcomes> {
    let mut tests: Command = command(&program.to_string_lossy());
    tests
        .current_dir(package)
        .env("RUST_MIN_STACK", STACK_BYTES)
        .env("RUST_BACKTRACE", "0")
        .env_remove(THROUGH_IMAGES)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    if run == Run::ThroughImages {
        tests.env(THROUGH_IMAGES, "1");
    }
    let output = tests.output().context("can't start the engine's tests")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let outcomes = read_outcomes(&text);
    // Without its last line the program was ended by a signal.
    if !text.contains("\ntest result: ") || outcomes.len() < TESTS_MIN {
        bail!("the engine's tests ended with {}:\n{text}", output.status);
    }
    Ok(outcomes)
}

/// Reads lines such as `test name ... ok`.
fn read_outcomes(text: &str) -> Outcomes {
    let outcome = |line: &str| {
        let (name, verdict) = line.strip_prefix("test ")?.split_once(" ... ")?;
        let name = name.split(" - should panic").next()?;
        Some((name.to_owned(), verdict == "ok"))
    };
    text.lines().filter_map(outcome).collect()
}

fn expected_failures(expected: &Expected, run: Run) -> BTreeSet<&str> {
    let causes = expected.cause.iter();
    let causes = causes.filter(|cause| cause.when == When::Always || run == Run::ThroughImages);
    causes
        .flat_map(|cause| cause.tests.iter().map(String::as_str))
        .collect()
}

/// What did not end as the list says.
fn differences<'a>(
    outcomes: &'a Outcomes,
    expected: &'a BTreeSet<&str>,
) -> impl Iterator<Item = String> + 'a {
    let ran = outcomes.iter().filter_map(|(name, passed)| {
        let is_expected = expected.contains(name.as_str());
        match (*passed, is_expected) {
            (true, true) => Some(format!("{name} passes, and is on the list of failures")),
            (false, false) => Some(format!("{name} fails, and is not on the list")),
            (true, false) | (false, true) => None,
        }
    });
    let absent = expected
        .iter()
        .filter(|name| !outcomes.contains_key(**name));
    ran.chain(absent.map(|name| format!("{name} is on the list, and there is no such test")))
}

#[cfg(test)]
mod tests {
    use super::{differences, read_outcomes};
    use std::collections::BTreeSet;

    #[test]
    fn a_list_that_is_not_exact_is_told() {
        let text = "\ntest a::b ... ok\ntest c - should panic ... FAILED\ntest result: FAILED. 1\n";
        let outcomes = read_outcomes(text);
        let told = |expected: &[&str]| {
            let expected: BTreeSet<_> = expected.iter().copied().collect();
            differences(&outcomes, &expected).collect::<Vec<_>>()
        };
        assert!(told(&["c"]).is_empty());
        assert_eq!(told(&[]), ["c fails, and is not on the list"]);
        let faults = told(&["a::b", "c", "d"]);
        assert_eq!(
            faults,
            [
                "a::b passes, and is on the list of failures",
                "d is on the list, and there is no such test",
            ]
        );
    }
}
