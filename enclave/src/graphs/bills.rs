//! Who pays for storage, in the model: docs/storage.md, done with plain lists on a copy of the world.

use super::chain::{ALLOWANCE_BYTES, YOCTO_PER_BYTE};
use super::model::Model;
use super::world::{World, refused};
use crate::bill::{self, ENCLAVE, ITSELF};
use conclave_abi::error::{ErrorCode, Failure};
use std::collections::BTreeSet;

/// A payer, and how many bytes of an entry are his.
pub(super) type Share = (String, u64);

/// Most shares of an entry.
const SHARES_MAX: usize = 4;

/// Bytes billed for a payer's name.
pub(super) fn name_price(payer: &str) -> u64 {
    match payer {
        ITSELF => 0,
        _ => 6 + payer.len() as u64,
    }
}

/// The note that says who paid.
pub(super) fn note(shares: &[Share]) -> Vec<u8> {
    match shares {
        [(payer, _)] if payer == ITSELF => Vec::new(),
        [] => Vec::new(),
        [others @ .., (last, _)] => {
            let mut note = Vec::new();
            for (payer, bytes) in others {
                note.push(payer.len() as u8);
                note.extend(payer.bytes());
                note.extend(u32::try_from(*bytes).expect("a small value").to_be_bytes());
            }
            note.push(last.len() as u8);
            note.extend(last.bytes());
            note
        }
    }
}

/// Where money for storage lies.
#[derive(Clone, Copy)]
enum Pot {
    Balance,
    Purse(usize),
    Kept,
    Enclave,
}

impl Model<'_> {
    /// Settles the storage of a frame that ends well, unless its subcontract is in the path further
    /// out: each key costs what it takes now, less what it took when the frame began.
    pub(super) fn settle_storage(&self, before: &World) -> Result<(), Failure> {
        let (id, ids) = (self.id(), self.ids());
        if ids[..ids.len() - 1].contains(&id) {
            return Ok(());
        }
        let mut world = self.world.borrow().clone();
        let now = world.of(&id).entries();
        let keys = now.keys().chain(before.of(&id).shares.keys());
        let keys: BTreeSet<Vec<u8>> = keys.cloned().collect();
        for key in keys {
            let shares = before.of(&id).shares_of(&key);
            let was: u64 = shares.iter().map(|(_, bytes)| bytes).sum();
            let price = |bytes: &Vec<u8>| bill::of_entry(key.len(), bytes.len());
            let now = now.get(&key).map_or(0, price);
            let shares = if now > was {
                self.grown(&mut world, shares, now - was)?
            } else {
                self.shrunk(&mut world, shares, was - now)?
            };
            let settled = &mut world.of_mut(&id).shares;
            if now == 0 {
                settled.remove(&key);
            } else {
                settled.insert(key, shares);
            }
        }
        self.world.replace(world);
        Ok(())
    }

    /// The first who can pays for so many bytes more.
    fn grown(
        &self,
        world: &mut World,
        shares: Vec<Share>,
        more: u64,
    ) -> Result<Vec<Share>, Failure> {
        for (payer, funds, pot) in self.pots(world) {
            let (mut after, mut bytes, mut back) = (shares.clone(), more, None);
            if after.len() == SHARES_MAX && after[SHARES_MAX - 1].0 != payer {
                back = after.pop();
                bytes += back.as_ref().map_or(0, |(_, bytes)| *bytes);
            }
            let mut cost = bytes;
            match after.last_mut() {
                Some((last, share)) if *last == payer => *share += bytes,
                _ => {
                    cost += name_price(&payer);
                    after.push((payer.clone(), bytes));
                }
            }
            let price = u128::from(cost) * YOCTO_PER_BYTE;
            if price > funds {
                continue;
            }
            self.pay(world, &payer, pot, price);
            if let Some((payer, bytes)) = back {
                self.give(world, &payer, bytes + name_price(&payer))?;
            }
            return Ok(after);
        }
        refused(ErrorCode::Deposit)
    }

    /// Who paid last gets back first.
    fn shrunk(
        &self,
        world: &mut World,
        mut shares: Vec<Share>,
        mut less: u64,
    ) -> Result<Vec<Share>, Failure> {
        while less > 0 {
            let (payer, bytes) = shares.pop().expect("every byte has a payer");
            if bytes > less {
                self.give(world, &payer, less)?;
                shares.push((payer, bytes - less));
                break;
            }
            self.give(world, &payer, bytes + name_price(&payer))?;
            less -= bytes;
        }
        Ok(shares)
    }

    /// Who may pay, with what, in this order.
    fn pots(&self, world: &World) -> Vec<(String, u128, Pot)> {
        let frames = self.frames.borrow();
        let (outer, inner) = (&frames[0].call, &frames[frames.len() - 1].call);
        let balance = |id: &str| world.of(id).balance_yocto;
        if super::SPONSORED.contains(&inner.method.as_str()) {
            return vec![(ITSELF.to_owned(), balance(&inner.id), Pot::Balance)];
        }
        let mut pots = Vec::new();
        let caller = |call: &super::model::Call| call.caller.clone().expect("no view writes");
        if frames.len() > 1 && inner.deposit_yocto > 0 {
            let index = frames.len() - 1;
            let left = world.purses[index].left_yocto;
            pots.push((caller(inner), left, Pot::Purse(index)));
        }
        pots.push((caller(outer), world.purses[0].left_yocto, Pot::Purse(0)));
        let kept = world.purses[0].kept_yocto.unwrap_or(0);
        if kept > 0 {
            let funds = kept.min(balance(&outer.id));
            pots.push((outer.id.clone(), funds, Pot::Kept));
        }
        if outer.deposit_yocto == 0 {
            let funds = self.allowance(world, &inner.id);
            pots.push((ENCLAVE.to_owned(), funds, Pot::Enclave));
        }
        pots
    }

    /// What the enclave would pay for a subcontract.
    fn allowance(&self, world: &World, id: &str) -> u128 {
        let of = |stored: &super::Stored, id: &str| stored.billed(id, 0).1;
        let used = of(world.of(id), id);
        let left = u128::from(ALLOWANCE_BYTES.saturating_sub(used)) * YOCTO_PER_BYTE;
        let sum = |subcontracts: &super::Subcontracts| -> u64 {
            let each = subcontracts.iter();
            each.map(|(id, stored)| of(stored, id)).sum()
        };
        let before = sum(&self.chain.subcontracts);
        let pending = sum(&world.subcontracts).saturating_sub(before);
        let bound = self.chain.stake_yocto() + self.chain.held();
        let own = self.chain.account_yocto.saturating_sub(bound);
        left.min(own.saturating_sub(u128::from(pending) * YOCTO_PER_BYTE))
    }

    fn pay(&self, world: &mut World, payer: &str, pot: Pot, price: u128) {
        match pot {
            Pot::Balance | Pot::Kept => {
                let id = if payer == ITSELF {
                    self.id()
                } else {
                    payer.to_owned()
                };
                world.of_mut(&id).balance_yocto -= price;
                world.touched.insert(id);
                if let (Pot::Kept, Some(kept)) = (pot, &mut world.purses[0].kept_yocto) {
                    *kept -= price;
                }
            }
            Pot::Purse(index) => world.purses[index].left_yocto -= price,
            Pot::Enclave => {}
        }
    }

    /// Gives so many bytes back.
    fn give(&self, world: &mut World, payer: &str, bytes: u64) -> Result<(), Failure> {
        let amount = u128::from(bytes) * YOCTO_PER_BYTE;
        let payer = if payer == ITSELF {
            self.id()
        } else {
            payer.to_owned()
        };
        if payer == ENCLAVE {
            return Ok(());
        }
        if world.subcontracts.contains_key(&payer) {
            world.give(&payer, amount);
            return Ok(());
        }
        let account = payer.split_once('@').map_or(payer.as_str(), |(_, of)| of);
        if !world.refunds.contains_key(account) {
            let may = self.frames.borrow().last().expect("a frame is open").shared;
            if world.shared()[2] + 1 > may[2] {
                return refused(ErrorCode::TooLarge);
            }
        }
        *world.refunds.entry(account.to_owned()).or_default() += amount;
        Ok(())
    }
}
