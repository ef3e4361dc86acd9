//! The naive model: a frame copies the whole world when it begins, and when it fails the copy is
//! put back. So is a savepoint. There is nothing to undo, so nothing can be undone wrongly.
//!
//! Written from docs/calls.md, docs/adr/0050, docs/adr/0051 and the words of `port.rs`. It shares
//! with the enclave only the prices of effects (`gas.rs`); the clock, the deadlines and when a
//! frame is over are its own. Where the documents leave open which of two refusals comes first,
//! the order of `admit` and of the port's lists holds.

use super::chain::{Chain, Stored};
use super::world::{Purse, World, refused};
use crate::gas;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{AfterRequest, CallRequest, CallWay, Gas, Guest, On, Run};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const TERA: u64 = 1_000_000_000_000;
/// Fuel to gas where there is no clock.
const FUEL: u64 = 250_000_000;
const DEPTH_MAX: usize = 32;
/// Log lines, their bytes, transfers, planned calls: what all frames share.
const SHARED: [usize; 4] = [99, 12_288, 1_000, 256];

/// A frame that is open.
pub(super) struct Frame {
    pub(super) call: Call,
    pub(super) deadline: u64,
    pub(super) is_dead: bool,
    pub(super) is_running: bool,
    pub(super) savepoints: Vec<World>,
    /// How much may be used of what all share.
    pub(super) shared: [usize; 4],
}

/// A call that is to become a frame.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) caller: Option<String>,
    pub(super) id: String,
    pub(super) method: String,
    pub(super) deposit_yocto: u128,
    pub(super) gas: Option<Gas>,
    pub(super) is_view: bool,
    pub(super) is_upload: bool,
}

/// The model of one execution.
pub(super) struct Model<'a> {
    pub(super) chain: &'a Chain,
    pub(super) is_view: bool,
    pub(super) world: RefCell<World>,
    pub(super) frames: RefCell<Vec<Frame>>,
    pub(super) fuel: Cell<u64>,
    /// What the outermost frame left of its deposit.
    pub(super) left_yocto: Cell<u128>,
}

impl Model<'_> {
    pub(super) fn id(&self) -> String {
        let frames = self.frames.borrow();
        frames.last().expect("a frame is open").call.id.clone()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        let frames = self.frames.borrow();
        frames.iter().map(|frame| frame.call.id.clone()).collect()
    }

    /// What committing the present world would cost.
    pub(super) fn deferred_gas(&self) -> u64 {
        let world = self.world.borrow();
        let bytes = |stored: Option<&Rc<Stored>>, key: &[u8]| {
            let value = stored.and_then(|stored| stored.bytes(key));
            value.map_or(0, |value| value.len())
        };
        let write = |(id, key): &(String, Vec<u8>)| {
            let now = bytes(world.subcontracts.get(id), key);
            let on_chain = bytes(self.chain.subcontracts.get(id), key);
            gas::of_write(key.len(), now, on_chain)
        };
        let logs = world.logs.iter().map(|line| gas::of_log(line.len()));
        let transfers = world.transfers.iter().map(|(to, _)| gas::of_transfer(to));
        let refunds = world.refunds.keys().map(|to| gas::of_transfer(to));
        world.written.iter().map(write).sum::<u64>()
            + refunds.sum::<u64>()
            + logs.sum::<u64>()
            + transfers.sum::<u64>()
            + world.touched.len() as u64 * gas::BALANCE
            + world.upload_gas
    }

    pub(super) fn now(&self) -> u64 {
        let burnt = self.fuel.get().saturating_mul(FUEL);
        burnt.saturating_add(self.deferred_gas())
    }

    /// Fails a frame that is over, now and ever after.
    pub(super) fn live(&self) -> Result<(), Failure> {
        let now = self.now();
        let mut frames = self.frames.borrow_mut();
        let frame = frames.last_mut().expect("a frame is open");
        frame.is_dead |= now > frame.deadline;
        if frame.is_dead {
            return refused(ErrorCode::Gas);
        }
        Ok(())
    }

    /// Runs a frame: all of it happens, or nothing.
    pub(super) fn run(
        &self,
        guest: &mut dyn Guest,
        call: Call,
        args: Value,
    ) -> Result<Value, Failure> {
        let copy = self.world.borrow().clone();
        let mut path = self.ids();
        path.push(call.id.clone());
        let result = self.begin(&call).and_then(|()| {
            let result = self.body(guest, &call, args, &copy);
            self.frames.borrow_mut().pop();
            result
        });
        result.map_err(|mut failure| {
            self.world.replace(copy);
            if failure.path.is_empty() {
                failure.path = path;
            }
            failure
        })
    }

    /// Opens a frame if it may begin.
    fn begin(&self, call: &Call) -> Result<(), Failure> {
        self.check(call)?;
        let (deadline, now) = (self.deadline(call.gas), self.now());
        if now >= deadline {
            return refused(ErrorCode::Gas);
        }
        let shared = self.share();
        let is_nested = !self.frames.borrow().is_empty();
        let mut world = self.world.borrow_mut();
        if is_nested && call.deposit_yocto > 0 {
            world.take(&self.id(), call.deposit_yocto)?;
        }
        world.purses.push(Purse {
            left_yocto: call.deposit_yocto,
            ..Purse::default()
        });
        self.frames.borrow_mut().push(Frame {
            call: call.clone(),
            deadline,
            is_dead: false,
            is_running: true,
            savepoints: Vec::new(),
            shared,
        });
        Ok(())
    }

    /// Whether a call is allowed at all.
    fn check(&self, call: &Call) -> Result<(), Failure> {
        check_names(&call.id, &call.method, call.is_upload)?;
        let frames = self.frames.borrow();
        if frames.len() >= DEPTH_MAX {
            return refused(ErrorCode::Depth);
        }
        if !self.world.borrow().subcontracts.contains_key(&call.id) {
            return refused(ErrorCode::UnknownSubcontract);
        }
        let runs = |frame: &Frame| frame.is_running && frame.call.id == call.id;
        if frames.iter().any(runs) && !super::REENTRANT.contains(&call.method.as_str()) {
            return refused(ErrorCode::Reentry);
        }
        if call.is_view && call.deposit_yocto > 0 {
            return refused(ErrorCode::View);
        }
        Ok(())
    }

    /// The caller's deadline; or now and the cap, 2 Tgas before the caller's at the latest.
    fn deadline(&self, cap: Option<Gas>) -> u64 {
        let frames = self.frames.borrow();
        let outer = match frames.last() {
            Some(caller) => caller.deadline,
            None if self.is_view => 250 * TERA,
            None => (1_000 - 10) * TERA,
        };
        cap.map_or(outer, |Gas(cap)| {
            let own = self.now().saturating_add(cap);
            own.min(outer.saturating_sub(2 * TERA))
        })
    }

    /// What its caller has left of what all share, less a sixteenth of it, rounded up.
    fn share(&self) -> [usize; 4] {
        let frames = self.frames.borrow();
        let Some(caller) = frames.last() else {
            return SHARED;
        };
        let used = self.world.borrow().shared();
        std::array::from_fn(|which| {
            let left = caller.shared[which].saturating_sub(used[which]);
            used[which].min(caller.shared[which]) + left - left.div_ceil(16)
        })
    }

    fn body(
        &self,
        guest: &mut dyn Guest,
        call: &Call,
        args: Value,
        before: &World,
    ) -> Result<Value, Failure> {
        let returned = guest.run(Run {
            program: &self.chain.compiled,
            id: &call.id,
            method: &call.method,
            args,
        });
        self.live()?;
        let value = returned?;
        self.set_running(false);
        let planned = self.world.borrow_mut().purse().planned.clone();
        for request in planned {
            self.later(guest, &request)?;
            self.live()?;
        }
        self.settle_storage(before)?;
        self.end(call);
        Ok(value)
    }

    fn set_running(&self, is_running: bool) {
        let mut frames = self.frames.borrow_mut();
        frames.last_mut().expect("a frame is open").is_running = is_running;
    }

    /// Runs a planned call and its reply.
    fn later(&self, guest: &mut dyn Guest, request: &AfterRequest) -> Result<(), Failure> {
        let AfterRequest { call, on, reply } = request.clone();
        let (id, method) = (call.id.clone(), call.method.clone());
        let result = self.run_nested(guest, call);
        let is_taken = match on {
            On::Success => result.is_ok(),
            On::Error => result.is_err(),
            On::Always => true,
        };
        let is_broken = |failure: &Failure| failure.is(ErrorCode::Corrupt);
        let is_taken = is_taken && !result.as_ref().is_err_and(is_broken);
        if !is_taken {
            return result.map(drop);
        }
        let Some(reply) = reply else {
            return Ok(());
        };
        let answer = CallRequest {
            id: self.id(),
            method: reply,
            args: told(&id, &method, result),
            gas: None,
            deposit_yocto: 0,
            way: CallWay::Call,
        };
        self.run_nested(guest, answer).map(drop)
    }

    /// Runs what the innermost frame asks for.
    pub(super) fn run_nested(
        &self,
        guest: &mut dyn Guest,
        request: CallRequest,
    ) -> Result<Value, Failure> {
        let is_view = {
            let frames = self.frames.borrow();
            frames.last().is_some_and(|frame| frame.call.is_view)
        };
        let call = Call {
            caller: Some(self.id()),
            id: request.id,
            method: request.method,
            deposit_yocto: request.deposit_yocto,
            gas: request.gas,
            is_view: is_view || request.way == CallWay::View,
            is_upload: false,
        };
        self.run(guest, call, request.args)
    }

    /// Settles the purse of a frame that ends well.
    fn end(&self, call: &Call) {
        let mut world = self.world.borrow_mut();
        let purse = world.purses.pop().expect("a frame is open");
        let frames = self.frames.borrow();
        let caller = frames.iter().rev().nth(1);
        match (caller, purse.kept_yocto) {
            (None, _) => self.left_yocto.set(purse.left_yocto),
            (Some(_), None) => world.give(&call.id, purse.left_yocto),
            (Some(caller), Some(_)) => world.give(&caller.call.id, purse.left_yocto),
        }
    }
}

/// What a reply is given.
fn told(id: &str, method: &str, result: Result<Value, Failure>) -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    let field = |name: &str, value| (name.to_owned(), value);
    let mut fields = vec![field("id", text(id)), field("method", text(method))];
    fields.push(field("ok", Value::Bool(result.is_ok())));
    fields.push(match result {
        Ok(value) => field("value", value),
        Err(failure) => {
            let path = failure.path.iter().map(|id| text(id)).collect();
            let error = vec![
                field("code", text(&failure.code)),
                field("name", text(&failure.name)),
                field("message", text("")),
                field("path", Value::Array(path)),
            ];
            field("error", Value::Object(error))
        }
    });
    Value::Object(fields)
}

/// Which ids and methods can be called.
pub(super) fn check_names(id: &str, method: &str, is_upload: bool) -> Result<(), Failure> {
    if super::BAD_IDS.contains(&id) {
        return refused(ErrorCode::BadId);
    }
    if method.is_empty() || method.len() > 128 {
        return refused(ErrorCode::UnknownMethod);
    }
    let is_private =
        method.starts_with('_') || method == "migrate" || (method == "init" && !is_upload);
    if is_private {
        return refused(ErrorCode::PrivateMethod);
    }
    Ok(())
}
