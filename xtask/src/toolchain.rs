//! The compiler for the Wasm: rustup's where its parts can be downloaded, Debian's otherwise.
//!
//! Both build `std` from source, so that panics cost no text (`docs/adr/0040`). Where rustup has the
//! target but no source of `std`, its ready-made `std` serves, and the contract is larger.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::layout;
use crate::process::{self, command, try_output};

/// The target triple of every NEAR contract.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_PACKAGES: [&str; 4] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "libstd-rust-web-dev",
];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
/// The first version whose language edition and flags the workspace needs.
const DEBIAN_MINOR_MIN: u32 = 95;

/// Which compiler the caller asked for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ToolchainChoice {
    /// Rustup's, or Debian's where rustup can't download.
    Auto,
    /// Rustup's only.
    Rustup,
    /// Debian's only.
    Debian,
}

/// A compiler that is ready to build for the target.
pub(crate) enum Toolchain {
    /// Rustup's, with the source of `std`.
    RustupFromSource,
    /// Rustup's, with the ready-made `std` of the target.
    RustupReady,
    /// Debian's `rustc-web` with the linker of rustup's sysroot.
    Debian { linker: PathBuf },
}

impl Toolchain {
    /// Finds or installs a compiler that can build for the target.
    pub(crate) fn prepare(choice: ToolchainChoice) -> Result<Self> {
        let found = match choice {
            ToolchainChoice::Rustup => rustup()?,
            ToolchainChoice::Debian => None,
            ToolchainChoice::Auto => rustup()?,
        };
        match (found, choice) {
            (Some(toolchain), _) => Ok(toolchain),
            (None, ToolchainChoice::Rustup) => bail!("rustup can't add the target {TARGET}"),
            (None, _) => debian(),
        }
    }

    /// Whether `std` is compiled with the contract, so that flags reach it too.
    pub(crate) fn builds_std(&self) -> bool {
        !matches!(self, Toolchain::RustupReady)
    }

    /// Whether it has a ready-made `std` of the target.
    pub(crate) fn has_std(&self) -> bool {
        !matches!(self, Toolchain::Debian { .. })
    }

    /// A name for messages, folders and stamps.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Toolchain::RustupFromSource => "rustup-source",
            Toolchain::RustupReady => "rustup-ready",
            Toolchain::Debian { .. } => "debian",
        }
    }

    /// The compiler's version line.
    pub(crate) fn version(&self) -> Result<String> {
        let program = match self {
            Toolchain::Debian { .. } => DEBIAN_RUSTC,
            _ => "rustc",
        };
        Ok(process::output(command(program).arg("--version"))?
            .trim()
            .to_owned())
    }

    /// Cargo of this compiler, with the environment it needs.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = match self {
            Toolchain::Debian { linker } => {
                let mut cargo = command(DEBIAN_CARGO);
                cargo
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    .env_remove("CARGO")
                    .env_remove("RUSTUP_TOOLCHAIN");
                cargo
            }
            _ => process::cargo(),
        };
        cargo.env("RUSTC_BOOTSTRAP", "1");
        cargo
    }
}

/// Flags that keep the places of this machine out of a module.
pub(crate) fn path_flags() -> Vec<String> {
    let root = layout::root();
    let mut flags = vec![format!("--remap-path-prefix={}=conclave", root.display())];
    let home = || std::env::var("HOME").map(|home| format!("{home}/.cargo"));
    if let Ok(home) = std::env::var("CARGO_HOME").or_else(|_| home()) {
        flags.push(format!("--remap-path-prefix={home}=cargo"));
    }
    flags
}

fn rustup() -> Result<Option<Toolchain>> {
    let Some(sysroot) = try_output(command("rustc").args(["--print", "sysroot"])) else {
        return Ok(None);
    };
    let sysroot = PathBuf::from(sysroot);
    if !has_target(&sysroot) {
        rustup_add(&["target", "add", TARGET])?;
    }
    if !has_target(&sysroot) {
        return Ok(None);
    }
    if !has_source(&sysroot) {
        rustup_add(&["component", "add", "rust-src"])?;
    }
    Ok(Some(if has_source(&sysroot) {
        Toolchain::RustupFromSource
    } else {
        Toolchain::RustupReady
    }))
}

fn rustup_add(arguments: &[&str]) -> Result<()> {
    let what = format!("rustup {}", arguments.join(" "));
    let mut rustup = command("timeout");
    rustup.args(["180", "rustup"]).args(arguments);
    match process::step(&what, || process::run(&mut rustup)) {
        Ok(()) => Ok(()),
        Err(error) => {
            eprintln!("    {error:#}: going on without it");
            Ok(())
        }
    }
}

fn has_target(sysroot: &Path) -> bool {
    sysroot
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
        .is_dir()
}

fn has_source(sysroot: &Path) -> bool {
    sysroot
        .join("lib/rustlib/src/rust/library/Cargo.lock")
        .is_file()
}

fn debian() -> Result<Toolchain> {
    if !debian_is_ready() {
        process::step("apt-get install of Debian's compiler", install_debian)?;
    }
    if !debian_is_ready() {
        bail!(
            "Debian's {} doesn't give a compiler that can build {TARGET}",
            DEBIAN_PACKAGES[0]
        );
    }
    Ok(Toolchain::Debian { linker: linker()? })
}

fn debian_is_ready() -> bool {
    let source = Path::new("/usr/lib/rustlib/src/rust/library/Cargo.lock");
    let minor = try_output(command(DEBIAN_RUSTC).arg("--version")).and_then(|line| {
        line.split(['.', ' '])
            .nth(2)
            .and_then(|minor| minor.parse::<u32>().ok())
    });
    source.is_file()
        && Path::new(DEBIAN_CARGO).is_file()
        && minor.is_some_and(|minor| minor >= DEBIAN_MINOR_MIN)
}

fn install_debian() -> Result<()> {
    apt_get(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(DEBIAN_PACKAGES);
    apt_get(&arguments)
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let is_root = try_output(command("id").arg("-u")).as_deref() == Some("0");
    let mut apt = if is_root {
        command("apt-get")
    } else {
        let mut sudo = command("sudo");
        sudo.arg("apt-get");
        sudo
    };
    process::run(apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
        .context("neither rustup nor apt-get can provide a compiler for the contract")
}

/// The `rust-lld` of rustup's sysroot: Debian's compiler brings no linker for Wasm.
fn linker() -> Result<PathBuf> {
    let sysroot = process::output(command("rustc").args(["--print", "sysroot"]))?;
    let host = process::output(command("rustc").arg("-vV"))?
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .context("rustc -vV names no host")?;
    let linker = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(host)
        .join("bin/rust-lld");
    if !linker.is_file() {
        bail!("no linker at {}", linker.display());
    }
    Ok(linker)
}
