//! What the commands print: data on stdout, everything else on stderr.
//!
//! With `--json` stdout holds exactly one JSON object (or nothing), and stderr exactly one when
//! the command fails. Progress bars appear only where a person is watching.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::code::Code;
use crate::failure::Failed;

/// Where results and remarks go.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    is_json: bool,
}

impl Report {
    /// Prints for programs if `is_json`, else for people.
    #[must_use]
    pub fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Whether a program reads.
    #[must_use]
    pub fn is_json(self) -> bool {
        self.is_json
    }

    /// Prints the result: the object as JSON, or the text made from it.
    ///
    /// # Errors
    /// Fails when stdout does, or when the object can't be JSON.
    pub fn data<T: Serialize>(self, data: &T, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        let text = if self.is_json {
            serde_json::to_string(data)?
        } else {
            text()
        };
        let mut out = std::io::stdout().lock();
        out.write_all(text.trim_end_matches('\n').as_bytes())?;
        if !text.is_empty() {
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(())
    }

    /// Tells a person a part of the result while it comes about; a program gets it whole, as data.
    pub fn say(self, text: impl Display) {
        if !self.is_json {
            println!("{text}");
        }
    }

    /// Tells a person something that is not the result.
    pub fn note(self, text: impl Display) {
        if !self.is_json {
            eprintln!("{text}");
        }
    }

    /// Prints why the command failed, and gives the process's exit code.
    #[must_use]
    pub fn fail(self, error: &anyhow::Error) -> ExitCode {
        let failed = error.downcast_ref::<Failed>().cloned();
        let failed = failed.unwrap_or_else(|| Failed::own(Code::Internal, format!("{error:#}")));
        if self.is_json {
            let line = serde_json::to_string(&failed);
            eprintln!("{}", line.unwrap_or_else(|error| error.to_string()));
        } else {
            eprint!("{}", failure_text(&failed));
        }
        ExitCode::from(failed.exit as u8)
    }

    /// A bar over so many bytes; invisible where nobody watches.
    #[must_use]
    pub fn progress(self, bytes: u64, what: &'static str) -> ProgressBar {
        self.bar(
            Some(bytes),
            what,
            "{msg} [{bar:32}] {bytes}/{total_bytes} {elapsed}",
        )
    }

    /// A bar over so many things, or a count of things whose number nobody knows yet.
    #[must_use]
    pub fn count(self, total: Option<u64>, what: &'static str) -> ProgressBar {
        let template = match total {
            Some(_) => "{msg} [{bar:32}] {pos}/{len} {elapsed}",
            None => "{msg} {pos} {elapsed}",
        };
        self.bar(total, what, template)
    }

    fn bar(self, total: Option<u64>, what: &'static str, template: &str) -> ProgressBar {
        let is_watched = !self.is_json && std::io::stderr().is_terminal();
        let target = if is_watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(total, target).with_message(what);
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}

fn failure_text(failed: &Failed) -> String {
    let mut text = format!("{}: {}\n", failed.code, failed.message);
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            text += &format!("  {name}: {value}\n");
        }
    };
    add("path", &failed.details.path.join(" → "));
    add(
        "stack",
        &failed.details.stack.trim_end().replace('\n', "\n         "),
    );
    add(
        "transaction",
        failed.details.transaction.as_deref().unwrap_or_default(),
    );
    add("flow", failed.details.flow.as_deref().unwrap_or_default());
    add("hint", &failed.details.hint);
    text
}

/// A table without frames, for rows of text.
#[must_use]
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text = table.to_string();
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}
