//! S32: errors that are taken for others, tell too much, or leave the engine broken.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, send, stage};
use serde_json::{Value, json};

/// The attacker shows its caller a code of the enclave's: the caller believes that gas was short, or
/// that nothing was there to call, and acts on it.
#[test]
fn s32_a_code_can_not_be_forged() {
    defended_by(const { &[line(
        "engine/src/realm.rs",
        "known.find(|(known, _)| JsObject::equals(known, error))?;",
        "known.next()?;",
    )] })
    .against(|world| {
        let victim = "
export function run(how) { try { call(evil, how); return 'no error' } catch (e) { return [e.code, e.name, e.message, e.path] } }";
        let evil = "
const seen = () => { try { call('void@mallory.near', 'x') } catch (e) { return e } }
const like = e => Object.assign(new Error(e.message), { code: e.code, path: e.path, name: e.name })
export const plain = () => { seen(); throw new Error('plain') }
export const copied = () => { throw like(seen()) }
export const heir = () => { throw Object.create(seen()) }
export const subclass = () => { seen(); class E extends CallError { code = 'E_GAS' } throw new E('mine') }
export const made = () => { seen(); throw new CallError('E_UNKNOWN_SUBCONTRACT') }";
        stage(world, victim, evil);
        for how in ["plain", "copied", "heir", "subclass", "made"] {
            let told = asked(world, VICTIM, "run", json!(how));
            assert_eq!(told[0], "E_THROW", "{how}: {told}");
            assert_eq!(told[3], json!([VICTIM, EVIL]), "{how}");
        }
    });
}

/// The attacker throws a message of a million characters, which its caller pays to copy, and the
/// receipt to carry.
#[test]
fn s32_what_an_error_says_is_cut() {
    defended_by(const { &[
        line(
            "engine/src/failure.rs",
            "    if text.len() > TEXT_BYTES_MAX {\n",
            "    if text.is_empty() {\n",
        ),
        line(
            "engine/src/failure.rs",
            "text.get(..text.len().min(TEXT_BYTES_MAX + 1));",
            "text.get(..);",
        ),
    ] })
    .against(|world| {
        let victim = "
export function run(how) { try { call(evil, how) } catch (e) { return [e.message.length, e.name.length, e.stack.length].map(n => n <= 2100) } }";
        let evil = "
const long = 'x'.repeat(100000)
export const message = () => { throw new Error(long) }
export const name = () => { throw Object.assign(new Error('x'), { name: long }) }
export const text = () => { throw long }
export const inherited = () => { throw Object.create(Object.create({ name: long, message: long })) }
export const deep = () => { const f = n => { if (n === 0) throw new Error('x'); f(n - 1) }; f(400) }";
        stage(world, victim, evil);
        for how in ["message", "name", "text", "inherited", "deep"] {
            let told = asked(world, VICTIM, "run", json!(how));
            assert_eq!(told, json!([true, true, true]), "{how}");
            let failure = send(world, (EVIL, how), Value::Null, 0).failure();
            assert!(failure.message.len() < 2_100, "{how}");
        }
    });
}

/// The attacker reads in a stack trace what its caller's functions are called, and where they are.
#[test]
fn s32_a_callees_trace_shows_nothing_of_its_caller() {
    defended_by(
        const {
            &[line(
                "engine/insertions/50-backtrace.toml",
                "        (height, std::mem::replace(&mut self.base, height))\n",
                "        (height, self.base)\n",
            )]
        },
    )
    .against(|world| {
        let victim = "
function secretStrategy() { return call(evil, 'peek') }
export const run = () => [1].map(function secretCallback() { return secretStrategy() })[0]";
        let evil = "
const inner = () => new Error('peek').stack
export function peek() {
  const seen = [inner(), [1].map(inner)[0]]
  try { null.x } catch (e) { seen.push(e.stack) }
  return seen
}";
        stage(world, victim, evil);
        let told = asked(world, VICTIM, "run", Value::Null);
        for trace in told.as_array().expect("traces") {
            let trace = trace.as_str().expect("a trace");
            assert!(trace.contains("peek"), "{trace}");
            assert!(
                !trace.contains("secret") && !trace.contains(VICTIM),
                "{trace}"
            );
        }
    });
}
