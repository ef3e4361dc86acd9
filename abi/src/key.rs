//! Keys of a subcontract in the trie: whose each is, by its first byte (docs/spec/state.md).
//!
//! What the enclave keeps for a subcontract and what the subcontract stores itself begin with
//! different bytes, so that nothing a subcontract writes can be taken for its code.

/// Longest name in a subcontract's storage, in bytes. Reason: with its id it must fit NEAR's 2,048.
pub const NAME_BYTES_MAX: usize = 1_024;
/// First byte of keys that hold what the enclave keeps.
const OF_ENCLAVE: u8 = 0x00;
/// First byte of keys of the subcontract's own storage.
const OF_STORAGE: u8 = 0x01;

/// The key of the program.
#[must_use]
pub fn program() -> Vec<u8> {
    [&[OF_ENCLAVE], b"program".as_slice()].concat()
}

/// The key under which a name of the subcontract's storage lies.
#[must_use]
pub fn storage(name: &str) -> Vec<u8> {
    [&[OF_STORAGE], name.as_bytes()].concat()
}

/// The name that a key of the subcontract's storage stands for.
#[must_use]
pub fn storage_name(key: &[u8]) -> Option<&str> {
    match key {
        [OF_STORAGE, name @ ..] => core::str::from_utf8(name).ok(),
        _ => None,
    }
}
