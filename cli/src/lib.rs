//! The command line of Conclave, as a library: tests drive the same code that people do.
//!
//! Arguments come in, requests go to a [`conclave_localnet::Chain`], values come out on stdout
//! and everything else on stderr. It knows the enclave by its JSON interface alone.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod arguments;
pub mod artefacts;
pub mod bill;
pub mod claim;
pub mod code;
mod commands;
pub mod demo;
pub mod deploy;
pub mod enclave;
pub mod failure;
pub mod flows;
pub mod home;
pub mod minify;
pub mod price;
pub mod rehearsal;
pub mod report;
pub mod scenario;
pub mod state;
pub mod timeline;
pub mod trace;
pub mod tree;
pub mod units;

pub use commands::run;
