//! One step of a scenario as it is written, and what it expects.
//!
//! JSON comes in; the one thing that the step does comes out, or nothing where it says none or
//! several. It sends nothing.

use std::path::PathBuf;

use conclave_localnet::{AccountId, FunctionCall, Signer, dev_signer};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::run::Returned;
use crate::enclave::{Attached, Call, Init};
use crate::failure::Failed;

/// One step: one thing that it does, and what is expected of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// For people.
    #[serde(default)]
    pub note: String,
    /// Who signs an upload, a call or a sending.
    #[serde(rename = "as")]
    pub signer: Option<AccountId>,
    /// A subcontract to be uploaded.
    pub upload: Option<UploadStep>,
    /// A call in a transaction.
    pub call: Option<CallStep>,
    /// A name for a call that only begins in this step.
    pub begin: Option<String>,
    /// The name of a call that began in an earlier step and ends in this one.
    pub end: Option<String>,
    /// A call that changes nothing.
    pub view: Option<Call>,
    /// A contract beside the enclave.
    pub deploy: Option<DeployStep>,
    /// A call of an account beside the enclave.
    pub send: Option<SendStep>,
    /// So many blocks without anything in them.
    pub advance: Option<u64>,
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
    pub args: Option<Box<RawValue>>,
    /// The money attached, e.g. `1 NEAR`.
    pub deposit: Option<String>,
    /// The gas attached, e.g. `30 Tgas`.
    pub gas: Option<String>,
}

/// A contract beside the enclave.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployStep {
    /// Its account, which is created where it is not there.
    pub account: AccountId,
    /// Its Wasm, a path from the scenario's folder.
    pub wasm: PathBuf,
}

/// A call of an account beside the enclave, in a transaction.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendStep {
    /// The account.
    pub account: AccountId,
    /// A method of its contract.
    pub method: String,
    /// Its arguments.
    pub args: Option<Box<RawValue>>,
    /// The money attached, e.g. `1 yocto`.
    pub deposit: Option<String>,
    /// The gas attached, e.g. `30 Tgas`.
    pub gas: Option<String>,
}

/// What a step does.
#[derive(Debug, Clone, Copy)]
pub enum Deed<'a> {
    /// Uploads a subcontract.
    Upload(&'a UploadStep),
    /// Calls a method, and waits until the call has ended.
    Call(&'a CallStep),
    /// Calls a method, and waits until its first receipt is done.
    Begin(&'a str, &'a CallStep),
    /// Waits until a call has ended that began earlier.
    End(&'a str),
    /// Calls a method that changes nothing.
    View(&'a Call),
    /// Deploys a contract beside the enclave.
    Deploy(&'a DeployStep),
    /// Calls a contract beside the enclave.
    Send(&'a SendStep),
    /// Lets blocks pass.
    Advance(u64),
}

impl Step {
    /// The one thing that the step does; nothing where it says none, or several.
    #[must_use]
    pub fn deed(&self) -> Option<Deed<'_>> {
        let call = self.call.as_ref().map(|call| match &self.begin {
            Some(name) => Deed::Begin(name, call),
            None => Deed::Call(call),
        });
        let is_call_missing = self.begin.is_some() && call.is_none();
        let deeds = [
            self.upload.as_ref().map(Deed::Upload),
            call,
            self.end.as_deref().map(Deed::End),
            self.view.as_ref().map(Deed::View),
            self.deploy.as_ref().map(Deed::Deploy),
            self.send.as_ref().map(Deed::Send),
            self.advance.map(Deed::Advance),
        ];
        let mut deeds = deeds.into_iter().flatten();
        let first = deeds.next().filter(|_| !is_call_missing);
        first.filter(|_| deeds.next().is_none())
    }

    pub(super) fn signer(&self) -> Option<Signer> {
        self.signer.as_ref().map(dev_signer)
    }

    /// What was expected and what came instead, if they differ.
    pub(super) fn difference(&self, result: Result<Returned, Failed>) -> Option<(String, String)> {
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

impl Deed<'_> {
    /// Whether it stays inside the enclave and ends in the step in which it begins.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        matches!(self, Self::Upload(_) | Self::Call(_) | Self::View(_))
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Upload(_) => "upload",
            Self::Call(_) | Self::End(_) => "call",
            Self::Begin(..) => "begin",
            Self::View(_) => "view",
            Self::Deploy(_) => "deploy",
            Self::Send(_) => "send",
            Self::Advance(_) => "advance",
        }
    }

    pub(super) fn what(&self) -> String {
        match self {
            Self::Upload(upload) => upload.id.clone(),
            Self::Call(call) | Self::Begin(_, call) => format!("{}.{}", call.id, call.method),
            Self::End(name) => (*name).to_owned(),
            Self::View(view) => format!("{}.{}", view.id, view.method),
            Self::Deploy(deploy) => deploy.account.to_string(),
            Self::Send(send) => format!("{}.{}", send.account, send.method),
            Self::Advance(blocks) => format!("{blocks} blocks"),
        }
    }
}

impl CallStep {
    pub(super) fn request(&self) -> Call {
        Call {
            id: self.id.clone(),
            method: self.method.clone(),
            args: self.args.clone().unwrap_or_else(no_args),
            trace: false,
        }
    }
}

impl SendStep {
    pub(super) fn call(&self, attached: Attached) -> FunctionCall {
        let args = self.args.clone().unwrap_or_else(no_args);
        FunctionCall::new(&self.method, args.get())
            .gas(attached.gas)
            .deposit(attached.deposit)
    }
}

fn no_args() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).expect("invariant: {} is JSON")
}

/// A field that is there, even when it is `null`.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
