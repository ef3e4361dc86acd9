//! S19: effects that survive the failure of who had them.

use crate::defence::defended_by;
use crate::scene::{EVIL, NEAR, VICTIM, asked, assert_conserved, line, money, put, send, stage};
use serde_json::{Value, json};

const JOURNAL: &str = "enclave/src/journal.rs";
const LEDGER_ID: &str = "book@carol.near";

/// The attacker does everything that has an effect, fails, and keeps what it did.
#[test]
fn s19_a_caught_failure_leaves_nothing_of_what_the_callee_did() {
    defended_by(
        const {
            &[line(
                "enclave/src/execution.rs",
                "Err(_) => self.journal.borrow_mut().undo(checkpoint),",
                "Err(_) => self.journal.borrow().keep(checkpoint),",
            )]
        },
    )
    .against(|world| {
        let victim = "
export function run() {
  const told = soft(() => call(evil, 'spoil', null, { deposit: near.deposit() / 2n }))
  near.log('went on')
  storage.set('told', told)
  return [told, String(near.balance())]
}";
        let evil = "
export const fund = () => { storage.set('old', 1); storage.set('removed', 1); near.keep() }
export function spoil() {
  storage.set('old', 2); storage.set('new', 2); storage.remove('removed')
  near.log('paid')
  near.transfer('mallory.near', 7n)
  near.keep(5n)
  after('book@carol.near', 'note', 'planned')
  call('book@carol.near', 'note', 'noted', { deposit: 11n })
  throw new Error('never mind')
}
export const look = () => storage.keys().map(key => [key, storage.get(key)])";
        stage(world, victim, evil);
        let book =
            "export function note(text) { near.log(text); storage.set(text, 1); near.keep() }
export const look = () => storage.keys()";
        put(world, LEDGER_ID, book);
        send(world, (EVIL, "fund"), Value::Null, NEAR).value();
        let funded = money(world, EVIL);
        let ended = send(world, (VICTIM, "run"), Value::Null, 2 * NEAR);
        assert_eq!(ended.logs, [format!("{VICTIM}: went on")]);
        assert_eq!(ended.value(), json!(["E_THROW", (2 * NEAR).to_string()]));
        let looked = asked(world, EVIL, "look", Value::Null);
        assert_eq!(looked, json!([["old", 1], ["removed", 1]]));
        assert_eq!(asked(world, LEDGER_ID, "look", Value::Null), json!([]));
        assert_eq!(money(world, EVIL), funded);
        assert_eq!(money(world, LEDGER_ID), 0);
        assert_conserved(world);
    });
}

/// The attacker lets an order fail whose payment was planned, and is paid although there is no order.
#[test]
fn s19_a_call_that_was_planned_in_an_undone_savepoint_never_runs() {
    defended_by(
        const {
            &[line(
                JOURNAL,
                "                self.book_mut().planned.pop();\n",
                "",
            )]
        },
    )
    .against(|world| {
        let victim = "
export const fund = () => { near.keep() }
export function order() {
  return soft(() => near.atomic(() => {
    after(evil, 'take', null, { deposit: 3n * 10n ** 24n })
    storage.set('order', 1)
    call(evil, 'confirm')
  }))
}
export const orders = () => storage.keys()";
        let evil = "
export const take = () => { near.keep() }
export const confirm = () => { throw new Error('no') }";
        stage(world, victim, evil);
        send(world, (VICTIM, "fund"), Value::Null, 4 * NEAR).value();
        assert_eq!(asked(world, VICTIM, "order", Value::Null), "E_THROW");
        assert_eq!(money(world, EVIL), 0);
        assert_eq!(money(world, VICTIM), 4 * NEAR);
        assert_eq!(asked(world, VICTIM, "orders", Value::Null), json!([]));
        assert_conserved(world);
    });
}

/// The attacker takes a loan that is to be checked later, does not repay it, and catches the check.
#[test]
fn s19_a_check_that_fails_later_takes_what_it_checks_with_it() {
    defended_by(
        const {
            &[line(
                "enclave/src/after.rs",
                "Err(failure) => on != On::Success && !failure.is(ErrorCode::Corrupt),",
                "Err(_) => true,",
            )]
        },
    )
    .against(|world| {
        let victim = "
export const fund = () => { near.keep() }
export function lend({ to }) {
  const amount = near.balance()
  after(victim, 'check', String(amount))
  storage.set('loans', (storage.get('loans') ?? 0) + 1)
  call(to, 'take', null, { deposit: amount })
}
export function check(amount) { if (near.balance() < BigInt(amount)) throw new Error('not repaid') }
export const loans = () => storage.get('loans') ?? 0";
        let evil = "
export const attack = () => soft(() => call(victim, 'lend', { to: 'purse@mallory.near' }))";
        stage(world, victim, evil);
        put(
            world,
            "purse@mallory.near",
            "export const take = () => { near.keep() }",
        );
        send(world, (VICTIM, "fund"), Value::Null, 9 * NEAR).value();
        assert_eq!(asked(world, EVIL, "attack", Value::Null), "E_THROW");
        assert_eq!(money(world, "purse@mallory.near"), 0);
        assert_eq!(money(world, VICTIM), 9 * NEAR);
        assert_eq!(asked(world, VICTIM, "loans", Value::Null), json!(0));
        assert_conserved(world);
    });
}

/// The attacker fails inside a savepoint of its caller, whose half-done work then stays.
#[test]
fn s19_a_savepoint_whose_callee_fails_is_undone_whole() {
    defended_by(
        const {
            &[line(
                "engine/src/bindings/calls.rs",
                "Err(_) => Settlement::Undo,",
                "Err(_) => Settlement::Keep,",
            )]
        },
    )
    .against(|world| {
        let victim = "
export const fund = () => { near.keep(); storage.set('stock', 1) }
export function sell() {
  const told = soft(() => near.atomic(() => {
    storage.set('stock', 0)
    call('book@carol.near', 'note', 'sold', { deposit: 10n })
    near.log('sold')
    call(evil, 'pay')
  }))
  return [told, storage.get('stock'), String(near.balance())]
}";
        let evil = "export const pay = () => { throw new Error('later') }";
        stage(world, victim, evil);
        let book = "export function note(text) { storage.set(text, 1); near.keep() }
export const look = () => storage.keys()";
        put(world, LEDGER_ID, book);
        send(world, (VICTIM, "fund"), Value::Null, NEAR).value();
        let funded = money(world, VICTIM).to_string();
        let ended = send(world, (VICTIM, "sell"), Value::Null, 0);
        assert_eq!(ended.logs, Vec::<String>::new());
        assert_eq!(ended.value(), json!(["E_THROW", 1, funded]));
        assert_eq!(asked(world, LEDGER_ID, "look", Value::Null), json!([]));
        assert_conserved(world);
    });
}

/// The attacker does its work, returns what can't be copied, and keeps the work.
#[test]
fn s19_a_callee_whose_result_is_no_data_has_done_nothing() {
    defended_by(const { &[line(
        "engine/src/copy.rs",
        "        Err(bad(if object.is_callable() {\n            \"a function\"\n        } else {\n            \"this kind of object\"\n        }))",
        "        Ok(Value::Null)",
    )] })
    .against(|world| {
        let victim = "export const run = how => soft(() => call(evil, 'grab', how))";
        let evil = "
export function grab(how) {
  storage.set('grabbed', (storage.get('grabbed') ?? 0) + 1)
  return [() => 1, new Proxy({}, {}), /x/, new Error('x'), new WeakMap(), (function* () {})(), new Float64Array(1)][how]
}
export const grabbed = () => storage.get('grabbed') ?? 0";
        stage(world, victim, evil);
        for how in 0..7 {
            assert_eq!(asked(world, VICTIM, "run", json!(how)), "E_BAD_VALUE");
        }
        assert_eq!(asked(world, EVIL, "grabbed", Value::Null), json!(0));
    });
}
