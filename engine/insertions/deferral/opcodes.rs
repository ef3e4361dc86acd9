//! Instructions that leave values for later, and end their making.

use super::{IndexOperand, Operation, RegisterOperand};
use crate::{Context, JsResult};
use thin_vec::ThinVec;

/// `Defer` implements the Opcode Operation for `Opcode::Defer`
///
/// Operation:
///  - Leave bindings of the innermost environment without a value until they are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defer;

impl Defer {
    #[inline(always)]
    pub(crate) fn operation(entries: ThinVec<u32>, context: &mut Context) -> JsResult<()> {
        context.defer(&entries)
    }
}

impl Operation for Defer {
    const NAME: &'static str = "Defer";
    const INSTRUCTION: &'static str = "INST - Defer";
    const COST: u8 = 3;
}

/// `SetMade` implements the Opcode Operation for `Opcode::SetMade`
///
/// Operation:
///  - Set the binding whose value was left for later, and end the frame that made it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SetMade;

impl SetMade {
    #[inline(always)]
    pub(crate) fn operation(
        (src, index): (RegisterOperand, IndexOperand),
        context: &mut Context,
    ) -> JsResult<()> {
        let value = context.vm.take_register(src.into());
        context.set_made(value, index.into())
    }
}

impl Operation for SetMade {
    const NAME: &'static str = "SetMade";
    const INSTRUCTION: &'static str = "INST - SetMade";
    const COST: u8 = 3;
}
