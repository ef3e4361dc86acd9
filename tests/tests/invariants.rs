//! The invariants of the architecture that can be seen in the source itself.
//!
//! Files of the repository go in; each test bears the sentence that it holds them to.

use conclave_tests::vm::workspace;
use std::path::{Path, PathBuf};

/// Folders of what this repository compiles.
const CRATES: [&str; 13] = [
    "abi",
    "nested-trie",
    "verifier",
    "js-stdlib",
    "engine",
    "enclave",
    "loader",
    "localnet",
    "cli",
    "preinit",
    "samples/outside/token",
    "tests",
    "xtask",
];

/// Crates in the folder of another.
const INNER_CRATES: [&str; 2] = ["tests/outside", "tests/trie-bench"];

/// Crates of workspaces of their own, which repeat the lints.
const ALONE: [&str; 2] = ["samples/outside/token", "xtask"];

/// The files that may contain `unsafe`, with what needs it.
const UNSAFE: [(&str, &str); 19] = [
    ("enclave/src/platform/near.rs", "NEAR's host functions"),
    ("enclave/src/exports.rs", "names of exports"),
    ("engine/src/heap.rs", "an allocator"),
    (
        "engine/src/memory.rs",
        "the C function that compiled code calls",
    ),
    (
        "engine/insertions/fast_path/mod.rs",
        "addresses of instructions and registers (0067)",
    ),
    ("engine/insertions/fast_path/calls.rs", "frames in place"),
    (
        "engine/insertions/fast_path/properties.rs",
        "values in place",
    ),
    ("engine/insertions/fast_path/pushes.rs", "values in place"),
    ("engine/insertions/fast_path/rounds.rs", "frames in place"),
    ("engine/insertions/fast_path/slots.rs", "values in place"),
    ("engine/insertions/fast_path/texts.rs", "values in place"),
    (
        "engine/insertions/growing.rs",
        "texts that grow in a shared buffer",
    ),
    (
        "engine/insertions/string_places.rs",
        "strings known to be Latin-1",
    ),
    ("loader/src/near.rs", "NEAR's host functions"),
    ("loader/src/exports.rs", "names of exports"),
    ("tests/outside/src/near.rs", "NEAR's host functions"),
    ("tests/outside/src/exports.rs", "names of exports"),
    ("tests/trie-bench/src/near.rs", "NEAR's host functions"),
    ("tests/trie-bench/src/exports.rs", "names of exports"),
];

/// Lines of a file. Reason: what is longer is about two things.
const FILE_LINES_MAX: usize = 400;

/// Files that are longer, with the reason.
const LONG_FILES: [(&str, &str); 3] = [
    (
        "abi/src/loader.rs",
        "one message format, its codec and its tests",
    ),
    (
        "engine/src/port.rs",
        "the two ports, with everything that passes through them",
    ),
    (
        "engine/tests/calls.rs",
        "one table after another, against the same recording host",
    ),
];

/// What ends an execution without a coded failure.
const PANICS: [&str; 9] = [
    "panic!(",
    "unreachable!(",
    "todo!(",
    "unimplemented!(",
    "assert!(",
    "assert_eq!(",
    "assert_ne!(",
    ".unwrap()",
    "process::abort(",
];

/// A Rust file of the repository.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Lines that are compiled into the crate: neither comments nor tests, which end a file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        let lines = lines.take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        let lines = lines.map(|(index, line)| (index + 1, before_comment(line)));
        lines.filter(|(_, line)| !line.trim().is_empty())
    }

    fn is_in(&self, folder: &str) -> bool {
        Path::new(&self.path).starts_with(folder)
    }
}

/// A line without its comment. A `//` in a string is behind a colon in this repository.
fn before_comment(line: &str) -> &str {
    let mut starts = line.match_indices("//").map(|(at, _)| at);
    let start = starts.find(|at| !line[..*at].ends_with(':'));
    &line[..start.unwrap_or(line.len())]
}

/// All Rust files of the repository, in order.
fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    for name in CRATES {
        collect(&workspace().join(name), &mut paths);
    }
    paths.sort();
    let read = |path: PathBuf| Source {
        path: relative(&path),
        text: std::fs::read_to_string(&path).expect("a file that can be read"),
    };
    let sources: Vec<Source> = paths.into_iter().map(read).collect();
    assert!(sources.len() > 100, "only {} files found", sources.len());
    sources
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.extension() {
            _ if path.is_dir() && !path.ends_with("target") => collect(&path, found),
            Some(extension) if extension == "rs" => found.push(path),
            _ => {}
        }
    }
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(workspace()).expect("inside");
    path.to_string_lossy().into_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).expect("a file that can be read")
}

/// Places of a file in which its code has one of these.
fn places(source: &Source, wanted: &[&str]) -> Vec<String> {
    let lines = source.code();
    let lines = lines.filter(|(_, line)| wanted.iter().any(|it| line.contains(it)));
    let show = |(number, line): (usize, &str)| format!("{}:{number}: {}", source.path, line.trim());
    lines.map(show).collect()
}

/// Whether a word stands in a line as a word.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    line.split(|it| !is_part(it)).any(|it| it == word)
}

#[test]
fn only_the_engine_imports_boa() {
    const ENGINES: [&str; 6] = [
        "boa_engine",
        "boa_gc",
        "boa_parser",
        "boa_ast",
        "boa_interner",
        "boa_string",
    ];
    // xtask names it too, never to build it: cargo fetches what gets our insertions (docs/adr/0053).
    for name in CRATES
        .iter()
        .filter(|name| !["engine", "xtask"].contains(name))
    {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let mut named = manifest.lines().map(str::trim);
        let named = named.find(|line| line.starts_with("boa_"));
        assert_eq!(named, None, "{name}/Cargo.toml");
    }
    let names_it = |code: &str| ENGINES.iter().any(|name| has_word(code, name));
    for source in sources().iter().filter(|it| !it.is_in("engine")) {
        for line in source.text.lines().map(before_comment) {
            let found = outside_of_strings(line).any(names_it);
            assert!(!found, "{}: {line}", source.path);
        }
    }
    assert!(read("engine/Cargo.toml").contains("\nboa_engine"));
}

#[test]
fn only_named_files_contain_unsafe() {
    let sources = sources();
    let unsafe_here = |it: &&Source| it.text.lines().any(|line| is_unsafe(before_comment(line)));
    let with: Vec<&str> = sources
        .iter()
        .filter(unsafe_here)
        .map(|it| it.path.as_str())
        .collect();
    let mut named = UNSAFE.map(|(path, _)| path);
    named.sort_unstable();
    assert_eq!(with, named);
    assert!(read("Cargo.toml").contains("\nunsafe_code = \"deny\""));
    for name in ALONE {
        let manifest = read(&format!("{name}/Cargo.toml"));
        assert!(manifest.contains("\nunsafe_code = \"deny\""), "{name}");
    }
}

fn is_unsafe(line: &str) -> bool {
    outside_of_strings(line).any(|code| has_word(code, "unsafe"))
}

/// The parts of a line that stand in no string.
fn outside_of_strings(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').step_by(2)
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let crates = CRATES.iter().chain(&INNER_CRATES);
    for name in crates.filter(|name| !ALONE.contains(name)) {
        let manifest = read(&format!("{name}/Cargo.toml"));
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{name}/Cargo.toml"
        );
    }
}

#[test]
fn only_the_exports_of_the_contract_panic() {
    let sources = sources();
    let contract = sources.iter().filter(|it| {
        let folders = [
            "enclave/src",
            "engine/src",
            "nested-trie/src",
            "abi/src",
            "loader/src",
        ];
        folders.iter().any(|folder| it.is_in(folder))
            && !it.path.ends_with("/exports.rs")
            && !it.path.ends_with("_tests.rs")
            && !it.path.ends_with("/tests.rs")
            && !it.is_in("enclave/src/graphs")
    });
    let declared = read("enclave/src/lib.rs");
    assert!(declared.contains("#[cfg(test)]\nmod graphs;"));
    let mut found = Vec::new();
    for source in contract {
        found.extend(places(source, &PANICS));
        found.extend(unexplained(source));
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Each `expect(` that does not begin with `invariant: `.
fn unexplained(source: &Source) -> Vec<String> {
    let code: Vec<(usize, &str)> = source.code().collect();
    let mut found = Vec::new();
    for (index, (number, line)) in code.iter().enumerate() {
        for (at, _) in line.match_indices(".expect(") {
            let rest = &line[at + ".expect(".len()..];
            let next = code.get(index + 1).map_or("", |(_, next)| next.trim());
            let reason = if rest.is_empty() { next } else { rest };
            if !reason.starts_with("\"invariant: ") {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    found
}

#[test]
fn the_contract_asks_no_clock_and_iterates_over_no_hash_map() {
    const BANNED: [&str; 5] = [
        "std::time",
        "SystemTime",
        "Instant::now",
        "std::collections::HashMap",
        "std::collections::HashSet",
    ];
    let sources = sources();
    let folders = [
        "enclave/src",
        "engine/src",
        "nested-trie/src",
        "abi/src",
        "loader/src",
    ];
    let contract = sources
        .iter()
        .filter(|it| folders.iter().any(|folder| it.is_in(folder)));
    let found: Vec<String> = contract.flat_map(|it| places(it, &BANNED)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn there_is_one_wasmtime_in_the_lock_file() {
    let lock = read("Cargo.lock");
    let packages = lock.lines().filter(|line| *line == "name = \"wasmtime\"");
    assert_eq!(packages.count(), 1);
}

#[test]
fn files_stay_short_or_say_why_not() {
    let long = sources().into_iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > FILE_LINES_MAX).then_some(source.path)
    });
    let mut named: Vec<&str> = LONG_FILES.iter().map(|(path, _)| *path).collect();
    named.sort_unstable();
    assert_eq!(long.collect::<Vec<_>>(), named);
}

#[test]
fn every_file_begins_with_what_it_is() {
    for source in sources() {
        let first = source.text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("//! "),
            "{} begins with {first:?}",
            source.path
        );
    }
}

#[test]
fn no_file_is_named_for_what_it_is_not_about() {
    const NAMES: [&str; 5] = ["utils.rs", "helpers.rs", "common.rs", "misc.rs", "types.rs"];
    for source in sources() {
        let is_one = NAMES
            .iter()
            .any(|name| source.path.ends_with(&format!("/{name}")));
        assert!(!is_one, "{}", source.path);
    }
}

#[test]
fn no_test_is_ignored_or_sleeps() {
    let is_named = |line: &str| line.contains("#[ignore") || line.contains("thread::sleep(");
    for source in sources() {
        let is_this = source.path == "tests/tests/invariants.rs";
        let found = source.text.lines().find(|line| is_named(line));
        assert!(is_this || found.is_none(), "{}: {found:?}", source.path);
    }
}

#[test]
fn arrows_between_crates_go_one_way() {
    // What each crate may depend on of ours, outside its tests.
    const ARROWS: [(&str, &[&str]); 13] = [
        ("abi", &[]),
        ("nested-trie", &[]),
        ("verifier", &["abi", "nested-trie"]),
        ("js-stdlib", &[]),
        ("engine", &["abi", "js-stdlib"]),
        ("enclave", &["engine", "nested-trie", "abi"]),
        ("loader", &["abi"]),
        ("localnet", &[]),
        ("cli", &["localnet", "abi", "nested-trie"]),
        ("preinit", &[]),
        ("samples/outside/token", &[]),
        ("tests/outside", &[]),
        ("tests/trie-bench", &["localnet", "nested-trie"]),
    ];
    for (name, allowed) in ARROWS {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let own = manifest
            .split("[dev-dependencies]")
            .next()
            .unwrap_or_default();
        let named = own
            .lines()
            .filter_map(|line| line.strip_prefix("conclave-"));
        for target in named.filter_map(|rest| rest.split(['.', ' ', '=']).next()) {
            assert!(allowed.contains(&target), "{name} depends on {target}");
        }
    }
}
