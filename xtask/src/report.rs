//! `cargo xtask wasm-report`: a built contract beside NEAR's limits, and its code by crate.
//!
//! In: `target/contract/NAME.wasm` and its named copy. Out: a table or one JSON object on stdout,
//! and failure when any limit leaves less than a tenth.

use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::json;

use crate::contract;
use crate::layout;
use crate::limits::{Limits, PROTOCOLS};
use crate::measure::{self, Measures};
use crate::symbols::{self, CrateSize};

/// The least room under each limit, in percent.
const ROOM_PERCENT_MIN: f64 = 10.0;
/// The crates that the text names; JSON has all.
const CRATES_SHOWN: usize = 20;

/// How the report is printed.
#[derive(Clone, Copy)]
pub(crate) enum ReportFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// One measure beside its limit.
struct Row {
    name: &'static str,
    value: u64,
    limit: Option<u64>,
    /// A limit that a sane module meets exactly, such as one table: it is kept or broken, without room.
    is_exact: bool,
}

/// Prints the report; fails when room is short.
pub(crate) fn run(name: &str, format: ReportFormat) -> Result<ExitCode> {
    let (path, named) = (layout::contract(name), layout::named_contract(name));
    contract::require(&path)?;
    contract::require(&named)?;
    let module = std::fs::read(&path).context("can't read the contract")?;
    let (measures, _) = measure::measure(&module)?;
    let named = std::fs::read(&named).context("can't read the named contract")?;
    let (_, bodies) = measure::measure(&named)?;
    let crates = symbols::by_crate(&named, &bodies)?;
    let rows = rows(&measures, &Limits::read()?);
    match format {
        ReportFormat::Text => print_text(&rows, &crates, &measures),
        ReportFormat::Json => print_json(&rows, &crates)?,
    }
    let short: Vec<_> = rows
        .iter()
        .filter(|row| row.is_short())
        .map(|row| row.name)
        .collect();
    if short.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "error: less than {ROOM_PERCENT_MIN} % of room: {}",
        short.join(", ")
    );
    Ok(ExitCode::FAILURE)
}

impl Row {
    fn room_percent(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
        self.limit
            .map(|limit| (limit as f64 - self.value as f64) / limit as f64 * 100.0)
    }

    fn is_short(&self) -> bool {
        match (self.limit, self.room_percent()) {
            (Some(limit), _) if self.is_exact => self.value > limit,
            (_, Some(room)) => room < ROOM_PERCENT_MIN,
            _ => false,
        }
    }
}

fn rows(found: &Measures, limits: &Limits) -> Vec<Row> {
    let row = |name, value, limit: &str| Row {
        name,
        value,
        limit: limits.strictest(limit),
        is_exact: false,
    };
    vec![
        row("bytes", found.bytes, "max_contract_size"),
        row(
            "functions",
            found.functions,
            "max_functions_number_per_contract",
        ),
        row("blocks", found.blocks, "max_blocks_per_contract"),
        row(
            "blocks_per_function",
            found.blocks_per_function,
            "max_blocks_per_function",
        ),
        row(
            "function_body_bytes",
            found.function_body_bytes,
            "max_function_body_size",
        ),
        row("types", found.types, "max_types_per_contract"),
        row(
            "table_elements",
            found.table_elements,
            "max_elements_per_contract_table",
        ),
        Row {
            is_exact: true,
            ..row("tables", found.tables, "max_tables_per_contract")
        },
        row("memory_pages", found.memory_pages, "initial_memory_pages"),
        Row {
            limit: locals_limit(found, limits),
            ..row("locals", found.locals, "")
        },
        row("params", found.params, "max_params_per_contract"),
        row(
            "params_per_function",
            found.params_per_function,
            "max_params_per_function",
        ),
        row("imports", found.imports, ""),
        row("exports", found.exports, ""),
        row("globals", found.globals, "max_globals_per_contract"),
    ]
}

/// Locals are limited twice: absolutely, and by the contract's size.
fn locals_limit(found: &Measures, limits: &Limits) -> Option<u64> {
    let by_size = limits
        .largest("min_contract_size_per_local")
        .and_then(|n| found.bytes.checked_div(n));
    [limits.strictest("max_locals_per_contract"), by_size]
        .into_iter()
        .flatten()
        .min()
}

fn print_text(rows: &[Row], crates: &[CrateSize], found: &Measures) {
    println!(
        "NEAR protocols {} to {}, the strictest of them",
        PROTOCOLS.0, PROTOCOLS.1
    );
    println!(
        "{:<22} {:>11} {:>11} {:>9}",
        "", "contract", "limit", "room"
    );
    for row in rows {
        let limit = row
            .limit
            .map_or("none".to_owned(), |limit| limit.to_string());
        let room = match row.room_percent() {
            Some(_) if row.is_exact => "-".to_owned(),
            Some(room) => format!("{room:.1} %"),
            None => "-".to_owned(),
        };
        let mark = if row.is_short() {
            "  <-- too little"
        } else {
            ""
        };
        println!(
            "{:<22} {:>11} {:>11} {:>9}{mark}",
            row.name, row.value, limit, room
        );
    }
    println!("\n{:<22} {:>11} {:>11}", "", "bytes", "functions");
    println!("{:<22} {:>11}", "data", found.data_bytes);
    println!(
        "{:<22} {:>11} {:>11}",
        "code",
        found.code_bytes,
        found.functions - found.imports
    );
    for size in crates.iter().take(CRATES_SHOWN) {
        println!(
            "  {:<20} {:>11} {:>11}",
            size.name, size.bytes, size.functions
        );
    }
    let rest = crates.iter().skip(CRATES_SHOWN);
    let (bytes, functions) = rest.fold((0, 0), |(bytes, functions), size| {
        (bytes + size.bytes, functions + size.functions)
    });
    println!("  {:<20} {bytes:>11} {functions:>11}", "(others)");
}

fn print_json(rows: &[Row], crates: &[CrateSize]) -> Result<()> {
    let measures: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "value": row.value,
                "limit": row.limit,
                "room_percent": row.room_percent(),
                "enough": !row.is_short(),
            })
        })
        .collect();
    let crates: Vec<_> = crates
        .iter()
        .map(|size| json!({ "name": size.name, "bytes": size.bytes, "functions": size.functions }))
        .collect();
    let report = json!({
        "protocols": [PROTOCOLS.0, PROTOCOLS.1],
        "room_percent_min": ROOM_PERCENT_MIN,
        "measures": measures,
        "crates": crates,
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: u64, limit: Option<u64>, is_exact: bool, is_short: bool) {
        let row = Row {
            name: "x",
            value,
            limit,
            is_exact,
        };
        assert_eq!(row.is_short(), is_short, "{value} under {limit:?}");
    }

    #[test]
    fn room_under_a_tenth_is_short() {
        check(900, Some(1_000), false, false);
        check(901, Some(1_000), false, true);
        check(1_001, Some(1_000), false, true);
        check(1_000, None, false, false);
        check(1, Some(1), true, false);
        check(2, Some(1), true, true);
    }
}
