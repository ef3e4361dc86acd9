//! Unicode's tables, taken out of the engine's source: they lie in the enclave's storage
//! (docs/adr/0073).
//!
//! In: the files of a crate that has tables. Out: the same files, which say where each table lies,
//! and the tables as *records*: what is stored under one key and read at once.

mod normalizer;
mod regress;

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::engine_source::Files;

/// The code of this module, for the stamp of what it makes.
pub(crate) const SOURCE: [&str; 3] = [
    include_str!("mod.rs"),
    include_str!("normalizer.rs"),
    include_str!("regress.rs"),
];

/// Where a crate has its own tables, for builds other than the contract's.
const BUILT_IN: &str = "src/tables.bytes";

/// The tables of one crate.
#[derive(Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
}

/// The tables of all crates, one after the other.
#[derive(Default)]
pub(crate) struct Tables {
    all: Records,
    /// The number of each crate's first record, by what the engine calls it.
    firsts: Vec<(&'static str, usize)>,
}

impl Tables {
    /// Takes the tables out of a crate, where it has any.
    pub(crate) fn take(&mut self, package: &str, files: &mut Files) -> Result<()> {
        let name = package.split('@').next().unwrap_or(package);
        let (records, of) = match name {
            "icu_normalizer_data" => (normalizer::take(files)?, "NORMALIZER"),
            "regress" => (regress::take(files)?, "PATTERNS"),
            _ => return Ok(()),
        };
        self.firsts.push((of, self.all.ends.len()));
        let before = self.all.bytes.len();
        let ends = records.ends.iter().map(|end| before + end);
        self.all.ends.extend(ends);
        self.all.bytes.extend(&records.bytes);
        files.insert(PathBuf::from(BUILT_IN), records.bytes);
        Ok(())
    }

    /// The bytes of all records.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.all.bytes
    }

    /// What the engine has to know of them, as Rust.
    pub(crate) fn index(&self) -> Result<String> {
        let sha256 = Sha256::digest(self.bytes());
        let mut text = format!(
            "/// sha256 of the tables.\npub const SHA256: [u8; 32] = {:?};\n",
            sha256.as_slice()
        );
        for (name, first) in &self.firsts {
            writeln!(text, "const {name}: usize = {first};")?;
        }
        let count = self.all.ends.len();
        writeln!(text, "static ENDS: [u32; {count}] = {:?};", self.all.ends)?;
        Ok(text)
    }
}

/// A file's text.
fn text(files: &Files, path: &str) -> Result<String> {
    let bytes = files.get(&PathBuf::from(path));
    let bytes = bytes.with_context(|| format!("there is no {path}"))?;
    Ok(String::from_utf8(bytes.clone())?)
}
