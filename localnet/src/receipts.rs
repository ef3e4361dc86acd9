//! What happens to a receipt that has arrived.
//!
//! Data is kept until the receipt that waits for it is complete; a complete
//! receipt is executed (`execution.rs`); a yield waits for `resume` or its
//! timeout (nearcore, `runtime/src/lib.rs`).

use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    DataReceipt, Receipt, ReceivedData, VersionedActionReceipt, VersionedReceiptEnum,
};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, PromiseYieldStatus};

use crate::block::BlockRun;
use crate::errors::ChainError;

impl BlockRun<'_> {
    /// Processes one receipt that has arrived.
    pub(crate) fn process_one(&mut self, receipt: &Receipt) -> Result<(), ChainError> {
        let account = receipt.receiver_id();
        match receipt.versioned_receipt() {
            VersionedReceiptEnum::Action(action) => self.process_action(receipt, &action),
            VersionedReceiptEnum::Data(data) => self.process_data(account, &data),
            VersionedReceiptEnum::PromiseYield(action) => {
                let data_id = *action
                    .input_data_ids()
                    .first()
                    .ok_or_else(|| ChainError::Inconsistent("a yield awaits nothing".to_owned()))?;
                let key = TrieKey::PromiseYieldReceipt {
                    receiver_id: account.clone(),
                    data_id,
                };
                self.overlay.write(&key, receipt);
                self.overlay.commit();
                Ok(())
            }
            VersionedReceiptEnum::PromiseResume(data) => self.process_resume(account, &data),
            VersionedReceiptEnum::GlobalContractDistribution(_) => Err(ChainError::Inconsistent(
                "a global contract is on its way".to_owned(),
            )),
        }
    }

    fn process_action(
        &mut self,
        receipt: &Receipt,
        action: &VersionedActionReceipt<'_>,
    ) -> Result<(), ChainError> {
        let receiver_id = receipt.receiver_id();
        let mut missing = 0_u32;
        for &data_id in action.input_data_ids() {
            let receiver_id = receiver_id.clone();
            if !self.overlay.contains(&TrieKey::ReceivedData {
                receiver_id: receiver_id.clone(),
                data_id,
            }) {
                missing += 1;
                let key = TrieKey::PostponedReceiptId {
                    receiver_id,
                    data_id,
                };
                self.overlay.write(&key, receipt.receipt_id());
            }
        }
        if missing == 0 {
            return self.apply(receipt, action);
        }
        let (receiver_id, receipt_id) = (receiver_id.clone(), *receipt.receipt_id());
        let key = TrieKey::PendingDataCount {
            receiver_id: receiver_id.clone(),
            receipt_id,
        };
        self.overlay.write(&key, &missing);
        self.overlay.write(
            &TrieKey::PostponedReceipt {
                receiver_id,
                receipt_id,
            },
            receipt,
        );
        self.overlay.commit();
        Ok(())
    }

    fn process_data(&mut self, account: &AccountId, data: &DataReceipt) -> Result<(), ChainError> {
        let receiver_id = account.clone();
        let data_id = data.data_id;
        let received = ReceivedData {
            data: data.data.clone(),
        };
        self.overlay.write(
            &TrieKey::ReceivedData {
                receiver_id: receiver_id.clone(),
                data_id,
            },
            &received,
        );
        let waiting = TrieKey::PostponedReceiptId {
            receiver_id: receiver_id.clone(),
            data_id,
        };
        let Some(receipt_id) = self.overlay.take::<CryptoHash>(&waiting)? else {
            self.overlay.commit();
            return Ok(());
        };
        let count_key = TrieKey::PendingDataCount {
            receiver_id: receiver_id.clone(),
            receipt_id,
        };
        let count: u32 = present(self.overlay.take(&count_key)?, "a count of pending data")?;
        if count > 1 {
            self.overlay.write(&count_key, &(count - 1));
            self.overlay.commit();
            return Ok(());
        }
        let key = TrieKey::PostponedReceipt {
            receiver_id,
            receipt_id,
        };
        let ready: Receipt = present(self.overlay.take(&key)?, "a postponed receipt")?;
        self.apply_stored(&ready)
    }

    fn process_resume(
        &mut self,
        account: &AccountId,
        data: &DataReceipt,
    ) -> Result<(), ChainError> {
        let receiver_id = account.clone();
        let data_id = data.data_id;
        let status_key = TrieKey::PromiseYieldStatus {
            receiver_id: receiver_id.clone(),
            data_id,
        };
        let status = self.overlay.read::<PromiseYieldStatus>(&status_key)?;
        if data.data.is_none() && status == Some(PromiseYieldStatus::ResumeInitiated) {
            return Ok(());
        }
        let key = TrieKey::PromiseYieldReceipt {
            receiver_id: receiver_id.clone(),
            data_id,
        };
        let Some(waiting) = self.overlay.take::<Receipt>(&key)? else {
            return Ok(());
        };
        self.overlay.remove(status_key.to_vec());
        let backward = TrieKey::DataIdToYieldId {
            receiver_id: receiver_id.clone(),
            data_id,
        };
        if let Some(yield_id) = self.overlay.take(&backward)? {
            let forward = TrieKey::YieldIdToDataId {
                receiver_id: receiver_id.clone(),
                yield_id,
            };
            self.overlay.remove(forward.to_vec());
        }
        let received = ReceivedData {
            data: data.data.clone(),
        };
        self.overlay.write(
            &TrieKey::ReceivedData {
                receiver_id,
                data_id,
            },
            &received,
        );
        self.apply_stored(&waiting)
    }

    fn apply_stored(&mut self, receipt: &Receipt) -> Result<(), ChainError> {
        match receipt.versioned_receipt() {
            VersionedReceiptEnum::Action(action) | VersionedReceiptEnum::PromiseYield(action) => {
                self.apply(receipt, &action)
            }
            _ => Err(ChainError::Inconsistent(
                "a stored receipt has no actions".to_owned(),
            )),
        }
    }
}

/// Returns a record that must be there.
pub(crate) fn present<T>(value: Option<T>, what: &str) -> Result<T, ChainError> {
    value.ok_or_else(|| ChainError::Inconsistent(format!("{what} is absent")))
}
