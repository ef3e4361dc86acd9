//! The contract build: compile, pre-initialise, optimise, strip; each step is skipped when nothing changed.
//!
//! In: the crates `conclave-enclave` and `conclave-loader`. Out: `target/contract/enclave.wasm`,
//! `enclave.named.wasm` and `loader.wasm`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::binaryen;
use crate::layout;
use crate::process;
use crate::stamp::{self, Inputs};
use crate::toolchain::{TARGET, Toolchain, ToolchainChoice};
use crate::workspace_programs;

/// The function that a module exports to be run once at build time.
const INITIALISER: &str = "wizer.initialize";

/// Bytes of shadow stack, which lies at the beginning of the memory, below the data: at 1 MiB, source nested 30 to 60 deep overflows it inside the parser.
const STACK_BYTES: u32 = 4 * 1024 * 1024;

/// Groups of functions that nothing can reach, with the reason: their bodies become traps, and the
/// code behind them is dropped (docs/adr/0008). Each byte of it would cost gas on every call.
const UNREACHABLE: [&str; 3] = [
    // Only `eval` and the Function constructors parse UTF-16, and the engine's hook refuses both
    // before they parse (engine/src/realm.rs, `Hooks`).
    "boa_parser & UTF16Input",
    // `Atomics` is deleted from the realm: the table of permits lacks it (engine/src/permits.rs).
    "boa_engine::builtins::atomics",
    // No module is ever made: programs are functions, and the module loader refuses `import()`.
    "boa_engine::module::source::SourceTextModule",
];

/// Makes every panic one instruction.
///
/// With this strategy the compiler turns on Wasm exceptions, which no NEAR VM accepts: a call of a
/// `C-unwind` function, and near-sys declares all of them so, would be wrapped in `try`. The two LLVM
/// options turn them off again; the second is there because the first alone is refused.
const IMMEDIATE_ABORT: [&str; 4] = [
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Cllvm-args=-wasm-enable-eh=false",
    "-Cllvm-args=-wasm-enable-sjlj",
];

/// Whether panics keep their text and position.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Messages {
    /// They do: for finding out why something aborts.
    Kept,
    /// They do not: what goes to the chain.
    Dropped,
}

/// What to build.
pub(crate) struct BuildOptions {
    pub(crate) messages: Messages,
    pub(crate) toolchain: ToolchainChoice,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            messages: Messages::Dropped,
            toolchain: ToolchainChoice::Auto,
        }
    }
}

/// Builds both contracts.
pub(crate) fn build(options: &BuildOptions) -> Result<()> {
    process::step("contract", || {
        let builder = Builder::prepare(options)?;
        builder.contract("loader")?;
        builder.contract("enclave")
    })
}

struct Builder {
    messages: Messages,
    toolchain: Toolchain,
    wasm_opt: PathBuf,
}

impl Builder {
    fn prepare(options: &BuildOptions) -> Result<Self> {
        let toolchain = Toolchain::prepare(options.toolchain)?;
        eprintln!(
            "==> compiler: {} ({})",
            toolchain.version()?,
            toolchain.name()
        );
        fs::create_dir_all(layout::contract_dir())?;
        let wasm_opt = binaryen::prepare()?;
        Ok(Self {
            messages: options.messages,
            toolchain,
            wasm_opt,
        })
    }

    fn contract(&self, name: &str) -> Result<()> {
        let compiled = self.compile(name)?;
        let ready = self.pre_initialise(name, compiled)?;
        let named = self.output(name, "named");
        let inputs = Inputs::default()
            .text(binaryen::VERSION)
            .text(&binaryen::arguments())
            .file(&ready)?;
        let output = self.output(name, "");
        stamp::unless_fresh(
            &self.label(name, "wasm-opt"),
            inputs,
            &[&named, &output],
            || self.shrink(name, &ready, [&named, &output]),
        )?;
        let bytes = fs::metadata(&output)?.len();
        eprintln!("    {} has {bytes} bytes", output.display());
        Ok(())
    }

    /// Writes both modules beside their places first, so that nobody ever reads half of one.
    fn shrink(&self, name: &str, ready: &Path, places: [&Path; 2]) -> Result<()> {
        let parts = ["named", "plain"]
            .map(|kind| layout::work_dir().join(format!("{name}{}.{kind}.part", self.dotted())));
        binaryen::optimise(&self.wasm_opt, ready, &parts[0])?;
        binaryen::strip(&self.wasm_opt, &parts[0], &parts[1])?;
        for (part, place) in parts.iter().zip(places) {
            fs::rename(part, place).with_context(|| format!("can't write {}", place.display()))?;
        }
        Ok(())
    }

    fn compile(&self, name: &str) -> Result<PathBuf> {
        let target_dir = layout::work_dir()
            .join(self.toolchain.name())
            .join(self.suffix());
        let mut cargo = self.toolchain.cargo();
        cargo
            .args([
                "rustc",
                "--profile",
                "contract",
                "--lib",
                "--crate-type",
                "cdylib",
            ])
            .args(["--target", TARGET, "--package", &format!("conclave-{name}")])
            .arg("--target-dir")
            .arg(&target_dir)
            .env("CARGO_PROFILE_CONTRACT_STRIP", "none")
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags().join("\u{1f}"))
            .env_remove("RUSTFLAGS");
        if self.toolchain.builds_std() {
            cargo.arg("-Zbuild-std=std,panic_abort");
        }
        process::step(&self.label(name, "cargo"), || process::run(&mut cargo))?;
        Ok(target_dir
            .join(TARGET)
            .join("contract")
            .join(format!("conclave_{name}.wasm")))
    }

    fn flags(&self) -> Vec<String> {
        let mut flags = vec![
            "-Ctarget-cpu=mvp".to_owned(),
            "-Ctarget-feature=+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals".into(),
            format!("-Clink-arg=-zstack-size={STACK_BYTES}"),
            "--cfg=getrandom_backend=\"unsupported\"".into(),
            format!("--remap-path-prefix={}=conclave", layout::root().display()),
        ];
        if let Ok(home) = std::env::var("CARGO_HOME").or_else(|_| home_cargo()) {
            flags.push(format!("--remap-path-prefix={home}=cargo"));
        }
        if self.messages == Messages::Dropped {
            flags.extend(["-Zlocation-detail=none".into(), "-Zfmt-debug=none".into()]);
            if self.toolchain.builds_std() {
                flags.extend(IMMEDIATE_ABORT.map(str::to_owned));
            }
        }
        flags
    }

    /// Runs the module's initialiser and saves its memory, where the module has one.
    fn pre_initialise(&self, name: &str, compiled: PathBuf) -> Result<PathBuf> {
        let bytes =
            fs::read(&compiled).with_context(|| format!("no module at {}", compiled.display()))?;
        if !exports_function(&bytes, INITIALISER)? {
            return Ok(compiled);
        }
        let root = layout::root();
        let output = layout::work_dir().join(format!("{name}{}.initialised.wasm", self.dotted()));
        let inputs = Inputs::default()
            .file(&compiled)?
            .folder(&root.join("preinit"))?
            .file(&root.join("Cargo.lock"))?
            .text(&STACK_BYTES.to_string())
            .text(&UNREACHABLE.join("\n"));
        stamp::unless_fresh(&self.label(name, "preinit"), inputs, &[&output], || {
            let mut preinit = workspace_programs::built("conclave-preinit")?;
            // What the initialiser left on its stack is dead; as zeros it takes no bytes.
            preinit.arg(format!("--dead-stack-bytes={STACK_BYTES}"));
            preinit.args(UNREACHABLE.map(|pattern| format!("--unreachable={pattern}")));
            process::run(preinit.arg(&compiled).arg(&output))
        })?;
        Ok(output)
    }

    fn output(&self, name: &str, kind: &str) -> PathBuf {
        let kind = if kind.is_empty() {
            String::new()
        } else {
            format!(".{kind}")
        };
        layout::contract_dir().join(format!("{name}{}{kind}.wasm", self.dotted()))
    }

    fn label(&self, name: &str, step: &str) -> String {
        format!("{name}{}: {step}", self.dotted())
    }

    fn suffix(&self) -> &'static str {
        match self.messages {
            Messages::Kept => "messages",
            Messages::Dropped => "plain",
        }
    }

    fn dotted(&self) -> &'static str {
        match self.messages {
            Messages::Kept => ".messages",
            Messages::Dropped => "",
        }
    }
}

fn home_cargo() -> Result<String, std::env::VarError> {
    std::env::var("HOME").map(|home| format!("{home}/.cargo"))
}

fn exports_function(module: &[u8], wanted: &str) -> Result<bool> {
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        if let wasmparser::Payload::ExportSection(exports) = payload? {
            for export in exports {
                let export = export?;
                if export.name == wanted && export.kind == wasmparser::ExternalKind::Func {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Whether an artefact is there, with the command that makes it when it isn't.
pub(crate) fn require(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    anyhow::bail!("no {}: run `cargo xtask build` first", path.display())
}
