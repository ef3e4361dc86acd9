//! Boa, bound to the enclave. The only crate that knows Boa.
//!
//! In: a subcontract's source, a method and a value. Out: a value or a failure. What running code
//! asks for goes through [`port::Host`], which knows nothing of JS. Guards invariants 1, 6, 8, 10
//! and 12.

mod bindings;
mod compiled;
mod copy;
mod failure;
mod guest;
mod harden;
#[cfg(any(target_arch = "wasm32", test))]
mod heap;
mod hooks;
mod jobs;
mod late;
mod lexis;
#[cfg(any(test, target_arch = "wasm32"))]
mod memory;
mod nesting;
mod permits;
pub mod port;
mod program;
mod random;
mod realm;
mod scan;
pub mod tables;
mod tokens;

pub use compiled::{BUILD, Compiled, CompiledError};
pub use program::{Program, SOURCE_BYTES_MAX};
pub use realm::{prepare, with_guest};
