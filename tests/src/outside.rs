//! Contracts of others on the local chain, beside the enclave or without it.
//!
//! A chain goes in, with a contract deployed to an account it comes out. What the contracts do is told in
//! `samples/outside/token` and `tests/outside`. It knows nothing of the enclave.

use crate::vm::{account, artefact};
use conclave_localnet::{Balance, Chain, FunctionCall, TransactionOutcome, dev_signer};
use serde_json::{Value, json};

/// What an account gets that is created for a contract.
const BALANCE: Balance = Balance::from_near(1_000);

/// What `storage_deposit` of the token takes for one account.
const REGISTRATION: Balance = Balance::from_millinear(100);

/// A contract that is deployed as it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// The token of `samples/outside/token`. It needs protocol 88, as its version of near-sdk does.
    Token,
    /// The instrument of `tests/outside`.
    Instrument,
}

impl Outside {
    fn file(self) -> &'static str {
        match self {
            Self::Token => "outside-token.wasm",
            Self::Instrument => "outside-instrument.wasm",
        }
    }
}

/// Deploys a contract to an account, which is created with 1,000 NEAR where it is not there.
///
/// # Panics
/// When the contract is not built, or the chain refuses it.
pub fn deploy(chain: &mut Chain, id: &str, contract: Outside) {
    let id = account(id);
    if chain.account(&id).is_none() {
        chain.create_account(&id, BALANCE).expect("an account");
    }
    let outcome = chain.deploy(&dev_signer(&id), artefact(contract.file()));
    let outcome = outcome.expect("a transaction that can be sent");
    assert!(outcome.is_success(), "{:?}", outcome.failure());
}

/// Deploys the token to an account and gives all of it to an owner.
///
/// # Panics
/// When it can't be deployed, or refuses its owner or supply.
pub fn deploy_token(chain: &mut Chain, id: &str, owner: &str, supply: u128) {
    deploy(chain, id, Outside::Token);
    let metadata = json!({"spec": "ft-1.0.0", "name": "Wool", "symbol": "WOOL", "decimals": 0});
    let args = json!({"owner_id": owner, "total_supply": supply.to_string(), "metadata": metadata});
    must(chain, id, id, FunctionCall::json("new", &args));
}

/// Registers an account with the token of another, which pays for it.
///
/// # Panics
/// When the token refuses it.
pub fn register(chain: &mut Chain, token: &str, id: &str) {
    let call = FunctionCall::json("storage_deposit", &json!({"account_id": id}));
    must(chain, token, token, call.deposit(REGISTRATION));
}

/// Returns how much of a token an account has.
///
/// # Panics
/// When there is no token.
#[must_use]
pub fn tokens(chain: &Chain, token: &str, id: &str) -> u128 {
    let args = json!({"account_id": id}).to_string();
    let outcome = chain.view(&account(token), "ft_balance_of", args.as_bytes());
    let amount = outcome.expect("a token").json();
    let amount = amount.as_ref().and_then(Value::as_str).expect("a text");
    amount.parse().expect("an amount")
}

/// Calls a contract of an account in a transaction of `who`.
///
/// # Panics
/// When the transaction can't be sent.
pub fn call(chain: &mut Chain, who: &str, id: &str, call: FunctionCall) -> TransactionOutcome {
    let outcome = chain.call(&dev_signer(&account(who)), &account(id), call);
    outcome.expect("a transaction that can be sent")
}

fn must(chain: &mut Chain, who: &str, id: &str, wanted: FunctionCall) {
    let outcome = call(chain, who, id, wanted);
    assert!(outcome.is_success(), "{:?}", outcome.failure());
}
