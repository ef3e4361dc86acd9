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

    /// As [`Host::begin_anew`]; where it is refused, the method has failed.
    pub(super) fn plan_anew(&self, anew: Anew) -> Result<(), Failure> {
        self.check_alive()?;
        if !self.is_flows_own() {
            return Err(self.no_answer());
        }
        let refused = {
            let awaits = self.awaits();
            let mut flow = self.flow.borrow_mut();
            let Some(flow) = flow.as_mut() else {
                return Ok(());
            };
            flow.plan_anew(anew, awaits)
        };
        // Nothing of this is written down, so a method that caught it could not be gone through again.
        refused.map_err(|failure| self.end_frame_with(failure))
    }

    /// The arguments with which the method begins anew, if it does.
    pub(crate) fn begin_anew(&self) -> Option<Value> {
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
    fn plan_anew(&mut self, anew: Anew, awaits: bool) -> Result<(), Failure> {
        if !self.is_live {
            return Err(self.diverged("await", "near.checkpoint"));
        }
        if awaits || !self.fresh.is_empty() || !self.waits.is_empty() {
            let message = "a method can't begin anew while answers are still to come: await them";
            return Err(Failure::new(ErrorCode::Pending, message));
        }
        if self.section.is_some() {
            let message = "a method can't begin anew in a section: let the section end first";
            return Err(Failure::new(ErrorCode::Pending, message));
        }
        self.anew = Some(anew);
        Ok(())
    }

    /// Forgets what was asked and told so far.
    fn forget(&mut self) {
        self.history = History::default();
        self.promises = 0;
        self.opened.clear();
        self.to_cancel.clear();
        self.began = self.block;
        self.times_anew += 1;
    }
}
