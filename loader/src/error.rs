//! Why the loader refuses, with stable codes.

use conclave_abi::loader::{FormatError, PlaceError, PlanError};

/// A refusal. Nothing was changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoaderError {
    /// Somebody other than the account itself called.
    #[error("only the account itself may call this")]
    Caller,
    /// The argument is not the JSON object that the method takes.
    #[error("the argument is wrong: {0}")]
    Argument(String),
    /// The input of `put` is not in its binary format.
    #[error("the message is wrong: {0}")]
    Message(FormatError),
    /// The plan breaks a limit.
    #[error("the plan can't be carried out: {0}")]
    Plan(PlanError),
    /// Another upload is under way.
    #[error("another upload is under way, of sha256 {under_way}: finish or abort it first")]
    Busy {
        /// The hash of the whole being uploaded, in hexadecimal digits.
        under_way: String,
    },
    /// No upload is under way.
    #[error("no upload is under way: begin one first")]
    Idle,
    /// The chunk belongs to another whole.
    #[error("the chunk is of sha256 {got}, the upload under way of {want}")]
    Mixture {
        /// The hash that the message names.
        got: String,
        /// The hash of the whole being uploaded.
        want: String,
    },
    /// The chunk does not fill one place of the plan.
    #[error("the chunk has no place: {0}")]
    Place(PlaceError),
    /// Chunks are missing.
    #[error("{} chunks are missing, the first at index {}", missing.len(), missing.first().unwrap_or(&0))]
    Incomplete {
        /// Their indices.
        missing: Vec<u32>,
    },
    /// The chunks together are not what was announced.
    #[error("the chunks have sha256 {got}, the upload promised {want}")]
    Hash {
        /// The hash of the chunks together.
        got: String,
        /// The hash of the plan.
        want: String,
    },
    /// A stored record can't be read.
    #[error("a stored record is corrupt: {0}")]
    Record(FormatError),
}

impl LoaderError {
    /// Every code, in the order of `docs/spec/loader.md`.
    pub const CODES: [&'static str; 11] = [
        "E_LOADER_CALLER",
        "E_LOADER_ARGUMENT",
        "E_LOADER_MESSAGE",
        "E_LOADER_PLAN",
        "E_LOADER_BUSY",
        "E_LOADER_IDLE",
        "E_LOADER_MIXTURE",
        "E_LOADER_PLACE",
        "E_LOADER_INCOMPLETE",
        "E_LOADER_HASH",
        "E_LOADER_RECORD",
    ];

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let index = match self {
            LoaderError::Caller => 0,
            LoaderError::Argument(_) => 1,
            LoaderError::Message(_) => 2,
            LoaderError::Plan(_) => 3,
            LoaderError::Busy { .. } => 4,
            LoaderError::Idle => 5,
            LoaderError::Mixture { .. } => 6,
            LoaderError::Place(_) => 7,
            LoaderError::Incomplete { .. } => 8,
            LoaderError::Hash { .. } => 9,
            LoaderError::Record(_) => 10,
        };
        Self::CODES[index]
    }

    /// The JSON object that a failed call ends with.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!({ "code": self.code(), "message": self.to_string() }).to_string()
    }
}
