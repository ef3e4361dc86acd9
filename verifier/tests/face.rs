//! `verifyProof` as JS calls it, in Wasm under Node: what the document proves is believed, and
//! nothing beside it.

#![cfg(target_arch = "wasm32")]

use conclave_verifier::{JsClaim, verify_proof};
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// The byte formats, with proofs in their golden blocks.
const DOCUMENT: &str = include_str!("../../docs/spec/state.md");

/// What is claimed, in texts.
#[derive(Clone, Debug)]
struct Golden {
    root: String,
    id: String,
    key: String,
    value: Option<String>,
    proof: String,
}

impl Golden {
    fn js(&self) -> JsValue {
        let value = self.value.as_deref();
        object(&[
            ("root", self.root.as_str().into()),
            ("id", self.id.as_str().into()),
            ("key", self.key.as_str().into()),
            ("value", value.map_or(JsValue::NULL, JsValue::from)),
            ("proof", self.proof.as_str().into()),
        ])
    }

    /// The claim as JS with another field.
    fn with(&self, name: &str, value: JsValue) -> JsValue {
        let claim = self.js();
        set(&claim, name, &value);
        claim
    }
}

/// The proofs of the document whose keys have names, which begin with `01`.
fn golden() -> Vec<Golden> {
    let mut found = Vec::new();
    for block in DOCUMENT.split("```golden proofs ").skip(1) {
        let block = block.split("```").next().unwrap();
        let (_, shown) = block.split_once("=>\n").unwrap();
        let mut lines = shown.lines();
        let root = lines.next().unwrap().to_owned();
        for line in lines {
            let parts: Vec<&str> = line.split(' ').collect();
            let [id, key, value, proof] = parts[..] else {
                panic!("not a proof: {line}");
            };
            let Some(name) = key.strip_prefix("01") else {
                continue;
            };
            found.push(Golden {
                root: root.clone(),
                id: id.to_owned(),
                key: String::from_utf8(hex::decode(name).unwrap()).unwrap(),
                value: (value != "absent").then(|| value.to_owned()),
                proof: proof.to_owned(),
            });
        }
    }
    assert!(found.len() >= 5, "{} proofs", found.len());
    assert!(found.iter().any(|it| it.value.is_none()));
    found
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new().into();
    for (name, value) in fields {
        set(&object, name, value);
    }
    object
}

fn set(object: &JsValue, name: &str, value: &JsValue) {
    assert!(Reflect::set(object, &name.into(), value).unwrap());
}

fn get(object: &JsValue, name: &str) -> String {
    let field = Reflect::get(object, &name.into()).unwrap();
    field.as_string().unwrap_or_else(|| format!("{field:?}"))
}

/// Verifies a claim; gives code and message of what is thrown.
fn shown(claim: &JsValue) -> Result<(), (String, String)> {
    let thrown = verify_proof(claim.unchecked_ref::<JsClaim>());
    thrown.map_err(|error| {
        assert!(error.is_instance_of::<js_sys::Error>());
        (get(&error, "code"), get(&error, "message"))
    })
}

fn check(claim: &JsValue, code: &str, message: &str) {
    let expect = Err((code.to_owned(), message.to_owned()));
    assert_eq!(shown(claim), expect, "{claim:?}");
}

fn check_code(claim: &JsValue, code: &str) {
    let shown = shown(claim).map_err(|(code, _)| code);
    assert_eq!(shown, Err(code.to_owned()), "{claim:?}");
}

/// A field with each text that differs from its own in one bit of the bytes.
fn flips<'a>((name, digits): (&'a str, &str)) -> impl Iterator<Item = (&'a str, String)> {
    let bytes = hex::decode(digits).unwrap();
    (0..bytes.len() * 8).map(move |at| {
        let mut flipped = bytes.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        (name, hex::encode(flipped))
    })
}

#[wasm_bindgen_test]
fn what_the_document_proves_is_believed() {
    for claim in golden() {
        assert_eq!(shown(&claim.js()), Ok(()), "{claim:?}");
    }
}

#[wasm_bindgen_test]
fn no_flipped_bit_is_believed() {
    let mut bits = 0;
    for claim in golden() {
        let value = claim.value.as_deref().unwrap_or_default();
        let fields = [
            ("root", claim.root.as_str()),
            ("proof", &claim.proof),
            ("value", value),
        ];
        for (name, flipped) in fields.into_iter().flat_map(flips) {
            bits += 1;
            check_code(&claim.with(name, flipped.as_str().into()), "E_PROOF");
        }
    }
    assert!(bits > 5_000, "{bits} bits");
}

#[wasm_bindgen_test]
fn a_proof_shows_nothing_of_a_foreign_key_id_value_or_root() {
    for claim in golden().into_iter().filter(|it| it.value.is_some()) {
        let other_root = "00".repeat(32);
        let text = "the proof does not lead to this root";
        check(&claim.with("root", other_root.into()), "E_PROOF", text);
        let text = "the key has another value";
        check(&claim.with("value", "00ff".into()), "E_PROOF", text);
        let text = "the key is there, and its absence was to be proved";
        check(&claim.with("value", JsValue::NULL), "E_PROOF", text);
        for (name, other) in [("key", "other"), ("id", "other@alice.near")] {
            check_code(&claim.with(name, other.into()), "E_PROOF");
        }
    }
    let absent = golden().into_iter().find(|it| it.value.is_none()).unwrap();
    let claimed = absent.with("value", "0101".into());
    check(&claimed, "E_PROOF", "the key is not there");
}

#[wasm_bindgen_test]
fn what_is_no_claim_is_refused_with_the_name_of_the_field() {
    let claim = golden().remove(0);
    let refused = |claim: &JsValue, text: &str| check(claim, "E_BAD_REQUEST", text);
    let text = "the claim is not an object of root, id, key, value and proof";
    for other in [JsValue::UNDEFINED, JsValue::NULL, "root".into()] {
        refused(&other, text);
    }
    let undefined = JsValue::UNDEFINED;
    let text = "value is not a string of hexadecimal digits, or null where there is no such key";
    refused(&claim.with("value", undefined.clone()), text);
    for name in ["root", "proof"] {
        let text = format!("{name} is not a string of hexadecimal digits");
        refused(&claim.with(name, undefined.clone()), &text);
        refused(&claim.with(name, 7.into()), &text);
        let text = format!("{name} is not bytes in lower-case hexadecimal digits");
        refused(&claim.with(name, "0x01".into()), &text);
        refused(&claim.with(name, "AB".into()), &text);
    }
    let text = "root is not 32 bytes in hexadecimal digits";
    refused(&claim.with("root", "01".into()), text);
    for name in ["id", "key"] {
        let text = format!("{name} is not a string of well-formed Unicode");
        refused(&claim.with(name, undefined.clone()), &text);
        let half = js_sys::JsString::from_char_code1(0xd800);
        refused(&claim.with(name, half.into()), &text);
    }
}
