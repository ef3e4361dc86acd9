//! What transactions and receipts cost: NEAR's parameters applied to actions.
//!
//! Every number comes from `near-parameters`; only the rule which parameter an
//! action pays is here (nearcore, `runtime/src/config.rs`).

use near_crypto::KeyType;
use near_parameters::{
    ActionCosts, RuntimeConfig, RuntimeFeesConfig, SignatureKind, transfer_exec_fee,
    transfer_send_fee,
};
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::{Action, AddKeyAction};
use near_primitives::receipt::VersionedActionReceipt;
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, Gas};

use crate::errors::ChainError;
use crate::money::{add, add_gas, price};

/// When a fee is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// When the action leaves its sender, who may be the receiver.
    Send { to_self: bool },
    /// When it is executed.
    Execution,
}

/// What a transaction costs its signer at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TransactionCost {
    /// Burnt while the transaction becomes a receipt.
    pub(crate) gas_burnt: Gas,
    /// What that gas costs.
    pub(crate) burnt: Balance,
    /// The price at which the receipt's gas is bought.
    pub(crate) receipt_gas_price: Balance,
    /// Everything: burnt gas, the receipt's gas, deposits.
    pub(crate) total: Balance,
}

/// Computes what a transaction costs its signer at once.
pub(crate) fn transaction_cost(
    config: &RuntimeConfig,
    transaction: &Transaction,
    gas_price: Balance,
) -> Result<TransactionCost, ChainError> {
    let receiver = transaction.receiver_id();
    let due = Due::Send {
        to_self: transaction.signer_id() == receiver,
    };
    let mut gas_burnt = fee(&config.fees, ActionCosts::new_action_receipt, due, 1)?;
    gas_burnt = add_gas(gas_burnt, signature_fee(&config.fees, transaction))?;
    for action in transaction.actions() {
        gas_burnt = add_gas(gas_burnt, action_fee(config, action, receiver, due)?)?;
    }
    let burnt = price(gas_burnt, gas_price)?;
    let receipt_gas_price = gas_price.max(config.min_gas_purchase_price);
    let bought = receipt_gas(config, transaction.actions(), receiver)?;
    let total = add(
        add(burnt, price(bought, receipt_gas_price)?)?,
        deposits(transaction.actions())?,
    )?;
    Ok(TransactionCost {
        gas_burnt,
        burnt,
        receipt_gas_price,
        total,
    })
}

/// Returns the gas that is paid for with a receipt of these actions: the gas of
/// its calls and the fees of its execution.
pub(crate) fn receipt_gas(
    config: &RuntimeConfig,
    actions: &[Action],
    receiver: &AccountId,
) -> Result<Gas, ChainError> {
    let mut gas = new_receipt_execution(config);
    for action in actions {
        gas = add_gas(gas, action.get_prepaid_gas())?;
        gas = add_gas(gas, execution_fee(config, action, receiver)?)?;
    }
    Ok(gas)
}

/// Returns the tokens that are on their way with a receipt: deposits and gas.
pub(crate) fn receipt_tokens(
    config: &RuntimeConfig,
    predecessor: &AccountId,
    receiver: &AccountId,
    receipt: &VersionedActionReceipt<'_>,
) -> Result<Balance, ChainError> {
    let deposits = deposits(receipt.actions())?;
    if predecessor.is_system() {
        return Ok(deposits);
    }
    let gas = receipt_gas(config, receipt.actions(), receiver)?;
    add(deposits, price(gas, receipt.gas_price())?)
}

/// Returns the fee for executing a receipt, without its actions.
pub(crate) fn new_receipt_execution(config: &RuntimeConfig) -> Gas {
    config
        .fees
        .fee(ActionCosts::new_action_receipt)
        .exec_fee()
        .gas
}

/// Returns the fee for executing an action, without what a call burns.
pub(crate) fn execution_fee(
    config: &RuntimeConfig,
    action: &Action,
    receiver: &AccountId,
) -> Result<Gas, ChainError> {
    action_fee(config, action, receiver, Due::Execution)
}

/// Returns the sum of the actions' deposits.
pub(crate) fn deposits(actions: &[Action]) -> Result<Balance, ChainError> {
    actions.iter().try_fold(Balance::ZERO, |sum, action| {
        add(sum, action.get_deposit_balance())
    })
}

fn action_fee(
    config: &RuntimeConfig,
    action: &Action,
    receiver: &AccountId,
    due: Due,
) -> Result<Gas, ChainError> {
    let fees = &config.fees;
    let with_bytes = |base, byte, bytes: usize| -> Result<Gas, ChainError> {
        add_gas(
            fee(fees, base, due, 1)?,
            fee(fees, byte, due, bytes as u64)?,
        )
    };
    match action {
        Action::CreateAccount(_) => fee(fees, ActionCosts::create_account, due, 1),
        Action::DeployContract(deploy) => with_bytes(
            ActionCosts::deploy_contract_base,
            ActionCosts::deploy_contract_byte,
            deploy.code.len(),
        ),
        Action::FunctionCall(call) => with_bytes(
            ActionCosts::function_call_base,
            ActionCosts::function_call_byte,
            call.method_name.len() + call.args.len(),
        ),
        Action::Transfer(_) => Ok(transfer_fee(config, receiver, due)),
        Action::Stake(_) => fee(fees, ActionCosts::stake, due, 1),
        Action::AddKey(add_key) => match method_names_bytes(add_key) {
            None => fee(fees, ActionCosts::add_full_access_key, due, 1),
            Some(bytes) => with_bytes(
                ActionCosts::add_function_call_key_base,
                ActionCosts::add_function_call_key_byte,
                bytes,
            ),
        },
        Action::DeleteKey(_) => fee(fees, ActionCosts::delete_key, due, 1),
        Action::DeleteAccount(_) => fee(fees, ActionCosts::delete_account, due, 1),
        other => Err(ChainError::Inconsistent(format!(
            "no fee is known for {other:?}"
        ))),
    }
}

fn fee(
    fees: &RuntimeFeesConfig,
    cost: ActionCosts,
    due: Due,
    times: u64,
) -> Result<Gas, ChainError> {
    let fee = fees.fee(cost);
    let gas = match due {
        Due::Send { to_self } => fee.send_fee(to_self).gas,
        Due::Execution => fee.exec_fee().gas,
    };
    gas.checked_mul(times)
        .ok_or_else(|| ChainError::Inconsistent("fee overflows".to_owned()))
}

fn transfer_fee(config: &RuntimeConfig, receiver: &AccountId, due: Due) -> Gas {
    let kind = receiver.get_account_type();
    let implicit = config.wasm_config.eth_implicit_accounts;
    let universal = config.wasm_config.universal_accounts;
    match due {
        Due::Send { to_self } => {
            transfer_send_fee(&config.fees, to_self, implicit, universal, kind).gas
        }
        Due::Execution => transfer_exec_fee(&config.fees, implicit, universal, kind).gas,
    }
}

/// The bytes of the method names that a key is limited to, each with its end.
pub(crate) fn method_names_bytes(add_key: &AddKeyAction) -> Option<usize> {
    match &add_key.access_key.permission {
        AccessKeyPermission::FunctionCall(permission) => Some(
            permission
                .method_names
                .iter()
                .map(|name| name.len() + 1)
                .sum(),
        ),
        _ => None,
    }
}

fn signature_fee(fees: &RuntimeFeesConfig, transaction: &Transaction) -> Gas {
    let kind = match transaction.public_key().key_type() {
        KeyType::ED25519 => SignatureKind::Ed25519,
        KeyType::SECP256K1 => SignatureKind::Secp256k1,
        KeyType::MLDSA65 => SignatureKind::MlDsa65,
    };
    fees.signature_verification_costs[kind].gas
}
