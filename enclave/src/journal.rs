//! The one overlay: every effect of an execution that is not yet on chain.
//!
//! Guards invariants 3 and 4: a checkpoint is a position in a list of undo steps; undoing walks
//! back over the steps since then and costs their number. Knows no NEAR and no JS.

use crate::outbox::Transfer;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_nested_trie::{Changes, SubcontractChanges};

/// Most log lines of an execution. Reason: NEAR allows 100; one is kept for the trace.
pub(crate) const LOG_LINES_MAX: usize = 99;
/// Most bytes of all log lines. Reason: NEAR allows 16,384; a quarter is kept for the trace.
pub(crate) const LOG_BYTES_MAX: usize = 12_288;

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
}

/// All effects of one execution.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    changes: Changes,
    logs: Vec<String>,
    log_bytes: usize,
    transfers: Vec<Transfer>,
    undo: Vec<Undo>,
}

/// What [`Journal::commit`] gives: what is to happen, in this order.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) changes: Changes,
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

    /// Sets a key of a subcontract to a value, or removes it.
    pub(crate) fn set_value(&mut self, id: &str, key: Vec<u8>, value: Option<Vec<u8>>) {
        let before = self.of(id).values.insert(key.clone(), value);
        self.undo.push(Undo::Value {
            id: id.to_owned(),
            key,
            before,
        });
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
    ///
    /// # Errors
    /// `E_TOO_LARGE` when lines or bytes are used up; then nothing changed.
    pub(crate) fn log(&mut self, line: String) -> Result<(), Failure> {
        if self.logs.len() == LOG_LINES_MAX || self.log_bytes + line.len() > LOG_BYTES_MAX {
            let message = format!(
                "an execution logs at most {LOG_LINES_MAX} lines and {LOG_BYTES_MAX} bytes"
            );
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        self.log_bytes += line.len();
        self.logs.push(line);
        self.undo.push(Undo::Log);
        Ok(())
    }

    /// Plans a transfer.
    pub(crate) fn transfer(&mut self, transfer: Transfer) {
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
            undo: _,
        } = self;
        Committed {
            changes,
            transfers,
            logs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, LOG_LINES_MAX};
    use crate::outbox::Transfer;

    #[test]
    fn undoing_takes_back_every_kind_of_effect() {
        let mut journal = Journal::default();
        journal.set_value("a@x.near", b"k".to_vec(), Some(b"1".to_vec()));
        let checkpoint = journal.checkpoint();
        journal.set_value("a@x.near", b"k".to_vec(), None);
        journal.set_value("b@x.near", b"k".to_vec(), Some(b"2".to_vec()));
        journal.set_account("c@x.near", b"payload".to_vec());
        journal.remove_subcontract("a@x.near");
        journal.log("line".to_owned()).expect("room");
        journal.transfer(Transfer {
            to: "x.near".to_owned(),
            amount_yocto: 1,
        });
        journal.undo(checkpoint);
        let left = journal.commit();
        assert_eq!(left.changes.subcontracts.len(), 1);
        assert_eq!(
            left.changes.subcontracts["a@x.near"].values[&b"k"[..]],
            Some(b"1".to_vec())
        );
        assert!(left.logs.is_empty() && left.transfers.is_empty());
    }

    #[test]
    fn an_inner_checkpoint_that_was_kept_is_undone_with_the_outer_one() {
        let mut journal = Journal::default();
        let outer = journal.checkpoint();
        let inner = journal.checkpoint();
        journal.set_value("a@x.near", b"k".to_vec(), Some(b"1".to_vec()));
        journal.keep(inner);
        assert_eq!(journal.value("a@x.near", b"k"), Some(Some(&b"1"[..])));
        journal.undo(outer);
        assert_eq!(journal.value("a@x.near", b"k"), None);
    }

    #[test]
    fn undone_lines_make_room_again() {
        let mut journal = Journal::default();
        let checkpoint = journal.checkpoint();
        for _ in 0..LOG_LINES_MAX {
            journal.log("x".to_owned()).expect("room");
        }
        assert!(journal.log("x".to_owned()).is_err());
        journal.undo(checkpoint);
        assert!(journal.log("x".to_owned()).is_ok());
    }
}
