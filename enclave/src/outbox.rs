//! What leaves the enclave: transfers and calls, planned in the journal, sent after the writes.

use crate::platform::DataId;
use conclave_abi::tokens::TokenWay;

/// A transfer that is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// An account id.
    pub(crate) to: String,
    /// In yoctoNEAR.
    pub(crate) amount_yocto: u128,
}

/// The end of a promise of a method that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resumption {
    /// NEAR's name of it.
    pub(crate) data_id: DataId,
    /// At most 1,024 bytes.
    pub(crate) payload: Vec<u8>,
}

/// Actions on an account outside that are planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outside {
    /// An account id, not the enclave's own.
    pub(crate) account: String,
    /// The subcontract that sends it.
    pub(crate) from: String,
    pub(crate) actions: Vec<Action>,
    /// The promise of the running method that waits for the result.
    pub(crate) promise: Option<Awaited>,
    /// The tokens of the account that it moves.
    pub(crate) tokens: Option<TokenMove>,
}

/// Tokens that a call moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenMove {
    pub(crate) way: TokenWay,
    /// How many, in the token's smallest unit.
    pub(crate) amount: u128,
}

/// A promise of a method for a result from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// Its number among the method's.
    pub(crate) number: u32,
    /// How the result is read.
    pub(crate) form: Form,
}

/// How a result from outside is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As JSON.
    Json,
    /// As bytes.
    Bytes,
}

/// One action on an account outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Calls a method.
    Call {
        /// The method's name, 1 to 256 bytes.
        method: String,
        /// Its input.
        input: Vec<u8>,
        /// What goes with it, in yoctoNEAR.
        deposit_yocto: u128,
        /// What it may burn; not zero.
        gas: u64,
    },
    /// Sends NEAR.
    Transfer {
        /// In yoctoNEAR.
        amount_yocto: u128,
    },
}

impl Action {
    /// What it takes along, in yoctoNEAR.
    #[must_use]
    pub fn yocto(&self) -> u128 {
        match self {
            Self::Call { deposit_yocto, .. } => *deposit_yocto,
            Self::Transfer { amount_yocto } => *amount_yocto,
        }
    }
}
