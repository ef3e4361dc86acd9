//! Work in proportion to the size of what a builtin is given, in fuel.
//!
//! Each figure is set so that no charge stands for more gas than its embedder takes it for; it may
//! stand for less.

use super::meter::{ARGUMENTS_MAX, ARRAY_LENGTH_MAX, Limit, STRING_LENGTH_MAX};
use crate::property::{PropertyDescriptor, PropertyKey};
use crate::{Context, JsObject, JsResult, JsString, JsValue, string::JsStr};

/// Code units that native code walks, one after the other, for a unit of fuel.
const WALKED_PER_FUEL: usize = 4;
/// Code units of a key that are hashed, and written into an error, for a unit of fuel.
const KEYED_PER_FUEL: usize = 2;
/// Code units of a key that count as nothing.
const KEY_LENGTH_FREE: usize = 64;
/// Code units that native code copies or compares as a block for a unit of fuel.
pub(crate) const COPIED_PER_FUEL: usize = 64;
/// Fuel for each name of a shape that is made anew.
const FUEL_PER_NAME: u64 = 8;
/// Names of a shape that are copied or gone through for a unit of fuel.
const NAMES_PER_FUEL: usize = 4;
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

    /// Counts so many steps with a key, as if one by one.
    ///
    /// # Errors
    /// As [`Context::charge`].
    pub(crate) fn charge_key_steps(&mut self, key: &PropertyKey, steps: u32) -> JsResult<()> {
        let is_short = !matches!(key, PropertyKey::String(key) if key.len() > KEY_LENGTH_FREE);
        if is_short && let Some(left) = self.vm.meter.left.checked_sub(steps) {
            self.vm.meter.left = left;
            return Ok(());
        }
        (0..steps).try_for_each(|_| self.charge_key_step(key))
    }

    /// Counts what the ordinary method that defines a property counts; as it never fails, up to what was
    /// left.
    #[inline]
    pub(crate) fn charge_definition(&mut self, key: &PropertyKey) {
        let of_key = match key {
            PropertyKey::String(key) if key.len() > KEY_LENGTH_FREE => key.len() / KEYED_PER_FUEL,
            _ => 1,
        };
        self.vm.meter.left = self.vm.meter.left.saturating_sub(1 + of_key as u32);
    }

    /// Counts the removal of a property: a shape that is shared is made anew from there on, another one
    /// is gone through.
    ///
    /// # Errors
    /// As [`Context::charge`].
    pub(crate) fn charge_removal(&mut self, object: &JsObject, key: &PropertyKey) -> JsResult<()> {
        let (names, is_shared) = {
            let object = object.borrow();
            (object.properties().storage.len(), object.shape().is_shared())
        };
        match (key, is_shared) {
            (PropertyKey::Index(_), _) => Ok(()),
            (_, true) => self.charge(names as u64 * FUEL_PER_NAME),
            (_, false) => self.charge_for(names, NAMES_PER_FUEL),
        }
    }

    /// Counts the change of a property's attributes, for which all names are copied.
    ///
    /// # Errors
    /// As [`Context::charge`].
    pub(crate) fn charge_attributes(
        &mut self,
        object: &JsObject,
        key: &PropertyKey,
        desired: &PropertyDescriptor,
        current: &PropertyDescriptor,
    ) -> JsResult<()> {
        let differs = |desired: Option<bool>, current| desired.is_some() && desired != current;
        let is_same = !differs(desired.writable(), current.writable())
            && !differs(desired.enumerable(), current.enumerable())
            && !differs(desired.configurable(), current.configurable())
            && (desired.is_generic_descriptor()
                || desired.is_accessor_descriptor() == current.is_accessor_descriptor());
        if is_same || matches!(key, PropertyKey::Index(_)) {
            return Ok(());
        }
        let names = object.borrow().properties().storage.len();
        match desired.is_accessor_descriptor() == current.is_accessor_descriptor() {
            true => self.charge_for(names, NAMES_PER_FUEL),
            false => self.charge(names as u64 * FUEL_PER_NAME),
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

    /// Checks that a string may be so long.
    #[inline(always)]
    fn check_string(&mut self, length: usize) -> JsResult<()> {
        if length > STRING_LENGTH_MAX {
            return Err(self.limit_reached(Limit::StringLength));
        }
        Ok(())
    }

    /// Counts the making of a string by copying; call it before there is one.
    ///
    /// # Errors
    /// As [`Context::charge`]; the host's error for [`Limit::StringLength`].
    #[inline]
    pub(crate) fn charge_string(&mut self, length: usize) -> JsResult<()> {
        self.check_string(length)?;
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

    /// The concatenation of strings. What is written behind the first one in place is all that is
    /// counted.
    ///
    /// # Errors
    /// As [`Context::charge_string`].
    pub(crate) fn concat(&mut self, mut strings: &[JsString]) -> JsResult<JsString> {
        while let [first, _, ..] = strings
            && first.is_empty()
        {
            strings = &strings[1..];
        }
        let [first, more @ ..] = strings else {
            return Ok(JsString::default());
        };
        let mut added = 0;
        for string in more {
            added += string.len();
        }
        let length = first.len() + added;
        self.check_string(length)?;
        let written = added / COPIED_PER_FUEL;
        self.charge(written as u64)?;
        if let Some(string) = first.append(more, added) {
            return Ok(string);
        }
        self.charge((length / COPIED_PER_FUEL - written) as u64)?;
        Ok(JsString::join(strings))
    }

    /// [`Context::concat`] of two strings.
    ///
    /// # Errors
    /// As [`Context::charge_string`].
    pub(crate) fn concat_two(&mut self, left: &JsString, right: &JsString) -> JsResult<JsString> {
        let added = right.len();
        let length = left.len() + added;
        self.check_string(length)?;
        let written = added / COPIED_PER_FUEL;
        self.charge(written as u64)?;
        if let Some(string) = left.append(std::slice::from_ref(right), added) {
            return Ok(string);
        }
        self.charge((length / COPIED_PER_FUEL - written) as u64)?;
        if left.is_worth_room(added) {
            return Ok(JsString::join(&[left.clone(), right.clone()]));
        }
        Ok(JsString::concat(left.as_str(), right.as_str()))
    }

    /// The concatenation of a string and an integer's digits.
    ///
    /// # Errors
    /// As [`Context::charge_string`].
    pub(crate) fn concat_integer(&mut self, string: &JsString, integer: i32) -> JsResult<JsString> {
        let mut text = [0; 11];
        let (mut begin, mut left) = (text.len(), integer.unsigned_abs());
        loop {
            begin -= 1;
            text[begin] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if integer < 0 {
            begin -= 1;
            text[begin] = b'-';
        }
        let digits = JsStr::latin1(&text[begin..]);
        if string.len() > KEY_LENGTH_FREE {
            return self.concat_two(string, &digits.into());
        }
        self.charge_string(string.len() + digits.len())?;
        Ok(JsString::concat(string.as_str(), digits))
    }
}
