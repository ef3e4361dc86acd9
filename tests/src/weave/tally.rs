//! How often each thing happened that weaves have to try: without it they could go dull, and pass and
//! say nothing.

use super::play::Ended;
use std::collections::BTreeMap;
use std::fmt;

/// What must have happened how often in 1,000 weaves at least: about half of what does.
const LEAST: [(&str, u64); 49] = [
    ("NEAR waited no longer", 850),
    ("a deposit came back", 120),
    ("a deposit stayed at good.near", 120),
    ("a deposit stayed at thief.near", 130),
    ("a removal", 350),
    ("a removal refused while flows wait", 45),
    ("aborted by a stranger", 2),
    ("aborted by caller or owner", 100),
    ("an upgrade", 60),
    ("compile went well", 60),
    ("expire went well", 4),
    ("expire: E_NOT_ALLOWED", 20),
    ("flow went well", 1_000),
    ("flow: E_ABORTED", 40),
    ("flow: E_CONFLICT", 100),
    ("flow: E_LOCKED", 110),
    ("flow: E_OUTSIDE", 180),
    ("flow: E_PENDING", 30),
    ("flow: E_STALE_CODE", 120),
    ("flow: E_THROW", 100),
    ("flow: E_TIMEOUT", 110),
    ("flow: E_UNKNOWN_FLOW", 60),
    ("line all", 90),
    ("line anew", 30),
    ("line back E_THROW", 4),
    ("line caught E_CONFLICT", 60),
    ("line caught E_LOCKED", 40),
    ("line caught E_OUTSIDE", 70),
    ("line caught E_TIMEOUT", 40),
    ("line end", 880),
    ("line failed E_OUTSIDE", 200),
    ("line failed E_TIMEOUT", 110),
    ("line gift", 90),
    ("line left", 100),
    ("line open", 110),
    ("line paid", 50),
    ("line put", 5_500),
    ("line sent", 80),
    ("line soft E_LOCKED", 24),
    ("line soft E_THROW", 8),
    ("line told", 1_000),
    ("retry went on", 30),
    ("retry: E_NOT_ALLOWED", 40),
    ("retry: E_STALE_CODE", 3),
    ("shift went well", 1_300),
    ("shift: E_LOCKED", 170),
    ("shift: E_STALE_CODE", 30),
    ("tell went well", 80),
    ("tell: E_NOT_ALLOWED", 24),
];

/// How often something happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<String, u64>);

impl Tally {
    pub(crate) fn note(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn ended(&mut self, what: &str, ended: &Ended) {
        match ended {
            Ok(_) => self.note(&format!("{what} went well")),
            Err(code) => self.note(&format!("{what}: {code}")),
        }
    }

    /// A line of a flow.
    pub(super) fn line(&mut self, line: &str) {
        let mut words = line.split(' ').skip(2);
        match (words.next(), words.next()) {
            (Some(what @ ("soft" | "failed" | "back" | "caught")), Some(code)) => {
                self.note(&format!("line {what} {code}"));
            }
            (Some(what), _) => self.note(&format!("line {what}")),
            (None, _) => {}
        }
    }

    /// Adds what happened elsewhere.
    pub fn add(&mut self, other: Self) {
        for (what, count) in other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// What happened too seldom in so many weaves, as text; empty when nothing.
    #[must_use]
    pub fn missing(&self, weaves: u64) -> String {
        self.missing_of(&LEAST, weaves)
    }

    /// The same of what has to happen in 1,000 plays of another kind.
    pub(crate) fn missing_of(&self, least: &[(&str, u64)], plays: u64) -> String {
        let mut missing = String::new();
        for (what, least) in least {
            let count = self.0.get(*what).copied().unwrap_or(0);
            let least = least * plays / 1_000;
            if count < least {
                missing += &format!("{what}: {count}, expected {least}\n");
            }
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
