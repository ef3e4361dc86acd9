//! The contract build: compile, pre-initialise, optimise, strip; each step is skipped when nothing changed.
//!
//! In: the modules of `modules.rs`. Out, in `target/contract`: `enclave.wasm`, `enclave.named.wasm`, `enclave.tables`,
//! `loader.wasm`, for the tests `outside-token.wasm` and `outside-instrument.wasm`, and for the benchmark
//! `trie-bench.wasm` and `trie-bench.sha2-level-3.wasm`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::binaryen;
use crate::engine_source;
use crate::layout;
use crate::modules::{CONTRACTS, Contract, Module};
use crate::process;
use crate::stamp::{self, Inputs};
use crate::toolchain::{TARGET, Toolchain, ToolchainChoice, path_flags};
use crate::workspace_programs;

/// The function that a module exports to be run once at build time.
const INITIALISER: &str = "wizer.initialize";

/// Bytes of shadow stack, which lies at the beginning of the memory, below the data: at 1 MiB, source nested 30 to 60 deep overflows it inside the parser.
const STACK_BYTES: u32 = 4 * 1024 * 1024;

/// Groups of functions that nothing can reach, with the reason: their bodies become traps, and the
/// code behind them is dropped (docs/adr/0008). Each byte of it would cost gas on every call.
const UNREACHABLE: [&str; 14] = [
    // Only `eval` and the Function constructors parse UTF-16, and the engine's hook refuses both
    // before they parse (engine/src/realm.rs, `Hooks`).
    "boa_parser & UTF16Input",
    // `Atomics` and the constructors below are deleted from the realm: the table of permits lacks
    // them (engine/src/permits.rs), and nothing else makes what their methods want. What makes them
    // runs in the initialiser and stays.
    "boa_engine::builtins::atomics",
    "array_buffer::shared::SharedArrayBuffer>::",
    "array_buffer::shared::SharedArrayBuffer as boa_engine::builtins::BuiltInConstructor>",
    "finalization_registry::FinalizationRegistry>::",
    "finalization_registry::FinalizationRegistry as boa_engine::builtins::BuiltInConstructor>",
    "weak_ref::WeakRef>::",
    "weak_ref::WeakRef as boa_engine::builtins::BuiltInConstructor>",
    // Jobs have an executor of our own (engine/src/jobs.rs).
    "boa_engine::job::SimpleJobExecutor as boa_engine::job::JobExecutor>",
    // The optimiser is off: its options are empty (engine/src/realm.rs).
    "boa_engine::optimizer::Optimizer>",
    "boa_engine::optimizer::Optimizer as boa_ast::visitor::VisitorMut>",
    // There is one thread, so nobody waits for a lock.
    "parking_lot_core::",
    // There is nowhere to print to, and `-Zfmt-debug=none` leaves out what would show an error so.
    "std::io::stdio::StdoutLock",
    "StringError as core::fmt::Debug>",
];

/// Groups of functions that only make what the snapshot has, with the reason: once it is taken their bodies
/// become traps too.
const FINISHED: [&str; 1] = [
    // The collector was made with the realm.
    "LazyStorage<core::cell::RefCell<boa_gc::BoaGc>>>::initialize",
];

/// Groups of functions that give back what lives no longer than the execution that made it, with the
/// reason: once the realm is made they do nothing, which costs neither bytes nor gas.
const FORGOTTEN: [&str; 6] = [
    // The syntax tree of an upload: one for each execution, as large as its source allows.
    "drop & boa_ast",
    // The realm is part of the snapshot, and every program runs in it: it is never garbage.
    "boa_engine::realm::Inner as boa_gc::internals::vtable::vtable_of::HasVTable>::drop_fn",
    "boa_engine::realm::Inner as boa_gc::internals::vtable::vtable_of::HasVTable>::run_finalizer_fn",
    // What the contract dropped when it ends.
    "core::ptr::drop_in_place::<conclave_enclave::execution::Execution<",
    // Made with the engine's own job queue, which another replaces, and with a deleted constructor.
    "core::ptr::drop_in_place::<boa_engine::job::SimpleJobExecutor>",
    "drop & finalization_registry",
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

/// Builds all contracts.
pub(crate) fn build(options: &BuildOptions) -> Result<()> {
    build_some(options, &CONTRACTS)
}

/// Builds some of the contracts.
pub(crate) fn build_some(options: &BuildOptions, contracts: &[Contract]) -> Result<()> {
    process::step("contract", || {
        let builder = Builder::prepare(options)?;
        let mut modules = contracts.iter().flat_map(|it| it.modules());
        modules.try_for_each(|module| builder.module(module))
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

    fn module(&self, module: &Module) -> Result<()> {
        let compiled = self.compile(module)?;
        let ready = self.pre_initialise(module, compiled)?;
        let named = self.output(module, "named");
        let inputs = Inputs::default()
            .text(binaryen::VERSION)
            .text(&binaryen::arguments())
            .file(&ready)?;
        let output = self.output(module, "");
        stamp::unless_fresh(
            &self.label(module, "wasm-opt"),
            inputs,
            &[&named, &output],
            || self.shrink(module, &ready, [&named, &output]),
        )?;
        if module.is_enclave() {
            // Stored beside the contract: what it reads on first use (docs/adr/0073).
            let tables = layout::contract_dir().join("enclave.tables");
            fs::copy(engine_source::tables_file(), tables).context("can't write the tables")?;
        }
        let bytes = fs::metadata(&output)?.len();
        eprintln!("    {} has {bytes} bytes", output.display());
        Ok(())
    }

    /// Writes both modules beside their places first, so that nobody ever reads half of one.
    fn shrink(&self, module: &Module, ready: &Path, places: [&Path; 2]) -> Result<()> {
        let parts = ["named", "plain"]
            .map(|kind| layout::work_dir().join(format!("{}.{kind}.part", self.stem(module))));
        binaryen::optimise(&self.wasm_opt, ready, &parts[0])?;
        binaryen::strip(&parts[0], &parts[1])?;
        for (part, place) in parts.iter().zip(places) {
            fs::rename(part, place).with_context(|| format!("can't write {}", place.display()))?;
        }
        Ok(())
    }

    fn compile(&self, module: &Module) -> Result<PathBuf> {
        let target_dir = layout::work_dir()
            .join(self.toolchain.name())
            .join(module.build_folder(self.suffix()));
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
            .arg("--manifest-path")
            .arg(module.manifest())
            .args(["--target", TARGET, "--package", module.package])
            .arg("--target-dir")
            .arg(&target_dir)
            .env("CARGO_PROFILE_CONTRACT_STRIP", "none")
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags(module).join("\u{1f}"))
            .env_remove("RUSTFLAGS");
        for name in module.speed.at_level_3 {
            let level = format!("profile.contract.package.{name}.opt-level=3");
            cargo.arg("--config").arg(level);
        }
        if self.toolchain.builds_std() {
            cargo.args([
                "-Zbuild-std=std,panic_abort",
                // Sorting, printing of numbers: 20 KB less (docs/adr/0080).
                "-Zbuild-std-features=optimize_for_size",
            ]);
        }
        process::step(&self.label(module, "cargo"), || process::run(&mut cargo))?;
        Ok(target_dir.join(TARGET).join("contract").join(module.file()))
    }

    fn flags(&self, module: &Module) -> Vec<String> {
        let mut flags = vec![
            "-Ctarget-cpu=mvp".to_owned(),
            "-Ctarget-feature=+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals".into(),
            format!("-Clink-arg=-zstack-size={STACK_BYTES}"),
            "--cfg=getrandom_backend=\"unsupported\"".into(),
        ];
        flags.extend(path_flags());
        flags.extend(module.flags.iter().map(|flag| (*flag).to_owned()));
        if self.messages == Messages::Dropped {
            flags.extend(["-Zlocation-detail=none".into(), "-Zfmt-debug=none".into()]);
            if self.toolchain.builds_std() {
                flags.extend(IMMEDIATE_ABORT.map(str::to_owned));
            }
        }
        flags
    }

    /// Runs the module's initialiser and saves its memory, where the module has one.
    fn pre_initialise(&self, module: &Module, compiled: PathBuf) -> Result<PathBuf> {
        let bytes =
            fs::read(&compiled).with_context(|| format!("no module at {}", compiled.display()))?;
        if !exports_function(&bytes, INITIALISER)? {
            return Ok(compiled);
        }
        let root = layout::root();
        let output = layout::work_dir().join(format!("{}.initialised.wasm", self.stem(module)));
        let inputs = Inputs::default()
            .file(&compiled)?
            .folder(&root.join("preinit"))?
            .file(&root.join("Cargo.lock"))?
            .text(&STACK_BYTES.to_string())
            .text(&UNREACHABLE.join("\n"))
            .text(&FINISHED.join("\n"))
            .text(&FORGOTTEN.join("\n"));
        stamp::unless_fresh(&self.label(module, "preinit"), inputs, &[&output], || {
            let mut preinit = workspace_programs::built("conclave-preinit")?;
            // What the initialiser left on its stack is dead; as zeros it takes no bytes.
            preinit.arg(format!("--dead-stack-bytes={STACK_BYTES}"));
            preinit.args(UNREACHABLE.map(|pattern| format!("--unreachable={pattern}")));
            preinit.args(FINISHED.map(|pattern| format!("--finished={pattern}")));
            preinit.args(FORGOTTEN.map(|pattern| format!("--forgotten={pattern}")));
            process::run(preinit.arg(&compiled).arg(&output))
        })?;
        Ok(output)
    }

    fn output(&self, module: &Module, kind: &str) -> PathBuf {
        let kind = if kind.is_empty() {
            String::new()
        } else {
            format!(".{kind}")
        };
        layout::contract_dir().join(format!("{}{kind}.wasm", self.stem(module)))
    }

    fn label(&self, module: &Module, step: &str) -> String {
        format!("{}: {step}", self.stem(module))
    }

    fn suffix(&self) -> &'static str {
        match self.messages {
            Messages::Kept => "messages",
            Messages::Dropped => "plain",
        }
    }

    /// What the names of a module's files begin with: what tells this build of it from others.
    fn stem(&self, module: &Module) -> String {
        let messages = match self.messages {
            Messages::Kept => "messages",
            Messages::Dropped => "",
        };
        let parts = [module.name, module.speed.name, messages].into_iter();
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        parts.join(".")
    }
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
