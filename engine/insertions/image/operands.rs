//! Bytecode with operands of variable length.
//!
//! The virtual machine's operands have four bytes each, nearly all of them small numbers. Sites of
//! templates are numbered within the image: the ids that a parser gives belong to its context.

use super::{
    ReadError,
    input::{Input, put},
};
use crate::vm::opcode::{Address, IndexOperand, OPERANDS, RegisterOperand};
use rustc_hash::FxHashMap;
use thin_vec::ThinVec;

/// How an operand of an instruction lies in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// Four bytes; a number.
    Number,
    /// A count and so many numbers.
    Numbers,
    /// So many bytes as they are.
    Bytes(u8),
    /// Eight bytes that tell a template apart; its number in the image.
    Site,
}

/// A type of operands.
pub(crate) trait HasOperand {
    /// How it lies in an image.
    const OPERAND: Operand;
}

macro_rules! operands {
    ($($operand:expr => $($type:ty),*;)*) => {
        $($(impl HasOperand for $type {
            const OPERAND: Operand = $operand;
        })*)*
    };
}

operands! {
    Operand::Number => u32, Address, IndexOperand, RegisterOperand;
    Operand::Numbers => ThinVec<u32>, ThinVec<Address>, ThinVec<RegisterOperand>;
    Operand::Bytes(1) => i8;
    Operand::Bytes(2) => i16;
    Operand::Bytes(4) => i32, f32;
    Operand::Bytes(8) => f64;
    Operand::Site => u64;
}

/// Most bytes of bytecode that a byte of an image stands for: the number of a site.
const BYTES_PER_BYTE: usize = 8;

/// Appends bytecode; `sites` numbers the templates.
pub(super) fn pack(
    code: &[u8],
    sites: &mut FxHashMap<u64, u32>,
    out: &mut Vec<u8>,
) -> Result<(), ReadError> {
    let mut input = Input::new(code, 0);
    while input.left() > 0 {
        let opcode = input.byte()?;
        out.push(opcode);
        for operand in OPERANDS[usize::from(opcode)] {
            match operand {
                Operand::Number => put(out, word(&mut input)?),
                Operand::Numbers => {
                    let count = word(&mut input)?;
                    put(out, count);
                    for _ in 0..count {
                        put(out, word(&mut input)?);
                    }
                }
                Operand::Bytes(length) => out.extend_from_slice(input.bytes((*length).into())?),
                Operand::Site => {
                    let site = u64::from(word(&mut input)?) | u64::from(word(&mut input)?) << 32;
                    let next = u32::try_from(sites.len()).map_err(|_| ReadError::Number)?;
                    put(out, *sites.entry(site).or_insert(next));
                }
            }
        }
    }
    Ok(())
}

/// How many operands an instruction has, where all are numbers; else [`MIXED`].
static NUMBERS: [u8; 256] = {
    let mut counts = [MIXED; 256];
    let mut opcode = 0;
    while opcode < 256 {
        let operands = OPERANDS[opcode];
        let mut numbers = 0;
        while numbers < operands.len() && matches!(operands[numbers], Operand::Number) {
            numbers += 1;
        }
        if numbers == operands.len() {
            counts[opcode] = numbers as u8;
        }
        opcode += 1;
    }
    counts
};
const MIXED: u8 = u8::MAX;

/// Reads bytecode; `image` tells its templates from those of others.
pub(super) fn unpack(whole: &mut Input<'_>, image: u32) -> Result<Box<[u8]>, ReadError> {
    let length = whole.count(BYTES_PER_BYTE)?;
    let mut code = vec![0; length].into_boxed_slice();
    let mut rest = &mut code[..];
    // Nobody borrows it, so that it is kept in locals.
    let mut input = *whole;
    while let Some((place, behind)) = rest.split_first_mut() {
        let opcode = usize::from(input.byte()?);
        *place = opcode as u8;
        rest = behind;
        let count = NUMBERS[opcode];
        if count == MIXED {
            *whole = input;
            rest = unpack_mixed(whole, OPERANDS[opcode], rest, image)?;
            input = *whole;
            continue;
        }
        let place = rest.split_at_mut_checked(usize::from(count) * 4);
        let (words, behind) = place.ok_or(ReadError::Trailing)?;
        for word in words.as_chunks_mut::<4>().0 {
            *word = input.number()?.to_le_bytes();
        }
        rest = behind;
    }
    *whole = input;
    Ok(code)
}

/// Reads the operands of one instruction into what is left of the bytecode; gives what is left then.
#[inline(never)]
fn unpack_mixed<'a>(
    whole: &mut Input<'_>,
    operands: &[Operand],
    mut rest: &'a mut [u8],
    image: u32,
) -> Result<&'a mut [u8], ReadError> {
    for operand in operands {
        match operand {
            Operand::Number => rest = put_word(rest, whole.number()?)?,
            Operand::Numbers => {
                let count = whole.number()?;
                rest = put_word(rest, count)?;
                for _ in 0..count {
                    rest = put_word(rest, whole.number()?)?;
                }
            }
            Operand::Bytes(length) => {
                let bytes = whole.bytes((*length).into())?;
                let place = rest.split_at_mut_checked(bytes.len());
                let (place, behind) = place.ok_or(ReadError::Trailing)?;
                place.copy_from_slice(bytes);
                rest = behind;
            }
            Operand::Site => {
                rest = put_word(rest, whole.number()?)?;
                rest = put_word(rest, image)?;
            }
        }
    }
    Ok(rest)
}

fn word(input: &mut Input<'_>) -> Result<u32, ReadError> {
    let bytes = input.bytes(4)?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// Writes a word; gives what is left behind it.
fn put_word(rest: &mut [u8], word: u32) -> Result<&mut [u8], ReadError> {
    let (place, behind) = rest.split_first_chunk_mut().ok_or(ReadError::Trailing)?;
    *place = word.to_le_bytes();
    Ok(behind)
}
