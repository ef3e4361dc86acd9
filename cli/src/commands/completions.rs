//! `conclave completions`: a script for a shell.

use clap::CommandFactory;

use crate::arguments::{Cli, Completions};

pub(crate) fn run(arguments: &Completions) -> anyhow::Result<()> {
    let mut command = Cli::command();
    clap_complete::generate(
        arguments.shell,
        &mut command,
        "conclave",
        &mut std::io::stdout(),
    );
    Ok(())
}
