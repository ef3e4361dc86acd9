//! S20: storing at others' cost.

use crate::defence::defended_by;
use crate::scene::{EVIL, NEAR, VICTIM, assert_conserved, line, money, send, stage};
use serde_json::{Value, json};

const CHARGE: &str = "enclave/src/charge.rs";

/// Stores as much as it is asked to, and keeps money.
const VICTIM_CODE: &str = "
export const sponsored = ['register']
const write = bytes => { storage.set('k', 'x'.repeat(bytes)) }
export const register = write
export const post = write
export const fund = () => { near.keep() }
export const work = bytes => { storage.set('done', 1); call(evil, 'hoard', bytes) }";

const EVIL_CODE: &str = "
export const hoard = bytes => { storage.set('hoard', 'x'.repeat(bytes)) }";

/// What a request said, or its code.
fn told(world: &mut dyn conclave_tests::World, method: &str, args: Value, deposit: u128) -> String {
    match send(world, (VICTIM, method), args, deposit).result {
        Ok(value) => value.to_string(),
        Err(failure) => failure.code.clone(),
    }
}

/// A deposit of a yocto is to pay for 9,000 bytes.
#[test]
fn s20_a_deposit_pays_for_no_more_than_it_is_worth() {
    defended_by(
        const {
            &[
                line(
                    CHARGE,
                    "if price_yocto > source.funds_yocto {",
                    "if price_yocto > source.funds_yocto && bill.bytes() > u64::MAX / 2 {",
                ),
                line(
                    CHARGE,
                    "journal.change_purse(index, |purse| purse.left_yocto -= price_yocto);",
                    "journal.change_purse(index, |purse| purse.left_yocto = purse.left_yocto.saturating_sub(price_yocto));",
                ),
            ]
        },
    )
    .against(|world| {
        stage(world, VICTIM_CODE, EVIL_CODE);
        assert_eq!(told(world, "post", json!(9_000), 1), "E_DEPOSIT");
        assert_eq!(told(world, "post", json!(9_000), NEAR), "null");
        assert_conserved(world);
    });
}

/// The attacker lets the victim's own money pay for what it stores in a method that is not sponsored.
#[test]
fn s20_a_subcontract_pays_only_for_what_it_sponsors() {
    defended_by(
        const {
            &[line(
                CHARGE,
                "if frame.is_sponsored {",
                "if !frame.id.is_empty() {",
            )]
        },
    )
    .against(|world| {
        stage(world, VICTIM_CODE, EVIL_CODE);
        assert_eq!(told(world, "fund", Value::Null, NEAR), "null");
        let before = money(world, VICTIM);
        assert_eq!(told(world, "post", json!(9_000), 1), "E_DEPOSIT");
        assert_eq!(money(world, VICTIM), before);
        assert_eq!(told(world, "register", json!(300), 1), "null");
        let paid = before - money(world, VICTIM);
        assert!(paid > 300 * 10u128.pow(19), "{paid}");
        assert_conserved(world);
    });
}

/// A callee stores much, and its caller's money, kept from an earlier deposit, is to pay.
#[test]
fn s20_a_callee_does_not_store_at_its_callers_cost() {
    defended_by(
        const {
            &[line(
                CHARGE,
                "let kept_yocto = journal.purse(0).kept_yocto;",
                "let kept_yocto = u128::MAX - journal.purse(0).kept_yocto;",
            )]
        },
    )
    .against(|world| {
        stage(world, VICTIM_CODE, EVIL_CODE);
        assert_eq!(told(world, "fund", Value::Null, NEAR), "null");
        let before = money(world, VICTIM);
        assert_eq!(told(world, "work", json!(9_000), NEAR / 100), "E_DEPOSIT");
        assert_eq!(money(world, VICTIM), before);
        assert_eq!(money(world, EVIL), 0);
        assert_conserved(world);
    });
}

/// What was charged in a frame that fails later is to stay charged, or to come back twice.
#[test]
fn s20_an_undone_frame_costs_nothing_and_gives_nothing() {
    defended_by(
        const {
            &[line(
                "enclave/src/journal.rs",
                "                self.bills.insert(id, before);\n",
                "                let _ = (id, before);\n",
            )]
        },
    )
    .against(|world| {
        let victim = "
export const run = () => [soft(() => call(evil, 'hoardAndFail', 2000)), String(near.balance())]";
        let evil = "
const write = bytes => { storage.set('hoard', 'x'.repeat(bytes)) }
export const hoard = write
export const hoardAndFail = bytes => { call(victim2, 'hoard', bytes); throw new RangeError('no') }
const victim2 = 'third@mallory.near'";
        stage(world, victim, evil);
        crate::scene::put(
            world,
            "third@mallory.near",
            "export const hoard = bytes => { storage.set('hoard', 'x'.repeat(bytes)) }",
        );
        let before = world.pairs();
        let told = send(world, (VICTIM, "run"), Value::Null, NEAR).value();
        assert_eq!(told, json!(["E_THROW", NEAR.to_string()]));
        assert!(before == world.pairs(), "nothing stays");
        assert_conserved(world);
    });
}
