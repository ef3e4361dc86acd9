//! NEP-141 tokens in what exports take and give, as JSON.

use serde::{Deserialize, Serialize};

/// Tokens that a call moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedTokens {
    /// The token's account.
    pub token: String,
    /// How.
    pub way: TokenWay,
    /// How many at most, in the token's smallest unit.
    pub amount: String,
}

/// A method of a token that moves what its caller holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenWay {
    /// Sends them.
    FtTransfer,
    /// Sends them, and some come back.
    FtTransferCall,
    /// Makes them of NEAR.
    NearDeposit,
}

/// `return_tokens {id, token, amount}`, which only the enclave itself may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnTokens {
    /// The subcontract to which they came.
    pub id: String,
    /// The token's account.
    pub token: String,
    /// How many came, in the token's smallest unit.
    pub amount: String,
}

/// What a subcontract holds of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensHeld {
    /// The token's account.
    pub token: String,
    /// How many, in the token's smallest unit.
    pub amount: String,
    /// How many moves of them have not been answered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub on_the_way: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}
