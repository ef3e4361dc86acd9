//! Sums of tokens and gas that can't overflow unseen.

use near_primitives::types::{Balance, Gas};

use crate::errors::ChainError;

pub(crate) fn add(left: Balance, right: Balance) -> Result<Balance, ChainError> {
    left.checked_add(right)
        .ok_or_else(|| overflow("balance sum"))
}

pub(crate) fn subtract(left: Balance, right: Balance) -> Result<Balance, ChainError> {
    left.checked_sub(right)
        .ok_or_else(|| overflow("balance difference"))
}

pub(crate) fn price(gas: Gas, gas_price: Balance) -> Result<Balance, ChainError> {
    gas_price
        .checked_mul(u128::from(gas.as_gas()))
        .ok_or_else(|| overflow("price of gas"))
}

pub(crate) fn add_gas(left: Gas, right: Gas) -> Result<Gas, ChainError> {
    left.checked_add(right).ok_or_else(|| overflow("gas sum"))
}

pub(crate) fn subtract_gas(left: Gas, right: Gas) -> Result<Gas, ChainError> {
    left.checked_sub(right)
        .ok_or_else(|| overflow("gas difference"))
}

fn overflow(what: &str) -> ChainError {
    ChainError::Inconsistent(format!("{what} overflows"))
}
