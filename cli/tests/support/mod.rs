//! What the tests of the command line share: the built contracts, a folder, a process.

#![allow(dead_code, reason = "every test file uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use conclave_cli::artefacts::Artefacts;
use conclave_cli::{deploy, home};
use conclave_localnet::{AccountId, Chain};
use serde_json::Value;
use tempfile::TempDir;

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The built contracts.
pub(crate) fn artefacts() -> Artefacts {
    let enclave = root().join("target/contract/enclave.wasm");
    Artefacts::read(Some(&enclave), None).expect("the contract is not built: run cargo xtask build")
}

/// A chain in memory that shares compiled contracts with the other tests.
pub(crate) fn chain(artefacts: &Artefacts) -> Chain {
    let mut config = home::config();
    config.compiled_contracts = Some(artefacts.enclave_path.with_file_name("compiled"));
    Chain::in_memory(config).unwrap()
}

/// The enclave's account.
pub(crate) fn account() -> AccountId {
    "conclave.near".parse().unwrap()
}

/// The request that deploys the built contracts.
pub(crate) fn request<'a>(account: &'a AccountId, artefacts: &'a Artefacts) -> deploy::Request<'a> {
    deploy::Request {
        account,
        code: &artefacts.enclave,
        loader: &artefacts.loader,
        tables: &artefacts.tables,
        owner: account,
        allowance_bytes: None,
        chunk_bytes: deploy::CHUNK_BYTES_DEFAULT,
    }
}

/// A folder with a chain, and the command line in front of it.
pub(crate) struct Shell {
    dir: TempDir,
}

/// What a run of the command line came to.
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self {
            dir: TempDir::new().unwrap(),
        }
    }

    /// A folder with a chain that has the enclave on it.
    pub(crate) fn deployed() -> Self {
        let shell = Self::new();
        let wasm = artefacts().enclave_path;
        let wasm = wasm.to_str().unwrap();
        shell.fails(&["enclave", "deploy", "--wasm", wasm], 5, "E_NOT_CONFIRMED");
        shell.json(&["enclave", "deploy", "--wasm", wasm, "--yes"]);
        shell
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("chain")
    }

    /// Writes a file into the folder and gives its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conclave"));
        command.args(arguments).arg("--home").arg(self.home());
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        for name in ["CONCLAVE_HOME", "CONCLAVE_AS", "CONCLAVE_ENCLAVE"] {
            command.env_remove(name);
        }
        Ran::from(command.output().unwrap())
    }

    /// Runs with `--json`; the command has to succeed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.exit, 0, "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stderr, "", "{arguments:?}: success leaves stderr empty");
        assert_eq!(ran.stdout.lines().count(), 1, "{arguments:?}: one object");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// Runs with `--json`; the command has to fail with this exit code and this code.
    pub(crate) fn fails(&self, arguments: &[&str], exit: i32, code: &str) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(
            ran.exit, exit,
            "{arguments:?}: {} {}",
            ran.stdout, ran.stderr
        );
        assert_eq!(ran.stdout, "", "{arguments:?}: failure leaves stdout empty");
        assert_eq!(ran.stderr.lines().count(), 1, "{arguments:?}: one object");
        let error: Value = serde_json::from_str(&ran.stderr).unwrap();
        assert_eq!(error["code"], code, "{arguments:?}: {error}");
        assert_ne!(error["message"], "", "{arguments:?}: a message");
        error
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
