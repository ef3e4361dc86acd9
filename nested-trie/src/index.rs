//! An ordered index of keys over host storage: a head, and levels of pages below it once it is large.
//!
//! Level 0 holds all keys; level `n + 1` holds those keys of level `n` that begin a page there. The
//! head holds the lowest level that fits into it. A page is stored under its level and its name: the
//! key that it begins with, or the empty name for the keys before the first that begins a page.
//! Reading is here; changing is in `index_edit`. What the keys stand for is not known here.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::ops::ControlFlow;

use crate::error::{Corrupt, Fault};
use crate::host_key;
use crate::keys::{Keys, LEVELS_MAX, Reach};
use crate::store::Store;

/// Version of the page record.
pub(crate) const PAGE_VERSION: u8 = 1;

/// Pages that were read, by host key; a page that is not stored is empty.
pub(crate) type PageCache = RefCell<BTreeMap<Vec<u8>, Rc<Keys>>>;

/// How many keys a level has, and how many bytes they take packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) keys: u64,
    pub(crate) bytes: u64,
}

/// The top of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Totals of level 0, 1, … up to the level whose keys are in the head. Never empty.
    pub(crate) totals: Vec<Totals>,
    /// The keys of the last of these levels.
    pub(crate) keys: Keys,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            totals: Vec::from([Totals::default()]),
            keys: Keys::default(),
        }
    }
}

impl Head {
    /// Returns how many levels of pages lie below the head.
    pub(crate) fn height(&self) -> u8 {
        self.totals.len().saturating_sub(1) as u8
    }

    /// Returns how many keys the index has.
    pub(crate) fn count(&self) -> u64 {
        self.totals.first().map_or(0, |totals| totals.keys)
    }

    pub(crate) fn encode(&self, record: &mut Vec<u8>) {
        record.push(self.height());
        for totals in &self.totals {
            record.extend_from_slice(&totals.keys.to_be_bytes());
            record.extend_from_slice(&totals.bytes.to_be_bytes());
        }
        record.extend_from_slice(self.keys.packed());
    }

    /// Reads a head from the beginning of some bytes; returns it and what follows it.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), Fault> {
        let (&height, mut rest) = bytes.split_first().ok_or(Fault::Truncated)?;
        if height > LEVELS_MAX {
            return Err(Fault::Count);
        }
        let mut totals = Vec::new();
        for _ in 0..=height {
            let keys = take_u64(&mut rest)?;
            totals.push(Totals {
                keys,
                bytes: take_u64(&mut rest)?,
            });
        }
        let top = totals.last().copied().unwrap_or_default();
        let top_bytes = usize::try_from(top.bytes).map_err(|_| Fault::Truncated)?;
        let (packed, rest) = rest.split_at_checked(top_bytes).ok_or(Fault::Truncated)?;
        let keys = Keys::parse(packed)?;
        if keys.iter().count() as u64 != top.keys {
            return Err(Fault::Count);
        }
        Ok((Self { totals, keys }, rest))
    }
}

/// An index as it is stored.
pub(crate) struct Index<'a, S: Store> {
    pub(crate) store: &'a S,
    pub(crate) cache: &'a PageCache,
    pub(crate) head: &'a Head,
    /// The host key of the record that holds the head.
    pub(crate) head_key: Vec<u8>,
    /// What begins the host keys of the pages.
    pub(crate) pages: Vec<u8>,
}

impl<S: Store> Index<'_, S> {
    /// Shows the keys from `from` on until `visit` breaks. Reads the pages on the way, each once.
    pub(crate) fn scan(
        &self,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Corrupt> {
        let top = Span {
            level: self.head.height(),
            name: &[],
            end: None,
        };
        self.scan_span(&top, &self.head.keys, from, visit)
            .map(|_| ())
    }

    /// Returns the name of the page of a level below the head in whose span the key lies.
    pub(crate) fn page_name(
        &self,
        level: u8,
        key: &[u8],
        reach: Reach,
    ) -> Result<Vec<u8>, Corrupt> {
        let mut name = self
            .head
            .keys
            .greatest(key, reach)
            .unwrap_or_default()
            .to_vec();
        for above in (level + 1..self.head.height()).rev() {
            name = self
                .page(above, &name)?
                .greatest(key, reach)
                .unwrap_or_default()
                .to_vec();
        }
        Ok(name)
    }

    /// Returns a page: one host read, and none when asked again. A missing first page is empty.
    pub(crate) fn page(&self, level: u8, name: &[u8]) -> Result<Rc<Keys>, Corrupt> {
        let host_key = host_key::page(&self.pages, level, name);
        if let Some(page) = self.cache.borrow().get(&host_key) {
            return Ok(Rc::clone(page));
        }
        match decode_page(self.store.read(&host_key).as_deref(), name) {
            Ok(keys) => {
                let page = Rc::new(keys);
                self.cache.borrow_mut().insert(host_key, Rc::clone(&page));
                Ok(page)
            }
            Err(fault) => Err(Corrupt { host_key, fault }),
        }
    }

    /// Returns the host key of the record that holds a level's keys around `key`.
    pub(crate) fn home(&self, level: u8, key: &[u8]) -> Result<Vec<u8>, Corrupt> {
        if level >= self.head.height() {
            return Ok(self.head_key.clone());
        }
        Ok(host_key::page(
            &self.pages,
            level,
            &self.page_name(level, key, Reach::UpTo)?,
        ))
    }

    /// Makes the error that blames the record which holds a level's keys around `key`.
    pub(crate) fn corrupt(&self, level: u8, key: &[u8], fault: Fault) -> Corrupt {
        self.home(level, key)
            .map_or_else(|corrupt| corrupt, |host_key| Corrupt { host_key, fault })
    }

    fn scan_span(
        &self,
        span: &Span<'_>,
        keys: &Keys,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Corrupt> {
        if let (Some(last), Some(end)) = (keys.iter().last(), span.end)
            && last >= end
        {
            let host_key = host_key::page(&self.pages, span.level, span.name);
            return Err(Corrupt {
                host_key,
                fault: Fault::Order,
            });
        }
        if span.level == 0 {
            return Ok(keys.iter().filter(|key| *key >= from).try_for_each(visit));
        }
        let mut name: Option<&[u8]> = span.name.is_empty().then_some(&[]);
        for next in keys.iter().map(Some).chain([None]) {
            let end = next.or(span.end);
            if let Some(name) = name
                && end.is_none_or(|end| end > from)
            {
                let below = Span {
                    level: span.level - 1,
                    name,
                    end,
                };
                if self
                    .scan_span(&below, &*self.page(below.level, name)?, from, visit)?
                    .is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
            name = next;
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The part of a level that one page holds: from its name up to `end`.
struct Span<'a> {
    level: u8,
    name: &'a [u8],
    end: Option<&'a [u8]>,
}

/// Returns the record of a page.
pub(crate) fn encode_page(keys: &Keys) -> Vec<u8> {
    let mut record = Vec::with_capacity(1 + keys.packed().len());
    record.push(PAGE_VERSION);
    record.extend_from_slice(keys.packed());
    record
}

/// Reads the record of a page. Only the first page, whose name is empty, may be missing.
fn decode_page(record: Option<&[u8]>, name: &[u8]) -> Result<Keys, Fault> {
    let Some(record) = record else {
        return if name.is_empty() {
            Ok(Keys::default())
        } else {
            Err(Fault::Missing)
        };
    };
    let keys = Keys::parse(versioned(record, PAGE_VERSION)?)?;
    let fault = match keys.iter().next() {
        None => Some(Fault::Truncated),
        Some(first) => (!name.is_empty() && first != name).then_some(Fault::Order),
    };
    fault.map_or(Ok(keys), Err)
}

/// Returns what follows the version byte of a record.
pub(crate) fn versioned(record: &[u8], version: u8) -> Result<&[u8], Fault> {
    match record.split_first() {
        None => Err(Fault::Truncated),
        Some((&got, rest)) if got == version => Ok(rest),
        Some((&got, _)) => Err(Fault::Version { got }),
    }
}

fn take_u64(rest: &mut &[u8]) -> Result<u64, Fault> {
    let (bytes, tail) = rest.split_first_chunk::<8>().ok_or(Fault::Truncated)?;
    *rest = tail;
    Ok(u64::from_be_bytes(*bytes))
}
