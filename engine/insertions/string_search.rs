//! Finds a string inside another one, and counts the steps; repeats a string.
//!
//! The search compares at every position, which takes the product of both lengths at worst: the
//! fuel is charged on the way, so that code that has used up its own is ended in the middle.

use crate::{Context, JsResult, JsStr, JsString, string::JsStrVariant};

/// Comparisons between two charges.
const SLICE: usize = 4_096;
/// Comparisons for a unit of fuel.
const COMPARED_PER_FUEL: usize = 16;

/// Counts comparisons, and charges them now and then.
struct Steps<'a> {
    context: &'a mut Context,
    pending: usize,
}

impl Steps<'_> {
    /// Counts some comparisons.
    #[inline]
    fn count(&mut self, comparisons: usize) -> JsResult<()> {
        self.pending += comparisons;
        if self.pending >= SLICE {
            return self.charge();
        }
        Ok(())
    }

    #[inline(never)]
    fn charge(&mut self) -> JsResult<()> {
        let pending = std::mem::take(&mut self.pending);
        self.context.charge_for(pending, COMPARED_PER_FUEL)
    }
}

/// So many copies of a string, one after the other: twice as many with each step.
pub(crate) fn repeated(string: &JsString, times: usize) -> JsString {
    match string.as_str().variant() {
        JsStrVariant::Latin1(units) => JsString::from(JsStr::latin1(&units.repeat(times))),
        JsStrVariant::Utf16(units) => JsString::from(&units.repeat(times)[..]),
    }
}

/// The first place of `needle` in `text` at `from` or later.
///
/// # Errors
/// What the host says when the fuel is used up.
pub(crate) fn find(
    text: &JsString,
    needle: &JsString,
    from: usize,
    context: &mut Context,
) -> JsResult<Option<usize>> {
    let Some(last) = text.len().checked_sub(needle.len()) else {
        return Ok(None);
    };
    search(text.as_str(), needle.as_str(), from..=last, context)
}

/// The last place of `needle` in `text` at `to` or before.
///
/// # Errors
/// As [`find`].
pub(crate) fn find_last(
    text: &JsString,
    needle: &JsString,
    to: usize,
    context: &mut Context,
) -> JsResult<Option<usize>> {
    let Some(last) = text.len().checked_sub(needle.len()) else {
        return Ok(None);
    };
    search(text.as_str(), needle.as_str(), (0..=to.min(last)).rev(), context)
}

/// The first of some places where `needle` stands in `text`.
fn search(
    text: JsStr<'_>,
    needle: JsStr<'_>,
    places: impl Iterator<Item = usize>,
    context: &mut Context,
) -> JsResult<Option<usize>> {
    let mut steps = Steps { context, pending: 0 };
    let found = match (text.variant(), needle.variant()) {
        (JsStrVariant::Latin1(text), JsStrVariant::Latin1(needle)) => {
            search_units(text, needle, places, &mut steps)
        }
        (JsStrVariant::Utf16(text), JsStrVariant::Utf16(needle)) => {
            search_units(text, needle, places, &mut steps)
        }
        (JsStrVariant::Latin1(text), JsStrVariant::Utf16(needle)) => {
            search_units(text, needle, places, &mut steps)
        }
        (JsStrVariant::Utf16(text), JsStrVariant::Latin1(needle)) => {
            search_units(text, needle, places, &mut steps)
        }
    }?;
    steps.charge()?;
    Ok(found)
}

fn search_units<T: Copy + Into<u16>, N: Copy + Into<u16>>(
    text: &[T],
    needle: &[N],
    places: impl Iterator<Item = usize>,
    steps: &mut Steps<'_>,
) -> JsResult<Option<usize>> {
    for place in places {
        let differs = text[place..]
            .iter()
            .zip(needle)
            .position(|(&left, &right)| left.into() != right.into());
        let Some(compared) = differs else {
            steps.count(needle.len())?;
            return Ok(Some(place));
        };
        steps.count(compared + 1)?;
    }
    Ok(None)
}
