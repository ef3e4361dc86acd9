//! Who pays for storage: what a frame wrote is charged when it ends, and what it freed goes back to
//! whoever paid (docs/storage.md).
//!
//! Guards invariant 11 with `ledger.rs` and `commit.rs`: what was charged or given back are steps of
//! the journal, so they are undone with the frame.

use crate::bill::{self, Bill, ENCLAVE, ITSELF, Moved, YOCTO_PER_BYTE};
use crate::execution::Execution;
use crate::journal::Used;
use crate::platform::Platform;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::id::SubcontractId;
use conclave_engine::port::LockMode;
use conclave_nested_trie::{NewValue, Stat};

/// Money that may pay for storage.
struct Source {
    payer: String,
    funds_yocto: u128,
    from: From,
}

/// Where the money lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// In the balance of the subcontract that runs.
    Balance,
    /// In a frame's purse.
    Purse(usize),
    /// In what the outermost frame kept of its deposit.
    Kept,
    /// With the enclave.
    Enclave,
}

impl<P: Platform> Execution<P> {
    /// Sets a key of the subcontract that runs, or removes it. It is charged when the subcontract's
    /// outermost frame ends.
    ///
    /// # Errors
    /// `E_CORRUPT`; then nothing has changed.
    pub(crate) fn put(&self, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<(), Failure> {
        let id = self.current_id();
        self.check_lock(&id, &key, LockMode::Write)?;
        let on_chain = self.state.stat(&id, &key)?;
        let evicted = on_chain
            .as_ref()
            .map_or(0, |stat| stat.value_bytes as usize);
        let scope = self.frames.borrow().outermost_of(&id);
        let mut journal = self.journal.borrow_mut();
        if !journal.is_touched(scope, &key) {
            let before = match journal.written(&id, &key) {
                Some(written) => written.map(|value| Stat {
                    value_bytes: value.bytes.len() as u64,
                    note: value.note.clone(),
                }),
                None => on_chain,
            };
            journal.touch(scope, key.clone(), before);
        }
        let note = Vec::new();
        let value = value.map(|bytes| NewValue { bytes, note });
        journal.set_value(&id, key, value, evicted);
        Ok(())
    }

    /// Charges what the frame that ends wrote, and what frames further in wrote to the same
    /// subcontract: for each key what it takes now, less what it took when the frame began.
    ///
    /// # Errors
    /// `E_DEPOSIT` when nobody can pay, `E_TOO_LARGE` for more refunds than transfers are allowed,
    /// `E_CORRUPT`. The frame has failed then.
    pub(crate) fn settle_storage(&self) -> Result<(), Failure> {
        let (id, scope) = {
            let frames = self.frames.borrow();
            let id = frames.current().id.clone();
            if frames.outermost_of(&id) + 1 < frames.depth() {
                return Ok(());
            }
            (id, frames.depth() - 1)
        };
        let touched = self.journal.borrow_mut().take_touched(scope);
        for (key, before) in touched {
            let of_entry = |bytes| bill::of_entry(key.len(), bytes);
            let mut bill = match &before {
                Some(stat) => Bill::read(&stat.note, of_entry(stat.value_bytes as usize))?,
                None => Bill::default(),
            };
            let bytes = match self.journal.borrow().written(&id, &key) {
                Some(Some(value)) => of_entry(value.bytes.len()),
                _ => 0,
            };
            self.resize(&id, &mut bill, bytes)?;
            self.journal.borrow_mut().set_note(&id, &key, bill.note());
        }
        Ok(())
    }

    /// Makes a bill one of so many bytes, and moves the money.
    pub(crate) fn resize(&self, id: &str, bill: &mut Bill, bytes: u64) -> Result<(), Failure> {
        if bytes <= bill.bytes() {
            let moved = bill.resize(bytes, ITSELF);
            return self.give_back(id, &moved);
        }
        let grown = bytes - bill.bytes();
        let mut missing = None::<u128>;
        for source in self.sources(id)? {
            let mut resized = bill.clone();
            let moved = resized.resize(bytes, &source.payer);
            let charged = moved.iter().find(|(_, bytes)| *bytes > 0);
            let charged = charged.map_or(0, |(_, bytes)| *bytes);
            let price_yocto = charged as u128 * YOCTO_PER_BYTE;
            if price_yocto > source.funds_yocto {
                let lacks = price_yocto - source.funds_yocto;
                missing = Some(missing.map_or(lacks, |least| least.min(lacks)));
                continue;
            }
            *bill = resized;
            self.take(id, &source, price_yocto)?;
            let mut journal = self.journal.borrow_mut();
            journal.bill(id, charged, source.from == From::Enclave);
            drop(journal);
            return self.give_back(id, &moved);
        }
        let missing = missing.unwrap_or(u128::from(grown) * YOCTO_PER_BYTE);
        Err(self.unpaid(id, grown, missing))
    }

    /// Who may pay for what the running frame stores, in this order.
    fn sources(&self, id: &str) -> Result<Vec<Source>, Failure> {
        let frames = self.frames.borrow();
        let frame = frames.current();
        if frame.is_sponsored {
            return Ok(vec![Source {
                payer: ITSELF.to_owned(),
                funds_yocto: self.balance_of(id)?,
                from: From::Balance,
            }]);
        }
        let journal = self.journal.borrow();
        let purse = |index: usize, payer: &Option<String>| Source {
            payer: payer.clone().unwrap_or_default(),
            funds_yocto: journal.purse(index).left_yocto,
            from: From::Purse(index),
        };
        let (innermost, outermost) = (frames.depth() - 1, frames.outermost());
        let mut sources = Vec::new();
        if innermost > 0 && frame.deposit_yocto > 0 {
            sources.push(purse(innermost, &frame.caller));
        }
        sources.push(purse(0, &outermost.caller));
        let kept_yocto = journal.purse(0).kept_yocto;
        if kept_yocto > 0 {
            sources.push(Source {
                payer: outermost.id.clone(),
                funds_yocto: kept_yocto.min(self.balance_of(&outermost.id)?),
                from: From::Kept,
            });
        }
        if outermost.deposit_yocto == 0 {
            sources.push(Source {
                payer: ENCLAVE.to_owned(),
                funds_yocto: self.allowance(id)?,
                from: From::Enclave,
            });
        }
        Ok(sources)
    }

    fn take(&self, id: &str, source: &Source, price_yocto: u128) -> Result<(), Failure> {
        match source.from {
            From::Balance => {
                let balance = self.balance_of(id)?;
                let mut journal = self.journal.borrow_mut();
                journal.set_balance(id, balance - price_yocto);
            }
            From::Purse(index) => {
                let mut journal = self.journal.borrow_mut();
                journal.change_purse(index, |purse| purse.left_yocto -= price_yocto);
            }
            From::Kept => {
                let balance = self.balance_of(&source.payer)?;
                let mut journal = self.journal.borrow_mut();
                journal.set_balance(&source.payer, balance - price_yocto);
                journal.change_purse(0, |purse| purse.kept_yocto -= price_yocto);
            }
            From::Enclave => {}
        }
        Ok(())
    }

    /// What the enclave would pay for more storage of a subcontract: what is left of its allowance,
    /// and not more than the enclave surely has. Sure is what is left when everything it owes is
    /// paid, and everything stored is its own.
    fn allowance(&self, id: &str) -> Result<u128, Failure> {
        let Some(enclave) = self.state.enclave()? else {
            return Ok(0);
        };
        let stored = self.payload(id)?.map_or(0, |payload| payload.enclave_bytes);
        let journal = self.journal.borrow();
        let used = stored.saturating_add_signed(journal.billed(id).enclave_bytes);
        let left = u128::from(enclave.allowance_bytes.saturating_sub(used)) * YOCTO_PER_BYTE;
        let bound = u128::from(self.platform().storage_usage()) * YOCTO_PER_BYTE;
        let pending = journal.billed_to_enclave() * YOCTO_PER_BYTE;
        let sure = self.platform().balance();
        Ok(left.min(sure.saturating_sub(bound + enclave.held_yocto + pending)))
    }

    /// Gives back what was freed of entries of a subcontract.
    fn give_back(&self, id: &str, moved: &[Moved]) -> Result<(), Failure> {
        for (payer, bytes) in moved.iter().filter(|(_, bytes)| *bytes < 0) {
            let amount_yocto = u128::from(bytes.unsigned_abs()) * YOCTO_PER_BYTE;
            let mut journal = self.journal.borrow_mut();
            journal.bill(id, *bytes, payer == ENCLAVE);
            drop(journal);
            match payer.as_str() {
                ENCLAVE => {}
                ITSELF => self.credit(id, amount_yocto)?,
                payer => self.repay(payer, amount_yocto)?,
            }
        }
        Ok(())
    }

    /// Pays an account by a transfer, a subcontract into its balance, and in place of one that is
    /// gone its account.
    pub(crate) fn repay(&self, payer: &str, amount_yocto: u128) -> Result<(), Failure> {
        let account = match SubcontractId::parse(payer) {
            Ok(_) if self.payload(payer)?.is_some() => return self.credit(payer, amount_yocto),
            Ok(id) => id.account().to_owned(),
            Err(_) => payer.to_owned(),
        };
        if !self.journal.borrow().is_refunded(&account) && self.frames.borrow().depth() > 0 {
            let more = Used {
                transfers: 1,
                ..Used::default()
            };
            self.check_bounds("1000 transfers", more)?;
        }
        self.journal.borrow_mut().refund(&account, amount_yocto);
        Ok(())
    }

    fn unpaid(&self, id: &str, grown: u64, missing_yocto: u128) -> Failure {
        let frames = self.frames.borrow();
        let deposit_yocto = frames.outermost().deposit_yocto;
        let remedy = if frames.current().is_sponsored {
            format!("the method is sponsored, and the balance of {id} is too small")
        } else {
            attach(deposit_yocto + missing_yocto)
        };
        unpaid(id, grown, missing_yocto, &remedy)
    }
}

/// What to do with so much of a deposit.
pub(crate) fn attach(yocto: u128) -> String {
    format!("attach {yocto} yoctoNEAR or more")
}

/// The failure of storage that nobody pays for.
pub(crate) fn unpaid(id: &str, grown: u64, missing_yocto: u128, remedy: &str) -> Failure {
    let near = near_text(missing_yocto);
    let message = format!(
        "the storage of {id} would grow by {grown} bytes; {near} NEAR \
         ({missing_yocto} yoctoNEAR) are missing: {remedy}"
    );
    Failure::new(ErrorCode::Deposit, message)
}

/// An amount in NEAR, rounded up to six digits behind the point.
fn near_text(yocto: u128) -> String {
    let micro = yocto.div_ceil(1_000_000_000_000_000_000);
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}
