//! A fungible token of NEP-141 as anyone deploys it: the standard's own implementation and nothing else.
//!
//! In: calls of the methods of NEP-141 (`ft_…`), NEP-145 (`storage_…`) and NEP-148 (`ft_metadata`), and
//! `new` once. Out: balances in storage, events of NEP-297, promises to receivers of `ft_transfer_call`.
//! It knows nothing of the enclave: to each other they are accounts that send receipts. What a balance
//! may become is the business of `near-contract-standards`.
#![allow(
    missing_docs,
    reason = "near-sdk's macros make public items of their own"
)]

use near_contract_standards::fungible_token::metadata::{
    FungibleTokenMetadata, FungibleTokenMetadataProvider,
};
use near_contract_standards::fungible_token::{
    FungibleToken, FungibleTokenCore, FungibleTokenResolver,
};
use near_contract_standards::storage_management::{
    StorageBalance, StorageBalanceBounds, StorageManagement,
};
use near_sdk::json_types::U128;
use near_sdk::{AccountId, NearToken, PanicOnDefault, PromiseOrValue, near};

/// Before the keys of balances.
const BALANCES: &[u8] = b"b";

/// A token: who has how much of it, and what it is called.
#[near(contract_state)]
#[derive(PanicOnDefault)]
pub struct Token {
    balances: FungibleToken,
    metadata: FungibleTokenMetadata,
}

#[near]
impl Token {
    /// Gives all there will ever be to one account.
    ///
    /// # Panics
    /// When the metadata is not that of NEP-148, or the token is there already.
    #[init]
    pub fn new(owner_id: AccountId, total_supply: U128, metadata: FungibleTokenMetadata) -> Self {
        metadata.assert_valid();
        let mut balances = FungibleToken::new(BALANCES);
        balances.internal_register_account(&owner_id);
        balances.internal_deposit(&owner_id, total_supply.0);
        Self { balances, metadata }
    }
}

#[near]
impl FungibleTokenCore for Token {
    #[payable]
    fn ft_transfer(&mut self, receiver_id: AccountId, amount: U128, memo: Option<String>) {
        self.balances.ft_transfer(receiver_id, amount, memo);
    }

    #[payable]
    fn ft_transfer_call(
        &mut self,
        receiver_id: AccountId,
        amount: U128,
        memo: Option<String>,
        msg: String,
    ) -> PromiseOrValue<U128> {
        self.balances
            .ft_transfer_call(receiver_id, amount, memo, msg)
    }

    fn ft_total_supply(&self) -> U128 {
        self.balances.ft_total_supply()
    }

    fn ft_balance_of(&self, account_id: AccountId) -> U128 {
        self.balances.ft_balance_of(account_id)
    }
}

#[near]
impl FungibleTokenResolver for Token {
    #[private]
    fn ft_resolve_transfer(
        &mut self,
        sender_id: AccountId,
        receiver_id: AccountId,
        amount: U128,
    ) -> U128 {
        self.balances
            .ft_resolve_transfer(sender_id, receiver_id, amount)
    }
}

#[near]
impl StorageManagement for Token {
    #[payable]
    fn storage_deposit(
        &mut self,
        account_id: Option<AccountId>,
        registration_only: Option<bool>,
    ) -> StorageBalance {
        self.balances.storage_deposit(account_id, registration_only)
    }

    #[payable]
    fn storage_withdraw(&mut self, amount: Option<NearToken>) -> StorageBalance {
        self.balances.storage_withdraw(amount)
    }

    #[payable]
    fn storage_unregister(&mut self, force: Option<bool>) -> bool {
        self.balances.storage_unregister(force)
    }

    fn storage_balance_bounds(&self) -> StorageBalanceBounds {
        self.balances.storage_balance_bounds()
    }

    fn storage_balance_of(&self, account_id: AccountId) -> Option<StorageBalance> {
        self.balances.storage_balance_of(account_id)
    }
}

#[near]
impl FungibleTokenMetadataProvider for Token {
    fn ft_metadata(&self) -> FungibleTokenMetadata {
        self.metadata.clone()
    }
}
