//! The one overlay: every effect of an execution that is not yet on chain.
//!
//! Guards invariants 3 and 4: a checkpoint is a position in a list of undo steps; undoing walks
//! back over the steps since then and costs their number. Knows no NEAR and no JS.

mod money;

use crate::gas;
use crate::outbox::{Outside, Resumption, Transfer};
use conclave_nested_trie::{Changes, NewValue, SortedMap, SubcontractChanges};
pub(crate) use money::{Billed, Book, Purse};

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
        before: Option<Option<NewValue>>,
    },
    Note {
        id: String,
        key: Vec<u8>,
        before: Vec<u8>,
    },
    Touched {
        index: usize,
        key: Vec<u8>,
    },
    Account {
        id: String,
        before: Option<Vec<u8>>,
    },
    Record {
        host_key: Vec<u8>,
        before: Option<Option<Vec<u8>>>,
    },
    Subcontract {
        id: String,
        before: Option<SubcontractChanges>,
    },
    Log,
    Transfer,
    Left,
    Resumed,
    Balance {
        id: String,
        before: Option<u128>,
    },
    BookOpened,
    BookClosed(Book),
    Purse {
        index: usize,
        before: Purse,
    },
    Billed {
        id: String,
        before: Billed,
    },
    Refund {
        to: String,
        before: Option<u128>,
    },
    Planned,
    DeferredGas(u64),
}

/// How much of what all frames share is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) log_lines: usize,
    pub(crate) log_bytes: usize,
    pub(crate) transfers: usize,
    pub(crate) planned: usize,
    pub(crate) outside: usize,
}

/// All effects of one execution.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    changes: Changes,
    /// Host records beside the trie.
    records: SortedMap<Vec<u8>, Option<Vec<u8>>>,
    logs: Vec<String>,
    log_bytes: usize,
    transfers: Vec<Transfer>,
    outside: Vec<Outside>,
    resumed: Vec<Resumption>,
    balances: SortedMap<String, u128>,
    bills: SortedMap<String, Billed>,
    refunds: SortedMap<String, u128>,
    books: Vec<Book>,
    planned: usize,
    deferred_gas: u64,
    undo: Vec<Undo>,
}

/// What [`Journal::commit`] gives: what is to happen, in this order.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) changes: Changes,
    /// Host records beside the trie, to be written or removed.
    pub(crate) records: SortedMap<Vec<u8>, Option<Vec<u8>>>,
    /// Subcontracts whose balance was touched, with what it is now.
    pub(crate) balances: SortedMap<String, u128>,
    /// Subcontracts whose storage is billed otherwise now, with the difference.
    pub(crate) bills: SortedMap<String, Billed>,
    /// Accounts that get back what they paid for storage, in yoctoNEAR.
    pub(crate) refunds: SortedMap<String, u128>,
    pub(crate) transfers: Vec<Transfer>,
    /// Calls to the outside, in order.
    pub(crate) outside: Vec<Outside>,
    /// Promises that are settled, in order.
    pub(crate) resumed: Vec<Resumption>,
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
            Undo::Note { id, key, before } => {
                if let Some(Some(value)) = self.of(&id).values.get_mut(&key) {
                    value.note = before;
                }
            }
            Undo::Touched { index, key } => self.untouch(index, &key),
            Undo::Account { id, before } => self.of(&id).account = before,
            Undo::Record { host_key, before } => {
                match before {
                    Some(before) => self.records.insert(host_key, before),
                    None => self.records.remove(&host_key),
                };
            }
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
            Undo::Left => {
                self.outside.pop();
            }
            Undo::Resumed => {
                self.resumed.pop();
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
            Undo::Purse { index, before } => self.books[index].purse = before,
            Undo::Billed { id, before } => {
                self.bills.insert(id, before);
            }
            Undo::Refund { to, before } => {
                match before {
                    Some(before) => self.refunds.insert(to, before),
                    None => self.refunds.remove(&to),
                };
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
        self.changes.subcontracts.or_default(id.to_owned())
    }

    /// What was written under a key in this execution: `None` if nothing, `Some(None)` if it was
    /// removed.
    pub(crate) fn written(&self, id: &str, key: &[u8]) -> Option<Option<&NewValue>> {
        let changes = self.changes.subcontracts.get(id)?;
        changes.values.get(key).map(Option::as_ref)
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
        value: Option<NewValue>,
        evicted_bytes: usize,
    ) {
        let bytes = |value: &Option<NewValue>| value.as_ref().map_or(0, |value| value.bytes.len());
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

    /// Says who paid for a value that was written.
    pub(crate) fn set_note(&mut self, id: &str, key: &[u8], note: Vec<u8>) {
        let Some(Some(value)) = self.of(id).values.get_mut(key) else {
            return;
        };
        let before = std::mem::replace(&mut value.note, note);
        self.undo.push(Undo::Note {
            id: id.to_owned(),
            key: key.to_vec(),
            before,
        });
    }

    /// Replaces a value that was written by one of the same length.
    pub(crate) fn replace_value(&mut self, id: &str, key: &[u8], bytes: Vec<u8>) {
        let Some(Some(value)) = self.of(id).values.get_mut(key) else {
            return;
        };
        let before = value.clone();
        value.bytes = bytes;
        self.undo.push(Undo::Value {
            id: id.to_owned(),
            key: key.to_vec(),
            before: Some(Some(before)),
        });
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
            transfers: self.transfers.len() + self.refunds.len() + self.outside.len(),
            planned: self.planned,
            outside: self.outside.len(),
        }
    }

    /// Creates a subcontract or replaces its account payload.
    pub(crate) fn set_account(&mut self, id: &str, payload: Vec<u8>) {
        let before = self.of(id).account.replace(payload);
        self.undo.push(Undo::Account {
            id: id.to_owned(),
            before,
        });
    }

    /// What was written under a host key beside the trie in this execution, as [`Journal::written`]
    /// says it.
    pub(crate) fn record(&self, host_key: &[u8]) -> Option<Option<&[u8]>> {
        self.records.get(host_key).map(Option::as_deref)
    }

    /// Writes or removes a host record beside the trie.
    pub(crate) fn set_record(&mut self, host_key: Vec<u8>, record: Option<Vec<u8>>) {
        let bytes = record.as_ref().map_or(0, Vec::len);
        let cost = gas::of_write(host_key.len(), bytes, 0);
        let before = self.records.insert(host_key.clone(), record);
        self.undo.push(Undo::Record { host_key, before });
        self.set_deferred_gas(self.deferred_gas + cost);
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

    /// Ends the journal: what is to happen now.
    pub(crate) fn commit(self) -> Committed {
        let Self {
            changes,
            records,
            logs,
            log_bytes: _,
            transfers,
            outside,
            resumed,
            balances,
            bills,
            refunds,
            books: _,
            planned: _,
            deferred_gas: _,
            undo: _,
        } = self;
        Committed {
            changes,
            records,
            balances,
            bills,
            refunds,
            transfers,
            outside,
            resumed,
            logs,
        }
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
