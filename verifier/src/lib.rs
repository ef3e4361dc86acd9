//! Checks in Node and in browsers that a value is, or is not, under a root of the enclave.
//!
//! In flow a root that the caller trusts and what the view `proof` answered; out flows nothing, or
//! an error that says what is wrong. It guards that what JS hands over is taken for what it is: a
//! text that could be read in two ways is refused. What a proof is knows `nested-trie` alone; this
//! crate knows neither chain nor network, so where the root comes from is the caller's to decide.
//! `docs/proofs.md` shows it at work.

mod claim;
mod face;

pub use claim::{Claim, Refusal};
pub use face::{JsClaim, verify_proof};
