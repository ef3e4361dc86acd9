//! Makes the requests of a random graph: mostly of subcontracts that are there, by who may.

use super::generate::{BYTE, Maker};
use super::script::Request;

impl Maker {
    pub(super) fn request(&mut self) -> Request {
        let deposit_yocto = match self.dice.below(10) {
            0..=3 => 0,
            4 => self.amount(),
            _ => self.amount() * 20,
        };
        match self.dice.below(100) {
            0..=7 => self.removal(deposit_yocto),
            8..=30 if !self.free.is_empty() => self.upload(deposit_yocto),
            8 => self.upload(deposit_yocto),
            31..=40 => Request::View {
                id: self.target(),
                method: self.method(),
                deposit_yocto: u128::from(self.dice.percent(5)),
            },
            _ => Request::Call {
                from: self.dice.text(&["x.near", "y.near", "bob.near"]),
                id: self.target(),
                method: self.method(),
                deposit_yocto,
            },
        }
    }

    fn removal(&mut self, deposit_yocto: u128) -> Request {
        let id = self.target();
        self.free.push(id.clone());
        Request::Remove {
            from: self.owner(&id),
            id,
            deposit_yocto,
        }
    }

    fn upload(&mut self, deposit_yocto: u128) -> Request {
        let id = match self.free.pop() {
            Some(free) if self.dice.percent(98) => free,
            _ => self.id(),
        };
        // What comes next asks it more often.
        self.there.extend(vec![id.clone(); 3]);
        let method = if self.dice.percent(90) {
            "init".to_owned()
        } else {
            self.method()
        };
        Request::Upload {
            from: self.owner(&id),
            id,
            init: self.dice.percent(80).then_some(method),
            deposit_yocto: deposit_yocto + 2_000 * BYTE * u128::from(self.dice.percent(90)),
        }
    }

    /// What a request from outside asks: mostly what is there.
    fn target(&mut self) -> String {
        if self.dice.percent(3) {
            return self.id();
        }
        let there = self.there.clone();
        self.dice.of(&there).clone()
    }

    /// Who owns a subcontract; sometimes somebody else.
    fn owner(&mut self, id: &str) -> String {
        match id.split_once('@') {
            Some((_, account)) if !account.is_empty() && self.dice.percent(90) => {
                account.to_owned()
            }
            _ => "bob.near".to_owned(),
        }
    }
}
