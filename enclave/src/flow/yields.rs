//! Promises that others settle: `near.yield`, `near.resume`, `expire`; and `settle`, which ends a call
//! whose method waited for several things at once.
//!
//! Guards: a promise has one outcome. It is taken from the flow's record before NEAR is told, so a
//! second one finds it gone; what is refused changes nothing.

use super::record::{FlowRecord, Wait};
use super::resume::check_private;
use super::spawned::{ended, read_ended};
use super::waits::More;
use super::{Opened, flow_key};
use crate::execution::{Execution, Mode};
use crate::outbox::Resumption;
use crate::platform::{DataId, Platform, Received};
use crate::record::corrupt;
use crate::request;
use crate::serve::answer;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::request::{Expire, Settle};
use conclave_abi::value::Value;
use conclave_engine::port::{Gas, YieldRequest};
use conclave_nested_trie::NewValue;

/// Blocks after which NEAR ends a yield. Source: NEAR protocol, `yield_timeout_length_in_blocks`.
pub(super) const TIMEOUT_BLOCKS: u64 = 200;
/// Longest time that a promise waits, in blocks. Reason: every 200 blocks cost the method gas.
const TIMEOUT_BLOCKS_MAX: u64 = 10_000;
/// Most subcontracts that may settle a promise.
const RESUMERS_MAX: usize = 16;
/// Most bytes of a value that settles a promise. Reason: it lies in storage until the method goes on.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Most bytes that NEAR takes along. Source: NEAR protocol, `max_yield_payload_size`, less our byte.
const INLINE_BYTES_MAX: usize = 1_023;
/// First byte of the host keys of values that NEAR does not take along; the promise's name follows.
const SPILLED: u8 = 0x15;

/// How a promise ended, by the first byte of what NEAR takes along.
mod payload {
    /// A value follows, or a failure as one.
    pub(super) const INLINE: u8 = 0;
    /// It lies in storage.
    pub(super) const SPILLED: u8 = 1;
    /// Nobody settled it in time, or nobody waits any more.
    pub(super) const OVER: u8 = 2;
}

/// What came with the end of a promise.
pub(super) enum Settled {
    /// This.
    Value(Value),
    /// Nothing: it is over.
    Over,
    /// Nothing: NEAR waits no longer.
    TimedOut,
}

fn spill_key(data_id: &DataId) -> Vec<u8> {
    [&[SPILLED], data_id.as_slice()].concat()
}

/// Where it lies how a flow has ended whose call has not.
fn end_key(flow: &str) -> Vec<u8> {
    [&[SPILLED], flow.as_bytes()].concat()
}

/// A token's subcontract, flow and promise.
fn parse(token: &str) -> Option<(&str, &str, u32)> {
    let mut parts = token.split(':');
    let (id, flow, promise) = (parts.next()?, parts.next()?, parts.next()?);
    let is_flow = flow.len() == 24 && flow.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_flow && parts.next().is_none()).then_some((id, flow, promise.parse().ok()?))
}

fn no_token() -> Failure {
    let message = "this is no token; pass what near.yield gave";
    Failure::new(ErrorCode::BadValue, message)
}

impl Wait {
    /// Whether it is the open one of this promise, and nobody has settled it. Nobody can while NEAR has
    /// ended its wait and the enclave has not been told.
    fn is_open(&self, promise: u32, height: u64) -> bool {
        let is_of = self.promises.iter().any(|made| made.number == promise);
        let is_awaited = height < self.height + TIMEOUT_BLOCKS;
        is_of && is_awaited && self.open.as_ref().is_some_and(|open| !open.is_resumed)
    }
}

impl<P: Platform> Execution<P> {
    /// As [`conclave_engine::port::Host::yield_now`]; gives the token.
    pub(super) fn open_promise(&self, request: &YieldRequest) -> Result<String, Failure> {
        self.check_gas()?;
        self.refuse_in_view("wait")?;
        let blocks = request.timeout_blocks.unwrap_or(TIMEOUT_BLOCKS);
        if blocks == 0 || blocks > TIMEOUT_BLOCKS_MAX {
            let message = format!("timeoutBlocks is a number from 1 to {TIMEOUT_BLOCKS_MAX}");
            return Err(Failure::new(ErrorCode::BadValue, message));
        }
        if request.resumers.len() > RESUMERS_MAX {
            let message = format!("at most {RESUMERS_MAX} subcontracts may be named in resumers");
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        for id in &request.resumers {
            request::check_id(id)?;
        }
        self.afford_gas(Gas(self.gas_to_wait(More::Open(blocks))))?;
        let deadline = self.platform().block_height() + blocks;
        let token = self.token_of_flow();
        let mut flow = self.flow.borrow_mut();
        let flow = flow.as_mut().ok_or_else(|| corrupt("a flow"))?;
        flow.opened.push(Opened {
            promise: flow.promises,
            deadline,
            resumers: request.resumers.clone(),
        });
        Ok(format!("{}:{token}:{}", self.current_id(), flow.promises))
    }

    /// As [`conclave_engine::port::Host::resume`].
    pub(crate) fn resume_promise(&self, token: &str, value: &Value) -> Result<bool, Failure> {
        self.check_gas()?;
        self.refuse_in_view("resume")?;
        let (id, flow, promise) = parse(token).ok_or_else(no_token)?;
        let bytes = value.to_bytes();
        if bytes.len() > VALUE_BYTES_MAX {
            let got = bytes.len();
            let message = format!("the value takes {got} bytes, at most {VALUE_BYTES_MAX} go");
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        let Some(mut record) = self.flow_record(id, flow)? else {
            return Ok(false);
        };
        let (height, waits) = (self.platform().block_height(), record.waits.iter_mut());
        let mut open = waits.filter(|wait| wait.is_open(promise, height));
        let Some(wait) = open.next() else {
            return Ok(false);
        };
        let Some(open) = &mut wait.open else {
            return Ok(false);
        };
        let resumer = self.current_id();
        if resumer != id && !open.resumers.contains(&resumer) {
            let message = format!("{id} does not let {resumer} settle this promise");
            return Err(Failure::new(ErrorCode::NotAllowed, message));
        }
        open.is_resumed = true;
        let data_id = open.data_id;
        self.rewrite_flow(id, flow, &record)?;
        self.settle_promise(data_id, payload::INLINE, &bytes);
        Ok(true)
    }

    /// Plans the end of a promise.
    fn settle_promise(&self, data_id: DataId, kind: u8, bytes: &[u8]) {
        let mut journal = self.journal.borrow_mut();
        let payload = if bytes.len() > INLINE_BYTES_MAX {
            journal.set_record(spill_key(&data_id), Some(bytes.to_vec()));
            [&[payload::SPILLED], data_id.as_slice()].concat()
        } else {
            [&[kind], bytes].concat()
        };
        journal.resume(Resumption { data_id, payload });
    }

    /// Writes a flow's record that has as many bytes as before.
    pub(super) fn rewrite_flow(
        &self,
        id: &str,
        token: &str,
        record: &FlowRecord,
    ) -> Result<(), Failure> {
        let (key, bytes) = (flow_key(token)?, record.to_bytes());
        let mut journal = self.journal.borrow_mut();
        let note = match journal.written(id, &key) {
            Some(Some(value)) => value.note.clone(),
            _ => {
                let stat = self.state.stat(id, &key)?;
                stat.ok_or_else(|| corrupt("the record of a flow"))?.note
            }
        };
        let evicted = bytes.len();
        journal.set_value(id, key, Some(NewValue { bytes, note }), evicted);
        Ok(())
    }

    /// How a promise ended, and what came with it; what lay in storage for it goes.
    pub(super) fn settled(&self) -> Result<Settled, Failure> {
        let unreadable = || corrupt("what settled a promise");
        let payload = match self.platform().result(0, u64::MAX) {
            Received::Bytes(payload) => payload,
            Received::Failed | Received::TooLong(_) => return Ok(Settled::TimedOut),
        };
        let bytes = match payload.split_first() {
            Some((&payload::INLINE, bytes)) => bytes.to_vec(),
            Some((&payload::SPILLED, data_id)) => {
                let key = spill_key(data_id.try_into().map_err(|_| unreadable())?);
                let bytes = self.platform().read(&key).ok_or_else(unreadable)?;
                self.journal.borrow_mut().set_record(key, None);
                bytes
            }
            _ => return Ok(Settled::Over),
        };
        let value = Value::from_bytes(&bytes).map_err(|_| unreadable())?;
        Ok(Settled::Value(value))
    }

    /// Ends the promises of a flow that nobody waits for any more; what lies in storage for one that
    /// was settled goes.
    pub(super) fn end_open(&self, waits: &[Wait]) {
        for open in waits.iter().filter_map(|wait| wait.open.as_ref()) {
            if open.is_resumed {
                let key = spill_key(&open.data_id);
                self.journal.borrow_mut().set_record(key, None);
            } else {
                self.end_promise(open.data_id);
            }
        }
    }

    /// Ends the promise of a call's result with how its method ended. That lies in storage until the
    /// call has ended, because NEAR may have ended the wait for it before.
    pub(super) fn settle_result(
        &self,
        flow: &str,
        data_id: DataId,
        result: &Result<Value, Failure>,
    ) {
        let bytes = ended(result).to_bytes();
        let mut journal = self.journal.borrow_mut();
        journal.set_record(end_key(flow), Some(bytes));
        drop(journal);
        self.end_promise(data_id);
    }

    /// Plans the end of a promise that nobody is to settle any more.
    pub(super) fn end_promise(&self, data_id: DataId) {
        self.settle_promise(data_id, payload::OVER, &[]);
    }

    /// How the method of a call has ended, if it has; what lay in storage of it goes.
    fn take_end(&self, flow: &str) -> Result<Option<Result<Value, Failure>>, Failure> {
        let Some(bytes) = self.platform().read(&end_key(flow)) else {
            return Ok(None);
        };
        self.journal.borrow_mut().set_record(end_key(flow), None);
        let told = Value::from_record(&bytes).ok().and_then(read_ended);
        told.map(Some)
            .ok_or_else(|| corrupt("how a flow has ended"))
    }
}

/// `expire`
pub(crate) fn expire<P: Platform>(platform: P) -> Result<(), Failure> {
    let Expire { token } = request::read(&platform.input(), "{\"token\": what near.yield gave}")?;
    let (id, flow, promise) = parse(&token).ok_or_else(no_token)?;
    request::check_id(id)?;
    let from = platform.predecessor();
    let execution = Execution::new(platform, Mode::Change);
    execution
        .left_yocto
        .set(execution.platform().attached_deposit());
    let height = execution.platform().block_height();
    let mut is_over = false;
    if let Some(mut record) = execution.flow_record(id, flow)?
        && let Some(wait) = record
            .waits
            .iter_mut()
            .find(|wait| wait.is_open(promise, height))
        && let Some(open) = &mut wait.open
    {
        if height < open.deadline {
            let deadline = open.deadline;
            let message = format!("the promise may be settled until block {deadline}");
            return Err(Failure::new(ErrorCode::NotAllowed, message));
        }
        open.is_resumed = true;
        let data_id = open.data_id;
        execution.rewrite_flow(id, flow, &record)?;
        execution.end_promise(data_id);
        is_over = true;
    }
    execution.commit(from)?;
    answer(execution.platform(), &is_over);
    Ok(())
}

/// `settle`
pub(crate) fn settle<P: Platform>(platform: P) -> Result<(), Failure> {
    check_private(&platform, "settle")?;
    let settle: Settle = request::read(&platform.input(), "{\"id\", \"flow\"}")?;
    let Settle { id, flow, spawner } = &settle;
    let execution = Execution::new(platform, Mode::Change);
    if let Some(result) = execution.take_end(flow)? {
        execution.commit(String::new())?;
        execution.tell(spawner, &result);
        return Ok(());
    }
    // The method still waits, longer than NEAR does.
    let record = execution.existing_flow(id, flow)?;
    let (planned, data_id) = execution.open_result_again(&settle);
    let record = FlowRecord {
        result: Some(data_id),
        ..record
    };
    execution.rewrite_flow(id, flow, &record)?;
    execution.commit(String::new())?;
    execution.platform().return_promise(planned);
    Ok(())
}
