//! Trees of scopes: nodes that spawn nodes, fail, cancel and are cancelled, with receipts in any order;
//! and a look at whether each had one of three ends: it returned, it failed or was cancelled while it
//! ran, or it never began and did nothing.
//!
//! In: a seed. Out: how often what happened, or what is wrong, with everything that led there. A node
//! logs what it does (`node.js`); `fates` knows what it may be told. Knows nothing of how the enclave
//! does it.

mod fates;
mod play;
mod shape;

use crate::dice::Dice;
use crate::flow_world::FlowWorld;
use crate::weave::Tally;
use crate::weave::books;
use conclave_enclave::platform::Received;
use play::{CALLER, Play};
use shape::{IDS, tree};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

const NODE: &str = include_str!("node.js");
const PLAIN: &str = include_str!("plain.js");
/// What the subcontracts have at the beginning, in yoctoNEAR: one of them too little.
const FUNDS: [u128; 4] = [10u128.pow(26), 15 * 10u128.pow(23), 10u128.pow(26), 0];

/// What must have happened how often in 1,000 trees at least: about half of what does.
const LEAST: [(&str, u64); 28] = [
    ("NEAR waited no longer", 900),
    ("aborted node", 110),
    ("aborted root", 80),
    ("line cancel", 160),
    ("line caught E_ABORTED", 40),
    ("line caught E_CANCELLED", 300),
    ("line caught E_FUNDS", 100),
    ("line caught E_LOCKED", 20),
    ("line got E_CANCELLED", 700),
    ("line got E_OUTSIDE", 1_400),
    ("line got E_TIMEOUT", 350),
    ("line got ok", 2_700),
    ("line kept", 580),
    ("line locked", 330),
    ("line lost E_ABORTED", 55),
    ("line lost E_CANCELLED", 1_100),
    ("line lost E_OUTSIDE", 140),
    ("line lost E_THROW", 250),
    ("line lost E_TIMEOUT", 20),
    ("node aborted", 190),
    ("node cancelled", 700),
    ("node failed", 650),
    ("node refused", 260),
    ("node returned", 2_000),
    ("node taken back", 170),
    ("root went well", 230),
    ("root: E_ABORTED", 80),
    ("told true", 190),
];

/// What happened too seldom in so many trees, as text; empty when nothing.
#[must_use]
pub fn missing(tally: &Tally, trees: u64) -> String {
    tally.missing_of(&LEAST, trees)
}

/// A world in which trees begin.
pub struct Grove {
    world: FlowWorld,
    /// What the enclave has more than it says it owes.
    beyond: u128,
    /// What it says it owes more than balances and stored values: the subcontracts themselves.
    of_subcontracts: u128,
    balances: BTreeMap<String, u128>,
}

impl Default for Grove {
    fn default() -> Self {
        Self::new()
    }
}

impl Grove {
    /// A world with the subcontracts of trees.
    ///
    /// # Panics
    /// When one of them can't be uploaded or funded.
    #[must_use]
    pub fn new() -> Self {
        let mut world = FlowWorld::new();
        world.thieves.push("thief.near".to_owned());
        for (id, funds) in IDS.into_iter().zip(FUNDS) {
            world.upload(id, if id == IDS[3] { PLAIN } else { NODE });
            for (method, yocto) in [("prepare", 0), ("fund", funds)] {
                let request = format!(r#"{{"id":"{id}","method":"{method}"}}"#);
                let call = world.enter("dave.near", "call", request.as_bytes(), yocto);
                let done = world.run(call, &mut |_, _| Received::Failed);
                done.expect("it works");
            }
        }
        let books = books::books(&world.stored());
        Self {
            beyond: world.balance - books.held,
            of_subcontracts: books.held - books.owed,
            balances: books.balances,
            world,
        }
    }

    /// Plays the tree of a seed.
    ///
    /// # Errors
    /// What is wrong, and everything that happened.
    pub fn check(&self, seed: u64) -> Result<Tally, String> {
        let nodes = tree(&mut Dice::new(seed));
        let mut play = Play::new(self.world.fork(), Dice::new(!seed), nodes);
        let played = catch_unwind(AssertUnwindSafe(|| {
            play.run()?;
            self.check_end(&mut play)
        }));
        let wrong = match played {
            Ok(Ok(())) => return Ok(play.tally),
            Ok(Err(wrong)) => wrong,
            Err(_) => "it panicked".to_owned(),
        };
        let nodes = play.fates.nodes.iter().enumerate();
        let shown: Vec<String> = nodes.map(|(n, node)| format!("{n}: {node:?}")).collect();
        let (shown, trace) = (shown.join("\n"), play.trace.join("\n"));
        Err(format!(
            "seed {seed}: {wrong}\n{shown}\n{trace}\nseed {seed}: {wrong}"
        ))
    }

    fn check_end(&self, play: &mut Play) -> Result<(), String> {
        let tally = &mut play.tally;
        play.fates.check_end(&mut |what| tally.note(what))?;
        let stored = play.world.stored();
        if let Some(what) = books::left_over(&stored) {
            return Err(format!("{what} are left in storage"));
        }
        for id in IDS {
            let flows = books::flows(&stored, id);
            if !flows.is_empty() {
                return Err(format!("{flows:?} of {id} are left"));
            }
            for (key, value) in books::values(&stored, id) {
                let locked = play.fates.locked.get(&(id.to_owned(), key.clone()));
                if value != locked.copied().unwrap_or_default() {
                    return Err(format!("{key} of {id} is {value}, expected {locked:?}"));
                }
            }
        }
        self.check_money(play)
    }

    fn check_money(&self, play: &Play) -> Result<(), String> {
        let books = books::books(&play.world.stored());
        if books.locks != 0 {
            return Err(format!("{} locks are counted and not there", books.locks));
        }
        let sides = [
            (
                "beyond what is owed",
                play.world.balance.checked_sub(books.held),
                self.beyond,
            ),
            (
                "of subcontracts",
                books.held.checked_sub(books.owed),
                self.of_subcontracts,
            ),
        ];
        for (what, got, expect) in sides {
            if got != Some(expect) {
                return Err(format!("{what}: {got:?}, expected {expect}"));
            }
        }
        let paid = -play.world.accounts.get(CALLER).copied().unwrap_or_default();
        if paid != play.fates.root_kept.cast_signed() {
            return Err(format!("{CALLER} paid {paid}"));
        }
        let expect = |(id, balance): (&String, &u128)| {
            let got = play.fates.got.get(id.as_str()).copied().unwrap_or_default();
            (
                id.clone(),
                balance.checked_add_signed(got).unwrap_or_default(),
            )
        };
        let expect: BTreeMap<_, _> = self.balances.iter().map(expect).collect();
        if books.balances != expect {
            return Err(format!("{:?}, expected {expect:?}", books.balances));
        }
        Ok(())
    }
}
