//! Lines taken out of the sources, and put back whatever happens.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::Line;
use crate::layout;
use crate::process;

/// Files as they were before lines were taken out of them; written back when this is dropped.
pub(super) struct TakenOut(BTreeMap<PathBuf, String>);

impl TakenOut {
    /// Takes lines out.
    ///
    /// # Errors
    /// When a file has changes of its own, or a line does not stand in it exactly once; then
    /// everything is as it was.
    pub(super) fn new(lines: &[Line]) -> Result<Self> {
        let mut taken_out = Self(BTreeMap::new());
        for line in lines {
            taken_out.take(line)?;
        }
        Ok(taken_out)
    }

    fn take(&mut self, line: &Line) -> Result<()> {
        let path = layout::root().join(&line.file);
        if !self.0.contains_key(&path) {
            check_committed(&line.file)?;
            let text = fs::read_to_string(&path).with_context(|| format!("no {}", line.file))?;
            self.0.insert(path.clone(), text);
        }
        let text = fs::read_to_string(&path)?;
        fs::write(&path, replaced(&text, line)?)?;
        Ok(())
    }

    /// Puts the lines back.
    ///
    /// # Errors
    /// When a file can't be written.
    pub(super) fn put_back(mut self) -> Result<()> {
        self.write_back()
    }

    fn write_back(&mut self) -> Result<()> {
        for (path, text) in std::mem::take(&mut self.0) {
            fs::write(&path, text)
                .with_context(|| format!("{} has lost a line; `git restore` it", path.display()))?;
        }
        Ok(())
    }
}

impl Drop for TakenOut {
    fn drop(&mut self) {
        if let Err(error) = self.write_back() {
            eprintln!("error: {error:#}");
        }
    }
}

/// Refuses a file whose changes would be lost if this program were ended.
fn check_committed(file: &str) -> Result<()> {
    let mut git = process::command("git");
    let status = process::output(git.args(["status", "--porcelain", "--", file]))?;
    ensure!(
        status.trim().is_empty(),
        "{file} has changes; commit them first"
    );
    Ok(())
}

fn replaced(text: &str, line: &Line) -> Result<String> {
    let count = text.matches(&line.text).count();
    ensure!(
        count == 1,
        "{:?} stands {count} times in {}, not once",
        line.text,
        line.file
    );
    Ok(text.replacen(&line.text, &line.without, 1))
}

#[cfg(test)]
mod tests {
    use super::{Line, replaced};

    #[test]
    fn a_line_is_taken_out_where_it_stands_once() {
        let line = Line {
            file: "a.rs".to_owned(),
            text: "if x {".to_owned(),
            without: "if false {".to_owned(),
        };
        assert_eq!(replaced("if x {}", &line).expect("once"), "if false {}");
        for text in ["", "if x {} if x {}"] {
            assert!(replaced(text, &line).is_err(), "{text}");
        }
    }
}
