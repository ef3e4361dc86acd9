//! The contract: many subcontracts in one NEAR account.
//!
//! In: a request as JSON, through `exports`. Out: writes, transfers, logs and a result, all at the
//! end of the execution or none (invariant 2). [`serve`] is the whole contract without NEAR, so
//! that tests run it on any [`platform::Platform`].

mod access;
mod after;
mod bill;
mod bills;
mod charge;
mod code;
mod commit;
mod execution;
#[cfg(target_arch = "wasm32")]
mod exports;
mod flow;
mod frame;
mod gas;
mod grant;
mod host;
mod journal;
mod ledger;
mod listing;
mod outbox;
pub mod platform;
mod record;
mod removal;
mod request;
mod serve;
mod span;
mod state;
mod tables;
mod tokens;
mod tracer;
mod views;

pub use outbox::Action;
pub use serve::{Export, serve};

#[cfg(test)]
mod graphs;
