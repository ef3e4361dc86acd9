//! Skipping a step whose inputs have not changed: a file beside its output holds the hash of all inputs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::layout;

/// A hash over everything that decides a step's output.
#[derive(Default)]
pub(crate) struct Inputs(Sha256);

impl Inputs {
    /// Adds a text such as a version or an argument.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.part(text.as_bytes());
        self
    }

    /// Adds a file's content.
    pub(crate) fn file(mut self, path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        self.part(&bytes);
        Ok(self)
    }

    /// Adds every file below a folder, names and contents, in sorted order.
    pub(crate) fn folder(mut self, folder: &Path) -> Result<Self> {
        for path in files_below(folder)? {
            self = self.text(&path.to_string_lossy()).file(&path)?;
        }
        Ok(self)
    }

    fn part(&mut self, bytes: &[u8]) {
        let length = bytes.len() as u64;
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
    }

    fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Runs `work` unless its outputs exist and were made from the same inputs; says so either way.
pub(crate) fn unless_fresh(
    name: &str,
    inputs: Inputs,
    outputs: &[&Path],
    work: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let file = stamp_file(name);
    let now = inputs.finish();
    let before = fs::read_to_string(&file).unwrap_or_default();
    if before == now && outputs.iter().all(|path| path.exists()) {
        eprintln!("==> {name}: unchanged");
        return Ok(());
    }
    if file.exists() {
        fs::remove_file(&file).context("can't remove an old stamp")?;
    }
    crate::process::step(name, work)?;
    fs::create_dir_all(layout::work_dir().join("stamps"))
        .context("can't make the stamps' folder")?;
    fs::write(&file, now).context("can't write a stamp")
}

/// The lower-case hexadecimal form of some bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn stamp_file(name: &str) -> PathBuf {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    layout::work_dir().join("stamps").join(plain)
}

/// Every file below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let entries =
            fs::read_dir(&next).with_context(|| format!("can't list {}", next.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    Ok(found)
}
