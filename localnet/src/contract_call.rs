//! One call of a contract's method on NEAR's VM.
//!
//! What the VM burns stays burnt; what the contract planned and changed counts
//! only if the call succeeds. The VM's errors become NEAR's.

use std::sync::Arc;

use near_primitives::action::FunctionCallAction;
use near_primitives::config::ViewConfig;
use near_primitives::errors::{
    ActionErrorKind, CompilationError, FunctionCallError, MethodResolveError, PrepareError,
};
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Gas};
use near_primitives::utils::create_random_seed;
use near_primitives::version::ProtocolFeature;
use near_vm_runner::logic::errors as vm;
use near_vm_runner::logic::{GasCounter, ReturnData, VMContext, VMOutcome};
use near_vm_runner::{Contract, ContractCode};

use crate::actions::ReceiptWork;
use crate::block::{BlockContext, BlockRun};
use crate::errors::ChainError;
use crate::external::ContractHost;
use crate::money::{add, add_gas};
use crate::promises::{Promises, action_error};
use crate::state::{Bytes, Overlay};

/// A contract's code as the VM asks for it.
pub(crate) struct StoredContract {
    pub(crate) hash: CryptoHash,
    pub(crate) code: Option<Bytes>,
}

impl Contract for StoredContract {
    fn hash(&self) -> CryptoHash {
        self.hash
    }

    fn get_code(&self) -> Option<Arc<ContractCode>> {
        let code = self.code.as_ref()?;
        Some(Arc::new(ContractCode::new(code.to_vec(), Some(self.hash))))
    }
}

impl BlockRun<'_> {
    /// Runs a call and puts its effects into the receipt's result.
    pub(crate) fn run_call(
        &mut self,
        work: &mut ReceiptWork<'_>,
        call: &FunctionCallAction,
        action_hash: CryptoHash,
        is_last: bool,
    ) -> Result<(), ChainError> {
        let context = self.call_context(work, call, action_hash, is_last)?;
        let contract = self.stored_contract(&context);
        let block = self.context;
        let (overlay, trie) = (&mut self.overlay, &mut self.trie);
        let account_id = context.current_account_id.clone();
        let mut host = ContractHost::new(block, overlay, trie, account_id, action_hash);
        let version = block.protocol_version;
        if ProtocolFeature::EnforcePerReceiptStorageProofLimit.enabled(version) {
            host.proof_bytes_before = work.proof_bytes_before;
        }
        let vm_outcome = run_contract(block, &contract, &call.method_name, &context, &mut host)?;
        let ContractHost {
            mut promises,
            yields_created,
            ..
        } = host;
        let unused = call.gas.saturating_sub(vm_outcome.used_gas);
        let shared = promises.distribute(unused);
        self.settle(work, vm_outcome, shared, promises, &yields_created)
    }

    fn stored_contract(&self, context: &VMContext) -> StoredContract {
        let hash = context.account_contract.local_code().unwrap_or_default();
        StoredContract {
            hash,
            code: contract_code(&self.overlay, &context.current_account_id),
        }
    }

    fn call_context(
        &self,
        work: &ReceiptWork<'_>,
        call: &FunctionCallAction,
        action_hash: CryptoHash,
        is_last: bool,
    ) -> Result<VMContext, ChainError> {
        let account = work.account.as_ref();
        let account =
            account.ok_or_else(|| ChainError::Inconsistent("no account to call".to_owned()))?;
        let receivers = if is_last {
            work.action.output_data_receivers()
        } else {
            &[]
        };
        let public_key = borsh::to_vec(work.action.signer_public_key());
        Ok(VMContext {
            current_account_id: work.receipt.receiver_id().clone(),
            signer_account_id: work.action.signer_id().clone(),
            signer_account_pk: public_key.expect("invariant: keys can be encoded in memory"),
            predecessor_account_id: work.receipt.predecessor_id().clone(),
            refund_to_account_id: work.receipt.balance_refund_receiver().clone(),
            input: call.args.as_slice().into(),
            promise_results: Arc::clone(&work.promise_results),
            block_height: self.context.height,
            block_timestamp: self.context.timestamp_ns,
            epoch_height: EPOCH_HEIGHT,
            account_balance: account.amount(),
            account_locked_balance: account.locked(),
            storage_usage: account.storage_usage(),
            account_contract: account.contract().into_owned(),
            attached_deposit: call.deposit,
            prepaid_gas: call.gas,
            random_seed: create_random_seed(action_hash, self.context.random_seed),
            view_config: None,
            output_data_receivers: receivers.iter().map(|to| to.receiver_id.clone()).collect(),
        })
    }

    fn settle(
        &mut self,
        work: &mut ReceiptWork<'_>,
        outcome: VMOutcome,
        shared: Gas,
        promises: Promises,
        yields: &[CryptoHash],
    ) -> Result<(), ChainError> {
        let result = &mut work.result;
        result.gas_burnt = add_gas(result.gas_burnt, outcome.burnt_gas)?;
        result.gas_burnt_for_calls = add_gas(result.gas_burnt_for_calls, outcome.burnt_gas)?;
        result.gas_used = add_gas(result.gas_used, add_gas(outcome.used_gas, shared)?)?;
        result.logs.extend(outcome.logs);
        result.profile.merge(&outcome.profile);
        if let Some(error) = outcome.aborted {
            let kind = ActionErrorKind::FunctionCallError(to_near_error(error));
            result.fail(action_error(kind));
            return Ok(());
        }
        let account_id = work.receipt.receiver_id();
        let planned_before = result.new_receipts.len() as u64;
        result
            .new_receipts
            .extend(promises.into_receipts(account_id, work.action));
        result.minted = add(result.minted, outcome.subsidized_amount)?;
        result.result = Ok(shift(outcome.return_data, planned_before));
        for data_id in yields {
            self.queue_timeout(account_id, *data_id)?;
        }
        if let Some(account) = &mut work.account {
            account.set_amount(outcome.balance);
            account.set_storage_usage(outcome.storage_usage);
        }
        Ok(())
    }
}

/// This chain has one endless epoch.
pub(crate) const EPOCH_HEIGHT: u64 = 1;

/// An action's receipts come after those of the actions before it.
fn shift(data: ReturnData, by: u64) -> ReturnData {
    match data {
        ReturnData::ReceiptIndex(index) => ReturnData::ReceiptIndex(index + by),
        other => other,
    }
}

/// Finds the code of an account's contract.
pub(crate) fn contract_code(overlay: &Overlay<'_>, account_id: &AccountId) -> Option<Bytes> {
    let key = TrieKey::ContractCode {
        account_id: account_id.clone(),
    };
    overlay.get(&key.to_vec())
}

/// Prepares and runs a method. A fault of the VM itself is a `ChainError`.
pub(crate) fn run_contract(
    block: &BlockContext,
    contract: &StoredContract,
    method: &str,
    context: &VMContext,
    host: &mut ContractHost<'_, '_>,
) -> Result<VMOutcome, ChainError> {
    let config = &block.config.wasm_config;
    let max_gas_burnt = match &context.view_config {
        Some(ViewConfig { max_gas_burnt }) => *max_gas_burnt,
        None => config.limit_config.max_gas_burnt,
    };
    let gas = GasCounter::new(
        config.ext_costs.clone(),
        max_gas_burnt,
        config.regular_op_cost,
        context.prepaid_gas,
        context.is_view(),
    );
    let cache = Some(&*block.cache);
    let prepared = near_vm_runner::prepare(contract, Arc::clone(config), cache, gas, method);
    let ran = near_vm_runner::run(prepared, host, context, Arc::clone(&block.config.fees));
    match ran {
        Ok(outcome) => Ok(outcome),
        Err(vm::VMRunnerError::ContractCodeNotPresent) => {
            let account_id = context.current_account_id.as_str().into();
            let error = vm::CompilationError::CodeDoesNotExist { account_id };
            Ok(VMOutcome::nop_outcome(
                vm::FunctionCallError::CompilationError(error),
            ))
        }
        Err(vm::VMRunnerError::LoadingError(msg)) => Ok(VMOutcome::nop_outcome(
            vm::FunctionCallError::LoadingError { msg },
        )),
        Err(error) => Err(ChainError::Inconsistent(error.to_string())),
    }
}

fn to_near_error(error: vm::FunctionCallError) -> FunctionCallError {
    match error {
        vm::FunctionCallError::CompilationError(error) => {
            FunctionCallError::CompilationError(to_near_compilation_error(error))
        }
        vm::FunctionCallError::MethodResolveError(error) => {
            FunctionCallError::MethodResolveError(match error {
                vm::MethodResolveError::MethodEmptyName => MethodResolveError::MethodEmptyName,
                vm::MethodResolveError::MethodNotFound => MethodResolveError::MethodNotFound,
                vm::MethodResolveError::MethodInvalidSignature => {
                    MethodResolveError::MethodInvalidSignature
                }
            })
        }
        other => FunctionCallError::ExecutionError(other.to_string()),
    }
}

fn to_near_compilation_error(error: vm::CompilationError) -> CompilationError {
    match error {
        vm::CompilationError::CodeDoesNotExist { account_id } => {
            CompilationError::CodeDoesNotExist {
                account_id: account_id
                    .parse()
                    .expect("invariant: the VM names the account it was given"),
            }
        }
        vm::CompilationError::PrepareError(error) => {
            CompilationError::PrepareError(to_near_prepare_error(&error))
        }
        vm::CompilationError::WasmerCompileError { msg }
        | vm::CompilationError::WasmtimeCompileError { msg } => {
            CompilationError::WasmerCompileError { msg }
        }
    }
}

/// The two enums have the same encoding.
fn to_near_prepare_error(error: &vm::PrepareError) -> PrepareError {
    let bytes = borsh::to_vec(error).expect("invariant: errors can be encoded in memory");
    borsh::from_slice(&bytes).unwrap_or(PrepareError::Instantiate)
}
