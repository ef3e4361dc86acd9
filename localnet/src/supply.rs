//! All tokens there are: in accounts, and on their way in receipts.
//!
//! What a block burns must be the only way for tokens to leave.

use near_parameters::RuntimeConfig;
use near_primitives::account::Account;
use near_primitives::receipt::{Receipt, VersionedReceiptEnum};
use near_primitives::trie_key::col;
use near_primitives::types::Balance;

use crate::errors::ChainError;
use crate::fees::receipt_tokens;
use crate::money::add;
use crate::state::{Records, decode, with_prefix};

/// Sums up the tokens in accounts, in waiting receipts and in sent ones.
pub(crate) fn tokens_held(
    config: &RuntimeConfig,
    records: &Records,
    queue: &[Receipt],
) -> Result<Balance, ChainError> {
    let mut sum = Balance::ZERO;
    for (_, value) in with_prefix(records, &[col::ACCOUNT]) {
        let account: Account = decode(value)?;
        sum = add(add(sum, account.amount())?, account.locked())?;
    }
    for column in [col::POSTPONED_RECEIPT, col::PROMISE_YIELD_RECEIPT] {
        for (_, value) in with_prefix(records, &[column]) {
            sum = add(sum, in_receipt(config, &decode(value)?)?)?;
        }
    }
    for receipt in queue {
        sum = add(sum, in_receipt(config, receipt)?)?;
    }
    Ok(sum)
}

fn in_receipt(config: &RuntimeConfig, receipt: &Receipt) -> Result<Balance, ChainError> {
    match receipt.versioned_receipt() {
        VersionedReceiptEnum::Action(action) | VersionedReceiptEnum::PromiseYield(action) => {
            receipt_tokens(
                config,
                receipt.predecessor_id(),
                receipt.receiver_id(),
                &action,
            )
        }
        _ => Ok(Balance::ZERO),
    }
}
