//! The corpus of hostile programs on the engine: each ends with a value or a coded failure.
//!
//! A defect of the engine may end the whole process, so the programs run in processes of their own:
//! this test starts itself again for a range of programs, and goes on behind the one that killed it.
//! Every violation is listed by its name.

// Public in the crate it belongs to, which this one must not depend on.
#[allow(unreachable_pub)]
#[path = "../../tests/src/hostile/mod.rs"]
mod hostile;
mod hostile_world;

use hostile::Program;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Tells a process which programs to run: `first,end`.
const RANGE: &str = "CONCLAVE_HOSTILE_RANGE";
/// Chooses programs by a part of their name.
const ONLY: &str = "CONCLAVE_HOSTILE_ONLY";
/// Programs of one process. Reason: each leaves its realm in memory.
const RANGE_LENGTH: usize = 48;
/// Processes at a time.
const PROCESSES: usize = 2;
/// A program that takes longer does work that nobody counts: [`hostile_world`] gives fuel for less
/// than a second.
const SECONDS_MAX: u64 = 20;
/// Room for native recursion. The engine bounds it for the contract's 256 KiB; frames of an
/// unoptimised build are larger by far.
const STACK_BYTES: usize = 32 << 20;
/// Address space of a process, in KiB: an allocation without bound fails here.
const MEMORY_KIB: u64 = 6 << 20;
/// Failures that mean a defect of the engine or of the corpus.
const DEFECTS: [&str; 2] = ["E_CORRUPT", "E_UNKNOWN_METHOD"];
/// Failures of an upload.
const REFUSALS: [&str; 2] = ["E_SYNTAX", "E_SOURCE"];

#[test]
fn every_hostile_program_ends_with_a_value_or_a_coded_failure() {
    let programs = hostile::programs();
    if let Ok(range) = std::env::var(RANGE) {
        let (first, end) = range.split_once(',').expect("a range");
        let range = first.parse().expect("a number")..end.parse().expect("a number");
        return run_here(&programs, range);
    }
    assert!(programs.len() >= 2_000, "only {}", programs.len());
    let names: BTreeSet<_> = programs.iter().map(|program| &program.name).collect();
    assert_eq!(names.len(), programs.len(), "names are unique");
    let violations = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| {
                loop {
                    let first = next.fetch_add(RANGE_LENGTH, Ordering::Relaxed);
                    if first >= programs.len() {
                        return;
                    }
                    let end = (first + RANGE_LENGTH).min(programs.len());
                    let found = run_in_processes(&programs, first, end);
                    for violation in &found {
                        println!("{violation}");
                    }
                    violations.lock().expect("no panic").extend(found);
                }
            });
        }
    });
    let violations = violations.into_inner().expect("no panic");
    let list = violations.join("\n");
    let all = programs.len();
    assert!(
        violations.is_empty(),
        "{} of {all}:\n{list}",
        violations.len()
    );
}

/// Symptom: the first frame of an execution ran without bounds. Mechanism: the making of the realm
/// left four thousand million units of fuel that the host was never asked for. Fix: an execution
/// begins with none.
#[test]
fn the_first_frame_of_an_execution_is_counted_from_its_first_step() {
    let source = "import { storage } from 'conclave'
        export function run() { for (let i = 0; i < 100000; i++); storage.set('after', 1) }";
    let (ended, stored) = hostile_world::run_and_look(source);
    assert_eq!(ended.expect_err("too much work").code, "E_GAS");
    assert_eq!(stored, 0, "the code went on behind its gas");
}

/// Runs programs and prints a line before and after each. They share a realm, as executions do;
/// after a panic the others get one of their own.
fn run_here(programs: &[Program], range: Range<usize>) {
    let only = std::env::var(ONLY).unwrap_or_default();
    let chosen: Vec<_> = range
        .filter(|index| programs[*index].name.contains(&only))
        .map(|index| (index, programs[index].source()))
        .collect();
    let next = Arc::new(AtomicUsize::new(0));
    while next.load(Ordering::Relaxed) < chosen.len() {
        let (chosen, next) = (chosen.clone(), Arc::clone(&next));
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let running = thread.spawn(move || {
            while let Some((index, source)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                println!("\n@begin {index}");
                ended(&match hostile_world::run(source) {
                    Ok(()) => "value".to_owned(),
                    Err(failure) => format!("{} {}", failure.code, failure.message),
                });
            }
        });
        if let Err(panic) = running.expect("a thread").join() {
            ended(&format!("panic {}", said(&*panic)));
        }
    }
}

fn ended(text: &str) {
    let text = text.replace(char::is_control, " ");
    println!("\n@end {}", text.chars().take(200).collect::<String>());
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_default()
}

/// Runs programs in other processes; gives the violations.
fn run_in_processes(programs: &[Program], mut first: usize, end: usize) -> Vec<String> {
    let mut violations = Vec::new();
    while first < end {
        first = run_in_process(programs, first, end, &mut violations);
    }
    violations
}

/// Runs programs in one other process; gives the first that it did not come to.
fn run_in_process(
    programs: &[Program],
    first: usize,
    end: usize,
    violations: &mut Vec<String>,
) -> usize {
    let test = std::env::current_exe().expect("this test");
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v \"$0\"; exec \"$@\""])
        .arg(MEMORY_KIB.to_string())
        .arg(test)
        .args(["--exact", "--nocapture"])
        .arg("every_hostile_program_ends_with_a_value_or_a_coded_failure")
        .env(RANGE, format!("{first},{end}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut errors = child.stderr.take().expect("a pipe");
    let errors = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = errors.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let (sender, lines) = mpsc::channel();
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    let mut running: Option<usize> = None;
    let death = loop {
        match lines.recv_timeout(Duration::from_secs(SECONDS_MAX)) {
            Ok(line) => {
                if let Some(index) = line.strip_prefix("@begin ") {
                    running = Some(index.parse::<usize>().expect("an index"));
                } else if let Some(ended) = line.strip_prefix("@end ") {
                    let program = &programs[running.take().expect("a program runs")];
                    if !is_accepted(program, ended) {
                        violations.push(format!("{}: {ended}", program.name));
                    }
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().expect("a process to end");
                break "takes too long".to_owned();
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break "ends the process".to_owned(),
        }
    };
    let status = child.wait().expect("a process that has ended");
    let errors = errors.join().expect("no panic");
    let Some(index) = running else {
        assert!(status.success(), "{status}: {errors}");
        return end;
    };
    let errors: Vec<_> = errors.lines().rev().take(4).collect();
    violations.push(format!(
        "{}: {death}, {status}: {}",
        programs[index].name,
        errors.join(" | ")
    ));
    index + 1
}

fn is_accepted(program: &Program, ended: &str) -> bool {
    let code = ended.split(' ').next().unwrap_or_default();
    if REFUSALS.contains(&code) {
        return program.may_be_refused;
    }
    code == "value" || (code.starts_with("E_") && !DEFECTS.contains(&code))
}
