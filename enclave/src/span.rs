//! A span of a subcontract's keys, and the journal laid over what the trie has of it.
//!
//! In: what `storage.keys` and its like ask for, and keys of the trie in order. Out: the keys as the
//! execution sees them, in the same order. Knows neither how the trie finds keys nor what they hold.

use crate::journal::Journal;
use crate::state::{key_of, storage_key};
use conclave_abi::error::Failure;
use conclave_abi::key::Kind;
use conclave_engine::port::{KeyRange, Order};
use conclave_nested_trie::{NewValue, SubcontractChanges};
use std::iter::Peekable;
use std::ops::ControlFlow;

/// Is shown keys until it breaks.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(&[u8]) -> ControlFlow<()>;

/// Keys of the trie from `low` on and below `high`, all of one kind.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) kind: Kind,
    pub(crate) low: Vec<u8>,
    pub(crate) high: Vec<u8>,
    pub(crate) order: Order,
}

impl Span {
    /// The span of a range of names.
    ///
    /// # Errors
    /// `E_TOO_LARGE`.
    pub(crate) fn of(kind: Kind, range: &KeyRange) -> Result<Self, Failure> {
        let prefix = key_of(kind, &range.prefix)?;
        let above = above(&prefix);
        let high = match &range.to {
            Some(to) => key_of(kind, to)?.min(above),
            None => above,
        };
        Ok(Self {
            kind,
            low: key_of(kind, &range.from)?.max(prefix),
            high,
            order: range.order,
        })
    }

    /// A name of a storage: its key as the lowest, and none above it. Covers what begins with the
    /// name as much as the name alone: both are granted by the same prefixes.
    ///
    /// # Errors
    /// `E_TOO_LARGE`.
    pub(crate) fn of_name(name: &str) -> Result<Self, Failure> {
        Ok(Self {
            kind: Kind::Storage,
            low: storage_key(name)?,
            high: Vec::new(),
            order: Order::Ascending,
        })
    }

    /// Whether the span begins at a name that begins with a prefix, and ends with the prefix or
    /// before.
    pub(crate) fn is_within(&self, prefix: &str) -> bool {
        let prefix = self.kind.key(prefix);
        self.low.starts_with(&prefix) && self.high <= above(&prefix)
    }
}

/// The first key that is above all which begin with this one. No key of a name has a byte 255.
fn above(prefix: &[u8]) -> Vec<u8> {
    let mut above = prefix.to_vec();
    if let Some(last) = above.last_mut() {
        *last = last.saturating_add(1);
    }
    above
}

/// What is to be scanned.
pub(crate) struct Scan<'a> {
    pub(crate) journal: &'a Journal,
    /// The subcontract.
    pub(crate) id: &'a str,
    pub(crate) span: &'a Span,
    /// Looks at the gas, every few keys.
    pub(crate) look: &'a dyn Fn() -> Result<(), Failure>,
}

type Written<'a> = Box<dyn Iterator<Item = (&'a Vec<u8>, &'a Option<NewValue>)> + 'a>;

/// What was written in the execution, merged with keys of the trie.
pub(crate) struct Overlay<'a> {
    written: Peekable<Written<'a>>,
    order: Order,
    visit: Visit<'a>,
}

impl<'a> Overlay<'a> {
    pub(crate) fn new(
        changes: Option<&'a SubcontractChanges>,
        span: &'a Span,
        visit: Visit<'a>,
    ) -> Self {
        let range =
            |changes: &'a SubcontractChanges| changes.values.range(&span.low, Some(&span.high));
        let written: Written<'a> = match (changes, span.order) {
            (None, _) => Box::new(std::iter::empty()),
            (Some(changes), Order::Ascending) => Box::new(range(changes)),
            (Some(changes), Order::Descending) => Box::new(range(changes).rev()),
        };
        Self {
            written: written.peekable(),
            order: span.order,
            visit,
        }
    }

    /// Takes the next key of the trie: shows what was written before it, and then the key, unless
    /// it was removed.
    pub(crate) fn stored(&mut self, stored: &[u8]) -> ControlFlow<()> {
        let order = self.order;
        let is_due = |key: &[u8]| match order {
            Order::Ascending => key <= stored,
            Order::Descending => key >= stored,
        };
        while let Some((key, value)) = self.written.next_if(|(key, _)| is_due(key)) {
            if value.is_some() {
                (self.visit)(key)?;
            }
            if key == stored {
                return ControlFlow::Continue(());
            }
        }
        (self.visit)(stored)
    }

    /// Shows what was written behind the last key of the trie.
    pub(crate) fn rest(self) -> ControlFlow<()> {
        for (key, value) in self.written {
            if value.is_some() {
                (self.visit)(key)?;
            }
        }
        ControlFlow::Continue(())
    }
}
