//! Every kind of effect is taken back, in any nesting of checkpoints (invariants 3 and 4).

use super::{Billed, Journal};
use crate::outbox::Transfer;
use conclave_nested_trie::NewValue;

fn value(bytes: &[u8]) -> NewValue {
    NewValue {
        bytes: bytes.to_vec(),
        note: Vec::new(),
    }
}

#[test]
fn undoing_takes_back_every_kind_of_effect() {
    let mut journal = Journal::default();
    journal.set_value("a@x.near", b"k".to_vec(), Some(value(b"1")), 0);
    journal.set_record(b"r".to_vec(), Some(b"1".to_vec()));
    let checkpoint = journal.checkpoint();
    journal.set_value("a@x.near", b"k".to_vec(), None, 0);
    journal.set_value("b@x.near", b"k".to_vec(), Some(value(b"2")), 0);
    journal.set_account("c@x.near", b"payload".to_vec());
    journal.set_record(b"r".to_vec(), Some(b"2".to_vec()));
    journal.set_record(b"s".to_vec(), None);
    journal.remove_subcontract("a@x.near");
    journal.log("line".to_owned());
    journal.set_balance("a@x.near", 7);
    journal.open_book(9);
    journal.keep_purse(4);
    journal.close_book();
    journal.bill("a@x.near", 5, true);
    journal.refund("x.near", 6);
    journal.transfer(Transfer {
        to: "x.near".to_owned(),
        amount_yocto: 1,
    });
    journal.undo(checkpoint);
    assert!(journal.books.is_empty() && journal.balances.is_empty());
    let left = journal.commit();
    let records: Vec<_> = left.records.into_iter().collect();
    assert_eq!(records, [(b"r".to_vec(), Some(b"1".to_vec()))]);
    assert_eq!(left.changes.subcontracts.len(), 1);
    let of = left.changes.subcontracts.get("a@x.near");
    let written = of.and_then(|of| of.values.get(b"k"));
    assert_eq!(written, Some(&Some(value(b"1"))));
    assert!(left.logs.is_empty() && left.transfers.is_empty() && left.refunds.is_empty());
    assert!(
        left.bills
            .values()
            .all(|billed| *billed == Billed::default())
    );
}

#[test]
fn an_inner_checkpoint_that_was_kept_is_undone_with_the_outer_one() {
    let mut journal = Journal::default();
    let outer = journal.checkpoint();
    let inner = journal.checkpoint();
    journal.set_value("a@x.near", b"k".to_vec(), Some(value(b"1")), 0);
    journal.keep(inner);
    assert_eq!(journal.written("a@x.near", b"k"), Some(Some(&value(b"1"))));
    journal.undo(outer);
    assert_eq!(journal.written("a@x.near", b"k"), None);
}

#[test]
fn undoing_inside_a_closed_book_reaches_its_purse() {
    let mut journal = Journal::default();
    journal.open_book(10);
    let checkpoint = journal.checkpoint();
    journal.open_book(3);
    journal.spend_purse(2);
    assert_eq!(journal.close_book(), 1);
    journal.keep_purse(6);
    let before = journal.deferred_gas();
    journal.log("x".to_owned());
    assert!(journal.deferred_gas() > before);
    journal.undo(checkpoint);
    assert_eq!(
        (
            journal.book().purse.left_yocto,
            journal.book().purse.is_kept
        ),
        (10, false)
    );
    assert_eq!((journal.deferred_gas(), journal.used().log_lines), (0, 0));
}
