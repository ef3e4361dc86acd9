//! What a `catch` throws is thrown after `finally`, whatever that does meanwhile.
//!
//! Symptom: a function whose `catch` threw, and whose `finally` caught something of its own or called an
//! async function, returned `undefined`. Mechanism: the error lay where all errors lie while they look
//! for who catches them. Fix: engine/insertions/45-finally.toml.

mod hostile_world;

use conclave_abi::value::Value;
use hostile_world::{FUEL, Way, run_by};

/// What `f` of a source returns, as text.
fn answer(source: &str) -> String {
    let ended = run_by(Way::Compiled, source, &[("f", Value::Null)], FUEL * 100);
    ended.unwrap_or_else(|failure| panic!("{failure:?}"))[0].clone()
}

/// Checks how a function ends whose `catch` does the first and whose `finally` the second.
fn check(caught: &str, finally: &str, expect: &str) {
    for (kind, wait) in [("", ""), ("async ", "await ")] {
        let source = format!(
            "const quiet = () => {{ try {{ throw 'inner' }} catch {{ }} }}
            const later = async () => 1
            const seen = []
            {kind}function run() {{
              for (const turn of [1, 2])
                try {{ throw 'first' }} catch (e) {{ {caught} }} finally {{ {finally} }}
              return 'behind'
            }}
            export {kind}function f() {{
              let how
              try {{ how = 'returned ' + {wait}run() }} catch (e) {{ how = 'threw ' + e }}
              {wait}0
              return [how, ...seen].join()
            }}\n"
        );
        let told = answer(&source);
        let expect = format!("\"{expect}\"");
        assert!(told.contains(&expect), "{kind}{caught} / {finally}: {told}");
    }
}

#[test]
fn what_a_catch_throws_outlives_what_finally_catches() {
    check("throw 'second'", "seen.push(1)", "threw second,1");
    check("throw 'second'", "quiet()", "threw second");
    check(
        "throw 'second'",
        "try { throw 3 } catch (e) { seen.push(e) }",
        "threw second,3",
    );
    check(
        "null.x",
        "try { throw 3 } finally { continue }",
        "returned behind",
    );
    check(
        "throw 'second'",
        "for (const x of [1, 2]) seen.push(x)",
        "threw second,1,2",
    );
    check(
        "throw 'second'",
        "const [x] = [4]; seen.push(x)",
        "threw second,4",
    );
}

#[test]
fn an_async_function_that_ends_in_finally_does_not_take_the_error() {
    let kept = "later().then(v => seen.push(v), e => seen.push('took ' + e))";
    let source = format!(
        "const later = async () => 1, seen = []
        const run = async () => {{ try {{ throw 1 }} catch {{ throw 'second' }} finally {{ await {kept} }} }}
        export async function f() {{
          try {{ seen.push(await run()) }} catch (e) {{ seen.push(e) }}
          return seen.join()
        }}\n"
    );
    let told = answer(&source);
    assert!(told.contains("\"1,second\""), "{told}");
}

#[test]
fn what_finally_leaves_with_counts() {
    check("throw 'second'", "throw 'third'", "threw third");
    check("throw 'second'", "return 'finally'", "returned finally");
    check(
        "throw 'second'",
        "if (turn === 1) continue; seen.push(turn)",
        "threw second,2",
    );
    check("throw 'second'", "break", "returned behind");
    check("return 'caught'", "quiet()", "returned caught");
    check("seen.push(e)", "quiet()", "returned behind,first,first");
}

#[test]
fn a_generator_that_is_told_to_return_in_a_catch_runs_finally() {
    let source = "const seen = []
        function* steps() {
          try { throw 1 } catch { yield 'in' } finally { try { throw 2 } catch (e) { seen.push(e) } yield 'still' }
        }
        export function f() {
          const going = steps()
          seen.push(going.next().value, going.return('told').value, going.next().value)
          const failing = steps()
          failing.next()
          seen.push(failing.throw('thrown').value)
          try { failing.next() } catch (e) { seen.push(e) }
          return seen.join()
        }\n";
    let told = answer(source);
    assert!(
        told.contains("\"2,in,still,told,2,still,thrown\""),
        "{told}"
    );
}
