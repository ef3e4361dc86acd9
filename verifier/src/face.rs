//! What JS sees: `verifyProof`, its argument, the error that it throws.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::claim::{Claim, Refusal};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r"
/** What is claimed of an enclave's state. Bytes are lower-case hexadecimal digits, as the views give them. */
export interface Claim {
  /** The root, from where you trust it: never from the answer that brings the proof. */
  root: string
  /** The subcontract, e.g. `token@alice.near`. */
  id: string
  /** The key as the subcontract named it in `storage.set`. */
  key: string
  /** The stored bytes, or null to claim that there is no such key or no such subcontract. */
  value: string | null
  /** What the view `proof` gave. */
  proof: string
}

/** What `verifyProof` throws: `E_PROOF` where the claim is not shown, `E_BAD_REQUEST` where it can't be read. */
export interface ClaimError extends Error {
  code: 'E_PROOF' | 'E_BAD_REQUEST'
}
";

#[wasm_bindgen]
extern "C" {
    /// A claim as JS hands it over: nothing is known of it yet.
    #[wasm_bindgen(typescript_type = "Claim")]
    pub type JsClaim;

    #[wasm_bindgen(method, getter, catch)]
    fn root(this: &JsClaim) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn id(this: &JsClaim) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn key(this: &JsClaim) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn value(this: &JsClaim) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn proof(this: &JsClaim) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = Error)]
    type ClaimError;

    #[wasm_bindgen(constructor, js_class = "Error")]
    fn new(message: &str) -> ClaimError;
    #[wasm_bindgen(method, setter, js_class = "Error")]
    fn set_code(this: &ClaimError, code: &str);
}

/// Returns where the proof shows what is claimed: that under the root the key has the value, or,
/// with null for the value, that there is none. Throws a `ClaimError` otherwise.
///
/// # Errors
/// An `Error` whose `code` is `E_PROOF` or `E_BAD_REQUEST`; what a getter of the claim throws, as
/// it is.
#[wasm_bindgen(js_name = verifyProof)]
pub fn verify_proof(claim: &JsClaim) -> Result<(), JsValue> {
    let given: &JsValue = claim.as_ref();
    if !given.is_object() {
        return Err(thrown(Refusal::Field {
            name: "the claim",
            expected: "an object of root, id, key, value and proof",
        }));
    }
    let value = claim.value()?;
    let value = match value.is_null() {
        true => None,
        false => Some(text(
            "value",
            "a string of hexadecimal digits, or null where there is no such key",
            &value,
        )?),
    };
    let claim = Claim {
        root: &text("root", DIGITS, &claim.root()?)?,
        id: &text("id", TEXT, &claim.id()?)?,
        key: &text("key", TEXT, &claim.key()?)?,
        value: value.as_deref(),
        proof: &text("proof", DIGITS, &claim.proof()?)?,
    };
    claim.verify().map_err(thrown)
}

const DIGITS: &str = "a string of hexadecimal digits";
const TEXT: &str = "a string of well-formed Unicode";

/// Reads a string that is the same on the way back: half of a surrogate pair would become another
/// character, and so another key.
fn text(name: &'static str, expected: &'static str, given: &JsValue) -> Result<String, JsValue> {
    let text = given.as_string();
    let text = text.filter(|text| JsValue::from_str(text) == *given);
    text.ok_or_else(|| thrown(Refusal::Field { name, expected }))
}

fn thrown(refusal: Refusal) -> JsValue {
    let error = ClaimError::new(&refusal.to_string());
    error.set_code(refusal.code());
    error.into()
}
