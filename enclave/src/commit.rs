//! The end of an execution: writes, then the outbox, then logs (invariant 2).
//!
//! Guards invariant 11: what comes in as a deposit is kept, spent, paid for storage or sent back,
//! and what the enclave pays itself never comes out of the subcontracts' money.

use crate::execution::{Execution, Mode};
use crate::journal::Committed;
use crate::outbox::Transfer;
use crate::platform::Platform;
use crate::record::{AccountPayload, EnclaveRecord, corrupt};
use crate::tracer::Tracer;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_nested_trie::{Batch, Changes, Prepared, Previous};
use std::collections::BTreeMap;

/// Price of a stored byte, in yoctoNEAR. Source: NEAR protocol, `storage_amount_per_byte`.
pub(crate) const YOCTO_PER_BYTE: u128 = 10_000_000_000_000_000_000;

/// Bytes that NEAR counts for each host key beside key and value. Source: NEAR protocol,
/// `storage_num_extra_bytes_record`.
const BYTES_PER_RECORD: u64 = 40;

/// NEAR that came with a request, and who is to pay for storage that grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deposit {
    /// Who attached it, and gets back what is left.
    pub(crate) from: String,
    /// In yoctoNEAR.
    pub(crate) amount_yocto: u128,
    /// What of it nobody kept or spent.
    pub(crate) left_yocto: u128,
    pub(crate) payer: Payer,
    /// What is paid out for a subcontract that goes.
    pub(crate) refund: Option<Refund>,
    /// The subcontract whose account record tells what its upload paid.
    pub(crate) uploaded: Option<String>,
}

/// What a removed subcontract leaves to its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refund {
    /// The owner.
    pub(crate) to: String,
    /// Its balance, in yoctoNEAR.
    pub(crate) balance_yocto: u128,
    /// What its upload paid for storage, in yoctoNEAR.
    pub(crate) paid_yocto: u128,
}

/// Who pays for storage that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payer {
    /// The deposit, and nothing else.
    Deposit,
    /// The deposit if there is one, else the enclave's own balance.
    DepositOrEnclave,
}

/// How the price of grown storage is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bill {
    /// Out of what nobody kept of the deposit.
    of_left: u128,
    /// Out of what the outermost frame kept of it.
    of_kept: u128,
}

impl<P: Platform> Execution<P> {
    /// Ends the execution. Gives by how many bytes storage grew, checked to be paid for; what is
    /// left of the deposit goes back.
    ///
    /// # Errors
    /// `E_DEPOSIT`, `E_CORRUPT`. The caller must fail the receipt then.
    pub(crate) fn commit(&self, deposit: Deposit) -> Result<u64, Failure> {
        let Committed {
            mut changes,
            balances,
            mut transfers,
            logs,
        } = self.journal.take().commit();
        let platform = self.platform();
        let mut growth = 0;
        if self.mode == Mode::Change {
            let kept_balance = balances.get(&self.top.borrow().id).copied();
            let moved = self.put_balances(&mut changes, balances)?;
            let mut prepared = self.state.prepare(changes)?;
            let grown = prepared.growth(BYTES_PER_RECORD);
            growth = u64::try_from(grown).unwrap_or(0);
            let bill = self.bill(&deposit, growth, kept_balance.unwrap_or(0))?;
            transfers.extend(self.refund(&deposit, grown)?);
            self.write_bill(&mut prepared, &deposit, (growth, bill))?;
            let enclave = self.moved(moved, bill.of_kept)?;
            self.write(&self.state.finish(prepared, enclave.as_ref())?);
            let left = deposit.left_yocto - bill.of_left;
            transfers.extend((left > 0).then_some(Transfer {
                to: deposit.from,
                amount_yocto: left,
            }));
            for transfer in transfers {
                platform.transfer(&transfer.to, transfer.amount_yocto);
            }
        }
        for line in logs {
            platform.log(&line);
        }
        if let Some(event) = self.tracer.take().and_then(Tracer::event) {
            platform.log(&event);
        }
        Ok(growth)
    }

    /// Writes the enclave's own record, before anything else is stored.
    pub(crate) fn found(&self, enclave: &EnclaveRecord) -> Result<(), Failure> {
        let prepared = self.state.prepare(Changes::new())?;
        self.write(&self.state.finish(prepared, Some(enclave))?);
        Ok(())
    }

    /// Makes host writes.
    pub(crate) fn write(&self, batch: &Batch) {
        for (key, value) in batch.iter() {
            match value {
                Some(value) => self.platform().write(key, value),
                None => self.platform().remove(key),
            }
        }
    }

    /// Puts balances that changed into the account records. Gives what came in and what went out.
    fn put_balances(
        &self,
        changes: &mut Changes,
        balances: BTreeMap<String, u128>,
    ) -> Result<(u128, u128), Failure> {
        let (mut came, mut went) = (0, 0);
        for (id, balance_yocto) in balances {
            let stored = self.state.account(&id)?.map(|(_, payload)| payload);
            let before = stored.as_ref().map_or(0, |payload| payload.balance_yocto);
            // Who kept something may pay for storage out of it, even if the balance is what it was.
            let is_payer = self.top.borrow().kept > 0 && self.top.borrow().id == id;
            if before == balance_yocto && !is_payer {
                continue;
            }
            came += balance_yocto.saturating_sub(before);
            went += before.saturating_sub(balance_yocto);
            let of = changes.subcontracts.get(&id);
            if of.is_some_and(|of| of.previous == Previous::Removed && of.account.is_none()) {
                continue;
            }
            let payload = match of.and_then(|of| of.account.as_ref()) {
                Some(bytes) => AccountPayload::from_bytes(bytes)?,
                None => stored.ok_or_else(|| corrupt(&format!("the account record of {id}")))?,
            };
            let payload = AccountPayload {
                balance_yocto,
                ..payload
            };
            changes.put_account(&id, payload.to_bytes());
        }
        Ok((came, went))
    }

    /// The sum of all balances before this execution.
    fn total(&self) -> Result<u128, Failure> {
        let enclave = self.state.enclave()?;
        Ok(enclave.map_or(0, |enclave| enclave.total_yocto))
    }

    /// The enclave's own record with the new sum of all balances, where it changed.
    fn moved(
        &self,
        (came, went): (u128, u128),
        paid: u128,
    ) -> Result<Option<EnclaveRecord>, Failure> {
        let went = went + paid;
        if came == went {
            return Ok(None);
        }
        let unreadable = || corrupt("the sum of all balances");
        let enclave = self.state.enclave()?.ok_or_else(unreadable)?;
        let total = (enclave.total_yocto + came).checked_sub(went);
        Ok(Some(EnclaveRecord {
            total_yocto: total.ok_or_else(unreadable)?,
            ..enclave
        }))
    }

    /// Who pays how much of the price of storage that grew.
    fn bill(&self, deposit: &Deposit, growth: u64, balance: u128) -> Result<Bill, Failure> {
        let price = u128::from(growth) * YOCTO_PER_BYTE;
        let is_sponsored = deposit.payer == Payer::DepositOrEnclave && deposit.amount_yocto == 0;
        let kept = match deposit.payer {
            Payer::Deposit => 0,
            Payer::DepositOrEnclave => self.top.borrow().kept.min(balance),
        };
        let funds = match (price, is_sponsored) {
            (0, _) => 0,
            (_, true) => self.free_balance(0)?,
            (_, false) => deposit.left_yocto + kept,
        };
        if price > funds {
            let missing = price - funds;
            let attach = deposit.amount_yocto + missing;
            let attach = if is_sponsored { price } else { attach };
            return Err(Failure::new(
                ErrorCode::Deposit,
                format!(
                    "storage grows by {growth} bytes and costs {price} yoctoNEAR; \
                     {missing} yoctoNEAR are missing, attach {attach} or more"
                ),
            ));
        }
        let of_left = price.min(deposit.left_yocto);
        let of_kept = if is_sponsored { 0 } else { price - of_left };
        Ok(Bill { of_left, of_kept })
    }

    /// What of the account's balance is neither bound by its storage, with so many bytes more, nor
    /// the subcontracts'.
    fn free_balance(&self, growth_bytes: i64) -> Result<u128, Failure> {
        let bound_bytes = self
            .platform()
            .storage_usage()
            .saturating_add_signed(growth_bytes);
        let bound = u128::from(bound_bytes) * YOCTO_PER_BYTE + self.total()?;
        Ok(self.platform().balance().saturating_sub(bound))
    }

    /// What a removal pays. The storage that was paid for may be bound by others meanwhile, whose
    /// calls the enclave paid: that is the enclave's loss, never the subcontracts'.
    fn refund(&self, deposit: &Deposit, growth: i64) -> Result<Option<Transfer>, Failure> {
        let Some(refund) = &deposit.refund else {
            return Ok(None);
        };
        let free = self.free_balance(growth)?;
        let free = free.saturating_sub(deposit.amount_yocto);
        let amount_yocto = refund.balance_yocto + refund.paid_yocto.min(free);
        let to = refund.to.clone();
        Ok((amount_yocto > 0).then_some(Transfer { to, amount_yocto }))
    }

    /// Puts into the account records what storage took from the outermost frame's balance, and
    /// what an upload paid. The records' length does not depend on the amounts.
    fn write_bill(
        &self,
        prepared: &mut Prepared<'_, P>,
        deposit: &Deposit,
        (growth, bill): (u64, Bill),
    ) -> Result<(), Failure> {
        if bill.of_kept > 0 {
            let id = self.top.borrow().id.clone();
            amend(prepared, &id, |payload| {
                payload.balance_yocto -= bill.of_kept
            })?;
        }
        if let Some(id) = &deposit.uploaded {
            let paid_yocto = u128::from(growth) * YOCTO_PER_BYTE;
            amend(prepared, id, |payload| payload.paid_yocto = paid_yocto)?;
        }
        Ok(())
    }
}

/// Changes the payload of an account record that is to be written.
fn amend<P: Platform>(
    prepared: &mut Prepared<'_, P>,
    id: &str,
    change: impl FnOnce(&mut AccountPayload),
) -> Result<(), Failure> {
    let bytes = prepared.payload(id);
    let bytes = bytes.ok_or_else(|| corrupt(&format!("the account record of {id}")))?;
    let mut payload = AccountPayload::from_bytes(bytes)?;
    change(&mut payload);
    prepared.put_payload(id, payload.to_bytes());
    Ok(())
}
