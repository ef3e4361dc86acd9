//! Attacks on the enclave, one file for each class; each says which lines keep it from succeeding.
//!
//! In: hostile programs and requests, sent through the exports, natively and in NEAR's VM.
//! Out: nothing but the victim's state, money, identity, logs and gas, which must be as they were.

mod actors;
mod defence;
mod s01_prototypes;
mod s02_references;
mod s03_traps;
mod s04_reentry;
mod s05_identity;
mod s06_deputies;
mod s10_requests;
mod s11_sources;
mod s12_recursion;
mod s13_gas;
