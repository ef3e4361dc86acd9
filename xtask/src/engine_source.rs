//! The engine's source with our insertions: published crates in, `target/engine-source` out.
//!
//! Each file of `engine/insertions` says what one change is for and where it goes. Its anchors have to
//! stand in the published source exactly once, so that a new version of the engine fails loudly
//! (docs/adr/0053). Unicode's tables are taken out, into one file beside the crates (docs/adr/0073).
//! The published source comes from cargo's own cache, checked against `xtask/Cargo.lock`; nothing of
//! it lies in this repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::layout;
use crate::process;
use crate::stamp::{self, Inputs};
use crate::tables::{self, Tables};

/// Files of a published crate that only matter in its own repository.
const LEFT_OUT: [&str; 4] = [
    ".cargo-ok",
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml.orig",
];

/// One change: a file of `engine/insertions`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    /// The crate that is changed, `name@version`.
    package: String,
    /// Why; for people.
    why: String,
    /// The test that fails without it; for people.
    test: String,
    /// Places in published files.
    #[serde(default)]
    insertion: Vec<Insertion>,
    /// Files of ours that are added.
    #[serde(default)]
    file: Vec<AddedFile>,
}

/// Text that goes into a published file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Insertion {
    /// The file, from the crate's root.
    file: String,
    /// Where the text goes.
    place: Place,
    /// Text that stands in the file exactly once.
    anchor: String,
    /// Text behind the anchor with which the anchor ends, where it is too long to be written out.
    #[serde(default)]
    through: String,
    /// What is inserted.
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Before,
    After,
    Instead,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddedFile {
    /// Where it goes, from the crate's root.
    path: String,
    /// The file of ours, beside the change.
    from: String,
}

/// A crate's files, by path from its root.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Makes the engine's source ready; does nothing when it is.
pub(crate) fn prepare() -> Result<()> {
    let folder = insertions_dir();
    let inputs = Inputs::default()
        .folder(&folder)?
        .file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"))?
        .text(include_str!("engine_source.rs"))
        .text(&tables::SOURCE.concat());
    let changes = read_changes(&folder)?;
    let packages: Vec<_> = packages(&changes);
    let manifests: Vec<_> = packages
        .iter()
        .map(|package| target_of(package).join("Cargo.toml"))
        .collect();
    let mut outputs: Vec<_> = manifests.iter().map(PathBuf::as_path).collect();
    let (build, bytes) = (hash_file(), tables_file());
    let index = folder_of_sources().join("tables.rs");
    outputs.extend([&*build, &*index, &*bytes]);
    stamp::unless_fresh("engine source", inputs, &outputs, || {
        let published = published_folders()?;
        let mut tables = Tables::default();
        for package in &packages {
            let folder = published
                .get(*package)
                .with_context(|| format!("cargo knows no {package}; is it in xtask/Cargo.toml?"))?;
            let changes = changes
                .iter()
                .filter(|change| change.1.package == **package);
            write_package(package, folder, changes, &mut tables)?;
        }
        write_if_changed(&index, tables.index()?.as_bytes())?;
        write_if_changed(&bytes, tables.bytes())?;
        write_if_changed(&build, &hash_of(&packages)?)
    })
}

/// Copies a crate of the engine's source to another folder, with the changes of a folder beside
/// `engine/insertions` on top, and the lock file that it was published with.
pub(crate) fn copy_changed(package: &str, changes: &Path, target: &Path) -> Result<()> {
    let mut files = read_files(&target_of(package))?;
    for (name, change) in read_changes(changes)? {
        ensure!(change.package == package, "{name} changes another crate");
        apply(&mut files, &change, changes).with_context(|| format!("{name} on {package}"))?;
    }
    write_files(target, files)?;
    let published = published_folders()?;
    let published = published
        .get(package)
        .with_context(|| format!("cargo knows no {package}"))?;
    let lock = fs::read(published.join("Cargo.lock")).context("no lock file was published")?;
    write_if_changed(&target.join("Cargo.lock"), &lock)
}

/// The hash of the engine's source.
pub(crate) fn hash_file() -> PathBuf {
    folder_of_sources().join("sha256")
}

/// Unicode's tables, which the enclave stores.
pub(crate) fn tables_file() -> PathBuf {
    folder_of_sources().join("tables")
}

/// sha256 over the engine's source: what its compiled code belongs to.
fn hash_of(packages: &[&str]) -> Result<Vec<u8>> {
    let mut hash = Sha256::new();
    for package in packages {
        hash.update(package.as_bytes());
        for (path, bytes) in read_files(&target_of(package))? {
            hash.update(path.to_string_lossy().as_bytes());
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    }
    Ok(hash.finalize().to_vec())
}

fn insertions_dir() -> PathBuf {
    layout::root().join("engine/insertions")
}

/// Where a changed crate lies: without its version, because `Cargo.toml` names the folder.
fn target_of(package: &str) -> PathBuf {
    let name = package.split('@').next().unwrap_or(package);
    folder_of_sources().join(name)
}

fn folder_of_sources() -> PathBuf {
    layout::root().join("target/engine-source")
}

/// The changes in the order of their file names.
fn read_changes(folder: &Path) -> Result<Vec<(String, Change)>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            names.push(path);
        }
    }
    names.sort();
    names
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(path)?;
            let change: Change =
                toml::from_str(&text).with_context(|| format!("can't read {name}"))?;
            ensure!(
                !change.why.is_empty() && layout::root().join(&change.test).is_file(),
                "{name} says not why it is there, or names no test"
            );
            Ok((name.into_owned(), change))
        })
        .collect()
}

fn packages(changes: &[(String, Change)]) -> Vec<&str> {
    let mut packages: Vec<_> = changes
        .iter()
        .map(|(_, change)| change.package.as_str())
        .collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// The folders of published crates by `name@version`, downloaded where they are not there.
fn published_folders() -> Result<BTreeMap<String, PathBuf>> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = process::cargo();
    cargo
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--features", "engine-source", "--manifest-path"])
        .arg(&manifest);
    let metadata: serde_json::Value = serde_json::from_str(&process::output(&mut cargo)?)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let folder = |package: &serde_json::Value| {
        let field = |name: &str| package[name].as_str().map(str::to_owned);
        let folder = Path::new(&field("manifest_path")?).parent()?.to_owned();
        Some((format!("{}@{}", field("name")?, field("version")?), folder))
    };
    Ok(packages.iter().filter_map(folder).collect())
}

/// Writes a crate with its changes; files that are the same already keep their time, so that
/// cargo builds nothing again.
fn write_package<'a>(
    package: &str,
    published: &Path,
    changes: impl Iterator<Item = &'a (String, Change)>,
    tables: &mut Tables,
) -> Result<()> {
    let mut files = read_files(published)?;
    for (name, change) in changes {
        apply(&mut files, change, &insertions_dir())
            .with_context(|| format!("{name} on {package}"))?;
    }
    tables.take(package, &mut files)?;
    write_files(&target_of(package), files)
}

/// Writes files into a folder, and removes what was there besides.
fn write_files(target: &Path, files: Files) -> Result<()> {
    if target.exists() {
        for path in read_files(target)?.into_keys() {
            if !files.contains_key(&path) {
                fs::remove_file(target.join(path))?;
            }
        }
    }
    for (path, bytes) in files {
        write_if_changed(&target.join(path), &bytes)?;
    }
    Ok(())
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|before| before == bytes) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().context("a file in a folder")?)?;
    fs::write(path, bytes).with_context(|| format!("can't write {}", path.display()))
}

fn read_files(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for path in stamp::files_below(folder)? {
        let inside = path.strip_prefix(folder)?.to_owned();
        if !LEFT_OUT.iter().any(|name| inside == Path::new(name)) {
            files.insert(inside, fs::read(&path)?);
        }
    }
    Ok(files)
}

/// Makes one change; `folder` holds its files.
fn apply(files: &mut Files, change: &Change, folder: &Path) -> Result<()> {
    for insertion in &change.insertion {
        let file = Path::new(&insertion.file);
        let bytes = files
            .get_mut(file)
            .with_context(|| format!("there is no {}", file.display()))?;
        let text = String::from_utf8(std::mem::take(bytes))?;
        *bytes = inserted(&text, insertion)?.into_bytes();
    }
    for added in &change.file {
        let bytes = fs::read(folder.join(&added.from))?;
        let before = files.insert(PathBuf::from(&added.path), bytes);
        ensure!(before.is_none(), "{} is there already", added.path);
    }
    Ok(())
}

fn inserted(text: &str, insertion: &Insertion) -> Result<String> {
    let anchor = insertion.anchor.as_str();
    let mut places = text.match_indices(anchor).map(|(at, _)| at);
    let (Some(at), None) = (places.next(), places.next()) else {
        let count = text.matches(anchor).count();
        bail!(
            "the anchor stands {count} times in {}, not once:\n{anchor}",
            insertion.file
        );
    };
    let behind = at + anchor.len();
    let through = insertion.through.as_str();
    let found = text[behind..].find(through);
    let end = behind + through.len() + found.with_context(|| format!("no `{through}` after it"))?;
    let (from, to) = match insertion.place {
        Place::Before => (at, at),
        Place::After => (end, end),
        Place::Instead => (at, end),
    };
    Ok([&text[..from], &insertion.text, &text[to..]].concat())
}

#[cfg(test)]
mod tests {
    use super::{Insertion, Place, inserted};

    fn insertion(place: Place, anchor: &str) -> Insertion {
        Insertion {
            file: "src/lib.rs".to_owned(),
            place,
            anchor: anchor.to_owned(),
            through: String::new(),
            text: "NEW".to_owned(),
        }
    }

    #[test]
    fn text_goes_before_after_or_instead_of_its_anchor() {
        let at = |place| inserted("a b c", &insertion(place, "b")).expect("one anchor");
        assert_eq!(at(Place::Before), "a NEWb c");
        assert_eq!(at(Place::After), "a bNEW c");
        assert_eq!(at(Place::Instead), "a NEW c");
    }

    #[test]
    fn an_anchor_ends_where_it_says() {
        let mut insertion = insertion(Place::Instead, "b");
        insertion.through = "d".to_owned();
        let text = inserted("a b c d e d", &insertion).expect("one anchor, and its end");
        assert_eq!(text, "a NEW e d");
        insertion.through = "f".to_owned();
        inserted("a b c d", &insertion).expect_err("no end");
    }

    #[test]
    fn an_anchor_that_stands_twice_or_nowhere_is_refused() {
        for (text, count) in [("a b a", "2 times"), ("b", "0 times")] {
            let error = inserted(text, &insertion(Place::After, "a")).expect_err(text);
            assert!(error.to_string().contains(count), "{error}");
        }
    }
}
