//! S36: tokens outside, where all subcontracts are one account: what one holds is sent by another.
//!
//! The token is an account of which the enclave knows what it says of itself.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, stage};
use conclave_tests::World;
use serde_json::{Value, json};

const BOOKS: &str = "enclave/src/tokens.rs";
const TOKENS: &str = "enclave/src/flow/tokens.rs";
const TOKEN: &str = "carol.near";

/// Takes what comes.
const TAKES: &str = "
export const ft_on_transfer = ({ msg }) => msg ?? 0n
export const held = () => near.tokens('carol.near')";

/// Sends what others hold, in ways that it is told.
const SENDS: &str = "
const args = { receiver_id: 'mallory.near', amount: '300' }
const text = t => Uint8Array.from([...t].map(c => c.charCodeAt(0)))
export const fill = () => near.keep()
export const ft_on_transfer = ({ msg }) => msg
export const held = () => near.tokens('carol.near')
export const send = method => soft(() => near.send('carol.near', method, args, { deposit: 1n }))
export const forge = () => [
  '{\"receiver_id\":\"mallory.near\",\"amount\":\"300\",\"amount\":\"0\"}', '{\"receiver_id\":\"mallory.near\",\"amount\":\"300\"}',
].map(t => soft(() => near.send('carol.near', 'ft_transfer', text(t), { deposit: 1n })))";

/// The token tells that so much has come; gives what goes back.
fn comes(world: &mut dyn World, id: &str, amount: &str, msg: Value) -> Value {
    let msg = json!({"id": id, "msg": msg}).to_string();
    let told = json!({"sender_id": "dave.near", "amount": amount, "msg": msg}).to_string();
    world
        .send(TOKEN, "ft_on_transfer", told.as_bytes(), 0)
        .value()
}

/// The victim holds 300, and the attacker has NEAR to confirm with.
fn begin(world: &mut dyn World) {
    stage(world, TAKES, SENDS);
    let fill = json!({"id": EVIL, "method": "fill"}).to_string();
    world
        .send("mallory.near", "call", fill.as_bytes(), 1_000)
        .value();
    assert_eq!(comes(world, VICTIM, "300", Value::Null), json!("0"));
}

/// The attacker calls the token, which knows the enclave's account alone.
#[test]
fn s36_only_who_holds_tokens_sends_them() {
    defended_by(
        const {
            &[line(
                BOOKS,
                "Change::Leaves(less) => (amount.checked_sub(less)?,",
                "Change::Leaves(less) => (amount.saturating_sub(less),",
            )]
        },
    )
    .against(|world| {
        begin(world);
        for method in ["ft_transfer", "ft_transfer_call"] {
            assert_eq!(asked(world, EVIL, "send", json!(method)), json!("E_FUNDS"));
        }
        assert_eq!(asked(world, VICTIM, "held", Value::Null), json!("300"));
    });
}

/// The attacker calls something else of the token, which 1 yoctoNEAR confirms.
#[test]
fn s36_what_else_a_token_does_for_a_deposit_is_refused() {
    defended_by(const { &[line(
        TOKENS,
        "            _ if self.is_token(account)? => return Err(not_allowed(account, method)),\n",
        "",
    )] })
    .against(|world| {
        begin(world);
        for method in ["withdraw", "near_withdraw", "storage_unregister", "ft_transfer_call2"] {
            assert_eq!(asked(world, EVIL, "send", json!(method)), json!("E_NOT_ALLOWED"));
        }
    });
}

/// The attacker holds 1, and sends bytes in which the token reads another amount.
#[test]
fn s36_an_amount_that_can_not_be_seen_is_refused() {
    defended_by(
        const {
            &[line(
                TOKENS,
                "    let Value::Object(fields) = args else {\n        return None;\n    };\n",
                "    let Value::Object(fields) = args else {\n        return Some(0);\n    };\n",
            )]
        },
    )
    .against(|world| {
        begin(world);
        assert_eq!(comes(world, EVIL, "1", json!(0)), json!("0"));
        let told = asked(world, EVIL, "forge", Value::Null);
        assert_eq!(told, json!(["E_BAD_VALUE", "E_BAD_VALUE"]));
    });
}

/// The attacker, who got 100 before, gives back more than came now: the token takes it from the enclave's
/// account and gives it to the attacker's friend, who sent it.
#[test]
fn s36_no_more_goes_back_than_came() {
    defended_by(
        const {
            &[line(
                TOKENS,
                "        arrival.unused = unused(value).min(arrival.amount).min(held.amount);\n",
                "        arrival.unused = unused(value).min(held.amount);\n",
            )]
        },
    )
    .against(|world| {
        begin(world);
        assert_eq!(comes(world, EVIL, "100", json!("0")), json!("0"));
        assert_eq!(comes(world, EVIL, "100", json!("400")), json!("100"));
        assert_eq!(asked(world, EVIL, "held", Value::Null), json!("100"));
    });
}
