//! What a receipt gives back, and what it burns.
//!
//! Gas is bought when the transaction is taken, at no less than NEAR's minimal
//! purchase price, and burnt at the block's price. What was not used, and the
//! difference of the prices, goes back to the signer; the deposits of a failed
//! receipt go back to whoever sent it (nearcore, `runtime/src/lib.rs`).

use near_parameters::ActionCosts;
use near_primitives::receipt::Receipt;
use near_primitives::types::{Balance, Gas};

use crate::actions::ReceiptWork;
use crate::block::BlockRun;
use crate::errors::ChainError;
use crate::fees::{deposits, receipt_gas};
use crate::money::{add, price, subtract, subtract_gas};

/// What a receipt's refund leaves to be burnt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refund {
    burn_price: Balance,
    penalty: Balance,
    account_charge: Balance,
}

impl BlockRun<'_> {
    /// Adds the refund receipts to what the receipt sends.
    pub(crate) fn refund(&mut self, work: &mut ReceiptWork<'_>) -> Result<Refund, ChainError> {
        let purchase_price = work.action.gas_price();
        let burn_price = purchase_price.min(self.context.gas_price);
        let nothing = Refund {
            burn_price,
            penalty: Balance::ZERO,
            account_charge: Balance::ZERO,
        };
        let deposits = deposits(work.action.actions())?;
        let has_failed = work.result.result.is_err();
        if work.receipt.predecessor_id().is_system() {
            if has_failed {
                self.burnt = add(self.burnt, deposits)?;
            }
            return Ok(nothing);
        }
        let unused = self.unused_gas(work)?;
        let penalty = self.context.config.fees.gas_penalty_for_gas_refund(unused);
        let surplus = price(work.result.gas_burnt, subtract(purchase_price, burn_price)?)?;
        let account_charge = self.account_charge(work, burn_price)?.min(surplus);
        let gas_refund = add(
            price(subtract_gas(unused, penalty)?, purchase_price)?,
            subtract(surplus, account_charge)?,
        )?;
        if has_failed && deposits > Balance::ZERO {
            let to = work.receipt.balance_refund_receiver();
            work.result
                .new_receipts
                .push(Receipt::new_balance_refund(to, deposits));
        }
        if gas_refund > Balance::ZERO {
            let key = work.action.signer_public_key().clone();
            let refund = Receipt::new_gas_refund(work.action.signer_id(), gas_refund, key);
            work.result.new_receipts.push(refund);
        }
        Ok(Refund {
            burn_price,
            penalty: price(penalty, purchase_price)?,
            account_charge,
        })
    }

    fn unused_gas(&self, work: &ReceiptWork<'_>) -> Result<Gas, ChainError> {
        let receiver = work.receipt.receiver_id();
        let bought = receipt_gas(&self.context.config, work.action.actions(), receiver)?;
        let spent = if work.result.result.is_ok() {
            work.result.gas_used
        } else {
            work.result.gas_burnt
        };
        subtract_gas(bought, spent)
    }

    /// What a new account costs beyond the gas of its creation.
    fn account_charge(
        &self,
        work: &ReceiptWork<'_>,
        burn_price: Balance,
    ) -> Result<Balance, ChainError> {
        let was_created =
            !work.account_existed && work.account.is_some() && work.result.result.is_ok();
        if !was_created {
            return Ok(Balance::ZERO);
        }
        let config = &self.context.config;
        let gas = config.fees.fee(ActionCosts::create_account).exec_fee().gas;
        Ok(config
            .account_creation_charge
            .saturating_sub(price(gas, burn_price)?))
    }

    /// Burns a receipt's gas, rewards the contract that spent it where NEAR still
    /// does so. Returns the tokens that the outcome shows as burnt.
    pub(crate) fn burn(
        &mut self,
        work: &ReceiptWork<'_>,
        refund: &Refund,
    ) -> Result<Balance, ChainError> {
        let is_refund = work.receipt.predecessor_id().is_system();
        let gas = if is_refund {
            Gas::ZERO
        } else {
            work.result.gas_burnt
        };
        let fees = add(refund.penalty, refund.account_charge)?;
        let tokens_burnt = add(price(gas, refund.burn_price)?, fees)?;
        let reward = self.reward(work, refund.burn_price)?;
        self.burnt = add(self.burnt, subtract(tokens_burnt, reward)?)?;
        Ok(tokens_burnt)
    }

    fn reward(
        &mut self,
        work: &ReceiptWork<'_>,
        burn_price: Balance,
    ) -> Result<Balance, ChainError> {
        let ratio = self.context.config.fees.burnt_gas_reward;
        let gas = u128::from(work.result.gas_burnt_for_calls.as_gas()) * *ratio.numer() as u128
            / *ratio.denom() as u128;
        let reward = price(Gas::from_gas(gas as u64), burn_price)?;
        let account_id = work.receipt.receiver_id();
        if reward == Balance::ZERO {
            return Ok(reward);
        }
        let Some(mut account) = self.overlay.account(account_id)? else {
            return Ok(Balance::ZERO);
        };
        account.set_amount(add(account.amount(), reward)?);
        self.overlay.set_account(account_id, &account);
        self.overlay.commit();
        Ok(reward)
    }
}
