//! Pieces: the items of a page that is to be written, some of them read from others; and what each
//! weighs.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::bytes::put_sized;
use crate::page::{Child, ItemRef, Kind, Load, Page, Placed, base, put_child, put_entry};
use crate::prefix::{End, Prefix, WHOLE};

/// What a child weighs in its page, but for its prefix: tag, length, weight and count.
pub(crate) const CHILD_WEIGHT: u32 = 8;
/// What an entry weighs beyond its key and what is in the page of its value: tag and lengths.
const ENTRY_WEIGHT: u32 = 4;
/// An entry weighs a multiple of it, so that most changes of a value's length leave the weight of
/// its page, and with it the page above, as they are.
const QUANTUM: u32 = 8;

/// An entry that is written.
#[derive(Clone, Debug)]
pub(crate) struct NewEntry {
    key: Vec<u8>,
    /// The entry as a page holds it.
    stored: Vec<u8>,
    weight: u32,
    is_inline: bool,
}

impl NewEntry {
    /// Returns the entry as a page holds it.
    pub(crate) fn stored(&self) -> &[u8] {
        &self.stored
    }

    pub(crate) const fn load(&self) -> Load {
        of_entry(self.weight)
    }

    /// Tells whether it can take an entry's place without a change of its page's weight.
    pub(crate) fn fits(&self, item: ItemRef<'_>) -> bool {
        let is_inline = matches!(item.item.kind, Kind::Inline { .. });
        is_inline && self.is_inline && self.load() == item.load()
    }

    pub(crate) fn new(key: Vec<u8>, note: &[u8], value: Placed<'_>) -> Self {
        let mut stored = Vec::with_capacity(key.len() + 48);
        put_entry(&mut stored, &key, note, value);
        let value_bytes = match value {
            Placed::Inline(value) => value.len(),
            Placed::Outside(_) => OUTSIDE_BYTES,
        };
        let weight = entry_weight(key.len(), note.len(), value_bytes);
        Self {
            key,
            stored,
            weight,
            is_inline: matches!(value, Placed::Inline(_)),
        }
    }
}

/// What stands for a value that lies beside its page: its length.
const OUTSIDE_BYTES: usize = 2;

const fn entry_weight(key_bytes: usize, note_bytes: usize, value_bytes: usize) -> u32 {
    let note_bytes = if note_bytes == 0 { 0 } else { 1 + note_bytes };
    let bytes = key_bytes + note_bytes + value_bytes;
    (ENTRY_WEIGHT + bytes as u32).next_multiple_of(QUANTUM)
}

const fn of_entry(weight: u32) -> Load {
    Load {
        weight,
        height: 0,
        count: 1,
    }
}

impl ItemRef<'_> {
    /// Returns the load of the item: an entry's own, or that of a child's page.
    pub(crate) fn load(&self) -> Load {
        let value_bytes = match self.item.kind {
            Kind::Inline { value } => value.range().len(),
            Kind::Outside { .. } => OUTSIDE_BYTES,
            Kind::Child { load, .. } => return load,
        };
        let (key, note) = (self.key(), self.note());
        of_entry(entry_weight(key.len(), note.len(), value_bytes))
    }
}

/// An item of a page that is to be written.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// An item of a page that was read.
    Kept { page: Rc<Page>, index: usize },
    /// An entry that is new or has a new value.
    Entry(Rc<NewEntry>),
    /// A page that was written.
    Child {
        bytes: Vec<u8>,
        end: End,
        load: Load,
    },
}

impl Piece {
    /// Returns the key, or a child's prefix.
    pub(crate) fn prefix(&self) -> Prefix<'_> {
        match self {
            Self::Kept { page, index } => match page.get(*index) {
                Some(item) => item.prefix(),
                None => Prefix { bytes: &[], end: 0 },
            },
            Self::Entry(entry) => Prefix {
                bytes: &entry.key,
                end: WHOLE,
            },
            Self::Child { bytes, end, .. } => Prefix { bytes, end: *end },
        }
    }

    /// Returns the child that the item is, unless it is an entry.
    pub(crate) fn child(&self) -> Option<Child<'_>> {
        match self {
            Self::Kept { page, index } => page.get(*index).and_then(|item| item.child()),
            Self::Entry(_) => None,
            Self::Child { load, .. } => Some(Child {
                prefix: self.prefix(),
                load: *load,
            }),
        }
    }
}

/// Returns all items of a page that was read.
pub(crate) fn kept(page: &Rc<Page>) -> impl Iterator<Item = Piece> + use<> {
    let page = Rc::clone(page);
    (0..page.items.len()).map(move |index| Piece::Kept {
        page: Rc::clone(&page),
        index,
    })
}

/// Appends the items of a page.
pub(crate) fn put_items(out: &mut Vec<u8>, pieces: &[Piece]) {
    if pieces.is_empty() {
        return;
    }
    let prefixes = pieces
        .iter()
        .filter_map(|piece| Some(piece.child()?.prefix.bytes));
    let base = base(prefixes);
    put_sized(out, base);
    for piece in pieces {
        match (piece, piece.child()) {
            (_, Some(child)) => put_child(out, base.len(), child),
            (Piece::Entry(entry), None) => out.extend_from_slice(&entry.stored),
            (Piece::Kept { page, index }, None) => {
                out.extend_from_slice(page.get(*index).map_or(&[], |item| item.stored()));
            }
            (Piece::Child { .. }, None) => {}
        }
    }
}
