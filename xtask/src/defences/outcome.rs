//! How an attack ended whose defence was taken out.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::layout;
use crate::process;

/// Longest that an attack may take. What takes longer is taken for a loop without end.
const TIMEOUT: Duration = Duration::from_secs(90);

/// What became of an attack's test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It failed, as it should without its defence; with the first words of why.
    Missed(String),
    /// It passed: the line is not what keeps the attack from succeeding.
    NotMissed,
    /// It could not be run.
    Error(String),
    /// Only NEAR's VM shows it.
    Skipped,
}

impl Verdict {
    pub(super) fn is_bad(&self) -> bool {
        matches!(self, Self::NotMissed | Self::Error(_))
    }
}

/// A row of the table.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) test: String,
    pub(super) files: Vec<String>,
    pub(super) verdict: Verdict,
    pub(super) seconds: u64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, why) = match &self.verdict {
            Verdict::Missed(why) => ("missed", why.as_str()),
            Verdict::NotMissed => ("NOT MISSED", "the attack fails without it too"),
            Verdict::Error(why) => ("ERROR", why.as_str()),
            Verdict::Skipped => ("skipped", "only NEAR's VM shows it: --vm"),
        };
        let test = self.test.rsplit("::").next().unwrap_or(&self.test);
        write!(
            f,
            "{word:<10} {:>4} s  {test}  [{}]  {why}",
            self.seconds,
            self.files.join(", ")
        )
    }
}

/// Runs one test of the program.
///
/// # Errors
/// When it can't be run.
pub(super) fn of_test(program: &Path, test: &str, (name, value): (&str, &str)) -> Result<Verdict> {
    let log = layout::root().join("target/defences.log");
    let file = File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
    let mut command = process::command(&program.to_string_lossy());
    command.args(["--exact", test]).env(name, value);
    command.stdout(Stdio::piped()).stderr(file);
    let mut child = command.spawn().context("the tests can't be run")?;
    let output = child.stdout.take().context("the tests say nothing")?;
    let (sender, said) = mpsc::channel();
    thread::spawn(move || sender.send(io::read_to_string(output)));
    // What it says ends when it does.
    let Ok(said) = said.recv_timeout(TIMEOUT) else {
        child.kill()?;
        child.wait()?;
        return Ok(Verdict::Missed("it ran without end".to_owned()));
    };
    let status = child.wait()?;
    let said = said? + &fs::read_to_string(&log)?;
    Ok(of_end(status, &said))
}

fn of_end(status: ExitStatus, said: &str) -> Verdict {
    if !said.contains("running 1 test") {
        return Verdict::Error("there is no such test".to_owned());
    }
    if status.success() {
        return Verdict::NotMissed;
    }
    match reason(said) {
        Some(reason) => Verdict::Missed(reason),
        None => Verdict::Missed(format!("it ended with {status}")),
    }
}

/// The words of the first panic.
fn reason(said: &str) -> Option<String> {
    let mut lines = said
        .lines()
        .skip_while(|line| !line.contains("panicked at"));
    lines.next()?;
    let lines =
        lines.take_while(|line| !line.starts_with("stack backtrace") && !line.starts_with("note:"));
    let words: Vec<_> = lines.take(4).map(str::trim).collect();
    let words = words.join(" ").chars().take(200).collect();
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::{Verdict, of_end};
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn verdict(code: i32, said: &str) -> Verdict {
        of_end(ExitStatus::from_raw(code << 8), said)
    }

    #[test]
    fn only_a_test_that_ran_and_failed_misses_its_defence() {
        let panicked = "running 1 test\nthread 'a' panicked at b.rs:1:1:\nstolen\n";
        assert_eq!(verdict(101, panicked), Verdict::Missed("stolen".to_owned()));
        assert_eq!(verdict(0, "running 1 test\n"), Verdict::NotMissed);
        for code in [0, 101] {
            assert!(matches!(
                verdict(code, "running 0 tests"),
                Verdict::Error(_)
            ));
        }
    }
}
