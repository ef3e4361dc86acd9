//! Positions of instructions in the source, decoded for a stack trace alone.
//!
//! ```text
//! positions = count of entries, entries
//! entry     = instructions since the entry before, column or 0, lines since the entry before
//! ```
//! An entry without a position has no lines.

use super::{
    ReadError,
    input::{Input, put, put_signed},
    reader::Image,
};
use crate::{JsString, vm::source_info::Entry};
use boa_ast::Position;
use std::rc::Rc;

/// Where the positions of a function lie.
#[derive(Debug, Clone)]
pub(crate) struct StoredPositions {
    image: Rc<Image>,
    at: u32,
}

impl StoredPositions {
    pub(super) fn new(image: Rc<Image>, at: u32) -> Self {
        Self { image, at }
    }

    /// The name of a binding.
    pub(crate) fn name(&self, number: u32) -> Option<JsString> {
        self.image.string(number).ok()
    }

    /// The entries, in order.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, ReadError> {
        let mut input = Input::new(self.image.positions(), self.at as usize);
        let (mut pc, mut line) = (0_u32, 1_u32);
        input.list(|input| {
            pc = pc.wrapping_add(input.number()?);
            let column = input.number()?;
            if column == 0 {
                return Ok(Entry { pc, position: None });
            }
            line = line.wrapping_add_signed(input.signed()?);
            if line == 0 {
                return Err(ReadError::Meaning { got: line });
            }
            let position = Some(Position::new(line, column));
            Ok(Entry { pc, position })
        })
    }
}

/// Appends the positions of a function.
pub(super) fn write(entries: &[Entry], out: &mut Vec<u8>) {
    // The count is bounded by the bytecode's length, which was checked.
    put(out, u32::try_from(entries.len()).unwrap_or(u32::MAX));
    let (mut pc, mut line) = (0_u32, 1_u32);
    for entry in entries {
        put(out, entry.pc.wrapping_sub(pc));
        pc = entry.pc;
        let Some(position) = entry.position else {
            put(out, 0);
            continue;
        };
        put(out, position.column_number());
        let lines = position.line_number().wrapping_sub(line);
        put_signed(out, lines.cast_signed());
        line = position.line_number();
    }
}
