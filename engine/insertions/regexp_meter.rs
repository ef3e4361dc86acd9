//! Charges a context for the steps of a regular expression's match.

use std::cell::RefCell;

use crate::{
    Context, JsError, JsNativeError, JsResult, JsString, vm::meter::{Limit, PATTERN_LENGTH_MAX},
};
use regress::{Flags, Match, Regex};

/// Steps of the matcher for a unit of fuel.
const STEPS_PER_FUEL: usize = 4;
/// Code units of an input that are widened for a unit of fuel.
const WIDENED_PER_FUEL: usize = 32;
/// Fuel for compiling a code unit of a pattern.
const COMPILED: u64 = 8;
/// Fuel for compiling a class or an escape.
const CLASS: u64 = 64;
/// Fuel for a class whose cases are folded.
const FOLDED_CLASS: u64 = 256;
/// Fuel for a property of Unicode, which may hold hundreds of ranges and has to be unpacked once.
const PROPERTY: u64 = 192;
/// Fuel for a property that may hold thousands of strings.
const PROPERTY_OF_STRINGS: u64 = 16_384;
/// Fuel for a property whose cases are folded: 6 ms natively for `\p{L}`.
const FOLDED_PROPERTY: u64 = 65_536;
/// Groups inside each other; the compiler refuses more.
const DEPTH_MAX: u32 = 48;
/// Nesting of a group inside another, while a pattern is compiled.
const GROUP: u32 = 24;
/// Places that a match may have to come back to: 16 MiB at most.
const REMEMBERED_MAX: usize = 1 << 19;

/// Charges a context while a match runs, and keeps the error that ended it.
#[derive(Debug)]
struct Charge<'a> {
    context: RefCell<&'a mut Context>,
    error: RefCell<Option<JsError>>,
}

impl regress::meter::Meter for Charge<'_> {
    fn step(&self, steps: usize, remembered: usize) -> bool {
        let mut context = self.context.borrow_mut();
        let charged = if remembered > REMEMBERED_MAX {
            Err(context.limit_reached(Limit::PatternMemory))
        } else {
            context.charge_for(steps, STEPS_PER_FUEL)
        };
        match charged {
            Ok(()) => true,
            Err(error) => {
                *self.error.borrow_mut() = Some(error);
                false
            }
        }
    }
}

/// The first match in a string at an index or later.
///
/// # Errors
/// What ended the match.
pub(super) fn find(
    matcher: &Regex,
    input: &JsString,
    from: usize,
    full_unicode: bool,
    context: &mut Context,
) -> JsResult<Option<Match>> {
    use crate::string::JsStrVariant;
    context.charge(8)?;
    let charge = |context| Charge {
        context: RefCell::new(context),
        error: RefCell::new(None),
    };
    let (found, meter) = match (full_unicode, input.as_str().variant()) {
        // There is no unit that could be a surrogate.
        (_, JsStrVariant::Latin1(_)) => {
            context.charge_for(input.len(), WIDENED_PER_FUEL)?;
            let (input, meter) = (input.to_vec(), charge(context));
            let found = matcher.find_from_ucs2_metered(&input, from, &meter).next();
            (found, meter)
        }
        (true, JsStrVariant::Utf16(input)) => {
            let meter = charge(context);
            let found = matcher.find_from_utf16_metered(input, from, &meter).next();
            (found, meter)
        }
        (false, JsStrVariant::Utf16(input)) => {
            let meter = charge(context);
            let found = matcher.find_from_ucs2_metered(input, from, &meter).next();
            (found, meter)
        }
    };
    let error = meter.error.borrow_mut().take();
    match error {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// Compiles a pattern.
///
/// # Errors
/// A `SyntaxError`; the host's error for [`Limit::PatternLength`] or [`Limit::Nesting`], and where a
/// table of Unicode's could not be read.
pub(super) fn compile(
    pattern: &JsString,
    units: impl Iterator<Item = u32> + Clone,
    flags: Flags,
    context: &mut Context,
) -> JsResult<Regex> {
    if pattern.len() > PATTERN_LENGTH_MAX {
        return Err(context.limit_reached(Limit::PatternLength));
    }
    let class = if flags.icase { FOLDED_CLASS } else { CLASS };
    let property = match (flags.icase, flags.unicode_sets) {
        (true, _) => FOLDED_PROPERTY,
        (false, true) => PROPERTY_OF_STRINGS,
        (false, false) => PROPERTY,
    };
    let (mut depth, mut deepest, mut fuel, mut escaped) = (1_u32, 1, 0, false);
    // A group's name may ask for two tables.
    let mut asks_for_tables = pattern.iter().any(|unit| unit >= 0x80);
    if asks_for_tables {
        fuel += 2 * PROPERTY;
    }
    for unit in pattern.iter() {
        fuel += match unit {
            0x50 | 0x70 if escaped => {
                asks_for_tables = true;
                property
            }
            0x5B | 0x5C => class,
            _ => COMPILED,
        };
        escaped = unit == 0x5C;
        match unit {
            0x28 => depth += 1,
            0x5B if flags.unicode_sets => depth += 1,
            0x29 => depth = depth.saturating_sub(1).max(1),
            0x5D if flags.unicode_sets => depth = depth.saturating_sub(1).max(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    context.charge(fuel)?;
    let levels = deepest.min(DEPTH_MAX) + 13;
    let compiled = context.nested(GROUP * levels, |_| Ok(Regex::from_unicode(units, flags)))?;
    if asks_for_tables {
        // Where the embedder had none, the code may not go on.
        context.ask_for_fuel(0)?;
    }
    compiled.map_err(|error| {
        JsNativeError::syntax()
            .with_message(format!("failed to create matcher: {}", error.text))
            .into()
    })
}
