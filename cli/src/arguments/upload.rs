//! The grammar of `conclave upload`.

use std::path::PathBuf;

use clap::Args;
use conclave_localnet::Balance;

use super::Signing;
use crate::units::parse_balance;

/// `conclave upload`
#[derive(Debug, Args)]
pub struct Upload {
    /// The new subcontract's id, e.g. token@alice.near
    pub id: String,
    /// Its source, an ES module; `-` reads stdin
    pub source: PathBuf,
    /// Calls `init` with this JSON in the same receipt
    #[arg(long, value_name = "JSON")]
    pub init: Option<String>,
    /// The method that `--init` calls
    #[arg(long, value_name = "METHOD", default_value = "init", requires = "init")]
    pub init_method: String,
    /// Upload only these exports as methods, and what they use; the one that `--init` calls stays too
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Send the source as it is written
    #[arg(long, conflicts_with = "keep")]
    pub no_minify: bool,
    /// The money for the storage; what is not needed comes back
    #[arg(long, value_name = "AMOUNT", default_value = "5 NEAR", value_parser = parse_balance)]
    pub deposit: Balance,
    /// Show what it will cost, send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Show what it will cost and ask before sending
    #[arg(long, conflicts_with = "dry_run")]
    pub ask: bool,
    /// Who signs.
    #[command(flatten)]
    pub signing: Signing,
}
