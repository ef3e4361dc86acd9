//! `toUpperCase` and `toLowerCase`: what the standard library makes of every character, by tables of our
//! own (engine/insertions/string_case.rs).
//!
//! `UPDATE_EXPECT=1` writes the tables anew, from the standard library's Unicode version.

use boa_engine::{Context, JsString, Source, js_string};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

const TABLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/insertions/case_tables.rs");

/// Every character that is not ASCII.
fn characters() -> impl Iterator<Item = char> {
    (0x80..=u32::from(char::MAX)).filter_map(char::from_u32)
}

/// Ranges of characters that change by the same distance, as the tables have them.
fn ranges(changed: impl Fn(char) -> Option<char>) -> Vec<(u32, i64)> {
    let mut found: Vec<(u32, u32, u32, i64)> = Vec::new();
    for character in characters() {
        let Some(other) = changed(character) else {
            continue;
        };
        let code = u32::from(character);
        let distance = i64::from(u32::from(other)) - i64::from(code);
        if let Some((first, last, step, by)) = found.last_mut() {
            let gap = code - *last;
            let goes_on = if first == last {
                gap <= 2
            } else {
                gap == *step
            };
            if *by == distance && goes_on && code - *first < 256 {
                (*last, *step) = (code, gap);
                continue;
            }
        }
        found.push((code, code, 1, distance));
    }
    let row = |(first, last, step, by): (u32, u32, u32, i64)| {
        (first << 9 | (last - first) << 1 | (step - 1), by)
    };
    found.into_iter().map(row).collect()
}

fn is_ignored(character: char) -> bool {
    format!("a{character}Σ").to_lowercase().ends_with('ς')
        && format!("{character}Σ").to_lowercase().ends_with('σ')
}

/// Where runs of ignored characters begin and end: how far behind the end of the one before, and how many.
fn ignored() -> Vec<u32> {
    let (mut numbers, mut end, mut from) = (Vec::new(), 0, None);
    for code in 0..=u32::from(char::MAX) + 1 {
        let is_in = char::from_u32(code).is_some_and(is_ignored);
        if let (Some(first), false) = (from, is_in) {
            numbers.extend([first - end, code - first]);
            (end, from) = (code, None);
        } else if is_in && from.is_none() {
            from = Some(code);
        }
    }
    numbers
}

/// Numbers of seven bits to a byte, the first ones first.
fn in_bytes(numbers: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in numbers {
        for shift in [14, 7] {
            if number >> shift > 0 {
                bytes.push((number >> shift & 0x7f) as u8 | 0x80);
            }
        }
        bytes.push((number & 0x7f) as u8);
    }
    bytes
}

fn rows<T>(out: &mut String, items: &[T], shown: impl Fn(&T) -> String) {
    let mut line = String::new();
    for item in items {
        let shown = shown(item) + ",";
        if line.len() + shown.len() > 100 {
            let _ = writeln!(out, "   {line}");
            line.clear();
        }
        line = line + " " + &shown;
    }
    let _ = writeln!(out, "   {line}\n];");
}

/// The file of the tables.
fn tables() -> String {
    let upper = |character: char| character.to_uppercase().collect::<Vec<_>>();
    let single = |all: &[char]| match all {
        [only] => Some(*only),
        _ => None,
    };
    let upper_one = |character| single(&upper(character)).filter(|other| *other != character);
    let lower_one = |character: char| {
        let all: Vec<_> = character.to_lowercase().collect();
        single(&all).filter(|other| *other != character)
    };
    let expanding: BTreeMap<_, _> = characters()
        .map(|character| (u32::from(character), upper(character)))
        .filter(|(_, all)| all.len() > 1)
        .collect();
    let (major, minor, _) = char::UNICODE_VERSION;
    let mut out = format!(
        "//! What letters become in the other case, of Unicode {major}.{minor}.\n//!\n//! Written by \
         `UPDATE_EXPECT=1 cargo test -p conclave-engine --test builtins_case`; do not edit it.\n\n"
    );
    for (name, table) in [("LOWER", ranges(lower_one)), ("UPPER", ranges(upper_one))] {
        let _ = writeln!(
            out,
            "#[rustfmt::skip]\npub(super) static {name}: [(u32, i32); {}] = [",
            table.len()
        );
        rows(&mut out, &table, |(range, by)| {
            format!("({range:#x}, {by})")
        });
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "/// A character and the two or three of its upper case.\n#[rustfmt::skip]\npub(super) static EXPANDING: [[u16; 4]; {}] = [",
        expanding.len()
    );
    let expanding: Vec<_> = expanding.into_iter().collect();
    rows(&mut out, &expanding, |(code, all)| {
        let mut row = [*code, 0, 0, 0];
        for (place, character) in row[1..].iter_mut().zip(all) {
            *place = u32::from(*character);
        }
        format!("{row:?}")
    });
    let bytes = in_bytes(&ignored());
    let _ = writeln!(
        out,
        "\n#[rustfmt::skip]\npub(super) static CASE_IGNORABLE: [u8; {}] = [",
        bytes.len()
    );
    rows(&mut out, &bytes, u8::to_string);
    out
}

#[test]
fn the_tables_say_what_the_standard_library_says() {
    let tables = tables();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(TABLES, &tables).expect("the tables can be written");
    }
    let written = fs::read_to_string(TABLES).expect("the tables are there");
    assert!(written == tables, "run this test with UPDATE_EXPECT=1");
}

/// What JavaScript makes of a text.
fn changed(context: &mut Context, text: &str, method: &str) -> String {
    let global = context.global_object();
    let key = js_string!("text");
    global
        .set(key, JsString::from(text), true, context)
        .expect("a global can be set");
    let source = format!("text.{method}()");
    let value = context.eval(Source::from_bytes(&source)).expect(method);
    let string = value.to_string(context).expect("a string");
    string.to_std_string().expect("no lone surrogates")
}

#[test]
fn every_character_changes_as_the_standard_library_has_it() {
    let mut context = Context::default();
    // A sigma ends a word or not by what is beside it; lines are words apart.
    let lines: Vec<_> = (0..=u32::from(char::MAX))
        .filter_map(char::from_u32)
        .map(|character| format!("a{character}Σ{character} {character}Σ{character}b\n"))
        .collect();
    for lines in lines.chunks(50_000) {
        let text = lines.concat();
        for (method, expected) in [
            ("toUpperCase", text.to_uppercase()),
            ("toLowerCase", text.to_lowercase()),
        ] {
            let got = changed(&mut context, &text, method);
            for (got, expected) in got.lines().zip(expected.lines()) {
                assert_eq!(got, expected, "{method}");
            }
            assert_eq!(got.len(), expected.len(), "{method}");
        }
    }
}

#[test]
fn ascii_and_lone_surrogates_change_too() {
    let mut context = Context::default();
    assert_eq!(changed(&mut context, "aZ09@[`{", "toUpperCase"), "AZ09@[`{");
    assert_eq!(changed(&mut context, "aZ09@[`{", "toLowerCase"), "az09@[`{");
    let value = context
        .eval(Source::from_bytes(
            "'\\ud800ä\\udc00'.toUpperCase() === '\\ud800Ä\\udc00'",
        ))
        .expect("an expression");
    assert_eq!(value.as_boolean(), Some(true));
}
