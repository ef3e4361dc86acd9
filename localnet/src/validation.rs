//! Which actions and receipts are well formed, before any state is read
//! (nearcore, `runtime/src/verifier.rs`).
//!
//! What this chain doesn't run (delegation, global contracts, contracts made by
//! their initial state, gas keys) is refused here, by NEAR's own error for an
//! absent protocol feature, so that it can't enter the state.

use near_parameters::vm::LimitConfig;
use near_primitives::action::{Action, AddKeyAction, FunctionCallAction};
use near_primitives::errors::{ActionsValidationError, ReceiptValidationError};
use near_primitives::receipt::{Receipt, VersionedReceiptEnum};
use near_primitives::types::{AccountId, Gas, ProtocolVersion};
use near_primitives::version::ProtocolFeature;

use crate::fees::method_names_bytes;

/// Checks a receipt that a contract or the chain has just made.
pub(crate) fn validate_receipt(
    limits: &LimitConfig,
    receipt: &Receipt,
    version: ProtocolVersion,
) -> Result<(), ReceiptValidationError> {
    let size = borsh::object_length(receipt).map_or(u64::MAX, |size| size as u64);
    if size > limits.max_receipt_size {
        let limit = limits.max_receipt_size;
        return Err(ReceiptValidationError::ReceiptSizeExceeded { size, limit });
    }
    match receipt.versioned_receipt() {
        VersionedReceiptEnum::Action(action) | VersionedReceiptEnum::PromiseYield(action) => {
            let inputs = action.input_data_ids().len() as u64;
            if inputs > limits.max_number_input_data_dependencies {
                return Err(
                    ReceiptValidationError::NumberInputDataDependenciesExceeded {
                        number_of_input_data_dependencies: inputs,
                        limit: limits.max_number_input_data_dependencies,
                    },
                );
            }
            validate_actions(limits, action.actions(), version)
                .map_err(ReceiptValidationError::ActionsValidation)
        }
        VersionedReceiptEnum::Data(data) | VersionedReceiptEnum::PromiseResume(data) => {
            let length = data.data.as_ref().map_or(0, Vec::len) as u64;
            if length > limits.max_length_returned_data {
                let limit = limits.max_length_returned_data;
                return Err(ReceiptValidationError::ReturnedValueLengthExceeded { length, limit });
            }
            Ok(())
        }
        VersionedReceiptEnum::GlobalContractDistribution(_) => Ok(()),
    }
}

/// Checks a batch of actions.
pub(crate) fn validate_actions(
    limits: &LimitConfig,
    actions: &[Action],
    version: ProtocolVersion,
) -> Result<(), ActionsValidationError> {
    let count = actions.len() as u64;
    if count > limits.max_actions_per_receipt {
        return Err(ActionsValidationError::TotalNumberOfActionsExceeded {
            total_number_of_actions: count,
            limit: limits.max_actions_per_receipt,
        });
    }
    let deploys = actions
        .iter()
        .filter(|it| matches!(it, Action::DeployContract(_)))
        .count() as u64;
    if deploys > limits.max_deploy_actions_per_receipt {
        return Err(ActionsValidationError::TotalNumberOfDeployActionsExceeded {
            number_of_deploy_actions: deploys,
            limit: limits.max_deploy_actions_per_receipt,
        });
    }
    for (index, action) in actions.iter().enumerate() {
        if matches!(action, Action::DeleteAccount(_)) && index + 1 != actions.len() {
            return Err(ActionsValidationError::DeleteActionMustBeFinal);
        }
        validate_action(limits, action, version)?;
    }
    validate_prepaid_gas(limits, actions)
}

fn validate_prepaid_gas(
    limits: &LimitConfig,
    actions: &[Action],
) -> Result<(), ActionsValidationError> {
    let total = actions
        .iter()
        .try_fold(Gas::ZERO, |sum, action| {
            sum.checked_add(action.get_prepaid_gas())
        })
        .ok_or(ActionsValidationError::IntegerOverflow)?;
    if total > limits.max_total_prepaid_gas {
        return Err(ActionsValidationError::TotalPrepaidGasExceeded {
            total_prepaid_gas: total,
            limit: limits.max_total_prepaid_gas,
        });
    }
    Ok(())
}

fn validate_action(
    limits: &LimitConfig,
    action: &Action,
    version: ProtocolVersion,
) -> Result<(), ActionsValidationError> {
    let unsupported = |feature: &str| {
        Err(ActionsValidationError::UnsupportedProtocolFeature {
            protocol_feature: feature.to_owned(),
            version,
        })
    };
    match action {
        Action::DeployContract(deploy) => at_most(
            deploy.code.len(),
            limits.max_contract_size,
            |size, limit| ActionsValidationError::ContractSizeExceeded { size, limit },
        ),
        Action::FunctionCall(call) => validate_call(limits, call, version),
        Action::AddKey(add_key) if add_key.access_key.gas_key_info().is_some() => {
            unsupported("GasKeys")
        }
        Action::AddKey(add_key) => validate_key(limits, add_key),
        Action::CreateAccount(_)
        | Action::Transfer(_)
        | Action::Stake(_)
        | Action::DeleteKey(_)
        | Action::DeleteAccount(_) => Ok(()),
        Action::Delegate(_) | Action::DelegateV2(_) => unsupported("Delegate"),
        Action::DeployGlobalContract(_) | Action::UseGlobalContract(_) => {
            unsupported("GlobalContracts")
        }
        Action::DeterministicStateInit(_) => unsupported("DeterministicAccountIds"),
        Action::UniversalStateInit(_) => unsupported("UniversalAccounts"),
        Action::TransferToGasKey(_) | Action::WithdrawFromGasKey(_) => unsupported("GasKeys"),
    }
}

fn validate_call(
    limits: &LimitConfig,
    call: &FunctionCallAction,
    version: ProtocolVersion,
) -> Result<(), ActionsValidationError> {
    if call.gas == Gas::ZERO {
        return Err(ActionsValidationError::FunctionCallZeroAttachedGas);
    }
    if call.method_name.is_empty() && ProtocolFeature::RejectEmptyMethodName.enabled(version) {
        return Err(ActionsValidationError::FunctionCallEmptyMethodName);
    }
    at_most(
        call.method_name.len(),
        limits.max_length_method_name,
        |length, limit| ActionsValidationError::FunctionCallMethodNameLengthExceeded {
            length,
            limit,
        },
    )?;
    at_most(
        call.args.len(),
        limits.max_arguments_length,
        |length, limit| ActionsValidationError::FunctionCallArgumentsLengthExceeded {
            length,
            limit,
        },
    )
}

fn validate_key(
    limits: &LimitConfig,
    add_key: &AddKeyAction,
) -> Result<(), ActionsValidationError> {
    let Some(permission) = add_key.access_key.permission.function_call_permission() else {
        return Ok(());
    };
    if permission.receiver_id.parse::<AccountId>().is_err() {
        let account_id = permission.receiver_id.clone();
        return Err(ActionsValidationError::InvalidAccountId { account_id });
    }
    for name in &permission.method_names {
        at_most(
            name.len(),
            limits.max_length_method_name,
            |length, limit| ActionsValidationError::AddKeyMethodNameLengthExceeded {
                length,
                limit,
            },
        )?;
    }
    let bytes = method_names_bytes(add_key).unwrap_or_default();
    at_most(
        bytes,
        limits.max_number_bytes_method_names,
        |total, limit| ActionsValidationError::AddKeyMethodNamesNumberOfBytesExceeded {
            total_number_of_bytes: total,
            limit,
        },
    )
}

fn at_most(
    got: usize,
    limit: u64,
    error: impl FnOnce(u64, u64) -> ActionsValidationError,
) -> Result<(), ActionsValidationError> {
    let got = got as u64;
    if got > limit {
        Err(error(got, limit))
    } else {
        Ok(())
    }
}
