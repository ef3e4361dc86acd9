//! The one overlay: every effect of an execution that is not yet on chain.
//!
//! Guards invariants 3 and 4: a checkpoint is a position in a list of undo steps; undoing walks
//! back over the steps since then and costs their number. Knows no NEAR and no JS.

use crate::gas;
use crate::outbox::Transfer;
use conclave_engine::port::AfterRequest;
use conclave_nested_trie::{Changes, SubcontractChanges};
use std::collections::BTreeMap;

/// A position in the journal, to be kept or undone exactly once.
#[must_use = "a checkpoint is kept or undone"]
#[derive(Debug)]
pub(crate) struct Checkpoint(usize);

/// How to take back one change.
#[derive(Debug)]
enum Undo {
    Value {
        id: String,
        key: Vec<u8>,
        before: Option<Option<Vec<u8>>>,
    },
    Account {
        id: String,
        before: Option<Vec<u8>>,
    },
    Subcontract {
        id: String,
        before: Option<SubcontractChanges>,
    },
    Log,
    Transfer,
    Balance {
        id: String,
        before: Option<u128>,
    },
    BookOpened,
    BookClosed(Book),
    Purse {
        purse_yocto: u128,
        is_kept: bool,
        kept_yocto: u128,
    },
    Planned,
    DeferredGas(u64),
}

/// What a frame has in hand: its purse, and the calls it planned.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Book {
    /// What is left of the deposit that came with the call, in yoctoNEAR.
    pub(crate) purse_yocto: u128,
    /// Whether the frame said what it keeps; the rest then goes back to its caller.
    pub(crate) is_kept: bool,
    /// How much it kept, in yoctoNEAR.
    pub(crate) kept_yocto: u128,
    /// Calls for when its method has returned, in order.
    pub(crate) planned: Vec<AfterRequest>,
}

/// How much of what all frames share is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) log_lines: usize,
    pub(crate) log_bytes: usize,
    pub(crate) transfers: usize,
    pub(crate) planned: usize,
}

/// All effects of one execution.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    changes: Changes,
    logs: Vec<String>,
    log_bytes: usize,
    transfers: Vec<Transfer>,
    balances: BTreeMap<String, u128>,
    books: Vec<Book>,
    planned: usize,
    deferred_gas: u64,
    undo: Vec<Undo>,
}

/// What [`Journal::commit`] gives: what is to happen, in this order.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) changes: Changes,
    /// Subcontracts whose balance was touched, with what it is now.
    pub(crate) balances: BTreeMap<String, u128>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) logs: Vec<String>,
}

impl Journal {
    /// Marks the present position.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.undo.len())
    }

    /// Keeps what was done since; an outer checkpoint can still undo it.
    #[expect(clippy::unused_self, reason = "consumes the checkpoint")]
    pub(crate) fn keep(&self, checkpoint: Checkpoint) {
        drop(checkpoint);
    }

    /// Takes back everything since the checkpoint.
    ///
    /// # Cost
    /// As many steps as there were changes.
    #[expect(clippy::needless_pass_by_value, reason = "consumes the checkpoint")]
    pub(crate) fn undo(&mut self, checkpoint: Checkpoint) {
        while self.undo.len() > checkpoint.0 {
            if let Some(step) = self.undo.pop() {
                self.take_back(step);
            }
        }
    }

    fn take_back(&mut self, step: Undo) {
        match step {
            Undo::Value { id, key, before } => {
                let values = &mut self.of(&id).values;
                match before {
                    Some(before) => values.insert(key, before),
                    None => values.remove(&key),
                };
            }
            Undo::Account { id, before } => self.of(&id).account = before,
            Undo::Subcontract { id, before } => {
                match before {
                    Some(before) => self.changes.subcontracts.insert(id, before),
                    None => self.changes.subcontracts.remove(&id),
                };
            }
            Undo::Log => {
                let line = self.logs.pop();
                self.log_bytes -= line.map_or(0, |line| line.len());
            }
            Undo::Transfer => {
                self.transfers.pop();
            }
            Undo::Balance { id, before } => {
                match before {
                    Some(before) => self.balances.insert(id, before),
                    None => self.balances.remove(&id),
                };
            }
            Undo::BookOpened => {
                self.books.pop();
            }
            Undo::BookClosed(book) => self.books.push(book),
            Undo::Purse {
                purse_yocto,
                is_kept,
                kept_yocto,
            } => {
                let book = self.book_mut();
                (book.purse_yocto, book.is_kept) = (purse_yocto, is_kept);
                book.kept_yocto = kept_yocto;
            }
            Undo::Planned => {
                self.book_mut().planned.pop();
                self.planned -= 1;
            }
            Undo::DeferredGas(before) => self.deferred_gas = before,
        }
    }

    fn of(&mut self, id: &str) -> &mut SubcontractChanges {
        if !self.changes.subcontracts.contains_key(id) {
            self.undo.push(Undo::Subcontract {
                id: id.to_owned(),
                before: None,
            });
        }
        self.changes.subcontracts.entry(id.to_owned()).or_default()
    }

    /// What was written under a key in this execution: `None` if nothing, `Some(None)` if it was
    /// removed.
    pub(crate) fn value(&self, id: &str, key: &[u8]) -> Option<Option<&[u8]>> {
        let changes = self.changes.subcontracts.get(id)?;
        changes.values.get(key).map(Option::as_deref)
    }

    /// The changes of one subcontract.
    pub(crate) fn of_subcontract(&self, id: &str) -> Option<&SubcontractChanges> {
        self.changes.subcontracts.get(id)
    }

    /// Sets a key of a subcontract to a value, or removes it. `evicted_bytes` is the length of
    /// the value on chain, which the commit replaces.
    pub(crate) fn set_value(
        &mut self,
        id: &str,
        key: Vec<u8>,
        value: Option<Vec<u8>>,
        evicted_bytes: usize,
    ) {
        let bytes = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        let cost = gas::of_write(key.len(), bytes(&value), evicted_bytes);
        let key_bytes = key.len();
        let before = self.of(id).values.insert(key.clone(), value);
        let cost_before = before.as_ref().map_or(0, |before| {
            gas::of_write(key_bytes, bytes(before), evicted_bytes)
        });
        self.undo.push(Undo::Value {
            id: id.to_owned(),
            key,
            before,
        });
        self.set_deferred_gas(self.deferred_gas - cost_before + cost);
    }

    fn set_deferred_gas(&mut self, gas: u64) {
        self.undo.push(Undo::DeferredGas(self.deferred_gas));
        self.deferred_gas = gas;
    }

    /// What committing the present effects will cost, as an estimate.
    pub(crate) fn deferred_gas(&self) -> u64 {
        self.deferred_gas
    }

    /// How much of what all frames share is used.
    pub(crate) fn used(&self) -> Used {
        Used {
            log_lines: self.logs.len(),
            log_bytes: self.log_bytes,
            transfers: self.transfers.len(),
            planned: self.planned,
        }
    }

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
    pub(crate) fn open_book(&mut self, purse_yocto: u128) {
        self.books.push(Book {
            purse_yocto,
            ..Book::default()
        });
        self.undo.push(Undo::BookOpened);
    }

    /// A frame ends well.
    pub(crate) fn close_book(&mut self) -> (u128, u128) {
        let book = self.books.pop().expect("invariant: a frame has a book");
        let left = (book.purse_yocto, book.kept_yocto);
        self.undo.push(Undo::BookClosed(book));
        left
    }

    /// The book of the frame that runs now.
    pub(crate) fn book(&self) -> &Book {
        self.books.last().expect("invariant: a frame has a book")
    }

    fn book_mut(&mut self) -> &mut Book {
        self.books
            .last_mut()
            .expect("invariant: a frame has a book")
    }

    fn note_purse(&mut self) {
        let book = self.book();
        let step = Undo::Purse {
            purse_yocto: book.purse_yocto,
            is_kept: book.is_kept,
            kept_yocto: book.kept_yocto,
        };
        self.undo.push(step);
    }

    /// Takes from the purse of the frame that runs now, which has so much.
    pub(crate) fn spend_purse(&mut self, amount_yocto: u128) {
        self.note_purse();
        self.book_mut().purse_yocto -= amount_yocto;
    }

    /// Marks so much of the purse, which has it, as kept.
    pub(crate) fn keep_purse(&mut self, amount_yocto: u128) {
        self.spend_purse(amount_yocto);
        let book = self.book_mut();
        book.is_kept = true;
        book.kept_yocto += amount_yocto;
    }

    /// Plans a call for when the frame has returned.
    pub(crate) fn plan(&mut self, request: AfterRequest) {
        self.book_mut().planned.push(request);
        self.planned += 1;
        self.undo.push(Undo::Planned);
    }

    /// Creates a subcontract or replaces its account payload.
    pub(crate) fn set_account(&mut self, id: &str, payload: Vec<u8>) {
        let before = self.of(id).account.replace(payload);
        self.undo.push(Undo::Account {
            id: id.to_owned(),
            before,
        });
    }

    /// Removes a subcontract and all it has.
    pub(crate) fn remove_subcontract(&mut self, id: &str) {
        let before = self.changes.subcontracts.get(id).cloned();
        self.undo.push(Undo::Subcontract {
            id: id.to_owned(),
            before,
        });
        self.changes.remove(id);
    }

    /// Adds a log line.
    pub(crate) fn log(&mut self, line: String) {
        self.set_deferred_gas(self.deferred_gas + gas::of_log(line.len()));
        self.log_bytes += line.len();
        self.logs.push(line);
        self.undo.push(Undo::Log);
    }

    /// Plans a transfer.
    pub(crate) fn transfer(&mut self, transfer: Transfer) {
        self.set_deferred_gas(self.deferred_gas + gas::of_transfer(&transfer.to));
        self.transfers.push(transfer);
        self.undo.push(Undo::Transfer);
    }

    /// Ends the journal: what is to happen now.
    pub(crate) fn commit(self) -> Committed {
        let Self {
            changes,
            logs,
            log_bytes: _,
            transfers,
            balances,
            books: _,
            planned: _,
            deferred_gas: _,
            undo: _,
        } = self;
        Committed {
            changes,
            balances,
            transfers,
            logs,
        }
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
