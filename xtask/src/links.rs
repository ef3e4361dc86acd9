//! Every relative link in every Markdown file leads to a file or folder of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::layout;

/// Folders whose Markdown is not ours.
const SKIPPED: [&str; 3] = ["target", "node_modules", ".git"];

/// Fails with all links that lead nowhere.
pub(crate) fn check() -> Result<()> {
    let root = layout::root();
    let files = markdown_below(&root)?;
    let mut links = 0;
    let mut broken = Vec::new();
    for file in &files {
        let text =
            fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
        let folder = file.parent().unwrap_or(&root);
        for link in relative_links(&text) {
            links += 1;
            if !folder.join(&link).exists() {
                let file = file.strip_prefix(&root).unwrap_or(file);
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    eprintln!("    {} files, {links} relative links", files.len());
    if !broken.is_empty() {
        bail!(
            "{} links lead nowhere:\n  {}",
            broken.len(),
            broken.join("\n  ")
        );
    }
    Ok(())
}

/// All files below a folder whose name ends with one of `endings`, without foreign folders.
pub(crate) fn files_below(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in
            fs::read_dir(&next).with_context(|| format!("can't list {}", next.display()))?
        {
            let entry = entry?;
            let (path, name) = (
                entry.path(),
                entry.file_name().to_string_lossy().into_owned(),
            );
            if entry.file_type()?.is_dir() {
                if !SKIPPED.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn markdown_below(root: &Path) -> Result<Vec<PathBuf>> {
    files_below(root, &[".md"])
}

/// The targets of inline links that are neither addresses nor places in the same file.
fn relative_links(markdown: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut is_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            links.extend(targets(&without_code(line)));
        }
    }
    links
}

fn targets(line: &str) -> Vec<String> {
    let pieces = line.split("](").skip(1);
    pieces
        .filter_map(|piece| piece.split([')', ' ']).next())
        .filter(|target| !target.contains(':') && !target.starts_with('#') && !target.is_empty())
        .map(|target| target.split('#').next().unwrap_or(target).to_owned())
        .collect()
}

/// The line with its `code` taken out.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markdown: &str, expected: &[&str]) {
        assert_eq!(relative_links(markdown), expected, "{markdown}");
    }

    #[test]
    fn relative_links_are_found_and_others_are_not() {
        check(
            "see [a](b.md) and [c](../d/e.md#f).",
            &["b.md", "../d/e.md"],
        );
        check("[a](https://example.org) [b](#c) [d](mailto:e)", &[]);
        check("`[a](b)` [c](d)", &["d"]);
        check("```\n[a](b)\n```\n[c](d \"title\")", &["d"]);
    }
}
