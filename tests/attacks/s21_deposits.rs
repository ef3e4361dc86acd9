//! S21: money that is lost, or there twice, in nested calls.

use crate::defence::defended_by;
use crate::scene::{EVIL, NEAR, VICTIM, asked, assert_conserved, line, money, put, send, stage};
use serde_json::{Value, json};

const JOURNAL: &str = "enclave/src/journal.rs";
const LEDGER: &str = "enclave/src/ledger.rs";
const EXECUTION: &str = "enclave/src/execution.rs";
const PURSE: &str = "purse@mallory.near";

/// Keeps what it is given.
const KEEPS: &str = "
export const take = () => { near.keep() }
export const give = ({ to, amount }) => { call(to, 'take', null, { deposit: BigInt(amount) }) }";

/// The attacker sends with a call what it has not, and has made money of nothing.
#[test]
fn s21_money_that_is_not_there_moves_nowhere() {
    defended_by(const { &[line(
        EXECUTION,
        "        self.draw(request.deposit_yocto)\n",
        "        Ok(())\n",
    )] })
    .against(|world| {
        let evil = "
export const mint = amount => soft(() => call('purse@mallory.near', 'take', null, { deposit: BigInt(amount) }))";
        stage(world, KEEPS, evil);
        put(world, PURSE, KEEPS);
        send(world, (VICTIM, "take"), Value::Null, 9 * NEAR).value();
        for amount in ["1", "9000000000000000000000000", "340282366920938463463374607431768211455"] {
            assert_eq!(asked(world, EVIL, "mint", json!(amount)), "E_FUNDS");
        }
        assert_eq!(money(world, PURSE), 0);
        assert_eq!(money(world, VICTIM), 9 * NEAR);
        assert_conserved(world);
    });
}

/// The attacker keeps more of a deposit than came with it, out of everyone's money.
#[test]
fn s21_no_more_of_a_deposit_is_kept_than_came() {
    defended_by(const { &[line(LEDGER, "        if amount > purse {\n", "        if amount > u128::MAX - purse {\n")] })
        .against(|world| {
            let evil = "
export const greedy = () => [soft(() => near.keep(near.deposit() + 1n)), soft(() => near.keep(2n ** 128n - 1n)), String(near.keep()), soft(() => near.keep(1n)), String(near.balance())]";
            stage(world, KEEPS, evil);
            send(world, (VICTIM, "take"), Value::Null, 9 * NEAR).value();
            let told = send(world, (EVIL, "greedy"), Value::Null, NEAR).value();
            let near = NEAR.to_string();
            assert_eq!(told, json!(["E_FUNDS", "E_FUNDS", near, "E_FUNDS", near]));
            assert_eq!(money(world, EVIL), NEAR);
            assert_conserved(world);
        });
}

/// The attacker passes its deposit on, and keeps it too.
#[test]
fn s21_what_was_spent_of_a_deposit_can_not_be_kept_too() {
    defended_by(const { &[line(
        "enclave/src/journal/money.rs",
        "        self.change_purse(index, |purse| purse.left_yocto -= amount_yocto);\n",
        "        let _ = (index, amount_yocto);\n",
    )] })
    .against(|world| {
        let evil = "
export function twice() {
  call('purse@mallory.near', 'take', null, { deposit: near.deposit() })
  return [String(near.keep()), soft(() => call('purse@mallory.near', 'take', null, { deposit: near.deposit() }))]
}";
        stage(world, KEEPS, evil);
        put(world, PURSE, KEEPS);
        send(world, (VICTIM, "take"), Value::Null, 9 * NEAR).value();
        let told = send(world, (EVIL, "twice"), Value::Null, 4 * NEAR).value();
        assert_eq!(told, json!(["0", "E_FUNDS"]));
        assert_eq!((money(world, EVIL), money(world, PURSE)), (0, 4 * NEAR));
        assert_conserved(world);
    });
}

/// The attacker fails on purpose, and the balance from which its caller paid is gone.
#[test]
fn s21_a_balance_that_paid_a_failed_call_is_whole_again() {
    defended_by(const { &[line(
        JOURNAL,
        "                    Some(before) => self.balances.insert(id, before),\n",
        "                    Some(_) => None,\n",
    )] })
    .against(|world| {
        let victim = format!(
            "{KEEPS}
export function pay() {{
  call('book@carol.near', 'take', null, {{ deposit: 1n }})
  const told = soft(() => call(evil, 'take', null, {{ deposit: near.balance() }}))
  return [told, String(near.balance())]
}}"
        );
        let evil = "export function take() { near.keep(near.deposit() / 2n); near.transfer('mallory.near', near.deposit() / 2n); throw new Error('thanks') }";
        stage(world, &victim, evil);
        put(world, "book@carol.near", KEEPS);
        send(world, (VICTIM, "take"), Value::Null, 5 * NEAR).value();
        let told = asked(world, VICTIM, "pay", Value::Null);
        assert_eq!(told, json!(["E_THROW", (5 * NEAR - 1).to_string()]));
        assert_eq!((money(world, VICTIM), money(world, EVIL)), (5 * NEAR - 1, 0));
        assert_conserved(world);
    });
}

/// The attacker fails on purpose, and the deposit that its caller passed on is gone.
#[test]
fn s21_a_purse_that_paid_a_failed_call_is_whole_again() {
    defended_by(
        const {
            &[line(
                JOURNAL,
                "self.books[index].purse = before,",
                "self.books[index].purse.is_kept = before.is_kept,",
            )]
        },
    )
    .against(|world| {
        let victim = "
export function forward() {
  const told = soft(() => call(evil, 'take', null, { deposit: near.deposit() }))
  return [told, String(near.keep())]
}";
        let evil = "export function take() { near.keep(); throw new Error('thanks') }";
        stage(world, victim, evil);
        let told = send(world, (VICTIM, "forward"), Value::Null, 5 * NEAR).value();
        assert_eq!(told, json!(["E_THROW", (5 * NEAR).to_string()]));
        assert_eq!((money(world, VICTIM), money(world, EVIL)), (5 * NEAR, 0));
        assert_conserved(world);
    });
}

/// The attacker says that it keeps a part, and the rest belongs to nobody; or to it.
#[test]
fn s21_what_a_callee_does_not_keep_is_its_callers_again() {
    defended_by(const { &[line(
        LEDGER,
        "Some(caller) if is_kept => self.repay(&caller, left)?,",
        "Some(_) if is_kept => {}",
    )] })
    .against(|world| {
        let victim = format!(
            "{KEEPS}
export function pay() {{ call(evil, 'part', null, {{ deposit: 10n ** 24n }}); return String(near.balance()) }}"
        );
        stage(world, &victim, "export const part = () => { near.keep(1n) }");
        send(world, (VICTIM, "take"), Value::Null, 5 * NEAR).value();
        let left = asked(world, VICTIM, "pay", Value::Null);
        assert_eq!(left, json!((5 * NEAR - 1).to_string()));
        assert_eq!((money(world, VICTIM), money(world, EVIL)), (5 * NEAR - 1, 1));
        assert_conserved(world);
    });
}

/// The attacker calls itself with all it has, again and again, and its balance grows by what it reads
/// before it pays.
#[test]
fn s21_paying_oneself_makes_nobody_richer() {
    defended_by(const { &[line(
        LEDGER,
        "            journal.set_balance(&id, balance - of_balance);\n",
        "            let _ = journal;\n",
    )] })
    .against(|world| {
        let evil = "
export const reentrant = ['round']
export const take = () => { near.keep() }
export function round(n) { if (n > 0) call(near.self(), 'round', n - 1, { deposit: near.balance() }); return String(near.balance()) }";
        stage(world, KEEPS, evil);
        send(world, (EVIL, "take"), Value::Null, NEAR).value();
        let told = asked(world, EVIL, "round", json!(7));
        assert_eq!(told, json!(NEAR.to_string()));
        assert_eq!(money(world, EVIL), NEAR);
        assert_conserved(world);
    });
}
