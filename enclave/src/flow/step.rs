//! The end of an execution in which a method waits, or has come to its end after waiting.
//!
//! Guards invariants 3 and 11: the record of a flow is a step of the journal like any write, and what
//! is left of a deposit while its method waits is owed to who sent it.

use super::record::{FlowRecord, Wait};
use super::{Flow, flow_key};
use crate::bill::{Bill, of_entry};
use crate::commit::Moved;
use crate::execution::Execution;
use crate::outbox::{Awaited, Outside};
use crate::platform::{Planned, Platform};
use crate::record::corrupt;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::request::Resume;
use conclave_engine::port::Guest;

/// Most bytes of a flow's record. Reason: each execution of it reads and writes all of them.
const RECORD_BYTES_MAX: usize = 256 * 1024;
/// Most answers that come together. Source: NEAR, `max_number_input_data_dependencies`.
pub(super) const JOINED_MAX: usize = 128;
/// Largest deposit of a call whose answer may come together with others, in yoctoNEAR. Reason: it
/// confirms, and moves nothing; of a larger one it must be seen whether it comes back.
const CONFIRMATION_YOCTO: u128 = 1;
/// Gas that a method has at least when it goes on.
pub(super) const RESUME_GAS: u64 = 20_000_000_000_000;

impl<P: Platform> Execution<P> {
    /// Puts the method aside that runs and waits: everything it did so far is done.
    ///
    /// # Errors
    /// `E_TOO_LARGE`, `E_DEPOSIT`, and what planned calls fail with: then the frame has failed.
    pub(crate) fn put_aside(&self, guest: &mut dyn Guest, method: &str) -> Result<(), Failure> {
        self.run_planned(guest)?;
        let id = self.current_id();
        let (token, record) = self.record_of_flow(method)?;
        let key = flow_key(&token)?;
        let bytes = record.to_bytes();
        if bytes.len() > RECORD_BYTES_MAX {
            let got = bytes.len();
            let message = format!(
                "what the waiting method asked and was told takes {got} bytes, at most \
                 {RECORD_BYTES_MAX} are allowed; let it ask for less, or begin anew"
            );
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        self.put(key.clone(), Some(bytes))?;
        self.settle_storage()?;
        let mut journal = self.journal.borrow_mut();
        let purse = journal.book().purse;
        journal.close_book();
        let bytes = FlowRecord { purse, ..record }.to_bytes();
        journal.replace_value(&id, &key, bytes);
        drop(journal);
        self.move_purse(|moved| moved.came += purse.left_yocto);
        if let Some(flow) = &mut *self.flow.borrow_mut() {
            flow.token = Some(token);
        }
        Ok(())
    }

    /// Removes the record of a flow that has come to its end, in its frame.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn end_flow(&self) -> Result<(), Failure> {
        let flow = self.flow.borrow();
        let token = flow.as_ref().and_then(|flow| flow.token.clone());
        drop(flow);
        match token {
            Some(token) => self.put(flow_key(&token)?, None),
            None => Ok(()),
        }
    }

    /// Removes the record of a flow outside of any frame; its payers get back what they paid, and its
    /// caller what is left of the deposit.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(super) fn drop_flow(
        &self,
        id: &str,
        token: &str,
        record: &FlowRecord,
    ) -> Result<(), Failure> {
        let key = flow_key(token)?;
        let stat = self.state.stat(id, &key)?;
        let stat = stat.ok_or_else(|| corrupt("the record of a flow"))?;
        let length = stat.value_bytes as usize;
        let mut bill = Bill::read(&stat.note, of_entry(key.len(), length))?;
        let mut journal = self.journal.borrow_mut();
        journal.set_value(id, key, None, length);
        drop(journal);
        self.resize(id, &mut bill, 0)?;
        self.move_purse(|moved| moved.went += record.purse.left_yocto);
        self.repay(&record.caller, record.purse.left_yocto)
    }

    fn move_purse(&self, change: impl FnOnce(&mut Moved)) {
        let mut moved = self.moved.get();
        change(&mut moved);
        self.moved.set(moved);
    }

    /// What is left of a deposit is in the purse of the frame again.
    pub(crate) fn take_up_purse(&self) {
        let flow = self.flow.borrow();
        let Some(purse) = flow.as_ref().and_then(|flow| flow.purse) else {
            return;
        };
        self.journal
            .borrow_mut()
            .change_purse(0, |found| *found = purse);
        self.move_purse(|moved| moved.went += purse.left_yocto);
    }

    /// The flow's token and record as it is now, but for what is left in its purse.
    fn record_of_flow(&self, method: &str) -> Result<(String, FlowRecord), Failure> {
        let program = self.program(&self.current_id())?;
        let awaited = self.awaited();
        let mut flow = self.flow.borrow_mut();
        let flow = flow.as_mut().ok_or_else(|| corrupt("a flow"))?;
        let height = self.platform().block_height();
        flow.new_waits = waits(&awaited, flow.waits_made, height);
        flow.waits_made += flow.new_waits.len() as u32;
        let frames = self.frames.borrow();
        let frame = frames.current();
        let record = FlowRecord {
            code_hash: program.hash,
            method: method.to_owned(),
            args: flow.args.clone(),
            caller: frame.caller.clone().unwrap_or_default(),
            deposit_yocto: frame.deposit_yocto,
            purse: self.journal.borrow().book().purse,
            is_traced: flow.is_traced,
            height: flow.began.height,
            timestamp_ns: flow.began.timestamp_ns,
            waits_made: flow.waits_made,
            waits: flow.waits.iter().chain(&flow.new_waits).cloned().collect(),
            parked: None,
            history: flow.history.bytes().to_vec(),
        };
        let token = flow.token.clone().unwrap_or_else(|| self.new_token());
        Ok((token, record))
    }

    /// Promises that were made in this execution, with what was attached.
    fn awaited(&self) -> Vec<(Awaited, u128)> {
        let journal = self.journal.borrow();
        let awaited = journal.outside().iter().filter_map(|outside| {
            let deposit: u128 = outside.actions.iter().map(|action| action.yocto()).sum();
            Some((outside.promise?, deposit))
        });
        awaited.collect()
    }

    /// Sends what was planned; where a method waits for it, plans how it goes on. Gives the promise
    /// that ends when the method does.
    pub(crate) fn send_outside(&self, id: &str, outside: &[Outside]) -> Option<Planned> {
        let platform = self.platform();
        let flow = self.flow.borrow();
        let flow = flow.as_ref().filter(|flow| flow.is_put_aside);
        let mut sent = Vec::new();
        for Outside {
            account,
            actions,
            promise,
        } in outside
        {
            let planned = platform.send(account, actions);
            sent.extend(promise.map(|promise| (promise.number, planned)));
        }
        let flow = flow?;
        let token = flow.token.as_ref()?;
        let mut last = None;
        for wait in &flow.new_waits {
            let is_of = |number: u32| {
                let mut promises = wait.promises.iter();
                promises.any(|(awaited, _)| awaited.number == number)
            };
            let of = sent.iter().filter(|(number, _)| is_of(*number));
            let of: Vec<_> = of.map(|(_, planned)| *planned).collect();
            let request = Resume {
                id: id.to_owned(),
                flow: token.clone(),
                wait: wait.number,
            };
            let input = serde_json::to_vec(&request).expect("invariant: a request is plain data");
            last = Some(platform.then(&of, "resume", &input, RESUME_GAS));
        }
        last
    }
}

/// How promises are waited for: those whose deposits only confirm together, the others one by one.
fn waits(awaited: &[(Awaited, u128)], made: u32, height: u64) -> Vec<Wait> {
    let (alone, together): (Vec<_>, Vec<_>) = awaited
        .iter()
        .partition(|(_, deposit)| *deposit > CONFIRMATION_YOCTO);
    let groups = [together]
        .into_iter()
        .filter(|group| !group.is_empty())
        .chain(alone.into_iter().map(|one| vec![one]));
    let numbered = (made..).zip(groups);
    numbered
        .map(|(number, group)| Wait {
            number,
            height,
            promises: group.into_iter().copied().collect(),
        })
        .collect()
}

impl Flow {
    /// Whether anything is still to come.
    pub(super) fn waits_for_something(&self, has_new: bool) -> bool {
        !self.waits.is_empty() || has_new
    }
}
