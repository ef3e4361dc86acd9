//! A claim about an enclave's state, with the proof that goes along: `state proof` makes it,
//! `state verify` and `verifyProof` in JS take it.
//!
//! Texts go in, the entry that is proven comes out. It guards that nothing is shown that
//! `nested-trie` did not verify; it knows neither chain nor enclave, so whether a root is to be
//! trusted is its caller's to decide.

use conclave_abi::key;
use conclave_nested_trie::{Hash, verify};
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::failure::{Exit, Failed};
use crate::state::Entry;

/// Under a root, a subcontract's key has a value, or there is no such key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The subcontract.
    pub id: String,
    /// The key, as the subcontract wrote it.
    pub key: String,
    /// The hash of everything that the enclave stores, in hex.
    pub root: String,
    /// The stored bytes, in hex; none where it is claimed that there is no such key.
    pub value: Option<String>,
    /// What shows it, in hex.
    pub proof: String,
}

impl Claim {
    /// Reads a claim from JSON.
    ///
    /// # Errors
    /// [`Failed`] with `E_ARGS`.
    pub fn from_json(text: &[u8]) -> Result<Self, Failed> {
        serde_json::from_slice(text).map_err(|error| unreadable(&error.to_string()))
    }

    /// Checks the claim under a root that the caller trusts, or else under its own. Returns the
    /// entry that is there, none where there is no such key.
    ///
    /// # Errors
    /// [`Failed`]: `E_PROOF` where the proof does not show it, `E_ARGS` where bytes are not in hex.
    pub fn check(&self, trusted: Option<&Hash>) -> Result<Option<Entry>, Failed> {
        let own = parse_root(&self.root).map_err(|error| unreadable(&format!("root: {error}")))?;
        let root = trusted.unwrap_or(&own);
        let value = self.value.as_deref();
        let value = value.map(|digits| bytes("value", digits)).transpose()?;
        let proof = bytes("proof", &self.proof)?;
        let key = key::storage(&self.key);
        verify(root, &self.id, &key, value.as_deref(), &proof).map_err(|error| {
            let failed = Failed::new(Exit::Rejected, error.code(), error.to_string());
            match trusted.filter(|trusted| **trusted != own) {
                Some(_) => failed.hint(format!("the claim is about another root: {}", self.root)),
                None => failed.hint("do not believe who sent it"),
            }
        })?;
        Ok(value.map(|bytes| Entry::read(&key, &bytes)))
    }
}

/// Reads a root: 32 bytes in lower-case hex, as the views give them.
///
/// # Errors
/// What it should be.
pub fn parse_root(digits: &str) -> Result<Hash, String> {
    let bytes = parse_hex(digits).and_then(|bytes| Hash::try_from(bytes).ok());
    bytes.ok_or_else(|| "not 64 lower-case hexadecimal digits".to_owned())
}

/// Another spelling of the same bytes is refused, as `verifyProof` refuses it.
fn parse_hex(digits: &str) -> Option<Vec<u8>> {
    let is_upper = digits.bytes().any(|digit| digit.is_ascii_uppercase());
    hex::decode(digits).ok().filter(|_| !is_upper)
}

fn bytes(name: &str, digits: &str) -> Result<Vec<u8>, Failed> {
    let not_hex = || unreadable(&format!("{name}: not lower-case hexadecimal digits"));
    parse_hex(digits).ok_or_else(not_hex)
}

fn unreadable(why: &str) -> Failed {
    Failed::own(Code::Args, format!("this is not a claim: {why}"))
        .hint("make one with: conclave state proof ID KEY --out FILE")
}

#[cfg(test)]
mod tests {
    use super::{Claim, parse_root};
    use crate::failure::Exit;

    /// That nothing is there where nothing is stored.
    const NOTHING: &str = r#"{"id":"a@b.near","key":"k","value":null,"proof":"01000000",
        "root":"c9256e97151ca6c0d9f53719bfd16abb5d30158f174d8b116d8574bbe58cbeb0"}"#;

    fn check(text: &str, trusted: Option<&str>, expect: Option<(Exit, &str)>) {
        let trusted = trusted.map(|digits| parse_root(digits).unwrap());
        let checked = Claim::from_json(text.as_bytes());
        let checked = checked.and_then(|claim| claim.check(trusted.as_ref()));
        let failed = checked.err();
        let failed = failed.as_ref().map(|it| (it.exit, it.code.as_str()));
        assert_eq!(failed, expect, "{text}");
    }

    #[test]
    fn a_claim_is_believed_only_with_its_root_and_its_proof() {
        let refused = Some((Exit::Rejected, "E_PROOF"));
        check(NOTHING, None, None);
        check(&NOTHING.replace("null", "\"0101\""), None, refused);
        check(&NOTHING.replace("01000000", "010000"), None, refused);
        check(&NOTHING.replace("c9256e", "c9256f"), None, refused);
        check(NOTHING, Some(&"0".repeat(64)), refused);
    }

    #[test]
    fn what_is_not_a_claim_is_a_wrong_argument() {
        let refused = Some((Exit::Usage, "E_ARGS"));
        check("", None, refused);
        check(&NOTHING.replace("\"id\"", "\"name\""), None, refused);
        check(&NOTHING.replace("c9256e", "C9256E"), None, refused);
        check(&NOTHING.replace("c9256e", "c9256"), None, refused);
        check(&NOTHING.replace("01000000", "0x01"), None, refused);
        check(&NOTHING.replace("null", "\"7\""), None, refused);
    }
}
