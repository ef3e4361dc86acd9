//! A page: the items of one part of a tree, in the order of their keys.
//!
//! An item is an entry (a key and its value, or that the value lies beside the page) or a child
//! (what all keys of another page and of those below it begin with). Reading and writing of records
//! is here; which items share a page is decided in `packing`.

use alloc::vec::Vec;

use crate::bytes::{Reader, Span, put_number, put_sized};
use crate::checksum::{CHECKSUM_BYTES, checksum};
use crate::error::Fault;
use crate::limits::KEY_BYTES_MAX;
use crate::prefix::{End, Prefix, WHOLE, shared_bytes};

/// Version of every record.
const VERSION: u8 = 1;

/// Bytes of a record before its body: version and checksum.
pub(crate) const RECORD_HEAD: usize = 1 + CHECKSUM_BYTES;

/// First byte of an entry whose value is in the page.
const INLINE: u8 = 0x00;
/// First byte of an entry whose value lies beside the page.
const OUTSIDE: u8 = 0x01;
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
    Child {
        end: End,
        /// Weight of the items of the page below.
        weight: u32,
        /// Entries in that page and below it.
        count: u64,
    },
}

/// One item of a page; the places are in the page's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// The key, or a child's prefix in full.
    pub(crate) key: Span,
    /// The whole item as it is stored.
    stored: Span,
}

/// A record, read and checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// The record, and behind it the prefixes of its children in full.
    bytes: Vec<u8>,
    record_bytes: usize,
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
            Kind::Child { weight, count, .. } => Some(Child {
                prefix: self.prefix(),
                weight,
                count,
            }),
            _ => None,
        }
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
        let (items, prefixes) = read_items(&bytes, &mut reader)?;
        bytes.extend_from_slice(&prefixes);
        let page = Self {
            bytes,
            record_bytes,
            items,
        };
        page.check_order()?;
        Ok(page)
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

    /// Returns the index of the item that a key is, or is below.
    pub(crate) fn position(&self, key: &[u8]) -> Option<usize> {
        self.iter().position(|item| item.prefix().matches(key))
    }

    /// Tells whether this can be the page of a child: what is in it begins so, and lies deeper.
    pub(crate) fn is_below(&self, prefix: Prefix<'_>) -> bool {
        let is_deeper = |item: ItemRef<'_>| {
            let child = item.child();
            child.is_none_or(|child| child.prefix.position() > prefix.position())
                && prefix.matches(item.key())
        };
        !self.items.is_empty() && self.iter().all(is_deeper)
    }

    /// Keys ascend, and none is below a child that it stands beside.
    fn check_order(&self) -> Result<(), Fault> {
        let mut last: Option<Prefix<'_>> = None;
        for item in self.iter() {
            let prefix = item.prefix();
            if !prefix.is_sound() {
                return Err(Fault::Key);
            }
            if last.is_some_and(|last| !last.is_before(&prefix)) {
                return Err(Fault::Order);
            }
            last = Some(prefix);
        }
        Ok(())
    }
}

/// Refuses a record of another version, or whose checksum is another.
pub(crate) fn check(host_key: &[u8], record: &[u8]) -> Result<(), Fault> {
    let (version, rest) = record.split_first().ok_or(Fault::Truncated)?;
    if *version != VERSION {
        return Err(Fault::Version { got: *version });
    }
    let (sum, body) = rest
        .split_first_chunk::<CHECKSUM_BYTES>()
        .ok_or(Fault::Truncated)?;
    if *sum != checksum(host_key, body) {
        return Err(Fault::Checksum);
    }
    Ok(())
}

/// Returns an empty record, to which its body is appended.
pub(crate) fn begin_record() -> Vec<u8> {
    let mut record = Vec::with_capacity(1_024);
    record.push(VERSION);
    record.extend_from_slice(&[0; CHECKSUM_BYTES]);
    record
}

/// Puts the checksum into a record whose body is whole.
pub(crate) fn seal_record(host_key: &[u8], record: &mut [u8]) {
    let (head, body) = record.split_at_mut(RECORD_HEAD);
    head[1..].copy_from_slice(&checksum(host_key, body));
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
    let kind = match tag {
        INLINE => Kind::Inline {
            value: reader.sized()?,
        },
        OUTSIDE => Kind::Outside {
            value_bytes: reader.number()?,
        },
        _ => Kind::Child {
            end: tag.checked_sub(CHILD).ok_or(Fault::Key)?,
            weight: u32::try_from(reader.number()?).map_err(|_| Fault::Number)?,
            count: reader.number()?,
        },
    };
    Ok(Item {
        kind,
        key,
        stored: Span::default(),
    })
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
pub(crate) fn put_entry(out: &mut Vec<u8>, key: &[u8], value: Placed<'_>) {
    match value {
        Placed::Inline(value) => {
            out.push(INLINE);
            put_sized(out, key);
            put_sized(out, value);
        }
        Placed::Outside(value_bytes) => {
            out.push(OUTSIDE);
            put_sized(out, key);
            put_number(out, value_bytes);
        }
    }
}

/// A child as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child<'a> {
    pub(crate) prefix: Prefix<'a>,
    pub(crate) weight: u32,
    pub(crate) count: u64,
}

/// Appends a child, whose prefix begins with so many bytes of the page's base.
pub(crate) fn put_child(out: &mut Vec<u8>, base: usize, child: Child<'_>) {
    out.push(CHILD + child.prefix.end);
    put_sized(out, child.prefix.bytes.get(base..).unwrap_or_default());
    put_number(out, u64::from(child.weight));
    put_number(out, child.count);
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
