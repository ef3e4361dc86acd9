//! Regular expressions: a match is counted while it runs and can be ended; patterns are bounded.

mod metered;

use metered::{Outcome, assert_costs, assert_ends, assert_throws, assert_value, run};

/// Patterns known to take exponential or high polynomial time, and inputs that make them.
const SLOW: &[(&str, &str)] = &[
    ("/(a+)+$/", "'a'.repeat(40) + 'b'"),
    ("/(a*)*$/", "'a'.repeat(40) + 'b'"),
    ("/(a|aa)+$/", "'a'.repeat(60) + 'b'"),
    ("/(a|a?)+$/", "'a'.repeat(40) + 'b'"),
    ("/(.*)*x/", "'a'.repeat(40)"),
    ("/(.*a){15}b/", "'a'.repeat(60)"),
    ("/^(([a-z])+.)+[A-Z]([a-z])+$/", "'a'.repeat(60)"),
    ("/([a-zA-Z]+)*$/", "'a'.repeat(40) + '!'"),
    ("/(\\d+)+!/", "'1'.repeat(40)"),
    ("/(x+x+)+y/", "'x'.repeat(40)"),
    ("/(x+)*y/", "'x'.repeat(40)"),
    ("/^(\\w+\\s?)*$/", "'word '.repeat(20) + '!'"),
    ("/(?:a+)+b/", "'a'.repeat(40)"),
    ("/(?:(?:a?)+)+b/", "'a'.repeat(30)"),
    ("/(a?){40}a{40}b/", "'a'.repeat(40)"),
    ("/(?=(a+)+$)b/", "'a'.repeat(40) + 'c'"),
    ("/(?<=^(a+)+)b/", "'c' + 'a'.repeat(40) + 'b'"),
    ("/(a+?)+?$/", "'a'.repeat(40) + 'b'"),
    ("/(a+)\\1+$/", "'a'.repeat(20000) + 'b'"),
    (
        "/^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$/",
        "'a'.repeat(60)",
    ),
    ("/\\s+$/", "' '.repeat(20000) + 'x'"),
    ("/a*a*a*a*b/", "'a'.repeat(400)"),
    ("/.*.*=.*/s", "'x'.repeat(20000)"),
    ("/(?:\\.|[^\\\\])*\\*\\//", "'a'.repeat(20000)"),
    (
        "/<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>/",
        "'<'.repeat(3000) + '\"'",
    ),
    ("/(A+)+$/i", "'a'.repeat(40) + 'b'"),
    ("/(\u{e9}+)+$/u", "'\u{e9}'.repeat(40) + '\u{20ac}'"),
    ("/(\\p{L}+)+$/u", "'a'.repeat(40) + '!'"),
];

#[test]
fn a_match_that_goes_on_too_long_is_ended() {
    for (pattern, input) in SLOW {
        for call in [
            "r.test(s)",
            "s.match(r)",
            "s.replace(r, '')",
            "s.search(r)",
            "s.split(r)",
        ] {
            assert_ends(
                &format!("let r = {pattern}, s = {input}; {call}"),
                60_000,
                5_000,
            );
        }
    }
}

#[test]
fn the_end_of_fuel_in_a_match_can_not_be_caught() {
    let source = "let s = 'a'.repeat(40) + 'b'; try { /(a+)+$/.test(s) } catch { 1 } finally { 2 }";
    assert_eq!(run(source, 60_000).outcome, Outcome::OutOfFuel);
}

#[test]
fn what_a_match_remembers_is_bounded() {
    let limit = "RangeError: a regular expression has more than 524,288 places to come back to";
    assert_throws("/(?:a|b)*c/.test('ab'.repeat(2 ** 19))", limit);
    assert_throws("/(a)*c/.test('a'.repeat(2 ** 20))", limit);
    assert_throws("/(?:a|b)*?c/.test('ab'.repeat(2 ** 19))", limit);
    assert_value("/(?:a|b)*c/.test('ab'.repeat(50000) + 'c')", "true");
    assert_value("/a*b/.test('a'.repeat(2 ** 20 - 1) + 'b')", "true");
}

#[test]
fn patterns_are_bounded() {
    let limit = "RangeError: a regular expression is longer than 4,096 code units";
    assert_value(
        "new RegExp('a'.repeat(4096)).test('a'.repeat(4096))",
        "true",
    );
    assert_throws("new RegExp('a'.repeat(4097))", limit);
    assert_throws("new RegExp('b|'.repeat(5000))", limit);
    assert_throws("'x'.match('('.repeat(5000))", limit);
    assert_value("new RegExp('b|'.repeat(2000) + 'c').test('c')", "true");
    assert_value(
        "new RegExp('(?:b|'.repeat(40) + 'c' + ')'.repeat(40)).exec('c')[0]",
        "c",
    );
    for (open, close, flags) in [
        ("(", ")", ""),
        ("(?:", ")", ""),
        ("(?=", ")", ""),
        ("(?<!", ")", ""),
        ("(?<a", ">)", ""),
        ("[", "]", "v"),
        ("(?:a|", ")*", ""),
    ] {
        for depth in [47, 49, 250, 500, 1_000] {
            let source = format!(
                "new RegExp('{open}'.repeat({depth}) + '{close}'.repeat({depth}), '{flags}'); 1"
            );
            let outcome = run(&source, u64::MAX).outcome;
            let fits = depth == 47 && open != "(?<a";
            match outcome {
                Outcome::Value(_) if fits => {}
                Outcome::Thrown(text) if !fits => {
                    assert!(
                        text.starts_with("SyntaxError") || text == limit,
                        "{source}: {text}"
                    );
                }
                other => panic!("{source}: {other:?}"),
            }
        }
    }
}

#[test]
fn compiling_is_counted() {
    assert_costs("let s = 'a'.repeat(4000);; new RegExp(s)", 30_000);
    assert_costs("let s = '\\\\p{L}'.repeat(100);; new RegExp(s, 'u')", 6_000);
    assert_costs("let s = '\\\\W'.repeat(100);; new RegExp(s, 'iu')", 20_000);
    assert_costs("new RegExp('\\\\p{L}', 'iu')", 65_536);
    assert_costs(
        "let i = 0;; for (; i < 100; i++) /abcdefgh/.test('x')",
        6_000,
    );
    assert_ends("for (;;) /(?:a{1000}){1000}/", 60_000, 5_000);
}

#[test]
fn results_are_counted_and_bounded() {
    let limit = "RangeError: a string is longer than 1,048,576 code units";
    let long = "let s = 'x'.repeat(1000);";
    assert_throws(&format!("{long} s.replace(/x/g, s + s)"), limit);
    assert_throws(
        &format!("{long} s.replace(/x/g, \"$'$`$&$&$&\" + s)"),
        limit,
    );
    assert_throws(&format!("{long} s.replace(/x/g, () => s + s)"), limit);
    assert_costs("let s = 'x'.repeat(100000);; s.replace(/y/g, '')", 12_000);
    assert_costs(
        "let s = 'x'.repeat(100000);; RegExp.escape?.(s) ?? s.split(/y/)",
        12_000,
    );
    assert_ends("'x'.repeat(20000).replace(/x/g, 'y')", 600_000, 5_000);
}

#[test]
fn matches_are_what_they_should_be() {
    for (source, expected) in [
        (
            "'abc'.replace(/(a)|(b)|(c)|(d)|(e)/g, '[$1$2$3]')",
            "[a][b][c]",
        ),
        ("/a|ab|abc|abcd/.exec('abcd')[0]", "a"),
        ("/(?:abcd|abc|ab|a)$/.exec('abc')[0]", "abc"),
        ("/^(?:one|two|three|four|five|six)$/.test('six')", "true"),
        ("/^(?:one|two|three|four|five|six)$/.test('seven')", "false"),
        ("/(a)(?:(b)|(c)|(d))/.exec('ad').join()", "ad,a,,,d"),
        (
            "/(?<y>\\d{4})-(?<m>\\d\\d)/.exec('on 2020-01').groups.m",
            "01",
        ),
        (
            "[...'aXbXc'.matchAll(/X/g)].map(m => m.index).join()",
            "1,3",
        ),
        ("/(?<!a)b/.exec('ab b').index", "3"),
        ("/(a*)b\\1/.exec('aabaa')[0]", "aabaa"),
        (
            "let r = /a/y; r.lastIndex = 1; r.test('ba') + ',' + r.lastIndex",
            "true,2",
        ),
        (
            "/^\\p{Lu}/u.test('\u{c9}') && !/^\\p{Lu}/u.test('\u{e9}')",
            "true",
        ),
        ("/\u{e9}/i.test('\u{c9}')", "true"),
        ("/[\\p{L}--[a-z]]/v.test('a')", "false"),
        ("'a\u{1f600}b'.split(/(?:)/u).length", "3"),
        (
            "/^.$/u.test('\u{1f600}') && !/^.$/.test('\u{1f600}')",
            "true",
        ),
    ] {
        assert_value(source, expected);
    }
}

#[test]
fn properties_of_unicode_hold_what_the_published_tables_say() {
    let text = "let s = '';
        for (let c = 0; c < 0x10000; c++) if (c < 0xd800 || c > 0xdfff) s += String.fromCharCode(c);";
    for (property, count) in [
        ("Alphabetic", 49_930),
        ("Lu", 1_135),
        ("L", 48_981),
        ("ID_Continue", 50_798),
        ("scx=Greek", 381),
        ("sc=Zyyy", 3_667),
        ("Cn", 1_370),
        ("Extended_Pictographic", 170),
        ("Changes_When_Titlecased", 1_200),
        ("White_Space", 25),
        ("Nd", 370),
    ] {
        let matches = format!("{text} s.match(/\\p{{{property}}}/gu).length");
        assert_value(&matches, &count.to_string());
    }
    for (source, expected) in [
        (
            "/^\\p{RGI_Emoji}$/v.test('\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}')",
            "true",
        ),
        ("/^\\p{Basic_Emoji}$/v.test('\u{1f1e9}\u{1f1ea}')", "false"),
        (
            "/^\\p{RGI_Emoji_Flag_Sequence}$/v.test('\u{1f1e9}\u{1f1ea}')",
            "true",
        ),
        (
            "/^\\p{Emoji_Keycap_Sequence}{2}$/v.test('#\u{fe0f}\u{20e3}9\u{fe0f}\u{20e3}')",
            "true",
        ),
        (
            "/(?<\u{e9}t\u{e9}_1$>a)/.exec('a').groups['\u{e9}t\u{e9}_1$']",
            "a",
        ),
    ] {
        assert_value(source, expected);
    }
    assert_throws("new RegExp('(?<1a>a)')", "SyntaxError");
    assert_throws("new RegExp('(?<\u{20ac}>a)')", "SyntaxError");
}
