//! Builtins that go directly to the elements of an array do what its internal methods do: same values,
//! errors and fuel (`engine/insertions/92-dense-elements.toml`).
//!
//! Programs are made up from a seed, run once with the direct way and once without it, and compared.

mod dense_programs;
mod twice;

use boa_engine::ast::shortcut::Shortcut;
use dense_programs::program;
use twice::check_made_up;

/// Made-up programs; more with `DENSE_PROGRAMS`.
const PROGRAMS: u64 = 4_000;

#[test]
fn made_up_programs_end_as_by_the_internal_methods() {
    check_made_up(program, ("DENSE_PROGRAMS", PROGRAMS), Shortcut::Elements);
}
