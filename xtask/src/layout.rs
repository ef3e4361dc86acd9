//! Where things lie in the repository and under `target`.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("invariant: xtask lies directly under the root")
        .to_path_buf()
}

/// The folder of the built artefacts.
pub(crate) fn contract_dir() -> PathBuf {
    root().join("target/contract")
}

/// The folder of what the steps between leave behind: stamps and intermediate modules.
pub(crate) fn work_dir() -> PathBuf {
    root().join("target/contract-build")
}

/// The folder of tools that are no crates.
pub(crate) fn tools_dir() -> PathBuf {
    root().join("target/tools")
}

/// The folder of the verifier's packages for JS.
pub(crate) fn verifier_dir() -> PathBuf {
    root().join("target/verifier")
}

/// The folder in which cargo builds for the host.
pub(crate) fn host_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A built contract.
pub(crate) fn contract(name: &str) -> PathBuf {
    contract_dir().join(format!("{name}.wasm"))
}

/// A built contract with its name section, for reports only.
pub(crate) fn named_contract(name: &str) -> PathBuf {
    contract_dir().join(format!("{name}.named.wasm"))
}
