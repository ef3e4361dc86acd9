//! What `storage.keys`, `storage.entries` and `storage.count` answer, page by page.
//!
//! In: a range of the running frame's own storage. Out: a page, and where the next one begins.
//! Guards invariant 5 with `host.rs`: the storage is always the running frame's own.

use crate::execution::Execution;
use crate::platform::Platform;
use crate::span::{Scan, Span, Visit};
use crate::state::{corrupt_value, storage_key};
use conclave_abi::error::Failure;
use conclave_abi::key::storage_name;
use conclave_abi::value::Value;
use conclave_engine::port::{KeyRange, Order, Page};
use std::ops::ControlFlow;

/// Most keys or entries of one page.
const KEYS_MAX: u32 = 1_000;
/// Bytes of values with which a page of entries ends. Reason: they are held twice, while they are
/// copied into the realm.
const ENTRIES_BYTES_MAX: usize = 65_536;

impl<P: Platform> Execution<P> {
    /// Keys of a range.
    ///
    /// # Errors
    /// `E_TOO_LARGE` for a bound that can't be a key, `E_GAS`, `E_CORRUPT`.
    pub(crate) fn page_of_keys(&self, range: &KeyRange) -> Result<Page<String>, Failure> {
        let limit = range.limit.min(KEYS_MAX) as usize;
        let mut items = Vec::new();
        self.scan_names(range, &mut |name| {
            items.extend(storage_name(name).map(str::to_owned));
            // One more than asked for: where the list goes on.
            if items.len() > limit {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(cut(items, limit, range.order))
    }

    /// Entries of a range: at least one, if there is one.
    ///
    /// # Errors
    /// As [`Execution::page_of_keys`].
    pub(crate) fn page_of_entries(
        &self,
        range: &KeyRange,
    ) -> Result<Page<(String, Value)>, Failure> {
        let Page { items, mut next } = self.page_of_keys(range)?;
        let (id, mut bytes) = (self.current_id(), 0);
        let mut entries: Vec<(String, Value)> = Vec::with_capacity(items.len());
        for name in items {
            if bytes >= ENTRIES_BYTES_MAX {
                next = match range.order {
                    Order::Ascending => Some(name),
                    Order::Descending => entries.last().map(|(name, _)| name.clone()),
                };
                break;
            }
            self.check_gas()?;
            let key = storage_key(&name)?;
            let value = self.state.value(&self.journal.borrow(), &id, &key)?;
            let value = value.ok_or_else(|| corrupt_value(&id))?;
            bytes += value.len();
            let value = Value::from_bytes(&value).map_err(|_| corrupt_value(&id))?;
            entries.push((name, value));
        }
        Ok(Page {
            items: entries,
            next,
        })
    }

    /// How many keys begin with a prefix.
    ///
    /// # Errors
    /// As [`Execution::page_of_keys`].
    ///
    /// # Cost
    /// The pages on the way to where keys begin to differ from the prefix, however many begin so,
    /// and a look at each that was written in this execution.
    pub(crate) fn count(&self, prefix: &str) -> Result<u64, Failure> {
        let range = KeyRange {
            prefix: prefix.to_owned(),
            ..KeyRange::default()
        };
        self.with_scan(&range, |scan| self.state.count(scan))
    }

    /// Shows the keys of a range, and looks at the gas on the way.
    fn scan_names(&self, range: &KeyRange, visit: Visit<'_>) -> Result<(), Failure> {
        self.with_scan(range, |scan| self.state.scan(scan, visit))
    }

    fn with_scan<T>(
        &self,
        range: &KeyRange,
        scan: impl FnOnce(&Scan<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (span, journal) = (Span::of(range)?, self.journal.borrow());
        scan(&Scan {
            journal: &journal,
            id: &self.current_id(),
            span: &span,
            look: &|| self.check_gas(),
        })
    }
}

/// A page of the first `limit` names.
fn cut(mut items: Vec<String>, limit: usize, order: Order) -> Page<String> {
    let beyond = items.split_off(limit.min(items.len()));
    let next = beyond.into_iter().next().and_then(|first| match order {
        Order::Ascending => Some(first),
        Order::Descending => items.last().cloned(),
    });
    Page { items, next }
}
