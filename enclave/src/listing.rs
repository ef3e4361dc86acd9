//! What `storage.keys`, `storage.entries` and `storage.count` answer, page by page.
//!
//! In: keys that the running frame may read, of a storage or of grants. Out: a page, and where the
//! next one begins. Guards invariant 5 with `access.rs`, which says whose keys those are.

use crate::access::Readable;
use crate::execution::Execution;
use crate::platform::Platform;
use crate::span::Scan;
use crate::state::corrupt_value;
use conclave_abi::error::Failure;
use conclave_abi::value::Value;
use conclave_engine::port::{Order, Page};
use std::ops::ControlFlow;

/// Most keys or entries of one page.
const KEYS_MAX: u32 = 1_000;
/// Bytes of values with which a page of entries ends. Reason: they are held twice, while they are
/// copied into the realm.
const ENTRIES_BYTES_MAX: usize = 65_536;

impl<P: Platform> Execution<P> {
    /// Names of keys.
    ///
    /// # Errors
    /// `E_GAS`, `E_CORRUPT`.
    pub(crate) fn page_of_keys(&self, of: &Readable, limit: u32) -> Result<Page<String>, Failure> {
        let limit = limit.min(KEYS_MAX) as usize;
        let mut items = Vec::new();
        self.with_scan(of, |scan| {
            self.state.scan(scan, &mut |key| {
                items.extend(of.span.kind.name(key).map(str::to_owned));
                // One more than asked for: where the list goes on.
                if items.len() > limit {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })
        })?;
        Ok(cut(items, limit, of.span.order))
    }

    /// Names and values of keys: at least one, if there is one.
    ///
    /// # Errors
    /// As [`Execution::page_of_keys`].
    pub(crate) fn page_of_entries(
        &self,
        of: &Readable,
        limit: u32,
    ) -> Result<Page<(String, Value)>, Failure> {
        let Page { items, mut next } = self.page_of_keys(of, limit)?;
        let (id, mut bytes) = (&of.id, 0);
        let mut entries: Vec<(String, Value)> = Vec::with_capacity(items.len());
        for name in items {
            if bytes >= ENTRIES_BYTES_MAX {
                next = match of.span.order {
                    Order::Ascending => Some(name),
                    Order::Descending => entries.last().map(|(name, _)| name.clone()),
                };
                break;
            }
            self.check_gas()?;
            let key = of.span.kind.key(&name);
            let value = self.state.value(&self.journal.borrow(), id, &key)?;
            let value = value.ok_or_else(|| corrupt_value(id))?;
            bytes += value.len();
            let value = Value::from_bytes(&value).map_err(|_| corrupt_value(id))?;
            entries.push((name, value));
        }
        Ok(Page {
            items: entries,
            next,
        })
    }

    /// How many keys begin as the lowest of those.
    ///
    /// # Errors
    /// As [`Execution::page_of_keys`].
    ///
    /// # Cost
    /// The pages on the way to where keys begin to differ from the prefix, however many begin so,
    /// and a look at each that was written in this execution.
    pub(crate) fn count(&self, of: &Readable) -> Result<u64, Failure> {
        self.with_scan(of, |scan| self.state.count(scan))
    }

    fn with_scan<T>(
        &self,
        of: &Readable,
        scan: impl FnOnce(&Scan<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        scan(&Scan {
            journal: &self.journal.borrow(),
            id: &of.id,
            span: &of.span,
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
