//! Who pays what for storage (docs/storage.md).
//!
//! Answers of the view `storage_bill` go in, page by page, and bills come out. Who pays at all is
//! read from the notes that lie beside the chain's records; what a note is worth knows the enclave
//! alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use conclave_abi::request::{AskBill, BillOf, StorageBill};
use conclave_localnet::{AccountId, Chain};
use conclave_nested_trie::{Direction, KeyRange};
use serde::Serialize;

use crate::code::Code;
use crate::enclave::Enclave;
use crate::failure::Failed;
use crate::state::{corrupt, open};

/// In a note, the subcontract in whose storage the entry is, and the enclave.
const ITSELF: &str = "";
const ENCLAVE: &str = "*";

/// What one account or subcontract pays for storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bill {
    /// Who pays.
    pub account: String,
    /// Bytes that are billed. Below 0 for the enclave where others pay for more than is stored: what
    /// they pay is the most that an entry can take.
    pub bytes: i64,
    /// Their price, in yoctoNEAR: a decimal number as a string.
    pub yocto: String,
    /// For which subcontracts, in the order of their ids.
    pub subcontracts: Vec<BillOf>,
}

/// Asks for a whole bill, page after page; `on_page` is told of each.
///
/// # Errors
/// [`Failed`], as the view says.
pub fn ask(
    enclave: &Enclave<'_>,
    account: &str,
    on_page: &mut dyn FnMut(),
) -> Result<Bill, Failed> {
    let mut next = Some(String::new());
    let (mut bytes, mut yocto) = (0, 0);
    let mut lines = BTreeMap::<String, u64>::new();
    while let Some(from) = next {
        let page = enclave.storage_bill(&AskBill {
            account: account.to_owned(),
            from,
            limit: None,
        })?;
        bytes += page.bytes;
        yocto += yocto_of(&page)?;
        for line in page.subcontracts {
            *lines.entry(line.id).or_default() += line.bytes;
        }
        next = page.next;
        on_page();
    }
    let lines = lines.into_iter();
    Ok(Bill {
        account: account.to_owned(),
        bytes,
        yocto: yocto.to_string(),
        subcontracts: lines.map(|(id, bytes)| BillOf { id, bytes }).collect(),
    })
}

/// Everybody who has a bill: who paid for an entry, the owners of subcontracts, and the enclave.
///
/// # Errors
/// [`Failed`], when there is no enclave, or the state is corrupt.
///
/// # Cost
/// Reads everything.
pub fn payers(chain: &mut Chain, account: &AccountId) -> Result<BTreeSet<String>, Failed> {
    let subcontracts = Enclave::new(chain, account.clone()).subcontracts("", usize::MAX)?;
    let mut payers = BTreeSet::from([account.to_string()]);
    let trie = open(chain, account);
    let everything = KeyRange {
        from: b"",
        to: None,
        direction: Direction::Up,
    };
    for found in subcontracts {
        let mut names = BTreeSet::new();
        trie.scan(&found.id, &everything, &mut |entry| {
            names.extend(payers_in(&entry.stat().note));
            Ok(ControlFlow::Continue(()))
        })
        .map_err(corrupt)?;
        if names.remove(ITSELF) {
            payers.insert(found.id);
        }
        payers.insert(found.owner);
        payers.extend(names);
    }
    payers.remove(ENCLAVE);
    Ok(payers)
}

/// The names in the note of an entry (docs/spec/state.md, "Notes"): empty for the subcontract in
/// whose storage it is, `*` for the enclave.
pub(crate) fn payers_in(note: &[u8]) -> Vec<String> {
    /// Bytes of a share, behind its payer.
    const SHARE: usize = 4;
    let (mut names, mut rest) = (Vec::new(), note);
    loop {
        let length = rest.first().map_or(0, |length| usize::from(*length));
        let name = rest.get(1..).and_then(|rest| rest.get(..length));
        names.push(String::from_utf8_lossy(name.unwrap_or_default()).into_owned());
        match rest.get(1 + length + SHARE..) {
            Some(next) => rest = next,
            None => return names,
        }
    }
}

fn yocto_of(page: &StorageBill) -> Result<i128, Failed> {
    page.yocto.parse().map_err(|_| {
        let message = format!("the enclave answered {:?} for an amount", page.yocto);
        Failed::own(Code::Answer, message)
            .hint("the enclave on the chain may be of another version")
    })
}

#[cfg(test)]
mod tests {
    use super::payers_in;

    fn check(note: &[u8], expect: &[&str]) {
        assert_eq!(payers_in(note), expect, "{note:?}");
    }

    #[test]
    fn a_note_names_each_who_paid() {
        check(b"", &[""]);
        check(b"\x01*", &["*"]);
        check(b"\x03bob\0\0\0\x07\x05carol", &["bob", "carol"]);
        check(b"\0\0\0\0\x07\x01*", &["", "*"]);
        check(b"\x01*\0\0\0\x07\0", &["*", ""]);
    }
}
