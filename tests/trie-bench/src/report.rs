//! Rows as text and as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::costs::{Costs, INSTRUCTION, Prices};
use crate::measure::{HashRow, Row};

/// A group of costs: its name, how the costs' names begin, and what is counted of it.
struct Group {
    name: &'static str,
    prefixes: &'static [&'static str],
    counts: &'static [(&'static str, &'static str)],
}

/// What each line of a profile sums up; what is in none of these is `other`.
const GROUPS: [Group; 9] = [
    Group {
        name: "storage read",
        prefixes: &["STORAGE_READ_", "STORAGE_LARGE_READ_"],
        counts: &[
            ("STORAGE_READ_BASE", "reads"),
            ("STORAGE_READ_KEY_BYTE", "key bytes"),
            ("STORAGE_READ_VALUE_BYTE", "value bytes"),
        ],
    },
    Group {
        name: "storage has",
        prefixes: &["STORAGE_HAS_KEY_"],
        counts: &[("STORAGE_HAS_KEY_BASE", "questions")],
    },
    Group {
        name: "storage write",
        prefixes: &["STORAGE_WRITE_"],
        counts: &[
            ("STORAGE_WRITE_BASE", "writes"),
            ("STORAGE_WRITE_KEY_BYTE", "key bytes"),
            ("STORAGE_WRITE_VALUE_BYTE", "value bytes"),
            ("STORAGE_WRITE_EVICTED_BYTE", "evicted bytes"),
        ],
    },
    Group {
        name: "storage remove",
        prefixes: &["STORAGE_REMOVE_"],
        counts: &[("STORAGE_REMOVE_BASE", "removals")],
    },
    Group {
        name: "trie nodes, first",
        prefixes: &["TOUCHING_TRIE_NODE"],
        counts: &[("TOUCHING_TRIE_NODE", "nodes")],
    },
    Group {
        name: "trie nodes, again",
        prefixes: &["READ_CACHED_TRIE_NODE"],
        counts: &[("READ_CACHED_TRIE_NODE", "nodes")],
    },
    Group {
        name: "memory, registers",
        prefixes: &[
            "READ_MEMORY_",
            "WRITE_MEMORY_",
            "READ_REGISTER_",
            "WRITE_REGISTER_",
            "BASE",
        ],
        counts: &[],
    },
    Group {
        name: "host sha256",
        prefixes: &["SHA256_"],
        counts: &[("SHA256_BASE", "hashes"), ("SHA256_BYTE", "bytes")],
    },
    Group {
        name: "wasm",
        prefixes: &[INSTRUCTION],
        counts: &[(INSTRUCTION, "operations")],
    },
];

/// Shows the rows beside plain keys, with the host reads and writes of the trie program.
#[must_use]
pub fn table(rows: &[Row], prices: &Prices) -> String {
    let mut text = format!(
        "{:22} {:>10} {:>10} {:>7} {:>10} {:>7} {:>7}\n",
        "Tgas", "trie", "flat", "ratio", "flat, id", "reads", "writes"
    );
    for row in rows {
        let (reads, writes) = operations(row, prices);
        let (trie, flat) = (row.trie.gas(), row.flat.gas());
        let line = writeln!(
            text,
            "{:22} {:>10.4} {:>10.4} {:>7.2} {:>10.4} {reads:>7.1} {writes:>7.1}",
            row.name,
            tera(trie),
            tera(flat),
            tera(trie) / tera(flat),
            tera(row.flat_with_id.gas()),
        );
        line.expect("invariant: a string takes everything");
    }
    text
}

/// Shows for each row what its gas was charged for, in the trie and on plain keys.
#[must_use]
pub fn profile(rows: &[Row], prices: &Prices) -> String {
    let mut text = String::new();
    for row in rows {
        let head = format!(
            "\n{} (Ggas: trie {:.1} to {:.1})",
            row.name,
            giga(row.trie.least),
            giga(row.trie.most)
        );
        let mut lines = vec![
            format!("{head:52} {:>10} {:>10}", "trie", "flat"),
            line("total", row.trie.gas(), row.flat.gas(), ""),
        ];
        lines.extend(groups(&row.trie.mean, &row.flat.mean, prices));
        text += &lines.join("\n");
        text.push('\n');
    }
    text
}

/// Shows what the host's sha256 costs beside that of the contract.
#[must_use]
pub fn hash_table(rows: &[HashRow]) -> String {
    let mut text = format!(
        "{:22} {:>10} {:>10} {:>14}\n",
        "sha256, Ggas", "host", "wasm", "wasm, level 3"
    );
    for row in rows {
        let line = writeln!(
            text,
            "{:22} {:>10.2} {:>10.2} {:>14.2}",
            format!("{} bytes", row.bytes),
            giga(row.host),
            giga(row.wasm),
            giga(row.wasm_level_3)
        );
        line.expect("invariant: a string takes everything");
    }
    text
}

/// The rows as JSON objects.
#[must_use]
pub fn objects(rows: &[Row], prices: &Prices) -> Vec<Value> {
    let object = |row: &Row| {
        let (reads, writes) = operations(row, prices);
        json!({
            "name": row.name,
            "gas": row.trie.gas(),
            "flat_gas": row.flat.gas(),
            "flat_with_id_gas": row.flat_with_id.gas(),
            "gas_least": row.trie.least,
            "gas_most": row.trie.most,
            "host_reads": hundredths(reads),
            "host_writes": hundredths(writes),
        })
    };
    rows.iter().map(object).collect()
}

/// The rows of sha256 as JSON objects.
#[must_use]
pub fn hash_objects(rows: &[HashRow]) -> Vec<Value> {
    let object = |row: &HashRow| {
        json!({
            "name": format!("sha256_{}", row.bytes),
            "host_gas": row.host,
            "wasm_gas": row.wasm,
            "wasm_level_3_gas": row.wasm_level_3,
        })
    };
    rows.iter().map(object).collect()
}

/// Host reads, questions whether a key is there among them, and writes of the trie program.
fn operations(row: &Row, prices: &Prices) -> (f64, f64) {
    let count = |name| prices.count(&row.trie.mean, name);
    (
        count("STORAGE_READ_BASE") + count("STORAGE_HAS_KEY_BASE"),
        count("STORAGE_WRITE_BASE") + count("STORAGE_REMOVE_BASE"),
    )
}

fn groups(trie: &Costs, flat: &Costs, prices: &Prices) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut other, mut flat_other) = (trie.total(), flat.total());
    for group in &GROUPS {
        let sum = |costs: &Costs| -> u64 {
            let prefixes = group.prefixes.iter();
            prefixes.map(|prefix| costs.starting(prefix)).sum()
        };
        let (gas, flat_gas) = (sum(trie), sum(flat));
        (other, flat_other) = (other - gas, flat_other - flat_gas);
        if gas + flat_gas == 0 {
            continue;
        }
        let counts = group.counts.iter().map(|(cost, unit)| {
            let counted = prices.count(trie, cost);
            format!("{counted:.1} {unit}")
        });
        let counts = counts.collect::<Vec<_>>().join(", ");
        lines.push(line(group.name, gas, flat_gas, &counts));
    }
    if other + flat_other > 0 {
        lines.push(line("other", other, flat_other, ""));
    }
    lines
}

fn line(name: &str, trie: u64, flat: u64, counts: &str) -> String {
    let (trie, flat) = (giga(trie), giga(flat));
    let text = format!("  {name:49} {trie:>10.2} {flat:>10.2}  {counts}");
    text.trim_end().to_owned()
}

fn hundredths(count: f64) -> f64 {
    (count * 100.0).round() / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
fn tera(gas: u64) -> f64 {
    gas as f64 / 1e12
}

#[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
fn giga(gas: u64) -> f64 {
    gas as f64 / 1e9
}
