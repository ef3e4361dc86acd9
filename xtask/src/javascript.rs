//! JavaScript of `js-stdlib/`, `samples/` and `verifier/`: the syntax of every module, the types of every declaration.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::binaryen::{npm_dir, npm_install};
use crate::layout;
use crate::links::files_below;
use crate::process::{self, command};

/// The TypeScript that checks the declarations.
const TYPESCRIPT: &str = "5.9.3";

/// Checks the syntax of every `.js` file as an ES module.
pub(crate) fn check_syntax() -> Result<()> {
    let copies = layout::root().join("target/js-check");
    fs::create_dir_all(&copies)?;
    let files = files(&[".js", ".mjs"])?;
    let mut broken = Vec::new();
    for file in &files {
        // Node takes a file for an ES module by its ending.
        let copy = copies.join("checked.mjs");
        fs::copy(file, &copy).with_context(|| format!("can't copy {}", file.display()))?;
        if process::run(command("node").arg("--check").arg(&copy)).is_err() {
            broken.push(file.display().to_string());
        }
    }
    eprintln!("    {} modules", files.len());
    if !broken.is_empty() {
        bail!("not ES modules: {}", broken.join(", "));
    }
    Ok(())
}

/// Checks the TypeScript declarations, and the code that is marked `// @ts-check` against them.
pub(crate) fn check_types() -> Result<()> {
    let declarations = files(&[".d.ts"])?;
    if declarations.is_empty() {
        eprintln!("    no declarations");
        return Ok(());
    }
    let mut node = typescript()?;
    node.args(["--allowJs", "--lib", "es2023"])
        .args(&declarations)
        .args(files_below(&layout::root().join("samples"), &[".js"])?);
    process::run(&mut node)?;
    eprintln!("    {} declarations", declarations.len());
    Ok(())
}

/// The pinned TypeScript, installed unless it is there, told to check and to write nothing.
pub(crate) fn typescript() -> Result<Command> {
    let package = npm_dir("typescript").join("node_modules/typescript");
    let installed = fs::read_to_string(package.join("package.json")).unwrap_or_default();
    if !installed.contains(&format!("\"version\": \"{TYPESCRIPT}\"")) {
        npm_install("typescript", TYPESCRIPT)?;
    }
    let mut node = command("node");
    node.arg(package.join("bin/tsc"))
        .args(["--noEmit", "--strict", "--target", "es2023"])
        .args(["--module", "esnext", "--moduleResolution", "bundler"]);
    Ok(node)
}

fn files(endings: &[&str]) -> Result<Vec<PathBuf>> {
    let root = layout::root();
    let mut found = Vec::new();
    for folder in ["js-stdlib", "samples", "verifier"] {
        found.extend(files_below(&root.join(folder), endings)?);
    }
    Ok(found)
}
