//! The command line's grammar. No behaviour: `commands` reads what this describes.

pub mod flow;
pub mod upload;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use conclave_localnet::{AccountId, Balance, Gas};
use conclave_nested_trie::Hash;

use crate::claim::parse_root;
use crate::units::{parse_balance, parse_gas};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  internal: disk, store, a defect
  2  the command line is wrong
  3  the contract refused, with a code
  4  what was asked for does not exist
  5  a check failed; nothing was sent
  6  the transaction failed on the chain without a code of the enclave, e.g. out of gas

stdout carries data only. With --json it is one object, and a failure is one object
{\"code\", \"message\", \"hint\", …} on stderr.";

/// Synchronous JavaScript contracts in one NEAR account.
#[derive(Debug, Parser)]
#[command(name = "conclave", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The folder of the chain
    #[arg(
        long,
        global = true,
        env = "CONCLAVE_HOME",
        value_name = "DIR",
        default_value = ".conclave"
    )]
    pub home: PathBuf,
    /// The enclave's account
    #[arg(
        long,
        global = true,
        env = "CONCLAVE_ENCLAVE",
        value_name = "ACCOUNT",
        default_value = "conclave.near"
    )]
    pub enclave: AccountId,
    /// Print one JSON object
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep a chain in a folder: make it, look at it, move its clock, snapshot it
    Node(Node),
    /// Deploy the enclave, or look at it
    #[command(subcommand)]
    Enclave(Enclave),
    /// Upload a JavaScript contract
    Upload(upload::Upload),
    /// Call a method in a transaction
    Call(Call),
    /// Call a method that changes nothing
    View(View),
    /// Compile a subcontract's code for the engine that is deployed now
    Compile(Compile),
    /// Remove a subcontract and its state
    Remove(Remove),
    /// Remove what removed subcontracts left; who paid for it gets that back
    Collect(Collect),
    /// List the methods of a subcontract that wait
    Flows(flow::Flows),
    /// Show a method that waits, let it try again, give it up
    #[command(subcommand)]
    Flow(flow::Flow),
    /// List the subcontracts
    Ls(Ls),
    /// Read a subcontract's stored state from the chain, prove it, check a proof
    #[command(subcommand)]
    State(State),
    /// Show what an account pays for storage
    StorageBill(StorageBill),
    /// Show what was logged
    Logs(Logs),
    /// Draw the tree of receipts and frames of a transaction; where a method waited, in their order
    Trace(Trace),
    /// Show the main job on a chain of its own, and prove it
    Demo(Demo),
    /// Print a script that completes commands in a shell
    Completions(Completions),
}

/// Who signs.
#[derive(Debug, Clone, Args)]
pub struct Signing {
    /// Who signs, the account behind the @ unless told; one that does not exist is created
    #[arg(long = "as", env = "CONCLAVE_AS", value_name = "ACCOUNT")]
    pub signer: Option<AccountId>,
    /// The gas that goes along; what is not used comes back [default: 300 Tgas, all there is (1000 Tgas) with an upload]
    #[arg(long, value_name = "GAS", value_parser = parse_gas)]
    pub gas: Option<Gas>,
}

/// `conclave node`
#[derive(Debug, Args)]
pub struct Node {
    /// What to do with the chain; shows it unless told
    #[command(subcommand)]
    pub command: Option<NodeCommand>,
}

/// What to do with the chain.
#[derive(Debug, Subcommand)]
pub enum NodeCommand {
    /// Produce blocks
    Advance {
        /// How many
        blocks: u64,
        /// Move the clock by so many seconds first
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        seconds: u64,
    },
    /// Keep the chain as it is now under a name, or list the names
    Snapshot {
        /// The name; without it, the snapshots are listed
        name: Option<String>,
    },
    /// Bring the chain back to a snapshot
    Restore {
        /// The name
        name: String,
    },
}

/// `conclave enclave`
#[derive(Debug, Subcommand)]
pub enum Enclave {
    /// Deploy the enclave, in chunks where it is too large for one transaction
    Deploy(EnclaveDeploy),
    /// Show the account, its contract, and an upload under way
    Status,
}

/// `conclave enclave deploy`
#[derive(Debug, Args)]
pub struct EnclaveDeploy {
    /// The enclave's Wasm (default: target/contract/enclave.wasm, searched upward)
    #[arg(long, value_name = "PATH")]
    pub wasm: Option<PathBuf>,
    /// The loader's Wasm (default: loader.wasm beside the enclave's)
    #[arg(long, value_name = "PATH")]
    pub loader: Option<PathBuf>,
    /// Who administers the enclave (default: the enclave's account)
    #[arg(long, value_name = "ACCOUNT")]
    pub owner: Option<AccountId>,
    /// For how many bytes of each subcontract the enclave pays where no deposit comes (default: 100,000)
    #[arg(long, value_name = "BYTES")]
    pub allowance_bytes: Option<u64>,
    /// The most bytes in one chunk
    #[arg(long, value_name = "BYTES", default_value_t = crate::deploy::CHUNK_BYTES_DEFAULT)]
    pub chunk_bytes: u32,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Print the plan and its cost, send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `conclave call`
#[derive(Debug, Args)]
pub struct Call {
    /// The subcontract
    pub id: String,
    /// One of its exports
    pub method: String,
    /// The method's single parameter
    #[arg(value_name = "JSON", default_value = "{}")]
    pub args: String,
    /// Draw the tree of frames with the gas of each; where the method waits, receipt by receipt
    #[arg(long)]
    pub trace: bool,
    /// The money that goes along
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = parse_balance)]
    pub deposit: Balance,
    /// Who signs.
    #[command(flatten)]
    pub signing: Signing,
}

/// `conclave view`
#[derive(Debug, Args)]
pub struct View {
    /// The subcontract
    pub id: String,
    /// One of its exports
    pub method: String,
    /// The method's single parameter
    #[arg(value_name = "JSON", default_value = "{}")]
    pub args: String,
}

/// `conclave compile`
#[derive(Debug, Args)]
pub struct Compile {
    /// The subcontract; all that have the same source are ready then
    pub id: String,
    /// Who signs.
    #[command(flatten)]
    pub signing: Signing,
}

/// `conclave remove`
#[derive(Debug, Args)]
pub struct Remove {
    /// The subcontract
    pub id: String,
    /// Who signs.
    #[command(flatten)]
    pub signing: Signing,
}

/// `conclave collect`
#[derive(Debug, Args)]
pub struct Collect {
    /// The id under which something was removed
    pub id: String,
    /// How many records one transaction removes at most (default: 100, with --all 1,000)
    #[arg(long, value_name = "RECORDS", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: Option<u32>,
    /// Go on until nothing is left
    #[arg(long)]
    pub all: bool,
    /// Who signs.
    #[command(flatten)]
    pub signing: Signing,
}

/// `conclave ls`
#[derive(Debug, Args)]
pub struct Ls {
    /// The first id, or the place where it would be
    #[arg(long, value_name = "ID", default_value = "")]
    pub from: String,
    /// How many at most (default: all)
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<u32>,
}

/// `conclave state`
#[derive(Debug, Subcommand)]
pub enum State {
    /// List the keys of a subcontract with their values
    Ls {
        /// The subcontract
        id: String,
        /// Only keys that begin so
        #[arg(long, value_name = "TEXT", default_value = "")]
        prefix: String,
    },
    /// Read one value
    Get {
        /// The subcontract
        id: String,
        /// The key
        key: String,
    },
    /// Show the root: the hash of everything that the enclave stores
    Root {
        /// Who says it
        #[arg(long, value_enum, default_value_t)]
        via: Via,
    },
    /// Prove the value of a key, or that there is none, and check the proof
    Proof {
        /// The subcontract
        id: String,
        /// The key
        key: String,
        /// Write the claim with its proof to this file, as `state verify` and `verifyProof` take it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Who makes it
        #[arg(long, value_enum, default_value_t)]
        via: Via,
    },
    /// Check a claim with its proof; no chain is asked
    Verify {
        /// What `state proof --out` wrote; `-` reads stdin
        file: PathBuf,
        /// The root that you trust (default: the one in the file)
        #[arg(long, value_name = "HEX", value_parser = parse_root)]
        root: Option<Hash>,
    },
}

/// Who says what the state is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// The enclave's view, as on any node
    #[default]
    View,
    /// The chain's records, read without the enclave; of any size
    Records,
}

/// `conclave storage-bill`
#[derive(Debug, Args)]
pub struct StorageBill {
    /// An account, a subcontract, or the enclave's own account (default: who signs)
    #[arg(conflicts_with = "all")]
    pub account: Option<String>,
    /// Who signs other commands
    #[arg(long = "as", env = "CONCLAVE_AS", value_name = "ACCOUNT")]
    pub signer: Option<AccountId>,
    /// The bills of all who pay, held against what the account stores
    #[arg(long)]
    pub all: bool,
}

/// `conclave logs`
#[derive(Debug, Args)]
pub struct Logs {
    /// The transaction
    #[arg(value_name = "TRANSACTION", conflicts_with = "last")]
    pub transaction: Option<String>,
    /// The last transactions of the enclave
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub last: usize,
}

/// `conclave trace`
#[derive(Debug, Args)]
pub struct Trace {
    /// The transaction
    #[arg(value_name = "TRANSACTION")]
    pub transaction: String,
}

/// `conclave demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The enclave's Wasm (default: target/contract/enclave.wasm, searched upward)
    #[arg(long, value_name = "PATH")]
    pub wasm: Option<PathBuf>,
    /// The loader's Wasm (default: loader.wasm beside the enclave's)
    #[arg(long, value_name = "PATH")]
    pub loader: Option<PathBuf>,
}

/// `conclave completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}
