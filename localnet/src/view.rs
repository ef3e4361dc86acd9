//! View calls: a method runs on the latest state, and nothing it does stays.

use near_primitives::config::ViewConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance};
use near_primitives::utils::create_random_seed;
use near_vm_runner::logic::{ReturnData, VMContext, VMOutcome};

use crate::block::{BlockContext, BlockRun};
use crate::contract_call::{EPOCH_HEIGHT, StoredContract, contract_code, run_contract};
use crate::errors::{ChainError, ViewError};
use crate::external::ContractHost;
use crate::outcome::ViewOutcome;
use crate::state::Records;

/// Runs a method that changes nothing.
pub(crate) fn view(
    block: &BlockContext,
    records: &Records,
    contract: &AccountId,
    method: &str,
    args: &[u8],
) -> Result<ViewOutcome, ViewError> {
    let mut run = BlockRun::new(block, records);
    let context = view_context(&run, contract, args)?;
    let stored = StoredContract {
        hash: context.account_contract.local_code().unwrap_or_default(),
        code: contract_code(&run.overlay, contract),
    };
    let (overlay, trie) = (&mut run.overlay, &mut run.trie);
    let no_action = CryptoHash::default();
    let mut host = ContractHost::new(block, overlay, trie, contract.clone(), no_action);
    let outcome = run_contract(block, &stored, method, &context, &mut host).map_err(vm_fault)?;
    to_view_outcome(outcome)
}

fn view_context(
    run: &BlockRun<'_>,
    contract: &AccountId,
    args: &[u8],
) -> Result<VMContext, ViewError> {
    let block = run.context;
    let account = run.overlay.account(contract).map_err(vm_fault)?;
    let account = account.ok_or_else(|| ViewError::UnknownAccount {
        account: contract.clone(),
    })?;
    if account.contract().is_none() {
        return Err(ViewError::NoContract {
            account: contract.clone(),
        });
    }
    let limits = &block.config.wasm_config.limit_config;
    let public_key = near_crypto::PublicKey::empty(near_crypto::KeyType::ED25519);
    Ok(VMContext {
        current_account_id: contract.clone(),
        signer_account_id: contract.clone(),
        signer_account_pk: borsh::to_vec(&public_key)
            .expect("invariant: keys can be encoded in memory"),
        predecessor_account_id: contract.clone(),
        refund_to_account_id: contract.clone(),
        input: args.into(),
        promise_results: std::iter::empty().collect(),
        block_height: block.height,
        block_timestamp: block.timestamp_ns,
        epoch_height: EPOCH_HEIGHT,
        account_balance: account.amount(),
        account_locked_balance: account.locked(),
        storage_usage: account.storage_usage(),
        account_contract: account.contract().into_owned(),
        attached_deposit: Balance::ZERO,
        prepaid_gas: limits.max_gas_burnt,
        random_seed: create_random_seed(CryptoHash::default(), block.random_seed),
        view_config: Some(ViewConfig {
            max_gas_burnt: limits.max_gas_burnt,
        }),
        output_data_receivers: Vec::new(),
    })
}

fn to_view_outcome(outcome: VMOutcome) -> Result<ViewOutcome, ViewError> {
    let VMOutcome {
        logs,
        burnt_gas,
        aborted,
        return_data,
        ..
    } = outcome;
    if let Some(error) = aborted {
        let (message, gas_burnt) = (error.to_string(), burnt_gas.as_gas());
        return Err(ViewError::Failed {
            message,
            logs,
            gas_burnt,
        });
    }
    let result = match return_data {
        ReturnData::Value(value) => value,
        ReturnData::ReceiptIndex(_) | ReturnData::None => Vec::new(),
    };
    Ok(ViewOutcome {
        result,
        logs,
        gas_burnt: burnt_gas,
    })
}

fn vm_fault(error: ChainError) -> ViewError {
    ViewError::Failed {
        message: error.to_string(),
        logs: Vec::new(),
        gas_burnt: 0,
    }
}
