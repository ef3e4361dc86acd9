//! Turning a signed transaction into a receipt, or refusing it.
//!
//! Nonce, key, permission, allowance, balance and storage stake are checked on
//! the state at hand; what passes pays for everything at once (nearcore,
//! `runtime/src/verifier.rs`).

use near_primitives::account::{AccessKey, AccessKeyPermission, Account, FunctionCallPermission};
use near_primitives::action::Action;
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::receipt::Receipt;
use near_primitives::transaction::{
    ExecutionMetadata, ExecutionOutcome, ExecutionOutcomeWithId, ExecutionStatus, NonceMode,
    SignedTransaction, Transaction, ValidatedTransaction,
};
use near_primitives::types::Balance;
use near_primitives::utils::create_receipt_id_from_transaction;

use crate::block::{BlockContext, BlockRun, Execution};
use crate::errors::ChainError;
use crate::fees::{TransactionCost, transaction_cost};
use crate::money::add;
use crate::stake::lacking_stake;
use crate::state::Overlay;
use crate::validation::validate_actions;

/// A transaction that may run: its signer as charged, and what it pays.
pub(crate) struct Charged {
    account: Account,
    access_key: AccessKey,
    cost: TransactionCost,
}

/// Checks a transaction on a state and computes what it does to its signer.
pub(crate) fn verify(
    context: &BlockContext,
    overlay: &Overlay<'_>,
    signed: &SignedTransaction,
) -> Result<Charged, InvalidTxError> {
    let config = &context.config;
    let transaction = &signed.transaction;
    let limits = &config.wasm_config.limit_config;
    validate_actions(limits, transaction.actions(), context.protocol_version)
        .map_err(InvalidTxError::ActionsValidation)?;
    ValidatedTransaction::new(config, signed.clone(), context.protocol_version)
        .map_err(|(error, _)| error)?;
    let cost = transaction_cost(config, transaction, context.gas_price)
        .map_err(|_| InvalidTxError::CostOverflow)?;
    charge(context, overlay, transaction, cost)
}

fn charge(
    context: &BlockContext,
    overlay: &Overlay<'_>,
    transaction: &Transaction,
    cost: TransactionCost,
) -> Result<Charged, InvalidTxError> {
    let (mut account, mut access_key) = signer(overlay, transaction)?;
    check_nonce(context, transaction, &access_key)?;
    let (signer_id, balance) = (transaction.signer_id().clone(), account.amount());
    let Some(amount) = balance.checked_sub(cost.total) else {
        return Err(InvalidTxError::NotEnoughBalance {
            signer_id,
            balance,
            cost: cost.total,
        });
    };
    account.set_amount(amount);
    spend_allowance(transaction, &mut access_key, cost.total)?;
    if let Some(amount) = lacking_stake(&context.config, &account) {
        return Err(InvalidTxError::LackBalanceForState { signer_id, amount });
    }
    if let AccessKeyPermission::FunctionCall(permission) = &access_key.permission {
        check_permission(transaction, permission).map_err(InvalidTxError::InvalidAccessKeyError)?;
    }
    access_key.nonce = transaction.nonce().nonce();
    Ok(Charged {
        account,
        access_key,
        cost,
    })
}

fn signer(
    overlay: &Overlay<'_>,
    transaction: &Transaction,
) -> Result<(Account, AccessKey), InvalidTxError> {
    let signer_id = transaction.signer_id();
    let absent = || InvalidTxError::SignerDoesNotExist {
        signer_id: signer_id.clone(),
    };
    let account = overlay
        .account(signer_id)
        .ok()
        .flatten()
        .ok_or_else(absent)?;
    let public_key = transaction.public_key();
    let access_key = overlay
        .access_key(signer_id, public_key)
        .ok()
        .flatten()
        .ok_or_else(|| {
            InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::AccessKeyNotFound {
                account_id: signer_id.clone(),
                public_key: public_key.clone().into(),
            })
        })?;
    Ok((account, access_key))
}

fn check_nonce(
    context: &BlockContext,
    transaction: &Transaction,
    access_key: &AccessKey,
) -> Result<(), InvalidTxError> {
    let nonce = transaction.nonce();
    if nonce.nonce_index().is_some() {
        let tx_nonce_index = nonce.nonce_index();
        return Err(InvalidTxError::InvalidNonceIndex {
            tx_nonce_index,
            num_nonces: 0,
        });
    }
    let (tx_nonce, ak_nonce) = (nonce.nonce(), access_key.nonce);
    let is_next = match transaction.nonce_mode() {
        NonceMode::Monotonic => tx_nonce > ak_nonce,
        NonceMode::Strict => ak_nonce.checked_add(1) == Some(tx_nonce),
    };
    if !is_next {
        return Err(InvalidTxError::InvalidNonce { tx_nonce, ak_nonce });
    }
    let upper_bound = context
        .height
        .saturating_mul(AccessKey::ACCESS_KEY_NONCE_RANGE_MULTIPLIER);
    if tx_nonce >= upper_bound {
        return Err(InvalidTxError::NonceTooLarge {
            tx_nonce,
            upper_bound,
        });
    }
    Ok(())
}

fn spend_allowance(
    transaction: &Transaction,
    access_key: &mut AccessKey,
    cost: Balance,
) -> Result<(), InvalidTxError> {
    let AccessKeyPermission::FunctionCall(permission) = &mut access_key.permission else {
        return Ok(());
    };
    let Some(allowance) = permission.allowance else {
        return Ok(());
    };
    let left = allowance.checked_sub(cost).ok_or_else(|| {
        InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance {
            account_id: transaction.signer_id().clone(),
            public_key: transaction.public_key().clone().into(),
            allowance,
            cost,
        })
    })?;
    permission.allowance = Some(left);
    Ok(())
}

fn check_permission(
    transaction: &Transaction,
    permission: &FunctionCallPermission,
) -> Result<(), InvalidAccessKeyError> {
    let [Action::FunctionCall(call)] = transaction.actions() else {
        return Err(InvalidAccessKeyError::RequiresFullAccess);
    };
    if call.deposit > Balance::ZERO {
        return Err(InvalidAccessKeyError::DepositWithFunctionCall);
    }
    if transaction.receiver_id().as_str() != permission.receiver_id {
        return Err(InvalidAccessKeyError::ReceiverMismatch {
            tx_receiver: transaction.receiver_id().clone(),
            ak_receiver: permission.receiver_id.clone(),
        });
    }
    let names = &permission.method_names;
    if !names.is_empty() && !names.contains(&call.method_name) {
        let method_name = call.method_name.clone();
        return Err(InvalidAccessKeyError::MethodNameMismatch { method_name });
    }
    Ok(())
}

impl BlockRun<'_> {
    /// Runs a transaction. Returns its receipt if the signer is the receiver,
    /// which makes it due in this very block; other receipts are sent.
    pub(crate) fn take_transaction(
        &mut self,
        signed: &SignedTransaction,
    ) -> Result<Option<Receipt>, ChainError> {
        let signer_id = signed.transaction.signer_id().clone();
        let charged = match verify(self.context, &self.overlay, signed) {
            Ok(charged) => charged,
            Err(error) => {
                let outcome = ExecutionOutcomeWithId::failed(signed, error).outcome;
                let id = signed.get_hash();
                self.outcomes.push(Execution {
                    id,
                    predecessor: signer_id,
                    outcome,
                });
                return Ok(None);
            }
        };
        let receipt = self.charge_transaction(signed, charged)?;
        self.made.push(receipt.clone());
        if receipt.receiver_id() == &signer_id {
            return Ok(Some(receipt));
        }
        self.outgoing.push(receipt);
        Ok(None)
    }

    fn charge_transaction(
        &mut self,
        signed: &SignedTransaction,
        charged: Charged,
    ) -> Result<Receipt, ChainError> {
        let Charged {
            account,
            access_key,
            cost,
        } = charged;
        let transaction = &signed.transaction;
        let signer_id = transaction.signer_id();
        self.overlay.set_account(signer_id, &account);
        self.overlay
            .set_access_key(signer_id, transaction.public_key(), &access_key);
        self.overlay.commit();
        self.burnt = add(self.burnt, cost.burnt)?;
        let receipt_id =
            create_receipt_id_from_transaction(&signed.get_hash(), self.context.height);
        let outcome = ExecutionOutcome {
            logs: Vec::new(),
            receipt_ids: vec![receipt_id],
            gas_burnt: cost.gas_burnt,
            compute_usage: None,
            tokens_burnt: cost.burnt,
            executor_id: signer_id.clone(),
            status: ExecutionStatus::SuccessReceiptId(receipt_id),
            metadata: ExecutionMetadata::V1,
        };
        let id = signed.get_hash();
        self.outcomes.push(Execution {
            id,
            predecessor: signer_id.clone(),
            outcome,
        });
        Ok(Receipt::from_tx(
            receipt_id,
            signer_id.clone(),
            transaction.receiver_id().clone(),
            transaction.public_key().clone(),
            cost.receipt_gas_price,
            transaction.actions().to_vec(),
        ))
    }
}
