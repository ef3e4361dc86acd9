//! The grammar of `conclave flows` and `conclave flow`: methods that wait.

use clap::{Args, Subcommand};

use super::Signing;

/// `conclave flows`
#[derive(Debug, Args)]
pub struct Flows {
    /// The subcontract whose methods wait
    pub id: String,
    /// The first flow, or the place where it would be
    #[arg(long, value_name = "FLOW", default_value = "")]
    pub from: String,
    /// How many at most (default: all)
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<u32>,
}

/// `conclave flow`
#[derive(Debug, Subcommand)]
pub enum Flow {
    /// Show what a method waits for, who pays for it, and why it does not go on
    Show {
        /// The subcontract whose method waits
        id: String,
        /// The flow, as `conclave flows` lists it
        flow: String,
    },
    /// Let a parked method try again to go on
    Retry(OfFlow),
    /// Give a waiting method up; its caller is told, what it did stays
    Abort(OfFlow),
    /// End a promise of near.yield whose time is over
    Expire {
        /// The promise's token: what near.yield gave, and `flow show` shows
        token: String,
        /// Who signs.
        #[command(flatten)]
        signing: Signing,
    },
}

/// `conclave flow retry` and `conclave flow abort`
#[derive(Debug, Args)]
pub struct OfFlow {
    /// The subcontract whose method waits
    pub id: String,
    /// The flow, as `conclave flows` lists it
    pub flow: String,
    /// Who signs.
    #[command(flatten)]
    pub signing: Signing,
}
