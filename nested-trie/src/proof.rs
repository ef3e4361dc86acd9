//! Proofs: that under a root a key of a subcontract has a value, or that there is none.
//!
//! A proof is the way down two tries, the hash of what hangs on the other side told at each branch.
//! The bits of the key that is asked for say which side is which, so no proof fits another key.
//! Where they lead to another key, the key that was asked for is not there: it could be nowhere
//! else. [`verify`] needs the root alone, and no store.

use alloc::vec::Vec;

use crate::bytes::{Reader, put_number, put_sized};
use crate::error::Fault;
use crate::hash::{self, Hash, NOTHING};
use crate::prefix::bit;

/// Version of the encoding.
const VERSION: u8 = 1;

/// Where the way down ends: there is nothing at all, another key, or the key that was asked for.
const END_NOTHING: u8 = 0;
const END_OTHER: u8 = 1;
const END_FOUND: u8 = 2;

/// A branch on the way down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) position: u32,
    /// The hash of the side that is not taken.
    pub(crate) sibling: Hash,
}

/// The entry at which the way ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) key: Vec<u8>,
    /// Hash of its value.
    pub(crate) value: Hash,
}

/// The way down one trie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    /// From the top down.
    pub(crate) steps: Vec<Step>,
    /// None where the trie has no keys.
    pub(crate) stop: Option<Stop>,
}

/// A subcontract that a proof leads through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Through {
    pub(crate) payload: Vec<u8>,
    pub(crate) keys: Path,
}

/// A proof before it is encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) payload: Vec<u8>,
    pub(crate) subcontracts: Path,
    /// None where there is no such subcontract.
    pub(crate) through: Option<Through>,
}

/// Why a proof is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The bytes are no proof of a version that is known.
    #[error("the proof can't be read: {0}")]
    Form(#[from] Fault),
    /// The proof leads to another root.
    #[error("the proof does not lead to this root")]
    Root,
    /// The proof shows that the key is there.
    #[error("the key is there, and its absence was to be proved")]
    Present,
    /// The proof shows that the key, or its subcontract, is not there.
    #[error("the key is not there")]
    Absent,
    /// The key has another value.
    #[error("the key has another value")]
    Value,
}

impl ProofError {
    /// Returns the stable code of the error.
    pub const fn code(&self) -> &'static str {
        "E_PROOF"
    }
}

/// Checks that under a root a key of a subcontract has a value, or, without a value, that it or
/// the subcontract is not there.
///
/// # Errors
/// [`ProofError`]: the proof does not show it.
///
/// # Cost
/// Two sha256 for each key in the trie's logarithm; the proof has about 34 bytes for each.
///
/// # Source
/// The format is in `docs/spec/state.md`, "Proofs".
pub fn verify(
    root: &Hash,
    id: &str,
    key: &[u8],
    value: Option<&[u8]>,
    proof: &[u8],
) -> Result<(), ProofError> {
    let Proof {
        payload,
        subcontracts,
        through,
    } = Proof::decode(proof, id.as_bytes(), key)?;
    let keys = through.as_ref().map(|through| through.keys.hash(key));
    let account = through.as_ref().zip(keys.transpose()?);
    let mut subcontracts = subcontracts;
    if let (Some((through, keys)), Some(stop)) = (account, &mut subcontracts.stop) {
        stop.value = hash::of_account(&through.payload, &keys);
    }
    if hash::of_root(&payload, &subcontracts.hash(id.as_bytes())?) != *root {
        return Err(ProofError::Root);
    }
    let stop = through
        .as_ref()
        .and_then(|through| through.keys.stop.as_ref());
    let shown = stop.filter(|stop| stop.key == key).map(|stop| stop.value);
    match (shown, value) {
        (Some(shown), Some(value)) if shown == hash::of_value(value) => Ok(()),
        (None, None) => Ok(()),
        (Some(_), Some(_)) => Err(ProofError::Value),
        (Some(_), None) => Err(ProofError::Present),
        (None, Some(_)) => Err(ProofError::Absent),
    }
}

impl Path {
    /// Returns the hash of the trie in which the bits of a key lead this way.
    fn hash(&self, key: &[u8]) -> Result<Hash, Fault> {
        let Some(stop) = &self.stop else {
            return match self.steps.as_slice() {
                [] => Ok(NOTHING),
                _ => Err(Fault::Excess),
            };
        };
        if !self
            .steps
            .is_sorted_by(|above, below| above.position < below.position)
        {
            return Err(Fault::Order);
        }
        let end = hash::of_entry(&stop.key, &stop.value);
        let up = self.steps.iter().rev();
        Ok(up.fold(end, |below, step| {
            if bit(key, step.position) {
                hash::of_branch(step.position, &step.sibling, &below)
            } else {
                hash::of_branch(step.position, &below, &step.sibling)
            }
        }))
    }

    /// Tells whether the way ends at a key.
    fn is_found(&self, key: &[u8]) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.key == key)
    }

    fn encode(&self, out: &mut Vec<u8>, key: &[u8], has_value: bool) {
        put_number(out, self.steps.len() as u64);
        for step in &self.steps {
            put_number(out, u64::from(step.position));
            out.extend_from_slice(&step.sibling);
        }
        match &self.stop {
            None => out.push(END_NOTHING),
            Some(stop) if stop.key == key => {
                out.push(END_FOUND);
                if has_value {
                    out.extend_from_slice(&stop.value);
                }
            }
            Some(stop) => {
                out.push(END_OTHER);
                put_sized(out, &stop.key);
                out.extend_from_slice(&stop.value);
            }
        }
    }

    fn decode(
        bytes: &[u8],
        reader: &mut Reader<'_>,
        key: &[u8],
        has_value: bool,
    ) -> Result<Self, Fault> {
        let mut steps = Vec::new();
        for _ in 0..reader.number()? {
            let position = u32::try_from(reader.number()?).map_err(|_| Fault::Number)?;
            let sibling = read_hash(bytes, reader)?;
            steps.push(Step { position, sibling });
        }
        let stop = match reader.byte()? {
            END_NOTHING => None,
            END_OTHER => {
                let other = reader.sized()?.of(bytes).to_vec();
                if other == key {
                    return Err(Fault::Contradiction);
                }
                Some(Stop {
                    key: other,
                    value: read_hash(bytes, reader)?,
                })
            }
            END_FOUND => Some(Stop {
                key: key.to_vec(),
                value: if has_value {
                    read_hash(bytes, reader)?
                } else {
                    NOTHING
                },
            }),
            _ => return Err(Fault::Key),
        };
        Ok(Self { steps, stop })
    }
}

fn read_hash(bytes: &[u8], reader: &mut Reader<'_>) -> Result<Hash, Fault> {
    let span = reader.span(NOTHING.len() as u64)?;
    span.of(bytes).try_into().map_err(|_| Fault::Truncated)
}

impl Proof {
    /// Returns the bytes of the proof for a key of a subcontract.
    pub(crate) fn encode(&self, id: &[u8], key: &[u8]) -> Vec<u8> {
        let mut out = Vec::from([VERSION]);
        put_sized(&mut out, &self.payload);
        self.subcontracts.encode(&mut out, id, false);
        if let Some(through) = &self.through {
            put_sized(&mut out, &through.payload);
            through.keys.encode(&mut out, key, true);
        }
        out
    }

    fn decode(bytes: &[u8], id: &[u8], key: &[u8]) -> Result<Self, Fault> {
        let mut reader = Reader::at(bytes, 0);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(Fault::Version { got: version });
        }
        let payload = reader.sized()?.of(bytes).to_vec();
        let subcontracts = Path::decode(bytes, &mut reader, id, false)?;
        let through = if subcontracts.is_found(id) {
            Some(Through {
                payload: reader.sized()?.of(bytes).to_vec(),
                keys: Path::decode(bytes, &mut reader, key, true)?,
            })
        } else {
            None
        };
        if !reader.is_at_end() {
            return Err(Fault::Excess);
        }
        Ok(Self {
            payload,
            subcontracts,
            through,
        })
    }
}
