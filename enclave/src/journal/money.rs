//! The journal's money: balances, what frames have in hand, bills for storage, refunds, transfers.

use super::{Journal, Undo};
use crate::gas;
use crate::outbox::{Outside, Resumption, Transfer};
use conclave_engine::port::AfterRequest;
#[cfg(test)]
use conclave_nested_trie::SortedMap;
use conclave_nested_trie::Stat;

/// What is left of the deposit that came with a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Purse {
    /// Neither kept nor spent, in yoctoNEAR.
    pub(crate) left_yocto: u128,
    /// Whether the frame said what it keeps; the rest then goes back to its caller.
    pub(crate) is_kept: bool,
    /// How much it kept and did not pay for storage since, in yoctoNEAR.
    pub(crate) kept_yocto: u128,
}

/// A key that was written, and what was there before.
pub(crate) type Touched = (Vec<u8>, Option<Stat>);

/// What a frame has in hand: its purse, what it wrote, and the calls it planned.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Book {
    pub(crate) purse: Purse,
    /// Keys that it wrote, or that frames further in wrote to the same subcontract, in order, with
    /// what was there before.
    pub(super) touched: Vec<Touched>,
    /// Calls for when its method has returned, in order.
    pub(crate) planned: Vec<AfterRequest>,
}

/// By how much a subcontract's bill for storage differs from that on chain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Billed {
    /// All bytes.
    pub(crate) bytes: i64,
    /// Those that the enclave pays.
    pub(crate) enclave_bytes: i64,
}

impl Journal {
    /// A balance that was touched in this execution.
    pub(crate) fn balance(&self, id: &str) -> Option<u128> {
        self.balances.get(id).copied()
    }

    /// Sets a subcontract's balance.
    pub(crate) fn set_balance(&mut self, id: &str, balance_yocto: u128) {
        let before = self.balances.insert(id.to_owned(), balance_yocto);
        if before.is_none() {
            self.set_deferred_gas(self.deferred_gas + gas::BALANCE);
        }
        self.undo.push(Undo::Balance {
            id: id.to_owned(),
            before,
        });
    }

    /// A frame begins, with so much in its purse.
    pub(crate) fn open_book(&mut self, left_yocto: u128) {
        let mut book = Book::default();
        book.purse.left_yocto = left_yocto;
        self.books.push(book);
        self.undo.push(Undo::BookOpened);
    }

    /// A frame ends well. Gives what is left in its purse.
    pub(crate) fn close_book(&mut self) -> u128 {
        let book = self.books.pop().expect("invariant: a frame has a book");
        let left = book.purse.left_yocto;
        self.undo.push(Undo::BookClosed(book));
        left
    }

    /// The book of the frame that runs now.
    pub(crate) fn book(&self) -> &Book {
        self.books.last().expect("invariant: a frame has a book")
    }

    pub(super) fn book_mut(&mut self) -> &mut Book {
        self.books
            .last_mut()
            .expect("invariant: a frame has a book")
    }

    /// The purse of a frame that is open, 0 being the outermost.
    pub(crate) fn purse(&self, index: usize) -> &Purse {
        &self.books[index].purse
    }

    /// Changes the purse of a frame that is open.
    pub(crate) fn change_purse(&mut self, index: usize, change: impl FnOnce(&mut Purse)) {
        let before = *self.purse(index);
        change(&mut self.books[index].purse);
        self.undo.push(Undo::Purse { index, before });
    }

    /// Takes from the purse of the frame that runs now, which has so much.
    pub(crate) fn spend_purse(&mut self, amount_yocto: u128) {
        let index = self.books.len() - 1;
        self.change_purse(index, |purse| purse.left_yocto -= amount_yocto);
    }

    /// Marks so much of the purse, which has it, as kept.
    pub(crate) fn keep_purse(&mut self, amount_yocto: u128) {
        let index = self.books.len() - 1;
        self.change_purse(index, |purse| {
            purse.left_yocto -= amount_yocto;
            purse.is_kept = true;
            purse.kept_yocto += amount_yocto;
        });
    }

    /// Plans a call for when the frame has returned.
    pub(crate) fn plan(&mut self, request: AfterRequest) {
        self.book_mut().planned.push(request);
        self.planned += 1;
        self.undo.push(Undo::Planned);
    }

    fn place(&self, index: usize, key: &[u8]) -> Result<usize, usize> {
        let touched = &self.books[index].touched;
        touched.binary_search_by(|(other, _)| other.as_slice().cmp(key))
    }

    /// Whether a frame's storage of this key is to be charged already.
    pub(crate) fn is_touched(&self, index: usize, key: &[u8]) -> bool {
        self.place(index, key).is_ok()
    }

    /// Notes what was under a key before it was written.
    pub(crate) fn touch(&mut self, index: usize, key: Vec<u8>, before: Option<Stat>) {
        let place = self.place(index, &key).unwrap_or_else(|place| place);
        let touched = &mut self.books[index].touched;
        touched.insert(place, (key.clone(), before));
        self.undo.push(Undo::Touched { index, key });
    }

    pub(super) fn untouch(&mut self, index: usize, key: &[u8]) {
        if let Ok(place) = self.place(index, key) {
            self.books[index].touched.remove(place);
        }
    }

    /// Takes what a frame wrote, which ends. Undoing any of it undoes the whole frame from now on.
    pub(crate) fn take_touched(&mut self, index: usize) -> Vec<Touched> {
        std::mem::take(&mut self.books[index].touched)
    }

    /// By how much a subcontract's bill differs from that on chain.
    pub(crate) fn billed(&self, id: &str) -> Billed {
        self.bills.get(id).copied().unwrap_or_default()
    }

    /// Bytes that the enclave is to pay for more than before.
    pub(crate) fn billed_to_enclave(&self) -> u128 {
        let bytes = self.bills.values().map(|billed| billed.enclave_bytes);
        bytes.sum::<i64>().try_into().unwrap_or(0)
    }

    /// Adds to a subcontract's bill, or takes from it.
    pub(crate) fn bill(&mut self, id: &str, bytes: i64, is_enclaves: bool) {
        let before = self.billed(id);
        let mut billed = before;
        billed.bytes += bytes;
        if is_enclaves {
            billed.enclave_bytes += bytes;
        }
        self.bills.insert(id.to_owned(), billed);
        self.undo.push(Undo::Billed {
            id: id.to_owned(),
            before,
        });
    }

    /// Whether an account gets something back already.
    pub(crate) fn is_refunded(&self, to: &str) -> bool {
        self.refunds.contains_key(to)
    }

    /// What accounts get back, in yoctoNEAR.
    #[cfg(test)]
    pub(crate) fn refunds(&self) -> &SortedMap<String, u128> {
        &self.refunds
    }

    /// Gives an account back what it paid for storage.
    pub(crate) fn refund(&mut self, to: &str, amount_yocto: u128) {
        let before = self.refunds.get(to).copied();
        if before.is_none() {
            self.set_deferred_gas(self.deferred_gas + gas::of_transfer(to));
        }
        let amount = before.unwrap_or(0) + amount_yocto;
        self.refunds.insert(to.to_owned(), amount);
        self.undo.push(Undo::Refund {
            to: to.to_owned(),
            before,
        });
    }

    /// What is to leave the enclave, in order.
    pub(crate) fn outside(&self) -> &[Outside] {
        &self.outside
    }

    /// Lets a call to the outside not happen that was planned for this promise, at this place or behind
    /// it; gives what it was. Nothing undoes that.
    pub(crate) fn take_back_outside(&mut self, from: usize, promise: u32) -> Option<Outside> {
        let mut planned = self.outside.iter_mut().skip(from);
        let planned = planned.find(|outside| {
            let awaited = outside.promise;
            awaited.is_some_and(|awaited| awaited.number == promise)
        })?;
        planned.promise = None;
        let actions = std::mem::take(&mut planned.actions);
        Some(Outside {
            actions,
            ..planned.clone()
        })
    }

    /// Plans actions on an account outside.
    pub(crate) fn leave(&mut self, outside: Outside) {
        self.set_deferred_gas(self.deferred_gas + gas::of_outside(&outside.actions));
        self.outside.push(outside);
        self.undo.push(Undo::Left);
    }

    /// Plans to settle a promise of a method that waits.
    pub(crate) fn resume(&mut self, resumption: Resumption) {
        self.set_deferred_gas(self.deferred_gas + gas::RESUMPTION);
        self.resumed.push(resumption);
        self.undo.push(Undo::Resumed);
    }

    /// Plans a transfer.
    pub(crate) fn transfer(&mut self, transfer: Transfer) {
        self.set_deferred_gas(self.deferred_gas + gas::of_transfer(&transfer.to));
        self.transfers.push(transfer);
        self.undo.push(Undo::Transfer);
    }
}
