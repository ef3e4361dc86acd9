//! Weaves: many flows at once whose receipts happen in any order, while people meddle, and a look at
//! whether what stayed is as if all of it had been done one after the other.
//!
//! In: a seed. Out: how often what happened, or what is wrong, with everything that led there. The
//! subcontracts log what they did (`bank.js`); `ledger` does it again in that order, `walk` holds
//! each flow's lines against its script, `books` reads what is stored. Knows nothing of how the
//! enclave does it.

pub(crate) mod books;
mod ledger;
mod meddle;
mod play;
mod script;
mod tally;
mod upgrade;
mod walk;

pub use tally::Tally;

use crate::dice::Dice;
use crate::flow_world::FlowWorld;
use conclave_enclave::platform::Received;
use play::{Ended, Play};
use script::{BANKS, Script, scripts};
use std::panic::{AssertUnwindSafe, catch_unwind};
use walk::{Walk, Way};

const BANK: &str = include_str!("bank.js");
/// What the subcontracts have at the beginning, in yoctoNEAR: one of them too little.
const FUNDS: [u128; 3] = [10u128.pow(24), 6_000_000, 10u128.pow(24)];

/// A world in which weaves begin.
pub struct Loom {
    world: FlowWorld,
    /// What the enclave has more than it says it owes.
    beyond: u128,
    /// What it says it owes more than balances and stored values: the subcontracts themselves.
    of_banks: u128,
}

impl Default for Loom {
    fn default() -> Self {
        Self::new()
    }
}

impl Loom {
    /// A world with the subcontracts of weaves.
    ///
    /// # Panics
    /// When one of them can't be uploaded or funded.
    #[must_use]
    pub fn new() -> Self {
        let mut world = FlowWorld::new();
        world.thieves.push("thief.near".to_owned());
        for (id, funds) in BANKS.into_iter().zip(FUNDS) {
            world.upload(id, BANK);
            let request = format!(r#"{{"id":"{id}","method":"fund"}}"#);
            let call = world.enter("dave.near", "call", request.as_bytes(), funds);
            let funded = world.run(call, &mut |_, _| Received::Failed);
            funded.expect("funded");
        }
        let books = books::books(&world.stored());
        Self {
            beyond: world.balance - books.held,
            of_banks: books.held - books.owed,
            world,
        }
    }

    /// Plays the weave of a seed.
    ///
    /// # Errors
    /// What is wrong, with the fewest flows found that still go wrong, and everything that happened.
    pub fn check(&self, seed: u64) -> Result<Tally, String> {
        let all: Vec<(usize, Script)> = scripts(&mut Dice::new(seed))
            .into_iter()
            .enumerate()
            .collect();
        let mut wrong = match self.play(seed, all.clone()) {
            Ok(tally) => return Ok(tally),
            Err(wrong) => wrong,
        };
        let mut kept = all;
        let mut at = 0;
        while at < kept.len() {
            let mut fewer = kept.clone();
            fewer.remove(at);
            match self.play(seed, fewer.clone()) {
                Err(still) => (kept, wrong) = (fewer, still),
                Ok(_) => at += 1,
            }
        }
        Err(format!("seed {seed}: {wrong}"))
    }

    fn play(&self, seed: u64, scripts: Vec<(usize, Script)>) -> Result<Tally, String> {
        let mut play = Play::new(self.world.fork(), Dice::new(!seed));
        let shown: Vec<String> = scripts
            .iter()
            .map(|(number, script)| format!("flow {number}: {script:?}"))
            .collect();
        let played = catch_unwind(AssertUnwindSafe(|| {
            play.run(scripts)?;
            self.check_end(&mut play)
        }));
        match played {
            Ok(Ok(())) => Ok(play.tally),
            Ok(Err(wrong)) => Err(told(&wrong, &shown, &play)),
            Err(_) => Err(told("it panicked", &shown, &play)),
        }
    }

    fn check_end(&self, play: &mut Play) -> Result<(), String> {
        check_flows(play)?;
        check_left(play)?;
        self.check_stored(play)?;
        self.check_money(play)?;
        if !play.dice.percent(20) {
            return Ok(());
        }
        for id in BANKS {
            let owner = id.split('@').next_back().unwrap_or_default();
            play.remove_as(id, owner)?;
        }
        let books = books::books(&play.world.stored());
        match books.held {
            0 => self.check_money(play),
            held => Err(format!("{held} yoctoNEAR are held for nobody")),
        }
    }

    /// Nothing of flows is left, and the values are those of the ledger.
    fn check_stored(&self, play: &Play) -> Result<(), String> {
        let stored = play.world.stored();
        if let Some(what) = books::left_over(&stored) {
            return Err(format!("{what} are left in storage"));
        }
        for id in BANKS {
            let flows = books::flows(&stored, id);
            if !flows.is_empty() {
                return Err(format!("{flows:?} of {id} are left"));
            }
            let values = books::values(&stored, id);
            let expect = play.ledger.values.get(id).cloned().unwrap_or_default();
            if values != expect {
                return Err(format!("{id} stores {values:?}, expected {expect:?}"));
            }
        }
        if play.removed.is_empty() && play.ledger.sum() != 0 {
            return Err(format!("the sum is {}", play.ledger.sum()));
        }
        Ok(())
    }

    fn check_money(&self, play: &Play) -> Result<(), String> {
        let books = books::books(&play.world.stored());
        if books.locks != 0 {
            return Err(format!("{} locks are counted and not there", books.locks));
        }
        let beyond = play.world.balance.checked_sub(books.held);
        let expect = self.beyond + play.dust;
        if beyond != Some(expect) {
            return Err(format!(
                "beyond what is owed: {beyond:?}, expected {expect}"
            ));
        }
        let of_banks = books.held - books.owed;
        if play.removed.is_empty() && of_banks != self.of_banks {
            return Err(format!("of banks: {of_banks}, expected {}", self.of_banks));
        }
        if play.flows.values().any(|flow| flow.script.deposit > 0) {
            return Ok(());
        }
        for (id, balance) in books.balances {
            let expect = play.ledger.balances.get(&id).copied().unwrap_or_default();
            if balance.cast_signed() != expect {
                return Err(format!("{id} has {balance}, expected {expect}"));
            }
        }
        Ok(())
    }
}

/// What left the enclave is what flows tell of.
fn check_left(play: &Play) -> Result<(), String> {
    if play.ledger.sent != 0 {
        return Err(format!("{} sends have not arrived", play.ledger.sent));
    }
    let given = play.world.accounts.get("friend.near");
    let (given, expect) = (given.copied().unwrap_or_default(), play.ledger.gifts);
    match given == expect {
        true => Ok(()),
        false => Err(format!("{given} yoctoNEAR were given, expected {expect}")),
    }
}

/// Each flow ended as its lines say.
fn check_flows(play: &mut Play) -> Result<(), String> {
    let mut tally = std::mem::take(&mut play.tally);
    for (number, flow) in &play.flows {
        let ended = play.ended(flow.call).ok_or("a flow without an end")?;
        let none = Vec::new();
        let lines = play.ledger.lines.get(number).unwrap_or(&none);
        let way = Walk::along(lines, flow.script.id, &flow.script.steps)
            .map_err(|wrong| format!("flow {number}: {wrong}"))?;
        let is_well = ended.is_ok();
        if is_well != (way != Way::Stopped) {
            return Err(format!(
                "flow {number} ended with {ended:?}, and its lines {way:?}"
            ));
        }
        tally.ended("flow", &ended);
        check_code(play, *number, &ended)?;
    }
    play.tally = tally;
    Ok(())
}

/// A flow that has begun does not end because its code is stale, and no answer to it is lost.
fn check_code(play: &Play, number: usize, ended: &Ended) -> Result<(), String> {
    let steps = script::all_json(&play.flows[&number].script.steps).to_string();
    let has_begun = play.tokens.values().any(|of| *of == number);
    let is_aborted = play.ledger.aborted.contains(&number);
    match ended.as_ref().map_err(String::as_str) {
        Err("E_STALE_CODE") if has_begun && !is_aborted => Err(format!(
            "flow {number} has ended because its code was stale"
        )),
        Err("E_PENDING") if !steps.contains("\"anew\"") => {
            Err(format!("flow {number} waits for what does not come"))
        }
        _ => Ok(()),
    }
}

fn told(wrong: &str, shown: &[String], play: &Play) -> String {
    format!("{wrong}\n{}\n{}", shown.join("\n"), play.trace.join("\n"))
}
