//! Sections: what a method does in one stays or goes as a whole, whatever it waits for meanwhile.
//!
//! While the method waits, nothing of a section is on chain but its locks. When it goes on, what it had
//! done in the section is done again, and compared with what it was told then; so all of it happens
//! in the execution in which the section ends, on the state as it is there (docs/adr/0082). Locks
//! make sure that the keys they name are as they were; what else has changed is a conflict, of which
//! the method is told where it waits.

use super::Flow;
use super::history::{Entry, Op, Outcome};
use super::record::SectionRecord;
use crate::execution::Execution;
use crate::journal::Checkpoint;
use crate::outbox::Outside;
use crate::platform::Platform;
use crate::record::corrupt;
use crate::state::storage_key;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{Answer, SectionRequest, Settlement};

/// Most locks of a section.
const LOCKS_MAX: usize = 32;
/// After how many blocks a method with locks may be aborted by anybody, unless told, and at most.
const TIMEOUT_BLOCKS: (u64, u64) = (200, 1_000);

/// A section that is open.
#[derive(Debug)]
pub(super) struct Section {
    /// What is stored of it while its method waits.
    pub(super) record: SectionRecord,
    /// Where in the journal it begins.
    checkpoint: Checkpoint,
    /// How much was to leave the enclave then.
    pub(super) outside_at: usize,
    /// Whether something that was read has changed since.
    is_in_conflict: bool,
}

fn conflict() -> Failure {
    let message = "what was read in the section has changed while the method waited; nothing of the \
                   section stays, and it may be tried again";
    Failure::new(ErrorCode::Conflict, message)
}

impl Flow {
    /// Tells of a conflict in place of an answer.
    pub(super) fn unless_in_conflict(&self, entry: Entry) -> Entry {
        let is_in_conflict = self
            .section
            .as_ref()
            .is_some_and(|section| section.is_in_conflict);
        match entry {
            Entry::Answer(Answer { promise, .. }) if is_in_conflict => Entry::Answer(Answer {
                promise,
                outcome: Err(conflict()),
            }),
            entry => entry,
        }
    }
}

impl<P: Platform> Execution<P> {
    /// Opens a section, in which nobody else uses its keys otherwise.
    pub(super) fn open_section(&self, request: &SectionRequest) -> Result<(), Failure> {
        self.check_gas()?;
        self.refuse_in_view("begin a section")?;
        let SectionRequest {
            locks,
            timeout_blocks,
        } = request;
        if locks.len() > LOCKS_MAX {
            let message = format!("a section has at most {LOCKS_MAX} locks");
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        if !self.frames.borrow().current().savepoints.is_empty() {
            let message = "a section can't begin in near.atomic, which may undo where it begins";
            return Err(Failure::new(ErrorCode::BadValue, message));
        }
        let blocks = timeout_blocks.unwrap_or(TIMEOUT_BLOCKS.0);
        if blocks == 0 || blocks > TIMEOUT_BLOCKS.1 {
            let message = format!("timeoutBlocks is a number from 1 to {}", TIMEOUT_BLOCKS.1);
            return Err(Failure::new(ErrorCode::BadValue, message));
        }
        let id = self.current_id();
        let mut keys = Vec::new();
        for (mode, name) in locks {
            let key = storage_key(name)?;
            self.check_lock(&id, &key, *mode)?;
            keys.push((*mode, key));
        }
        let record = SectionRecord {
            at: 0,
            until: self.platform().block_height() + blocks,
            locks: keys,
        };
        self.enter_section(record)
    }

    fn enter_section(&self, record: SectionRecord) -> Result<(), Failure> {
        let journal = self.journal.borrow();
        let mut flow = self.flow.borrow_mut();
        let flow = flow.as_mut().ok_or_else(|| corrupt("a flow"))?;
        if flow.section.is_some() {
            let message = "a section is open already: near.withLock and near.optimistic don't nest";
            return Err(Failure::new(ErrorCode::BadValue, message));
        }
        flow.section = Some(Section {
            record,
            checkpoint: journal.checkpoint(),
            outside_at: journal.outside().len(),
            is_in_conflict: false,
        });
        Ok(())
    }

    /// The method has been told that its section began: it is entered again where it was open when the
    /// method was put aside.
    pub(super) fn section_begun(&self) {
        let mut reopened = None;
        if let Some(flow) = &mut *self.flow.borrow_mut() {
            let at = flow.history.passed();
            match &mut flow.section {
                Some(section) => section.record.at = at,
                None => {
                    let before = flow.section_before.as_ref();
                    reopened = before.filter(|before| before.at == at).cloned();
                }
            }
        }
        if let Some(record) = reopened {
            // None is open, so this can't fail.
            let _ = self.enter_section(record);
        }
    }

    /// Does again in a section what the method was told of before, and sees whether it ends alike.
    pub(super) fn do_again(&self, op: Op, told: &Outcome, live: &mut dyn FnMut(&Self) -> Outcome) {
        let is_in_section = match &*self.flow.borrow() {
            Some(flow) => flow
                .section
                .as_ref()
                .is_some_and(|section| !section.is_in_conflict),
            None => false,
        };
        let leaves_now = matches!(
            op,
            Op::Outside
                | Op::Spawn
                | Op::Cancel
                | Op::Yield
                | Op::BeginSection
                | Op::EndSection
                | Op::RandomSeed
        );
        if !is_in_section || leaves_now {
            return;
        }
        let again = live(self);
        // What the subcontract has may have become less by what its own calls took along.
        let is_alike = matches!(op, Op::Balance | Op::Tokens) || same(&again, told);
        if let Some(flow) = &mut *self.flow.borrow_mut()
            && let Some(section) = &mut flow.section
        {
            section.is_in_conflict |= !is_alike;
        }
    }

    /// Ends the section that is open.
    pub(super) fn close_section(&self, settlement: Settlement) -> Result<(), Failure> {
        let mut flow = self.flow.borrow_mut();
        let section = flow.as_mut().and_then(|flow| flow.section.take());
        drop(flow);
        let Some(section) = section else {
            let message = "no section is open";
            return Err(Failure::new(ErrorCode::BadValue, message));
        };
        if settlement == Settlement::Keep && !section.is_in_conflict {
            self.journal.borrow().keep(section.checkpoint);
            return Ok(());
        }
        self.undo_section(section.checkpoint, section.outside_at)?;
        match settlement {
            Settlement::Keep => Err(conflict()),
            Settlement::Undo => Ok(()),
        }
    }

    /// Takes back what was done in a section that a method left open when it ended.
    pub(super) fn drop_section(&self) -> Result<(), Failure> {
        let mut flow = self.flow.borrow_mut();
        let open = flow.as_mut().and_then(|flow| flow.section.take());
        drop(flow);
        match open {
            Some(section) => self.undo_section(section.checkpoint, section.outside_at),
            None => Ok(()),
        }
    }

    /// Takes back what was done in a section, but for calls whose answers are awaited.
    fn undo_section(&self, checkpoint: Checkpoint, outside_at: usize) -> Result<(), Failure> {
        let mut journal = self.journal.borrow_mut();
        let planned = journal.outside().get(outside_at..).unwrap_or_default();
        let awaited = planned.iter().filter(|outside| outside.promise.is_some());
        let awaited: Vec<Outside> = awaited.cloned().collect();
        journal.undo(checkpoint);
        drop(journal);
        for outside in awaited {
            self.draw(outside.yocto())?;
            self.take_tokens(&outside)?;
            self.journal.borrow_mut().leave(outside);
        }
        Ok(())
    }

    /// The method is put aside: of its open section nothing stays but its locks; of one that has ended,
    /// not even these.
    pub(super) fn suspend_section(&self) -> Result<(), Failure> {
        let (id, token) = (self.current_id(), self.token_of_flow());
        let mut flow = self.flow.borrow_mut();
        let Some(flow) = flow.as_mut() else {
            return Ok(());
        };
        let open = flow.section.take();
        let (before, now) = (
            flow.section_before.as_ref().map(|section| section.at),
            open.as_ref().map(|section| section.record.at),
        );
        let held = flow
            .section_before
            .as_ref()
            .is_some_and(SectionRecord::locks_keys);
        let Some(section) = open else {
            return match held {
                true => self.unlock(&id, &token),
                false => Ok(()),
            };
        };
        let Section {
            record,
            checkpoint,
            outside_at,
            is_in_conflict,
        } = section;
        self.undo_section(checkpoint, outside_at)?;
        let checkpoint = self.journal.borrow().checkpoint();
        flow.section = Some(Section {
            record: record.clone(),
            checkpoint,
            outside_at: 0,
            is_in_conflict,
        });
        if before == now {
            return Ok(());
        }
        if held {
            self.unlock(&id, &token)?;
        }
        match record.locks_keys() {
            true => self.lock(&id, &token, record),
            false => Ok(()),
        }
    }

    /// The method has come to its end: its locks are free.
    pub(super) fn release_locks(&self, token: &str) -> Result<(), Failure> {
        let flow = self.flow.borrow();
        let before = flow.as_ref().and_then(|flow| flow.section_before.as_ref());
        let held = before.is_some_and(SectionRecord::locks_keys);
        drop(flow);
        match held {
            true => self.unlock(&self.current_id(), token),
            false => Ok(()),
        }
    }

    /// The seed of frames further in while a section is open: the same whenever it is done again.
    pub(crate) fn seed_of_section(&self) -> Option<Vec<u8>> {
        let at = match &*self.flow.borrow() {
            Some(flow) => flow.section.as_ref()?.record.at,
            None => return None,
        };
        let token = self.token_of_flow();
        let parts: [&[u8]; 2] = [token.as_bytes(), &at.to_be_bytes()];
        Some(self.platform().sha256(&parts.concat()).to_vec())
    }
}

/// Whether two outcomes are the same, NaN being itself.
fn same(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            let bytes = |value: &Option<Value>| value.as_ref().map(Value::to_bytes);
            bytes(one) == bytes(other)
        }
        (Err(one), Err(other)) => one.code == other.code && one.message == other.message,
        _ => false,
    }
}
