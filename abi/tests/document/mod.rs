//! Finds the golden blocks of a document in `docs/spec`.

use std::path::Path;

/// The text of a file below the repository's root.
pub(crate) fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Name and lines of each golden block of a kind.
pub(crate) fn blocks(document: &str, kind: &str) -> Vec<(String, Vec<String>)> {
    let fence = format!("```golden {kind} ");
    let mut found = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix(&fence) {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let block = block
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect();
            found.push((name.to_owned(), block));
        }
    }
    found
}
