//! JS values from and to [`Value`]: the only way by which data enters or leaves a realm.
//!
//! Guards invariant 6. Only own enumerable data properties are copied; nothing of the
//! subcontract's code runs meanwhile. What can't be copied is a `TypeError` with `E_BAD_VALUE`.

use crate::failure;
use crate::port::Gas;
use boa_engine::builtins::date::Date;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::{JsArray, JsDate, JsMap, JsProxy, JsSet, JsUint8Array};
use boa_engine::property::PropertyKey;
use boa_engine::value::JsVariant;
use boa_engine::{Context, JsBigInt, JsResult, JsString, JsValue, js_string};
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::value::{BYTES_MAX, DEPTH_MAX, Value};

/// Copies a JS value out of the realm.
///
/// # Errors
/// `E_BAD_VALUE`, `E_TOO_DEEP` (cycles too), `E_TOO_LARGE`.
pub(crate) fn out_of_js(value: &JsValue, context: &mut Context) -> Result<Value, Failure> {
    measured_out_of_js(value, context).map(|(value, _)| value)
}

/// [`out_of_js`], with what it will cost to copy the value into a realm again.
pub(crate) fn measured_out_of_js(
    value: &JsValue,
    context: &mut Context,
) -> Result<(Value, Gas), Failure> {
    let mut copier = Copier {
        budget: BYTES_MAX,
        gas: 0,
        context,
    };
    let value = copier.value(value, 0)?;
    let bytes = (BYTES_MAX - copier.budget) as u64;
    Ok((value, Gas(copier.gas + bytes * BYTE_GAS)))
}

/// Gas to make a JS value of a copied one, rounded up from what was measured in NEAR's VM
/// (tests/tests/overruns.rs): any value, and what comes on top.
const VALUE_GAS: u64 = 1_000_000_000;
const STRING_GAS: u64 = 1_000_000_000;
const OBJECT_GAS: u64 = 4_000_000_000;
const PROPERTY_GAS: u64 = 5_000_000_000;
/// An element of a map or a set.
const MEMBER_GAS: u64 = 4_000_000_000;
/// Bytes, a date, a map or a set.
const BUILTIN_GAS: u64 = 12_000_000_000;
/// A byte of a string, and the like.
const BYTE_GAS: u64 = 60_000_000;
/// Fuel to copy a value, besides its bytes.
const VALUE_FUEL: u64 = 4;
/// Bytes of a string that are copied for one unit of fuel.
const BYTES_PER_FUEL: usize = 16;
/// Code units of a string that are made UTF-8 for one unit of fuel.
const UNITS_PER_FUEL: usize = 2;
/// Bytes that an element of an array takes here, whatever it is.
const ELEMENT_BYTES: usize = 8;
/// Nesting of native code in a value inside a value.
const NESTING: u32 = 8;

struct Copier<'a> {
    /// Bytes that may still be copied.
    budget: usize,
    /// Gas to make JS values of those copied so far, besides their bytes.
    gas: u64,
    context: &'a mut Context,
}

fn bad(what: &str) -> Failure {
    Failure::new(
        ErrorCode::BadValue,
        format!("{what} can't be copied out of a subcontract; pass plain data"),
    )
}

fn too_deep() -> Failure {
    Failure::new(
        ErrorCode::TooDeep,
        format!("a value is nested deeper than {DEPTH_MAX}, or contains itself"),
    )
}

impl Copier<'_> {
    fn spend(&mut self, bytes: usize) -> Result<(), Failure> {
        match self.budget.checked_sub(bytes) {
            Some(rest) => {
                self.budget = rest;
                Ok(())
            }
            None => Err(Failure::new(
                ErrorCode::TooLarge,
                format!("a value has more than {BYTES_MAX} bytes"),
            )),
        }
    }

    fn value(&mut self, value: &JsValue, depth: usize) -> Result<Value, Failure> {
        self.spend(1)?;
        self.gas += VALUE_GAS;
        self.charge(VALUE_FUEL)?;
        Ok(match value.variant() {
            JsVariant::Undefined => Value::Undefined,
            JsVariant::Null => Value::Null,
            JsVariant::Boolean(value) => Value::Bool(value),
            JsVariant::Integer32(value) => Value::Number(f64::from(value)),
            JsVariant::Float64(value) => Value::Number(value),
            JsVariant::String(text) => Value::String(self.text(&text)?),
            JsVariant::BigInt(number) => {
                let number = number.as_inner();
                self.spend(usize::try_from(number.bits() / 8).unwrap_or(BYTES_MAX))?;
                Value::BigInt(number.clone())
            }
            JsVariant::Symbol(_) => return Err(bad("a symbol")),
            JsVariant::Object(object) => self.object(&object, depth)?,
        })
    }

    fn charge(&mut self, fuel: u64) -> Result<(), Failure> {
        let charged = self.context.charge(fuel);
        charged.map_err(|error| failure::of_limit(self.context, &error))
    }

    fn text(&mut self, text: &JsString) -> Result<String, Failure> {
        self.gas += STRING_GAS;
        self.spend(text.len())?;
        text_of(text, self.context)
            .map_err(|error| failure::of_limit(self.context, &error))?
            .ok_or_else(|| bad("a string with half of a surrogate pair"))
    }

    fn object(&mut self, object: &JsObject, depth: usize) -> Result<Value, Failure> {
        if depth == DEPTH_MAX {
            return Err(too_deep());
        }
        self.context.enter_native(NESTING).map_err(|_| too_deep())?;
        let copied = self.nested_object(object, depth);
        self.context.leave_native(NESTING);
        copied
    }

    fn nested_object(&mut self, object: &JsObject, depth: usize) -> Result<Value, Failure> {
        self.gas += OBJECT_GAS;
        if object.is_array() && JsProxy::from_object(object.clone()).is_err() {
            return self.array(object, depth).map(Value::Array);
        }
        if object.is_ordinary() {
            return self.plain(object, depth).map(Value::Object);
        }
        self.gas += BUILTIN_GAS;
        self.builtin(object, depth)
    }

    fn builtin(&mut self, object: &JsObject, depth: usize) -> Result<Value, Failure> {
        if let Ok(map) = JsMap::from_object(object.clone()) {
            return self.map(&map, depth).map(Value::Map);
        }
        if let Ok(set) = JsSet::from_object(object.clone()) {
            return self.set(&set, depth).map(Value::Set);
        }
        if object.is::<Date>() {
            let date = JsDate::from_object(object.clone()).map_err(|_| bad("this date"))?;
            let ms = date.get_time(self.context).map_err(|_| bad("this date"))?;
            return Ok(Value::Date(ms.as_number().unwrap_or(f64::NAN)));
        }
        if let Ok(bytes) = JsUint8Array::from_object(object.clone()) {
            let length = bytes.length(self.context).map_err(|_| bad("these bytes"))?;
            self.spend(length)?;
            self.charge((length / BYTES_PER_FUEL) as u64)?;
            let bytes = bytes
                .to_vec(self.context)
                .map_err(|_| bad("a detached buffer"))?;
            return Ok(Value::Bytes(bytes));
        }
        Err(bad(if object.is_callable() {
            "a function"
        } else {
            "this kind of object"
        }))
    }

    fn array(&mut self, object: &JsObject, depth: usize) -> Result<Vec<Value>, Failure> {
        let length = object
            .borrow()
            .properties()
            .get(&PropertyKey::from(js_string!("length")));
        let length = length
            .and_then(|length| length.value()?.as_number())
            .unwrap_or(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an array's length is a u32"
        )]
        let length = length as u32;
        self.spend((length as usize).saturating_mul(ELEMENT_BYTES))?;
        let mut items = Vec::with_capacity(length as usize);
        for index in 0..length {
            let found = object.borrow().properties().get(&PropertyKey::from(index));
            items.push(match found {
                None => Value::Undefined,
                Some(property) => {
                    let item = property.value().ok_or_else(|| bad("a getter"))?;
                    self.value(item, depth + 1)?
                }
            });
        }
        Ok(items)
    }

    fn plain(&mut self, object: &JsObject, depth: usize) -> Result<Vec<(String, Value)>, Failure> {
        let keys = object
            .own_property_keys(self.context)
            .map_err(|_| bad("this object"))?;
        let mut fields = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(property) = object.borrow().properties().get(&key) else {
                continue;
            };
            if property.enumerable() != Some(true) {
                continue;
            }
            self.gas += PROPERTY_GAS;
            let name = match &key {
                PropertyKey::String(name) => self.text(name)?,
                PropertyKey::Index(index) => index.get().to_string(),
                PropertyKey::Symbol(_) => return Err(bad("a property named by a symbol")),
            };
            let value = property.value().ok_or_else(|| bad("a getter"))?;
            fields.push((name, self.value(value, depth + 1)?));
        }
        Ok(fields)
    }

    fn map(&mut self, map: &JsMap, depth: usize) -> Result<Vec<(Value, Value)>, Failure> {
        let mut pairs = Vec::new();
        map.for_each_native(|key, value| {
            pairs.push((key, value));
            Ok(())
        })
        .map_err(|_| bad("this map"))?;
        self.gas += pairs.len() as u64 * MEMBER_GAS;
        let copy = |(key, value): (JsValue, JsValue)| {
            Ok((self.value(&key, depth + 1)?, self.value(&value, depth + 1)?))
        };
        pairs.into_iter().map(copy).collect()
    }

    fn set(&mut self, set: &JsSet, depth: usize) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        set.for_each_native(|item| {
            items.push(item);
            Ok(())
        })
        .map_err(|_| bad("this set"))?;
        self.gas += items.len() as u64 * MEMBER_GAS;
        items
            .iter()
            .map(|item| self.value(item, depth + 1))
            .collect()
    }
}

/// The text of a JS string; `None` where it has half of a surrogate pair. ASCII, which a string
/// mostly is, is copied as a block.
///
/// # Errors
/// Only when the fuel is used up.
pub(crate) fn text_of(text: &JsString, context: &mut Context) -> JsResult<Option<String>> {
    let units = text.as_str();
    if let Some(ascii) = units.as_latin1().filter(|units| units.is_ascii()) {
        context.charge_for(ascii.len(), BYTES_PER_FUEL)?;
        return Ok(String::from_utf8(ascii.to_vec()).ok());
    }
    context.charge_for(text.len(), UNITS_PER_FUEL)?;
    Ok(text.to_std_string().ok())
}

/// Copies a value into the realm. Runs no code of the subcontract.
///
/// # Errors
/// Only when the engine's own limits are reached.
pub(crate) fn into_js(value: &Value, context: &mut Context) -> JsResult<JsValue> {
    context.charge(VALUE_FUEL)?;
    context.nested(NESTING, |context| made(value, context))
}

fn made(value: &Value, context: &mut Context) -> JsResult<JsValue> {
    Ok(match value {
        Value::Undefined => JsValue::undefined(),
        Value::Null => JsValue::null(),
        Value::Bool(value) => JsValue::from(*value),
        Value::Number(value) => number(*value),
        Value::BigInt(value) => JsBigInt::new(value.clone()).into(),
        Value::String(text) => {
            context.charge_for(text.len(), BYTES_PER_FUEL / 2)?;
            JsString::from(text.as_str()).into()
        }
        Value::Bytes(bytes) => JsUint8Array::from_iter(bytes.iter().copied(), context)?.into(),
        Value::Date(ms) => {
            let date = context.intrinsics().constructors().date().constructor();
            date.construct(&[JsValue::from(*ms)], None, context)?.into()
        }
        Value::Array(items) => {
            let items = all_into_js(items, context)?;
            JsArray::from_iter(items, context).into()
        }
        Value::Object(fields) => {
            let object = JsObject::with_object_proto(context.intrinsics());
            for (name, field) in fields {
                let field = into_js(field, context)?;
                object.create_data_property_or_throw(
                    JsString::from(name.as_str()),
                    field,
                    context,
                )?;
            }
            object.into()
        }
        Value::Map(entries) => {
            let map = JsMap::new(context);
            for (key, entry) in entries {
                let (key, entry) = (into_js(key, context)?, into_js(entry, context)?);
                map.set(key, entry, context)?;
            }
            map.into()
        }
        Value::Set(items) => {
            let items = all_into_js(items, context)?;
            JsSet::from_iter(items, context).into()
        }
    })
}

fn all_into_js(items: &[Value], context: &mut Context) -> JsResult<Vec<JsValue>> {
    items.iter().map(|item| into_js(item, context)).collect()
}

/// A number in the engine's shorter form where it has one.
fn number(value: f64) -> JsValue {
    #[expect(clippy::cast_possible_truncation, reason = "checked by the way back")]
    let integer = value as i32;
    if f64::from(integer).to_bits() == value.to_bits() {
        JsValue::from(integer)
    } else {
        JsValue::from(value)
    }
}
