//! Makes what a random graph reads, and what its subcontracts let each other read.

use super::generate::Maker;
use super::script::{Act, Grant, Read};

impl Maker {
    /// A question to a storage, of another subcontract in so many of a hundred.
    pub(super) fn read(&mut self, others: u64) -> Act {
        let of = self.dice.percent(others).then(|| self.id());
        let read = match self.dice.below(14) {
            0..=5 => Read::Get(self.name()),
            6..=8 => Read::Has(self.name()),
            9..=10 => Read::Keys(self.range()),
            11..=12 => Read::Entries(self.range()),
            _ => Read::Count(self.bound()),
        };
        Act::Read(of, read)
    }

    /// Something that changes or shows what others may read.
    pub(super) fn right(&mut self) -> Act {
        match self.dice.below(10) {
            0..=6 => Act::Grant(self.grant()),
            7..=8 => Act::Revoke(self.id()),
            _ => Act::Grants(self.bound(), *self.dice.of(&[0, 1, 2, u32::MAX])),
        }
    }

    /// What others may read at the beginning.
    pub(super) fn grants(&mut self) -> Vec<Grant> {
        let grants = (0..self.dice.below(5)).map(|_| self.grant());
        let mut grants: Vec<Grant> = grants.filter(|grant| !grant.prefixes.is_empty()).collect();
        grants.retain(|grant| {
            let is_id = super::IDS.contains(&grant.peer.as_str());
            is_id && grant.prefixes.len() <= 16 && grant.prefixes.iter().all(|it| it.len() < 100)
        });
        grants
    }

    fn grant(&mut self) -> Grant {
        let count = *self.dice.of(&[0, 1, 1, 1, 1, 1, 2, 2, 3, 5, 16, 17]);
        Grant {
            peer: self.id(),
            prefixes: (0..count).map(|_| self.bound()).collect(),
            until_ms: *self.dice.of(&[None, None, None, Some(0), Some(1)]),
        }
    }
}
