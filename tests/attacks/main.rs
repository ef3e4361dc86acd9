//! Attacks on the enclave, one file for each class; each says which lines keep it from succeeding.
//!
//! In: hostile programs and requests, sent through the exports, natively and in NEAR's VM.
//! Out: nothing but the victim's state, money, identity, logs and gas, which must be as they were.

mod defence;
mod s04_reentry;
