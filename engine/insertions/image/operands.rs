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

/// Reads bytecode; `image` tells its templates from those of others.
pub(super) fn unpack(input: &mut Input<'_>, image: u32) -> Result<Box<[u8]>, ReadError> {
    let length = input.count(BYTES_PER_BYTE)?;
    let mut code = vec![0; length].into_boxed_slice();
    let mut at = 0;
    while at < length {
        let opcode = input.byte()?;
        code[at] = opcode;
        at += 1;
        for operand in OPERANDS[usize::from(opcode)] {
            match operand {
                Operand::Number => put_word(&mut code, &mut at, input.number()?)?,
                Operand::Numbers => {
                    let count = input.number()?;
                    put_word(&mut code, &mut at, count)?;
                    for _ in 0..count {
                        put_word(&mut code, &mut at, input.number()?)?;
                    }
                }
                Operand::Bytes(length) => {
                    let bytes = input.bytes((*length).into())?;
                    let place = code.get_mut(at..at + bytes.len());
                    place.ok_or(ReadError::Trailing)?.copy_from_slice(bytes);
                    at += bytes.len();
                }
                Operand::Site => {
                    put_word(&mut code, &mut at, input.number()?)?;
                    put_word(&mut code, &mut at, image)?;
                }
            }
        }
    }
    Ok(code)
}

fn word(input: &mut Input<'_>) -> Result<u32, ReadError> {
    let bytes = input.bytes(4)?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// Writes a word at its place, unless that is behind the end.
#[inline(always)]
#[allow(clippy::inline_always)]
fn put_word(code: &mut [u8], at: &mut usize, word: u32) -> Result<(), ReadError> {
    let place = code.get_mut(*at..).and_then(<[u8]>::first_chunk_mut);
    *place.ok_or(ReadError::Trailing)? = word.to_le_bytes();
    *at += 4;
    Ok(())
}
