//! `wasm-opt` from the npm package `binaryen`, pinned.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::layout;
use crate::process::{self, command, try_output};

/// The version that the contract's size and gas belong to.
pub(crate) const VERSION: &str = "132.0.0";

/// What NEAR's VM accepts (protocol 84 and later) and the compiler may have used.
const FEATURES: [&str; 5] = [
    "--mvp-features",
    "--enable-mutable-globals",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
];

/// Installs the pinned version unless it is there, and gives the path of `wasm-opt`.
pub(crate) fn prepare() -> Result<PathBuf> {
    let program = npm_dir("binaryen").join("node_modules/.bin/wasm-opt");
    if !is_pinned(&program) {
        npm_install("binaryen", VERSION)?;
    }
    Ok(program)
}

/// The folder of one npm package: in a folder with another, npm would remove the other.
pub(crate) fn npm_dir(name: &str) -> PathBuf {
    layout::tools_dir().join(name)
}

/// Installs one pinned npm package under `target/tools`.
pub(crate) fn npm_install(name: &str, version: &str) -> Result<()> {
    let (folder, package) = (npm_dir(name), format!("{name}@{version}"));
    fs::create_dir_all(&folder)?;
    let mut npm = command("npm");
    npm.args([
        "install",
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--loglevel=error",
        "--prefix",
    ])
    .arg(folder)
    .arg(&package);
    process::step(&format!("npm install {package}"), || process::run(&mut npm))
}

/// Makes the module as small as `wasm-opt` can, with function names kept.
pub(crate) fn optimise(wasm_opt: &Path, input: &Path, output: &Path) -> Result<()> {
    let mut command = command(&wasm_opt.to_string_lossy());
    command
        .args(FEATURES)
        .args(OPTIMISE)
        .arg(input)
        .arg("-o")
        .arg(output);
    process::run(&mut command)
}

/// Drops names and producers; code and data stay byte for byte, which `wasm-opt` doesn't promise for what it
/// reads and writes again: its last rewriting of code would be lost.
pub(crate) fn strip(input: &Path, output: &Path) -> Result<()> {
    let module = fs::read(input).with_context(|| format!("no module at {}", input.display()))?;
    let mut kept = Vec::with_capacity(module.len());
    let mut from = 0;
    for payload in wasmparser::Parser::new(0).parse_all(&module) {
        let payload = payload?;
        let end = match &payload {
            wasmparser::Payload::Version { range, .. } => range.end,
            other => match other.as_section() {
                Some((_, range)) => range.end,
                None => continue,
            },
        };
        if !matches!(payload, wasmparser::Payload::CustomSection(_)) {
            kept.extend_from_slice(&module[from..end]);
        }
        from = end;
    }
    fs::write(output, kept).with_context(|| format!("can't write {}", output.display()))
}

/// The arguments that decide the output, for stamps.
pub(crate) fn arguments() -> String {
    [&FEATURES[..], &OPTIMISE[..]].concat().join(" ")
}

/// `--low-memory-unused`: no address lies in the first 1,024 bytes, which are the far end of the stack, so an
/// offset may go into the access that it is for. The passes behind `-Oz` are for bytes too: repeated constants
/// go into locals, and what is called most gets the short numbers (docs/adr/0064).
const OPTIMISE: [&str; 6] = [
    "--low-memory-unused",
    "--no-inline=*8take_any*",
    "-Oz",
    "--const-hoisting",
    "--reorder-functions",
    "-g",
];

fn is_pinned(program: &Path) -> bool {
    let major = VERSION.split('.').next().unwrap_or(VERSION);
    try_output(command(&program.to_string_lossy()).arg("--version"))
        .is_some_and(|line| line.contains(&format!("version {major} ")))
}
