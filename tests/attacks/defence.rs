//! The frame of the attacks: what keeps an attack from succeeding, and where it is run.
//!
//! In: an attack, and the lines of the source without which it succeeds. Out: the attack's
//! verdict, natively and in NEAR's VM, which must store the same.
//! `cargo xtask defences` takes the lines out and demands that the attack's test fails then;
//! the variable `CONCLAVE_DEFENCES` is how it asks.

use crate::waiting::{InVm, Natively, Waiting};
use conclave_tests::attack::in_both_worlds;
use conclave_tests::vm::workspace;
use conclave_tests::{Native, Vm, World};
use serde_json::{Value, json};

/// A line without which an attack succeeds.
pub(crate) struct Line {
    /// The file, from the root of the repository.
    pub(crate) file: &'static str,
    /// What stands in it exactly once.
    pub(crate) text: &'static str,
    /// What stands there instead when the defence is taken out.
    pub(crate) without: &'static str,
}

/// The lines that keep an attack from succeeding; they are taken out together.
pub(crate) struct Defence<'a> {
    lines: &'a [Line],
    shown_by: &'static str,
}

/// Begins a test: says which lines defend.
pub(crate) fn defended_by(lines: &[Line]) -> Defence<'_> {
    Defence {
        lines,
        shown_by: "both",
    }
}

/// What a test is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// To say which lines defend, and nothing else.
    List,
    /// To attack natively.
    Native,
    /// To attack in NEAR's VM.
    Vm,
    /// To attack in both.
    Both,
}

impl Defence<'_> {
    /// Says that the attack does harm in NEAR's VM alone, so that only there the defence is missed.
    pub(crate) fn missed_only_in_vm(self) -> Self {
        Self {
            shown_by: "vm",
            ..self
        }
    }

    /// Runs the attack natively and in NEAR's VM, in fresh worlds.
    ///
    /// # Panics
    /// When the attack does, when the worlds differ, or when a line is not where it should be.
    pub(crate) fn against(self, attack: impl Fn(&mut dyn World)) {
        match self.asked() {
            Asked::List => {}
            Asked::Native => attack(&mut Native::new()),
            Asked::Vm => attack(&mut Vm::new()),
            Asked::Both => in_both_worlds(attack),
        }
    }

    /// The same where methods wait for the outside.
    ///
    /// # Panics
    /// As [`Defence::against`].
    pub(crate) fn against_waiting(self, attack: impl Fn(&mut dyn Waiting)) {
        match self.asked() {
            Asked::List => {}
            Asked::Native => attack(&mut Natively::new()),
            Asked::Vm => attack(&mut InVm::new()),
            Asked::Both => {
                let mut native = Natively::new();
                attack(&mut native);
                let mut vm = InVm::new();
                attack(&mut vm);
                assert!(native.pairs() == vm.pairs(), "both worlds store the same");
            }
        }
    }

    /// What is asked for; tells the lines where only they are.
    fn asked(&self) -> Asked {
        assert!(!self.lines.is_empty(), "an attack without a defence");
        match std::env::var("CONCLAVE_DEFENCES").as_deref() {
            Ok("list") => {
                println!("\n{}", self.described());
                Asked::List
            }
            // The lines are taken out: they are not looked for.
            Ok("native") => Asked::Native,
            Ok("vm") => Asked::Vm,
            Ok(other) => panic!("CONCLAVE_DEFENCES is {other}, not list, native or vm"),
            Err(_) => {
                self.lines.iter().for_each(is_there);
                Asked::Both
            }
        }
    }

    /// The test that runs and what defends against its attack.
    fn described(&self) -> Value {
        let lines = self
            .lines
            .iter()
            .map(|line| json!({"file": line.file, "text": line.text, "without": line.without}));
        let thread = std::thread::current();
        json!({
            "test": thread.name(),
            "shown_by": self.shown_by,
            "lines": lines.collect::<Vec<_>>(),
        })
    }
}

/// Checks that the line is in its file once.
fn is_there(line: &Line) {
    let path = workspace().join(line.file);
    let source = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let count = source.matches(line.text).count();
    assert_eq!(count, 1, "{} has {:?} {count} times", line.file, line.text);
}
