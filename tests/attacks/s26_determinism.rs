//! S26: results that differ between nodes, or between two runs of one block.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, put, stage};
use serde_json::{Value, json};

const REALM: &str = "engine/src/realm.rs";

/// Numbers of `Math.random` by SplitMix64, from the block's seed and the frame's number.
const EXPECTED: &str = "
const mask = 2n ** 64n - 1n
function expected(frame, count) {
  let state = 0n
  for (const byte of near.randomSeed()) state = (((state << 8n) | (state >> 56n)) & mask) ^ BigInt(byte)
  state ^= (BigInt(frame) * 0xd1342543de82ef95n) & mask
  const all = []
  for (let i = 0; i < count; i++) {
    state = (state + 0x9e3779b97f4a7c15n) & mask
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask
    z ^= z >> 31n
    all.push(Number(z >> 11n) / 2 ** 53)
  }
  return all
}
const drawn = count => Array.from({ length: count }, () => Math.random())
";

/// The attacker's lottery gives each node another winner: nodes disagree about the state, or the
/// contract traps for want of random numbers.
#[test]
fn s26_random_numbers_are_the_blocks() {
    defended_by(const { &[line(
        REALM,
        "        bindings::replace_random(&mut context)?;\n",
        "",
    )] })
    .against(|world| {
        let evil = format!(
            "{EXPECTED}export const draw = () => {{ const got = drawn(20), is = expected(0, 20); return got.map((n, i) => n === is[i] && n >= 0 && n < 1) }}"
        );
        put(world, EVIL, &evil);
        let told = asked(world, EVIL, "draw", Value::Null);
        assert_eq!(told, json!(vec![true; 20]));
    });
}

/// The attacker is asked by a game that has just drawn, draws the same number, and bets on it.
#[test]
fn s26_a_callee_draws_other_numbers_than_its_caller() {
    defended_by(const { &[line(
        REALM,
        "Sequence::of_seed(&self.0.host.random_seed()?, frame.number)",
        "Sequence::of_seed(&self.0.host.random_seed()?, 0)",
    )] })
    .against(|world| {
        let victim = format!(
            "{EXPECTED}export function play() {{
  const mine = drawn(3), bets = call(evil, 'bet'), more = drawn(3), is = expected(0, 6)
  return [bets.filter(bet => is.includes(bet)).length, mine.concat(more).every((n, i) => n === is[i])]
}}"
        );
        let evil = "export const bet = () => [Math.random(), Math.random(), Math.random(), Math.random()]";
        stage(world, &victim, evil);
        assert_eq!(asked(world, VICTIM, "play", Value::Null), json!([0, true]));
    });
}

/// The attacker acts on the clock of the machine that runs it: each node finds another time.
#[test]
fn s26_time_is_the_blocks_and_its_zone_is_utc() {
    defended_by(const { &[line(
        REALM,
        "            .clock(Rc::clone(&clock))\n",
        "",
    )] })
    .against(|world| {
        let evil = "export function time() {
  const ms = Number(near.blockTimestamp() / 1000000n), dates = [Date.now(), +new Date(), Date.parse(Date()), Date.parse(new Date().toString())]
  for (let i = 0; i < 10000; i++);
  dates.push(Date.now())
  const day = new Date(2024, 6, 1)
  return [dates.map(date => Math.trunc(date / 1000) === Math.trunc(ms / 1000)), day.getTimezoneOffset(), day.toISOString(), String(day)]
}";
        put(world, EVIL, evil);
        let told = asked(world, EVIL, "time", Value::Null);
        let day = "Mon Jul 01 2024 00:00:00 GMT+0000";
        assert_eq!(told, json!([vec![true; 5], 0, "2024-07-01T00:00:00.000Z", day]));
    });
}

/// The attacker asks whether the collector has run, which depends on the machine.
#[test]
fn s26_nothing_tells_when_the_collector_runs_or_what_another_thread_did() {
    defended_by(const { &[line(
        "engine/src/permits.rs",
        "encodeURIComponent decodeURI decodeURIComponent WeakMap WeakSet Iterator console*\n",
        "encodeURIComponent decodeURI decodeURIComponent WeakMap WeakSet Iterator console* WeakRef\n\
         WeakRef: prototype*\nWeakRef.prototype: deref constructor @@toStringTag=\n",
    )] })
    .against(|world| {
        let names = ["WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics", "Intl", "Temporal", "performance", "setTimeout", "queueMicrotask", "crypto", "gc"];
        let evil = format!(
            "export const there = () => {}.filter(name => name in globalThis || Object.getOwnPropertyNames(globalThis).includes(name))",
            json!(names)
        );
        put(world, EVIL, &evil);
        assert_eq!(asked(world, EVIL, "there", Value::Null), json!([]));
    });
}

/// The attacker finds the order in which it stored its keys, which no node that was synchronised
/// later can know.
#[test]
fn s26_keys_come_in_the_order_of_their_bytes() {
    defended_by(
        const {
            &[line(
                "enclave/src/span.rs",
                "Order::Ascending => key <= stored,",
                "Order::Ascending => false,",
            )]
        },
    )
    .against(|world| {
        let evil = "
export const store = keys => { for (const key of keys) storage.set(key, 1) }
export function more(keys) { store(keys); return storage.keys() }";
        put(world, EVIL, evil);
        asked(
            world,
            EVIL,
            "store",
            json!(["z", "b", "é", "", "B", "\u{ffff}", "\u{10000}"]),
        );
        let keys = asked(world, EVIL, "more", json!(["c", "a", "zz", "B0", "é0"]));
        assert_eq!(
            keys,
            json!([
                "",
                "B",
                "B0",
                "a",
                "b",
                "c",
                "z",
                "zz",
                "é",
                "é0",
                "\u{ffff}",
                "\u{10000}"
            ])
        );
    });
}
