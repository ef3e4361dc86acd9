//! `conclave`: reads the command line, runs one command, ends with its exit code.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use conclave_cli::arguments::Cli;
use conclave_cli::code::Code;
use conclave_cli::failure::{Exit, Failed};
use conclave_cli::report::Report;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse_usage(&error),
    };
    let report = Report::new(cli.global.json);
    match conclave_cli::run(cli, &report) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report.fail(&error),
    }
}

/// Help and versions are data; a wrong command line is an error like any other.
fn refuse_usage(error: &clap::Error) -> ExitCode {
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let is_json = std::env::args_os().any(|argument| argument == "--json");
    if is_help || !is_json {
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
    }
    let text = error.to_string();
    let message = text.trim().strip_prefix("error: ").unwrap_or(&text).trim();
    let failed = Failed::own(Code::Usage, message).hint("see: conclave --help");
    Report::new(is_json).fail(&failed.into())
}
