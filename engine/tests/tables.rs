//! Unicode's tables: which records running code asks its host for (docs/adr/0073).

mod recorder;

use recorder::{Asked, Recorder, returned, run};

/// Records that a body asks for, in order.
fn asked(body: &str) -> Vec<usize> {
    let (result, asked) = run(Recorder::default(), body);
    result.unwrap_or_else(|failure| panic!("{body}: {failure:?}"));
    let records = asked.into_iter().filter_map(|asked| match asked {
        Asked::Table(record) => Some(record),
        _ => None,
    });
    records.collect()
}

#[test]
fn each_execution_asks_once_for_each_record_that_it_needs() {
    let nfc = "return ['e\\u0301', 'o\\u0308'].map(text => text.normalize('NFC')).join()";
    for (body, expect) in [
        ("return /^[a-zß]+$/iu.test('GROSSE')", &[][..]),
        (nfc, &[0, 1]),
        ("return 'x'.normalize('NFD')", &[0, 1]),
        ("return 'x'.normalize('NFKD')", &[2, 1]),
    ] {
        assert_eq!(asked(body), expect, "{body}");
        assert_eq!(asked(body), expect, "again: {body}");
    }
    assert_eq!(returned(Recorder::default(), nfc), "é,ö");
    let letters = "return [/\\p{L}/u, /\\p{L}/u, /\\P{L}+/u].map(it => it.test('a')).join()";
    for _ in 0..2 {
        assert_eq!(asked(letters).len(), 1, "one record of properties");
    }
}
