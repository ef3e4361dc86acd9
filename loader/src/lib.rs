//! The loader: a small contract that receives a large one in chunks and deploys it to its own account.
//!
//! In: `begin`, `put`, `status`, `deploy`, `abort`, from the account itself. Out: the chunks in storage,
//! then one receipt that clears them, deploys the whole and calls it, all or nothing.
//! `docs/spec/loader.md` states every byte, `docs/adr/0001` why it is so. It knows nothing of the enclave.
//!
//! The behaviour is in [`upload`], over the port [`platform::Platform`]; only `near` talks to the chain
//! and only `exports` panics, both compiled for Wasm alone.

pub mod error;
#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod near;
pub mod platform;
pub mod upload;
