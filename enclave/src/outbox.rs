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
    /// An account id; the enclave's own only for what is spawned.
    pub(crate) account: String,
    /// The subcontract that sends it.
    pub(crate) from: String,
    pub(crate) actions: Vec<Action>,
    /// The promise of the running method that waits for the result.
    pub(crate) promise: Option<Awaited>,
    /// The call that it spawns, where the account is the enclave's own.
    pub(crate) child: Option<Child>,
    /// The tokens of the account that it moves.
    pub(crate) tokens: Option<TokenMove>,
}

/// A call that a waiting method spawned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Child {
    /// The subcontract that is called.
    pub(crate) id: String,
    /// The token under which it waits, if it does.
    pub(crate) flow: String,
    /// Whether it is not to begin, if it has not yet.
    pub(crate) is_cancelled: bool,
}

impl Outside {
    /// What is attached, in yoctoNEAR.
    pub(crate) fn yocto(&self) -> u128 {
        yocto_of(&self.actions)
    }
}

/// What is attached to actions, in yoctoNEAR: more than anybody has where it is beyond all numbers.
pub(crate) fn yocto_of(actions: &[Action]) -> u128 {
    let amounts = actions.iter().map(Action::yocto);
    amounts.fold(0, u128::saturating_add)
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
    /// As the end of a call that was spawned.
    Ended,
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
