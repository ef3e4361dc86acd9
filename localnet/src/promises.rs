//! The receipts that a call has planned, before it is known whether it succeeds.
//!
//! A contract refers to them by index. Nothing leaves this list unless the whole
//! receipt succeeds.

use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::errors::{ActionError, ActionErrorKind};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    ActionReceiptV2, DataReceipt, DataReceiver, Receipt, ReceiptEnum, ReceiptV0,
    VersionedActionReceipt,
};
use near_primitives::types::{AccountId, Gas, GasWeight};
use near_vm_runner::logic::types::ReceiptIndex;
use near_vm_runner::logic::{HostError, VMLogicError};

/// Whether a planned receipt waits for `resume` or is an ordinary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Action,
    Yield,
}

#[derive(Debug)]
struct Planned {
    receiver: AccountId,
    refund_to: Option<AccountId>,
    outputs: Vec<DataReceiver>,
    inputs: Vec<CryptoHash>,
    actions: Vec<Action>,
    kind: Kind,
}

/// A call among the planned actions that gets a share of the unused gas.
#[derive(Debug, Clone, Copy)]
struct Weighted {
    receipt: usize,
    action: usize,
    weight: u64,
}

/// The receipts that a call has planned.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    planned: Vec<Planned>,
    resumed: Vec<(CryptoHash, Vec<u8>)>,
    weighted: Vec<Weighted>,
}

impl Promises {
    /// Plans a receipt that waits for the results of others.
    pub(crate) fn create(
        &mut self,
        receiver: AccountId,
        inputs: Vec<CryptoHash>,
        dependencies: &[ReceiptIndex],
    ) -> Result<ReceiptIndex, VMLogicError> {
        for (data_id, receipt_index) in inputs.iter().zip(dependencies) {
            let receipt_index = *receipt_index;
            let dependency = usize::try_from(receipt_index)
                .ok()
                .and_then(|index| self.planned.get_mut(index))
                .ok_or(HostError::InvalidReceiptIndex { receipt_index })?;
            dependency.outputs.push(DataReceiver {
                data_id: *data_id,
                receiver_id: receiver.clone(),
            });
        }
        Ok(self.plan(receiver, inputs, Kind::Action))
    }

    /// Plans a receipt that waits for `resume`.
    pub(crate) fn create_yield(
        &mut self,
        receiver: AccountId,
        data_id: CryptoHash,
    ) -> ReceiptIndex {
        self.plan(receiver, vec![data_id], Kind::Yield)
    }

    fn plan(&mut self, receiver: AccountId, inputs: Vec<CryptoHash>, kind: Kind) -> ReceiptIndex {
        let (outputs, actions) = (Vec::new(), Vec::new());
        self.planned.push(Planned {
            receiver,
            refund_to: None,
            outputs,
            inputs,
            actions,
            kind,
        });
        self.planned.len() as ReceiptIndex - 1
    }

    /// Plans the data that ends a yield.
    pub(crate) fn resume(&mut self, data_id: CryptoHash, data: Vec<u8>) {
        self.resumed.push((data_id, data));
    }

    /// Adds an action to a planned receipt. Returns its index there.
    ///
    /// # Panics
    /// When the index is not one that was given out; the VM keeps them.
    pub(crate) fn append(&mut self, receipt: ReceiptIndex, action: Action) -> usize {
        let actions = &mut self.at(receipt).actions;
        actions.push(action);
        actions.len() - 1
    }

    /// Adds a call to a planned receipt.
    pub(crate) fn append_call(
        &mut self,
        receipt: ReceiptIndex,
        call: FunctionCallAction,
        weight: GasWeight,
    ) {
        let action = self.append(receipt, Action::FunctionCall(Box::new(call)));
        if weight.0 > 0 {
            self.weighted.push(Weighted {
                receipt: receipt as usize,
                action,
                weight: weight.0,
            });
        }
    }

    pub(crate) fn receiver(&self, receipt: ReceiptIndex) -> &AccountId {
        &self.planned[receipt as usize].receiver
    }

    pub(crate) fn set_refund_to(&mut self, receipt: ReceiptIndex, refund_to: AccountId) {
        self.at(receipt).refund_to = Some(refund_to);
    }

    /// Shares gas out among the calls that have a weight; the last one gets what
    /// is left by rounding. Returns what was shared out: all or nothing.
    pub(crate) fn distribute(&mut self, unused: Gas) -> Gas {
        let sum: u128 = self.weighted.iter().map(|it| u128::from(it.weight)).sum();
        if sum == 0 {
            return Gas::ZERO;
        }
        let unused_gas = unused.as_gas();
        let mut left = unused_gas;
        for (index, weighted) in self.weighted.iter().enumerate() {
            let share = if index + 1 == self.weighted.len() {
                left
            } else {
                (u128::from(unused_gas) * u128::from(weighted.weight) / sum) as u64
            };
            left -= share;
            let action = &mut self.planned[weighted.receipt].actions[weighted.action];
            if let Action::FunctionCall(call) = action {
                call.gas = call.gas.saturating_add(Gas::from_gas(share));
            }
        }
        unused
    }

    /// Turns the plan into receipts without ids, in the order of their indices.
    pub(crate) fn into_receipts(
        self,
        account: &AccountId,
        parent: &VersionedActionReceipt<'_>,
    ) -> Vec<Receipt> {
        let Self {
            planned,
            resumed,
            weighted: _,
        } = self;
        let actions = planned
            .into_iter()
            .map(|planned| planned.into_receipt(account, parent));
        let data = resumed.into_iter().map(|(data_id, data)| {
            let data = DataReceipt {
                data_id,
                data: Some(data),
            };
            receipt(account, account.clone(), ReceiptEnum::PromiseResume(data))
        });
        actions.chain(data).collect()
    }

    fn at(&mut self, receipt: ReceiptIndex) -> &mut Planned {
        &mut self.planned[receipt as usize]
    }
}

impl Planned {
    fn into_receipt(self, account: &AccountId, parent: &VersionedActionReceipt<'_>) -> Receipt {
        let Self {
            receiver,
            refund_to,
            outputs,
            inputs,
            actions,
            kind,
        } = self;
        let action = ActionReceiptV2 {
            signer_id: parent.signer_id().clone(),
            refund_to,
            signer_public_key: parent.signer_public_key().clone(),
            gas_price: parent.gas_price(),
            output_data_receivers: outputs,
            input_data_ids: inputs,
            actions,
        };
        let content = match kind {
            Kind::Action => ReceiptEnum::ActionV2(action),
            Kind::Yield => ReceiptEnum::PromiseYieldV2(action),
        };
        receipt(account, receiver, content)
    }
}

/// Makes a receipt whose id is set later.
pub(crate) fn receipt(
    predecessor: &AccountId,
    receiver: AccountId,
    content: ReceiptEnum,
) -> Receipt {
    Receipt::V0(ReceiptV0 {
        predecessor_id: predecessor.clone(),
        receiver_id: receiver,
        receipt_id: CryptoHash::default(),
        receipt: content,
    })
}

/// Wraps the reason why an action failed.
pub(crate) fn action_error(kind: ActionErrorKind) -> ActionError {
    ActionError { index: None, kind }
}
