//! A page: the items of one part of a tree, in the order of their keys.
//!
//! An item is an entry (a key and its value, or that the value lies beside the page) or a child
//! (what all keys of another page and of those below it begin with). Reading and writing of records
//! is here; which items share a page is decided in `packing`.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::bytes::{Reader, Span, put_number, put_sized};
use crate::compare::{order, shared_bytes};
use crate::error::Fault;
use crate::limits::KEY_BYTES_MAX;
use crate::prefix::{End, Prefix, WHOLE};
use crate::seal::{RECORD_HEAD, check};

/// First byte of an entry whose value is in the page.
const INLINE: u8 = 0x00;
/// First byte of an entry whose value lies beside the page.
const OUTSIDE: u8 = 0x01;
/// What is added to the first byte of an entry that has a note.
const NOTED: u8 = 0x02;
/// First byte of a child, plus its prefix's end.
const CHILD: u8 = 0x10;

/// What an item stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A key whose value is in the page.
    Inline { value: Span },
    /// A key whose value lies beside the page.
    Outside { value_bytes: u64 },
    /// A page below.
    Child { end: End, load: Load },
}

/// What is known of the items of a page without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// What they weigh.
    pub(crate) weight: u32,
    /// How many pages lie on the longest way down from them, at most [`HEIGHT_MAX`].
    pub(crate) height: u8,
    /// How many entries are among them and below.
    pub(crate) count: u64,
}

/// Heights are told apart up to here.
pub(crate) const HEIGHT_MAX: u8 = 7;

/// One item of a page; the places are in the page's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// The key, or a child's prefix in full.
    pub(crate) key: Span,
    /// An entry's note; empty where it has none.
    note: Span,
    /// The whole item as it is stored.
    stored: Span,
}

/// A record, read and checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// The record, and behind it the prefixes of its children in full.
    bytes: Vec<u8>,
    record_bytes: usize,
    /// Where the items begin in the record.
    items_at: usize,
    pub(crate) items: Vec<Item>,
}

/// An item with its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemRef<'a> {
    page: &'a Page,
    pub(crate) item: &'a Item,
}

impl<'a> ItemRef<'a> {
    /// Returns the key, or a child's prefix in full.
    pub(crate) fn key(&self) -> &'a [u8] {
        self.page.at(self.item.key)
    }

    /// Returns what all keys begin with that the item stands for.
    pub(crate) fn prefix(&self) -> Prefix<'a> {
        let end = match self.item.kind {
            Kind::Child { end, .. } => end,
            _ => WHOLE,
        };
        Prefix {
            bytes: self.key(),
            end,
        }
    }

    /// Returns the child that the item is, unless it is an entry.
    pub(crate) fn child(&self) -> Option<Child<'a>> {
        match self.item.kind {
            Kind::Child { load, .. } => Some(Child {
                prefix: self.prefix(),
                load,
            }),
            _ => None,
        }
    }

    /// Returns an entry's note.
    pub(crate) fn note(&self) -> &'a [u8] {
        self.page.at(self.item.note)
    }

    /// Returns an entry as it is stored.
    pub(crate) fn stored(&self) -> &'a [u8] {
        self.page.at(self.item.stored)
    }

    pub(crate) fn at(&self, span: Span) -> &'a [u8] {
        self.page.at(span)
    }
}

impl Page {
    /// Takes a record of items that may have other fields before them; `head` reads over those.
    pub(crate) fn parse(
        host_key: &[u8],
        record: Vec<u8>,
        head: impl FnOnce(&mut Reader<'_>) -> Result<(), Fault>,
    ) -> Result<Self, Fault> {
        check(host_key, &record)?;
        Self::parse_body(record, RECORD_HEAD, head)
    }

    /// The same for bytes whose checksum is not asked for, whose body begins at a place.
    pub(crate) fn parse_body(
        mut bytes: Vec<u8>,
        body_at: usize,
        head: impl FnOnce(&mut Reader<'_>) -> Result<(), Fault>,
    ) -> Result<Self, Fault> {
        let record_bytes = bytes.len();
        let mut reader = Reader::at(&bytes, body_at);
        head(&mut reader)?;
        let items_at = reader.position();
        let (items, prefixes) = read_items(&bytes, &mut reader)?;
        bytes.extend_from_slice(&prefixes);
        Ok(Self {
            bytes,
            record_bytes,
            items_at,
            items,
        })
    }

    /// Returns the record.
    pub(crate) fn record(&self) -> &[u8] {
        self.bytes.get(..self.record_bytes).unwrap_or_default()
    }

    pub(crate) fn at(&self, span: Span) -> &[u8] {
        span.of(&self.bytes)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = ItemRef<'_>> {
        self.items.iter().map(|item| ItemRef { page: self, item })
    }

    pub(crate) fn get(&self, index: usize) -> Option<ItemRef<'_>> {
        let item = self.items.get(index)?;
        Some(ItemRef { page: self, item })
    }

    /// Returns the items as they are stored.
    pub(crate) fn stored_items(&self) -> &[u8] {
        self.record().get(self.items_at..).unwrap_or_default()
    }

    /// Returns the items as they are stored, but for some entries, given in their order.
    pub(crate) fn with_entries(&self, entries: &[(usize, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.record_bytes + 16);
        let mut copied = self.items_at;
        for (index, stored) in entries {
            let Some(item) = self.items.get(*index) else {
                continue;
            };
            let range = item.stored.range();
            bytes.extend_from_slice(self.bytes.get(copied..range.start).unwrap_or_default());
            bytes.extend_from_slice(stored);
            copied = range.end;
        }
        let rest = self.bytes.get(copied..self.record_bytes);
        bytes.extend_from_slice(rest.unwrap_or_default());
        bytes
    }

    /// Returns the index of the item that a key is, or is below.
    pub(crate) fn position(&self, key: &[u8]) -> Option<usize> {
        let is_up_to = |item: &Item| order(self.at(item.key), key) != Ordering::Greater;
        let above = self.items.partition_point(is_up_to);
        // A key and what goes on from it are stored with the same bytes.
        let mut candidates = (above.saturating_sub(2)..above).rev();
        candidates.find(|index| {
            let item = self.get(*index);
            item.is_some_and(|item| item.prefix().matches(key))
        })
    }

    /// Tells whether this can be the page of a child: what is in it begins so, and lies deeper.
    pub(crate) fn is_below(&self, prefix: Prefix<'_>) -> bool {
        let is_deeper = |item: ItemRef<'_>| {
            let child = item.child();
            child.is_none_or(|child| child.prefix.position() > prefix.position())
        };
        let ends = [self.get(0), self.iter().next_back()];
        let begins_so =
            |item: &Option<ItemRef<'_>>| item.is_some_and(|item| prefix.matches(item.key()));
        ends.iter().all(begins_so) && self.iter().all(is_deeper)
    }
}

fn read_items(bytes: &[u8], reader: &mut Reader<'_>) -> Result<(Vec<Item>, Vec<u8>), Fault> {
    let (mut items, mut prefixes) = (Vec::new(), Vec::new());
    if reader.is_at_end() {
        return Ok((items, prefixes));
    }
    let base = reader.sized()?;
    while !reader.is_at_end() {
        let start = reader.position() as u32;
        let mut item = read_item(reader)?;
        item.stored = Span {
            start,
            end: reader.position() as u32,
        };
        if let Kind::Child { .. } = item.kind {
            let from = (bytes.len() + prefixes.len()) as u32;
            prefixes.extend_from_slice(base.of(bytes));
            prefixes.extend_from_slice(item.key.of(bytes));
            item.key = Span {
                start: from,
                end: (bytes.len() + prefixes.len()) as u32,
            };
        }
        if item.key.range().len() > KEY_BYTES_MAX {
            return Err(Fault::Key);
        }
        items.push(item);
    }
    if items.is_empty() {
        return Err(Fault::Truncated);
    }
    Ok((items, prefixes))
}

fn read_item(reader: &mut Reader<'_>) -> Result<Item, Fault> {
    let tag = reader.byte()?;
    let key = reader.sized()?;
    let mut note = Span::default();
    let kind = if let Some(end) = child_end(tag) {
        Kind::Child {
            end,
            load: read_load(reader)?,
        }
    } else {
        if tag & NOTED != 0 {
            note = reader.sized()?;
        }
        match tag & !NOTED {
            INLINE => Kind::Inline {
                value: reader.sized()?,
            },
            OUTSIDE => Kind::Outside {
                value_bytes: reader.number()?,
            },
            _ => return Err(Fault::Key),
        }
    };
    Ok(Item {
        kind,
        key,
        note,
        stored: Span::default(),
    })
}

fn read_load(reader: &mut Reader<'_>) -> Result<Load, Fault> {
    let number = reader.number()?;
    Ok(Load {
        weight: u32::try_from(number >> 3).map_err(|_| Fault::Number)?,
        height: (number & 7) as u8,
        count: reader.number()?,
    })
}

/// Returns the end of the prefix of a child whose first byte this is.
fn child_end(tag: u8) -> Option<End> {
    tag.checked_sub(CHILD).filter(|end| *end <= WHOLE)
}

/// Where a value is put.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Placed<'a> {
    /// Into the page.
    Inline(&'a [u8]),
    /// Beside the page: its length.
    Outside(u64),
}

/// Appends an entry.
pub(crate) fn put_entry(out: &mut Vec<u8>, key: &[u8], note: &[u8], value: Placed<'_>) {
    let tag = match value {
        Placed::Inline(_) => INLINE,
        Placed::Outside(_) => OUTSIDE,
    };
    out.push(if note.is_empty() { tag } else { tag | NOTED });
    put_sized(out, key);
    if !note.is_empty() {
        put_sized(out, note);
    }
    match value {
        Placed::Inline(value) => put_sized(out, value),
        Placed::Outside(value_bytes) => put_number(out, value_bytes),
    }
}

/// A child as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child<'a> {
    pub(crate) prefix: Prefix<'a>,
    pub(crate) load: Load,
}

/// Appends a child, whose prefix begins with so many bytes of the page's base.
pub(crate) fn put_child(out: &mut Vec<u8>, base: usize, child: Child<'_>) {
    out.push(CHILD + child.prefix.end);
    put_sized(out, child.prefix.bytes.get(base..).unwrap_or_default());
    let Load {
        weight,
        height,
        count,
    } = child.load;
    put_number(out, u64::from(weight) << 3 | u64::from(height));
    put_number(out, count);
}

/// Returns what the prefixes of all children of a page begin with: its base.
pub(crate) fn base<'a>(mut prefixes: impl Iterator<Item = &'a [u8]>) -> &'a [u8] {
    let Some(first) = prefixes.next() else {
        return &[];
    };
    prefixes.fold(first, |base, prefix| {
        base.get(..shared_bytes(base, prefix)).unwrap_or_default()
    })
}
