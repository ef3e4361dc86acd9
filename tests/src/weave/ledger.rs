//! What has happened in a weave, by the lines that its flows logged: values applied one after the other
//! in the order of their lines, money, and the lines of each flow by the receipts that had them.
//!
//! A line is there only if what it tells of stayed. So if each line found the value that the one before
//! it left, all that stayed is as if it had been done in this order, one thing after the other.

use super::books::Lock;
use std::collections::{BTreeMap, BTreeSet};

/// A line of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The receipt that had it.
    pub(super) receipt: usize,
    /// The subcontract that logged it.
    pub(super) id: String,
    pub(super) words: Vec<String>,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    /// By subcontract, then key.
    pub(super) values: BTreeMap<String, BTreeMap<String, i64>>,
    /// Balances of subcontracts, in yoctoNEAR; below 0 where deposits of callers paid.
    pub(super) balances: BTreeMap<String, i128>,
    /// Lines by flow.
    pub(super) lines: BTreeMap<usize, Vec<Line>>,
    /// Sends that flows tell of, less those that arrived.
    pub(super) sent: i64,
    /// What flows gave away, in yoctoNEAR.
    pub(super) gifts: i128,
    /// Flows that were aborted.
    pub(super) aborted: BTreeSet<usize>,
}

/// Who logged, in which receipt, while which locks were held.
pub(super) struct During<'a> {
    pub(super) receipt: usize,
    pub(super) locks: &'a [Lock],
    /// The token of the flow that ran, if one did.
    pub(super) flow: Option<&'a str>,
}

impl Ledger {
    /// Takes a line over.
    pub(super) fn take(&mut self, line: &str, during: &During<'_>) -> Result<(), String> {
        let (id, text) = line.split_once(": ").ok_or("a line without an id")?;
        let mut words = text.split(' ').map(str::to_owned);
        let who = words.next().unwrap_or_default();
        let words: Vec<String> = words.collect();
        let parts: Vec<&str> = words.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["put", key, old, new] => self.put((id, key), (old, new), during)?,
            ["paid", to, amount] => {
                let amount = number(amount)?;
                self.pay(id, -amount);
                self.pay(to, amount);
            }
            ["gift", amount] => {
                let amount = number(amount)?;
                self.gifts += amount;
                self.pay(id, -amount);
            }
            ["sent"] => self.sent += 1,
            ["soft" | "back" | "caught", "E_LOCKED"] if during.locks.is_empty() => {
                return Err(format!("{line}, and nobody holds a lock"));
            }
            _ => {}
        }
        let Ok(flow) = who.parse::<usize>() else {
            return Ok(());
        };
        if self.aborted.contains(&flow) {
            return Err(format!("{line}, after the flow was aborted"));
        }
        self.lines.entry(flow).or_default().push(Line {
            receipt: during.receipt,
            id: id.to_owned(),
            words,
        });
        Ok(())
    }

    fn put(
        &mut self,
        (id, key): (&str, &str),
        (old, new): (&str, &str),
        during: &During<'_>,
    ) -> Result<(), String> {
        let values = self.values.entry(id.to_owned()).or_default();
        let value = values.entry(key.to_owned()).or_default();
        let found = number(old)?;
        if i128::from(*value) != found {
            return Err(format!("{key} of {id} was {value}, and was read as {old}"));
        }
        let new = number(new)?;
        *value = i64::try_from(new).map_err(|_| "a number too large")?;
        let of_others = |lock: &&Lock| Some(lock.flow.as_str()) != during.flow;
        let mut others = during.locks.iter().filter(of_others);
        match others.find(|lock| lock.id == id && lock.key == key) {
            Some(lock) => Err(format!("{key} of {id} was written in spite of {lock:?}")),
            None => Ok(()),
        }
    }

    pub(super) fn pay(&mut self, id: &str, amount: i128) {
        *self.balances.entry(id.to_owned()).or_default() += amount;
    }

    /// The sum of all values.
    pub(super) fn sum(&self) -> i64 {
        self.values.values().flat_map(BTreeMap::values).sum()
    }
}

fn number(text: &str) -> Result<i128, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}
