//! What can go wrong: a request outside the limits, or stored bytes that no version of this crate wrote.
//!
//! Both are values. Nothing in this crate panics on what it reads.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Says which host key holds bytes that break the format, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("corrupt state under host key {}: {fault}", Hex(.host_key))]
pub struct Corrupt {
    /// The host key whose record is wrong.
    pub host_key: Vec<u8>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What was wrong with a stored record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A record that another record points to is not there.
    #[error("the record is missing")]
    Missing,
    /// The first byte names a version that this code does not read.
    #[error("version {got} is not known")]
    Version {
        /// The version byte found.
        got: u8,
    },
    /// The checksum is not that of the record under its host key.
    #[error("the checksum does not fit the record")]
    Checksum,
    /// The record ends inside a field, or a length points past its end.
    #[error("the record is cut off")]
    Truncated,
    /// Bytes are left behind the last field.
    #[error("there are bytes too many")]
    Excess,
    /// A number is not in its one form, or too large.
    #[error("a number breaks its form")]
    Number,
    /// A key is longer than the limit, a subcontract id is not UTF-8, or an item is of no known kind.
    #[error("a key breaks its rule")]
    Key,
    /// Keys are not in order, or do not belong into their page.
    #[error("the keys are out of order")]
    Order,
    /// Two records tell different things.
    #[error("the record contradicts the one that points to it")]
    Contradiction,
}

/// Why the trie refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrieError {
    /// Stored bytes break the format.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// A subcontract id is empty or longer than the limit.
    #[error("a subcontract id has 1 to {limit} bytes, not {got}")]
    IdLength {
        /// Bytes of the id that was given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A key is longer than the limit.
    #[error("a key has at most {limit} bytes, not {got}")]
    KeyLength {
        /// Bytes of the key that was given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Values were to be written for a subcontract that has no account record.
    #[error("there is no subcontract {id}")]
    NoSubcontract {
        /// The id that was given.
        id: String,
    },
}

impl TrieError {
    /// Returns the stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Corrupt(_) => "E_STATE_CORRUPT",
            Self::IdLength { .. } => "E_ID_LENGTH",
            Self::KeyLength { .. } => "E_KEY_LENGTH",
            Self::NoSubcontract { .. } => "E_NO_SUBCONTRACT",
        }
    }
}

/// Prints bytes as lower-case hexadecimal digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}
