//! What the trie costs in NEAR's VM, against plain NEAR keys.
//!
//! One crate, compiled twice. For Wasm it is a small contract whose exports are the measured
//! programs; natively it fills a local chain, calls them, and gives rows of gas. It is a crate of its
//! own, without the engine and the enclave, so that a change of the trie is measured in seconds.
//!
//! # What a row says
//! For each of the same keys of one subcontract, the trie program and the flat program read the value
//! and write a changed one of the same length; the flat program has one NEAR storage key per value.
//! The scan reads 100 neighbouring pairs in order; flat, these are reads of 100 known keys. A row is
//! the gas of NEAR's VM in the receipt, less that of the export `noop`, which reads the same input,
//! returns as many bytes and does nothing: loading the contract, which costs both programs the same,
//! is not in it. Where keys are chosen, a row is the mean over [`world::SAMPLES`] choices, each in a
//! receipt of its own.
//!
//! Each program runs on a chain of its own, on an account of the same name with the same contract and
//! only its own data. Flat keys are the bytes of the subcontract's keys and nothing else: the least
//! that NEAR can charge. A host of many subcontracts would have to put the id before them; the rows
//! tell what that costs as well.
//!
//! The contract is built as the enclave is: the same profile, flags, `wasm-opt`, host calls and allocator.
//!
//! It knows nothing of pages and hashes: every use of the trie is in [`trie_use`].

pub mod hashing;
#[cfg(target_arch = "wasm32")]
#[path = "../../../engine/src/heap.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "what memory an execution may hold is the enclave's business"
)]
mod heap;
pub mod input;
pub mod programs;
pub mod storage;
pub mod trie_use;

#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod near;

#[cfg(not(target_arch = "wasm32"))]
pub mod costs;
#[cfg(not(target_arch = "wasm32"))]
pub mod measure;
#[cfg(not(target_arch = "wasm32"))]
pub mod report;
#[cfg(not(target_arch = "wasm32"))]
pub mod world;
