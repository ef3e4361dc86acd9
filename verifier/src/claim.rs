//! What is claimed of an enclave's state, as texts, and why a claim is refused.

use conclave_abi::error::ErrorCode;
use conclave_abi::key;
use conclave_nested_trie::{Hash, ProofError, verify};

/// A claim: under the root, a subcontract's key has the value.
///
/// Bytes are hexadecimal digits as the views give them: lower-case, two for each byte. Another
/// spelling of the same bytes is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The root, which the caller trusts: 32 bytes in digits.
    pub root: &'a str,
    /// The subcontract.
    pub id: &'a str,
    /// The key as the subcontract named it in `storage.set`.
    pub key: &'a str,
    /// The stored bytes in digits; none where it is claimed that there is no such key.
    pub value: Option<&'a str>,
    /// The proof in digits.
    pub proof: &'a str,
}

/// Why a claim is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A field of the claim is not there, or of another kind.
    #[error("{name} is not {expected}")]
    Field {
        /// The field.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The proof does not show what is claimed.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl Refusal {
    /// Returns the stable code of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Field { .. } => ErrorCode::BadRequest.as_str(),
            Self::Proof(error) => error.code(),
        }
    }
}

impl Claim<'_> {
    /// Checks that the proof shows what is claimed.
    ///
    /// # Errors
    /// [`Refusal::Field`]: bytes are not in digits; [`Refusal::Proof`]: the proof does not show it.
    ///
    /// # Cost
    /// As [`conclave_nested_trie::verify`].
    pub fn verify(&self) -> Result<(), Refusal> {
        let root = Hash::try_from(bytes("root", self.root)?);
        let root = root.map_err(|_| Refusal::Field {
            name: "root",
            expected: "32 bytes in hexadecimal digits",
        })?;
        let value = self.value.map(|value| bytes("value", value)).transpose()?;
        let proof = bytes("proof", self.proof)?;
        let key = key::storage(self.key);
        Ok(verify(&root, self.id, &key, value.as_deref(), &proof)?)
    }
}

/// Reads digits in their one form.
fn bytes(name: &'static str, digits: &str) -> Result<Vec<u8>, Refusal> {
    let refusal = Refusal::Field {
        name,
        expected: "bytes in lower-case hexadecimal digits",
    };
    if digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return Err(refusal);
    }
    hex::decode(digits).map_err(|_| refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The root of a state in which nothing is stored, and the proof of any absence under it.
    const NOTHING: Claim<'_> = Claim {
        root: "c9256e97151ca6c0d9f53719bfd16abb5d30158f174d8b116d8574bbe58cbeb0",
        id: "token@alice.near",
        key: "total",
        value: None,
        proof: "01000000",
    };

    fn check(claim: Claim<'_>, expect: Result<(), (&str, &str)>) {
        let shown = claim.verify();
        let shown = shown.map_err(|refusal| (refusal.code(), refusal.to_string()));
        let expect = expect.map_err(|(code, text)| (code, text.to_owned()));
        assert_eq!(shown, expect, "{claim:?}");
    }

    #[test]
    fn a_claim_is_believed_only_with_its_root_and_its_proof() {
        check(NOTHING, Ok(()));
        let root = NOTHING.root.replace('c', "d");
        let foreign = Claim {
            root: &root,
            ..NOTHING
        };
        check(
            foreign,
            Err(("E_PROOF", "the proof does not lead to this root")),
        );
        let present = Claim {
            value: Some("0101"),
            ..NOTHING
        };
        check(present, Err(("E_PROOF", "the key is not there")));
        let cut = Claim {
            proof: "010000",
            ..NOTHING
        };
        let text = "the proof can't be read: the record is cut off";
        check(cut, Err(("E_PROOF", text)));
    }

    #[test]
    fn bytes_have_one_spelling() {
        let refused = |claim, text| check(claim, Err(("E_BAD_REQUEST", text)));
        let root = NOTHING.root.to_uppercase();
        let text = "root is not bytes in lower-case hexadecimal digits";
        refused(
            Claim {
                root: &root,
                ..NOTHING
            },
            text,
        );
        let text = "root is not 32 bytes in hexadecimal digits";
        refused(
            Claim {
                root: "c9",
                ..NOTHING
            },
            text,
        );
        let text = "proof is not bytes in lower-case hexadecimal digits";
        for proof in ["0x01000000", "0100000", "AA", "01 00"] {
            refused(Claim { proof, ..NOTHING }, text);
        }
        let text = "value is not bytes in lower-case hexadecimal digits";
        refused(
            Claim {
                value: Some("null"),
                ..NOTHING
            },
            text,
        );
    }
}
