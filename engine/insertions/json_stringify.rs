//! Writes a value as JSON text: one buffer for the whole text, so that each unit is written once.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::{LEVEL, RawJson};
use crate::{
    Context, JsBigInt, JsError, JsNativeError, JsResult, JsStr, JsString, JsValue, js_string,
    object::JsObject,
    property::PropertyNameKind,
    string::JsStrVariant,
    vm::meter::{JSON_DEPTH_MAX, Limit, STRING_LENGTH_MAX},
};

/// The text so far: one byte for a code unit as long as all are Latin-1.
#[derive(Default)]
struct Text {
    narrow: Vec<u8>,
    wide: Option<Vec<u16>>,
}

impl Text {
    fn len(&self) -> usize {
        self.wide.as_ref().map_or(self.narrow.len(), Vec::len)
    }

    fn truncate(&mut self, length: usize) {
        match &mut self.wide {
            Some(wide) => wide.truncate(length),
            None => self.narrow.truncate(length),
        }
    }

    /// Adds Latin-1.
    fn push_narrow(&mut self, units: &[u8]) {
        match &mut self.wide {
            Some(wide) => wide.extend(units.iter().map(|&unit| u16::from(unit))),
            None => self.narrow.extend_from_slice(units),
        }
    }

    fn push(&mut self, unit: u16) {
        if self.wide.is_none()
            && let Ok(narrow) = u8::try_from(unit)
        {
            self.narrow.push(narrow);
            return;
        }
        let narrow = &mut self.narrow;
        let widen = || narrow.drain(..).map(u16::from).collect();
        self.wide.get_or_insert_with(widen).push(unit);
    }

    fn push_string(&mut self, string: &JsString) {
        match string.as_str().variant() {
            JsStrVariant::Latin1(units) => self.push_narrow(units),
            JsStrVariant::Utf16(units) => units.iter().for_each(|&unit| self.push(unit)),
        }
    }

    fn into_string(self) -> JsString {
        match self.wide {
            Some(wide) => JsString::from(&wide[..]),
            None => JsString::from(JsStr::latin1(&self.narrow)),
        }
    }
}

/// What `JSON.stringify` writes with.
pub(super) struct Writer {
    replacer: Option<JsObject>,
    names: Option<Rc<[JsString]>>,
    gap: JsString,
    /// Arrays and objects around the value that is written.
    around: FxHashSet<JsObject>,
    text: Text,
    /// Units written as escapes that are not counted yet.
    escapes: u64,
}

/// Units of a string that are written between two counts of their escapes.
const QUOTED_AT_ONCE: usize = 256;

impl Writer {
    pub(super) fn new(
        replacer: Option<JsObject>,
        names: Option<Vec<JsString>>,
        gap: JsString,
    ) -> Self {
        Self {
            replacer,
            names: names.map(Into::into),
            gap,
            around: FxHashSet::default(),
            text: Text::default(),
            escapes: 0,
        }
    }

    /// The text of a holder's property with the empty name; nothing when the value has none.
    pub(super) fn write(
        mut self,
        holder: &JsObject,
        context: &mut Context,
    ) -> JsResult<Option<JsString>> {
        let written = self.property(js_string!(), holder, context)?;
        Ok(written.then(|| self.text.into_string()))
    }

    /// `SerializeJSONProperty`: whether something was written.
    fn property(
        &mut self,
        key: JsString,
        holder: &JsObject,
        context: &mut Context,
    ) -> JsResult<bool> {
        let mut value = holder.get(key.clone(), context)?;
        if value.is_object() || value.is_bigint() {
            let to_json = value.get_v(js_string!("toJSON"), context)?;
            if let Some(to_json) = to_json.as_callable() {
                value = to_json.call(&value, &[key.clone().into()], context)?;
            }
        }
        if let Some(replacer) = &self.replacer {
            value = replacer.call(&holder.clone().into(), &[key.into(), value], context)?;
        }
        if let Some(object) = value.as_object() {
            if object.is::<RawJson>() {
                let raw = object.get(js_string!("rawJSON"), context)?;
                let Some(raw) = raw.as_string() else {
                    return Ok(false);
                };
                self.charge(raw.len(), context)?;
                self.text.push_string(&raw);
                return Ok(true);
            }
            value = unwrapped(value, &object, context)?;
        }
        self.value(&value, context)
    }

    /// Writes what is no wrapper and has no `toJSON`.
    fn value(&mut self, value: &JsValue, context: &mut Context) -> JsResult<bool> {
        self.charge(0, context)?;
        if let Some(object) = value.as_object() {
            if object.is_callable() {
                return Ok(false);
            }
            self.object(&object, context)?;
        } else if let Some(string) = value.as_string() {
            self.quote(&string, context)?;
        } else if let Some(number) = value.as_number() {
            if number.is_finite() {
                let number = value.to_string(context)?;
                self.text.push_string(&number);
            } else {
                self.text.push_narrow(b"null");
            }
        } else if let Some(boolean) = value.as_boolean() {
            self.text.push_narrow(if boolean { b"true" } else { b"false" });
        } else if value.is_null() {
            self.text.push_narrow(b"null");
        } else if value.is_bigint() {
            return Err(JsNativeError::typ()
                .with_message("cannot serialize bigint to JSON")
                .into());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn object(&mut self, object: &JsObject, context: &mut Context) -> JsResult<()> {
        if !self.around.insert(object.clone()) {
            return Err(cycle());
        }
        if self.around.len() > JSON_DEPTH_MAX {
            return Err(context.limit_reached(Limit::JsonDepth));
        }
        context.nested(LEVEL, |context| {
            if object.is_array_abstract()? {
                self.elements(object, context)
            } else {
                self.properties(object, context)
            }
        })?;
        self.around.remove(object);
        Ok(())
    }

    fn properties(&mut self, object: &JsObject, context: &mut Context) -> JsResult<()> {
        let names = match &self.names {
            Some(names) => Rc::clone(names),
            None => object
                .enumerable_own_property_names(PropertyNameKind::Key, context)?
                .iter()
                .filter_map(JsValue::as_string)
                .collect(),
        };
        self.text.push(0x7B);
        let empty = self.text.len();
        for name in &*names {
            let before = self.text.len();
            self.separator(before == empty, context)?;
            self.quote(name, context)?;
            self.text.push(0x3A);
            if !self.gap.is_empty() {
                self.text.push(0x20);
            }
            if !self.property(name.clone(), object, context)? {
                self.text.truncate(before);
            }
        }
        self.end(empty, 0x7D, context)
    }

    fn elements(&mut self, array: &JsObject, context: &mut Context) -> JsResult<()> {
        let length = array.length_of_array_like(context)?;
        self.text.push(0x5B);
        let empty = self.text.len();
        for index in 0..length {
            self.separator(index == 0, context)?;
            if !self.property(index.into(), array, context)? {
                self.text.push_narrow(b"null");
            }
        }
        self.end(empty, 0x5D, context)
    }

    /// What stands before an element.
    fn separator(&mut self, is_first: bool, context: &mut Context) -> JsResult<()> {
        if !is_first {
            self.text.push(0x2C);
        }
        self.line(self.around.len(), context)
    }

    /// What stands behind the last element.
    fn end(&mut self, empty: usize, bracket: u16, context: &mut Context) -> JsResult<()> {
        if self.text.len() > empty {
            self.line(self.around.len() - 1, context)?;
        }
        self.text.push(bracket);
        Ok(())
    }

    /// A new line, where the text has lines.
    fn line(&mut self, depth: usize, context: &mut Context) -> JsResult<()> {
        if self.gap.is_empty() {
            return Ok(());
        }
        self.charge(1 + depth * self.gap.len(), context)?;
        self.text.push(0x0A);
        for _ in 0..depth {
            self.text.push_string(&self.gap);
        }
        Ok(())
    }

    /// `QuoteJSONString`
    fn quote(&mut self, string: &JsString, context: &mut Context) -> JsResult<()> {
        self.charge(string.len() + 2, context)?;
        self.text.push(0x22);
        match string.as_str().variant() {
            JsStrVariant::Latin1(units) => {
                for part in units.chunks(QUOTED_AT_ONCE) {
                    for &unit in part {
                        self.quoted(u16::from(unit));
                    }
                    self.charge_escapes(context)?;
                }
            }
            JsStrVariant::Utf16(units) => {
                let mut units = units.iter().copied().peekable();
                while let Some(unit) = units.next() {
                    let low = units.peek().copied().filter(|low| (0xDC00..0xE000).contains(low));
                    match (unit, low) {
                        (0xD800..=0xDBFF, Some(low)) => {
                            units.next();
                            self.text.push(unit);
                            self.text.push(low);
                        }
                        (0xD800..=0xDFFF, _) => self.escaped(unit),
                        _ => self.quoted(unit),
                    }
                    if self.escapes >= QUOTED_AT_ONCE as u64 {
                        self.charge_escapes(context)?;
                    }
                }
            }
        }
        self.text.push(0x22);
        self.charge(0, context)
    }

    /// A unit that is no surrogate.
    fn quoted(&mut self, unit: u16) {
        let escape = match unit {
            0x08 => b"\\b",
            0x09 => b"\\t",
            0x0A => b"\\n",
            0x0C => b"\\f",
            0x0D => b"\\r",
            0x22 => b"\\\"",
            0x5C => b"\\\\",
            0..0x20 => return self.escaped(unit),
            _ => return self.text.push(unit),
        };
        self.escapes += 1;
        self.text.push_narrow(escape);
    }

    /// Counts units written as escapes, which take many times as long as others.
    fn charge_escapes(&mut self, context: &mut Context) -> JsResult<()> {
        context.charge(std::mem::take(&mut self.escapes))
    }

    fn escaped(&mut self, unit: u16) {
        self.escapes += 1;
        let digit =
            |shift: u32| b"0123456789abcdef"[usize::from((unit >> shift) & 0xF)];
        self.text
            .push_narrow(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
    }

    /// Counts units that are to be written.
    fn charge(&self, units: usize, context: &mut Context) -> JsResult<()> {
        context.charge_growth(self.text.len().min(STRING_LENGTH_MAX + 1), units)
    }
}

/// The value inside a wrapper object; other objects as they are.
fn unwrapped(value: JsValue, object: &JsObject, context: &mut Context) -> JsResult<JsValue> {
    if object.is::<f64>() {
        return Ok(value.to_number(context)?.into());
    }
    if object.is::<JsString>() {
        return Ok(value.to_string(context)?.into());
    }
    if let Some(boolean) = object.downcast_ref::<bool>() {
        return Ok((*boolean).into());
    }
    if let Some(bigint) = object.downcast_ref::<JsBigInt>() {
        return Ok(bigint.clone().into());
    }
    Ok(value)
}

fn cycle() -> JsError {
    JsNativeError::typ()
        .with_message("cyclic object value")
        .into()
}
