//! `docs/errors/` has one page for each code, the table lists each page, and no code lacks one.

use conclave_abi::error::ErrorCode;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Crates whose sources may give codes.
const CRATES: [&str; 10] = [
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
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Code and text of each page.
fn pages() -> BTreeMap<String, String> {
    let folder = std::fs::read_dir(root().join("docs/errors")).expect("the folder is there");
    let names = folder.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("a name in UTF-8"));
    let codes = names.filter_map(|name| name.strip_suffix(".md").map(str::to_owned));
    let codes = codes.filter(|code| code != "README");
    codes
        .map(|code| {
            let page = text(&format!("docs/errors/{code}.md"));
            (code, page)
        })
        .collect()
}

/// The sources below a folder, one after another.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, text);
        } else if path
            .extension()
            .is_some_and(|kind| kind == "rs" || kind == "js")
        {
            *text += &std::fs::read_to_string(&path).expect("a source is text");
        }
    }
}

/// Words that look like a code, e.g. `E_REENTRY`.
fn codes_in(text: &str) -> BTreeSet<String> {
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
    text.split(|char| !is_part(char))
        .filter(|word| is_code(word))
        .map(str::to_owned)
        .collect()
}

fn is_code(word: &str) -> bool {
    let is_capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let rest = word.strip_prefix("E_").unwrap_or_default();
    rest.len() > 1 && rest.bytes().all(is_capital) && !rest.ends_with('_')
}

fn codes_in_sources() -> BTreeSet<String> {
    let mut text = String::new();
    for name in CRATES {
        sources(&root().join(name).join("src"), &mut text);
    }
    codes_in(&text)
}

#[test]
fn every_code_of_the_enclave_has_a_page() {
    let pages = pages();
    for code in ErrorCode::ALL {
        assert!(pages.contains_key(code.as_str()), "{code} has no page");
    }
}

#[test]
fn codes_in_sources_and_pages_are_the_same_set() {
    let pages: BTreeSet<_> = pages().into_keys().collect();
    let codes = codes_in_sources();
    assert!(codes.len() >= ErrorCode::ALL.len());
    let missing: Vec<_> = codes.difference(&pages).collect();
    assert!(missing.is_empty(), "codes without a page: {missing:?}");
    let idle: Vec<_> = pages.difference(&codes).collect();
    assert!(
        idle.is_empty(),
        "pages of codes that no source gives: {idle:?}"
    );
}

#[test]
fn every_page_begins_with_its_code_and_a_sentence_and_says_what_to_do() {
    for (code, page) in pages() {
        let mut lines = page.lines();
        assert_eq!(lines.next(), Some(format!("# {code}").as_str()), "{code}");
        assert_eq!(lines.next(), Some(""), "{code}");
        let first = lines.next().unwrap_or_default();
        assert!(
            first.len() > 10 && first.ends_with('.'),
            "{code}: {first:?}"
        );
        assert!(page.contains("\n**What to do.** "), "{code}");
    }
}

#[test]
fn the_table_lists_each_page_once_with_its_first_sentence() {
    let table = text("docs/errors/README.md");
    let rows: Vec<_> = table
        .lines()
        .filter(|line| line.starts_with("| [`E_"))
        .collect();
    let expect = pages().into_iter().map(|(code, page)| {
        let first = page.lines().nth(2).unwrap_or_default().to_owned();
        format!("| [`{code}`]({code}.md) | {first} |")
    });
    let expect: BTreeSet<_> = expect.collect();
    let listed: BTreeSet<_> = rows.iter().map(|row| (*row).to_owned()).collect();
    assert_eq!(rows.len(), listed.len(), "a row is there twice");
    let missing: Vec<_> = expect.difference(&listed).collect();
    let wrong: Vec<_> = listed.difference(&expect).collect();
    assert!(
        missing.is_empty() && wrong.is_empty(),
        "missing rows:\n{missing:#?}\nwrong rows:\n{wrong:#?}"
    );
}

#[test]
fn words_that_are_no_codes_are_not_taken_for_some() {
    let found = codes_in("E_REENTRY \"E_SOURCE_UTF8\" E_LOADER_* E_ E_code TRUE_CODE RE_ENTRY");
    let expect = ["E_REENTRY", "E_SOURCE_UTF8"].map(str::to_owned);
    assert_eq!(found, expect.into_iter().collect::<BTreeSet<_>>());
}
