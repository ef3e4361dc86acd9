//! What a method waits for: which answers come together, and what gas their callbacks get.

use super::Flow;
use super::deposits::CONFIRMATION_YOCTO;
use super::record::{Open, Wait};
use super::step::{RESUME_GAS, SUSPEND_GAS};
use super::yields::TIMEOUT_BLOCKS;
use crate::execution::Execution;
use crate::outbox::{Awaited, Form, Outside};
use crate::platform::{DataId, Platform};
use conclave_abi::request::Settle;

/// Gas of the receipt that ends a call whose method waited for several things (loading the contract,
/// and reading the result), and for each time that NEAR ends its wait before the method has come to
/// its end, which is then begun anew.
const SETTLE_GAS: (u64, u64) = (12_000_000_000_000, 8_000_000_000_000);

/// Gas that noting and storing a wait takes, at most, when the method is put aside.
const NOTE_GAS: u64 = 300_000_000_000;

/// Whether the answer of a call comes by itself.
fn comes_alone(call: &Outside) -> bool {
    call.child.is_some() || call.tokens.is_some() || call.yocto() > CONFIRMATION_YOCTO
}

fn settle_gas(blocks: u64) -> u64 {
    let times = 1 + blocks / TIMEOUT_BLOCKS;
    SETTLE_GAS.0 + times * SETTLE_GAS.1
}

/// Something more that a method would wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    /// A call whose answer comes with others.
    Together,
    /// A call whose answer comes by itself.
    Alone,
    /// A promise that others settle in so many blocks.
    Open(u64),
}

impl<P: Platform> Execution<P> {
    /// Gas of the receipts in which the method that runs goes on and its call ends, if it waits for this
    /// too.
    pub(super) fn gas_to_wait(&self, more: More) -> u64 {
        let flow = self.flow.borrow();
        let Some(flow) = &*flow else {
            return RESUME_GAS;
        };
        let journal = self.journal.borrow();
        let awaited = journal.outside().iter();
        let awaited = awaited.filter(|call| call.promise.is_some());
        let (mut alone, mut is_together) = (0, more == More::Together);
        for call in awaited {
            match comes_alone(call) {
                true => alone += 1,
                false => is_together = true,
            }
        }
        let new = match more {
            More::Together => 0,
            More::Alone | More::Open(_) => 1,
        };
        let waits = alone + flow.opened.len() + usize::from(is_together) + new;
        let height = self.platform().block_height();
        let opened = flow.opened.iter();
        let blocks = opened.map(|opened| opened.deadline.saturating_sub(height));
        let blocks = blocks.chain(match more {
            More::Open(blocks) => Some(blocks),
            More::Together | More::Alone => None,
        });
        let longest = blocks.max();
        let settles = longest.is_some() || waits > 1 || !flow.waits.is_empty();
        let settle = match flow.result {
            None if settles => settle_gas(longest.unwrap_or(0)),
            _ => 0,
        };
        waits as u64 * (RESUME_GAS + NOTE_GAS) + settle + SUSPEND_GAS
    }
}

impl Flow {
    /// Notes what the method waits for since this execution: answers to calls of which nothing is
    /// followed that comes back come together, others one by one, and so do spawned calls and promises
    /// that others settle.
    pub(super) fn note_waits(&mut self, calls: &[Outside], height: u64) {
        let (alone, together): (Vec<_>, Vec<_>) = calls.iter().partition(|call| comes_alone(call));
        let together: Vec<_> = together.iter().filter_map(|call| call.promise).collect();
        let alone = alone.into_iter().map(|call| {
            let is_cancelled = |made: Awaited| self.to_cancel.contains(&made.number);
            let mut child = call.child.clone();
            if let Some(child) = &mut child {
                child.is_cancelled = call.promise.is_some_and(is_cancelled);
            }
            (call.promise.into_iter().collect(), child, None)
        });
        let opened = self.opened.drain(..).map(|opened| {
            let awaited = Awaited {
                number: opened.promise,
                form: Form::Json,
            };
            let open = Open {
                data_id: DataId::default(),
                deadline: opened.deadline,
                is_resumed: false,
                resumers: opened.resumers,
            };
            (vec![awaited], None, Some(open))
        });
        let groups = [(together, None, None)]
            .into_iter()
            .filter(|(group, ..)| !group.is_empty())
            .chain(alone)
            .chain(opened);
        let waits = (self.waits_made..).zip(groups).map(|(number, group)| Wait {
            number,
            height,
            promises: group.0,
            is_cancelled: false,
            child: group.1,
            open: group.2,
        });
        self.new_waits = waits.collect();
        self.waits_made += self.new_waits.len() as u32;
    }

    /// What ends the call when the method has come to its end.
    pub(super) fn settle(&self, id: &str, token: &str) -> Settle {
        Settle {
            id: id.to_owned(),
            flow: token.to_owned(),
            spawner: self.spawner.clone(),
        }
    }

    /// Gas of the promise with which the call ends.
    pub(super) fn settle_gas(&self) -> u64 {
        let waits = self.new_waits.iter();
        let blocks = waits.filter_map(|wait| {
            let open = wait.open.as_ref()?;
            Some(open.deadline.saturating_sub(wait.height))
        });
        settle_gas(blocks.max().unwrap_or(0))
    }

    /// Gas that goes to the receipts in which the method goes on and its call ends.
    pub(super) fn gas_to_attach(&self) -> u64 {
        let settles = match (self.result, self.result_to_be()) {
            (None, Some(_)) => self.settle_gas(),
            _ => 0,
        };
        self.new_waits.len() as u64 * RESUME_GAS + settles
    }

    /// The name of the promise that ends when the method does; all zeros where it has yet to be made,
    /// none where the next answer goes on with the call itself.
    pub(super) fn result_to_be(&self) -> Option<DataId> {
        let is_chain = match (self.waits.as_slice(), self.new_waits.as_slice()) {
            ([], [wait]) => wait.open.is_none(),
            _ => false,
        };
        match self.result {
            Some(data_id) => Some(data_id),
            None => (!is_chain).then(DataId::default),
        }
    }
}
