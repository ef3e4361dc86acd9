//! The engine is upgraded in the middle of a weave: all compiled code is stale until somebody compiles it
//! again. What goes on meanwhile is parked, and whoever likes tries it again.

use super::books;
use super::play::Play;
use super::script::BANKS;
use serde_json::{Value, json};

/// How far the engine's upgrade has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    /// It stays as it is.
    Stays,
    /// It will be upgraded.
    Old,
    /// It has been, and no code is compiled for it.
    Stale,
    /// It has been, and all code is compiled again.
    New,
}

impl Play {
    /// The next thing of an upgrade: the upgrade itself, then what people do about it.
    pub(super) fn upgrade(&mut self) -> Result<(), String> {
        match self.engine {
            Engine::Stays => Ok(()),
            Engine::Old => {
                self.note("the engine is upgraded".to_owned());
                self.tally.note("an upgrade");
                self.world.upgrade_engine();
                self.engine = Engine::Stale;
                Ok(())
            }
            Engine::Stale if self.dice.percent(30) => self.compile(),
            Engine::Stale | Engine::New => self.retry(),
        }
    }

    /// Compiles the code, which is the same in all subcontracts.
    fn compile(&mut self) -> Result<(), String> {
        self.engine = Engine::New;
        let mut ids = BANKS.into_iter();
        let Some(id) = ids.find(|id| !self.removed.contains(id)) else {
            return Ok(());
        };
        let ended = self.send("mallory.near", "compile", &json!({"id": id}))?;
        self.tally.ended("compile", &ended);
        match ended == Ok(json!({"was_stale": true})) {
            true => Ok(()),
            false => Err(format!("the code of {id} was not compiled: {ended:?}")),
        }
    }

    /// Tries some flow again, which works where it is parked and its code is compiled.
    pub(super) fn retry(&mut self) -> Result<(), String> {
        match self.waiting()? {
            Some((id, number, flow)) => self.retry_flow(id, number, &flow),
            None => Ok(()),
        }
    }

    fn retry_flow(&mut self, id: &str, number: usize, flow: &Value) -> Result<(), String> {
        let request = json!({"id": id, "flow": flow["flow"]}).to_string();
        let is_told = !self.ends_by_promise(flow);
        let (before, receipt) = (self.world.pairs(), self.world.receipts());
        let call = self
            .world
            .enter("mallory.near", "retry", request.as_bytes(), 0);
        self.step(receipt)?;
        let ended = self.ended(call);
        self.note(format!("  -> {ended:?}"));
        let refused = match (flow["parked"].is_null(), self.engine) {
            (true, _) => Some("E_NOT_ALLOWED"),
            (false, Engine::Stale) => Some("E_STALE_CODE"),
            (false, _) => None,
        };
        let Some(code) = refused else {
            self.tally.note("retry went on");
            let running = self.flows.get_mut(&number).ok_or("a flow")?;
            if is_told {
                // Its caller is told that it is parked: its end is that of the retry.
                running.call = call;
            }
            return Ok(());
        };
        self.tally.note(&format!("retry: {code}"));
        if ended != Some(Err(code.to_owned())) {
            return Err(format!("a retry ended with {ended:?}, expected {code}"));
        }
        match self.world.pairs() == before {
            true => Ok(()),
            false => Err(format!(
                "a retry that was refused by {code} changed something"
            )),
        }
    }

    /// Whether a promise waits for the end of a flow, and its caller for that promise.
    fn ends_by_promise(&self, flow: &Value) -> bool {
        let is_end = |open: &usize| {
            let is_settle = self.world.describe(*open).contains(" settle ");
            is_settle
                && self
                    .world
                    .flow_of(*open)
                    .is_some_and(|of| flow["flow"] == of)
        };
        self.world.open().iter().any(is_end)
    }

    /// Lets all go on that is parked, when nothing else happens any more; says whether it did anything.
    pub(super) fn recover(&mut self) -> Result<bool, String> {
        let mut is_over = true;
        if self.engine == Engine::Stale {
            self.compile()?;
            is_over = false;
        }
        for id in BANKS {
            if books::flows(&self.world.stored(), id).is_empty() {
                continue;
            }
            for (number, flow) in self.listed(id)? {
                if !flow["parked"].is_null() {
                    self.retry_flow(id, number, &flow)?;
                    is_over = false;
                }
            }
        }
        Ok(!is_over)
    }
}
