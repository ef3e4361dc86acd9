//! Stories that are executed: the `scenario.json` of every sample.
//!
//! A file goes in, its steps are sent to an enclave one by one, and each is held against what it
//! expects. The first that differs ends the run. The format is that of `samples/README.md`.

mod run;
pub mod step;

use std::path::{Path, PathBuf};

use conclave_localnet::{AccountId, Balance, Chain};
use serde::{Deserialize, Serialize};

use crate::enclave::Enclave;
use crate::units::UnitError;
use run::Run;
use step::Step;

/// What every account of a scenario begins with.
const BALANCE: Balance = Balance::from_near(1_000);

/// What an upload of a scenario attaches unless it says otherwise.
const UPLOAD_DEPOSIT: Balance = Balance::from_near(5);

/// What a step does exactly one of.
const DEEDS: &str =
    "exactly one of upload, call, end, view, deploy, send and advance, and begin only beside call";

/// A story: accounts, and what they do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is about, in one sentence.
    pub about: String,
    /// Accounts that exist before the first step.
    pub accounts: Vec<AccountId>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// The folder from which sources are read.
    #[serde(skip)]
    dir: PathBuf,
}

/// What a step came to, having done what it should.
#[derive(Debug, Clone, Serialize)]
pub struct Ran {
    /// Its number, from 0.
    pub step: usize,
    /// What it did: `upload`, `call` (also where it only ended), `view`, `send`, `begin`, `deploy` or
    /// `advance`.
    pub kind: &'static str,
    /// The contract and the method, or what else it is about.
    pub what: String,
    /// Its note.
    pub note: String,
    /// The code with which it failed, as it should have.
    pub failed: Option<String>,
    /// The gas that it burnt.
    pub gas: u64,
}

/// Why a scenario ended early.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// A file can't be read.
    #[error("cannot read {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// An account can't be created.
    #[error("cannot create {account}: {reason}")]
    Account {
        /// The account.
        account: AccountId,
        /// Why not.
        reason: String,
    },
    /// A step is written wrongly.
    #[error("step {step} needs {needs}")]
    Form {
        /// Its number, from 0.
        step: usize,
        /// What it lacks.
        needs: &'static str,
    },
    /// An amount of a step is written wrongly.
    #[error("step {step}: {reason}")]
    Amount {
        /// Its number, from 0.
        step: usize,
        /// What is wrong.
        reason: UnitError,
    },
    /// A step did something else.
    #[error("step {step} ({what}): expected {expected}, got {got}")]
    Differs {
        /// Its number, from 0.
        step: usize,
        /// The subcontract and the method.
        what: String,
        /// What it should have come to.
        expected: String,
        /// What it came to.
        got: String,
    },
    /// A step failed, as it should have, but left something behind.
    #[error("step {step} ({what}) failed and changed the enclave's state")]
    Changed {
        /// Its number, from 0.
        step: usize,
        /// The subcontract and the method.
        what: String,
    },
}

impl Scenario {
    /// Reads a `scenario.json`.
    ///
    /// # Errors
    /// [`ScenarioError::File`], when it is absent or not of the format.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text = read(path)?;
        let mut scenario: Self = serde_json::from_str(&text).map_err(|error| file(path, error))?;
        scenario.dir = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(scenario)
    }

    /// Whether no step leaves the enclave, nor ends what another one began.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        let mut deeds = self.steps.iter().filter_map(Step::deed);
        deeds.all(|deed| deed.is_inside())
    }

    /// Creates the accounts and executes every step.
    ///
    /// # Errors
    /// [`ScenarioError`] for the first step that does not do what it should.
    pub fn run(&self, enclave: &mut Enclave<'_>) -> Result<Vec<Ran>, ScenarioError> {
        for account in &self.accounts {
            ensure(enclave.chain(), account)?;
        }
        let mut run = Run::new(&self.dir, enclave);
        let steps = self.steps.iter().enumerate();
        steps
            .map(|(number, step)| take(number, step, &mut run))
            .collect()
    }
}

/// Executes one step and holds it against what it expects.
fn take(number: usize, step: &Step, run: &mut Run<'_, '_>) -> Result<Ran, ScenarioError> {
    let deed = step.deed().ok_or(ScenarioError::Form {
        step: number,
        needs: DEEDS,
    })?;
    // A call that is on its way changes the state whatever this step does.
    let is_undone = step.fails.is_some() && !run.is_any_begun();
    let before = is_undone.then(|| run.enclave().state_digest());
    let what = run.what(deed);
    let result = run.execute(number, step, deed)?;
    let ran = Ran {
        step: number,
        kind: deed.kind(),
        what: what.clone(),
        note: step.note.clone(),
        failed: step.fails.clone(),
        gas: match &result {
            Ok(returned) => returned.gas,
            Err(failed) => failed.details.gas.unwrap_or(0),
        },
    };
    if let Some((expected, got)) = step.difference(result) {
        return Err(ScenarioError::Differs {
            step: number,
            what,
            expected,
            got,
        });
    }
    if before.is_some_and(|before| before != run.enclave().state_digest()) {
        return Err(ScenarioError::Changed { step: number, what });
    }
    Ok(ran)
}

fn ensure(chain: &mut Chain, account: &AccountId) -> Result<(), ScenarioError> {
    if chain.account(account).is_some() {
        return Ok(());
    }
    let created = chain.create_account(account, BALANCE);
    created.map(|_| ()).map_err(|error| ScenarioError::Account {
        account: account.clone(),
        reason: error.to_string(),
    })
}

fn read(path: &Path) -> Result<String, ScenarioError> {
    std::fs::read_to_string(path).map_err(|error| file(path, error))
}

fn file(path: &Path, reason: impl std::fmt::Display) -> ScenarioError {
    ScenarioError::File {
        path: path.to_path_buf(),
        reason: reason.to_string(),
    }
}
