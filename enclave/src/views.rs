//! Exports that only read: what is there, the root over it, and proofs.

use crate::access::Readable;
use crate::code::unknown;
use crate::execution::{Execution, Mode};
use crate::platform::Platform;
use crate::record::AccountPayload;
use crate::request;
use crate::serve::answer;
use crate::span::Span;
use crate::state::storage_key;
use crate::tokens::Held;
use conclave_abi::error::Failure;
use conclave_abi::key::Kind;
use conclave_abi::request::{List, Named, Proof, Prove, StateRoot, Subcontract, Subcontracts};
use conclave_abi::tokens::TokensHeld;
use serde::Deserialize;
use std::ops::ControlFlow;

/// How many subcontracts a page lists unless told, and at most.
const PAGE: (u32, u32) = (50, 100);

/// Most tokens of which it is told what a subcontract holds.
const TOKENS_MAX: usize = 100;

/// A request without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// An input, or an object without fields for an empty one.
pub(crate) fn or_empty(input: Vec<u8>) -> Vec<u8> {
    if input.is_empty() {
        b"{}".to_vec()
    } else {
        input
    }
}

/// `state_root`
pub(crate) fn state_root<P: Platform>(platform: P) -> Result<(), Failure> {
    let Nothing {} = request::read(&or_empty(platform.input()), "{}")?;
    let execution = Execution::new(platform, Mode::View);
    let root = hex::encode(execution.state.root()?);
    answer(execution.platform(), &StateRoot { root });
    Ok(())
}

/// `proof`
pub(crate) fn proof<P: Platform>(platform: P) -> Result<(), Failure> {
    let form = "{\"id\": \"label@account\", \"key\": text}";
    let Prove { id, key } = request::read(&platform.input(), form)?;
    request::check_id(&id)?;
    let key = storage_key(&key)?;
    let execution = Execution::new(platform, Mode::View);
    let value = execution
        .state
        .value(&execution.journal.borrow(), &id, &key)?;
    let proved = execution.state.prove(&id, &key)?;
    let proof = Proof {
        root: hex::encode(proved.root),
        value: value.map(hex::encode),
        proof: hex::encode(proved.proof),
    };
    answer(execution.platform(), &proof);
    Ok(())
}

pub(crate) fn existing<P: Platform>(
    execution: &Execution<P>,
    id: &str,
) -> Result<(conclave_nested_trie::Account, AccountPayload), Failure> {
    execution.state.account(id)?.ok_or_else(|| unknown(id))
}

pub(crate) fn subcontract<P: Platform>(platform: P) -> Result<(), Failure> {
    let Named { id } = request::read(&platform.input(), "{\"id\": \"label@account\"}")?;
    request::check_id(&id)?;
    let execution = Execution::new(platform, Mode::View);
    let found = Subcontract {
        tokens: tokens(&execution, &id)?,
        ..describe(&execution, &id)?
    };
    answer(execution.platform(), &found);
    Ok(())
}

/// What is known about a subcontract. Of its keys, those of its storage are counted.
fn describe<P: Platform>(execution: &Execution<P>, id: &str) -> Result<Subcontract, Failure> {
    let (_, payload) = existing(execution, id)?;
    let (methods, is_stale) = execution.methods(id, payload.code_hash)?;
    let of = Readable {
        id: id.to_owned(),
        span: Span::of_name("")?,
    };
    Ok(Subcontract {
        id: id.to_owned(),
        owner: payload.owner,
        code_hash: hex::encode(payload.code_hash),
        code_bytes: u64::from(payload.code_bytes),
        balance_yocto: payload.balance_yocto.to_string(),
        storage_bytes: payload.billed_bytes,
        keys: execution.count(&of)?,
        methods,
        is_stale,
        tokens: Vec::new(),
    })
}

/// What a subcontract holds of tokens outside.
fn tokens<P: Platform>(execution: &Execution<P>, id: &str) -> Result<Vec<TokensHeld>, Failure> {
    let mut tokens = Vec::new();
    let first = Kind::Tokens.key("");
    execution.state.entries(id, &first, &mut |key, _| {
        Ok(match Kind::Tokens.name(key) {
            Some(token) if tokens.len() < TOKENS_MAX => {
                tokens.push(token.to_owned());
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        })
    })?;
    let held = |token: String| {
        let Held { amount, on_the_way } = execution.held(id, &token)?;
        Ok(TokensHeld {
            token,
            amount: amount.to_string(),
            on_the_way,
        })
    };
    tokens.into_iter().map(held).collect()
}

pub(crate) fn subcontracts<P: Platform>(platform: P) -> Result<(), Failure> {
    let List { from, limit } = request::read(
        &or_empty(platform.input()),
        "{\"from\"?: id, \"limit\"?: number}",
    )?;
    let limit = limit.unwrap_or(PAGE.0).clamp(1, PAGE.1) as usize;
    let execution = Execution::new(platform, Mode::View);
    let (ids, next) = execution.state.subcontracts(&from, limit)?;
    let subcontracts = ids
        .iter()
        .map(|id| describe(&execution, id))
        .collect::<Result<_, _>>()?;
    answer(execution.platform(), &Subcontracts { subcontracts, next });
    Ok(())
}
