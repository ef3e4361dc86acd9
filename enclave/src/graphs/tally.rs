//! How often each thing happened that the random graphs have to try: without it the generator
//! could go dull, and the test would pass and say nothing.

use super::chain::Chain;
use super::enclave::Report;
use super::script::{Act, Request};
use conclave_abi::error::Failure;
use conclave_abi::value::Value;
use conclave_engine::port::{CallRequest, CallWay, Host, Run};
use std::collections::BTreeMap;
use std::fmt;

/// What must have happened in how many of 100,000 graphs at least: about half of what does.
const LEAST: [(&str, u64); 45] = [
    ("32 frames deep", 2_500),
    ("a subcontract twice in the path", 20_000),
    ("a call went well", 25_000),
    ("a view went well", 5_000),
    ("an upload went well", 5_000),
    ("a removal went well", 7_000),
    ("a call failed: E_DEPOSIT", 9_000),
    ("a call failed: E_GAS", 5_000),
    ("a call failed: E_FUNDS", 3_500),
    ("a call failed: E_REENTRY", 2_000),
    ("an upload failed: E_DEPOSIT", 1_200),
    ("removals paid a balance out", 4_500),
    ("removals paid others back", 35),
    ("a call paid others back", 25),
    ("storage paid by an account", 5_500),
    ("storage paid by another subcontract", 430),
    ("storage paid by itself", 2_100),
    ("storage paid by the enclave", 2_800),
    ("caught from call: E_DEPOSIT", 6_500),
    ("calls whose failure was caught", 30_000),
    ("caught from further in than the callee", 20_000),
    ("calls with a cap that failed", 20_000),
    ("calls with a cap that went well", 10_000),
    ("calls with a deposit that failed", 20_000),
    ("calls with a deposit that went well", 6_000),
    ("views inside that went well", 9_000),
    ("caught from call: E_DEPTH", 2_500),
    ("caught from call: E_FUNDS", 12_000),
    ("caught from call: E_GAS", 10_000),
    ("caught from call: E_REENTRY", 19_000),
    ("caught from call: E_VIEW", 10_000),
    ("caught from spend: E_GAS", 5_000),
    ("caught from keep: E_FUNDS", 4_000),
    ("caught from transfer: E_FUNDS", 7_000),
    ("caught from transfer: E_TOO_LARGE", 60),
    ("caught from log: E_TOO_LARGE", 1_800),
    ("caught from after: E_TOO_LARGE", 350),
    ("caught from grant: E_VIEW", 2_500),
    ("caught from read: E_NOT_GRANTED", 12_000),
    ("reads of what another granted", 3_800),
    ("planned calls", 20_000),
    ("replies told a failure", 8_000),
    ("replies told a success", 4_500),
    ("savepoints undone with money", 2_000),
    ("savepoints undone with planned calls", 5_000),
];

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
        for (kind, paid) in paid(after) {
            let had = self::paid(before);
            if had
                .iter()
                .all(|(other, before)| *other != kind || *before < paid)
            {
                self.note(&format!("storage paid by {kind}"));
            }
        }
        if let Some(removed) = before.subcontracts.get(id)
            && matches!(request, Request::Remove { .. })
        {
            if removed.balance_yocto > 0 {
                self.note("removals paid a balance out");
            }
            if report.sent.transfers.len() > 2 {
                self.note("removals paid others back");
            }
        }
        if !report.pending.refunds.is_empty() {
            self.note(&format!("{what} paid others back"));
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
        missing
    }
}

/// How many bytes each kind of payer pays on a chain.
fn paid(chain: &Chain) -> Vec<(&'static str, u64)> {
    let mut paid = [
        ("itself", 0),
        ("the enclave", 0),
        ("another subcontract", 0),
        ("an account", 0),
        ("four", 0),
    ];
    for stored in chain.subcontracts.values() {
        for shares in stored.shares.values() {
            for (payer, bytes) in shares {
                let kind = match payer.as_str() {
                    "" => 0,
                    "*" => 1,
                    name if name.contains('@') => 2,
                    _ => 3,
                };
                paid[kind].1 += bytes;
            }
            paid[4].1 += u64::from(shares.len() == 4);
        }
    }
    paid.into()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.0 {
            writeln!(f, "{count:>9}  {what}")?;
        }
        Ok(())
    }
}
