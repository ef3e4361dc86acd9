//! Makes a random graph of a seed. The same seed makes the same graph on every machine.
//!
//! A graph has a theme, which says what its methods do more often: without themes a random graph
//! hardly ever nests 32 deep, uses up a gas cap late or fills a share.

use super::chain::ROTTEN;
use super::dice::Dice;
use super::script::{Act, Graph, Step, Subcontract};
use super::{BAD_IDS, IDS, METHODS, REENTRANT};
use conclave_abi::value::Value;
use conclave_engine::port::{
    AfterRequest, CallRequest, CallWay, Gas, KeyRange, On, Order, Settlement,
};
use std::collections::BTreeMap;

/// Gas of a unit of fuel.
const FUEL: u64 = 250_000_000;
const GIGA: u64 = 1_000_000_000;
/// The price of a stored byte: amounts around it decide who can pay for storage.
pub(super) const BYTE: u128 = 10_000_000_000_000_000_000;

/// What a graph is mostly about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    Mixed,
    Deep,
    Money,
    Gas,
    Shares,
    Views,
    Planned,
    Savepoints,
    Grants,
}

const THEMES: [Theme; 13] = [
    Theme::Mixed,
    Theme::Mixed,
    Theme::Mixed,
    Theme::Deep,
    Theme::Money,
    Theme::Money,
    Theme::Gas,
    Theme::Gas,
    Theme::Shares,
    Theme::Views,
    Theme::Planned,
    Theme::Savepoints,
    Theme::Grants,
];

/// The graph of a seed.
pub(super) fn graph(seed: u64) -> Graph {
    let mut dice = Dice::new(seed);
    let theme = *dice.of(&THEMES);
    let mut maker = Maker {
        dice,
        theme,
        there: Vec::new(),
        free: Vec::new(),
    };
    let subcontracts = maker.subcontracts();
    let scripts = IDS.map(|id| (id.to_owned(), maker.methods()));
    let dice = &mut maker.dice;
    let own_yocto = *dice.of(&[0, 50 * BYTE, 200 * BYTE, 100_000 * BYTE, 100_000 * BYTE]);
    let requests = *dice.of(&[1, 1, 2, 3, 4]);
    Graph {
        subcontracts,
        own_yocto,
        scripts: scripts.into(),
        requests: (0..requests).map(|_| maker.request()).collect(),
        frames_max: if theme == Theme::Deep { 50 } else { 24 },
    }
}

/// What makes a graph.
pub(super) struct Maker {
    pub(super) dice: Dice,
    theme: Theme,
    /// Subcontracts that are there at the beginning, and those that are not.
    pub(super) there: Vec<String>,
    pub(super) free: Vec<String>,
}

impl Maker {
    fn subcontracts(&mut self) -> Vec<Subcontract> {
        let mut subcontracts = Vec::new();
        for (index, id) in IDS.into_iter().enumerate() {
            if index > 0 && self.dice.percent(12) {
                self.free.push(id.to_owned());
                continue;
            }
            self.there.push(id.to_owned());
            let mut values = BTreeMap::new();
            for _ in 0..self.dice.below(4) {
                let bytes = self.bytes();
                let is_rotten = self.dice.percent(8);
                let text = if is_rotten {
                    ROTTEN.to_owned()
                } else {
                    ".".repeat(bytes)
                };
                values.insert(self.name(), text);
            }
            values.retain(|name, _| name.len() < 100);
            subcontracts.push(Subcontract {
                id: id.to_owned(),
                balance_yocto: self.balance(),
                values,
                grants: self.grants(),
            });
        }
        subcontracts
    }

    /// Six methods, most of them short.
    fn methods(&mut self) -> BTreeMap<String, Vec<Step>> {
        let mut methods = BTreeMap::new();
        for method in METHODS {
            let steps = 1 + self.dice.index(7);
            methods.insert(method.to_owned(), self.steps(steps, 0));
        }
        methods
    }

    fn steps(&mut self, count: usize, depth: usize) -> Vec<Step> {
        (0..count).map(|_| self.step(depth)).collect()
    }

    fn step(&mut self, depth: usize) -> Step {
        let act = self.act(depth);
        let caught = if self.theme == Theme::Deep { 85 } else { 75 };
        Step {
            act,
            is_caught: self.dice.percent(caught),
        }
    }

    fn act(&mut self, depth: usize) -> Act {
        let roll = self.dice.below(100);
        let more = self.dice.percent(match self.theme {
            Theme::Mixed => 0,
            Theme::Deep => 50,
            _ => 35,
        });
        match (self.theme, more) {
            (Theme::Deep | Theme::Views, true) => return Act::Call(self.call()),
            (Theme::Money, true) => return self.money(),
            (Theme::Gas, true) => return self.effort(),
            (Theme::Shares, true) => return self.much(),
            (Theme::Planned, true) => return self.planned(),
            (Theme::Savepoints, true) => return self.savepoint(depth),
            (Theme::Grants, true) if roll < 30 => return self.right(),
            (Theme::Grants, true) => return self.read(80),
            _ => {}
        }
        match roll {
            0..=10 => Act::Set(self.name(), self.bytes()),
            11..=13 => self.right(),
            14..=18 => Act::Remove(self.name()),
            19..=32 => self.read(30),
            33..=35 => self.log(),
            36..=43 => self.money(),
            44..=46 => Act::Surroundings,
            47..=49 => Act::Identity,
            50..=52 => self.effort(),
            53..=55 => Act::Throw,
            56..=83 => Act::Call(self.call()),
            84..=91 => self.planned(),
            _ => self.savepoint(depth),
        }
    }

    fn savepoint(&mut self, depth: usize) -> Act {
        if depth > 2 {
            return Act::Balance;
        }
        let end = *self
            .dice
            .of(&[Settlement::Keep, Settlement::Keep, Settlement::Undo]);
        let count = 1 + self.dice.index(4);
        match self.dice.below(10) {
            0..=6 => Act::Atomic(self.steps(count, depth + 1), end),
            7 => Act::Block(self.steps(count, depth + 1)),
            8 => Act::Open,
            _ => Act::Settle(end),
        }
    }

    fn money(&mut self) -> Act {
        match self.dice.below(10) {
            0..=2 => Act::Balance,
            3..=4 => Act::Keep(None),
            5 => Act::Keep(Some(self.amount())),
            6 => Act::Keep(Some(0)),
            _ => Act::Transfer {
                to: self.recipient(),
                amount_yocto: self.amount(),
                times: 1,
            },
        }
    }

    fn effort(&mut self) -> Act {
        let fuel = *self.dice.of(&[
            1,
            400,
            4_000,
            8_000,
            20_000,
            80_000,
            400_000,
            1_000_000,
            3_960_000,
            u64::MAX,
        ]);
        match self.dice.below(10) {
            0..=1 => Act::Afford(fuel.saturating_mul(FUEL)),
            2..=3 => Act::Set(self.name(), 20_000 + self.dice.index(30_000)),
            _ => Act::Spend(if self.dice.percent(50) {
                fuel
            } else {
                fuel / 3
            }),
        }
    }

    /// Much of what all frames share.
    fn much(&mut self) -> Act {
        let times = *self.dice.of(&[1, 3, 10, 30, 90]);
        match self.dice.below(10) {
            0..=3 => Act::Log {
                bytes: *self.dice.of(&[1, 10, 100, 1_000]),
                times,
            },
            4 => Act::Log {
                bytes: 12_000,
                times: 1,
            },
            5..=6 => Act::Transfer {
                to: self.recipient(),
                amount_yocto: self.dice.below(2).into(),
                times: times * (1 + self.dice.index(8)),
            },
            7..=8 => {
                let request = self.after();
                Act::After(request, times * (1 + self.dice.index(3)))
            }
            _ => Act::Call(self.call()),
        }
    }

    fn planned(&mut self) -> Act {
        let request = self.after();
        Act::After(request, 1)
    }

    fn after(&mut self) -> AfterRequest {
        let call = self.call();
        let reply = self.dice.percent(50).then(|| self.method());
        let on = *self.dice.of(&[On::Success, On::Error, On::Always]);
        AfterRequest { call, on, reply }
    }

    fn call(&mut self) -> CallRequest {
        let view = if self.theme == Theme::Views { 50 } else { 10 };
        let is_view = self.dice.percent(view);
        let pays = match self.theme {
            Theme::Money => 60,
            _ => 20,
        };
        let is_paid = self.dice.percent(if is_view { 5 } else { pays });
        let capped = if self.theme == Theme::Gas { 50 } else { 15 };
        CallRequest {
            id: self.id(),
            method: self.method(),
            args: Value::Null,
            gas: self.dice.percent(capped).then(|| self.gas()),
            deposit_yocto: if is_paid { self.amount() } else { 0 },
            way: if is_view {
                CallWay::View
            } else {
                CallWay::Call
            },
        }
    }

    fn log(&mut self) -> Act {
        Act::Log {
            bytes: self.dice.index(40),
            times: 1,
        }
    }

    fn gas(&mut self) -> Gas {
        let giga = *self.dice.of(&[
            0, 1, 500, 1_000, 2_000, 5_000, 20_000, 100_000, 900_000, 5_000_000,
        ]);
        Gas(giga * GIGA + self.dice.below(2))
    }

    pub(super) fn id(&mut self) -> String {
        match self.dice.below(100) {
            0..=1 => self.dice.text(&BAD_IDS),
            2 => "none@x.near".to_owned(),
            _ => self.dice.text(&IDS),
        }
    }

    pub(super) fn method(&mut self) -> String {
        if self.theme == Theme::Deep && self.dice.percent(90) {
            return self.dice.text(&REENTRANT);
        }
        match self.dice.below(200) {
            0 => "_own".to_owned(),
            1 => "init".to_owned(),
            2 => "migrate".to_owned(),
            3 => "unknown".to_owned(),
            4 => String::new(),
            5 => "m".repeat(129),
            _ => self.dice.text(&METHODS[..5]),
        }
    }

    pub(super) fn name(&mut self) -> String {
        match self.dice.below(200) {
            0 => "n".repeat(1_025),
            1 => "n".repeat(1_024),
            2 => String::new(),
            _ => self
                .dice
                .text(&["a", "ab", "b", "b/1", "b/2", "c", "\u{e4}"]),
        }
    }

    fn bytes(&mut self) -> usize {
        match self.dice.below(3_000) {
            0 => 1 << 20,
            1..=100 => self.dice.index(5_000),
            _ => self.dice.index(40),
        }
    }

    pub(super) fn range(&mut self) -> KeyRange {
        KeyRange {
            prefix: self.bound(),
            from: self.bound(),
            to: self.dice.percent(40).then(|| self.bound()),
            limit: *self.dice.of(&[0, 1, 2, 3, 1_000, u32::MAX]),
            order: *self.dice.of(&[Order::Ascending, Order::Descending]),
        }
    }

    pub(super) fn bound(&mut self) -> String {
        match self.dice.below(4) {
            0 => self.name(),
            1 => "b".to_owned(),
            _ => String::new(),
        }
    }

    fn recipient(&mut self) -> String {
        match self.dice.below(20) {
            0 => "a@x.near".to_owned(),
            1 => "No Account".to_owned(),
            2..=3 => "f".repeat(64),
            _ => self.dice.text(&["bob.near", "x.near"]),
        }
    }

    pub(super) fn amount(&mut self) -> u128 {
        let few = u128::from(self.dice.below(12));
        match self.dice.below(10) {
            0..=2 => few,
            3..=5 => few * BYTE * 10,
            6..=8 => few * BYTE * 50,
            _ => few * BYTE * 1_000,
        }
    }

    fn balance(&mut self) -> u128 {
        if self.dice.percent(30) {
            return 0;
        }
        self.amount()
    }
}
