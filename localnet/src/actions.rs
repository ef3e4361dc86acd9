//! What each action does to the account that receives it.
//!
//! An action either changes the receipt's account and writes, or fails the
//! receipt with NEAR's own error; a `ChainError` means that the state itself is
//! wrong (nearcore, `runtime/src/actions.rs`).

use std::sync::Arc;

use near_primitives::account::id::AccountType;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::action::{
    Action, AddKeyAction, DeleteAccountAction, DeleteKeyAction, DeployContractAction, StakeAction,
};
use near_primitives::errors::ActionErrorKind;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{Receipt, VersionedActionReceipt};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance};
use near_vm_runner::logic::types::PromiseResult;

use crate::block::BlockRun;
use crate::errors::ChainError;
use crate::execution::ReceiptResult;
use crate::money::add;
use crate::promises::action_error;
use crate::stake::access_key_bytes;
use crate::state::{access_key_prefix, contract_data_prefix};

/// A receipt at work.
pub(crate) struct ReceiptWork<'r> {
    pub(crate) receipt: &'r Receipt,
    pub(crate) action: &'r VersionedActionReceipt<'r>,
    pub(crate) account_existed: bool,
    pub(crate) account: Option<Account>,
    /// On whose behalf the next action runs.
    pub(crate) actor: AccountId,
    pub(crate) promise_results: Arc<[PromiseResult]>,
    pub(crate) proof_bytes_before: usize,
    pub(crate) result: ReceiptResult,
}

/// What an action does not do, and why.
type Refused = Result<(), ActionErrorKind>;

impl BlockRun<'_> {
    /// Runs one action. A refusal ends up in the receipt's result.
    pub(crate) fn run_action(
        &mut self,
        work: &mut ReceiptWork<'_>,
        action: &Action,
        action_hash: CryptoHash,
        is_last: bool,
    ) -> Result<(), ChainError> {
        let allowed = check_existence(work, action).and_then(|()| check_permission(work, action));
        if let Err(kind) = allowed {
            work.result.fail(action_error(kind));
            return Ok(());
        }
        let done = match action {
            Action::FunctionCall(call) => {
                return self.run_call(work, call, action_hash, is_last);
            }
            Action::CreateAccount(_) => self.create_account(work),
            Action::DeployContract(deploy) => self.deploy(work, deploy)?,
            Action::Transfer(transfer) => self.transfer(work, transfer.deposit)?,
            Action::Stake(stake) => refuse_stake(work, stake),
            Action::AddKey(add_key) => self.add_key(work, add_key)?,
            Action::DeleteKey(delete_key) => self.delete_key(work, delete_key)?,
            Action::DeleteAccount(delete) => self.delete_account(work, delete)?,
            other => {
                return Err(ChainError::Inconsistent(format!(
                    "{other:?} passed validation"
                )));
            }
        };
        if let Err(kind) = done {
            work.result.fail(action_error(kind));
        }
        Ok(())
    }

    fn create_account(&self, work: &mut ReceiptWork<'_>) -> Refused {
        let account_id = work.receipt.receiver_id();
        let predecessor_id = work.receipt.predecessor_id();
        let rules = &self.context.config.account_creation_config;
        if account_id.is_top_level() {
            let is_short =
                account_id.len() < usize::from(rules.min_allowed_top_level_account_length);
            if is_short && *predecessor_id != rules.registrar_account_id {
                return Err(ActionErrorKind::CreateAccountOnlyByRegistrar {
                    account_id: account_id.clone(),
                    registrar_account_id: rules.registrar_account_id.clone(),
                    predecessor_id: predecessor_id.clone(),
                });
            }
        } else if !account_id.is_sub_account_of(predecessor_id) {
            return Err(ActionErrorKind::CreateAccountNotAllowed {
                account_id: account_id.clone(),
                predecessor_id: predecessor_id.clone(),
            });
        }
        work.actor = account_id.clone();
        work.account = Some(self.new_account(Balance::ZERO, 0));
        Ok(())
    }

    fn new_account(&self, amount: Balance, extra_bytes: u64) -> Account {
        let bytes = self
            .context
            .config
            .fees
            .storage_usage_config
            .num_bytes_account;
        Account::new(
            amount,
            Balance::ZERO,
            AccountContract::None,
            bytes + extra_bytes,
        )
    }

    fn deploy(
        &mut self,
        work: &mut ReceiptWork<'_>,
        deploy: &DeployContractAction,
    ) -> Result<Refused, ChainError> {
        let account_id = work.receipt.receiver_id();
        let before = self.contract_bytes(account_id);
        let account = existing(&mut work.account)?;
        let hash = CryptoHash::hash_bytes(&deploy.code);
        let usage = account.storage_usage().saturating_sub(before) + deploy.code.len() as u64;
        account.set_storage_usage(usage);
        account
            .set_contract(AccountContract::Local(hash))
            .map_err(inconsistent)?;
        let key = TrieKey::ContractCode {
            account_id: account_id.clone(),
        };
        self.overlay.set(key.to_vec(), &deploy.code);
        Ok(Ok(()))
    }

    fn contract_bytes(&self, account_id: &AccountId) -> u64 {
        let key = TrieKey::ContractCode {
            account_id: account_id.clone(),
        };
        self.overlay
            .get(&key.to_vec())
            .map_or(0, |code| code.len() as u64)
    }

    fn transfer(
        &mut self,
        work: &mut ReceiptWork<'_>,
        deposit: Balance,
    ) -> Result<Refused, ChainError> {
        let account_id = work.receipt.receiver_id();
        if let Some(account) = &mut work.account {
            account.set_amount(add(account.amount(), deposit)?);
            let is_refund = work.receipt.predecessor_id().is_system();
            if is_refund && work.action.signer_id() == account_id {
                self.refund_allowance(work, deposit)?;
            }
            return Ok(Ok(()));
        }
        let public_key = near_crypto::PublicKey::from_near_implicit_account(account_id)
            .map_err(|error| ChainError::Inconsistent(error.to_string()))?;
        let access_key = self.first_access_key();
        let bytes = access_key_bytes(&self.context.config, &public_key, &access_key);
        self.overlay
            .set_access_key(account_id, &public_key, &access_key);
        work.actor = account_id.clone();
        work.account = Some(self.new_account(deposit, bytes));
        Ok(Ok(()))
    }

    /// Gives a gas refund back to the allowance of the key that paid for it.
    fn refund_allowance(
        &mut self,
        work: &ReceiptWork<'_>,
        deposit: Balance,
    ) -> Result<(), ChainError> {
        let account_id = work.receipt.receiver_id();
        let public_key = work.action.signer_public_key();
        let Some(mut access_key) = self.overlay.access_key(account_id, public_key)? else {
            return Ok(());
        };
        let permission = access_key.permission.function_call_permission_mut();
        let Some(allowance) = permission.and_then(|it| it.allowance.as_mut()) else {
            return Ok(());
        };
        *allowance = allowance.saturating_add(deposit);
        self.overlay
            .set_access_key(account_id, public_key, &access_key);
        Ok(())
    }

    fn first_access_key(&self) -> AccessKey {
        AccessKey {
            nonce: self.first_nonce(),
            ..AccessKey::full_access()
        }
    }

    /// The nonce of a new key, so that no old transaction can run again.
    fn first_nonce(&self) -> u64 {
        (self.context.height - 1) * AccessKey::ACCESS_KEY_NONCE_RANGE_MULTIPLIER
    }

    fn add_key(
        &mut self,
        work: &mut ReceiptWork<'_>,
        add_key: &AddKeyAction,
    ) -> Result<Refused, ChainError> {
        let account_id = work.receipt.receiver_id();
        let public_key = &add_key.public_key;
        if self.overlay.access_key(account_id, public_key)?.is_some() {
            return Ok(Err(ActionErrorKind::AddKeyAlreadyExists {
                account_id: account_id.clone(),
                public_key: Box::new(public_key.clone()),
            }));
        }
        let access_key = AccessKey {
            nonce: self.first_nonce(),
            ..add_key.access_key.clone()
        };
        let bytes = access_key_bytes(&self.context.config, public_key, &access_key);
        self.overlay
            .set_access_key(account_id, public_key, &access_key);
        let account = existing(&mut work.account)?;
        account.set_storage_usage(account.storage_usage() + bytes);
        Ok(Ok(()))
    }

    fn delete_key(
        &mut self,
        work: &mut ReceiptWork<'_>,
        delete_key: &DeleteKeyAction,
    ) -> Result<Refused, ChainError> {
        let account_id = work.receipt.receiver_id();
        let public_key = &delete_key.public_key;
        let key = TrieKey::access_key(account_id.clone(), public_key.clone());
        let Some(access_key) = self.overlay.take::<AccessKey>(&key)? else {
            return Ok(Err(ActionErrorKind::DeleteKeyDoesNotExist {
                account_id: account_id.clone(),
                public_key: Box::new(public_key.clone()),
            }));
        };
        let bytes = access_key_bytes(&self.context.config, public_key, &access_key);
        let account = existing(&mut work.account)?;
        account.set_storage_usage(account.storage_usage().saturating_sub(bytes));
        Ok(Ok(()))
    }

    fn delete_account(
        &mut self,
        work: &mut ReceiptWork<'_>,
        delete: &DeleteAccountAction,
    ) -> Result<Refused, ChainError> {
        let account_id = work.receipt.receiver_id();
        let account = existing(&mut work.account)?;
        let bytes = account
            .storage_usage()
            .saturating_sub(self.contract_bytes(account_id));
        if bytes > Account::MAX_ACCOUNT_DELETION_STORAGE_USAGE {
            let account_id = account_id.clone();
            return Ok(Err(ActionErrorKind::DeleteAccountWithLargeState {
                account_id,
            }));
        }
        let amount = account.amount();
        if amount > Balance::ZERO {
            let refund = Receipt::new_balance_refund(&delete.beneficiary_id, amount);
            work.result.new_receipts.push(refund);
        }
        self.remove_records(account_id);
        work.actor = work.receipt.predecessor_id().clone();
        work.account = None;
        Ok(Ok(()))
    }

    fn remove_records(&mut self, account_id: &AccountId) {
        self.overlay.remove(
            TrieKey::Account {
                account_id: account_id.clone(),
            }
            .to_vec(),
        );
        self.overlay.remove(
            TrieKey::ContractCode {
                account_id: account_id.clone(),
            }
            .to_vec(),
        );
        for prefix in [
            access_key_prefix(account_id),
            contract_data_prefix(account_id),
        ] {
            for key in self.overlay.keys_with_prefix(&prefix) {
                self.overlay.remove(key);
            }
        }
    }
}

/// Refuses an action on an account that is absent, or present where it must not be.
fn check_existence(work: &ReceiptWork<'_>, action: &Action) -> Refused {
    let account_id = work.receipt.receiver_id().clone();
    let kind = account_id.get_account_type();
    let absent = || {
        Err(ActionErrorKind::AccountDoesNotExist {
            account_id: account_id.clone(),
        })
    };
    match (action, &work.account) {
        (Action::CreateAccount(_), Some(_)) => {
            Err(ActionErrorKind::AccountAlreadyExists { account_id })
        }
        (Action::CreateAccount(_), None) if kind != AccountType::NamedAccount => {
            Err(ActionErrorKind::OnlyImplicitAccountCreationAllowed { account_id })
        }
        (Action::CreateAccount(_), None) => Ok(()),
        (Action::Transfer(_), None) => {
            let is_refund = work.receipt.predecessor_id().is_system();
            let is_alone = work.action.actions().len() == 1;
            let can_begin = kind == AccountType::NearImplicitAccount && is_alone && !is_refund;
            if can_begin { Ok(()) } else { absent() }
        }
        (_, None) => absent(),
        (_, Some(_)) => Ok(()),
    }
}

/// Refuses what only the account itself may do.
fn check_permission(work: &ReceiptWork<'_>, action: &Action) -> Refused {
    let account_id = work.receipt.receiver_id();
    let is_private = matches!(
        action,
        Action::DeployContract(_)
            | Action::Stake(_)
            | Action::AddKey(_)
            | Action::DeleteKey(_)
            | Action::DeleteAccount(_)
    );
    if is_private && work.actor != *account_id {
        return Err(ActionErrorKind::ActorNoPermission {
            account_id: account_id.clone(),
            actor_id: work.actor.clone(),
        });
    }
    Ok(())
}

/// There are no validators, so no stake is ever enough.
fn refuse_stake(work: &ReceiptWork<'_>, stake: &StakeAction) -> Refused {
    let account_id = work.receipt.receiver_id().clone();
    if stake.stake == Balance::ZERO {
        return Err(ActionErrorKind::TriesToUnstake { account_id });
    }
    Err(ActionErrorKind::InsufficientStake {
        account_id,
        stake: stake.stake,
        minimum_stake: Balance::MAX,
    })
}

fn existing(account: &mut Option<Account>) -> Result<&mut Account, ChainError> {
    account
        .as_mut()
        .ok_or_else(|| ChainError::Inconsistent("the account is absent".to_owned()))
}

fn inconsistent(error: impl std::fmt::Debug) -> ChainError {
    ChainError::Inconsistent(format!("{error:?}"))
}
