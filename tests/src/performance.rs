//! The gas table beside the predecessor's, and where the gas of a call goes: `docs/performance.md`.
//!
//! In: a measured table and receipts. Out: text and a picture. Measures nothing by itself.

use crate::gas_table::{Row, vm_gas};
use conclave_localnet::ReceiptOutcome;
use std::fmt::Write;

/// What NEAR's former JSVM enclave takes: row of our table, what it is, Tgas from and to.
///
/// Measured with the same programs in the same VM at protocol 88: QuickJS in a contract of 498,124
/// bytes, a fresh runtime for every call, contracts uploaded as bytecode.
pub const PREDECESSOR: [(&str, &str, f64, f64); 10] = [
    ("noop", "call that does nothing", 2.80, 2.80),
    (
        "transfer",
        "a token's transfer, 1.9 KB of source",
        2.95,
        2.95,
    ),
    (
        "nested_transfer",
        "the same, each further one called from another contract",
        2.03,
        2.13,
    ),
    ("storage_write", "one storage write", 2.90, 2.90),
    (
        "loop_10000",
        "a loop of 10,000, beyond the call",
        9.94,
        9.94,
    ),
    (
        "closure_calls_1000",
        "1,000 calls of a closure, beyond the call",
        1.52,
        1.52,
    ),
    (
        "class_calls_1000",
        "1,000 calls of a class's method, beyond the call",
        2.12,
        2.12,
    ),
    (
        "keyed_sets_1000",
        "1,000 keyed sets and JSON.stringify, beyond the call",
        5.08,
        5.08,
    ),
    (
        "array_pipeline_1000",
        "push, map, filter, reduce on 1,000, beyond the call",
        4.44,
        4.44,
    ),
    (
        "bigint_200",
        "200 BigInt multiplications and remainders, beyond the call",
        2.31,
        2.31,
    ),
];

/// One row beside the predecessor's.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The row's name.
    pub name: &'static str,
    /// What it measures.
    pub what: &'static str,
    /// Ours, in Tgas.
    pub ours: f64,
    /// The predecessor's least and most, in Tgas.
    pub theirs: (f64, f64),
}

impl Compared {
    /// Ours as a multiple of the predecessor's least.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.ours / self.theirs.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn tera(gas: u64) -> f64 {
    gas as f64 / 1e12
}

/// The table beside the predecessor's.
///
/// # Errors
/// The name of a row that was not measured.
pub fn compared(table: &[Row]) -> Result<Vec<Compared>, String> {
    let gas = |name: &str| {
        let row = table.iter().find(|row| row.name == name);
        let gas = row.and_then(|row| row.gas.as_ref().ok()).copied();
        gas.map(tera).ok_or_else(|| name.to_owned())
    };
    let row = |&(name, what, least, most): &(&'static str, &'static str, f64, f64)| {
        let ours = match name {
            "nested_transfer" => (gas("nested_transfer_5")? - gas("nested_transfer_1")?) / 4.0,
            _ => gas(name)?,
        };
        let theirs = (least, most);
        Ok(Compared {
            name,
            what,
            ours,
            theirs,
        })
    };
    PREDECESSOR.iter().map(row).collect()
}

/// Where the gas of one call goes, in Tgas.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts {
    /// Loading the contract.
    pub load: f64,
    /// Reading state.
    pub state: f64,
    /// Reading the request, making the host ready, the answer.
    pub frame: f64,
    /// Making a function of the source.
    pub decode: f64,
    /// Running the method.
    pub run: f64,
    /// Writing state, logs and promises.
    pub commit: f64,
}

impl Parts {
    /// The parts of a call's receipt. `refused` is the same call with a method that is not there,
    /// which ends before the source is looked at; `again` is what one more run of the method takes
    /// in the same request, in gas.
    #[must_use]
    pub fn of(call: &ReceiptOutcome, refused: &ReceiptOutcome, again: u64) -> Self {
        let sum = |receipt: &ReceiptOutcome, costs: &[&str]| {
            let each = costs.iter().map(|cost| vm_gas(receipt, cost));
            tera(each.sum())
        };
        let reads = ["STORAGE_READ", "STORAGE_HAS", "TOUCHING", "READ_CACHED"];
        let writes = ["STORAGE_WRITE", "STORAGE_REMOVE", "LOG", "PROMISE"];
        let load = sum(call, &["CONTRACT_LOADING"]);
        let (state, commit) = (sum(call, &reads), sum(call, &writes));
        let host = load + state + commit;
        let whole = sum(call, &[""]);
        let frame =
            sum(refused, &[""]) - sum(refused, &["CONTRACT_LOADING"]) - sum(refused, &reads);
        let run = tera(again).min(whole - host - frame);
        Self {
            load,
            state,
            frame,
            decode: whole - host - frame - run,
            run,
            commit,
        }
    }

    /// Names and sizes, in the order in which they happen.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, f64); 6] {
        [
            ("load", self.load),
            ("state", self.state),
            ("frame", self.frame),
            ("decode", self.decode),
            ("run", self.run),
            ("commit", self.commit),
        ]
    }
}

/// The document.
#[must_use]
pub fn document(table: &[Compared], calls: &[(&str, Parts)], contract_bytes: usize) -> String {
    let mut text = String::from(HEAD);
    for row in table {
        let (least, most) = row.theirs;
        let theirs = if least < most {
            format!("{least:.2} to {most:.2}")
        } else {
            format!("{least:.2}")
        };
        let ours = row.ours;
        let _ = writeln!(
            text,
            "| {} | {ours:.3} | {theirs} | {:.2} |",
            row.what,
            row.ratio()
        );
    }
    let ratio = contract_bytes as f64 / 498_124.0;
    let _ = writeln!(
        text,
        "| bytes of the contract | {contract_bytes} | 498124 | {ratio:.2} |"
    );
    text += PARTS_HEAD;
    for (name, parts) in calls {
        let cells: Vec<String> = parts
            .named()
            .iter()
            .map(|(_, tera)| format!("{tera:.3}"))
            .collect();
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    text
}

const HEAD: &str = "\
# Performance

What calls cost, beside NEAR's own former JSVM enclave: QuickJS in one contract, a fresh runtime for every call, contracts uploaded as bytecode. Both were measured with the same programs (`tests/programs`) in the same VM at protocol 88: gas of the VM alone, without the fees of transaction and receipt.
Made by `cargo xtask bench --compare`; a test holds it against what the contract takes.

| program | Tgas | predecessor | ratio |
|---|---|---|---|
";

const PARTS_HEAD: &str = "
## Where the gas of a call goes

![Where the gas goes](performance.svg)

*Load*: each byte of the contract, on every call. *State*: reading records. *Frame*: reading the request, making the host ready, the answer. *Decode*: reading the compiled code and making the functions at its top level. *Run*: the method. *Commit*: writing records, logs, promises.

| Tgas | load | state | frame | decode | run | commit |
|---|---|---|---|---|---|---|
";

/// Colours of the parts; told apart without colours by their order and their labels too.
const COLOURS: [&str; 6] = [
    "#4e79a7", "#76b7b2", "#bab0ac", "#e15759", "#59a14f", "#f28e2b",
];

/// The picture: one bar for each call, its parts side by side.
#[must_use]
pub fn picture(calls: &[(&str, Parts)]) -> String {
    const LEFT: f64 = 190.0;
    const WIDTH: f64 = 560.0;
    const STEP: f64 = 46.0;
    let whole = |parts: &Parts| parts.named().iter().map(|(_, tera)| tera).sum::<f64>();
    let most = calls
        .iter()
        .map(|(_, parts)| whole(parts))
        .fold(0.0, f64::max);
    let height = 60.0 + STEP * calls.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 830 {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"830\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (index, (name, _)) in Parts::default().named().iter().enumerate() {
        let (x, colour) = (LEFT + 90.0 * index as f64, COLOURS[index]);
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"12\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{}\" y=\"23\">{name}</text>",
            x + 17.0
        );
    }
    for (row, (name, parts)) in calls.iter().enumerate() {
        let y = 44.0 + STEP * row as f64;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>",
            LEFT - 10.0,
            y + 19.0
        );
        let mut x = LEFT;
        for (index, (part, tera)) in parts.named().iter().enumerate() {
            let width = WIDTH * tera / most;
            let colour = COLOURS[index];
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"28\" fill=\"{colour}\"><title>{part}: {tera:.3} Tgas</title></rect>"
            );
            x += width;
        }
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\">{:.2} Tgas</text>",
            x + 8.0,
            y + 19.0,
            whole(parts)
        );
    }
    svg + "</svg>\n"
}
