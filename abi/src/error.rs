//! Codes of errors, and the one JSON object in which a failed call leaves the enclave.

use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};

/// Makes [`ErrorCode`] from one table, so that a code, its text and the list of all can't disagree.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+) => {
        /// The stable code of an error. Each has a page in `docs/errors/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode { $($(#[doc = $doc])+ $variant,)+ }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code as it is written everywhere, e.g. `E_REENTRY`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

codes! {
    /// The request is not the JSON object that the export takes.
    BadRequest = "E_BAD_REQUEST",
    /// The name of a subcontract breaks the rule.
    BadId = "E_BAD_ID",
    /// A value is nested deeper than the codec allows.
    TooDeep = "E_TOO_DEEP",
    /// A value, key, source or log is larger than its bound.
    TooLarge = "E_TOO_LARGE",
    /// A value can't be copied: a function, symbol, accessor, proxy, cycle or ill-formed string.
    BadValue = "E_BAD_VALUE",
    /// The enclave has not been initialised.
    NotInitialised = "E_NOT_INITIALISED",
    /// The enclave has been initialised before.
    AlreadyInitialised = "E_ALREADY_INITIALISED",
    /// Who calls may not do this.
    NotAllowed = "E_NOT_ALLOWED",
    /// No subcontract has this id.
    UnknownSubcontract = "E_UNKNOWN_SUBCONTRACT",
    /// The subcontract exports no such method.
    UnknownMethod = "E_UNKNOWN_METHOD",
    /// The method may not be called: it begins with `_`, or is `init` or `migrate`.
    PrivateMethod = "E_PRIVATE_METHOD",
    /// A subcontract of this id is there already.
    Taken = "E_TAKEN",
    /// The source does not parse.
    Syntax = "E_SYNTAX",
    /// The source parses, but uses what a subcontract can't have.
    Source = "E_SOURCE",
    /// The owner of a key has not let the running subcontract read it.
    NotGranted = "E_NOT_GRANTED",
    /// The deposit does not pay for the storage.
    Deposit = "E_DEPOSIT",
    /// The subcontract's code threw.
    Throw = "E_THROW",
    /// A subcontract was entered again while it was running.
    Reentry = "E_REENTRY",
    /// The frames nest deeper than allowed.
    Depth = "E_DEPTH",
    /// A loop, recursion or stack limit of the engine was reached.
    Limit = "E_LIMIT",
    /// The frame's gas is used up.
    Gas = "E_GAS",
    /// Whoever was to pay has too little.
    Funds = "E_FUNDS",
    /// A view tried to change something.
    View = "E_VIEW",
    /// A method ended with a promise that nothing inside the enclave settles.
    Pending = "E_PENDING",
    /// A call that left the enclave failed, or its answer can't be read.
    Outside = "E_OUTSIDE",
    /// A flow that was resumed did something else than before.
    Diverged = "E_DIVERGED",
    /// No flow of this token waits.
    UnknownFlow = "E_UNKNOWN_FLOW",
    /// The flow was aborted.
    Aborted = "E_ABORTED",
    /// What was awaited is cancelled.
    Cancelled = "E_CANCELLED",
    /// A method that waits holds a lock on the key.
    Locked = "E_LOCKED",
    /// What a waiting method read has changed meanwhile.
    Conflict = "E_CONFLICT",
    /// Nobody settled a promise in time.
    Timeout = "E_TIMEOUT",
    /// The code was compiled for another build of the engine, and has to be compiled again.
    StaleCode = "E_STALE_CODE",
    /// Unicode's tables of this build are not stored in the enclave.
    Tables = "E_TABLES",
    /// Stored state can't be read: this is a defect of the enclave.
    Corrupt = "E_CORRUPT",
}

impl core::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Most bytes of a failure's JSON. Source: NEAR, `max_total_log_length`: a panic with a longer text
/// ends the receipt without the text.
pub const FAILURE_BYTES_MAX: usize = 16_384;

/// What a failed call says: the one JSON object in the receipt's failure.
///
/// It is one pointer: most results have a place for it, and each byte of it would be copied by all who hand it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failure(Box<Said>);

/// What a [`Failure`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// A code of [`ErrorCode`].
    pub code: String,
    /// The `name` of the JS error, e.g. `TypeError`; empty when the enclave itself refused.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What happened, and what to do about it.
    pub message: String,
    /// Ids of the frames from the outermost to the one that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// The JS stack of the frame that failed, innermost call first, with line and column.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stack: String,
}

impl Failure {
    /// A failure that the enclave itself states, outside any frame.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::of(code, message.into())
    }

    #[inline(never)]
    fn of(code: ErrorCode, message: String) -> Self {
        Self::from(Said {
            code: code.as_str().to_owned(),
            name: String::new(),
            message,
            path: Vec::new(),
            stack: String::new(),
        })
    }

    /// Whether the failure bears this code.
    #[must_use]
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code == code.as_str()
    }

    /// The failure as JSON of at most [`FAILURE_BYTES_MAX`] bytes. Texts that make it longer are
    /// cut, and end with `…`; the code stays.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut failure = self.clone();
        let mut text_bytes_max = FAILURE_BYTES_MAX / 4;
        loop {
            let json = serde_json::to_string(&failure).expect("invariant: a failure is plain data");
            if json.len() <= FAILURE_BYTES_MAX || text_bytes_max == 0 {
                return json;
            }
            failure.cut_texts(text_bytes_max);
            text_bytes_max /= 2;
        }
    }

    /// Cuts every text to so many bytes, and the path to its ends where it is long.
    fn cut_texts(&mut self, bytes_max: usize) {
        const PATH_MAX: usize = 32;
        if self.path.len() > PATH_MAX {
            let end = self.path.len() - PATH_MAX / 2;
            self.path.drain(PATH_MAX / 2..end);
        }
        let said = &mut *self.0;
        let texts = [&mut said.name, &mut said.message, &mut said.stack];
        for text in texts.into_iter().chain(&mut said.path) {
            cut(text, bytes_max);
        }
    }
}

impl From<Said> for Failure {
    fn from(said: Said) -> Self {
        Self(Box::new(said))
    }
}

impl From<Failure> for Said {
    fn from(failure: Failure) -> Self {
        *failure.0
    }
}

impl Deref for Failure {
    type Target = Said;

    fn deref(&self) -> &Said {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Said {
        &mut self.0
    }
}

fn cut(text: &mut String, bytes_max: usize) {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
        text.push('…');
    }
}
