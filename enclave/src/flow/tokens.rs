//! NEP-141 tokens that come into the enclave, leave it, and come back: what of it moves in the books
//! (`tokens.rs`, docs/adr/0084).
//!
//! Guards: tokens leave only from what their subcontract holds, whatever their account is known for; and
//! what a call gave back is believed only where NEAR can't have told of it too late.

use super::resume::check_private;
use crate::execution::{Execution, Mode};
use crate::outbox::{Outside, TokenMove};
use crate::platform::{Planned, Platform, Received};
use crate::request;
use crate::serve::answer;
use crate::tokens::Change;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::tokens::{MovedTokens, ReturnTokens, TokenWay};
use conclave_abi::value::{Value, safe_integer};
use conclave_engine::port::OutsideAction;

/// Longest answer in which a token says how many: more than the digits of any amount.
const ANSWER_BYTES_MAX: u64 = 64;
/// Gas of [`return_tokens`]. Measured: 3.6 T, also where the method returned 4 MiB, which are not read.
pub(super) const RETURN_GAS: u64 = 12_000_000_000_000;

/// Tokens that came with the call that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The token's account.
    pub(crate) token: String,
    /// How many came.
    pub(crate) amount: u128,
    /// How many of them go back, once the method has said it.
    pub(crate) unused: u128,
}

/// An amount of tokens as digits, in their shortest form: so nobody reads another number than we do.
pub(crate) fn amount_of(digits: &str) -> Option<u128> {
    let amount: u128 = digits.parse().ok()?;
    (amount.to_string() == digits).then_some(amount)
}

/// How many tokens a call is told to move.
fn amount_to_move(args: &Value) -> Option<u128> {
    let Value::Object(fields) = args else {
        return None;
    };
    let mut amounts = fields.iter().filter(|(name, _)| name == "amount");
    let (_, amount) = amounts.next()?;
    match (amount, amounts.next()) {
        (Value::String(digits), None) => amount_of(digits),
        (Value::BigInt(amount), None) => amount_of(&amount.to_string()),
        _ => None,
    }
}

/// How many tokens a method gives back by what it returns.
fn unused(value: &Value) -> u128 {
    let amount = match value {
        Value::Number(number) => safe_integer(*number).map(u128::from),
        Value::BigInt(amount) => amount_of(&amount.to_string()),
        Value::String(digits) => amount_of(digits),
        _ => None,
    };
    amount.unwrap_or(0)
}

/// The amount in an answer as JSON.
fn amount_in(received: Received) -> Option<Value> {
    match received {
        Received::Bytes(bytes) => serde_json::from_slice(&bytes).ok(),
        Received::Failed | Received::TooLong(_) => None,
    }
}

impl TokenMove {
    /// What the move takes when it begins.
    fn leaves(self) -> Change {
        match self.way {
            TokenWay::NearDeposit => Change::Leaves(0),
            TokenWay::FtTransfer | TokenWay::FtTransferCall => Change::Leaves(self.amount),
        }
    }

    /// How the move is told to who is called when it has been answered.
    pub(super) fn told(self, token: &str) -> MovedTokens {
        MovedTokens {
            token: token.to_owned(),
            way: self.way,
            amount: self.amount.to_string(),
        }
    }
}

impl<P: Platform> Execution<P> {
    /// Which tokens of the subcontract that runs a call moves, if any; it has them.
    ///
    /// # Errors
    /// `E_FUNDS`, `E_BAD_VALUE` for arguments in which the amount can't be seen, `E_NOT_ALLOWED` for
    /// what else might move tokens.
    ///
    /// # Cost
    /// Nothing for a call without a deposit that moves no tokens; else a host read or two.
    pub(super) fn tokens_to_move(
        &self,
        account: &str,
        actions: &[OutsideAction],
    ) -> Result<Option<TokenMove>, Failure> {
        let mut moved = None;
        for (at, action) in (1..).zip(actions) {
            let of = self.tokens_of_action(account, action)?;
            if of.is_some() && at < actions.len() {
                let message =
                    "what moves tokens is the last action of its batch, and the only such one";
                return Err(Failure::new(ErrorCode::NotAllowed, message));
            }
            moved = of;
        }
        if let Some(moved) = &moved {
            self.held_after(account, moved.leaves())?;
        }
        Ok(moved)
    }

    fn tokens_of_action(
        &self,
        account: &str,
        action: &OutsideAction,
    ) -> Result<Option<TokenMove>, Failure> {
        let OutsideAction::Call {
            method,
            args,
            deposit_yocto,
            ..
        } = action
        else {
            return Ok(None);
        };
        let way = match method.as_str() {
            "ft_transfer" => TokenWay::FtTransfer,
            "ft_transfer_call" => TokenWay::FtTransferCall,
            "storage_deposit" => return Ok(None),
            _ if *deposit_yocto == 0 => return Ok(None),
            "near_deposit" => TokenWay::NearDeposit,
            _ if self.is_token(account)? => return Err(not_allowed(account, method)),
            _ => return Ok(None),
        };
        if way == TokenWay::NearDeposit {
            let amount = *deposit_yocto;
            return match self.is_token(account)? {
                true => Ok(Some(TokenMove { way, amount })),
                false => Err(not_known(account)),
            };
        }
        let amount = amount_to_move(args).ok_or_else(|| {
            let message = format!(
                "{method} takes an object with an `amount` that is a bigint or a string of digits"
            );
            Failure::new(ErrorCode::BadValue, message)
        })?;
        Ok(Some(TokenMove { way, amount }))
    }

    /// Takes what a planned call moves, as a step of the frame that runs.
    ///
    /// # Errors
    /// As [`Execution::change_held`].
    pub(super) fn take_tokens(&self, outside: &Outside) -> Result<(), Failure> {
        match outside.tokens {
            Some(moved) => self.change_held(&outside.account, moved.leaves()),
            None => Ok(()),
        }
    }

    /// Takes note that a call was answered which moved tokens; what it did not take is the
    /// subcontract's again.
    ///
    /// A failed `ft_transfer` is one receipt: nothing of it stays. A failed `ft_transfer_call` may have
    /// failed in its last receipt, long after the tokens had gone: nothing is credited.
    ///
    /// # Errors
    /// `E_CORRUPT`, `E_BAD_REQUEST`.
    pub(super) fn tokens_answered(&self, id: &str, moved: &MovedTokens) -> Result<(), Failure> {
        let MovedTokens { token, way, amount } = moved;
        let amount = amount_of(amount).ok_or_else(|| bad_amount(amount))?;
        let received = self.platform().result(0, ANSWER_BYTES_MAX);
        let back = match (way, received) {
            (TokenWay::FtTransfer, Received::Failed) => amount,
            (TokenWay::FtTransfer, _) | (TokenWay::NearDeposit, Received::Failed) => 0,
            (TokenWay::NearDeposit, _) => amount,
            (TokenWay::FtTransferCall, received) => match amount_in(received) {
                Some(Value::String(used)) => {
                    amount.saturating_sub(amount_of(&used).unwrap_or(amount))
                }
                _ => 0,
            },
        };
        self.change_held_of(id, token, Change::Answered(back))
    }

    /// The tokens that came with a call are its subcontract's, from the beginning of its frame on.
    pub(crate) fn tokens_arrive(&self) -> Result<(), Failure> {
        match self.arrived() {
            Some(Arrival { token, amount, .. }) => self.change_held(&token, Change::Came(amount)),
            None => Ok(()),
        }
    }

    /// What the method says it has not used goes back, as far as its subcontract still has it.
    pub(crate) fn tokens_go_back(&self, value: &Value) -> Result<(), Failure> {
        let Some(mut arrival) = self.arrived() else {
            return Ok(());
        };
        let held = self.held(&self.current_id(), &arrival.token)?;
        arrival.unused = unused(value).min(arrival.amount).min(held.amount);
        self.change_held(&arrival.token, Change::Went(arrival.unused))?;
        *self.arrival.borrow_mut() = Some(arrival);
        Ok(())
    }

    /// What came with the call, in its own frame.
    fn arrived(&self) -> Option<Arrival> {
        let arrival = self.arrival.borrow();
        let arrival = arrival.as_ref().filter(|arrival| arrival.amount > 0)?;
        (self.frames.borrow().depth() == 1).then(|| arrival.clone())
    }

    /// What the call is answered with whose method has returned this: a token is told how many go back.
    pub(super) fn answer_of(&self, value: &Value) -> Value {
        match &*self.arrival.borrow() {
            Some(arrival) => Value::String(arrival.unused.to_string()),
            None => value.clone(),
        }
    }

    /// The promise that ends a call whose method waits: a token is told how many go back, however the
    /// method ends.
    pub(super) fn answer_later(&self, id: &str, promise: Planned) -> Planned {
        let arrival = self.arrival.borrow();
        let Some(Arrival { token, amount, .. }) = &*arrival else {
            return promise;
        };
        let request = ReturnTokens {
            id: id.to_owned(),
            token: token.clone(),
            amount: amount.to_string(),
        };
        let input = serde_json::to_vec(&request).expect("invariant: a request is plain data");
        self.platform()
            .then(&[promise], "return_tokens", &input, RETURN_GAS)
    }

    /// Gas that a method which waits leaves for the answer to a token.
    pub(super) fn return_gas(&self) -> u64 {
        let arrival = self.arrival.borrow();
        arrival.as_ref().map_or(0, |_| RETURN_GAS)
    }
}

/// `return_tokens`: the method has ended that waited, which was called with tokens. The token gives
/// back to their sender what it is told here; after a failure that is everything, as far as it is
/// still there.
pub(crate) fn return_tokens<P: Platform>(platform: P) -> Result<(), Failure> {
    check_private(&platform, "return_tokens")?;
    let form = "{\"id\": \"label@account\", \"token\": account, \"amount\": text}";
    let ReturnTokens { id, token, amount } = request::read(&platform.input(), form)?;
    let amount = amount_of(&amount).ok_or_else(|| bad_amount(&amount))?;
    let execution = Execution::new(platform, Mode::Change);
    let said = match execution.platform().result(0, ANSWER_BYTES_MAX) {
        Received::Failed => amount,
        received => amount_in(received).as_ref().map_or(0, unused),
    };
    let back = said.min(amount).min(execution.held(&id, &token)?.amount);
    if back > 0 {
        execution.change_held_of(&id, &token, Change::Went(back))?;
    }
    execution.commit(String::new())?;
    answer(execution.platform(), &back.to_string());
    Ok(())
}

/// The failure of what says no amount.
pub(crate) fn bad_amount(got: &str) -> Failure {
    let message = format!("`{got}` is no amount of tokens: digits, without a 0 before them");
    Failure::new(ErrorCode::BadRequest, message)
}

fn not_allowed(token: &str, method: &str) -> Failure {
    let message = format!(
        "{method} with a deposit might move what others hold of the token {token}; with a deposit go \
         ft_transfer, ft_transfer_call, near_deposit and storage_deposit, without one everything"
    );
    Failure::new(ErrorCode::NotAllowed, message)
}

fn not_known(token: &str) -> Failure {
    let message = format!(
        "nobody here holds anything of {token}, so what near_deposit makes there would be nobody's; \
         send some in by ft_transfer_call first"
    );
    Failure::new(ErrorCode::NotAllowed, message)
}
