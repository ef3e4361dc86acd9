//! The verifier of proofs for JS: compiles it, makes the packages for Node and for browsers, tests them.
//!
//! In: the crate `conclave-verifier`. Out: `target/verifier/node` and `target/verifier/browser`
//! (docs/adr/0062). The flags are the compiler's own: NEAR's VM never sees this module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use crate::binaryen;
use crate::javascript;
use crate::layout;
use crate::process::{self, command, try_output};
use crate::toolchain::{TARGET, Toolchain, ToolchainChoice, path_flags};

const PACKAGE: &str = "conclave-verifier";
/// What the files of a package are called.
const STEM: &str = "conclave_verifier";

/// Where a package runs.
struct Place {
    /// Its folder, and the end of its name.
    name: &'static str,
    /// What `wasm-bindgen` calls it.
    target: &'static str,
    /// How Node reads its `.js`.
    module: &'static str,
}

const PLACES: [Place; 2] = [
    Place {
        name: "node",
        target: "nodejs",
        module: "commonjs",
    },
    Place {
        name: "browser",
        target: "web",
        module: "module",
    },
];

/// Makes both packages.
pub(crate) fn build(choice: ToolchainChoice) -> Result<Toolchain> {
    process::step("verifier", || {
        let toolchain = Toolchain::prepare(choice)?;
        let (tools, wasm_opt) = (prepare()?, binaryen::prepare()?);
        let mut cargo = cargo(&toolchain, "build");
        cargo.arg("--lib");
        process::step("verifier: cargo", || process::run(&mut cargo))?;
        let compiled = target_dir(&toolchain)
            .join(TARGET)
            .join("verifier")
            .join(format!("{STEM}.wasm"));
        for place in &PLACES {
            let folder = layout::verifier_dir().join(place.name);
            bind(&tools, &compiled, place.target, &folder)?;
            shrink(&wasm_opt, &folder.join(format!("{STEM}_bg.wasm")))?;
            describe(place, &folder)?;
        }
        Ok(toolchain)
    })
}

/// Runs the crate's tests in Node, then those of the packages, which have to be built.
pub(crate) fn test(toolchain: &Toolchain) -> Result<()> {
    let runner = prepare()?.join("wasm-bindgen-test-runner");
    let mut cargo = cargo(toolchain, "test");
    cargo
        .args(["--test", "face"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    process::step("verifier: tests in Wasm", || process::run(&mut cargo))?;
    let tests = layout::root().join("verifier/tests");
    let mut node = command("node");
    node.arg("--test").arg(tests.join("packages.mjs"));
    process::step("verifier: tests of the packages", || {
        process::run(&mut node)
    })?;
    let mut types = javascript::typescript()?;
    types
        .args(["--lib", "es2023,dom"])
        .arg(tests.join("types.ts"));
    process::step("verifier: types", || process::run(&mut types))
}

/// Installs the command line of the very version that the crate is compiled with, unless it is there.
fn prepare() -> Result<PathBuf> {
    let version = version()?;
    let folder = layout::tools_dir().join("bin");
    let program = folder.join("wasm-bindgen");
    let installed = try_output(command(&program.to_string_lossy()).arg("--version"));
    if installed.as_deref() != Some(&format!("wasm-bindgen {version}")) {
        let mut cargo = process::cargo();
        // Its default feature is there for browsers' drivers, which are not used.
        cargo
            .args(["install", "--locked", "--no-default-features"])
            .args(["wasm-bindgen-cli", "--version", &format!("={version}")])
            .arg("--root")
            .arg(layout::tools_dir());
        let what = format!("cargo install wasm-bindgen-cli {version}");
        process::step(&what, || process::run(&mut cargo))?;
    }
    Ok(folder)
}

/// The version that the workspace pins.
fn version() -> Result<String> {
    let manifest = fs::read_to_string(layout::root().join("Cargo.toml"))?;
    let manifest: toml::Table = manifest.parse()?;
    let pinned = manifest["workspace"]["dependencies"]["wasm-bindgen"]["version"]
        .as_str()
        .and_then(|version| version.strip_prefix('='));
    Ok(pinned
        .context("wasm-bindgen is not pinned in Cargo.toml")?
        .to_owned())
}

fn target_dir(toolchain: &Toolchain) -> PathBuf {
    layout::root()
        .join("target/verifier-build")
        .join(toolchain.name())
}

fn cargo(toolchain: &Toolchain, subcommand: &str) -> Command {
    let mut cargo = toolchain.cargo();
    cargo
        .args([subcommand, "--package", PACKAGE, "--target", TARGET])
        .args(["--profile", "verifier", "--target-dir"])
        .arg(target_dir(toolchain))
        .env("CARGO_ENCODED_RUSTFLAGS", flags().join("\u{1f}"))
        .env_remove("RUSTFLAGS");
    if !toolchain.has_std() {
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
    cargo
}

/// A module without places of this machine: not even those of generic functions of `std`.
fn flags() -> Vec<String> {
    let mut flags = path_flags();
    flags.push("-Zlocation-detail=none".to_owned());
    flags
}

/// Writes the module and the JS that loads it.
fn bind(tools: &Path, compiled: &Path, target: &str, folder: &Path) -> Result<()> {
    let mut bind = command(&tools.join("wasm-bindgen").to_string_lossy());
    bind.args(["--target", target, "--out-dir"])
        .arg(folder)
        .arg(compiled);
    process::run(&mut bind)
}

/// The features of NEAR's VM are those of every browser too.
fn shrink(wasm_opt: &Path, module: &Path) -> Result<()> {
    let part = module.with_extension("part");
    binaryen::optimise(wasm_opt, module, &part)?;
    binaryen::strip(&part, module)?;
    fs::remove_file(&part)?;
    let bytes = fs::metadata(module)?.len();
    eprintln!("    {} has {bytes} bytes", module.display());
    Ok(())
}

/// Writes the package's manifest.
fn describe(place: &Place, folder: &Path) -> Result<()> {
    let manifest = json!({
        "name": format!("{PACKAGE}-{}", place.name),
        "version": env!("CARGO_PKG_VERSION"),
        "license": env!("CARGO_PKG_LICENSE"),
        "private": true,
        "type": place.module,
        "main": format!("{STEM}.js"),
        "types": format!("{STEM}.d.ts"),
    });
    let text = serde_json::to_string_pretty(&manifest)? + "\n";
    Ok(fs::write(folder.join("package.json"), text)?)
}
