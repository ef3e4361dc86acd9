//! What the arms of the loop have in common, as text: each goes on in the loop where it is done, and
//! falls out of its arm where it is not, so that the instruction is left to its handler.
//!
//! `$at` is the loop's [`Place`](super::Place). A function could not go on in its caller's loop.

/// Goes on in the frame that is on top now, which is at an instruction.
macro_rules! go_on_in_top {
    ($at:ident, $vm:ident) => {{
        $at.frame = top($vm);
        $at.code = (&(*$at.frame).code_block).bytecode.bytes.as_ptr();
        $at.next = $at.code.add((*$at.frame).pc as usize);
        $at.registers = (*$vm).stack.stack.as_mut_ptr().add((*$at.frame).rp as usize);
        continue;
    }};
}

/// A word of the instruction.
macro_rules! word {
    ($at:ident, $word:literal) => {
        $at.next.add(1 + 4 * $word).cast::<u32>().read_unaligned()
    };
}

/// The register that a word of the instruction names.
macro_rules! register {
    ($at:ident, $word:literal) => {
        $at.registers.add(word!($at, $word) as usize)
    };
}

/// Goes on behind an instruction of so many bytes beside its opcode.
macro_rules! step {
    ($at:ident, $operands:literal) => {{
        $at.next = $at.next.add(1 + $operands);
        continue;
    }};
}

/// Goes on at the address in the instruction's first word, or behind its `$words` words.
macro_rules! jump_if {
    ($at:ident, $condition:expr, $words:literal) => {{
        $at.next = if $condition { $at.code.add(word!($at, 0) as usize) } else { $at.next.add(1 + 4 * $words) };
        continue;
    }};
}

/// Writes a value that is part of the opcode.
macro_rules! store {
    ($at:ident, $set:ident, $($value:expr)?) => {{
        slots::$set(register!($at, 0), $($value)?);
        step!($at, 4)
    }};
}

macro_rules! arithmetic {
    ($at:ident, $operator:tt) => {{
        let (to, left, right) = (register!($at, 0), register!($at, 1), register!($at, 2));
        if slots::is_integer(left) && slots::is_integer(right) {
            let (left, right) = (slots::integer(left), slots::integer(right));
            slots::set_wide(to, i64::from(left) $operator i64::from(right));
            step!($at, 12)
        }
        if let (Some(left), Some(right)) = (slots::number(left), slots::number(right)) {
            slots::set_number(to, left $operator right);
            step!($at, 12)
        }
    }};
}

macro_rules! bitwise {
    ($at:ident, $operator:tt) => {{
        let (left, right) = (register!($at, 1), register!($at, 2));
        if slots::is_integer(left) && slots::is_integer(right) {
            slots::set_integer(register!($at, 0), slots::integer(left) $operator slots::integer(right));
            step!($at, 12)
        }
    }};
}

macro_rules! shift {
    ($at:ident, $operation:ident) => {{
        let (left, right) = (register!($at, 1), register!($at, 2));
        if slots::is_integer(left) && slots::is_integer(right) {
            slots::set_integer(register!($at, 0), slots::integer(left).$operation(slots::low(right)));
            step!($at, 12)
        }
    }};
}

macro_rules! compared {
    ($at:ident, $left:expr, $right:expr, $operator:tt) => {{
        let (left, right) = ($left, $right);
        if slots::is_integer(left) && slots::is_integer(right) {
            Some(slots::integer(left) $operator slots::integer(right))
        } else {
            match (slots::number(left), slots::number(right)) {
                (Some(left), Some(right)) => Some(left $operator right),
                _ => None,
            }
        }
    }};
}

macro_rules! comparison {
    ($at:ident, $operator:tt) => {
        if let Some(value) = compared!($at, register!($at, 1), register!($at, 2), $operator) {
            slots::set_boolean(register!($at, 0), value);
            step!($at, 12)
        }
    };
}

macro_rules! jump_if_not {
    ($at:ident, $operator:tt) => {
        if let Some(value) = compared!($at, register!($at, 1), register!($at, 2), $operator) {
            jump_if!($at, !value, 3)
        }
    };
}

macro_rules! identity {
    ($at:ident, $value:ident => $is:expr) => {
        if let Some($value) = slots::same_simple(register!($at, 1), register!($at, 2)) {
            slots::set_boolean(register!($at, 0), $is);
            step!($at, 12)
        }
    };
}
