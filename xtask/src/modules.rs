//! The contracts that can be built, and of which modules each consists.
//!
//! Out: for each module its name, its crate, and where that crate's workspace lies. It knows nothing of
//! how a module is built.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::layout;

/// A contract that can be built.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Contract {
    /// The loader.
    Loader,
    /// The contract of the trie's benchmark.
    TrieBench,
    /// The contracts that stand beside the enclave: a token, and the instrument of the tests.
    Outside,
    /// The enclave.
    Enclave,
}

/// All contracts; the one that takes minutes comes last.
pub(crate) const CONTRACTS: [Contract; 4] = [
    Contract::Loader,
    Contract::TrieBench,
    Contract::Outside,
    Contract::Enclave,
];

/// One module of Wasm.
pub(crate) struct Module {
    /// Its name in the names of files.
    pub(crate) name: &'static str,
    /// The crate that is compiled.
    pub(crate) package: &'static str,
    /// The folder of the crate's workspace, from the root.
    pub(crate) workspace: &'static str,
    /// What its compiler is told beside what all are told.
    pub(crate) flags: &'static [&'static str],
    /// How fast it is.
    pub(crate) speed: Speed,
}

/// How fast crates are that the profile leaves small.
pub(crate) struct Speed {
    /// What it is called in names of files; nothing for the profile as it is.
    pub(crate) name: &'static str,
    /// Crates at level 3 instead of the profile's.
    pub(crate) at_level_3: &'static [&'static str],
}

/// The profile as it is.
const AS_IT_IS: Speed = Speed {
    name: "",
    at_level_3: &[],
};

/// Crates that the benchmark's second module has at level 3, to see what that would save.
const SHA2_LEVEL_3: Speed = Speed {
    name: "sha2-level-3",
    at_level_3: &["sha2", "block-buffer", "digest"],
};

/// near-sdk's own word for a contract that is to be deployed. Without it, it computes what the host would
/// compute, and drops the texts of its panics. `std` is compiled once more for it, which takes half a minute.
const ON_CHAIN: [&str; 1] = ["--cfg=near"];

const LOADER: Module = of_main("loader", "conclave-loader");
const TRIE_BENCH: Module = of_main("trie-bench", "conclave-trie-bench");
const TRIE_BENCH_SHA2_LEVEL_3: Module = Module {
    speed: SHA2_LEVEL_3,
    ..TRIE_BENCH
};
const OUTSIDE_TOKEN: Module = Module {
    workspace: "samples/outside/token",
    flags: &ON_CHAIN,
    ..of_main("outside-token", "outside-token")
};
const OUTSIDE_INSTRUMENT: Module = of_main("outside-instrument", "outside-instrument");
const ENCLAVE: Module = of_main("enclave", "conclave-enclave");

const fn of_main(name: &'static str, package: &'static str) -> Module {
    Module {
        name,
        package,
        workspace: "",
        flags: &[],
        speed: AS_IT_IS,
    }
}

impl Contract {
    /// Its modules, in the order in which they are built.
    pub(crate) fn modules(self) -> &'static [Module] {
        match self {
            Self::Loader => &[LOADER],
            Self::TrieBench => &[TRIE_BENCH, TRIE_BENCH_SHA2_LEVEL_3],
            Self::Outside => &[OUTSIDE_TOKEN, OUTSIDE_INSTRUMENT],
            Self::Enclave => &[ENCLAVE],
        }
    }
}

impl Module {
    /// Whether it is the enclave, beside which its tables lie.
    pub(crate) fn is_enclave(&self) -> bool {
        self.name == ENCLAVE.name
    }

    /// The manifest of the crate's workspace.
    pub(crate) fn manifest(&self) -> PathBuf {
        layout::root().join(self.workspace).join("Cargo.toml")
    }

    /// The folder in which its crates are compiled: the others' too, unless it has flags of its own. With
    /// other flags, each build in the same folder would compile everything anew, `std` too.
    pub(crate) fn build_folder(&self, others: &str) -> String {
        if self.flags.is_empty() {
            others.to_owned()
        } else {
            format!("{others}-{}", self.name)
        }
    }

    /// The name of the file that cargo writes.
    pub(crate) fn file(&self) -> String {
        format!("{}.wasm", self.package.replace('-', "_"))
    }
}
