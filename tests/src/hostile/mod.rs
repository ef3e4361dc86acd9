//! The corpus of hostile programs: the same names and bodies every time, nothing random.
//!
//! Out: bodies of methods that go deep, grow huge, recurse through every builtin that calls back, or
//! hand hostile objects to whatever takes one. Each has to end with a value, with a coded failure or
//! by its gas, never by a trap. What runs them is `engine/tests/hostile.rs` on the engine alone, and
//! `tests/tests/hostile.rs` in NEAR's VM. This module knows nothing of the crates that run it.

mod allocators;
mod callbacks;
mod callbacks_objects;
mod callbacks_text;
mod compose;
mod depth;
mod objects;

/// A hostile program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What it is; never changes, and no other has it.
    pub name: String,
    /// The body of a method, in which everything of the module `conclave` is imported.
    pub body: String,
    /// Whether the source may be refused at upload.
    pub may_be_refused: bool,
}

impl Program {
    fn new(name: String, body: String) -> Self {
        Self {
            name,
            body,
            may_be_refused: false,
        }
    }

    /// The module that has the program as its method `run`.
    #[must_use]
    pub fn source(&self) -> String {
        format!(
            "import {{ near, storage, call, contract }} from 'conclave'\nexport function run(args) {{\n{}\n}}\n",
            self.body
        )
    }
}

/// The whole corpus.
#[must_use]
pub fn programs() -> Vec<Program> {
    let mut programs = Vec::new();
    depth::programs(&mut programs);
    callbacks::programs(&mut programs);
    allocators::programs(&mut programs);
    objects::programs(&mut programs);
    compose::programs(&mut programs);
    programs
}
