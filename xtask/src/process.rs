//! Running other programs: what is run is said on stderr, and stdout stays free for data.

use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::layout;

/// Cargo as it was when `cargo xtask` was called, run in the root.
pub(crate) fn cargo() -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// A program run in the root, without the variables that cargo set for xtask itself.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(layout::root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Says what begins, runs it, says how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {what}");
    let begin = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "failed" };
    eprintln!("    {verdict}: {what} ({})", elapsed(begin.elapsed()));
    result
}

/// Runs a program to its end; its stdout goes to stderr.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = spawn(command.stdout(std::io::stderr()))?;
    if !status.success() {
        bail!("{} ended with {status}", describe(command));
    }
    Ok(())
}

/// Runs a program to its end; its stdout is ours.
pub(crate) fn pass_through(command: &mut Command) -> Result<ExitStatus> {
    spawn(command)
}

/// Runs a program that may fail, quietly; `None` when it fails or is absent.
pub(crate) fn try_output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("can't start {}", describe(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", describe(command), output.status);
    }
    String::from_utf8(output.stdout).context("output is not UTF-8")
}

/// A duration as people read it.
pub(crate) fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!(
            "{} min {:02} s",
            duration.as_secs() / 60,
            duration.as_secs() % 60
        )
    }
}

fn spawn(command: &mut Command) -> Result<ExitStatus> {
    std::io::stderr().flush().context("can't flush stderr")?;
    command
        .status()
        .with_context(|| format!("can't start {}", describe(command)))
}

fn describe(command: &Command) -> String {
    let arguments: Vec<_> = command
        .get_args()
        .map(|part| part.to_string_lossy())
        .collect();
    format!(
        "`{} {}`",
        command.get_program().to_string_lossy(),
        arguments.join(" ")
    )
}
