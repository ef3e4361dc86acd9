//! Stories that are executed: the `scenario.json` of every sample.
//!
//! A file goes in, its steps are sent to an enclave one by one, and each is held against what it
//! expects. The first that differs ends the run. The format is that of `samples/README.md`.

use std::path::{Path, PathBuf};

use conclave_localnet::{AccountId, Balance, Chain, Gas, Signer, dev_signer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::enclave::{Attached, Call, Enclave, GAS_DEFAULT, Init, Upload};
use crate::failure::Failed;
use crate::units::{UnitError, parse_balance, parse_gas};

/// What every account of a scenario begins with.
const BALANCE: Balance = Balance::from_near(1_000);

/// What an upload of a scenario attaches unless it says otherwise.
const UPLOAD_DEPOSIT: Balance = Balance::from_near(5);

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

/// One step: one of `upload`, `call` and `view`, and what is expected of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// For people.
    #[serde(default)]
    pub note: String,
    /// Who signs an upload or a call.
    #[serde(rename = "as")]
    pub signer: Option<AccountId>,
    /// A subcontract to be uploaded.
    pub upload: Option<UploadStep>,
    /// A call in a transaction.
    pub call: Option<CallStep>,
    /// A call that changes nothing.
    pub view: Option<Call>,
    /// The exact value that comes back.
    #[serde(default, deserialize_with = "present")]
    pub expect: Option<Value>,
    /// The code with which it fails.
    pub fails: Option<String>,
    /// A part of the failure's message.
    pub message: Option<String>,
}

/// A subcontract to be uploaded.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadStep {
    /// Its id.
    pub id: String,
    /// Its source, a path from the scenario's folder.
    pub source: PathBuf,
    /// Its first call.
    pub init: Option<Init>,
    /// The money attached, e.g. `5 NEAR`.
    pub deposit: Option<String>,
}

/// A call in a transaction.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallStep {
    /// The subcontract.
    pub id: String,
    /// One of its exports.
    pub method: String,
    /// Its single parameter.
    pub args: Option<Box<serde_json::value::RawValue>>,
    /// The money attached, e.g. `1 NEAR`.
    pub deposit: Option<String>,
    /// The gas attached, e.g. `30 Tgas`.
    pub gas: Option<String>,
}

/// What a step came to, having done what it should.
#[derive(Debug, Clone, Serialize)]
pub struct Ran {
    /// Its number, from 0.
    pub step: usize,
    /// What it did: `upload`, `call` or `view`.
    pub kind: &'static str,
    /// The subcontract and the method, or only the subcontract.
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

/// What a step returned and burnt.
struct Returned {
    value: Value,
    gas: u64,
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

    /// Creates the accounts and executes every step.
    ///
    /// # Errors
    /// [`ScenarioError`] for the first step that does not do what it should.
    pub fn run(&self, enclave: &mut Enclave<'_>) -> Result<Vec<Ran>, ScenarioError> {
        for account in &self.accounts {
            ensure(enclave.chain(), account)?;
        }
        let steps = self.steps.iter().enumerate();
        steps
            .map(|(number, step)| self.step(number, step, enclave))
            .collect()
    }

    fn step(
        &self,
        number: usize,
        step: &Step,
        enclave: &mut Enclave<'_>,
    ) -> Result<Ran, ScenarioError> {
        let before = step.fails.as_ref().map(|_| enclave.state_digest());
        let result = self.execute(number, step, enclave)?;
        let what = step.what();
        let ran = Ran {
            step: number,
            kind: step.kind(),
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
        if before.is_some_and(|before| before != enclave.state_digest()) {
            return Err(ScenarioError::Changed { step: number, what });
        }
        Ok(ran)
    }

    fn execute(
        &self,
        number: usize,
        step: &Step,
        enclave: &mut Enclave<'_>,
    ) -> Result<Result<Returned, Failed>, ScenarioError> {
        let form = |needs| ScenarioError::Form {
            step: number,
            needs,
        };
        match (&step.upload, &step.call, &step.view) {
            (Some(upload), None, None) => {
                let signer = step.signer().ok_or_else(|| form("as"))?;
                let attached = attached(number, None, upload.deposit.as_deref(), UPLOAD_DEPOSIT)?;
                let upload = self.upload(upload)?;
                Ok(enclave
                    .upload(&signer, &upload, attached)
                    .map(|done| returned(&done.value, done.gas)))
            }
            (None, Some(call), None) => {
                let signer = step.signer().ok_or_else(|| form("as"))?;
                let deposit = call.deposit.as_deref();
                let attached = attached(number, call.gas.as_deref(), deposit, Balance::ZERO)?;
                Ok(enclave
                    .call(&signer, &call.request(), attached)
                    .map(|done| returned(&done.value, done.gas)))
            }
            (None, None, Some(view)) => Ok(enclave
                .view(view)
                .map(|viewed| returned(&viewed.value, viewed.gas))),
            _ => Err(form("exactly one of upload, call and view")),
        }
    }

    fn upload(&self, step: &UploadStep) -> Result<Upload, ScenarioError> {
        Ok(Upload {
            id: step.id.clone(),
            source: read(&self.dir.join(&step.source))?,
            init: step.init.clone(),
        })
    }
}

impl Step {
    fn signer(&self) -> Option<Signer> {
        self.signer.as_ref().map(dev_signer)
    }

    fn kind(&self) -> &'static str {
        match (&self.upload, &self.call) {
            (Some(_), _) => "upload",
            (None, Some(_)) => "call",
            (None, None) => "view",
        }
    }

    fn what(&self) -> String {
        match (&self.upload, &self.call, &self.view) {
            (Some(upload), ..) => upload.id.clone(),
            (_, Some(call), _) => format!("{}.{}", call.id, call.method),
            (.., Some(view)) => format!("{}.{}", view.id, view.method),
            _ => String::new(),
        }
    }

    /// What was expected and what came instead, if they differ.
    fn difference(&self, result: Result<Returned, Failed>) -> Option<(String, String)> {
        match (&self.fails, result) {
            (None, Ok(returned)) => match &self.expect {
                Some(expected) if *expected != returned.value => {
                    Some((expected.to_string(), returned.value.to_string()))
                }
                _ => None,
            },
            (None, Err(failed)) => {
                Some(("success".to_owned(), format!("{}: {failed}", failed.code)))
            }
            (Some(code), Ok(returned)) => Some((code.clone(), returned.value.to_string())),
            (Some(code), Err(failed)) => {
                let part = self.message.as_deref().unwrap_or_default();
                let is_same = failed.code == *code && failed.message.contains(part);
                (!is_same).then(|| {
                    let got = format!("{}: {failed}", failed.code);
                    (format!("{code}: …{part}…"), got)
                })
            }
        }
    }
}

impl CallStep {
    fn request(&self) -> Call {
        let no_args = || serde_json::value::RawValue::from_string("{}".to_owned());
        Call {
            id: self.id.clone(),
            method: self.method.clone(),
            args: self
                .args
                .clone()
                .unwrap_or_else(|| no_args().expect("invariant: {} is JSON")),
            trace: false,
        }
    }
}

fn returned(value: &impl Serialize, gas: u64) -> Returned {
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    Returned { value, gas }
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

fn attached(
    step: usize,
    gas: Option<&str>,
    deposit: Option<&str>,
    deposit_default: Balance,
) -> Result<Attached, ScenarioError> {
    let wrong = |reason| ScenarioError::Amount { step, reason };
    let gas: Gas = gas.map_or(Ok(GAS_DEFAULT), parse_gas).map_err(wrong)?;
    let deposit = deposit.map_or(Ok(deposit_default), parse_balance);
    Ok(Attached {
        gas,
        deposit: deposit.map_err(wrong)?,
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

/// A field that is there, even when it is `null`.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
