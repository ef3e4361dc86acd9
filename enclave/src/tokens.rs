//! The books of NEP-141 tokens: what each subcontract holds on which token outside (docs/adr/0084).
//!
//! Outside, all subcontracts are one account, for which a token keeps one balance. An entry in the trie
//! of a subcontract says how much of it is its own, and how many of its moves have not been answered:
//! while there are any it stays, so that what comes back finds a place that is paid for. A host record
//! for each token says the sums.
//!
//! Guards: the sum of what subcontracts hold is never more than what the token has for the enclave.
//! Knows no calls: `flow/tokens.rs` says what moves.

use crate::bill::{Bill, of_entry};
use crate::execution::Execution;
use crate::platform::Platform;
use crate::record::corrupt;
use crate::state::key_of;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key::Kind;
use conclave_nested_trie::{NewValue, sealed, unsealed};

/// First byte of the host keys of sums; the token's account follows.
const SUMS: u8 = 0x17;
/// Bytes of a [`Held`].
const HELD_BYTES: usize = 20;

/// Tokens, in their smallest unit, and how many moves of them have not been answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) amount: u128,
    pub(crate) on_the_way: u32,
}

/// What happens to tokens in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// So many came.
    Came(u128),
    /// So many went.
    Went(u128),
    /// A move begins that takes so many.
    Leaves(u128),
    /// A move has been answered, and so many are here again.
    Answered(u128),
}

impl Held {
    /// What is held after a change; none where there is less than goes.
    pub(crate) fn after(self, change: Change) -> Option<Self> {
        let Self { amount, on_the_way } = self;
        // No token has more than fits, but one that lies.
        let (amount, on_the_way) = match change {
            Change::Came(more) => (amount.saturating_add(more), on_the_way),
            Change::Went(less) => (amount.checked_sub(less)?, on_the_way),
            Change::Leaves(less) => (amount.checked_sub(less)?, on_the_way.saturating_add(1)),
            Change::Answered(more) => (amount.saturating_add(more), on_the_way.checked_sub(1)?),
        };
        Some(Self { amount, on_the_way })
    }

    /// Amount and count, each in so many bytes as its kind has; nothing where there is nothing.
    fn to_bytes(self) -> Option<Vec<u8>> {
        let Self { amount, on_the_way } = self;
        let parts: [&[u8]; 2] = [&amount.to_be_bytes(), &on_the_way.to_be_bytes()];
        (self != Self::default()).then(|| parts.concat())
    }

    /// Reads what [`Held::to_bytes`] wrote.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        let parse = || {
            let (amount, on_the_way) = bytes.split_first_chunk::<16>()?;
            Some(Self {
                amount: u128::from_be_bytes(*amount),
                on_the_way: u32::from_be_bytes(on_the_way.try_into().ok()?),
            })
        };
        parse().ok_or_else(|| corrupt("the tokens that a subcontract holds"))
    }
}

impl<P: Platform> Execution<P> {
    /// What a subcontract holds of a token.
    ///
    /// # Errors
    /// `E_CORRUPT`, `E_TOO_LARGE` for what is no account.
    pub(crate) fn held(&self, id: &str, token: &str) -> Result<Held, Failure> {
        let key = key_of(Kind::Tokens, token)?;
        let bytes = self.state.value(&self.journal.borrow(), id, &key)?;
        bytes.map_or(Ok(Held::default()), |bytes| Held::from_bytes(&bytes))
    }

    /// What the subcontract that runs would hold of a token after a change.
    ///
    /// # Errors
    /// `E_FUNDS` where it has less than goes, `E_CORRUPT`.
    pub(crate) fn held_after(&self, token: &str, change: Change) -> Result<Held, Failure> {
        let id = self.current_id();
        let held = self.held(&id, token)?;
        held.after(change).ok_or_else(|| {
            let (Change::Went(needs) | Change::Leaves(needs)) = change else {
                return corrupt("the tokens that a subcontract holds");
            };
            let has = held.amount;
            let message = format!(
                "{id} holds {has} of the token {token} and needs {needs}; only what came to it by \
                 ft_transfer_call is its own"
            );
            Failure::new(ErrorCode::Funds, message)
        })
    }

    /// Changes what the subcontract that runs holds, as a step of its frame.
    ///
    /// # Errors
    /// As [`Execution::held_after`]; then nothing has changed.
    pub(crate) fn change_held(&self, token: &str, change: Change) -> Result<(), Failure> {
        let held = self.held_after(token, change)?;
        self.put(key_of(Kind::Tokens, token)?, held.to_bytes())?;
        self.change_sum(token, change)
    }

    /// Changes what a subcontract holds outside of any frame. Its entry is there; where nothing is left
    /// of it, it goes, and its payers get back what they paid.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn change_held_of(
        &self,
        id: &str,
        token: &str,
        change: Change,
    ) -> Result<(), Failure> {
        let unreadable = || corrupt("the tokens that a subcontract holds");
        let key = key_of(Kind::Tokens, token)?;
        let held = self.held(id, token)?.after(change);
        let bytes = held.ok_or_else(unreadable)?.to_bytes();
        let note = self.state.stat(id, &key)?.ok_or_else(unreadable)?.note;
        let mut bill = Bill::read(&note, of_entry(key.len(), HELD_BYTES))?;
        let is_gone = bytes.is_none();
        let value = bytes.map(|bytes| NewValue { bytes, note });
        let mut journal = self.journal.borrow_mut();
        journal.set_value(id, key, value, HELD_BYTES);
        drop(journal);
        if is_gone {
            self.resize(id, &mut bill, 0)?;
        }
        self.change_sum(token, change)
    }

    /// Whether an account is a token of which a subcontract holds something.
    pub(crate) fn is_token(&self, account: &str) -> Result<bool, Failure> {
        Ok(self.sum(account)? != Held::default())
    }

    /// What all subcontracts hold of a token.
    fn sum(&self, token: &str) -> Result<Held, Failure> {
        let host_key = [&[SUMS], token.as_bytes()].concat();
        let Some(record) = self.record(&host_key) else {
            return Ok(Held::default());
        };
        let body = unsealed(&host_key, &record);
        Held::from_bytes(body.map_err(|_| corrupt("what is held of a token"))?)
    }

    fn change_sum(&self, token: &str, change: Change) -> Result<(), Failure> {
        let sum = self.sum(token)?.after(change);
        let sum = sum.ok_or_else(|| corrupt("what is held of a token"))?;
        let host_key = [&[SUMS], token.as_bytes()].concat();
        let record = sum.to_bytes().map(|body| sealed(&host_key, &body));
        self.journal.borrow_mut().set_record(host_key, record);
        Ok(())
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
