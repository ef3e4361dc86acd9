//! The scenario of a sample that stays inside, as requests that any [`World`] can run.
//!
//! `samples/<name>/scenario.json` goes in, read by the command line's own reader; raw requests
//! come out, each beside what its step expects. It knows neither chain nor VM.

use crate::vm::workspace;
use crate::world::{Ended, World};
use conclave_cli::scenario::Scenario;
use conclave_cli::scenario::step::{Deed, Step};
use conclave_cli::units::parse_balance;
use conclave_localnet::Balance;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What an upload attaches unless the step says otherwise (`samples/README.md`).
const UPLOAD_DEPOSIT: Balance = Balance::from_near(5);

/// One request to the enclave.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who signs; nobody signs a view.
    pub signer: Option<String>,
    /// The export.
    pub export: String,
    /// Its argument as JSON text: the order of fields is a matter of gas.
    pub input: String,
    /// In yoctoNEAR.
    pub deposit: u128,
}

/// A request and what its step expects.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What is sent.
    pub request: Request,
    /// The step as it was written.
    pub step: Step,
}

/// The scenario of one sample.
#[derive(Debug, Clone)]
pub struct Story {
    /// The sample's folder.
    pub name: String,
    /// Accounts that exist before the first request.
    pub accounts: Vec<String>,
    /// What happens, in order.
    pub scenes: Vec<Scene>,
}

/// The names of all samples, in order.
///
/// # Panics
/// When the folder of the samples can't be read.
#[must_use]
pub fn samples() -> Vec<String> {
    let entries = std::fs::read_dir(workspace().join("samples")).expect("the samples");
    let folders = entries.map(|entry| entry.expect("an entry").path());
    let stories = folders.filter(|path| path.join("scenario.json").is_file());
    let names = stories.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The names of those samples that never leave the enclave, in order.
#[must_use]
pub fn samples_inside() -> Vec<String> {
    let mut names = samples();
    names.retain(|name| scenario(name).is_inside());
    names
}

/// The scenario of a sample, as the command line runs it.
///
/// # Panics
/// When it is not of the format.
#[must_use]
pub fn scenario(sample: &str) -> Scenario {
    Scenario::read(&folder(sample).join("scenario.json")).expect("a scenario")
}

fn folder(sample: &str) -> PathBuf {
    workspace().join("samples").join(sample)
}

impl Story {
    /// Reads the scenario of a sample that never leaves the enclave.
    ///
    /// # Panics
    /// When it is not of the format, or leaves the enclave.
    #[must_use]
    pub fn of(sample: &str) -> Self {
        let (folder, scenario) = (folder(sample), scenario(sample));
        let scenes = scenario.steps.into_iter().map(|step| Scene {
            request: request(&folder, &step),
            step,
        });
        Self {
            name: sample.to_owned(),
            accounts: scenario.accounts.iter().map(ToString::to_string).collect(),
            scenes: scenes.collect(),
        }
    }
}

impl Request {
    /// What it is about: the subcontract, and the method if there is one.
    #[must_use]
    pub fn what(&self) -> String {
        let input: Value = serde_json::from_str(&self.input).unwrap_or_default();
        let part = |name: &str| input[name].as_str().map(str::to_owned);
        let parts = [part("id"), part("method")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(".")
    }

    /// Sends it.
    pub fn send(&self, world: &mut dyn World) -> Ended {
        let input = &self.input;
        match &self.signer {
            Some(who) => world.send(who, &self.export, input.as_bytes(), self.deposit),
            None => world.ask(&self.export, input.as_bytes()),
        }
    }
}

impl Scene {
    /// Why the end of the request is not what the step expects, if it is not.
    #[must_use]
    pub fn objection(&self, ended: &Ended) -> Option<String> {
        match (&self.step.fails, &ended.result) {
            (None, Err(failure)) => Some(format!("expected success, got {failure:?}")),
            (Some(code), Ok(value)) => Some(format!("expected {code}, got {value}")),
            (None, Ok(value)) => {
                let expected = self.step.expect.as_ref().filter(|it| *it != value)?;
                Some(format!("expected {expected}, got {value}"))
            }
            (Some(code), Err(failure)) => {
                let part = self.step.message.as_deref().unwrap_or_default();
                let is_same = failure.code == *code && failure.message.contains(part);
                (!is_same).then(|| format!("expected {code} with {part:?}, got {failure:?}"))
            }
        }
    }
}

fn request(folder: &Path, step: &Step) -> Request {
    let deposit = |text: &Option<String>, default| {
        let amount = text.as_deref().map(parse_balance);
        amount
            .map_or(default, |it| it.expect("an amount"))
            .as_yoctonear()
    };
    let args = |raw: &str| serde_json::from_str::<Value>(raw).expect("JSON");
    let (export, input, deposit) = match step.deed() {
        Some(Deed::Upload(upload)) => {
            let source = std::fs::read_to_string(folder.join(&upload.source)).expect("a source");
            let mut input = json!({"id": upload.id, "source": source});
            if let Some(init) = &upload.init {
                input["init"] = json!({"method": init.method, "args": args(init.args.get())});
            }
            ("upload", input, deposit(&upload.deposit, UPLOAD_DEPOSIT))
        }
        Some(Deed::Call(call)) => {
            let args = call.args.as_ref().map_or(json!({}), |it| args(it.get()));
            let input = json!({"id": call.id, "method": call.method, "args": args});
            ("call", input, deposit(&call.deposit, Balance::ZERO))
        }
        Some(Deed::View(view)) => {
            let input =
                json!({"id": view.id, "method": view.method, "args": args(view.args.get())});
            ("view", input, 0)
        }
        _ => panic!("a step that stays inside has exactly one of upload, call and view"),
    };
    let signer = step.signer.as_ref().map(ToString::to_string);
    assert_eq!(signer.is_some(), export != "view", "who signs {export}");
    Request {
        signer,
        export: export.to_owned(),
        input: input.to_string(),
        deposit,
    }
}
