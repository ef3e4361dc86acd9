//! The limits table: what works and what fails in the built contract in NEAR's VM.
//!
//! In: the rows. Out: for each the largest size that works, what it burns beyond a method that does
//! nothing, and how the smallest that fails does so. A failure without a code ends the measurement.

use crate::limit_rows::{Probe, ROWS, Row};
use crate::vm::failure;
use crate::{Ended, Vm, World};
use conclave_abi::error::{ErrorCode, Failure};
use serde_json::{Value, json};
use std::fmt::Write as _;

const NEAR: u128 = 10u128.pow(24);
const TGAS: u64 = 1_000_000_000_000;

/// What probes call.
const IDLE: &str =
    "export const nothing = () => {}\nexport function loop(n) { for (let i = 0; i < n; i++); }";

/// What stands before each probe.
const HEAD: &str = "import { near, storage, call, after } from 'conclave'
const arrays = n => { let a = []; for (let i = 1; i < n; i++) a = [a]; return a }
export const reentrant = ['down']
export const nothing = () => {}
";

/// A chain on which sizes are tried.
pub struct Bench {
    vm: Vm,
    uploads: usize,
}

impl Bench {
    /// A chain with what the probes call.
    ///
    /// # Panics
    /// When it can't be uploaded.
    #[must_use]
    pub fn new() -> Self {
        let mut vm = Vm::new();
        vm.upload("idle@alice.near", IDLE, None).value();
        Self { vm, uploads: 0 }
    }

    /// Measures a row. `known` is what it was: it is tried first.
    ///
    /// # Panics
    /// When the size that is to work fails, or the other way round.
    pub fn measure(&mut self, row: &Row, known: Option<u64>) -> Value {
        let subcontract = self.subcontract(row);
        let mut attempt = |n: u64| self.attempt(row, subcontract.as_deref(), n);
        let (works, fails) = if row.is_exact {
            boundary(row, known, &mut attempt)
        } else {
            (row.works, row.fails)
        };
        let (worked, failed) = (attempt(works), attempt(fails));
        let failure = match (&worked.result, failed.result) {
            (Ok(_), Err(failure)) => failure,
            (worked, failed) => {
                return json!({"what": row.what, "defect": format!("{works}: {worked:?}, {fails}: {failed:?}")});
            }
        };
        let gas = worked
            .gas
            .saturating_sub(self.baseline(subcontract.as_deref()));
        json!({
            "what": row.what, "group": row.group, "works": works, "gas": gas,
            "fails": fails, "code": failure.code, "message": failure.message,
        })
    }

    /// Uploads the method of a probe that has one; gives its id.
    fn subcontract(&mut self, row: &Row) -> Option<String> {
        let Probe::Body(body) = row.probe else {
            return None;
        };
        let source = format!("{HEAD}export function down(n) {{ {body} }}\n");
        let (id, ended) = self.upload(&source);
        ended.value();
        Some(id)
    }

    fn upload(&mut self, source: &str) -> (String, Ended) {
        self.uploads += 1;
        let id = format!("probe{}@alice.near", self.uploads);
        let ended = self.vm.upload(&id, source, None);
        (id, ended)
    }

    fn attempt(&mut self, row: &Row, id: Option<&str>, n: u64) -> Ended {
        let times = usize::try_from(n).expect("a size");
        match (row.probe, id) {
            (Probe::Body(_), Some(id)) => self.call(id, "down", &json!(n)),
            (Probe::Expression(before, within, after), _) => {
                let text = format!("{}{within}{}", before.repeat(times), after.repeat(times));
                self.run(&format!("export function down() {{ const b = {{}}; b.b = b; let x; const f = () => f\n try {{ x = \n{text} }} catch {{}} }}\nexport const nothing = () => {{}}"))
            }
            (Probe::Statement(before, within, after), _) => {
                let text = format!("{}{within}{}", before.repeat(times), after.repeat(times));
                self.run(&format!(
                    "export function down() {{ {text} }}\nexport const nothing = () => {{}}"
                ))
            }
            (Probe::SourceBytes, _) => {
                let code = "export const down = () => {}\n//";
                self.run(&format!("{code}{}", "x".repeat(times - code.len())))
            }
            (Probe::RequestBytes, _) => {
                let request = |text: &str| {
                    json!({"id": "idle@alice.near", "method": "nothing", "args": text}).to_string()
                };
                let empty = request("").len();
                let input = request(&"x".repeat(times - empty));
                self.send(&input)
            }
            _ => {
                let id = format!("{}@alice.near", "x".repeat(times));
                let ended = self.vm.upload(&id, IDLE, None);
                if ended.result.is_ok() {
                    let request = json!({ "id": id }).to_string();
                    let removed = self.vm.send("alice.near", "remove", request.as_bytes(), 0);
                    removed.value();
                }
                ended
            }
        }
    }

    /// Uploads a source and, when that was accepted, calls it.
    fn run(&mut self, source: &str) -> Ended {
        let (id, ended) = self.upload(source);
        if ended.result.is_err() {
            return ended;
        }
        self.call(&id, "down", &Value::Null)
    }

    /// Calls with 1 NEAR, which is there to be transferred.
    fn call(&mut self, id: &str, method: &str, args: &Value) -> Ended {
        let request = json!({"id": id, "method": method, "args": args}).to_string();
        self.send(&request)
    }

    /// Sends a call with 1 NEAR. The plain end of all gas is a failure with NEAR's own words.
    fn send(&mut self, request: &str) -> Ended {
        let outcome = self
            .vm
            .transact("bob.near", "call", request.as_bytes(), NEAR);
        let gas = outcome.receipts[0].outcome.gas_burnt.as_gas();
        let text = outcome.failure().map(|it| format!("{it:?}"));
        let result = match (outcome.failure(), text) {
            (None, _) => Ok(outcome.json().unwrap_or_default()),
            (_, Some(text)) if text.contains("Exceeded the") && !text.contains("{\\\"code") => {
                let mut plain = Failure::new(ErrorCode::Gas, "Exceeded the gas");
                "none".clone_into(&mut plain.code);
                Err(plain)
            }
            (Some(error), _) => Err(failure(error)),
        };
        Ended {
            result,
            logs: Vec::new(),
            gas,
        }
    }

    /// Gas of a method that does nothing, beside the probe or, for sources, alone.
    fn baseline(&mut self, id: Option<&str>) -> u64 {
        self.call(id.unwrap_or("idle@alice.near"), "nothing", &Value::Null)
            .gas
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

/// The largest size that works and the smallest that fails.
fn boundary(row: &Row, known: Option<u64>, attempt: &mut dyn FnMut(u64) -> Ended) -> (u64, u64) {
    for known in known.into_iter().chain([row.works]) {
        if attempt(known).result.is_ok() && attempt(known + 1).result.is_err() {
            return (known, known + 1);
        }
    }
    let (mut works, mut fails) = (1, row.works * 4);
    while fails - works > 1 {
        let middle = works.midpoint(fails);
        if attempt(middle).result.is_ok() {
            works = middle;
        } else {
            fails = middle;
        }
    }
    (works, fails)
}

/// The whole table. `known` is what it was.
#[must_use]
pub fn measure(known: &Value) -> Value {
    let mut bench = Bench::new();
    let rows = ROWS.iter().map(|row| {
        let rows = known["rows"].as_array().map_or(&[][..], Vec::as_slice);
        println!("{}", row.what);
        let known = rows.iter().find(|it| it["what"] == row.what);
        bench.measure(row, known.and_then(|it| it["works"].as_u64()))
    });
    json!({ "rows": rows.collect::<Vec<_>>() })
}

/// The table as a page for authors.
#[must_use]
pub fn page(table: &Value) -> String {
    let mut page = HEADING.to_owned();
    let mut group = "";
    for row in table["rows"].as_array().map_or(&[][..], Vec::as_slice) {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        if text("group") != group {
            group = text("group");
            let _ = write!(
                page,
                "\n## {group}\n\n| what | works | fails | with | message | Tgas |\n|---|---|---|---|---|---|\n"
            );
        }
        let _ = writeln!(
            page,
            "| {} | {} | {} | `{}` | {} | {} |",
            text("what"),
            grouped(row["works"].as_u64().unwrap_or_default()),
            grouped(row["fails"].as_u64().unwrap_or_default()),
            text("code"),
            text("message").replace('|', "\\|"),
            tgas(row["gas"].as_u64().unwrap_or_default()),
        );
    }
    page
}

/// Gas in Tgas, with one decimal.
fn tgas(gas: u64) -> String {
    let tenths = (gas + TGAS / 20) / (TGAS / 10);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A number with commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

const HEADING: &str = "# Limits, measured

What works in the built contract in NEAR's VM and what fails, with the code that an author sees when nothing catches it.
The tables are written by `UPDATE_EXPECT=1 cargo test --workspace --test limits` and compared by the same test; do not edit them.

- *works* is the largest size that works, *fails* the smallest that does not; where work is what is bounded, they are examples.
- *Tgas* is what the largest size that works burns, beyond a method of the same subcontract that does nothing.
- An `E_LIMIT` can be caught by the code itself, but for the end of memory. An `E_GAS` can be caught by the caller alone.
- Where limits lie and why: [0004](adr/0004-bounds.md). What each code means: [errors](errors/README.md).
";
