//! What an upload will come to, before anything is sent.
//!
//! An upload goes in and runs on a copy of the chain, which is then dropped; its real figures come out, or
//! the refusal that it would end with. Nothing leaves the process, and nothing changes on disk.

use conclave_localnet::{AccountId, Balance, Chain};
use serde::Serialize;

use crate::enclave::{Attached, Enclave, Upload};
use crate::failure::Failed;
use crate::home;
use crate::units::serialize_yocto;

/// Who uploads what, and where to.
#[derive(Clone, Copy)]
pub struct Rehearsed<'a> {
    /// The chain as it is now.
    pub chain: &'a Chain,
    /// The enclave's account.
    pub enclave: &'a AccountId,
    /// Who will sign.
    pub account: &'a AccountId,
    /// What will go along.
    pub attached: Attached,
}

/// What an upload will take. Amounts are in yoctoNEAR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadPlan {
    /// Bytes of the source as it was written.
    pub bytes: u64,
    /// Bytes of what is sent, where it was minified.
    pub minified_bytes: Option<u64>,
    /// Bytes by which what the enclave's account stores will grow.
    pub storage_bytes: u64,
    /// What NEAR stakes for these bytes.
    #[serde(serialize_with = "serialize_yocto")]
    pub near_staked: u128,
    /// The gas that all receipts will burn.
    pub gas: u64,
    /// What this gas costs.
    #[serde(serialize_with = "serialize_yocto")]
    pub gas_price_total: u128,
    /// What goes along.
    #[serde(serialize_with = "serialize_yocto")]
    pub deposit: u128,
    /// What of it comes back.
    #[serde(serialize_with = "serialize_yocto")]
    pub deposit_left: u128,
}

impl Rehearsed<'_> {
    /// Runs the upload on a copy of the chain. An account that does not exist is created there.
    ///
    /// # Errors
    /// [`Failed`], as the receipt would say, without a transaction: none was sent.
    ///
    /// # Cost
    /// The copy, and the upload itself.
    pub fn plan(self, upload: &Upload) -> Result<UploadPlan, Failed> {
        let mut fork = self.chain.fork()?;
        let signer = home::ready(&mut fork, self.account)?;
        let before = (self.balance(&fork), self.storage_bytes(&fork));
        let mut enclave = Enclave::new(&mut fork, self.enclave.clone());
        let done = enclave.upload(&signer, upload, self.attached);
        let done = done.map_err(unsent)?;
        let burnt = done.tokens_burnt.parse().unwrap_or(0);
        let deposit = self.attached.deposit.as_yoctonear();
        let spent = before.0.saturating_sub(self.balance(&fork));
        let storage_bytes = self.storage_bytes(&fork).saturating_sub(before.1);
        let per_byte = fork.runtime_config().storage_amount_per_byte();
        let staked = per_byte.saturating_mul(u128::from(storage_bytes));
        Ok(UploadPlan {
            bytes: upload.source.len() as u64,
            minified_bytes: None,
            storage_bytes,
            near_staked: staked.as_yoctonear(),
            gas: done.gas,
            gas_price_total: burnt,
            deposit,
            deposit_left: deposit.saturating_sub(spent.saturating_sub(burnt)),
        })
    }

    /// Bytes for which NEAR stakes money of the enclave's account.
    fn storage_bytes(self, chain: &Chain) -> u64 {
        let account = chain.account(self.enclave);
        account.map_or(0, |it| it.storage_usage())
    }

    fn balance(self, chain: &Chain) -> u128 {
        let account = chain.account(self.account);
        account
            .map_or(Balance::ZERO, |it| it.amount())
            .as_yoctonear()
    }
}

/// The transaction was the copy's, and nobody paid for its gas.
fn unsent(mut failed: Failed) -> Failed {
    failed.details.transaction = None;
    failed.details.gas = None;
    failed
}
