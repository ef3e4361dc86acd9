//! The codes of the command line's own errors, each with the exit code of the process.
//!
//! Codes of the enclave and of the chain pass through as they are. A test holds this list against
//! `docs/cli.md` and the pages of `docs/errors/`.

use crate::failure::Exit;

/// What went wrong before, around or after what the chain does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A defect, or the machine failed.
    Internal,
    /// The enclave's answer is not of this version's format.
    Answer,
    /// After a deployment the account holds something else.
    Deploy,
    /// A claim of the demo does not hold.
    Demo,
    /// The command line does not parse.
    Usage,
    /// An argument is not JSON.
    Args,
    /// A text is not the hash of a transaction.
    Hash,
    /// There is no chain in the folder.
    ChainAbsent,
    /// The account holds no enclave.
    EnclaveAbsent,
    /// A built contract is not there.
    WasmAbsent,
    /// A file can't be read.
    File,
    /// The subcontract has no such key.
    KeyAbsent,
    /// A source is not text.
    SourceUtf8,
    /// The account holds another contract.
    ContractPresent,
    /// The contract can't be cut into such chunks.
    DeployPlan,
    /// A deployment was not confirmed.
    NotConfirmed,
    /// The attached gas was used up.
    GasExhausted,
    /// The VM ended the call without a code.
    Vm,
    /// An action of the transaction failed that is not a call.
    TxFailed,
}

impl Code {
    /// Every code there is.
    pub const ALL: [Self; 19] = [
        Self::Internal,
        Self::Answer,
        Self::Deploy,
        Self::Demo,
        Self::Usage,
        Self::Args,
        Self::Hash,
        Self::ChainAbsent,
        Self::EnclaveAbsent,
        Self::WasmAbsent,
        Self::File,
        Self::KeyAbsent,
        Self::SourceUtf8,
        Self::ContractPresent,
        Self::DeployPlan,
        Self::NotConfirmed,
        Self::GasExhausted,
        Self::Vm,
        Self::TxFailed,
    ];

    /// The code as it is written everywhere, e.g. `E_CHAIN_ABSENT`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "E_INTERNAL",
            Self::Answer => "E_ANSWER",
            Self::Deploy => "E_DEPLOY",
            Self::Demo => "E_DEMO",
            Self::Usage => "E_USAGE",
            Self::Args => "E_ARGS",
            Self::Hash => "E_HASH",
            Self::ChainAbsent => "E_CHAIN_ABSENT",
            Self::EnclaveAbsent => "E_ENCLAVE_ABSENT",
            Self::WasmAbsent => "E_WASM_ABSENT",
            Self::File => "E_FILE",
            Self::KeyAbsent => "E_KEY_ABSENT",
            Self::SourceUtf8 => "E_SOURCE_UTF8",
            Self::ContractPresent => "E_CONTRACT_PRESENT",
            Self::DeployPlan => "E_DEPLOY_PLAN",
            Self::NotConfirmed => "E_NOT_CONFIRMED",
            Self::GasExhausted => "E_GAS_EXHAUSTED",
            Self::Vm => "E_VM",
            Self::TxFailed => "E_TX_FAILED",
        }
    }

    /// How the process ends.
    #[must_use]
    pub const fn exit(self) -> Exit {
        match self {
            Self::Internal | Self::Answer | Self::Deploy | Self::Demo => Exit::Internal,
            Self::Usage | Self::Args | Self::Hash => Exit::Usage,
            Self::ChainAbsent
            | Self::EnclaveAbsent
            | Self::WasmAbsent
            | Self::File
            | Self::KeyAbsent => Exit::NotFound,
            Self::SourceUtf8 | Self::ContractPresent | Self::DeployPlan | Self::NotConfirmed => {
                Exit::Rejected
            }
            Self::GasExhausted | Self::Vm | Self::TxFailed => Exit::Chain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::path::Path;

    #[test]
    fn every_code_has_its_page_and_its_row() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let reference = std::fs::read_to_string(docs.join("cli.md")).unwrap();
        for code in Code::ALL {
            let (name, exit) = (code.as_str(), code.exit() as u8);
            let row = format!("| `{name}` | {exit} |");
            assert!(reference.contains(&row), "docs/cli.md has no {row}");
            let page = std::fs::read_to_string(docs.join(format!("errors/{name}.md")));
            let page = page.unwrap_or_else(|_| panic!("docs/errors has no page for {name}"));
            assert!(page.starts_with(&format!("# {name}\n")), "{name}");
        }
    }
}
