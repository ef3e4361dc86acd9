//! S14: regular expressions that take for ever, or more memory than there is.

use crate::defence::defended_by;
use crate::scene::{VICTIM, asked, line, send, stage};
use serde_json::json;

const METER: &str = "engine/insertions/regexp_meter.rs";

/// Tries what the attacker does under a cap, and counts how often it came through that.
const VICTIM_CODE: &str = "
export function ask({ method, args, gas = '30 Tgas' }) {
  const told = soft(() => call(evil, method, args, { gas }))
  storage.set('asked', (storage.get('asked') ?? 0) + 1)
  return [told, storage.get('asked')]
}";
const EVIL_CODE: &str = "
export const match = ([pattern, flags, text, times, end]) => new RegExp(pattern, flags).test(text.repeat(times) + end)
export function compile(times) { for (let i = 0; i < times; i++) new RegExp('\\\\p{L}' + i, 'iu') }
export const long = units => new RegExp('[^x]'.repeat(units / 4)).test('x')
";

/// Patterns known to take time exponential in the text: pattern, text, how often, its end.
const PATTERNS: [(&str, &str, u32, &str); 25] = [
    ("^(a+)+$", "a", 22, "b"),
    ("^(a*)*$", "a", 22, "b"),
    ("^(a|aa)+$", "a", 30, "b"),
    ("^(a|a)*$", "a", 21, "b"),
    ("^(a|a?)+$", "a", 21, "b"),
    ("^([a-zA-Z]+)*$", "z", 22, "1"),
    ("^(\\d+)+$", "7", 22, "x"),
    ("^(\\w+\\s?)*$", "w", 22, "!"),
    ("(x+x+)+y", "x", 24, ""),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", "a", 24, "!"),
    ("^((a{1,2})+)+$", "a", 21, "b"),
    ("^(?:a?){22}a{22}$", "a", 21, "b"),
    ("(?=(a+)+$)b", "a", 21, "b"),
    ("^(a+)+\\1$", "a", 21, "b"),
    ("^(.*)*x$", "a", 21, ""),
    ("^(?:(a+)|b)*c$", "a", 22, "d"),
    ("^(\\w+\\.?)*@", "w", 22, "!"),
    ("^(a|b|ab)*c", "ab", 22, "d"),
    ("^([\\w-]+\\.?)+@x$", "w", 22, "!"),
    ("^(\"[^\"]*\"|[^,])*,,$", "a\"\"", 22, ""),
    ("^(?:a|[ab])*c", "a", 22, "d"),
    ("^(\\s*\\S*)*z$", "s", 21, ""),
    ("^((?:ab?)+)*$", "ab", 21, "c"),
    ("^(é+)+$", "é", 22, "b"),
    ("^(?:(?:a*)b?)*c$", "a", 22, "d"),
];

/// The attacker burns all gas of who lets it match a text, although its call was capped.
#[test]
fn s14_a_pattern_that_backtracks_without_end_dies_at_its_callers_cap() {
    defended_by(
        const {
            &[line(
                METER,
                "            context.charge_for(steps, STEPS_PER_FUEL)\n        };",
                "            Ok(())\n        };",
            )]
        },
    )
    .against(|world| {
        stage(world, VICTIM_CODE, EVIL_CODE);
        let fine = json!({"method": "match", "args": ["^a+$", "", "a", 9, ""]});
        assert_eq!(asked(world, VICTIM, "ask", fine), json!([true, 1]));
        for (index, (pattern, text, times, end)) in PATTERNS.iter().enumerate() {
            let args = json!({"method": "match", "args": [pattern, "", text, times, end]});
            let ended = send(world, (VICTIM, "ask"), args, 0);
            assert!(ended.gas < 90_000_000_000_000, "{pattern}: {}", ended.gas);
            let expected = json!(["E_GAS", index + 2]);
            assert_eq!(ended.value(), expected, "{pattern}");
        }
    });
}

/// The attacker burns far more gas than it pays for by compiling folded properties of Unicode.
#[test]
fn s14_compiling_patterns_is_paid_for() {
    defended_by(
        const {
            &[line(
                METER,
                "    context.charge(fuel)?;\n    let levels",
                "    let _ = fuel;\n    let levels",
            )]
        },
    )
    .against(|world| {
        stage(world, VICTIM_CODE, EVIL_CODE);
        let args = json!({"method": "compile", "args": 40});
        assert_eq!(asked(world, VICTIM, "ask", args), json!(["E_GAS", 1]));
    });
}

/// The attacker has a compiled form made that is a hundred times as long as its pattern.
#[test]
fn s14_a_pattern_is_at_most_4096_code_units_long() {
    defended_by(
        const {
            &[line(
                METER,
                "if pattern.len() > PATTERN_LENGTH_MAX {",
                "if false {",
            )]
        },
    )
    .against(|world| {
        stage(world, VICTIM_CODE, EVIL_CODE);
        for (units, expected) in [(4096, json!(false)), (4100, json!("E_LIMIT"))] {
            let args = json!({"method": "long", "args": units, "gas": "300 Tgas"});
            assert_eq!(asked(world, VICTIM, "ask", args)[0], expected, "{units}");
        }
    });
}

/// The attacker's match remembers so many places that the contract's memory ends, and with it the
/// call of who asked it.
#[test]
fn s14_a_match_remembers_a_bounded_number_of_places() {
    defended_by(
        const {
            &[line(
                METER,
                "if remembered > REMEMBERED_MAX {",
                "if false {",
            )]
        },
    )
    .against(|world| {
        stage(world, VICTIM_CODE, EVIL_CODE);
        let text = ["(?:ab?)*c", "", "a", "800000", ""].map(|it| json!(it));
        let args = json!({"method": "match", "args": text, "gas": "600 Tgas"});
        assert_eq!(asked(world, VICTIM, "ask", args), json!(["E_LIMIT", 1]));
    });
}
