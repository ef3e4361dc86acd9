//! Where the built contracts are.
//!
//! A path or nothing goes in, bytes come out. `cargo xtask build` makes the files; the search
//! goes upward from the working folder, so that every folder of the repository will do.

use std::path::{Path, PathBuf};

use crate::code::Code;
use crate::failure::Failed;

const ENCLAVE: &str = "target/contract/enclave.wasm";
const LOADER: &str = "loader.wasm";

/// The built contracts.
#[derive(Debug, Clone)]
pub struct Artefacts {
    /// Where the enclave's Wasm lies.
    pub enclave_path: PathBuf,
    /// The enclave's Wasm.
    pub enclave: Vec<u8>,
    /// Unicode's tables, which the enclave stores.
    pub tables: Vec<u8>,
    /// The loader's Wasm.
    pub loader: Vec<u8>,
}

impl Artefacts {
    /// Reads both contracts, and the tables beside the enclave's.
    ///
    /// # Errors
    /// [`Failed`] with `E_WASM_ABSENT` when one is not there.
    pub fn read(enclave: Option<&Path>, loader: Option<&Path>) -> Result<Self, Failed> {
        let enclave_path = match enclave {
            Some(path) => path.to_path_buf(),
            None => search(ENCLAVE).ok_or_else(|| absent(Path::new(ENCLAVE)))?,
        };
        let loader_path = match loader {
            Some(path) => path.to_path_buf(),
            None => enclave_path.with_file_name(LOADER),
        };
        Ok(Self {
            enclave: read(&enclave_path)?,
            tables: read(&enclave_path.with_extension("tables"))?,
            loader: read(&loader_path)?,
            enclave_path,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(path).map_err(|_| absent(path))
}

/// The nearest file of this relative path at or above the working folder.
#[must_use]
pub fn search(relative: &str) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut candidates = here.ancestors().map(|dir| dir.join(relative));
    candidates.find(|path| path.exists())
}

fn absent(path: &Path) -> Failed {
    let what = match path.extension() {
        Some(extension) if extension == "tables" => "are no tables",
        _ => "is no contract",
    };
    let message = format!("there {what} at {}", path.display());
    Failed::own(Code::WasmAbsent, message)
        .hint("build it with: cargo xtask build, or name it with --wasm")
}
