//! The atomicity litmus: a calls b, b calls c, c calls d, in every way, failing everywhere.
//!
//! A [`case`] says how each calls the next and who fails; the [`model`] says by `docs/calls.md`
//! what must be left of it; [`run`] holds the enclave against the model natively and in NEAR's VM;
//! the [`table`] is what was left, in words. Guards invariants 2 to 4 and 11.

pub mod case;
pub mod model;
pub mod run;
pub mod table;
