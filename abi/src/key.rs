//! Keys of a subcontract in the trie: whose each is, by its first byte (docs/spec/state.md).
//!
//! What a subcontract stores and what the enclave keeps for it begin with different bytes. Its code is
//! no key of it at all.

/// Longest name in a subcontract's storage, in bytes. Reason: with its id it must fit NEAR's 2,048.
pub const NAME_BYTES_MAX: usize = 1_024;

/// First byte of the host keys of compiled code, above those of the trie (docs/spec/state.md, "Code").
pub const COMPILED: u8 = 0x10;

/// First byte of the host keys of Unicode's tables (docs/spec/state.md, "Tables").
pub const TABLES: u8 = 0x13;

/// What a subcontract's keys that have a name are for. The number is their first byte, and never
/// reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Its own storage; the name is the storage's.
    Storage = 0x01,
    /// What it lets others read; the name is the id of who may.
    Grants = 0x02,
    /// Methods of it that wait for the outside; the name is the flow's token.
    Flows = 0x03,
    /// What it holds of NEP-141 tokens outside; the name is the token's account.
    Tokens = 0x04,
}

impl Kind {
    /// The key under a name. Keys of one kind are in the order of their names.
    #[must_use]
    pub fn key(self, name: &str) -> Vec<u8> {
        [&[self as u8], name.as_bytes()].concat()
    }

    /// The name of a key; none if it is of another kind.
    #[must_use]
    pub fn name(self, key: &[u8]) -> Option<&str> {
        let (first, name) = key.split_first()?;
        let name = (*first == self as u8).then_some(name)?;
        core::str::from_utf8(name).ok()
    }
}

/// The key under which a name of the subcontract's storage lies.
#[must_use]
pub fn storage(name: &str) -> Vec<u8> {
    Kind::Storage.key(name)
}

/// The name that a key of the subcontract's storage stands for.
#[must_use]
pub fn storage_name(key: &[u8]) -> Option<&str> {
    Kind::Storage.name(key)
}
