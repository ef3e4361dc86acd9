//! JSON from and to [`Value`], through serde: depth-capped, never through a JS engine.
//!
//! Inward, JSON is what it says. Outward, what JSON lacks becomes: `bigint` a decimal string,
//! bytes base64, a date ISO 8601, a `Map` an object when its keys are strings and pairs
//! otherwise, a `Set` an array, NaN and infinities `null`, `undefined` left out of objects.

use crate::value::{DEPTH_MAX, Value};
use base64::Engine as _;
use core::fmt;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;

/// What a reader of JSON says when nesting passes [`DEPTH_MAX`].
pub const TOO_DEEP: &str = "nested deeper than 64";

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Nested { depth: 0 }.deserialize(deserializer)
    }
}

/// A value at a depth; refuses to go below [`DEPTH_MAX`].
#[derive(Clone, Copy)]
struct Nested {
    depth: usize,
}

impl Nested {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            Err(E::custom(TOO_DEEP))
        } else {
            Ok(Self {
                depth: self.depth + 1,
            })
        }
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    #[expect(clippy::cast_precision_loss, reason = "a JSON number is a JS number")]
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }
    #[expect(clippy::cast_precision_loss, reason = "a JSON number is a JS number")]
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }
    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut fields: Vec<(String, Value)> = Vec::new();
        let mut names = BTreeSet::new();
        while let Some(key) = access.next_key::<String>()? {
            if !names.insert(key.clone()) {
                return Err(A::Error::custom("a name occurs twice in an object"));
            }
            fields.push((key, access.next_value_seed(inner)?));
        }
        Ok(Value::Object(fields))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Undefined | Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serialize_number(*value, serializer),
            Self::BigInt(value) => serializer.collect_str(value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Bytes(value) => {
                serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(value))
            }
            Self::Date(ms) => match iso_8601(*ms) {
                Some(text) => serializer.serialize_str(&text),
                None => serializer.serialize_unit(),
            },
            Self::Array(items) | Self::Set(items) => serialize_items(items, serializer),
            Self::Object(fields) => serialize_object(fields, serializer),
            Self::Map(entries) => serialize_map(entries, serializer),
        }
    }
}

fn serialize_items<S: Serializer>(items: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    let mut seq = serializer.serialize_seq(Some(items.len()))?;
    for item in items {
        seq.serialize_element(item)?;
    }
    seq.end()
}

fn serialize_object<S: Serializer>(
    fields: &[(String, Value)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (key, value) in fields {
        serialize_field(&mut map, key, value)?;
    }
    map.end()
}

fn serialize_field<M: SerializeMap>(map: &mut M, key: &str, value: &Value) -> Result<(), M::Error> {
    match value {
        Value::Undefined => Ok(()),
        value => map.serialize_entry(key, value),
    }
}

fn serialize_map<S: Serializer>(
    entries: &[(Value, Value)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let names: Option<Vec<&str>> = entries.iter().map(|(key, _)| name(key)).collect();
    if let Some(names) = names {
        let mut map = serializer.serialize_map(None)?;
        for (key, (_, value)) in names.into_iter().zip(entries) {
            serialize_field(&mut map, key, value)?;
        }
        return map.end();
    }
    let mut seq = serializer.serialize_seq(Some(entries.len()))?;
    for pair in entries {
        seq.serialize_element(&(&pair.0, &pair.1))?;
    }
    seq.end()
}

/// The key as a name in a JSON object, when it is a string.
fn name(key: &Value) -> Option<&str> {
    match key {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Whole numbers without a fraction, as JS writes them; what JSON lacks as `null`.
fn serialize_number<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    // Below it, a whole number has at most 16 digits: all of them are what JS writes. From here on
    // the shortest form has an exponent and no fraction either.
    const PLAIN_MAX: f64 = 1e16;
    if !number.is_finite() {
        return serializer.serialize_unit();
    }
    if number.abs() < PLAIN_MAX && number.trunc() == number {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 10^16")]
        return serializer.serialize_i64(number as i64);
    }
    serializer.serialize_f64(number)
}

/// `YYYY-MM-DDTHH:mm:ss.sssZ`, with a sign and six digits outside the years 0 to 9999.
fn iso_8601(ms: f64) -> Option<String> {
    const MS_MAX: f64 = 8.64e15; // ECMAScript, "Time Values and Time Range"
    if !ms.is_finite() || ms.abs() > MS_MAX {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within 8.64e15")]
    let ms = ms as i64;
    let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.abs()),
    };
    Some(format!(
        "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
    ))
}

/// Year, month and day of a count of days since 1970-01-01, in the Gregorian calendar.
/// Source: ECMAScript, "Year Number" and "Month Number", solved for the year.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468; // days since 0000-03-01
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}
