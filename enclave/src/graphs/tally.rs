//! How often each thing happened that the random graphs have to try: without it the generator
//! could go dull, and the test would pass and say nothing.

use super::chain::Chain;
use super::enclave::{Pending, Report};
use super::script::{Act, Request};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::Value;
use conclave_engine::port::{CallRequest, CallWay, Host, Run};
use std::collections::BTreeMap;
use std::fmt;

/// What must have happened in how many of 100,000 graphs at least.
const LEAST: [(&str, u64); 0] = [];

/// In how many graphs something happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally(BTreeMap<String, u64>);

impl Tally {
    /// It happened in this graph.
    pub(super) fn note(&mut self, what: &str) {
        if !self.0.contains_key(what) {
            self.0.insert(what.to_owned(), 1);
        }
    }

    /// A step failed, and its method went on.
    pub(super) fn caught(&mut self, act: &Act, failure: &Failure) {
        let code = failure.code.as_str();
        if matches!(act, Act::Call(_)) {
            self.note("calls whose failure was caught");
            self.note(&format!("caught from call: {code}"));
            if failure.path.len() > 3 {
                self.note("caught from further in than the callee");
            }
        } else {
            self.note(&format!("caught from {}: {code}", super::guest::name(act)));
        }
    }

    /// A call was answered.
    pub(super) fn called(&mut self, call: &CallRequest, told: &Result<Value, Failure>) {
        let outcome = if told.is_ok() { "went well" } else { "failed" };
        if call.deposit_yocto > 0 {
            self.note(&format!("calls with a deposit that {outcome}"));
        }
        if call.gas.is_some() {
            self.note(&format!("calls with a cap that {outcome}"));
        }
        if call.way == CallWay::View {
            self.note(&format!("views inside that {outcome}"));
        }
    }

    /// A script begins.
    pub(super) fn began(&mut self, run: &Run<'_>, host: &dyn Host) {
        let path = host.path();
        if path.len() >= 32 {
            self.note("32 frames deep");
        }
        if path.iter().filter(|id| *id == run.id).count() > 1 {
            self.note("a subcontract twice in the path");
        }
        if let Value::Object(fields) = &run.args {
            let is_error = fields.iter().any(|(name, _)| name == "error");
            let what = if is_error { "a failure" } else { "a success" };
            self.note(&format!("replies told {what}"));
        }
    }

    /// A request ended, and made one chain of another.
    pub(super) fn finished(
        &mut self,
        request: &Request,
        report: &Report,
        (before, after): (&Chain, &Chain),
    ) {
        let (what, id) = match request {
            Request::Call { id, .. } => ("a call", id),
            Request::View { id, .. } => ("a view", id),
            Request::Upload { id, .. } => ("an upload", id),
            Request::Remove { id, .. } => ("a removal", id),
        };
        if let Some(Err(fault)) = &report.outcome {
            self.note(&format!("{what} failed: {}", fault.code));
            return;
        }
        self.note(&format!("{what} went well"));
        let balance = |chain: &Chain| chain.subcontracts.get(id).map_or(0, |of| of.balance_yocto);
        let Pending { left, balances, .. } = &report.pending;
        if left.kept_yocto > 0 {
            self.note(&format!("{what} kept of its deposit"));
        }
        if balances
            .get(id)
            .is_some_and(|before| *before > balance(after))
        {
            self.note("storage paid out of kept money");
        }
        if let Some(removed) = before.subcontracts.get(id)
            && matches!(request, Request::Remove { .. })
        {
            let sent = report
                .sent
                .transfers
                .first()
                .map_or(0, |(_, amount)| *amount);
            if removed.balance_yocto > 0 {
                self.note("removals paid a balance out");
            }
            if removed.paid_yocto > 0 && sent == removed.balance_yocto + removed.paid_yocto {
                self.note("removals paid back what the upload had paid");
            } else if removed.paid_yocto > 0 {
                self.note("removals paid back less than the upload had paid");
            }
        }
        if !report.sent.transfers.is_empty() {
            self.note(&format!("{what} sent money"));
        }
    }

    /// Adds what happened elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        for (what, count) in other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// Unites what happened in one graph.
    pub(super) fn join(&mut self, other: &Self) {
        for what in other.0.keys() {
            self.note(what);
        }
    }

    /// What happened too seldom in so many graphs, as text; empty when nothing.
    pub(super) fn missing(&self, graphs: u64) -> String {
        let mut missing = String::new();
        for (what, least) in LEAST {
            let count = self.0.get(what).copied().unwrap_or(0);
            let least = least * graphs / 100_000;
            if count < least {
                missing += &format!("{what}: {count}, expected {least}\n");
            }
        }
        for code in [ErrorCode::Corrupt] {
            let marks = self.0.keys().filter(|what| what.contains(code.as_str()));
            missing.extend(marks.map(|what| format!("{what} must not happen\n")));
        }
        missing
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.0 {
            writeln!(f, "{count:>9}  {what}")?;
        }
        Ok(())
    }
}
