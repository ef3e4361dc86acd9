//! S04: a subcontract that is called calls back into who called it, before that has finished.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, put, seen, stage};
use conclave_tests::World;
use serde_json::{Value, json};

/// A victim that pays first and books afterwards: what re-entry lives on.
const BANK_CODE: &str =
    "export const init = () => { storage.set('evil', 10); storage.set('paid', 0) }
export function withdraw() {
  const balance = storage.get('evil')
  if (balance === 0) return
  storage.set('paid', storage.get('paid') + balance)
  soft(() => contract(evil).paid())
  storage.set('evil', 0)
}
export const price = () => 100 / (1 + storage.get('evil'))
";

/// An attacker that comes back when it is paid, as the code in `again` does.
fn coming_back(again: &str) -> String {
    format!(
        "export function paid() {{
  const times = storage.get('times') ?? 0
  if (times === 3) return
  storage.set('times', times + 1)
  storage.set('told', soft(() => {again}))
}}"
    )
}

/// Lets the attacker withdraw its 10, and checks that it got no more.
fn paid_once(world: &mut dyn World) {
    asked(world, VICTIM, "withdraw", Value::Null);
    let books = [seen(world, VICTIM, "paid"), seen(world, VICTIM, "evil")];
    assert_eq!(books, [json!(10), json!(0)]);
    assert_eq!(seen(world, EVIL, "told"), json!("E_REENTRY"));
}

/// The attacker is paid as often as it asks, with one balance.
#[test]
fn s04_reentry_is_denied_where_nobody_allowed_it() {
    defended_by(&[line(
        "enclave/src/execution.rs",
        "if self.frames.borrow().is_running(id) && !program.is_reentrant(&request.method) {",
        "if false {",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            BANK_CODE,
            &coming_back("contract(victim).withdraw()"),
        );
        paid_once(world);
    });
}

/// The same through a helper, so that the victim is not who called.
#[test]
fn s04_reentry_through_a_third_subcontract_is_denied() {
    defended_by(&[line(
        "enclave/src/frame.rs",
        ".any(|frame| frame.id == id && frame.is_running)",
        ".rev().take(2).any(|frame| frame.id == id && frame.is_running)",
    )])
    .against(|world: &mut dyn World| {
        put(
            world,
            "helper@mallory.near",
            "export const go = () => contract(victim).withdraw()",
        );
        stage(
            world,
            BANK_CODE,
            &coming_back("contract('helper@mallory.near').go()"),
        );
        paid_once(world);
    });
}

/// A lender asks the victim for a price while the victim is in the middle of a change, and lends by a
/// price that never was.
#[test]
fn s04_a_view_does_not_see_a_subcontract_in_the_middle_of_a_change() {
    defended_by(&[line(
        "enclave/src/execution.rs",
        "if self.frames.borrow().is_running(id) && !program.is_reentrant(&request.method) {",
        "if self.frames.borrow().is_running(id) && request.call_way == CallWay::Call {",
    )])
    .against(|world: &mut dyn World| {
        put(
            world,
            "lender@alice.near",
            "export const lend = () => storage.set('lent', 10 / contract(victim, { view: true }).price())",
        );
        stage(world, BANK_CODE, &coming_back("contract('lender@alice.near').lend()"));
        paid_once(world);
        assert_eq!(seen(world, "lender@alice.near", "lent"), Value::Null);
    });
}

/// A victim that lets in `onFlash` lets in `withdraw` too.
#[test]
fn s04_a_method_that_allows_reentry_allows_it_for_no_other() {
    defended_by(&[line(
        "engine/src/compiled.rs",
        "self.names(1).place_of(method).is_some()",
        "self.names(1).count > 0 && !method.is_empty()",
    )])
    .against(|world: &mut dyn World| {
        let victim = format!(
            "{BANK_CODE}export const reentrant = ['onFlash']
export const onFlash = () => storage.get('evil')"
        );
        stage(
            world,
            &victim,
            &coming_back("[contract(victim).onFlash(), contract(victim).withdraw()]"),
        );
        paid_once(world);
    });
}
