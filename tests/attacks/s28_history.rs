//! S28: results that depend on what ran before, or on what lies in memory.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, stage};
use serde_json::{Value, json};

/// The attacker initialises its victim's module in one call, and finds its own values there in the next.
#[test]
fn s28_every_frame_has_an_instance_of_its_own() {
    defended_by(const { &[line(
        "js-stdlib/src/run.js",
        "    const method = instantiate(stdlib, place)\n",
        "    const method = (instantiate.made ??= {})[place] ??= instantiate(stdlib, place)\n",
    )] })
    .against(|world| {
        let victim = "
let admin, calls = 0
const seen = new Map(), list = []
class Vault { static open = false; static { list.push('made') } }
export function enter(who) { calls++; admin ??= who; seen.set(who, true); list.push(who); Vault.open = true; return [admin, calls, seen.size, list.length] }
export const look = () => [admin ?? null, calls, seen.size, list.length, Vault.open]";
        let evil = "export const attack = () => [call(victim, 'enter', 'mallory'), call(victim, 'enter', 'bob'), call(victim, 'look')]";
        stage(world, victim, evil);
        let told = asked(world, EVIL, "attack", Value::Null);
        assert_eq!(told, json!([["mallory", 1, 1, 2], ["bob", 1, 1, 2], [null, 0, 0, 1, false]]));
    });
}

/// The attacker leaves a job behind that runs in its caller's frame: it writes to the caller's
/// storage and spends the caller's money.
#[test]
fn s28_a_job_left_behind_runs_in_nobodys_frame() {
    defended_by(const { &[line(
        "engine/src/jobs.rs",
        "        let dropped = self.queues.borrow_mut().pop();\n",
        "        let dropped = self.queues.borrow_mut().last().map(VecDeque::len);\n",
    )] })
    .against(|world| {
        let victim = "
export async function run(how) {
  const told = soft(() => call(evil, how))
  await null; await null; await null
  return [told, storage.keys(), near.self()]
}";
        let evil = "
const strike = () => { storage.set('owned', near.self()) }
export function fail() { Promise.resolve().then(strike).then(strike); throw new Error('caught') }
export function pend() { Promise.resolve().then(() => Promise.resolve().then(strike)); return new Promise(() => {}) }
export function spin() { Promise.resolve().then(strike); null.x }";
        stage(world, victim, evil);
        for (how, code) in [("fail", "E_THROW"), ("pend", "E_PENDING"), ("spin", "E_THROW")] {
            let told = asked(world, VICTIM, "run", json!(how));
            assert_eq!(told, json!([code, [], VICTIM]), "{how}");
        }
    });
}

/// The attacker calls its victim with objects of odd shapes, so that the next call of the same code
/// finds another property than the one that is named: its check reads the wrong value.
#[test]
fn s28_what_ran_before_poisons_no_inline_cache() {
    defended_by(const { &[line(
        "engine/insertions/30-inline-cache.toml",
        "        (found.index == slot.index && found.attributes == attributes).then_some(prototype)\n",
        "        let _ = (found, attributes);\n        Some(None)\n",
    )] })
    .against(|world| {
        let victim = "
const rank = o => o.rank
export function check({ kind, rounds }) {
  const base = { a: 1, b: 2, rank: 'user' }, it = Object.create(base)
  for (let i = 0; i < rounds; i++) rank(it)
  if (kind === 'deleted') { delete base.a; delete base.b; delete base.rank }
  if (kind === 'moved') { delete base.a; base.z = 'admin' }
  if (kind === 'swapped') Object.setPrototypeOf(it, { rank: 'guest' })
  if (kind === 'getter') Object.defineProperty(base, 'rank', { get: () => 'got' })
  return rank(it) ?? null
}";
        let evil = "export const attack = ([kind, rounds]) => { call(victim, 'check', { kind: 'none', rounds: 5 }); return [call(victim, 'check', { kind, rounds }), call(victim, 'check', { kind, rounds })] }";
        stage(world, victim, evil);
        for (kind, expected) in [("deleted", Value::Null), ("moved", json!("user")), ("swapped", json!("guest")), ("getter", json!("got"))] {
            let told = asked(world, EVIL, "attack", json!([kind, 3]));
            assert_eq!(told, json!([expected, expected]), "{kind}");
        }
    });
}

/// The attacker calls functions nine hundred deep and then its victim, which dies of a limit that it
/// did not come near.
#[test]
fn s28_a_deep_caller_takes_no_depth_from_its_callee() {
    defended_by(
        const {
            &[line(
                "engine/insertions/meter.rs",
                ".min(embedding.nesting_total);\n        meter.frames_base = frames;\n",
                ".min(embedding.nesting_total);\n        let _ = frames;\n",
            )]
        },
    )
    .against(|world| {
        let victim = "
const down = n => n === 0 ? 0 : 1 + down(n - 1)
export function work() { const depth = down(600); storage.set('depth', depth); return depth }";
        let evil = "
const down = (n, f) => n === 0 ? f() : down(n - 1, f)
export const attack = n => down(n, () => soft(() => call(victim, 'work')))";
        stage(world, victim, evil);
        for depth in [0, 500, 980] {
            assert_eq!(
                asked(world, EVIL, "attack", json!(depth)),
                json!(600),
                "{depth}"
            );
        }
    });
}

/// The attacker fills memory with garbage, so that whoever runs next in the execution finds none.
#[test]
fn s28_garbage_of_one_frame_takes_no_memory_from_another() {
    defended_by(const { &[line(
        "engine/src/hooks.rs",
        "        if crate::heap::is_scarce() {\n            boa_gc::force_collect();\n        }\n",
        "",
    )] })
    .missed_only_in_vm()
    .against(|world| {
        let victim = "
export function run() {
  const told = soft(() => call(evil, 'litter', 62))
  const mine = [], text = 'y'.repeat(1048570)
  for (let i = 0; i < 8; i++) mine.push(text + i)
  storage.set('sum', mine.reduce((sum, text) => sum + Number(text.at(-1)), 0))
  return [told, storage.get('sum')]
}";
        let evil = "export function litter(times) { const text = 'x'.repeat(1048570); for (let i = 0; i < times; i++) ({ text: text + i }); return 'littered' }";
        stage(world, victim, evil);
        let ended = asked(world, VICTIM, "run", Value::Null);
        assert_eq!(ended, json!(["littered", 28]));
    });
}
