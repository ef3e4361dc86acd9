//! S30: transfers and later calls without end, which leave others none and NEAR's own limits reached.

use crate::defence::{Line, defended_by};
use crate::scene::{VICTIM, asked, line, put, send, stage};
use serde_json::{Value, json};

const HOST: &str = "enclave/src/host.rs";
const EXECUTION: &str = "enclave/src/execution.rs";
const BOOK: &str = "book@carol.near";

/// Counts what it is told.
const COUNTS: &str = "
export const note = () => { storage.set('count', (storage.get('count') ?? 0) + 1) }
export const count = () => storage.get('count') ?? 0";

/// The attacker plans one transfer more than NEAR takes promises: the receipt traps when it commits.
#[test]
fn s30_transfers_are_bounded_and_only_who_plans_too_many_fails() {
    defended_by(const { &[line(
        HOST,
        "            && used.transfers + more.transfers <= bounds.transfers\n",
        "",
    )] })
    .against(|world| {
        let victim = "
export function run() {
  const told = soft(() => call(evil, 'flood', 1001))
  near.transfer('alice.near', 0n)
  storage.set('told', told)
  return told
}";
        let evil = "export const flood = n => { for (let i = 0; i < n; i++) near.transfer('mallory.near', 0n) }";
        stage(world, victim, evil);
        assert_eq!(asked(world, VICTIM, "run", Value::Null), "E_TOO_LARGE");
    });
}

/// The attacker plans calls until the gas of the whole receipt is gone after its caller's method.
#[test]
fn s30_later_calls_are_bounded_and_only_who_plans_too_many_fails() {
    defended_by(const { &[line(
        HOST,
        "\n            && used.planned + more.planned <= bounds.planned",
        "",
    )] })
    .against(|world| {
        let victim = "
export function run() {
  const told = soft(() => call(evil, 'flood', 257))
  after('book@carol.near', 'note')
  return told
}";
        let evil = "export const flood = n => { for (let i = 0; i < n; i++) after('book@carol.near', 'note') }";
        stage(world, victim, evil);
        put(world, BOOK, COUNTS);
        assert_eq!(asked(world, VICTIM, "run", Value::Null), "E_TOO_LARGE");
        assert_eq!(asked(world, BOOK, "count", Value::Null), json!(1));
    });
}

/// The attacker uses up all that an execution may plan, and its caller can pay nobody any more.
#[test]
fn s30_a_callee_leaves_its_caller_transfers_and_later_calls() {
    const LINES: [Line; 2] = [
        line(
            EXECUTION,
            "            transfers: share(bounds.transfers, used.transfers),\n",
            "            transfers: bounds.transfers,\n",
        ),
        line(
            EXECUTION,
            "            planned: share(bounds.planned, used.planned),\n",
            "            planned: bounds.planned,\n",
        ),
    ];
    defended_by(&LINES).against(|world| {
        let victim = "
export function pay() { const told = call(evil, 'pay'); near.transfer('alice.near', 0n); return told }
export function plan() { const told = call(evil, 'plan'); after('book@carol.near', 'note'); return told }";
        let evil = "
const until = f => { for (let i = 0; ; i++) try { f() } catch (e) { return [e.code, i] } }
export const pay = () => until(() => near.transfer('mallory.near', 0n))
export const plan = () => until(() => after('void@mallory.near', 'x', null, { on: 'always' }))";
        stage(world, victim, evil);
        put(world, BOOK, COUNTS);
        assert_eq!(asked(world, VICTIM, "pay", Value::Null), json!(["E_TOO_LARGE", 937]));
        assert_eq!(asked(world, VICTIM, "plan", Value::Null), json!(["E_TOO_LARGE", 240]));
        assert_eq!(asked(world, BOOK, "count", Value::Null), json!(1));
    });
}

/// The attacker plans transfers that it has undone again: they leave all the same, or have used up
/// what others may plan.
#[test]
fn s30_a_transfer_that_is_undone_is_none() {
    defended_by(const { &[line(
        "enclave/src/journal.rs",
        "                self.transfers.pop();\n",
        "",
    )] })
    .against(|world| {
        let victim = "
export function run(times) {
  const told = [soft(() => call(evil, 'churn', times, { deposit: 3n }))]
  near.transfer('alice.near', 1n)
  return told.concat(String(near.balance()))
}";
        let evil = "
export function churn(times) {
  let odd = 0
  for (let i = 0; i < times; i++) try { near.atomic(() => { near.transfer('mallory.near', near.deposit()); throw 1 }) } catch (e) { odd += e !== 1 }
  return odd
}";
        stage(world, victim, evil);
        let ended = send(world, (VICTIM, "run"), json!(1001), 9);
        assert_eq!(ended.value(), json!([0, "5"]));
    });
}

/// The attacker's later calls plan later calls, each two: their number doubles with each round.
#[test]
fn s30_later_calls_of_later_calls_count_too() {
    defended_by(const { &[line(
        "enclave/src/journal/money.rs",
        "        self.planned += 1;\n",
        "        self.planned += usize::from(self.books.len() < 3);\n",
    )] })
    .against(|world| {
        let victim = "
export function run() { const told = soft(() => call(evil, 'bomb', 9, { gas: '700 Tgas' })); storage.set('work', 1); return told }";
        let evil = "
export const reentrant = ['bomb']
export function bomb(n) { if (n > 0) { after('evil@mallory.near', 'bomb', n - 1); after('evil@mallory.near', 'bomb', n - 1) } }";
        stage(world, victim, evil);
        assert_eq!(asked(world, VICTIM, "run", Value::Null), "E_TOO_LARGE");
    });
}
