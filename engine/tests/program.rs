//! The program record: the golden vectors of `docs/spec/state.md` in both directions, hostile bytes.

use conclave_engine::Program;
use std::path::Path;

/// Name, source and record of each golden program.
fn documented() -> Vec<(String, String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/state.md");
    let document = std::fs::read_to_string(path).expect("the document is there");
    let mut lines = document.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("```golden program ") {
            let source = unquoted(lines.next().expect("a source"));
            let record = digits(lines.next().expect("a record"));
            found.push((name.to_owned(), source, record));
        }
    }
    found
}

/// A JSON string whose only escapes are `\n`, `\"` and `\\`.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let mut chars = inner.expect("quotes").chars();
    let mut source = String::new();
    while let Some(char) = chars.next() {
        source.push(match char {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some(char @ ('"' | '\\')) => char,
                other => panic!("escape {other:?}"),
            },
            char => char,
        });
    }
    source
}

/// Bytes from hexadecimal digits; `.` joins parts.
fn digits(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|char| *char != '.').collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).expect("digits");
    digits.chunks(2).map(byte).collect()
}

/// Writes bytes as the document does, so that a failure shows what to put there.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whatever bytes are accepted are the ones that their program is written as.
fn check_canonical(bytes: &[u8]) {
    if let Some(program) = Program::from_bytes(bytes) {
        assert_eq!(text(&program.to_bytes()), text(bytes));
    }
}

#[test]
fn the_document_shows_the_record_of_a_source_and_the_program_of_a_record() {
    let documented = documented();
    assert_eq!(documented.len(), 4);
    for (name, source, record) in documented {
        let read = Program::from_bytes(&record).unwrap_or_else(|| panic!("{name} can't be read"));
        assert_eq!(read.source, source, "{name}");
        let made =
            Program::new(&source, read.hash).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(text(&made.to_bytes()), text(&record), "{name}");
        assert_eq!(made, read, "{name}");
    }
}

#[test]
fn methods_are_the_exports_that_do_not_begin_with_an_underscore() {
    for (name, expect) in [
        ("one-export", vec!["f"]),
        ("imports", vec!["read"]),
        ("nothing-to-call", vec![]),
        ("reentrant", vec!["onFlash"]),
    ] {
        let (.., record) = documented()
            .into_iter()
            .find(|found| found.0 == name)
            .expect(name);
        let program = Program::from_bytes(&record).expect("a program");
        assert_eq!(program.methods().collect::<Vec<_>>(), expect, "{name}");
    }
}

#[test]
fn a_record_that_is_cut_or_goes_on_is_refused() {
    for (name, _, record) in documented() {
        for end in 0..record.len() {
            assert!(
                Program::from_bytes(&record[..end]).is_none(),
                "{name} cut at {end}"
            );
        }
        assert!(
            Program::from_bytes(&[&record[..], &[0]].concat()).is_none(),
            "{name} goes on"
        );
    }
}

#[test]
fn every_changed_byte_is_refused_or_reads_back_as_it_stands() {
    for (_, _, record) in documented() {
        for at in 0..record.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff, record[at] ^ 1] {
                let mut changed = record.clone();
                changed[at] = byte;
                check_canonical(&changed);
            }
        }
    }
}

#[test]
fn a_count_beyond_the_bytes_reserves_nothing() {
    let program = Program::new("", [0; 32]).expect("an empty source");
    let whole = program.to_bytes();
    assert!(Program::from_bytes(&whole).is_some());
    // The length of the source and the counts of three lists of methods end the record.
    for at in (whole.len() - 16..whole.len()).step_by(4) {
        let mut record = whole.clone();
        record[at..at + 4].fill(u8::MAX);
        assert!(Program::from_bytes(&record).is_none(), "{at}");
    }
}
