//! How the strings of an image lie.

use super::{ReadError, input::Input};

/// Forms of strings.
pub(super) mod form {
    pub(in super::super) const OWN: u32 = 0;
    pub(in super::super) const WIDE: u32 = 1;
    pub(in super::super) const COMMON: u32 = 2;
}

/// A string's units: Latin-1, not among the engine's common strings or among them, or pairs of bytes.
pub(super) enum Text<'a> {
    Own(&'a [u8]),
    Common(&'a [u8]),
    Wide(&'a [u8]),
}

pub(super) fn text<'a>(input: &mut Input<'a>) -> Result<Text<'a>, ReadError> {
    let head = input.number()?;
    let units = (head >> 2) as usize;
    Ok(match head & 3 {
        form::OWN => Text::Own(input.bytes(units)?),
        form::COMMON => Text::Common(input.bytes(units)?),
        form::WIDE => Text::Wide(input.bytes(units * 2)?),
        got => return Err(ReadError::Meaning { got }),
    })
}
