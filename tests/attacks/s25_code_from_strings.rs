//! S25: code that nobody uploaded: `eval`, `Function`, imports, and a source that leaves its place.

use crate::defence::{Line, defended_by};
use crate::scene::{EVIL, VICTIM, asked, line, put};
use conclave_tests::attack::{in_both_worlds, refused};
use serde_json::{Value, json};

const HOOKS: &str = "engine/src/hooks.rs";
const COMPILES: &str = "        Err(JsNativeError::typ()\n            .with_message(\"code can't be made from strings in a subcontract\")\n            .into())";

/// Tries each way, and answers what came of it.
fn evil(ways: &[&str]) -> String {
    let ways: Vec<_> = ways.iter().map(|way| format!("() => {way}")).collect();
    format!(
        "export const tried = () => [{}].map(f => {{ try {{ return ['got', String(f())] }} catch (e) {{ return e.name }} }})",
        ways.join(",\n")
    )
}

#[track_caller]
fn all_are(told: &Value, count: usize, name: &str) {
    assert_eq!(*told, json!(vec![name; count]), "{told}");
}

/// The attacker runs text that came with a request: what was reviewed is not what runs.
#[test]
fn s25_no_function_is_made_from_a_string() {
    defended_by(const { &[line(HOOKS, COMPILES, "        Ok(())")] }).against(|world| {
        let ways = [
            "Function('return 1')()",
            "new Function('return 1')()",
            "[].constructor.constructor('return 1')()",
            "(() => 1).constructor('return 1')()",
            "(function* () {}).constructor('yield 1')().next().value",
            "(async () => 1).constructor('return 1')()",
            "(async function* () {}).constructor('yield 1')()",
            "Reflect.construct(Function, ['return 1'])()",
            "Reflect.construct(Function, ['return 1'], Array)",
            "new (class extends Function {})('return 1')()",
            "Function.prototype.constructor.apply(null, ['return 1'])()",
            "Function.bind(null, 'return 1')()()",
            "near.log.constructor('return 1')()",
            "CallError.constructor('return 1')()",
        ];
        put(world, EVIL, &evil(&ways));
        let told = asked(world, EVIL, "tried", Value::Null);
        all_are(&told, ways.len(), "TypeError");
    });
}

/// The attacker finds `eval` under another name, and with it the scope of who lent it.
#[test]
fn s25_there_is_no_eval() {
    const LINES: [Line; 2] = [
        line(
            "engine/src/permits.rs",
            ": globalThis* Infinity= NaN= undefined= Function Object",
            ": globalThis* eval Infinity= NaN= undefined= Function Object",
        ),
        line(HOOKS, COMPILES, "        Ok(())"),
    ];
    defended_by(&LINES).against(|world| {
        let ways = [
            "(0, eval)('1')",
            "globalThis.eval('1')",
            "globalThis['ev' + 'al']('1')",
            "Reflect.get(globalThis, 'eval')('1')",
            "Object.getOwnPropertyDescriptor(globalThis, 'eval').value('1')",
            "[...Object.getOwnPropertyNames(globalThis)].filter(n => n === 'eval').map(n => globalThis[n]('1'))[0].x",
        ];
        put(world, EVIL, &evil(&ways));
        let told = asked(world, EVIL, "tried", Value::Null);
        for told in told.as_array().expect("answers") {
            assert!(told == "ReferenceError" || told == "TypeError", "{told}");
        }
    });
}

/// The attacker imports what lies beside the enclave, or what another host would load.
#[test]
fn s25_only_the_module_conclave_can_be_imported() {
    defended_by(
        const {
            &[line(
                "engine/src/program.rs",
                "        if name != \"conclave\" {\n",
                "        if name.is_empty() {\n",
            )]
        },
    )
    .against(|world| {
        for module in [
            "fs",
            "node:fs",
            "./conclave",
            "conclave/",
            "Conclave",
            "https://x.near/a.js",
            "\\u0063onclave2",
            "data:text/javascript,1",
        ] {
            for form in [
                "import '{}'",
                "import { near as n } from '{}'",
                "import * as all from '{}'",
            ] {
                let source = format!("{}\nexport const run = () => 1", form.replace("{}", module));
                refused(world, "E_SOURCE", "only 'conclave'", |world| {
                    world.upload(EVIL, &source, None)
                });
            }
        }
    });
}

/// The attacker uploads what is a module but no function, and who calls it dies of a stored program
/// that can't be read, past its own `catch`.
#[test]
fn s25_what_is_stored_is_one_function_and_nothing_else() {
    // What is stored is made of what was parsed: there is no line without which it would not be.
    in_both_worlds(|world| {
        let victim = "export function run() { storage.set('work', 1); return soft(() => call(evil, 'run')) }";
        put(world, VICTIM, victim);
        for source in [
            "const $_ = 1\nexport const run = () => 1",
            "export let $_ = 1, run = () => 1",
            "class $_ {}\nexport const run = () => 1",
        ] {
            let ended = world.upload(EVIL, source, None);
            // Where it was taken, this call shows what for.
            let told = asked(world, VICTIM, "run", Value::Null);
            assert_eq!(told, "E_UNKNOWN_SUBCONTRACT");
            assert_eq!(ended.failure().code, "E_SOURCE", "{source}");
        }
        put(world, EVIL, "export const run = () => 'honest'");
        assert_eq!(asked(world, VICTIM, "run", Value::Null), "honest");
    });
}
