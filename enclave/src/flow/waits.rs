//! What a method waits for: which answers come together, and what gas their callbacks get.

use super::Flow;
use super::record::{Open, Wait};
use super::step::RESUME_GAS;
use super::yields::TIMEOUT_BLOCKS;
use crate::outbox::{Awaited, Form};
use crate::platform::DataId;

/// Gas of the receipt that ends a call whose method waited for several things (loading the contract,
/// and reading the result), and for each time that NEAR ends its wait before the method has come to
/// its end, which is then begun anew.
const SETTLE_GAS: (u64, u64) = (12_000_000_000_000, 8_000_000_000_000);

impl Flow {
    /// Notes what the method waits for since this execution: answers to calls of which nothing is
    /// followed that comes back come together, others one by one, and so do promises that others settle.
    pub(super) fn note_waits(&mut self, calls: Vec<(Awaited, bool)>, height: u64) {
        let (alone, together): (Vec<_>, Vec<_>) =
            calls.into_iter().partition(|(_, is_followed)| *is_followed);
        let together: Vec<_> = together.into_iter().map(|(awaited, _)| awaited).collect();
        let alone = alone.into_iter().map(|(awaited, _)| (vec![awaited], None));
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
            (vec![awaited], Some(open))
        });
        let groups = [(together, None)]
            .into_iter()
            .filter(|(group, _)| !group.is_empty())
            .chain(alone)
            .chain(opened);
        let waits = (self.waits_made..).zip(groups).map(|(number, group)| Wait {
            number,
            height,
            promises: group.0,
            open: group.1,
        });
        self.new_waits = waits.collect();
        self.waits_made += self.new_waits.len() as u32;
    }

    /// Gas of the promise with which the call ends.
    pub(super) fn settle_gas(&self) -> u64 {
        let waits = self.new_waits.iter();
        let blocks = waits.filter_map(|wait| {
            let open = wait.open.as_ref()?;
            Some(open.deadline.saturating_sub(wait.height))
        });
        let times = 1 + blocks.max().unwrap_or(0) / TIMEOUT_BLOCKS;
        SETTLE_GAS.0 + times * SETTLE_GAS.1
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
