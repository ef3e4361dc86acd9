//! What people do while flows wait: ordinary calls, promises settled or ended, flows aborted,
//! subcontracts removed. Each knows from what is stored how the enclave has to answer.

use super::books;
use super::play::Play;
use super::script::{BANKS, KEYS, PEOPLE, all_json};
use super::upgrade::Engine;
use serde_json::{Value, json};

impl Play {
    /// One of these, or some blocks without anything.
    pub(super) fn meddle(&mut self) -> Result<(), String> {
        if self.engine != Engine::Stays && self.dice.percent(40) {
            return self.upgrade();
        }
        match self.dice.below(100) {
            0..40 => self.shift(),
            40..65 => self.tell(),
            65..78 => self.abort(),
            78..86 => self.expire(),
            86..90 => self.remove(),
            90..92 => self.retry(),
            _ => {
                let blocks = self.dice.of(&[5, 30, 70, 200]);
                self.world.pass(blocks);
                self.end_overdue()
            }
        }
    }

    /// Moves between two keys, which works unless one of them is locked.
    fn shift(&mut self) -> Result<(), String> {
        let (id, from, to) = (
            self.dice.of(&BANKS),
            self.dice.of(&KEYS),
            self.dice.of(&KEYS),
        );
        let locks = books::locks(&self.world.stored());
        let mut locks = locks.iter().filter(|lock| lock.id == id);
        let is_locked = locks.any(|lock| lock.key == from || lock.key == to);
        let args = json!({"from": from, "to": to, "amount": 3});
        let request = json!({"id": id, "method": "shift", "args": args});
        let ended = self.send("dave.near", "call", &request)?;
        let is_stale = self.engine == Engine::Stale;
        let expect = match (self.removed.contains(id), is_stale, is_locked) {
            (true, ..) => Err("E_UNKNOWN_SUBCONTRACT"),
            (_, true, _) => Err("E_STALE_CODE"),
            (.., true) => Err("E_LOCKED"),
            (.., false) => Ok(&Value::Null),
        };
        self.tally.ended("shift", &ended);
        same(ended.as_ref().map_err(String::as_str), expect, "a shift")
    }

    /// The flows of a subcontract that wait: their numbers, and how the view shows them.
    pub(super) fn listed(&mut self, id: &str) -> Result<Vec<(usize, Value)>, String> {
        let listed = self.send("", "flows", &json!({"id": id}))??;
        let flows = listed["flows"].as_array().ok_or("a list of flows")?;
        let tokens = books::flows(&self.world.stored(), id);
        if flows.len() != tokens.len() {
            return Err(format!("{} flows of {}", flows.len(), tokens.len()));
        }
        let numbered = flows.iter().map(|flow| {
            let token = flow["flow"].as_str().unwrap_or_default();
            let number = self.tokens.get(token).ok_or("a flow that nobody began")?;
            Ok((*number, flow.clone()))
        });
        numbered.collect()
    }

    /// A flow that waits: its subcontract, its number, and how the view shows it.
    pub(super) fn waiting(&mut self) -> Result<Option<(&'static str, usize, Value)>, String> {
        let id = self.dice.of(&BANKS);
        if self.removed.contains(id) {
            return Ok(None);
        }
        let mut flows = self.listed(id)?;
        if flows.is_empty() {
            return Ok(None);
        }
        let flow = self.dice.of(&(0..flows.len()).collect::<Vec<_>>());
        let (number, flow) = flows.swap_remove(flow);
        Ok(Some((id, number, flow)))
    }

    /// A promise that is open, by its token.
    fn promise(&mut self) -> Result<Option<(&'static str, usize, Value)>, String> {
        let Some((id, number, flow)) = self.waiting()? else {
            return Ok(None);
        };
        let waits = flow["waits"].as_array().cloned().unwrap_or_default();
        let open = waits.into_iter().find(|wait| wait["token"].is_string());
        Ok(open.map(|wait| (id, number, wait)))
    }

    /// Settles a promise, at times twice, at times as somebody who may not.
    fn tell(&mut self) -> Result<(), String> {
        let Some((id, number, wait)) = self.promise()? else {
            return Ok(());
        };
        let by = match self.dice.percent(60) {
            true => id,
            false => self.dice.of(&BANKS),
        };
        if self.removed.contains(by) {
            return Ok(());
        }
        let length = self.dice.of(&[1, 1, 3_000]);
        let args = json!({"token": wait["token"], "value": "7".repeat(length)});
        let request = json!({"id": by, "method": "tell", "args": args});
        let ended = self.send("erin.near", "call", &request)?;
        self.tally.ended("tell", &ended);
        let steps = all_json(&self.flows[&number].script.steps).to_string();
        if by != id && !steps.contains(&format!("[\"{by}\"]")) && ended == Ok(json!(true)) {
            return Err(format!("{by} settled a promise of flow {number}"));
        }
        if ended != Ok(json!(true)) || !self.dice.percent(30) {
            return Ok(());
        }
        let again = self.send("erin.near", "call", &request)?;
        same(again, Ok(json!(false)), "a promise settled twice")
    }

    fn expire(&mut self) -> Result<(), String> {
        let Some((_, _, wait)) = self.promise()? else {
            return Ok(());
        };
        let deadline = wait["deadline"].as_u64().ok_or("a deadline")?;
        let ended = self.send("mallory.near", "expire", &json!({"token": wait["token"]}))?;
        self.tally.ended("expire", &ended);
        // One that was settled already is over, whatever its deadline.
        let is_late = self.world.height() >= deadline;
        match (ended, is_late) {
            (Ok(Value::Bool(true)), false) => Err("a promise ended before its time".to_owned()),
            (Err(code), true) => Err(format!("{code} for a promise that is over")),
            _ => Ok(()),
        }
    }

    /// Aborts a flow, as who called it, as the owner, or as a stranger.
    fn abort(&mut self) -> Result<(), String> {
        let Some((id, number, flow)) = self.waiting()? else {
            return Ok(());
        };
        let caller = self.flows[&number].script.caller;
        let owner = id.split('@').next_back().unwrap_or_default();
        let who = self.dice.of(&[caller, owner, "mallory.near", PEOPLE[1]]);
        let locks = books::locks(&self.world.stored());
        let height = self.world.height() + 1;
        let mut own = locks.iter().filter(|lock| flow["flow"] == lock.flow);
        let is_late = own.any(|lock| lock.until <= height);
        let request = json!({"id": id, "flow": flow["flow"]});
        let ended = self.send(who, "abort", &request)?;
        let expect = match who == caller || who == owner || is_late {
            true => Ok(&Value::Null),
            false => Err("E_NOT_ALLOWED"),
        };
        if ended.is_ok() {
            self.ledger.aborted.insert(number);
            self.tally.note(if who == caller || who == owner {
                "aborted by caller or owner"
            } else {
                "aborted by a stranger"
            });
        }
        let ended = ended.as_ref().map_err(String::as_str);
        same(ended, expect, &format!("abort by {who}"))
    }

    /// Removes a subcontract, which works for its owner where none of its methods waits.
    fn remove(&mut self) -> Result<(), String> {
        let id = self.dice.of(&BANKS);
        let owner = id.split('@').next_back().unwrap_or_default();
        let who = self.dice.of(&[owner, owner, "mallory.near"]);
        self.remove_as(id, who)
    }

    /// The same of this one, by this account.
    pub(super) fn remove_as(&mut self, id: &'static str, who: &str) -> Result<(), String> {
        let is_owner = id.ends_with(&format!("@{who}"));
        let waits = !books::flows(&self.world.stored(), id).is_empty();
        let is_gone = self.removed.contains(id);
        let ended = self.send(who, "remove", &json!({"id": id}))?;
        let expect = match (is_gone, is_owner, waits) {
            (true, ..) => Err("E_UNKNOWN_SUBCONTRACT"),
            (_, true, false) => Ok(&Value::Null),
            _ => Err("E_NOT_ALLOWED"),
        };
        if is_owner && waits {
            self.tally.note("a removal refused while flows wait");
        }
        same(ended.as_ref().map_err(String::as_str), expect, "a removal")?;
        if ended.is_ok() {
            self.tally.note("a removal");
            self.removed.insert(id);
            self.ledger.values.remove(id);
            self.ledger.balances.remove(id);
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(got: T, expect: T, what: &str) -> Result<(), String> {
    match got == expect {
        true => Ok(()),
        false => Err(format!("{what} ended with {got:?}, expected {expect:?}")),
    }
}
