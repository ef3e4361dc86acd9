//! A method that waits begins anew in the same execution: what it did stays, what it asked and was
//! told is forgotten, so that it need not be gone through again.

use super::Flow;
use super::history::History;
use crate::execution::Execution;
use crate::platform::Platform;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{Anew, Host};

impl<P: Platform + 'static> Execution<P> {
    /// The block's seed for a method that may have begun anew: another one each time.
    pub(super) fn seed_of_flow(&self) -> Result<Vec<u8>, Failure> {
        let seed = self.random_seed()?;
        let flow = self.flow.borrow();
        Ok(match flow.as_ref().map_or(0, |flow| flow.times_anew) {
            0 => seed,
            times => {
                let times = times.to_be_bytes();
                let parts: [&[u8]; 2] = [&seed, &times];
                self.platform().sha256(&parts.concat()).to_vec()
            }
        })
    }
}

impl<P: Platform> Execution<P> {
    /// As [`Host::checkpoint`].
    pub(super) fn checkpoint_of_flow(&self) -> Result<Option<Value>, Failure> {
        if !self.is_flows_own() {
            return Err(self.no_answer());
        }
        let flow = self.flow.borrow();
        Ok(flow.as_ref().and_then(|flow| flow.checkpoint.clone()))
    }

    /// As [`Host::begin_anew`].
    pub(super) fn plan_anew(&self, anew: Anew) -> Result<(), Failure> {
        self.check_alive()?;
        if !self.is_flows_own() {
            return Err(self.no_answer());
        }
        let awaits = self.awaits();
        let mut flow = self.flow.borrow_mut();
        let Some(flow) = flow.as_mut() else {
            return Ok(());
        };
        if !flow.is_live {
            return Err(flow.diverged("await", "near.checkpoint"));
        }
        if awaits || !flow.fresh.is_empty() || !flow.waits.is_empty() {
            let message = "a method can't begin anew while answers are still to come: await them";
            return Err(Failure::new(ErrorCode::Pending, message));
        }
        flow.anew = Some(anew);
        Ok(())
    }

    /// The arguments with which the method begins anew, if it does.
    pub(crate) fn begin_anew(&self) -> Option<Value> {
        if !self.is_flows_own() {
            return None;
        }
        let mut flow = self.flow.borrow_mut();
        let flow = flow.as_mut()?;
        match flow.anew.take()? {
            Anew::From(value) => flow.checkpoint = Some(value),
            Anew::With(args) => {
                flow.checkpoint = None;
                flow.args = args;
            }
        }
        flow.forget();
        Some(flow.args.clone())
    }
}

impl Flow {
    /// Forgets what was asked and told so far.
    fn forget(&mut self) {
        self.history = History::default();
        self.promises = 0;
        self.opened.clear();
        self.began = self.block;
        self.times_anew += 1;
    }
}
