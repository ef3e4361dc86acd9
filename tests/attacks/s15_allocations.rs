//! S15: asking for more memory than there is.

use crate::defence::{Line, defended_by};
use crate::scene::{EVIL, VICTIM, asked, line, send, stage};
use serde_json::{Value, json};

const CHARGES: &str = "engine/insertions/charges.rs";
const HOOKS: &str = "engine/src/hooks.rs";

/// Tries what the attacker does, and has done its own work afterwards.
const VICTIM_CODE: &str = "
export function ask({ method, args, gas }) {
  const told = soft(() => call(evil, method, args, { gas }))
  storage.set('work', 'done')
  return told
}";

/// Ways to make a string of `n` code units.
const STRINGS: [&str; 10] = [
    "'x'.repeat(n)",
    "'x'.padStart(n)",
    "''.padEnd(n, 'abc')",
    "'x'.concat('x'.repeat(n - 1))",
    "`${'x'.repeat(n - 1)}y`",
    "['x'.repeat(n - 524288), 'y'.repeat(524287)].join('-')",
    "'ab'.replace('b', 'x'.repeat(n - 1))",
    "'ab'.replaceAll('b', 'x'.repeat(n - 1))",
    "'ab'.replace(/b/, () => 'x'.repeat(n - 1))",
    "String.raw({ raw: ['x'.repeat(n - 1), ''] }, 'y')",
];

/// The attacker makes a string that takes all memory: the contract traps, and the work of everyone
/// in the receipt is lost.
#[test]
fn s15_a_string_is_at_most_two_to_the_twenty_code_units_long() {
    const LINES: [Line; 2] = [
        line(CHARGES, "if length > STRING_LENGTH_MAX {", "if false {"),
        line(
            CHARGES,
            "if length + more > STRING_LENGTH_MAX {",
            "if false {",
        ),
    ];
    defended_by(&LINES).against(|world| {
        let ways: Vec<_> = STRINGS.iter().map(|way| format!("n => {way}")).collect();
        let evil = format!(
            "const ways = [{}]\nexport const make = ([way, n]) => ways[way](n).length",
            ways.join(",\n")
        );
        stage(world, VICTIM_CODE, &evil);
        for (way, code) in STRINGS.iter().enumerate() {
            for (n, expected) in [(1_048_576, json!(1_048_576)), (1_048_577, json!("E_LIMIT"))] {
                let args = json!({"method": "make", "args": [way, n]});
                assert_eq!(asked(world, VICTIM, "ask", args), expected, "{code} {n}");
            }
        }
    });
}

/// The attacker spreads a million arguments over the virtual machine's stack.
#[test]
fn s15_a_function_takes_at_most_8192_arguments() {
    const LINES: [Line; 1] = [line(
        CHARGES,
        "if count > ARGUMENTS_MAX as u64 {",
        "if false {",
    )];
    defended_by(&LINES).against(|world| {
        let evil = "const count = (...all) => all.length
            const ways = [n => count(...new Array(n)), n => new (function (...all) { this.n = all.length })(...new Array(n)).n,
              n => count.bind(null, ...new Array(n - 100))(...new Array(100)), n => count(1, ...new Array(n - 1))]
            export const spread = ([way, n]) => ways[way](n)";
        stage(world, VICTIM_CODE, evil);
        for way in 0..4 {
            for (n, expected) in [(8_192, json!(8_192)), (8_193, json!("E_LIMIT"))] {
                let args = json!({"method": "spread", "args": [way, n]});
                assert_eq!(asked(world, VICTIM, "ask", args), expected, "{way} {n}");
            }
        }
    });
}

/// The attacker asks for one buffer of more than the contract's memory.
#[test]
fn s15_a_buffer_has_at_most_a_mebibyte() {
    const LINES: [Line; 1] = [line(
        HOOKS,
        "const BUFFER_BYTES_MAX: u64 = 1 << 20;",
        "const BUFFER_BYTES_MAX: u64 = 1 << 26;",
    )];
    defended_by(&LINES).against(|world| {
        let evil = "const told = f => { try { return f() } catch (e) { return e.message } }
            export const make = n => [
              () => new ArrayBuffer(n).byteLength,
              () => new Uint8Array(n).length,
              () => new Float64Array(n / 8).byteLength,
              () => { const b = new ArrayBuffer(8, { maxByteLength: n }); b.resize(n); return b.byteLength },
            ].map(told)";
        stage(world, VICTIM_CODE, evil);
        let made = asked(world, EVIL, "make", json!(1 << 20));
        assert_eq!(made, json!([1 << 20, 1 << 20, 1 << 20, 1 << 20]));
        for n in [(1 << 20) + 8, 1 << 25] {
            let refused = asked(world, EVIL, "make", json!(n));
            for told in refused.as_array().expect("answers") {
                let told = told.as_str().unwrap_or_default();
                assert!(told.contains("1,048,576") || told.contains("1048576"), "{told}");
            }
        }
        let args = json!({"method": "make", "args": 1e300});
        asked(world, VICTIM, "ask", args);
    });
}

/// The attacker hoards buffers that are each small enough, until the contract traps for want of memory.
#[test]
fn s15_who_hoards_memory_dies_alone() {
    defended_by(const { &[line(
        HOOKS,
        "        if crate::heap::is_scarce() {\n            let message",
        "        if false {\n            let message",
    )] })
    .missed_only_in_vm()
    .against(|world| {
        let evil = "export function hoard() { const all = [], text = 'x'.repeat(1048570); for (let i = 0; ; i++) all.push(text + i) }";
        let victim = format!("{VICTIM_CODE}\nexport const work = () => storage.get('work')");
        stage(world, &victim, evil);
        let args = json!({"method": "hoard", "gas": "300 Tgas"});
        let ended = send(world, (VICTIM, "ask"), args, 0);
        // In memory nothing is scarce, and the cap ends it.
        let code = if ended.gas > 0 { "E_LIMIT" } else { "E_GAS" };
        assert_eq!(ended.value(), code);
        assert_eq!(asked(world, VICTIM, "work", Value::Null), "done");
    });
}
