//! One complete receipt: its actions run one after the other, all or nothing;
//! then refunds, results and new receipts are sent (nearcore,
//! `runtime/src/lib.rs`).

use std::sync::Arc;

use near_primitives::account::AccountContract;
use near_primitives::errors::{ActionError, ActionErrorKind, TxExecutionError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    DataReceipt, DataReceiver, Receipt, ReceiptEnum, ReceivedData, VersionedActionReceipt,
};
use near_primitives::transaction::{
    ExecutionMetadata, ExecutionMetadataV4, ExecutionOutcome, ExecutionStatus,
};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, Gas};
use near_primitives::utils::{
    create_action_hash_from_receipt_id, create_receipt_id_from_receipt_id,
};
use near_primitives::version::ProtocolFeature;
use near_vm_runner::ProfileDataV3;
use near_vm_runner::logic::ReturnData;
use near_vm_runner::logic::types::PromiseResult;

use crate::actions::ReceiptWork;
use crate::block::{BlockRun, Execution};
use crate::errors::ChainError;
use crate::fees::{execution_fee, new_receipt_execution};
use crate::money::{add, add_gas};
use crate::promises::{action_error, receipt};
use crate::receipts::present;
use crate::stake::lacking_stake;
use crate::trie_touch::LookUp;
use crate::validation::validate_receipt;

/// What a receipt's actions have done so far.
pub(crate) struct ReceiptResult {
    pub(crate) gas_burnt: Gas,
    pub(crate) gas_used: Gas,
    pub(crate) gas_burnt_for_calls: Gas,
    pub(crate) result: Result<ReturnData, ActionError>,
    pub(crate) logs: Vec<String>,
    pub(crate) new_receipts: Vec<Receipt>,
    pub(crate) profile: ProfileDataV3,
    pub(crate) contracts: Vec<AccountContract>,
    pub(crate) minted: Balance,
}

impl ReceiptResult {
    fn new(gas: Gas) -> Self {
        Self {
            gas_burnt: gas,
            gas_used: gas,
            gas_burnt_for_calls: Gas::ZERO,
            result: Ok(ReturnData::None),
            logs: Vec::new(),
            new_receipts: Vec::new(),
            profile: ProfileDataV3::default(),
            contracts: Vec::new(),
            minted: Balance::ZERO,
        }
    }

    /// Fails the receipt: what it planned is forgotten, what it burnt stays.
    pub(crate) fn fail(&mut self, error: ActionError) {
        self.result = Err(error);
        self.new_receipts.clear();
        self.minted = Balance::ZERO;
    }
}

impl BlockRun<'_> {
    /// Executes a receipt whose data is complete.
    pub(crate) fn apply(
        &mut self,
        receipt: &Receipt,
        action: &VersionedActionReceipt<'_>,
    ) -> Result<(), ChainError> {
        let promise_results = self.take_data(receipt.receiver_id(), action)?;
        self.overlay.commit();
        let mut work = self.begin(receipt, action, promise_results)?;
        self.run_actions(&mut work)?;
        self.check_stake(&mut work)?;
        self.finish(work)
    }

    fn take_data(
        &mut self,
        account: &AccountId,
        action: &VersionedActionReceipt<'_>,
    ) -> Result<Arc<[PromiseResult]>, ChainError> {
        let results = action.input_data_ids().iter().map(|&data_id| {
            let key = TrieKey::ReceivedData {
                receiver_id: account.clone(),
                data_id,
            };
            let received: ReceivedData = present(self.overlay.take(&key)?, "received data")?;
            Ok(received.data.map_or(PromiseResult::Failed, |data| {
                PromiseResult::Successful(data.into())
            }))
        });
        results.collect()
    }

    fn begin<'r>(
        &mut self,
        receipt: &'r Receipt,
        action: &'r VersionedActionReceipt<'r>,
        promise_results: Arc<[PromiseResult]>,
    ) -> Result<ReceiptWork<'r>, ChainError> {
        let account_id = receipt.receiver_id();
        let account_key = TrieKey::Account {
            account_id: account_id.clone(),
        }
        .to_vec();
        let records = self.overlay.base();
        let trie = self.trie.get_mut();
        if self.overlay.written(&account_key).is_none() {
            trie.look_up(records, &account_key, LookUp::Free);
            if let Some(value) = records.get(&account_key) {
                trie.fetch(value);
            }
        }
        let account = self.overlay.account(account_id)?;
        Ok(ReceiptWork {
            receipt,
            action,
            account_existed: account.is_some(),
            account,
            actor: receipt.predecessor_id().clone(),
            promise_results,
            proof_bytes_before: self.trie.get_mut().proof_bytes(),
            result: ReceiptResult::new(new_receipt_execution(&self.context.config)),
        })
    }

    fn run_actions(&mut self, work: &mut ReceiptWork<'_>) -> Result<(), ChainError> {
        let actions = work.action.actions();
        for (index, action) in actions.iter().enumerate() {
            let contract = work
                .account
                .as_ref()
                .map_or(AccountContract::None, |it| it.contract().into_owned());
            work.result.contracts.push(contract);
            let fee = execution_fee(&self.context.config, action, work.receipt.receiver_id())?;
            work.result.gas_burnt = add_gas(work.result.gas_burnt, fee)?;
            work.result.gas_used = add_gas(work.result.gas_used, fee)?;
            let hash = create_action_hash_from_receipt_id(
                work.receipt.receipt_id(),
                self.context.height,
                index,
            );
            let planned = work.result.new_receipts.len();
            self.run_action(work, action, hash, index + 1 == actions.len())?;
            self.check_action(work, planned);
            if let Err(error) = &mut work.result.result {
                error.index = Some(index as u64);
                break;
            }
        }
        Ok(())
    }

    /// Checks what a successful action planned and made validators read.
    fn check_action(&mut self, work: &mut ReceiptWork<'_>, planned: usize) {
        let limits = &self.context.config.wasm_config.limit_config;
        let version = self.context.protocol_version;
        if work.result.result.is_err() {
            return;
        }
        let invalid = work.result.new_receipts[planned..]
            .iter()
            .find_map(|receipt| validate_receipt(limits, receipt, version).err());
        if let Some(error) = invalid {
            work.result
                .fail(action_error(ActionErrorKind::NewReceiptValidationError(
                    error,
                )));
            return;
        }
        let limit = limits.per_receipt_storage_proof_size_limit;
        let recorded = self
            .trie
            .get_mut()
            .proof_bytes()
            .saturating_sub(work.proof_bytes_before);
        if ProtocolFeature::EnforceStorageProofLimitForAllActions.enabled(version)
            && recorded > limit
        {
            let limit = limit as u64;
            work.result.fail(action_error(
                ActionErrorKind::ReceiptStorageProofSizeExceeded { limit },
            ));
        }
    }

    fn check_stake(&mut self, work: &mut ReceiptWork<'_>) -> Result<(), ChainError> {
        let Some(account) = &work.account else {
            return Ok(());
        };
        if work.result.result.is_err() {
            return Ok(());
        }
        let account_id = work.receipt.receiver_id();
        match lacking_stake(&self.context.config, account) {
            None => self.overlay.set_account(account_id, account),
            Some(amount) => {
                let account_id = account_id.clone();
                let kind = ActionErrorKind::LackBalanceForState { account_id, amount };
                work.result.fail(action_error(kind));
            }
        }
        Ok(())
    }

    /// Commits or discards, pays refunds and rewards, sends results and receipts.
    fn finish(&mut self, mut work: ReceiptWork<'_>) -> Result<(), ChainError> {
        let refund = self.refund(&mut work)?;
        if work.result.result.is_ok() {
            self.overlay.commit();
            self.minted = add(self.minted, work.result.minted)?;
        } else {
            self.overlay.discard();
        }
        let tokens_burnt = self.burn(&work, &refund)?;
        send_results(&mut work);
        let receipt_ids = self.send_new_receipts(&mut work);
        let outcome = self.outcome(work.result, work.receipt, receipt_ids, tokens_burnt);
        self.outcomes.push(Execution {
            id: *work.receipt.receipt_id(),
            predecessor: work.receipt.predecessor_id().clone(),
            outcome,
        });
        Ok(())
    }

    fn send_new_receipts(&mut self, work: &mut ReceiptWork<'_>) -> Vec<CryptoHash> {
        let mut ids = Vec::new();
        let parent = *work.receipt.receipt_id();
        for (index, mut receipt) in std::mem::take(&mut work.result.new_receipts)
            .into_iter()
            .enumerate()
        {
            let id = create_receipt_id_from_receipt_id(&parent, self.context.height, index);
            receipt.set_receipt_id(id);
            if is_action(receipt.receipt()) {
                ids.push(id);
                self.made.push(receipt.clone());
            }
            self.send(receipt);
        }
        ids
    }

    fn outcome(
        &self,
        result: ReceiptResult,
        receipt: &Receipt,
        receipt_ids: Vec<CryptoHash>,
        tokens_burnt: Balance,
    ) -> ExecutionOutcome {
        let child = |index: u64| {
            create_receipt_id_from_receipt_id(
                receipt.receipt_id(),
                self.context.height,
                index as usize,
            )
        };
        let status = match result.result {
            Ok(ReturnData::ReceiptIndex(index)) => ExecutionStatus::SuccessReceiptId(child(index)),
            Ok(ReturnData::Value(value)) => ExecutionStatus::SuccessValue(value),
            Ok(ReturnData::None) => ExecutionStatus::SuccessValue(Vec::new()),
            Err(error) => ExecutionStatus::Failure(TxExecutionError::ActionError(error)),
        };
        let profile = to_near_profile(&result.profile);
        let is_v4 = ProtocolFeature::ExecutionMetadataV4.enabled(self.context.protocol_version);
        let metadata = if is_v4 {
            let contracts = result.contracts;
            ExecutionMetadata::V4(Box::new(ExecutionMetadataV4 { profile, contracts }))
        } else {
            ExecutionMetadata::V3(Box::new(profile))
        };
        ExecutionOutcome {
            logs: result.logs,
            receipt_ids,
            gas_burnt: result.gas_burnt,
            compute_usage: None,
            tokens_burnt,
            executor_id: receipt.receiver_id().clone(),
            status,
            metadata,
        }
    }
}

/// Answers those who wait for the result: by handing them on to the receipt that
/// gives it, or with data.
fn send_results(work: &mut ReceiptWork<'_>) {
    let receivers = work.action.output_data_receivers();
    if receivers.is_empty() {
        return;
    }
    let data = match &work.result.result {
        Ok(ReturnData::ReceiptIndex(index)) => {
            let next = work.result.new_receipts.get_mut(*index as usize);
            if let Some(outputs) = next.and_then(outputs) {
                outputs.extend_from_slice(receivers);
            }
            return;
        }
        Ok(ReturnData::Value(value)) => Some(value.clone()),
        Ok(ReturnData::None) => Some(Vec::new()),
        Err(_) => None,
    };
    let account = work.receipt.receiver_id();
    let answers = receivers.iter().map(|to| {
        let data = DataReceipt {
            data_id: to.data_id,
            data: data.clone(),
        };
        receipt(account, to.receiver_id.clone(), ReceiptEnum::Data(data))
    });
    work.result.new_receipts.extend(answers);
}

fn outputs(receipt: &mut Receipt) -> Option<&mut Vec<DataReceiver>> {
    match receipt.receipt_mut() {
        ReceiptEnum::Action(action) | ReceiptEnum::PromiseYield(action) => {
            Some(&mut action.output_data_receivers)
        }
        ReceiptEnum::ActionV2(action) | ReceiptEnum::PromiseYieldV2(action) => {
            Some(&mut action.output_data_receivers)
        }
        _ => None,
    }
}

fn is_action(content: &ReceiptEnum) -> bool {
    !matches!(
        content,
        ReceiptEnum::Data(_) | ReceiptEnum::PromiseResume(_)
    )
}

fn to_near_profile(profile: &ProfileDataV3) -> near_primitives::profile_data_v3::ProfileDataV3 {
    near_primitives::profile_data_v3::ProfileDataV3 {
        actions_profile: profile.actions_profile,
        wasm_ext_profile: profile.wasm_ext_profile,
        wasm_gas: profile.wasm_gas,
    }
}
