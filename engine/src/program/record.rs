//! The program record: a program's bytes, and back (docs/spec/state.md, "program").
//!
//! What is read was written by the enclave; anything else gives `None`, never a panic.

use super::Program;

/// Version of the record.
const VERSION: u8 = 6;

impl Program {
    /// The program's bytes (docs/spec/state.md, "program").
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.source.len() + 128);
        out.push(VERSION);
        out.extend_from_slice(&self.hash);
        put_text(&mut out, &self.source);
        for list in [&self.methods, &self.reentrant, &self.sponsored] {
            put_list(&mut out, list, |out, name| put_text(out, name));
        }
        out
    }

    /// Reads what [`Program::to_bytes`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        (*version == VERSION).then_some(())?;
        let (hash, mut rest) = rest.split_first_chunk::<32>()?;
        let source = take_text(&mut rest)?;
        let methods = take_list(&mut rest, take_text)?;
        let reentrant = take_list(&mut rest, take_text)?;
        let sponsored = take_list(&mut rest, take_text)?;
        rest.is_empty().then_some(Self {
            hash: *hash,
            source,
            methods,
            reentrant,
            sponsored,
        })
    }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("invariant: a source has at most 2^18 bytes");
    out.extend_from_slice(&length.to_be_bytes());
}

/// Writes a number, and so many items.
pub(crate) fn put_list<T>(out: &mut Vec<u8>, items: &[T], item: impl Fn(&mut Vec<u8>, &T)) {
    put_length(out, items.len());
    for one in items {
        item(out, one);
    }
}

pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
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
