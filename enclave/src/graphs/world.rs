//! The world that the model copies: stores, money, logs, transfers, purses and planned calls.
//!
//! Moves of money are here; who may move it is the model's.

use super::chain::{Sent, Stored};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_engine::port::AfterRequest;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Everything that can change, in one piece that can be copied.
#[derive(Clone, Default)]
pub(super) struct World {
    /// Shared with copies until it changes; so are the texts below.
    pub(super) subcontracts: BTreeMap<String, Rc<Stored>>,
    pub(super) logs: Vec<Rc<str>>,
    pub(super) transfers: Vec<(Rc<str>, u128)>,
    /// Accounts that get back what they paid for storage.
    pub(super) refunds: BTreeMap<String, u128>,
    /// Keys that were written or removed, of which subcontract.
    pub(super) written: BTreeSet<(String, Vec<u8>)>,
    /// Subcontracts whose balance was touched.
    pub(super) touched: BTreeSet<String>,
    /// Gas for the program of an upload.
    pub(super) upload_gas: u64,
    /// Of the frames that are open, outermost first.
    pub(super) purses: Vec<Purse>,
    /// Planned calls so far.
    pub(super) planned: usize,
}

/// What a frame has in hand.
#[derive(Clone, Default)]
pub(super) struct Purse {
    pub(super) left_yocto: u128,
    pub(super) kept_yocto: Option<u128>,
    pub(super) planned: Vec<Rc<AfterRequest>>,
}

pub(super) fn refused<T>(code: ErrorCode) -> Result<T, Failure> {
    Err(Failure::new(code, "refused by the model"))
}

impl World {
    /// What would leave the enclave.
    pub(super) fn sent(&self) -> Sent {
        let transfers = self.transfers.iter();
        Sent {
            logs: self.logs.iter().map(|line| line.to_string()).collect(),
            transfers: transfers
                .map(|(to, amount)| (to.to_string(), *amount))
                .collect(),
        }
    }

    /// How much is used of what all share.
    pub(super) fn shared(&self) -> [usize; 4] {
        let bytes = self.logs.iter().map(|line| line.len()).sum();
        let transfers = self.transfers.len() + self.refunds.len();
        [self.logs.len(), bytes, transfers, self.planned]
    }

    pub(super) fn of(&self, id: &str) -> &Stored {
        self.subcontracts.get(id).expect("it runs, so it is there")
    }

    pub(super) fn of_mut(&mut self, id: &str) -> &mut Stored {
        Rc::make_mut(self.subcontracts.get_mut(id).expect("it is there"))
    }

    pub(super) fn purse(&mut self) -> &mut Purse {
        self.purses.last_mut().expect("a frame is open")
    }

    pub(super) fn give(&mut self, id: &str, amount_yocto: u128) {
        if amount_yocto > 0 {
            self.of_mut(id).balance_yocto += amount_yocto;
            self.touched.insert(id.to_owned());
        }
    }

    /// Takes from the purse, then from the balance; all or nothing.
    pub(super) fn take(&mut self, id: &str, amount_yocto: u128) -> Result<(), Failure> {
        let of_purse = amount_yocto.min(self.purse().left_yocto);
        let of_balance = amount_yocto - of_purse;
        if of_balance > self.of(id).balance_yocto {
            return refused(ErrorCode::Funds);
        }
        self.purse().left_yocto -= of_purse;
        if of_balance > 0 {
            self.of_mut(id).balance_yocto -= of_balance;
            self.touched.insert(id.to_owned());
        }
        Ok(())
    }

    /// Moves from the purse to the balance.
    pub(super) fn keep(&mut self, id: &str, amount_yocto: Option<u128>) -> Result<u128, Failure> {
        let purse = self.purse();
        let amount = amount_yocto.unwrap_or(purse.left_yocto);
        if amount > purse.left_yocto {
            return refused(ErrorCode::Funds);
        }
        purse.left_yocto -= amount;
        purse.kept_yocto = Some(purse.kept_yocto.unwrap_or(0) + amount);
        self.give(id, amount);
        Ok(amount)
    }
}
