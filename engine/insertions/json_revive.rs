//! Shows the values of a parsed JSON text to a reviver, from the innermost to the outermost.

use super::{LEVEL, parse::JsonNode};
use crate::{
    Context, JsResult, JsString, JsValue, js_string,
    object::{JsObject, internal_methods::InternalMethodPropertyContext},
    property::{PropertyKey, PropertyNameKind},
};

/// `InternalizeJSONProperty`: what the reviver makes of a holder's property.
pub(super) fn revive(
    holder: &JsObject,
    name: JsString,
    reviver: &JsObject,
    source: Option<&JsonNode>,
    context: &mut Context,
) -> JsResult<JsValue> {
    let value = holder.get(name.clone(), context)?;
    if let Some(object) = value.as_object() {
        context.nested(LEVEL, |context| inside(&object, reviver, source, context))?;
    }
    let seen = JsObject::with_object_proto(context.intrinsics());
    if let Some(JsonNode::Primitive(text, parsed)) = source {
        context.charge_comparison(parsed, &value)?;
        if JsValue::same_value(parsed, &value) {
            seen.create_data_property_or_throw(js_string!("source"), text.clone(), context)?;
        }
    }
    let arguments = [name.into(), value, seen.into()];
    reviver.call(&holder.clone().into(), &arguments, context)
}

/// Revives the properties of an object.
fn inside(
    object: &JsObject,
    reviver: &JsObject,
    source: Option<&JsonNode>,
    context: &mut Context,
) -> JsResult<()> {
    if object.is_array_abstract()? {
        let length = object.length_of_array_like(context)?;
        for index in 0..length {
            let source = match source {
                Some(JsonNode::Array(elements)) => elements.get(index as usize),
                _ => None,
            };
            one(object, index.into(), reviver, source, context)?;
        }
        return Ok(());
    }
    for name in object.enumerable_own_property_names(PropertyNameKind::Key, context)? {
        let name = name.to_string(context)?;
        let source = match source {
            Some(JsonNode::Object(properties)) => properties.get(&name),
            _ => None,
        };
        one(object, name, reviver, source, context)?;
    }
    Ok(())
}

/// Revives one property of an object.
fn one(
    object: &JsObject,
    name: JsString,
    reviver: &JsObject,
    source: Option<&JsonNode>,
    context: &mut Context,
) -> JsResult<()> {
    let value = revive(object, name.clone(), reviver, source, context)?;
    let key = PropertyKey::from(name);
    if value.is_undefined() {
        object.__delete__(&key, &mut InternalMethodPropertyContext::new(context))?;
    } else {
        object.create_data_property(key, value, context)?;
    }
    Ok(())
}
