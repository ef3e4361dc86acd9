//! Why a command failed: a stable code, what to do, and the exit code of the process.
//!
//! Errors of the chain, of the VM and of the enclave come in; one [`Failed`] comes out, which is
//! what `--json` prints on stderr. It decides nothing about how text looks.

use conclave_abi::error::{Failure, Said};
use conclave_abi::request::FlowState;
use conclave_localnet::{ChainError, SubmitError, TransactionOutcome, ViewError};
use near_primitives::errors::{ActionErrorKind, FunctionCallError, TxExecutionError};
use serde::Serialize;

use crate::code::Code;

/// How the process ends. Documented in `conclave --help` and `docs/cli.md`; never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// A defect of ours or of the machine: disk, memory, a broken store.
    Internal = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The contract refused, with a code.
    Contract = 3,
    /// What was asked for does not exist.
    NotFound = 4,
    /// A check failed; nothing was sent.
    Rejected = 5,
    /// The transaction failed on the chain without a code of the enclave, e.g. out of gas.
    Chain = 6,
}

/// What the VM says where gas ran out: what was attached, or what any call or view may burn.
const GAS_EXHAUSTED: [&str; 3] = [
    "Exceeded the prepaid gas",
    "Exceeded the maximum amount of gas",
    "gas limit",
];

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Failed {
    /// How the process ends.
    #[serde(skip)]
    pub exit: Exit,
    /// A stable code, e.g. `E_THROW`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What else is known.
    #[serde(flatten)]
    pub details: Box<Details>,
}

/// What is known about a failure besides its code, where it applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Details {
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// The subcontracts from the outermost frame to the one that failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// The JS stack of the frame that failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stack: String,
    /// The transaction that failed, if one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// The gas that it burnt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas: Option<u64>,
    /// The flow of the method that was parked by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
}

impl Failed {
    /// A failure of the command line's own, without a hint.
    #[must_use]
    pub fn own(code: Code, message: impl Into<String>) -> Self {
        Self::new(code.exit(), code.as_str(), message)
    }

    /// A failure with a code of the enclave or the chain, without a hint.
    #[must_use]
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            message: message.into(),
            details: Box::default(),
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.details.hint = hint.into();
        self
    }

    /// Says which method is parked, if one is.
    #[must_use]
    pub fn of_flow(mut self, flow: Option<&FlowState>) -> Self {
        let Some(FlowState { id, flow, .. }) = flow.filter(|flow| flow.parked.is_some()) else {
            return self;
        };
        self.details.flow = Some(flow.clone());
        self.hint(format!(
            "the method is parked with all that has come for it: see conclave flow show {id} {flow}, \
             then conclave flow retry {id} {flow} or conclave flow abort {id} {flow}"
        ))
    }

    /// Reads the failure of a transaction that was executed.
    #[must_use]
    pub fn of_transaction(outcome: &TransactionOutcome, error: &TxExecutionError) -> Self {
        let mut failed = Self::of_error(error);
        failed.details.transaction = Some(outcome.hash().to_string());
        failed.details.gas = Some(outcome.gas_burnt().as_gas());
        failed
    }

    /// Reads the failure of a transaction or of one receipt.
    #[must_use]
    pub fn of_error(error: &TxExecutionError) -> Self {
        if let TxExecutionError::ActionError(action) = error
            && let ActionErrorKind::FunctionCallError(FunctionCallError::ExecutionError(text)) =
                &action.kind
        {
            return Self::of_vm(text);
        }
        Self::own(Code::TxFailed, error.to_string())
    }

    /// Reads what the VM says about a failed call; a panic of the enclave is one JSON object.
    #[must_use]
    pub fn of_vm(text: &str) -> Self {
        const PANIC: &str = "Smart contract panicked: ";
        let panic = text.strip_prefix(PANIC).unwrap_or(text);
        if let Ok(failure) = serde_json::from_str::<Failure>(panic) {
            return Self::from(failure);
        }
        if GAS_EXHAUSTED.iter().any(|part| text.contains(part)) {
            return Self::own(Code::GasExhausted, text)
                .hint("give more with --gas, up to \"1000 Tgas\"");
        }
        if text.contains("MethodNotFound") || text.contains("CodeDoesNotExist") {
            return Self::own(Code::EnclaveAbsent, text)
                .hint("deploy the enclave with: conclave enclave deploy");
        }
        Self::own(Code::Vm, text)
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        let failure = Said::from(failure);
        let exit = match failure.code.as_str() {
            "E_UNKNOWN_SUBCONTRACT" | "E_UNKNOWN_METHOD" | "E_UNKNOWN_FLOW" => Exit::NotFound,
            _ => Exit::Contract,
        };
        let message = match failure.name.as_str() {
            "" => failure.message,
            name => format!("{name}: {}", failure.message),
        };
        let mut failed = Self::new(exit, &failure.code, message).hint(hint_for(&failure.code));
        failed.details.path = failure.path;
        failed.details.stack = failure.stack;
        failed
    }
}

/// What a person can do about an enclave's refusal, where there is one thing to do.
fn hint_for(code: &str) -> &'static str {
    match code {
        "E_UNKNOWN_SUBCONTRACT" => "see what is there with: conclave ls",
        "E_UNKNOWN_METHOD" => "see its methods with: conclave ls",
        "E_UNKNOWN_FLOW" => "see which methods wait with: conclave flows ID",
        "E_NOT_INITIALISED" => "finish the deployment with: conclave enclave deploy",
        "E_GAS" => "give more with --gas, up to \"1000 Tgas\"",
        "E_DEPOSIT" => "send more with --deposit; what is not needed comes back",
        "E_NOT_ALLOWED" => "sign as the account behind the @, with --as",
        _ => "",
    }
}

impl From<SubmitError> for Failed {
    fn from(error: SubmitError) -> Self {
        Self::new(Exit::Rejected, error.code(), error.to_string())
    }
}

impl From<ChainError> for Failed {
    fn from(error: ChainError) -> Self {
        let exit = match &error {
            ChainError::Submit(_) | ChainError::UnknownKey { .. } => Exit::Rejected,
            ChainError::UnknownTransaction { .. } | ChainError::UnknownSnapshot { .. } => {
                Exit::NotFound
            }
            _ => Exit::Internal,
        };
        Self::new(exit, error.code(), error.to_string())
    }
}

impl From<ViewError> for Failed {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Failed { message, .. } => Self::of_vm(&message),
            ViewError::UnknownAccount { .. } | ViewError::NoContract { .. } => {
                Self::own(Code::EnclaveAbsent, error.to_string())
                    .hint("deploy the enclave with: conclave enclave deploy")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Details, Exit, Failed};
    use crate::code::Code;
    use conclave_abi::error::{ErrorCode, Failure};
    use conclave_abi::request::FlowState;

    fn check(text: &str, exit: Exit, code: &str) {
        let failed = Failed::of_vm(text);
        assert_eq!((failed.exit, failed.code.as_str()), (exit, code), "{text}");
    }

    #[test]
    fn a_panic_of_the_enclave_keeps_its_code() {
        let panic = r#"Smart contract panicked: {"code":"E_THROW","name":"Error","message":"no","path":["a@b.near"]}"#;
        check(panic, Exit::Contract, "E_THROW");
        let failed = Failed::of_vm(panic);
        assert_eq!(failed.message, "Error: no");
        assert_eq!(failed.details.path, ["a@b.near"]);
    }

    #[test]
    fn what_is_not_there_is_told_from_what_failed() {
        let panic = r#"{"code":"E_UNKNOWN_METHOD","message":"no method x"}"#;
        check(panic, Exit::NotFound, "E_UNKNOWN_METHOD");
    }

    #[test]
    fn a_vm_failure_without_json_is_not_a_contract_error() {
        check("Exceeded the prepaid gas.", Exit::Chain, "E_GAS_EXHAUSTED");
        let view = "Exceeded the maximum amount of gas allowed to burn per contract.";
        check(view, Exit::Chain, "E_GAS_EXHAUSTED");
        check("Smart contract panicked: oops", Exit::Chain, "E_VM");
        check("WebAssembly trap: unreachable", Exit::Chain, "E_VM");
    }

    #[test]
    fn a_failure_says_that_its_method_is_parked_and_only_then() {
        let mut flow = FlowState {
            id: "a@b.near".to_owned(),
            flow: "00ff".to_owned(),
            method: "m".to_owned(),
            caller: "c.near".to_owned(),
            height: 9,
            waits: Vec::new(),
            bytes: 0,
            payers: Vec::new(),
            left_yocto: "0".to_owned(),
            locks: Vec::new(),
            until: None,
            parked: None,
        };
        let failed = Failed::own(Code::Vm, "no");
        assert_eq!(failed.clone().of_flow(Some(&flow)), failed);
        assert_eq!(failed.clone().of_flow(None), failed);
        flow.parked = Some(Failure::new(ErrorCode::Diverged, "other"));
        let Details { flow, hint, .. } = *failed.of_flow(Some(&flow)).details;
        assert_eq!(flow.as_deref(), Some("00ff"));
        assert!(hint.contains("conclave flow retry a@b.near 00ff"), "{hint}");
    }
}
