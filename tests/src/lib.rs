//! What the tests share: two worlds in which the enclave runs, and how a request ends in them.
//!
//! [`Native`] runs the contract's code on the machine, without a chain; `Vm` runs the built Wasm
//! in NEAR's VM. A scenario written against [`World`] runs in both and must end alike.

pub mod attack;
pub mod await_curve;
pub mod dice;
pub mod flow_world;
pub mod gas_table;
pub mod golden;
pub mod hostile;
pub mod limit_rows;
pub mod limits;
pub mod litmus;
mod native;
pub mod observation;
pub mod outside;
pub mod performance;
pub mod story;
pub mod trees;
pub mod vm;
pub mod weave;
pub mod wool;
mod world;

pub use native::{ENCLAVE, Native};
pub use vm::Vm;
pub use world::{Ended, World};
