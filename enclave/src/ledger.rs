//! Money inside the enclave: balances, and the purse of the frame that runs.
//!
//! Guards invariant 11 with `commit.rs`: money only moves, and what moves is undone with its
//! frame, because every move is a step of the journal.

use crate::execution::Execution;
use crate::frame::is_subcontract;
use crate::platform::Platform;
use crate::record::{AccountPayload, corrupt};
use conclave_abi::error::{ErrorCode, Failure};

impl<P: Platform> Execution<P> {
    /// The account payload of a subcontract as this execution sees it, but for its balance.
    pub(crate) fn payload(&self, id: &str) -> Result<Option<AccountPayload>, Failure> {
        let journal = self.journal.borrow();
        let changes = journal.of_subcontract(id);
        match changes.and_then(|changes| changes.account.as_ref()) {
            Some(bytes) => AccountPayload::from_bytes(bytes).map(Some),
            None => Ok(self.state.account(id)?.map(|(_, payload)| payload)),
        }
    }

    /// A subcontract's own money.
    pub(crate) fn balance_of(&self, id: &str) -> Result<u128, Failure> {
        if let Some(known) = self.journal.borrow().balance(id) {
            return Ok(known);
        }
        let payload = self.payload(id)?;
        let payload = payload.ok_or_else(|| corrupt(&format!("the account record of {id}")))?;
        Ok(payload.balance_yocto)
    }

    /// Adds to a subcontract's own money.
    pub(crate) fn credit(&self, id: &str, amount_yocto: u128) -> Result<(), Failure> {
        if amount_yocto > 0 {
            let balance = self.balance_of(id)?.checked_add(amount_yocto);
            let balance = balance.expect("invariant: all NEAR there is fits 128 bits");
            self.journal.borrow_mut().set_balance(id, balance);
        }
        Ok(())
    }

    /// Takes from the purse of the frame that runs now, then from its subcontract's balance.
    ///
    /// # Errors
    /// `E_FUNDS`, `E_CORRUPT`; then nothing changed.
    pub(crate) fn draw(&self, amount_yocto: u128) -> Result<(), Failure> {
        let purse = self.journal.borrow().book().purse.left_yocto;
        let of_purse = amount_yocto.min(purse);
        let of_balance = amount_yocto - of_purse;
        if of_balance > 0 {
            let id = self.current_id();
            let balance = self.balance_of(&id)?;
            if of_balance > balance {
                return Err(funds(&id, purse + balance, amount_yocto));
            }
            let mut journal = self.journal.borrow_mut();
            journal.set_balance(&id, balance - of_balance);
        }
        if of_purse > 0 {
            self.journal.borrow_mut().spend_purse(of_purse);
        }
        Ok(())
    }

    /// Moves so much, or all that is left, from the purse to the balance.
    ///
    /// # Errors
    /// `E_FUNDS`, `E_CORRUPT`; then nothing changed.
    pub(crate) fn keep_deposit(&self, amount_yocto: Option<u128>) -> Result<u128, Failure> {
        let id = self.current_id();
        let purse = self.journal.borrow().book().purse.left_yocto;
        let amount = amount_yocto.unwrap_or(purse);
        if amount > purse {
            return Err(funds(&id, purse, amount));
        }
        self.credit(&id, amount)?;
        self.journal.borrow_mut().keep_purse(amount);
        Ok(amount)
    }

    /// Settles the purse of a frame that ends well: what is left belongs to the callee, or to its
    /// caller when the callee said what it keeps. From outside, it is given for the commit.
    pub(crate) fn close_purse(&self) -> Result<(), Failure> {
        let (id, caller) = {
            let frames = self.frames.borrow();
            let frame = frames.current();
            let caller = frame
                .caller
                .as_deref()
                .filter(|caller| is_subcontract(caller));
            (frame.id.clone(), caller.map(str::to_owned))
        };
        let is_kept = self.journal.borrow().book().purse.is_kept;
        let left = self.journal.borrow_mut().close_book();
        match caller {
            None => self.left_yocto.set(left),
            Some(caller) if is_kept => self.repay(&caller, left)?,
            Some(_) => self.credit(&id, left)?,
        }
        Ok(())
    }
}

fn funds(id: &str, has: u128, needs: u128) -> Failure {
    let missing = needs - has;
    let message = format!(
        "{id} has {has} yoctoNEAR to spend and needs {needs}; {missing} yoctoNEAR are missing"
    );
    Failure::new(ErrorCode::Funds, message)
}
