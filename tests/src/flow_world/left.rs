//! What a receipt of the enclave leaves behind: receipts, transfers, promises that were settled.

use super::{CallId, FlowWorld, Work};
use crate::native::ENCLAVE;
use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use conclave_enclave::platform::memory::{Effects, Plan};

impl FlowWorld {
    /// A call that the enclave makes of itself.
    fn own_call(&mut self, mut actions: Vec<Action>) -> Work {
        let action = actions.pop().filter(|_| actions.is_empty());
        let Some(Action::Call {
            method,
            input,
            deposit_yocto,
            ..
        }) = action
        else {
            panic!("the enclave calls itself once at a time");
        };
        self.balance -= deposit_yocto;
        own(method, input, deposit_yocto)
    }

    /// What a receipt of the enclave that succeeded left behind.
    pub(super) fn settle(&mut self, at: usize, effects: Effects) {
        self.logs.extend(effects.logs);
        for (to, yocto) in effects.transfers {
            self.balance -= yocto;
            *self.accounts.entry(to).or_default() += yocto as i128;
        }
        let (first, signer) = (self.receipts.len(), self.receipts[at].signer.clone());
        for plan in effects.planned {
            let (work, inputs) = match plan {
                Plan::Send { account, actions } if account == ENCLAVE => {
                    (self.own_call(actions), Vec::new())
                }
                Plan::Send { account, actions } => {
                    self.balance -= actions.iter().map(Action::yocto).sum::<u128>();
                    (Work::Outside(account, actions), Vec::new())
                }
                Plan::Then {
                    promises,
                    method,
                    input,
                } => {
                    let work = own(method, input, 0);
                    (work, promises.iter().map(|place| first + place).collect())
                }
                Plan::Open {
                    data_id,
                    method,
                    input,
                } => {
                    let CallId(at) = self.push(own(method, input, 0), &signer, Vec::new());
                    self.receipts[at].open = Some(data_id);
                    continue;
                }
            };
            self.push(work, &signer, inputs);
        }
        for (data_id, payload) in effects.resumed {
            let mut receipts = self.receipts.iter_mut();
            let open = receipts.find(|receipt| receipt.open == Some(data_id));
            if let Some(receipt) = open.filter(|receipt| receipt.resumed.is_none()) {
                receipt.resumed = Some(Received::Bytes(payload));
            }
        }
        let receipt = &mut self.receipts[at];
        match effects.returned {
            Some(place) => receipt.forward = Some(first + place),
            None => receipt.result = Some(Received::Bytes(effects.result)),
        }
    }
}

/// A call of the enclave by itself.
fn own(export: String, input: Vec<u8>, deposit: u128) -> Work {
    Work::Enclave {
        predecessor: ENCLAVE.to_owned(),
        export,
        input,
        deposit,
    }
}
