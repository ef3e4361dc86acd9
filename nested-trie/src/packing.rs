//! Which items share a page: a function of the keys and the sizes of the values alone.
//!
//! The keys of a tree, read as bits, are a binary trie: each branch is a position at which the keys
//! that agree before it part. Going up from the keys, what hangs at a branch stays together while
//! it weighs at most [`PAGE_WEIGHT_MAX`]; when it would weigh more, the heavier side goes into a
//! page of its own and leaves a child, and so does the other side unless it is light. (After Kundu
//! and Misra, "A linear tree partitioning algorithm", 1977. Theirs leaves the other side wherever
//! it fits, which makes the fewest pages; but then entries fill the upper pages and the way down
//! is long.)
//! The trie is never built: in a sorted list it is the order in which neighbours part.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::error::Corrupt;
use crate::limits::{LEAF_WEIGHT_MAX, PAGE_WEIGHT_MAX, PAGE_WEIGHT_MIN};
use crate::page::{HEIGHT_MAX, Load, Page};
use crate::pieces::{CHILD_WEIGHT, NewEntry, Piece, kept, put_items};
use crate::prefix::{Prefix, WHOLE, bytes_before, of_position, parting};

/// What hangs at one branch of the trie: a run of pieces.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Its first piece.
    start: usize,
    /// Where its keys part; for one whole key, behind it.
    position: u32,
    /// Where it parts from the part before it.
    parting: u32,
    load: Load,
    /// It is one entry, and its key is in its weight.
    is_entry: bool,
    /// It is in a page of its own that was not read; its load is that of the page.
    is_below: bool,
    /// It is in a page of its own, and a child stands for it.
    is_closed: bool,
}

/// Where pages are read from and written to.
pub(crate) trait Shelf {
    /// Reads a page that will not stay as it is.
    fn take(&mut self, prefix: Prefix<'_>) -> Result<Rc<Page>, Corrupt>;
    /// Writes a page: its body is appended by `fill`.
    fn put(&mut self, prefix: Prefix<'_>, fill: &mut dyn FnMut(&mut Vec<u8>));
}

/// Packs items, given in the order of their keys, into pages.
#[derive(Debug)]
pub(crate) struct Packing {
    pieces: Vec<Piece>,
    parts: Vec<Part>,
}

impl Packing {
    pub(crate) const fn new() -> Self {
        Self {
            pieces: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Adds an item of a page that was read.
    pub(crate) fn keep<S: Shelf>(
        &mut self,
        shelf: &mut S,
        page: &Rc<Page>,
        index: usize,
    ) -> Result<(), Corrupt> {
        let Some(item) = page.get(index) else {
            return Ok(());
        };
        let (load, is_below) = (item.load(), item.child().is_some());
        let piece = Piece::Kept {
            page: Rc::clone(page),
            index,
        };
        self.add(shelf, piece, load, is_below)
    }

    /// Adds an entry.
    pub(crate) fn insert<S: Shelf>(
        &mut self,
        shelf: &mut S,
        entry: &Rc<NewEntry>,
    ) -> Result<(), Corrupt> {
        self.add(shelf, Piece::Entry(Rc::clone(entry)), entry.load(), false)
    }

    /// Adds the packed items of what was one child.
    pub(crate) fn splice<S: Shelf>(
        &mut self,
        shelf: &mut S,
        packed: Packed,
    ) -> Result<(), Corrupt> {
        let Packed { part, mut pieces } = packed;
        let Some(first) = pieces.first() else {
            return Ok(());
        };
        let parting = self.part_from(shelf, first.prefix().bytes)?;
        self.parts.push(Part {
            start: self.pieces.len(),
            parting,
            ..part
        });
        self.pieces.append(&mut pieces);
        Ok(())
    }

    fn add<S: Shelf>(
        &mut self,
        shelf: &mut S,
        piece: Piece,
        load: Load,
        is_below: bool,
    ) -> Result<(), Corrupt> {
        let prefix = piece.prefix();
        let (position, is_entry) = (prefix.position(), prefix.end == WHOLE);
        let parting = self.part_from(shelf, prefix.bytes)?;
        self.parts.push(Part {
            start: self.pieces.len(),
            position,
            parting,
            load,
            is_entry,
            is_below,
            is_closed: false,
        });
        self.pieces.push(piece);
        Ok(())
    }

    /// Joins what hangs below the branch at which a next key parts from the last one; returns its position.
    fn part_from<S: Shelf>(&mut self, shelf: &mut S, key: &[u8]) -> Result<u32, Corrupt> {
        let Some(last) = self.parts.last() else {
            return Ok(0);
        };
        let at = parting(self.key(last), key);
        while let [.., _, right] = self.parts.as_slice()
            && right.parting > at
        {
            self.join(shelf)?;
        }
        Ok(at)
    }

    /// Ends the list: what is left is one part, or nothing.
    pub(crate) fn finish<S: Shelf>(mut self, shelf: &mut S) -> Result<Option<Packed>, Corrupt> {
        while self.parts.len() > 1 {
            self.join(shelf)?;
        }
        let Self { pieces, parts } = self;
        Ok(parts.first().map(|part| Packed {
            part: *part,
            pieces,
        }))
    }

    fn key(&self, part: &Part) -> &[u8] {
        self.pieces
            .get(part.start)
            .map_or(&[], |piece| piece.prefix().bytes)
    }

    /// Makes one part of the last two.
    fn join<S: Shelf>(&mut self, shelf: &mut S) -> Result<(), Corrupt> {
        let (Some(mut right), Some(mut left)) = (self.parts.pop(), self.parts.pop()) else {
            return Ok(());
        };
        let at = right.parting;
        if left.load.height != right.load.height {
            // A page holds entries or children, but for what is too light for a page of its own.
            let is_left = left.load.height < right.load.height;
            let lower = if is_left { &left } else { &right };
            if lower.load.weight >= PAGE_WEIGHT_MIN {
                self.close(shelf, &mut left, &mut right, is_left);
            }
        }
        if left.beside(&right, at) > left.most_beside(&right) {
            let is_left = left.load.weight >= right.load.weight;
            self.close(shelf, &mut left, &mut right, is_left);
            let other = if is_left { &right } else { &left };
            if other.load.weight >= PAGE_WEIGHT_MIN
                || left.beside(&right, at) > left.most_beside(&right)
            {
                self.close(shelf, &mut left, &mut right, !is_left);
            }
        }
        let load = Load {
            weight: left.beside(&right, at),
            height: left.load.height.max(right.load.height),
            count: left.load.count + right.load.count,
        };
        self.open(shelf, right.start, self.pieces.len(), right.is_below)?;
        self.open(shelf, left.start, right.start, left.is_below)?;
        self.parts.push(Part {
            position: at,
            load,
            is_entry: false,
            is_below: false,
            is_closed: false,
            ..left
        });
        Ok(())
    }

    /// Puts the left or the right one of two parts into a page of its own.
    fn close<S: Shelf>(&mut self, shelf: &mut S, left: &mut Part, right: &mut Part, is_left: bool) {
        let (part, end) = if is_left {
            (&mut *left, right.start)
        } else {
            (&mut *right, self.pieces.len())
        };
        if part.is_closed {
            return;
        }
        if !part.is_below {
            let child = write(
                shelf,
                part,
                self.pieces.get(part.start..end).unwrap_or_default(),
            );
            self.pieces.splice(part.start..end, [child]);
        }
        part.load.weight = CHILD_WEIGHT;
        part.load.height = (part.load.height + 1).min(HEIGHT_MAX);
        (part.is_entry, part.is_below, part.is_closed) = (false, false, true);
        if is_left {
            right.start = left.start + 1;
        }
    }

    /// Reads the page of a part that lies below, so that its items are here.
    fn open<S: Shelf>(
        &mut self,
        shelf: &mut S,
        start: usize,
        end: usize,
        is_below: bool,
    ) -> Result<(), Corrupt> {
        if is_below && let Some(piece) = self.pieces.get(start) {
            let page = shelf.take(piece.prefix())?;
            self.pieces.splice(start..end, kept(&page));
        }
        Ok(())
    }
}

impl Part {
    /// Returns what two parts weigh together at the branch where they part.
    const fn beside(&self, other: &Self, at: u32) -> u32 {
        self.load.weight + self.edge(at) + other.load.weight + other.edge(at)
    }

    /// Returns what two parts may weigh together.
    const fn most_beside(&self, other: &Self) -> u32 {
        match (self.load.height, other.load.height) {
            (0, 0) => LEAF_WEIGHT_MAX,
            _ => PAGE_WEIGHT_MAX,
        }
    }

    /// Returns the bytes between a branch and this part's own: a child's prefix has to tell them.
    const fn edge(&self, at: u32) -> u32 {
        if self.is_entry {
            return 0;
        }
        let partial = (self.position % 9 > 1) as u32;
        bytes_before(self.position) + partial - bytes_before(at)
    }
}

/// The items of one page, not written yet.
#[derive(Debug)]
pub(crate) struct Packed {
    part: Part,
    pieces: Vec<Piece>,
}

impl Packed {
    /// Returns the items as those of the page at the top of a tree.
    pub(crate) fn into_top<S: Shelf>(self, shelf: &mut S) -> Result<Vec<Piece>, Corrupt> {
        match self.pieces.first() {
            Some(piece) if self.part.is_below => Ok(kept(&shelf.take(piece.prefix())?).collect()),
            _ => Ok(self.pieces),
        }
    }
}

/// Writes the page of a part; returns the child that stands for it.
fn write<S: Shelf>(shelf: &mut S, part: &Part, pieces: &[Piece]) -> Piece {
    let first = pieces.first().map_or(
        Prefix {
            bytes: &[],
            end: WHOLE,
        },
        Piece::prefix,
    );
    let (bytes, end) = if part.is_entry {
        (first.bytes.to_vec(), WHOLE)
    } else {
        of_position(first.bytes, part.position)
    };
    let prefix = Prefix { bytes: &bytes, end };
    shelf.put(prefix, &mut |out| put_items(out, pieces));
    Piece::Child {
        end,
        load: part.load,
        bytes,
    }
}
