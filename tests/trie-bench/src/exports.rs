//! The methods of the contract. All read their input and return eight bytes, so that they differ in
//! nothing but the program.
#![allow(unsafe_code, reason = "an exported name is declared unsafe")]

use crate::near::{self, Near};
use crate::storage::Storage;
use crate::{hashing, heap, programs};

/// Does nothing: what is subtracted from the others.
#[unsafe(no_mangle)]
extern "C" fn noop() {
    run(|_| Some(0));
}

#[unsafe(no_mangle)]
extern "C" fn trie_rw() {
    run(|input| programs::trie_rw(&Near, input));
}

#[unsafe(no_mangle)]
extern "C" fn flat_rw() {
    run(|input| programs::flat_rw(&Near, input));
}

#[unsafe(no_mangle)]
extern "C" fn trie_new() {
    run(|input| programs::trie_new(&Near, input));
}

#[unsafe(no_mangle)]
extern "C" fn flat_new() {
    run(|input| programs::flat_new(&Near, input));
}

#[unsafe(no_mangle)]
extern "C" fn trie_scan() {
    run(|input| programs::trie_scan(&Near, input));
}

#[unsafe(no_mangle)]
extern "C" fn flat_scan() {
    run(|input| programs::flat_scan(&Near, input));
}

/// Hashes the input by the host's function.
#[unsafe(no_mangle)]
extern "C" fn sha256_host() {
    run(|input| Some(programs::add(0, &Near.sha256(input))));
}

/// Hashes the input in the contract.
#[unsafe(no_mangle)]
extern "C" fn sha256_wasm() {
    run(|input| Some(programs::add(0, &hashing::sha256(input))));
}

fn run(program: fn(&[u8]) -> Option<u64>) {
    heap::end_zeroing();
    match program(&near::input()) {
        Some(sum) => near::value_return(&sum.to_be_bytes()),
        None => near::panic("a key is absent"),
    }
}
