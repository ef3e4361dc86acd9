//! Attacks on the enclave, one file for each class; each says which lines keep it from succeeding.
//!
//! In: hostile programs and requests, sent through the exports, natively and in NEAR's VM.
//! Out: nothing but the victim's state, money, identity, logs and gas, which must be as they were.

mod defence;
mod s01_prototypes;
mod s02_references;
mod s03_traps;
mod s04_reentry;
mod s05_identity;
mod s06_deputies;
mod s07_callbacks;
mod s08_promises;
mod s09_answers;
mod s10_requests;
mod s11_sources;
mod s12_recursion;
mod s13_gas;
mod s14_expressions;
mod s15_allocations;
mod s16_bigints;
mod s19_partial_commit;
mod s20_storage;
mod s21_deposits;
mod s25_code_from_strings;
mod s26_determinism;
mod s27_numbers;
mod s28_history;
mod s29_logs;
mod s30_outbox;
mod s31_views;
mod s32_errors;
mod s33_names;
mod s34_amounts;
mod s35_grants;
mod s36_tokens;
mod scene;
mod waiting;
