//! The grammar of JSON: what is accepted is what the standard and another implementation accept.

mod metered;

use metered::{Outcome, assert_throws, assert_value, run};
use serde_json::{Map, Value};

/// Texts that are JSON, and what `JSON.stringify` makes of their value; `=` for the text itself.
const GOOD: &[(&str, &str)] = &[
    ("null", "="),
    ("true", "="),
    ("false", "="),
    ("0", "="),
    ("-0", "0"),
    ("-0.0", "0"),
    ("1", "="),
    ("-1", "="),
    ("123456789", "="),
    ("1234567890", "="),
    ("-2147483648", "="),
    ("4294967296", "="),
    ("9007199254740993", "9007199254740992"),
    ("123456789012345678901234567890", "1.2345678901234568e+29"),
    ("1.5", "="),
    ("0.1", "="),
    ("1e3", "1000"),
    ("1E3", "1000"),
    ("1e+3", "1000"),
    ("1e-3", "0.001"),
    ("0e1", "0"),
    ("0E+1", "0"),
    ("0.0e-5", "0"),
    ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ("1e400", "null"),
    ("5e-324", "="),
    ("1e-400", "0"),
    ("\"\"", "="),
    ("\"abc\"", "="),
    ("\" \"", "="),
    ("\"\u{e9}\u{20ac}\u{1f600}\"", "="),
    ("\"\u{7f}\u{80}\u{2028}\u{2029}\"", "="),
    (r#""\"\\\/\b\f\n\r\t""#, r#""\"\\/\b\f\n\r\t""#),
    (r#""\u0041\u00e9\u20AC""#, "\"A\u{e9}\u{20ac}\""),
    (r#""\u0000\u001f\u0020""#, r#""\u0000\u001f ""#),
    (r#""\ud83d\ude00""#, "\"\u{1f600}\""),
    (r#""\ud83d""#, r#""\ud83d""#),
    (r#""\ude00\ud83d""#, r#""\ude00\ud83d""#),
    (r#""\ud83dx""#, r#""\ud83dx""#),
    (r#""\uD834\uDD1E""#, "\"\u{1d11e}\""),
    ("[]", "="),
    ("[[]]", "="),
    ("[[],[]]", "="),
    ("[1,2,3]", "="),
    ("[null,true,\"x\",[],{}]", "="),
    (" [ 1 , 2 ] ", "[1,2]"),
    ("\t\n\r [\t\n\r 1\t\n\r ]\t\n\r ", "[1]"),
    ("{}", "="),
    ("{\"a\":1}", "="),
    ("{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":1,\"b\":2}"),
    ("{\"b\":1,\"a\":2}", "="),
    ("{\"a\":{\"b\":{\"c\":[]}}}", "="),
    ("{\"\":1}", "="),
    ("{\"a\":1,\"a\":2}", "{\"a\":2}"),
    ("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"),
    ("{\"2\":1,\"1\":2}", "{\"1\":2,\"2\":1}"),
    ("{\"__proto__\":1}", "="),
    ("{\"__proto__\":{\"x\":1}}", "="),
    ("{\"__proto__\":null,\"__proto__\":2}", "{\"__proto__\":2}"),
    (
        "{\"constructor\":1,\"toString\":2,\"hasOwnProperty\":3}",
        "=",
    ),
    ("{\"length\":-1}", "="),
    (r#"{"\u0061":1}"#, "{\"a\":1}"),
    ("{\"\u{20ac}\":1}", "="),
    ("\"\u{e9}\"", "="),
    ("[1e1,1E1,1.0e1]", "[10,10,10]"),
];

/// Texts that are not JSON.
const BAD: &[&str] = &[
    "",
    " ",
    "\u{feff}1",
    "\u{a0}1",
    "\u{2028}1",
    "\u{b}1",
    "\u{c}1",
    "nul",
    "nulll",
    "Null",
    "True",
    "undefined",
    "NaN",
    "Infinity",
    "-Infinity",
    "+1",
    "-",
    "--1",
    "01",
    "-01",
    "00",
    "1.",
    ".5",
    "-.5",
    "1.e1",
    "1e",
    "1e+",
    "1e1.5",
    "0x10",
    "0b1",
    "0o7",
    "1_000",
    "1n",
    "1 2",
    "1,2",
    "'a'",
    "`a`",
    "\"",
    "\"a",
    "\"a\\\"",
    "\"a\nb\"",
    "\"a\tb\"",
    "\"\u{0}\"",
    "\"\u{1f}\"",
    r#""\x41""#,
    r#""\a""#,
    r#""\'""#,
    r#""\0""#,
    r#""\u""#,
    r#""\u12""#,
    r#""\u12g4""#,
    r#""\u+123""#,
    r#""\u{41}""#,
    r#""\U0041""#,
    "\"\\\u{20ac}\"",
    "\"\\u\u{ff11}111\"",
    "[",
    "]",
    "[1",
    "[1,",
    "[,",
    "[,1]",
    "[1,]",
    "[1,,2]",
    "[1 2]",
    "[1}",
    "[1:2]",
    "[1]]",
    "[1],",
    "[1]1",
    "[[]",
    "[\"a\"",
    "[\"a",
    "[...[]]",
    "[a]",
    "[(1)]",
    "[1]//",
    "[1]/**/",
    "//\n1",
    "# 1",
    "{",
    "}",
    "{1}",
    "{\"a\"}",
    "{\"a\":",
    "{\"a\":}",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{\"a\":1,,}",
    "{,}",
    "{,\"a\":1}",
    "{\"a\",1}",
    "{\"a\" 1}",
    "{\"a\"::1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1]",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{null:1}",
    "{[\"a\"]:1}",
    "{\"a\"=1}",
    "{\"a\":1;\"b\":2}",
    "{\"a\":1}}",
    "{\"a\":1}{}",
    "{\"a\":function(){}}",
    "{get a(){}}",
    "({})",
    "1;",
    "\\u0031",
    "tru\u{65}\u{301}",
    "new Date()",
    "<!--1",
    "@",
];

/// A JavaScript string literal.
fn literal(text: &str) -> String {
    let text = Value::from(text).to_string();
    text.replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[test]
fn json_is_accepted_and_written_again() {
    for (text, written) in GOOD {
        let written = if *written == "=" { text } else { written };
        let source = format!("JSON.stringify(JSON.parse({}))", literal(text));
        assert_value(&source, written);
    }
}

#[test]
fn what_is_no_json_is_a_syntax_error_with_its_position() {
    for text in BAD {
        let source = format!("JSON.parse({})", literal(text));
        assert_throws(&source, "SyntaxError: unexpected ");
        assert_throws(&source, " in JSON at position ".trim_start_matches(" in"));
    }
    assert_throws(
        "JSON.parse('[1, x]')",
        "unexpected `x` in JSON at position 4",
    );
    assert_throws("JSON.parse('[1, ')", "unexpected end of JSON at position 4");
    assert_throws(
        "JSON.parse('\u{20ac}\u{20ac}')",
        "`\\u{20ac}` in JSON at position 0",
    );
    assert_throws(
        "JSON.parse()",
        "SyntaxError: unexpected `u` in JSON at position 0",
    );
    assert_throws("JSON.parse(Symbol())", "TypeError");
}

/// Random numbers that are the same for every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn text(&mut self) -> String {
        const UNITS: [char; 12] = [
            'a',
            'b',
            '"',
            '\\',
            '/',
            '\n',
            '\u{1}',
            ' ',
            '\u{e9}',
            '\u{20ac}',
            '\u{1f600}',
            '7',
        ];
        let length = self.below(6);
        (0..length)
            .map(|_| UNITS[self.below(12) as usize])
            .collect()
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => Value::from(self.below(2) == 0),
            2 => Value::from(self.below(1 << 40) as i64 - (1 << 39)),
            3 => Value::from((self.below(1 << 50) as f64 - 1e14) / 1024.0),
            4 | 5 => Value::from(self.text()),
            6 | 7 => (0..self.below(5)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                // Letters first: an index would be moved to the front.
                let entries = (0..self.below(5))
                    .map(|_| (format!("k{}", self.text()), self.value(depth - 1)));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}

#[test]
fn random_documents_agree_with_another_implementation() {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    let mut source = String::from("let out = [];\n");
    let mut expected = Vec::new();
    for _ in 0..1_000 {
        let value = random.value(4);
        let text = value.to_string();
        source += &format!(
            "out.push(JSON.stringify(JSON.parse({})));\n",
            literal(&text)
        );
        expected.push(value);
    }
    let Outcome::Value(text) = run(&format!("{source} out.join('\\u0000')"), u64::MAX).outcome
    else {
        panic!("no value");
    };
    let texts: Vec<_> = text.split('\0').collect();
    assert_eq!(texts.len(), expected.len());
    for (text, expected) in texts.iter().zip(&expected) {
        let value: Value = serde_json::from_str(text).expect(text);
        assert!(same(&value, expected), "{text} {expected}");
    }
}

/// Equality of values, with numbers as JavaScript has them.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

#[test]
fn mutated_documents_are_refused_where_another_implementation_refuses_them() {
    let mut random = Random(0x0FED_CBA9_8765_4321);
    let mut source = String::from(
        "let out = [], ok = t => { try { JSON.parse(t); return 1 } catch { return 0 } };\n",
    );
    let mut expected = String::new();
    for _ in 0..2_000 {
        let mut chars: Vec<char> = random.value(3).to_string().chars().collect();
        for _ in 0..=random.below(2) {
            let at = random.below(chars.len() as u64) as usize;
            const UNITS: [char; 14] = [
                '[', ']', '{', '}', ',', ':', '"', '\\', '0', '.', '-', 'e', ' ', 'x',
            ];
            match random.below(3) {
                0 => chars[at] = UNITS[random.below(14) as usize],
                1 => chars.insert(at, UNITS[random.below(14) as usize]),
                _ if chars.len() > 1 => drop(chars.remove(at)),
                _ => {}
            }
        }
        let text: String = chars.into_iter().collect();
        // Lone surrogates are strings in JavaScript and none in the other implementation.
        if text.contains("\\u") {
            continue;
        }
        let other: Result<Value, _> = serde_json::from_str(&text);
        // A number like 1e999 is Infinity in JavaScript.
        if other
            .as_ref()
            .is_err_and(|error| error.to_string().contains("out of range"))
        {
            continue;
        }
        source += &format!("out.push(ok({}));\n", literal(&text));
        expected.push(if other.is_ok() { '1' } else { '0' });
    }
    assert_value(&format!("{source} out.join('')"), &expected);
}
