//! Storage staking: an account must hold tokens for the bytes that it keeps.

use near_crypto::PublicKey;
use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, Account};
use near_primitives::types::Balance;

/// Bytes that an account may keep without any tokens (NEP-448; nearcore,
/// `runtime/src/verifier.rs`).
const ZERO_BALANCE_BYTES: u64 = 770;

/// Returns the tokens that an account lacks for its storage, if it lacks any.
pub(crate) fn lacking_stake(config: &RuntimeConfig, account: &Account) -> Option<Balance> {
    let bytes = account.storage_usage();
    let required = config
        .storage_amount_per_byte()
        .checked_mul(u128::from(bytes))
        .unwrap_or(Balance::MAX);
    let held = account.amount().saturating_add(account.locked());
    if held >= required || bytes <= ZERO_BALANCE_BYTES {
        return None;
    }
    required.checked_sub(held)
}

/// Returns the bytes that an account keeps for an access key.
pub(crate) fn access_key_bytes(
    config: &RuntimeConfig,
    public_key: &PublicKey,
    access_key: &AccessKey,
) -> u64 {
    let key = borsh::object_length(public_key).expect("invariant: keys can be encoded in memory");
    let value = borsh::object_length(access_key).expect("invariant: keys can be encoded in memory");
    (key + value) as u64 + config.fees.storage_usage_config.num_extra_bytes_record
}
