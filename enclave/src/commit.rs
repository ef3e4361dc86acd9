//! The end of an execution: writes, then the outbox, then logs (invariant 2).
//!
//! Guards invariant 11: what comes in as a deposit is kept, spent, paid for storage or sent back,
//! and the enclave's record says how much of the account's NEAR is owed to others.

use crate::bill::YOCTO_PER_BYTE;
use crate::execution::{Execution, Mode};
use crate::journal::{Billed, Committed};
use crate::outbox::{Resumption, Transfer};
use crate::platform::{Planned, Platform};
use crate::record::{AccountPayload, EnclaveRecord, corrupt};
use crate::tracer::Tracer;
use conclave_abi::error::Failure;
use conclave_nested_trie::{Changes, Previous, SortedMap};

/// Money that comes to others than the enclave, or goes from them, in yoctoNEAR.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moved {
    pub(crate) came: u128,
    pub(crate) went: u128,
}

impl Moved {
    fn change(&mut self, before: u128, after: u128) {
        self.came += after.saturating_sub(before);
        self.went += before.saturating_sub(after);
    }

    fn bytes(&mut self, bytes: i64) {
        let yocto = u128::from(bytes.unsigned_abs()) * YOCTO_PER_BYTE;
        if bytes > 0 {
            self.came += yocto;
        } else {
            self.went += yocto;
        }
    }
}

impl<P: Platform> Execution<P> {
    /// Ends the execution. What is left of the deposit goes back to `from`.
    ///
    /// # Errors
    /// `E_CORRUPT`, and why the execution has to end. The caller must fail the receipt then.
    pub(crate) fn commit(&self, from: String) -> Result<(), Failure> {
        self.commit_of("", &from).map(drop)
    }

    /// The same for an execution of a method of this subcontract. Gives the promise that ends when the
    /// method does, where it waits.
    ///
    /// # Errors
    /// As [`Execution::commit`].
    pub(crate) fn commit_of(&self, id: &str, from: &str) -> Result<Option<Planned>, Failure> {
        self.check_alive()?;
        let named = self.name_open(id)?;
        let left_yocto = self.left_yocto.get();
        if left_yocto > 0 {
            self.repay(from, left_yocto)?;
        }
        let (mut moved, mut promise) = (self.moved.take(), None);
        let Committed {
            mut changes,
            records,
            balances,
            bills,
            refunds,
            mut transfers,
            outside,
            resumed,
            logs,
        } = self.journal.take().commit();
        let platform = self.platform();
        if self.mode == Mode::Change {
            self.put_accounts(&mut changes, balances, &bills, &mut moved)?;
            let enclave = self.enclave_moved(moved)?;
            changes.payload = enclave.as_ref().map(EnclaveRecord::to_bytes);
            self.write(self.state.update(changes)?.iter());
            let records = records.iter();
            self.write(records.map(|(key, record)| (key.as_slice(), record.as_deref())));
            let refunds = refunds.into_iter();
            transfers.extend(refunds.map(|(to, amount_yocto)| Transfer { to, amount_yocto }));
            for transfer in transfers {
                platform.transfer(&transfer.to, transfer.amount_yocto);
            }
            promise = self.send_outside(id, &outside, named);
            for Resumption { data_id, payload } in resumed {
                platform.resume(&data_id, &payload);
            }
        }
        for line in logs {
            platform.log(&line);
        }
        if let Some(event) = self.tracer.take().and_then(Tracer::event) {
            platform.log(&event);
        }
        Ok(promise)
    }

    /// Writes the enclave's own record, before anything else is stored.
    pub(crate) fn found(&self, enclave: &EnclaveRecord) -> Result<(), Failure> {
        let mut changes = Changes::new();
        changes.payload = Some(enclave.to_bytes());
        self.write(self.state.update(changes)?.iter());
        Ok(())
    }

    /// Makes host writes.
    pub(crate) fn write<'a>(&self, writes: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>) {
        for (key, value) in writes {
            match value {
                Some(value) => self.platform().write(key, value),
                None => self.platform().remove(key),
            }
        }
    }

    /// Puts balances and bills that changed into the account records.
    fn put_accounts(
        &self,
        changes: &mut Changes,
        balances: SortedMap<String, u128>,
        bills: &SortedMap<String, Billed>,
        moved: &mut Moved,
    ) -> Result<(), Failure> {
        for billed in bills.values() {
            moved.bytes(billed.bytes - billed.enclave_bytes);
        }
        let mut accounts: SortedMap<&String, Option<u128>> = SortedMap::new();
        for id in bills.keys() {
            accounts.insert(id, None);
        }
        for (id, balance) in &balances {
            accounts.insert(id, Some(*balance));
        }
        for (id, balance) in accounts {
            let stored = self.state.account(id)?.map(|(_, payload)| payload);
            let before = stored.as_ref().map_or(0, |payload| payload.balance_yocto);
            let billed = bills.get(id).copied().unwrap_or_default();
            let balance_yocto = balance.unwrap_or(before);
            if (before, billed) == (balance_yocto, Billed::default()) {
                continue;
            }
            moved.change(before, balance_yocto);
            let of = changes.subcontracts.get(id);
            if of.is_some_and(|of| of.previous == Previous::Removed && of.account.is_none()) {
                continue;
            }
            let payload = match of.and_then(|of| of.account.as_ref()) {
                Some(bytes) => AccountPayload::from_bytes(bytes)?,
                None => stored.ok_or_else(|| corrupt(&format!("the account record of {id}")))?,
            };
            let payload = AccountPayload {
                balance_yocto,
                billed_bytes: payload.billed_bytes.saturating_add_signed(billed.bytes),
                enclave_bytes: payload
                    .enclave_bytes
                    .saturating_add_signed(billed.enclave_bytes),
                ..payload
            };
            changes.put_account(id, payload.to_bytes());
        }
        Ok(())
    }

    /// The enclave's own record with what it owes now, where that changed.
    fn enclave_moved(&self, moved: Moved) -> Result<Option<EnclaveRecord>, Failure> {
        if moved.came == moved.went {
            return Ok(None);
        }
        let unreadable = || corrupt("what the enclave holds for others");
        let enclave = self.state.enclave()?.ok_or_else(unreadable)?;
        let held = (enclave.held_yocto + moved.came).checked_sub(moved.went);
        Ok(Some(EnclaveRecord {
            held_yocto: held.ok_or_else(unreadable)?,
            ..enclave
        }))
    }
}
