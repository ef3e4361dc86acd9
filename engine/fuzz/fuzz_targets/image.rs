//! Any bytes as an image of compiled code, for a fuzzer that sees what an input reaches.
//!
//! `cargo +nightly fuzz run --fuzz-dir engine/fuzz image`, in the root. What it finds is tried again
//! by giving it the file of the input.

#![no_main]

#[path = "../../tests/compiled_programs/mod.rs"]
mod compiled_programs;
#[path = "../../tests/image_target/mod.rs"]
mod image_target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    image_target::target(bytes);
});
