//! The program record: a program's bytes, and back (docs/spec/state.md, "program").
//!
//! What is read was written by the enclave; anything else gives `None`, never a panic.

use super::Program;
use crate::scan::Cut;

/// Version of the record.
const VERSION: u8 = 4;

impl Program {
    /// The program's bytes (docs/spec/state.md, "program").
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.source.len() + 128);
        out.push(VERSION);
        out.extend_from_slice(&self.weight.to_be_bytes());
        out.extend_from_slice(&self.hash);
        put_text(&mut out, &self.source);
        put_text(&mut out, &self.bindings);
        put_length(&mut out, self.cuts.len());
        for cut in &self.cuts {
            put_length(&mut out, cut.start);
            put_length(&mut out, cut.end);
        }
        put_length(&mut out, self.exports.len());
        for (name, local) in &self.exports {
            put_text(&mut out, name);
            put_text(&mut out, local);
        }
        for list in [&self.reentrant, &self.sponsored] {
            put_length(&mut out, list.len());
            for name in list {
                put_text(&mut out, name);
            }
        }
        out
    }

    /// Reads what [`Program::to_bytes`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        (*version == VERSION).then_some(())?;
        let (weight, rest) = rest.split_first_chunk::<2>()?;
        let weight = u16::from_be_bytes(*weight);
        (weight > 0).then_some(())?;
        let (hash, mut rest) = rest.split_first_chunk::<32>()?;
        let source = take_text(&mut rest)?;
        let bindings = take_text(&mut rest)?;
        let cuts = take_cuts(&mut rest, &source)?;
        let exports = take_list(&mut rest, |rest| Some((take_text(rest)?, take_text(rest)?)))?;
        let reentrant = take_list(&mut rest, take_text)?;
        let sponsored = take_list(&mut rest, take_text)?;
        rest.is_empty().then_some(Self {
            hash: *hash,
            source,
            cuts,
            exports,
            bindings,
            reentrant,
            sponsored,
            weight,
        })
    }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("invariant: a source has at most 2^17 bytes");
    out.extend_from_slice(&length.to_be_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    usize::try_from(u32::from_be_bytes(*length)).ok()
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let length = take_length(rest)?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    core::str::from_utf8(text).ok().map(str::to_owned)
}

/// Reads a number, and so many items; the number alone reserves nothing.
fn take_list<T>(rest: &mut &[u8], mut item: impl FnMut(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    let count = take_length(rest)?;
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(item(rest)?);
    }
    Some(items)
}

/// Reads cuts that are in order within the source and split no character.
fn take_cuts(rest: &mut &[u8], source: &str) -> Option<Vec<Cut>> {
    let mut from = 0;
    take_list(rest, |rest| {
        let cut = Cut {
            start: take_length(rest)?,
            end: take_length(rest)?,
        };
        let is_sound = from <= cut.start
            && cut.start < cut.end
            && source.is_char_boundary(cut.start)
            && source.is_char_boundary(cut.start + 1)
            && source.is_char_boundary(cut.end);
        from = cut.end;
        is_sound.then_some(cut)
    })
}
