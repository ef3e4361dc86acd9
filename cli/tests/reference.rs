//! `docs/cli.md` against the grammar of the command line.

#![allow(missing_docs, clippy::unwrap_used)]

use clap::{Command, CommandFactory};
use conclave_cli::arguments::Cli;

/// The names of the commands that do something.
fn leaves(command: &Command, above: &str, found: &mut Vec<String>) {
    for below in command.get_subcommands() {
        let name = format!("{above}{}", below.get_name());
        if below.has_subcommands() {
            leaves(below, &format!("{name} "), found);
        } else {
            found.push(name);
        }
    }
}

#[test]
fn the_reference_has_a_row_for_every_command() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
    let reference = std::fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    leaves(&Cli::command(), "", &mut found);
    assert!(found.len() > 20, "{found:?}");
    for name in found {
        let rows = [format!("\n| `{name} "), format!("\n| `{name}`")];
        let is_told = rows.iter().any(|row| reference.contains(row));
        // `completions` has its place at the top of the page.
        assert!(
            is_told || name == "completions",
            "docs/cli.md has no row for {name}"
        );
    }
}
