//! NEAR's limits on a contract, read from the parameter snapshots that `near-parameters` publishes.
//!
//! In: the source folder of the `near-parameters` that the main workspace pins. Out: for each limit the
//! strictest value of the protocol versions that Conclave supports. No limit is declared here.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The oldest and the newest protocol version that the contract has to be accepted by.
pub(crate) const PROTOCOLS: (u32, u32) = (84, 88);

/// The limits of one or more protocol versions.
pub(crate) struct Limits {
    versions: Vec<Value>,
}

impl Limits {
    /// Reads the limits of the supported protocol versions.
    pub(crate) fn read() -> Result<Self> {
        let folder = parameters_folder()?;
        let mut versions = Vec::new();
        for version in PROTOCOLS.0..=PROTOCOLS.1 {
            let name = format!("near_parameters__config_store__tests__{version}.json.snap");
            // A version that changed no parameter has no snapshot of its own.
            if let Ok(text) = std::fs::read_to_string(folder.join("src/snapshots").join(name)) {
                versions.push(limits_of(&text).with_context(|| format!("protocol {version}"))?);
            }
        }
        anyhow::ensure!(
            !versions.is_empty(),
            "near-parameters has no snapshot of a version"
        );
        Ok(Self { versions })
    }

    /// The strictest value of a limit, `None` where no version has it.
    pub(crate) fn strictest(&self, name: &str) -> Option<u64> {
        self.versions
            .iter()
            .filter_map(|limits| limits[name].as_u64())
            .min()
    }

    /// The largest value of a limit, for those that are a minimum.
    pub(crate) fn largest(&self, name: &str) -> Option<u64> {
        self.versions
            .iter()
            .filter_map(|limits| limits[name].as_u64())
            .max()
    }
}

/// The `limit_config` of a snapshot: a YAML head between two lines of dashes, then JSON.
fn limits_of(snapshot: &str) -> Result<Value> {
    let json = snapshot.find("\n{").context("no JSON in the snapshot")?;
    let config: Value = serde_json::from_str(&snapshot[json..])?;
    let limits = config["wasm_config"]["limit_config"].clone();
    anyhow::ensure!(
        limits.is_object(),
        "no wasm_config.limit_config in the snapshot"
    );
    Ok(limits)
}

fn parameters_folder() -> Result<PathBuf> {
    let mut cargo = process::cargo();
    let metadata: Value = serde_json::from_str(&process::output(cargo.args([
        "metadata",
        "--format-version",
        "1",
    ]))?)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    let manifest = packages
        .iter()
        .find(|package| package["name"] == "near-parameters")
        .and_then(|package| package["manifest_path"].as_str())
        .context("the workspace doesn't use near-parameters")?;
    Ok(PathBuf::from(manifest)
        .parent()
        .context("a manifest lies in a folder")?
        .to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_behind_its_head() {
        let text = "---\nsource: a\n---\n{\"wasm_config\": {\"limit_config\": {\"max_x\": 7}}}\n";
        assert_eq!(limits_of(text).unwrap()["max_x"], 7);
        assert!(limits_of("---\n---\n{}").is_err());
        assert!(limits_of("nothing").is_err());
    }

    #[test]
    fn the_strictest_version_decides() {
        let versions = vec![
            serde_json::json!({"a": 5, "b": 1}),
            serde_json::json!({"a": 4}),
        ];
        let limits = Limits { versions };
        assert_eq!(limits.strictest("a"), Some(4));
        assert_eq!(limits.largest("a"), Some(5));
        assert_eq!(limits.strictest("b"), Some(1));
        assert_eq!(limits.strictest("c"), None);
    }
}
