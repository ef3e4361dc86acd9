//! Parses JSON text (ECMA-404): a string in, a value out, and its source text where a reviver wants it.
//!
//! It takes one step for each code unit and does not recurse; the text's depth is bounded, because
//! code that walks the value will recurse.

use std::collections::BTreeMap;

use crate::{
    Context, JsError, JsNativeError, JsResult, JsStr, JsString, JsValue,
    builtins::{Array, object::OrdinaryObject},
    object::JsObject,
    property::{PropertyDescriptor, PropertyKey},
    string::JsStrVariant,
    vm::meter::{JSON_DEPTH_MAX, Limit},
};

/// Fuel for a value.
const VALUE: u64 = 1;
/// Fuel for a property.
const PROPERTY: u64 = 2;

/// The source text of a parsed value.
#[derive(Debug)]
pub(super) enum JsonNode {
    /// A string, a number, `true`, `false` or `null`: its text, and the value that it stands for.
    Primitive(JsString, JsValue),
    /// An array's elements.
    Array(Vec<JsonNode>),
    /// An object's properties.
    Object(BTreeMap<JsString, JsonNode>),
}

/// Parses a text; with `record`, gives its source text too.
///
/// # Errors
/// A `SyntaxError` with the position; the host's error for [`Limit::JsonDepth`].
pub(super) fn parse(
    text: &JsString,
    record: bool,
    context: &mut Context,
) -> JsResult<(JsValue, Option<JsonNode>)> {
    context.charge_walk(text.len())?;
    match text.as_str().variant() {
        JsStrVariant::Latin1(text) => Parser { text, at: 0, record }.parse(context),
        JsStrVariant::Utf16(text) => Parser { text, at: 0, record }.parse(context),
    }
}

/// A code unit of one of the two kinds of string.
trait Unit: Copy + Into<u16> {
    /// The string of some units.
    fn string(units: &[Self]) -> JsString;
}

impl Unit for u8 {
    fn string(units: &[Self]) -> JsString {
        JsString::from(JsStr::latin1(units))
    }
}

impl Unit for u16 {
    fn string(units: &[Self]) -> JsString {
        if units.iter().any(|&unit| unit > 0xFF) {
            return JsString::from(JsStr::utf16(units));
        }
        let narrow: Vec<u8> = units.iter().map(|&unit| unit as u8).collect();
        JsString::from(JsStr::latin1(&narrow))
    }
}

/// An array or an object that has not ended.
enum Open {
    Array(Vec<JsValue>, Vec<JsonNode>),
    Object(JsObject, JsString, BTreeMap<JsString, JsonNode>),
}

/// A value, and its source text where that is recorded.
type Parsed = (JsValue, Option<JsonNode>);

struct Parser<'a, T> {
    text: &'a [T],
    at: usize,
    record: bool,
}

impl<T: Unit> Parser<'_, T> {
    fn parse(mut self, context: &mut Context) -> JsResult<Parsed> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            context.charge(VALUE)?;
            let mut parsed = match self.next_after_space() {
                Some(0x5B) => {
                    self.at += 1;
                    check_depth(&open, context)?;
                    if self.next_after_space() != Some(0x5D) {
                        open.push(Open::Array(Vec::new(), Vec::new()));
                        continue;
                    }
                    self.at += 1;
                    self.end(Open::Array(Vec::new(), Vec::new()), context)?
                }
                Some(0x7B) => {
                    self.at += 1;
                    check_depth(&open, context)?;
                    let object = context
                        .intrinsics()
                        .templates()
                        .ordinary_object()
                        .create(OrdinaryObject, Vec::default());
                    if self.next_after_space() != Some(0x7D) {
                        let key = self.key(context)?;
                        open.push(Open::Object(object, key, BTreeMap::new()));
                        continue;
                    }
                    self.at += 1;
                    self.end(Open::Object(object, JsString::default(), BTreeMap::new()), context)?
                }
                _ => self.primitive()?,
            };
            // The value may be the last of its parent, and that one the last of its own.
            loop {
                let Some(parent) = open.last_mut() else {
                    return match self.next_after_space() {
                        None => Ok(parsed),
                        Some(_) => Err(self.unexpected()),
                    };
                };
                add(parent, parsed, context)?;
                let is_array = matches!(parent, Open::Array(..));
                match (self.next_after_space(), is_array) {
                    (Some(0x2C), true) => {
                        self.at += 1;
                        break;
                    }
                    (Some(0x2C), false) => {
                        self.at += 1;
                        self.next_after_space();
                        let next = self.key(context)?;
                        if let Some(Open::Object(_, key, _)) = open.last_mut() {
                            *key = next;
                        }
                        break;
                    }
                    (Some(0x5D), true) | (Some(0x7D), false) => {
                        self.at += 1;
                        let ended = open.pop().unwrap_or(Open::Array(Vec::new(), Vec::new()));
                        parsed = self.end(ended, context)?;
                    }
                    _ => return Err(self.unexpected()),
                }
            }
        }
    }

    /// The value of an array or an object that has ended.
    fn end(&self, ended: Open, context: &mut Context) -> JsResult<Parsed> {
        let (value, node) = match ended {
            Open::Array(elements, nodes) => {
                context.charge_elements(elements.len() as u64)?;
                let array = Array::create_array_from_list(elements, context);
                (array, JsonNode::Array(nodes))
            }
            Open::Object(object, _, nodes) => (object, JsonNode::Object(nodes)),
        };
        Ok((value.into(), self.record.then_some(node)))
    }

    fn primitive(&mut self) -> JsResult<Parsed> {
        let start = self.at;
        let value = match self.peek() {
            Some(0x22) => self.string()?.into(),
            Some(0x2D | 0x30..=0x39) => self.number()?,
            Some(0x74) => self.word(b"true", JsValue::new(true))?,
            Some(0x66) => self.word(b"false", JsValue::new(false))?,
            Some(0x6E) => self.word(b"null", JsValue::null())?,
            _ => return Err(self.unexpected()),
        };
        let node = self
            .record
            .then(|| JsonNode::Primitive(T::string(&self.text[start..self.at]), value.clone()));
        Ok((value, node))
    }

    /// A property's name and the colon behind it.
    fn key(&mut self, context: &mut Context) -> JsResult<JsString> {
        context.charge(PROPERTY)?;
        if self.peek() != Some(0x22) {
            return Err(self.unexpected());
        }
        let key = self.string()?;
        if self.next_after_space() != Some(0x3A) {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(key)
    }

    fn word(&mut self, word: &[u8], value: JsValue) -> JsResult<JsValue> {
        for &byte in word {
            if self.peek() != Some(u16::from(byte)) {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> JsResult<JsValue> {
        let start = self.at;
        let negative = self.skip(&[0x2D]);
        let first = self.at;
        if !self.skip(&[0x30]) {
            self.digits()?;
        }
        let integer_digits = self.at - first;
        let mut is_integer = true;
        if self.skip(&[0x2E]) {
            is_integer = false;
            self.digits()?;
        }
        if self.skip(&[0x65, 0x45]) {
            is_integer = false;
            self.skip(&[0x2B, 0x2D]);
            self.digits()?;
        }
        let ascii = |unit: &T| -> u8 { (*unit).into() as u8 };
        if is_integer && integer_digits <= 9 {
            let digits = self.text[first..self.at].iter();
            let value = digits.fold(0, |value, unit| value * 10 + i32::from(ascii(unit) - b'0'));
            return Ok(match (negative, value) {
                (false, value) => JsValue::new(value),
                (true, 0) => JsValue::new(-0.0),
                (true, value) => JsValue::new(-value),
            });
        }
        let digits: Vec<u8> = self.text[start..self.at].iter().map(ascii).collect();
        match fast_float2::parse::<f64, _>(&digits) {
            Ok(value) => Ok(JsValue::new(value)),
            Err(_) => Err(self.unexpected()),
        }
    }

    /// One digit or more.
    fn digits(&mut self) -> JsResult<()> {
        let start = self.at;
        while let Some(0x30..=0x39) = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.unexpected());
        }
        Ok(())
    }

    /// Skips a unit if it is one of some.
    fn skip(&mut self, units: &[u16]) -> bool {
        let found = self.peek().is_some_and(|unit| units.contains(&unit));
        self.at += usize::from(found);
        found
    }

    /// A string, from its first quotation mark on.
    fn string(&mut self) -> JsResult<JsString> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                Some(0x22) => {
                    self.at += 1;
                    return Ok(T::string(&self.text[start..self.at - 1]));
                }
                Some(0x5C) => return self.string_with_escapes(start),
                Some(0x20..) => self.at += 1,
                _ => return Err(self.unexpected()),
            }
        }
    }

    fn string_with_escapes(&mut self, start: usize) -> JsResult<JsString> {
        let plain = self.text[start..self.at].iter();
        let mut units: Vec<u16> = plain.map(|&unit| unit.into()).collect();
        loop {
            match self.peek() {
                Some(0x22) => {
                    self.at += 1;
                    return Ok(<u16 as Unit>::string(&units));
                }
                Some(0x5C) => {
                    self.at += 1;
                    units.push(self.escape()?);
                }
                Some(unit @ 0x20..) => {
                    self.at += 1;
                    units.push(unit);
                }
                _ => return Err(self.unexpected()),
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> JsResult<u16> {
        let unit = match self.peek() {
            Some(unit @ (0x22 | 0x5C | 0x2F)) => unit,
            Some(0x62) => 0x08,
            Some(0x66) => 0x0C,
            Some(0x6E) => 0x0A,
            Some(0x72) => 0x0D,
            Some(0x74) => 0x09,
            Some(0x75) => {
                self.at += 1;
                return self.hexadecimal();
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(unit)
    }

    fn hexadecimal(&mut self) -> JsResult<u16> {
        let mut value = 0;
        for _ in 0..4 {
            let unit = self.peek().and_then(|unit| u8::try_from(unit).ok());
            let Some(digit) = unit.and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.unexpected());
            };
            value = value * 16 + digit as u16;
            self.at += 1;
        }
        Ok(value)
    }

    fn peek(&self) -> Option<u16> {
        self.text.get(self.at).map(|&unit| unit.into())
    }

    /// The next unit that is no white space.
    fn next_after_space(&mut self) -> Option<u16> {
        loop {
            match self.peek() {
                Some(0x20 | 0x09 | 0x0A | 0x0D) => self.at += 1,
                next => return next,
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn unexpected(&self) -> JsError {
        let position = self.at;
        let message = match self.peek() {
            None => format!("unexpected end of JSON at position {position}"),
            Some(unit) => {
                let unit = char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER);
                let unit = unit.escape_default();
                format!("unexpected `{unit}` in JSON at position {position}")
            }
        };
        JsNativeError::syntax().with_message(message).into()
    }
}

/// Adds a value to the array or object that it stands in.
fn add(parent: &mut Open, (value, node): Parsed, context: &mut Context) -> JsResult<()> {
    match parent {
        Open::Array(elements, nodes) => {
            elements.push(value);
            nodes.extend(node);
        }
        Open::Object(object, key, nodes) => {
            context.charge_walk(key.len())?;
            let property = PropertyDescriptor::builder()
                .value(value)
                .writable(true)
                .enumerable(true)
                .configurable(true);
            object.insert(PropertyKey::from(key.clone()), property);
            if let Some(node) = node {
                nodes.insert(std::mem::take(key), node);
            }
        }
    }
    Ok(())
}

fn check_depth(open: &[Open], context: &mut Context) -> JsResult<()> {
    if open.len() >= JSON_DEPTH_MAX {
        return Err(context.limit_reached(Limit::JsonDepth));
    }
    Ok(())
}
