//! S04: a subcontract that is called calls back into who called it, before that has finished.

use crate::actors::{BANK, THIEF, asked, line, put, seen, stage};
use crate::defence::defended_by;
use conclave_tests::World;
use serde_json::{Value, json};

/// A bank that pays first and books afterwards: what re-entry lives on.
const BANK_CODE: &str =
    "export const init = () => { storage.set('thief', 10); storage.set('paid', 0) }
export function withdraw() {
  const balance = storage.get('thief')
  if (balance === 0) return
  storage.set('paid', storage.get('paid') + balance)
  soft(() => contract(thief).paid())
  storage.set('thief', 0)
}
export const price = () => 100 / (1 + storage.get('thief'))
";

/// A thief that comes back when it is paid, as the code in `again` does.
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

/// Lets the thief withdraw its 10, and checks that it got no more.
fn paid_once(world: &mut dyn World) {
    asked(world, BANK, "withdraw", Value::Null);
    let books = [seen(world, BANK, "paid"), seen(world, BANK, "thief")];
    assert_eq!(books, [json!(10), json!(0)]);
    assert_eq!(seen(world, THIEF, "told"), json!("E_REENTRY"));
}

/// The thief is paid as often as it asks, with one balance.
#[test]
fn s04_reentry_is_denied_where_nobody_allowed_it() {
    defended_by(&[line(
        "enclave/src/execution.rs",
        "if self.frames.borrow().is_running(id) && !program.is_reentrant(&request.method) {",
        "if false {",
    )])
    .against(|world: &mut dyn World| {
        stage(world, BANK_CODE, &coming_back("contract(bank).withdraw()"));
        paid_once(world);
    });
}

/// The same through a helper, so that the bank is not who called.
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
            "export const go = () => contract(bank).withdraw()",
        );
        stage(
            world,
            BANK_CODE,
            &coming_back("contract('helper@mallory.near').go()"),
        );
        paid_once(world);
    });
}

/// A lender asks the bank for a price while the bank is in the middle of a change, and lends by a
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
            "export const lend = () => storage.set('lent', 10 / contract(bank, { view: true }).price())",
        );
        stage(world, BANK_CODE, &coming_back("contract('lender@alice.near').lend()"));
        paid_once(world);
        assert_eq!(seen(world, "lender@alice.near", "lent"), Value::Null);
    });
}

/// A bank that lets in `onFlash` lets in `withdraw` too.
#[test]
fn s04_a_method_that_allows_reentry_allows_it_for_no_other() {
    defended_by(&[line(
        "engine/src/program.rs",
        "self.reentrant.iter().any(|name| name == method)",
        "!self.reentrant.is_empty() && !method.is_empty()",
    )])
    .against(|world: &mut dyn World| {
        let bank = format!(
            "{BANK_CODE}export const reentrant = ['onFlash']
export const onFlash = () => storage.get('thief')"
        );
        stage(
            world,
            &bank,
            &coming_back("[contract(bank).onFlash(), contract(bank).withdraw()]"),
        );
        paid_once(world);
    });
}
