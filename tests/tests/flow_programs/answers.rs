//! What the outside answers: by its argument alone, and so that a subcontract can answer the same.

use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use serde_json::Value;

/// An answer by the argument's remainder; `{"fails": 1}`, `{"empty": 1}` and `{"n": 1}` stand for a
/// failure, for no bytes at all, and for the argument. `answered` of `prelude.js` knows where failures are.
const TABLE: [&str; 27] = [
    r#"{"fails":1}"#,
    r#"{"n":1}"#,
    r#"{"n":1}"#,
    r#"{"n":1}"#,
    "0",
    "-7",
    "0.25",
    "1e21",
    r#""""#,
    r#""text""#,
    r#""\u00e9\ud83d\ude00 \"quoted\"""#,
    "null",
    "true",
    "false",
    "[]",
    r#"[1, [2, "x"], {"x": null}]"#,
    "{}",
    r#"{"y": {"x": [3]}, "x": 5}"#,
    r#"{"fails":1}"#,
    r#"{"empty":1}"#,
    r#"{"n":1}"#,
    r#"{"length": 3, "0": "a"}"#,
    "-0.0",
    r#"{"fails":1}"#,
    "9007199254740991",
    r#"{"x": "x", "then": 1}"#,
    r#"{"fails":1}"#,
];

/// The subcontract that answers as the outside does. Each call of it leaves a line in the log.
pub(crate) fn double() -> String {
    let table = serde_json::to_string(&format!("[{}]", TABLE.join(","))).expect("JSON");
    format!(
        "import {{ near }} from 'conclave'
        const table = JSON.parse({table})
        export function f({{ n }}) {{
          near.log(n)
          const answer = table[n % table.length]
          if (answer?.fails) return {{ failed: true }}
          if (answer?.empty) return {{}}
          return {{ value: answer?.n ? n : answer }}
        }}"
    )
}

/// The outside, and what it was asked, in order.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) asked: Vec<u64>,
}

impl Outside {
    pub(crate) fn answer(&mut self, account: &str, actions: &[Action]) -> Received {
        let [Action::Call { method, input, .. }] = actions else {
            panic!("one call at a time: {actions:?}")
        };
        assert_eq!((account, method.as_str()), ("out.near", "f"));
        let args: Value = serde_json::from_slice(input).expect("JSON");
        let n = args["n"].as_u64().expect("a number");
        self.asked.push(n);
        Received::Bytes(match TABLE[n as usize % TABLE.len()] {
            r#"{"fails":1}"# => return Received::Failed,
            r#"{"empty":1}"# => Vec::new(),
            r#"{"n":1}"# => n.to_string().into_bytes(),
            text => text.as_bytes().to_vec(),
        })
    }
}
