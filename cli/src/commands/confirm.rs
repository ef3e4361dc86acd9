//! The question before something is sent.

use std::io::{BufRead, IsTerminal, Write};

use crate::code::Code;
use crate::failure::Failed;
use crate::report::Report;

/// Asks a person. A program is refused and told what to do; it never waits.
///
/// # Errors
/// [`Failed`] with `E_NOT_CONFIRMED`.
pub(super) fn ask(report: Report, hint: &str) -> Result<(), Failed> {
    let refused = Failed::own(Code::NotConfirmed, "nothing was sent").hint(hint);
    if report.is_json() || !std::io::stdin().is_terminal() {
        return Err(refused);
    }
    eprint!("send it? [y/N] ");
    let mut answer = String::new();
    let is_read =
        std::io::stderr().flush().is_ok() && std::io::stdin().lock().read_line(&mut answer).is_ok();
    if is_read && matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(refused)
    }
}
