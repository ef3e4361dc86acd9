//! Freezes the realm at build time, and takes out of it what the table of permits doesn't know.
//!
//! In: the context that `prepare` made, the host's own objects. Out: a realm in which nothing that
//! a subcontract can reach can be changed. Guards invariant 6: what one frame leaves behind in an
//! object of the realm would be read by the next one (docs/adr/0052).
//!
//! Only the initialiser gets here: the code is dropped from the contract, and the table's bytes
//! are zeroed once they are read, so that the snapshot doesn't hold them (docs/adr/0008).

use crate::permits::{HIDDEN, PERMITS};
use boa_engine::object::IntegrityLevel;
use boa_engine::property::{PropertyDescriptor, PropertyKey};
use boa_engine::symbol::JsSymbol;
use boa_engine::{Context, JsNativeError, JsObject, JsResult, JsString, JsValue, Source};
use std::sync::Mutex;

#[cfg(test)]
mod tests;

/// The bytes that are read once and then zeroed: first [`HIDDEN`], then [`PERMITS`].
static TEXT: Mutex<([u8; HIDDEN.len()], [u8; PERMITS.len()])> =
    Mutex::new((bytes_of(HIDDEN), bytes_of(PERMITS)));

const fn bytes_of<const N: usize>(text: &str) -> [u8; N] {
    *text
        .as_bytes()
        .first_chunk()
        .expect("invariant: N is the text's length")
}

/// Names of own properties that every function has; they are permitted without a word.
const OF_EVERY_FUNCTION: [&str; 2] = ["length", "name"];

/// An object of the realm, under the first path that led to it.
struct Reached {
    path: String,
    object: JsObject,
    /// The properties that were not followed.
    refused: Vec<PropertyKey>,
}

/// Freezes all that is reachable from the global object, from what no property leads to, and from
/// `parts`; what the table doesn't permit is deleted before.
///
/// # Errors
/// If something that is not permitted can't be deleted, or something can't be frozen.
pub(crate) fn harden(parts: &[JsObject], context: &mut Context) -> JsResult<()> {
    let (hidden, permits) = take_text();
    let roots = roots(&hidden, context)?;
    let permits = Permits(&permits);
    let knows = |path: &str, object: &JsObject, entry: &str| permits.knows(path, object, entry);
    for of in walk(roots.clone(), &knows, context)? {
        for key in of.refused {
            of.object.delete_property_or_throw(key, context)?;
        }
    }
    let parts = parts.iter().map(|part| ("part".to_owned(), part.clone()));
    for reached in walk(
        roots.into_iter().chain(parts).collect(),
        &everything,
        context,
    )? {
        if !(reached.object).set_integrity_level(IntegrityLevel::Frozen, context)? {
            return Err(JsNativeError::typ()
                .with_message(format!("{} can't be frozen", reached.path))
                .into());
        }
        // Heirs may still have properties of the same names: ordinary code does.
        reached.object.harden();
    }
    Ok(())
}

/// The two texts. In the contract they are zeroed: the snapshot stores every byte that is not.
fn take_text() -> (String, String) {
    #[cfg_attr(
        not(target_arch = "wasm32"),
        expect(unused_mut, reason = "zeroed only there")
    )]
    let mut text = TEXT.lock().expect("invariant: nothing panics with it");
    let string = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec()).expect("invariant: it was made from a string")
    };
    let taken = (string(&text.0), string(&text.1));
    #[cfg(target_arch = "wasm32")]
    {
        text.0.fill(0);
        text.1.fill(0);
    }
    taken
}

/// The global object, which has the empty name, and what no property leads to.
fn roots(hidden: &str, context: &mut Context) -> JsResult<Vec<(String, JsObject)>> {
    let found = context.eval(Source::from_bytes(hidden))?;
    let found = found
        .as_object()
        .ok_or_else(|| JsNativeError::typ().with_message("no roots"))?;
    let mut roots = vec![(String::new(), context.global_object())];
    for key in found.own_property_keys(context)? {
        let root = found.get(key.clone(), context)?.as_object();
        let root = root.ok_or_else(|| JsNativeError::typ().with_message("a root is no object"))?;
        roots.push((text_of(&key), root));
    }
    Ok(roots)
}

/// Whether an entry of an object is followed; it has the object's path too.
type Follows<'a> = &'a dyn Fn(&str, &JsObject, &str) -> bool;

fn everything(_: &str, _: &JsObject, _: &str) -> bool {
    true
}

/// All objects that followed properties and prototypes lead to, each once, nearest first.
fn walk(
    roots: Vec<(String, JsObject)>,
    follows: Follows<'_>,
    context: &mut Context,
) -> JsResult<Vec<Reached>> {
    let mut found = roots;
    let mut reached = Vec::new();
    while let Some((path, object)) = found.get(reached.len()).cloned() {
        let mut refused = Vec::new();
        for key in object.own_property_keys(context)? {
            let descriptor = object.borrow().properties().get(&key);
            if let Some(descriptor) = descriptor {
                let name = text_of(&key);
                let entry = format!("{name}{}", mark(&descriptor));
                if follows(&path, &object, &entry) {
                    lead(&mut found, &format!("{path}.{name}"), &descriptor);
                } else {
                    refused.push(key);
                }
            }
        }
        if let Some(prototype) = object.prototype() {
            add(&mut found, format!("{path}.^"), prototype);
        }
        reached.push(Reached {
            path,
            object,
            refused,
        });
    }
    Ok(reached)
}

/// Adds the objects that a property leads to.
fn lead(found: &mut Vec<(String, JsObject)>, to: &str, descriptor: &PropertyDescriptor) {
    let to = to.trim_start_matches('.');
    for (part, value) in [
        ("", descriptor.value()),
        (".get", descriptor.get()),
        (".set", descriptor.set()),
    ] {
        if let Some(object) = value.and_then(JsValue::as_object) {
            add(found, format!("{to}{part}"), object);
        }
    }
}

fn add(found: &mut Vec<(String, JsObject)>, path: String, object: JsObject) {
    let is_known = |(_, known): &(String, JsObject)| JsObject::equals(known, &object);
    if !found.iter().any(is_known) {
        found.push((path, object));
    }
}

/// How the table marks a kind: nothing for a function, `*` for another object, `=` for a value
/// that is no object, `@` for an accessor.
fn mark(descriptor: &PropertyDescriptor) -> &'static str {
    if descriptor.is_accessor_descriptor() {
        return "@";
    }
    match descriptor.value().and_then(JsValue::as_object) {
        Some(object) if object.is_callable() => "",
        Some(_) => "*",
        None => "=",
    }
}

/// A key as it stands in the table; a symbol's is `@@` and its description's last word.
fn text_of(key: &PropertyKey) -> String {
    let lossy = JsString::to_std_string_lossy;
    match key {
        PropertyKey::String(name) => lossy(name),
        PropertyKey::Index(index) => index.get().to_string(),
        PropertyKey::Symbol(symbol) => {
            let name = JsSymbol::description(symbol).map_or_else(String::new, |name| lossy(&name));
            format!("@@{}", name.rsplit('.').next().unwrap_or_default())
        }
    }
}

/// The table of what is permitted. It is read where it stands: what is allocated here and freed
/// leaves traces in the snapshot.
struct Permits<'a>(&'a str);

impl<'a> Permits<'a> {
    /// Whether the object at a path may have a property.
    fn knows(&self, path: &str, object: &JsObject, entry: &str) -> bool {
        let is_common = || {
            let name = entry.strip_suffix('=');
            name.is_some_and(|name| OF_EVERY_FUNCTION.contains(&name)) && object.is_callable()
        };
        self.pairs().any(|pair| pair == (path, entry)) || is_common()
    }

    /// What the table permits, as pairs of a path and an entry. A line is an object's path, a
    /// colon, and its entries; a line that begins with a space goes on with the object before it.
    fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut path = "";
        self.0.lines().flat_map(move |line| {
            let entries = match line.split_once(": ") {
                Some((next, entries)) => {
                    path = next;
                    entries
                }
                None => line,
            };
            let of = path;
            entries.split_whitespace().map(move |entry| (of, entry))
        })
    }
}
