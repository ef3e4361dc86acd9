//! Work in proportion to the size of what a builtin is given, in fuel.
//!
//! Each figure is set so that no charge stands for more gas than its embedder takes it for; it may
//! stand for less.

use super::meter::{ARGUMENTS_MAX, ARRAY_LENGTH_MAX, Limit, STRING_LENGTH_MAX};
use crate::{Context, JsObject, JsResult, JsString, JsValue, property::PropertyKey};

/// Code units that native code walks, one after the other, for a unit of fuel.
const WALKED_PER_FUEL: usize = 4;
/// Code units of a key that are hashed, and written into an error, for a unit of fuel.
const KEYED_PER_FUEL: usize = 2;
/// Code units of a key that count as nothing.
const KEY_LENGTH_FREE: usize = 64;
/// Code units that native code copies or compares as a block for a unit of fuel.
const COPIED_PER_FUEL: usize = 64;
/// Elements of an array or bytes of a buffer's items that native code fills for a unit of fuel.
const FILLED_PER_FUEL: usize = 8;

impl Context {
    /// Counts a step that hashes a key.
    ///
    /// # Errors
    /// As [`Context::charge`].
    #[inline(always)]
    pub(crate) fn charge_key_step(&mut self, key: &PropertyKey) -> JsResult<()> {
        match key {
            PropertyKey::String(key) if key.len() > KEY_LENGTH_FREE => self.charge_key(key.len()),
            _ => self.charge_step(),
        }
    }

    /// Counts the hash of a value that is a key of a map or a set.
    ///
    /// # Errors
    /// As [`Context::charge`].
    pub(crate) fn charge_hash(&mut self, key: &JsValue) -> JsResult<()> {
        let length = key.length_to_walk();
        if length > KEY_LENGTH_FREE { self.charge_key(length) } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn charge_key(&mut self, length: usize) -> JsResult<()> {
        self.charge_for(length, KEYED_PER_FUEL)
    }

    /// Counts the keys of an object before they are listed: at least as many as there are.
    ///
    /// # Errors
    /// As [`Context::charge`].
    pub(crate) fn charge_keys(&mut self, object: &JsObject) -> JsResult<()> {
        let count = object.borrow().properties().count_at_most();
        self.charge_for(count, 4)
    }

    /// Counts a walk over so many code units.
    ///
    /// # Errors
    /// As [`Context::charge`].
    #[inline]
    pub(crate) fn charge_walk(&mut self, length: usize) -> JsResult<()> {
        self.charge_for(length, WALKED_PER_FUEL)
    }

    /// Counts a walk that does much with each code unit: a unit of fuel for each `per` of Latin-1,
    /// and `each` for every unit of other texts.
    ///
    /// # Errors
    /// As [`Context::charge`].
    pub(crate) fn charge_units(
        &mut self,
        string: &JsString,
        per: usize,
        each: u64,
    ) -> JsResult<()> {
        match string.as_str().is_latin1() {
            true => self.charge_for(string.len(), per),
            false => self.charge(string.len() as u64 * each),
        }
    }

    /// Counts a comparison of two values, which takes time only where both are long and alike.
    ///
    /// # Errors
    /// As [`Context::charge`].
    #[inline]
    pub(crate) fn charge_comparison(&mut self, left: &JsValue, right: &JsValue) -> JsResult<()> {
        let length = left.length_to_walk();
        if length < COPIED_PER_FUEL {
            return Ok(());
        }
        self.charge_for(length.min(right.length_to_walk()), COPIED_PER_FUEL)
    }

    /// Counts the making of a string by copying; call it before there is one.
    ///
    /// # Errors
    /// As [`Context::charge`]; the host's error for [`Limit::StringLength`].
    #[inline]
    pub(crate) fn charge_string(&mut self, length: usize) -> JsResult<()> {
        if length > STRING_LENGTH_MAX {
            return Err(self.limit_reached(Limit::StringLength));
        }
        self.charge_for(length, COPIED_PER_FUEL)
    }

    /// Counts what a builtin writes, unit by unit, behind what it has already of a string.
    ///
    /// # Errors
    /// As [`Context::charge_string`].
    #[inline]
    pub(crate) fn charge_growth(&mut self, length: usize, more: usize) -> JsResult<()> {
        if length + more > STRING_LENGTH_MAX {
            return Err(self.limit_reached(Limit::StringLength));
        }
        self.charge(1 + (more / WALKED_PER_FUEL) as u64)
    }

    /// Counts the filling of elements that lie side by side; call it before they are there.
    ///
    /// # Errors
    /// As [`Context::charge`]; the host's error for [`Limit::ArrayLength`].
    #[inline]
    pub(crate) fn charge_elements(&mut self, length: u64) -> JsResult<()> {
        if length > ARRAY_LENGTH_MAX as u64 {
            return Err(self.limit_reached(Limit::ArrayLength));
        }
        self.charge_for(length as usize, FILLED_PER_FUEL)
    }

    /// Counts values that are given to a function.
    ///
    /// # Errors
    /// As [`Context::charge`]; the host's error for [`Limit::Arguments`].
    #[inline]
    pub(crate) fn charge_arguments(&mut self, count: u64) -> JsResult<()> {
        if count > ARGUMENTS_MAX as u64 {
            return Err(self.limit_reached(Limit::Arguments));
        }
        self.charge_for(count as usize, FILLED_PER_FUEL)
    }

    /// The concatenation of strings.
    ///
    /// # Errors
    /// As [`Context::charge_string`].
    pub(crate) fn concat(&mut self, strings: &[JsString]) -> JsResult<JsString> {
        self.charge_string(strings.iter().map(JsString::len).sum())?;
        let parts: Vec<_> = strings.iter().map(JsString::as_str).collect();
        Ok(JsString::concat_array(&parts))
    }
}
