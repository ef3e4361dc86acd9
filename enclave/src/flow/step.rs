//! The end of an execution in which a method waits, or has come to its end after waiting.
//!
//! Guards invariants 3 and 11: the record of a flow is a step of the journal like any write, and what
//! is left of a deposit while its method waits is owed to who sent it.

use super::deposits::CONFIRMATION_YOCTO;
use super::flow_key;
use super::record::{FlowRecord, SectionRecord};
use crate::bill::{Bill, of_entry};
use crate::commit::Moved;
use crate::execution::Execution;
use crate::outbox::Outside;
use crate::platform::{DataId, Planned, Platform};
use crate::record::corrupt;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::request::{Resume, Settle};
use conclave_abi::tokens::MovedTokens;
use conclave_abi::value::Value;
use conclave_engine::port::{Gas, Guest};

/// Most bytes of a flow's record. Reason: each execution of it reads and writes all of them.
const RECORD_BYTES_MAX: usize = 256 * 1024;
/// Most answers that come together. Source: NEAR, `max_number_input_data_dependencies`.
pub(super) const JOINED_MAX: usize = 128;
/// Gas that a method has at least when it goes on.
pub(super) const RESUME_GAS: u64 = 20_000_000_000_000;
/// What beginning that wait anew leaves of its gas for the rest of that receipt.
const SETTLE_GAS_LEFT: u64 = 3_000_000_000_000;
/// Gas of what ends a receipt in which a method waits, beside what is attached.
pub(super) const SUSPEND_GAS: u64 = 2_000_000_000_000;

/// Promises that NEAR names, made at the beginning of a commit.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// The one that ends when the method does, if it was made now.
    result: Option<Planned>,
    /// Whether the method's call ends with such a one.
    has_result: bool,
}

impl<P: Platform> Execution<P> {
    /// Puts the method aside that runs and waits: everything it did so far is done.
    ///
    /// # Errors
    /// `E_TOO_LARGE`, `E_DEPOSIT`, and what planned calls fail with: then the frame has failed.
    pub(crate) fn put_aside(&self, guest: &mut dyn Guest, method: &str) -> Result<(), Failure> {
        self.suspend_section()?;
        self.cancel_sent()?;
        self.run_planned(guest)?;
        let (token, record) = self.record_of_flow(method)?;
        let mut attached = SUSPEND_GAS + self.return_gas();
        if let Some(flow) = &mut *self.flow.borrow_mut() {
            flow.token = Some(token.clone());
            attached += flow.gas_to_attach();
        }
        // NEAR would end the receipt without a word if the callbacks took more than is left.
        self.check_gas_for(Gas(attached))?;
        self.store_flow(&token, record)
    }

    /// Stores the record of the flow whose frame ends; who pays for storage pays for it.
    ///
    /// # Errors
    /// `E_TOO_LARGE`, `E_DEPOSIT`, `E_CORRUPT`.
    pub(super) fn store_flow(&self, token: &str, record: FlowRecord) -> Result<(), Failure> {
        let (id, key, bytes) = (self.current_id(), flow_key(token)?, record.to_bytes());
        if bytes.len() > RECORD_BYTES_MAX {
            let got = bytes.len();
            let message = format!(
                "what the waiting method asked and was told takes {got} bytes, at most \
                 {RECORD_BYTES_MAX} are allowed; let it ask for less, or begin anew with \
                 near.checkpoint"
            );
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        self.put(key.clone(), Some(bytes))?;
        self.settle_storage()?;
        let mut journal = self.journal.borrow_mut();
        let purse = journal.book().purse;
        journal.close_book();
        journal.replace_value(&id, &key, FlowRecord { purse, ..record }.to_bytes());
        drop(journal);
        self.move_purse(|moved| moved.came += purse.left_yocto);
        Ok(())
    }

    /// Removes the record of a flow that has come to its end, in its frame.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn end_flow(&self, value: &Value) -> Result<(), Failure> {
        self.drop_section()?;
        self.take_back_children()?;
        let flow = self.flow.borrow();
        let Some(token) = flow.as_ref().and_then(|flow| flow.token.clone()) else {
            return Ok(());
        };
        if let Some(flow) = &*flow {
            self.end_open(&flow.waits);
            if let Some(data_id) = flow.result {
                self.settle_result(&token, data_id, &Ok(value.clone()));
            }
        }
        let waits = flow.iter().flat_map(|flow| &flow.waits);
        let children = waits.filter_map(|wait| wait.child.clone()).collect();
        drop(flow);
        self.cancel_flows(children)?;
        self.release_locks(&token)?;
        self.put(flow_key(&token)?, None)
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
        if record
            .section
            .as_ref()
            .is_some_and(SectionRecord::locks_keys)
        {
            self.unlock(id, token)?;
        }
        self.end_open(&record.waits);
        let children = record.waits.iter().filter_map(|wait| wait.child.clone());
        self.cancel_flows(children.collect())?;
        self.move_purse(|moved| moved.went += record.purse.left_yocto);
        if record.purse.left_yocto > 0 {
            self.repay(&record.caller, record.purse.left_yocto)?;
        }
        Ok(())
    }

    pub(super) fn move_purse(&self, change: impl FnOnce(&mut Moved)) {
        let mut moved = self.moved.get();
        change(&mut moved);
        self.moved.set(moved);
    }

    /// What is left of a deposit is in the purse of the method's own frame again.
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

    /// The flow's token, from its beginning on.
    pub(super) fn token_of_flow(&self) -> String {
        let flow = self.flow.borrow();
        let token = flow
            .as_ref()
            .and_then(|flow| flow.token.clone().or(flow.name.clone()));
        token.unwrap_or_else(|| self.new_token())
    }

    /// The flow's token and record as it is now, but for what is left in its purse.
    fn record_of_flow(&self, method: &str) -> Result<(String, FlowRecord), Failure> {
        let program = self.program(&self.current_id())?;
        let (token, calls) = (self.token_of_flow(), self.calls_awaited());
        let mut flow = self.flow.borrow_mut();
        let flow = flow.as_mut().ok_or_else(|| corrupt("a flow"))?;
        flow.note_waits(&calls, self.platform().block_height());
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
            result: flow.result_to_be(),
            section: flow.section.as_ref().map(|section| section.record.clone()),
            checkpoint: flow.checkpoint.clone(),
            parked: None,
            history: flow.history.bytes().to_vec(),
            come: Vec::new(),
        };
        Ok((token, record))
    }

    /// Calls that were planned in this execution and whose answers are awaited.
    fn calls_awaited(&self) -> Vec<Outside> {
        let journal = self.journal.borrow();
        let outside = journal.outside().iter();
        let awaited = outside.filter(|outside| outside.promise.is_some());
        awaited.cloned().collect()
    }

    /// Makes the promises that NEAR names, and writes their names into the record of the flow.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn name_open(&self, id: &str) -> Result<Named, Failure> {
        let outside = self.journal.borrow().outside().to_vec();
        let follows = |outside: &&Outside| outside.yocto() > CONFIRMATION_YOCTO;
        self.deposits_leave(outside.iter().filter(follows).count())?;
        let mut flow = self.flow.borrow_mut();
        let Some(flow) = flow.as_mut().filter(|flow| flow.is_put_aside) else {
            return Ok(Named::default());
        };
        let Some(token) = flow.token.clone() else {
            return Ok(Named::default());
        };
        let mut named = Named {
            result: None,
            has_result: flow.result_to_be().is_some(),
        };
        let mut is_named = false;
        if named.has_result && flow.result.is_none() {
            let settle = flow.settle(id, &token);
            let (planned, data_id) = self.open_result(&settle, flow.settle_gas());
            (named.result, flow.result) = (Some(planned), Some(data_id));
        }
        for wait in flow.new_waits.iter_mut().filter(|wait| wait.open.is_some()) {
            let data_id = self.open_wait(id, &token, wait.number);
            if let Some(open) = &mut wait.open {
                open.data_id = data_id;
            }
            is_named = true;
        }
        if is_named || named.result.is_some() {
            let key = flow_key(&token)?;
            let mut journal = self.journal.borrow_mut();
            let stored = journal.written(id, &key).flatten();
            let stored = stored.ok_or_else(|| corrupt("the record of a flow"))?;
            let mut stored = FlowRecord::from_bytes(&stored.bytes)?;
            stored.result = flow.result;
            stored.waits = flow.waits.iter().chain(&flow.new_waits).cloned().collect();
            journal.replace_value(id, &key, stored.to_bytes());
        }
        Ok(named)
    }

    /// Makes the promise with which a call ends, once more: with what is left of its gas.
    pub(super) fn open_result_again(&self, settle: &Settle) -> (Planned, DataId) {
        let platform = self.platform();
        let left = platform.prepaid_gas().saturating_sub(platform.used_gas());
        self.open_result(settle, left.saturating_sub(SETTLE_GAS_LEFT))
    }

    /// Makes the promise with which a call ends.
    fn open_result(&self, settle: &Settle, gas: u64) -> (Planned, DataId) {
        let input = serde_json::to_vec(settle).expect("invariant: a request is plain data");
        self.platform().open("settle", &input, (gas, 0))
    }

    /// Makes the promise of a wait that others end.
    pub(super) fn open_wait(&self, id: &str, token: &str, wait: u32) -> DataId {
        let input = resumption(id, token, wait, None);
        let (_, data_id) = self.platform().open("resume", &input, (RESUME_GAS, 1));
        data_id
    }

    /// Sends what was planned; where a method waits for it, plans how it goes on. Gives the promise
    /// that ends when the method does.
    pub(crate) fn send_outside(
        &self,
        id: &str,
        outside: &[Outside],
        named: Named,
    ) -> Option<Planned> {
        let platform = self.platform();
        let flow = self.flow.borrow();
        let flow = flow.as_ref().filter(|flow| flow.is_put_aside);
        let mut sent = Vec::new();
        for outside in outside.iter().filter(|outside| !outside.actions.is_empty()) {
            let planned = platform.send(&outside.account, &outside.actions);
            match outside.promise.filter(|_| flow.is_some()) {
                Some(promise) => sent.push((promise.number, planned, Followed::of(outside))),
                None => self.follow(&outside.from, planned, Followed::of(outside)),
            }
        }
        let flow = flow?;
        let token = flow.token.as_ref()?;
        let mut last = None;
        for wait in flow.new_waits.iter().filter(|wait| wait.open.is_none()) {
            let is_of = |number: u32| {
                let mut promises = wait.promises.iter();
                promises.any(|awaited| awaited.number == number)
            };
            let of = sent.iter().filter(|(number, ..)| is_of(*number));
            let (of, mut followed): (Vec<_>, Vec<_>) = of
                .map(|(_, planned, followed)| (*planned, followed.clone()))
                .unzip();
            // What is followed is answered alone.
            let input = resumption(id, token, wait.number, followed.pop().flatten());
            last = Some(platform.then(&of, "resume", &input, RESUME_GAS));
        }
        match named {
            Named {
                has_result: true,
                result,
            } => result,
            Named { .. } => last,
        }
    }

    /// Plans that what comes back is credited, where nobody waits for the answer.
    fn follow(&self, id: &str, planned: Planned, followed: Option<Followed>) {
        if followed.is_some() {
            let input = resumption(id, "", 0, followed);
            self.platform()
                .then(&[planned], "resume", &input, RESUME_GAS);
        }
    }

    /// Whether the call of the method gets its result by a promise that was made before.
    pub(super) fn is_answered_elsewhere(&self) -> bool {
        let flow = self.flow.borrow();
        flow.as_ref().is_some_and(|flow| flow.result.is_some())
    }
}

/// What a call takes along that may come back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Followed {
    yocto: Option<String>,
    tokens: Option<MovedTokens>,
}

impl Followed {
    fn of(outside: &Outside) -> Option<Self> {
        let yocto = Some(outside.yocto()).filter(|yocto| *yocto > CONFIRMATION_YOCTO);
        let followed = Self {
            yocto: yocto.map(|yocto| yocto.to_string()),
            tokens: outside.tokens.map(|moved| moved.told(&outside.account)),
        };
        (followed != Self::default()).then_some(followed)
    }
}

/// The input of `resume`.
fn resumption(id: &str, token: &str, wait: u32, followed: Option<Followed>) -> Vec<u8> {
    let Followed { yocto, tokens } = followed.unwrap_or_default();
    let request = Resume {
        id: id.to_owned(),
        flow: token.to_owned(),
        wait,
        yocto,
        tokens,
    };
    serde_json::to_vec(&request).expect("invariant: a request is plain data")
}
