//! What a flow of a weave does: steps as `bank.js` carries them out, and how they are made up.

use crate::dice::Dice;
use serde_json::{Value, json};

/// The subcontracts of a weave.
pub(super) const BANKS: [&str; 3] = ["a@alice.near", "b@bob.near", "c@carol.near"];
/// Keys of each of them.
pub(super) const KEYS: [&str; 4] = ["k0", "k1", "k2", "k3"];
/// Who calls.
pub(super) const PEOPLE: [&str; 3] = ["alice.near", "dave.near", "erin.near"];
/// Outside: one answers, one fails, one fails and keeps what came, one says what is no JSON, and one
/// does this or that.
const ACCOUNTS: [&str; 5] = [
    "good.near",
    "bad.near",
    "thief.near",
    "odd.near",
    "any.near",
];
/// Deposits of calls outside. None is so small that what came back of single yoctos could pay for it.
const DEPOSITS: [u64; 5] = [0, 0, 1, 1_000, 5_000_000];

/// What becomes of a failure of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// It is the method's.
    None,
    /// It is caught, and nothing of the step stays.
    Soft,
    /// It is caught further in, and what had been taken is given back.
    Back,
}

/// What a callee does: adds to a key, lets another one add too, falls.
#[derive(Debug, Clone)]
pub(super) struct Far {
    pub(super) id: &'static str,
    pub(super) key: &'static str,
    pub(super) amount: i64,
    pub(super) then: Option<Box<Far>>,
    pub(super) falls: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Move(&'static str, &'static str, i64, bool),
    Far(&'static str, i64, Far, Care),
    Put(&'static str, i64),
    Wait(&'static str, u64, bool),
    All(Vec<(&'static str, u64)>),
    Left(&'static str, u64),
    Yield(u64, Vec<&'static str>, bool),
    Open(u64),
    Send(&'static str, u64),
    Pay(&'static str, u64),
    Gift(u64),
    Section(Section),
    Fall,
    Anew(Vec<Step>),
}

#[derive(Debug, Clone)]
pub(super) struct Section {
    /// The keys it locks; none where it is optimistic.
    pub(super) locks: Option<Vec<(&'static str, &'static str)>>,
    pub(super) blocks: u64,
    pub(super) steps: Vec<Step>,
    pub(super) catches: bool,
}

/// A flow that is to be.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) caller: &'static str,
    pub(super) id: &'static str,
    pub(super) deposit: u128,
    pub(super) steps: Vec<Step>,
}

impl Far {
    fn json(&self) -> Value {
        let then = self.then.as_ref().map(|then| then.json());
        json!({"id": self.id, "key": self.key, "amount": self.amount, "then": then, "falls": self.falls})
    }

    /// What it takes altogether.
    pub(super) fn sum(&self) -> i64 {
        self.amount + self.then.as_ref().map_or(0, |then| then.sum())
    }
}

impl Step {
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Move(from, to, amount, soft) => json!(["move", from, to, amount, soft]),
            Self::Far(from, amount, far, care) => {
                let care = match care {
                    Care::None => "",
                    Care::Soft => "soft",
                    Care::Back => "back",
                };
                json!(["far", from, amount, far.id, far.json(), care])
            }
            Self::Put(key, amount) => json!(["put", key, amount]),
            Self::Wait(account, deposit, soft) => {
                json!(["wait", account, deposit.to_string(), soft])
            }
            Self::All(waits) => {
                let waits = waits.iter();
                let waits = waits.map(|(account, deposit)| json!([account, deposit.to_string()]));
                json!(["all", waits.collect::<Vec<_>>()])
            }
            Self::Left(account, deposit) => json!(["left", account, deposit.to_string()]),
            Self::Yield(blocks, resumers, soft) => json!(["yield", blocks, resumers, soft]),
            Self::Open(blocks) => json!(["open", blocks]),
            Self::Send(account, deposit) => json!(["send", account, deposit.to_string()]),
            Self::Pay(id, amount) => json!(["pay", id, amount]),
            Self::Gift(amount) => json!(["gift", amount]),
            Self::Section(section) => {
                let Section {
                    locks,
                    blocks,
                    steps,
                    catches,
                } = section;
                json!(["section", locks, blocks, all_json(steps), catches])
            }
            Self::Fall => json!(["fall"]),
            Self::Anew(steps) => json!(["anew", all_json(steps)]),
        }
    }
}

pub(super) fn all_json(steps: &[Step]) -> Value {
    steps.iter().map(Step::json).collect()
}

impl Section {
    /// Whether what it does depends on nothing but keys that it keeps others from.
    pub(super) fn is_closed(&self) -> bool {
        let Some(locks) = &self.locks else {
            return false;
        };
        let has = |key: &&'static str| locks.contains(&("w", *key));
        self.steps.iter().all(|step| match step {
            Step::Move(from, to, ..) => has(from) && has(to),
            Step::Put(key, _) => has(key),
            Step::Wait(..) | Step::All(_) | Step::Left(..) | Step::Yield(..) | Step::Fall => true,
            _ => false,
        })
    }
}

/// The scripts of a weave.
pub(super) fn scripts(dice: &mut Dice) -> Vec<Script> {
    let count = match dice.below(20) {
        0 => 6 + dice.below(15),
        _ => 2 + dice.below(4),
    };
    let has_deposits = dice.percent(30);
    let script = |_| Script {
        caller: dice.of(&PEOPLE),
        id: dice.of(&BANKS),
        deposit: match has_deposits && dice.percent(60) {
            true => u128::from(dice.below(20)) * 10u128.pow(21),
            false => 0,
        },
        steps: steps(dice),
    };
    (0..count).map(script).collect()
}

fn steps(dice: &mut Dice) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..1 + dice.below(3) {
        steps.push(match dice.below(10) {
            0..=5 => Step::Section(section(dice)),
            6..=7 => waiting(dice),
            _ => sudden(dice),
        });
    }
    match dice.below(25) {
        0 => steps.push(Step::Fall),
        1 => steps.push(Step::Anew(vec![waiting(dice), sudden(dice)])),
        _ => {}
    }
    steps
}

/// A step that ends where it begins.
fn sudden(dice: &mut Dice) -> Step {
    let amount = i64::try_from(dice.below(9)).expect("small") + 1;
    match dice.below(12) {
        0..=5 => {
            let (from, to) = two_keys(dice);
            Step::Move(from, to, amount, dice.percent(50))
        }
        6..=8 => far(dice, amount),
        9 => Step::Pay(dice.of(&BANKS), dice.below(1_000) + 1),
        10 => Step::Gift(dice.below(1_000) + 1),
        _ => Step::Send(dice.of(&ACCOUNTS), dice.of(&DEPOSITS)),
    }
}

fn far(dice: &mut Dice, amount: i64) -> Step {
    let one = |dice: &mut Dice, amount, then| Far {
        id: dice.of(&BANKS),
        key: dice.of(&KEYS),
        amount,
        then,
        falls: dice.percent(12),
    };
    let then = match dice.percent(30) {
        true => Some(Box::new(one(dice, amount, None))),
        false => None,
    };
    let far = one(dice, 2, then);
    let care = dice.of(&[Care::None, Care::Soft, Care::Soft, Care::Back]);
    Step::Far(dice.of(&KEYS), far.sum(), far, care)
}

fn two_keys(dice: &mut Dice) -> (&'static str, &'static str) {
    let (from, to) = (dice.below(4), dice.below(3) + 1);
    let at = |index: u64| KEYS[usize::try_from(index % 4).expect("small")];
    (at(from), at(from + to))
}

/// A step in which the method waits.
fn waiting(dice: &mut Dice) -> Step {
    let soft = dice.percent(50);
    let one = |dice: &mut Dice| (dice.of(&ACCOUNTS), dice.of(&DEPOSITS));
    match dice.below(20) {
        0..=9 => Step::Wait(dice.of(&["good.near", "good.near", "any.near"]), 0, soft),
        10..=13 => {
            let (account, deposit) = one(dice);
            Step::Wait(account, deposit, soft)
        }
        14 => Step::All((0..1 + dice.below(3)).map(|_| one(dice)).collect()),
        15 => {
            let (account, deposit) = one(dice);
            Step::Left(account, deposit)
        }
        16 => Step::Open(1 + dice.below(60)),
        _ => {
            let blocks = dice.of(&[10, 60, 200, 350]);
            let resumers = match dice.percent(40) {
                true => vec![dice.of(&BANKS)],
                false => Vec::new(),
            };
            Step::Yield(blocks, resumers, soft)
        }
    }
}

/// A section that takes from keys, waits, and gives to others.
fn section(dice: &mut Dice) -> Section {
    let (from, to) = two_keys(dice);
    let amount = i64::try_from(dice.below(9)).expect("small") + 1;
    let mut steps = vec![Step::Put(from, -amount)];
    for _ in 0..1 + dice.below(2) {
        steps.push(waiting(dice));
        if dice.percent(30) {
            steps.push(sudden(dice));
        }
    }
    steps.push(Step::Put(to, amount));
    if dice.percent(8) {
        steps.push(Step::Fall);
    }
    if dice.percent(3) {
        steps.push(Step::Anew(vec![waiting(dice)]));
    }
    let locks = match dice.below(10) {
        0..=3 => None,
        4..=6 => Some(vec![("w", from), ("w", to)]),
        _ => {
            let count = dice.below(3);
            let mut lock = || (dice.of(&["w", "r"]), dice.of(&KEYS));
            Some((0..count).map(|_| lock()).collect())
        }
    };
    Section {
        locks,
        blocks: dice.of(&[15, 60, 200]),
        steps,
        catches: dice.percent(40),
    }
}
