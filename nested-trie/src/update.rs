//! From changes to host writes: values, account records, both indexes.
//!
//! Guards that values, indexes and account records in one batch say the same.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::ops::ControlFlow;

use crate::account::{AccountRecord, encode_outer};
use crate::changes::{Batch, Changes, Previous, SubcontractChanges};
use crate::error::TrieError;
use crate::host_key;
use crate::index::Index;
use crate::index_edit::{Edit, edit};
use crate::store::Store;
use crate::trie::{Trie, check_id, check_lengths};

/// Returns the host writes of some changes.
pub(crate) fn update<S: Store>(trie: &Trie<S>, changes: Changes) -> Result<Batch, TrieError> {
    let mut batch = Batch::default();
    let mut ids = BTreeMap::new();
    for (id, changes) in changes.subcontracts {
        check_id(&id)?;
        changes
            .values
            .keys()
            .try_for_each(|key| check_lengths(&id, key))?;
        if let Some(edit) = update_subcontract(trie, &id, changes, &mut batch)? {
            ids.insert(id.into_bytes(), edit);
        }
    }
    if !ids.is_empty() {
        let before = trie.outer_head()?;
        let head = edit(&trie.outer_index(&before), &ids, &mut batch)?;
        match head.count() {
            0 => batch.remove(host_key::outer_head()),
            _ => batch.put(host_key::outer_head(), encode_outer(&head)),
        }
    }
    Ok(batch)
}

/// Adds the writes of one subcontract to the batch; returns whether its id comes or goes.
fn update_subcontract<S: Store>(
    trie: &Trie<S>,
    id: &str,
    changes: SubcontractChanges,
    batch: &mut Batch,
) -> Result<Option<Edit>, TrieError> {
    let before = trie.record(id)?;
    let base = match (changes.previous, &before) {
        (Previous::Kept, kept) => kept.clone(),
        (Previous::Removed, None) => None,
        (Previous::Removed, Some(record)) => {
            wipe(trie, id, record, batch)?;
            None
        }
    };
    let is_after = base.is_some() || changes.account.is_some();
    if is_after {
        rewrite(trie, id, base, changes, batch)?;
    } else if changes.values.values().any(Option::is_some) {
        return Err(TrieError::NoSubcontract { id: id.into() });
    }
    Ok(match (before.is_some(), is_after) {
        (false, true) => Some(Edit::Insert),
        (true, false) => Some(Edit::Remove),
        _ => None,
    })
}

/// Adds the removal of everything that a subcontract has stored to the batch.
fn wipe<S: Store>(
    trie: &Trie<S>,
    id: &str,
    record: &AccountRecord,
    batch: &mut Batch,
) -> Result<(), TrieError> {
    let index = trie.inner_index(id, &record.head);
    index.scan(&[], &mut |key| {
        batch.remove(host_key::value(id, key));
        ControlFlow::Continue(())
    })?;
    for (host_key, page) in trie.pages.borrow().range(index.pages.clone()..) {
        if !host_key.starts_with(&index.pages) {
            break;
        }
        if !page.is_empty() {
            batch.remove(host_key.clone());
        }
    }
    batch.remove(host_key::account(id));
    Ok(())
}

/// Adds the writes of a subcontract that exists afterwards; without a base it starts from nothing.
fn rewrite<S: Store>(
    trie: &Trie<S>,
    id: &str,
    base: Option<Rc<AccountRecord>>,
    changes: SubcontractChanges,
    batch: &mut Batch,
) -> Result<(), TrieError> {
    let mut edits = BTreeMap::new();
    for (key, value) in changes.values {
        let was_present = base.is_some() && trie.is_present(id, &key);
        match (was_present, value) {
            (true, Some(value)) => batch.put(host_key::value(id, &key), value),
            (true, None) => {
                batch.remove(host_key::value(id, &key));
                edits.insert(key, Edit::Remove);
            }
            (false, Some(value)) => {
                batch.put(host_key::value(id, &key), value);
                edits.insert(key, Edit::Insert);
            }
            (false, None) => (),
        }
    }
    let before = base.as_deref().cloned().unwrap_or_default();
    let nothing = RefCell::new(BTreeMap::new());
    let stored = trie.inner_index(id, &before.head);
    let index = if base.is_some() {
        stored
    } else {
        Index {
            cache: &nothing,
            ..stored
        }
    };
    let head = edit(&index, &edits, batch)?;
    let payload = changes.account.unwrap_or_else(|| before.payload.clone());
    if base.is_none() || !edits.is_empty() || payload != before.payload {
        batch.put(
            host_key::account(id),
            AccountRecord { head, payload }.encode(),
        );
    }
    Ok(())
}
