//! What goes to and from the loader, the small contract that receives a large one in chunks.
//!
//! Pure functions over bytes, shared by the contract, the local chain and the command line:
//! the plan of an upload, the binary message of one chunk, the keys and records in storage.
//! The byte formats are those of `docs/spec/loader.md`. It knows no chain and hashes nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most bytes that the loader deploys.
///
/// The deploying receipt reads every chunk, and what a receipt may read is bounded by
/// `per_receipt_storage_proof_size_limit` (4,000,000 bytes); the rest is for keys and trie nodes.
pub const CONTRACT_BYTES_MAX: u32 = 3_900_000;

/// The most bytes in one chunk: `max_transaction_size` (1,572,864 bytes) less what surrounds it.
pub const CHUNK_BYTES_MAX: u32 = 1_500_000;

/// The most chunks of one upload, so that a look at all of them costs under 5 Tgas.
pub const CHUNKS_MAX: u32 = 64;

/// Bytes before the chunk in a `put` message: version, hash of the whole, offset.
pub const CHUNK_HEADER_BYTES: usize = 37;

/// Bytes of the plan's record.
pub const PLAN_RECORD_BYTES: usize = 41;

/// The storage key of the plan.
pub const PLAN_KEY: [u8; 1] = *b"L";

/// The version of the `put` message.
pub const MESSAGE_VERSION: u8 = 1;

/// The version of both stored records.
pub const RECORD_VERSION: u8 = 1;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// What is uploaded and how it is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The hash of the whole contract.
    pub sha256: Hash,
    /// The length of the whole contract in bytes.
    pub bytes: u32,
    /// The length in bytes of every chunk but the last, which may be shorter.
    pub chunk_bytes: u32,
}

/// A plan that can't be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The contract is empty or too large.
    #[error("a contract has 1 to {limit} bytes, not {got}")]
    Bytes {
        /// The bytes asked for.
        got: u32,
        /// The most there can be.
        limit: u32,
    },
    /// The chunks are empty or too large.
    #[error("a chunk has 1 to {limit} bytes, not {got}")]
    ChunkBytes {
        /// The bytes asked for.
        got: u32,
        /// The most there can be.
        limit: u32,
    },
    /// There would be too many chunks.
    #[error("an upload has at most {limit} chunks, not {got}")]
    Chunks {
        /// The chunks that the plan gives.
        got: u32,
        /// The most there can be.
        limit: u32,
    },
}

/// A chunk that has no place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The chunk begins between two places, so that it would overlap others.
    #[error("offset {offset} isn't a multiple of the chunk size {chunk_bytes}")]
    Between {
        /// Where the chunk begins.
        offset: u32,
        /// The plan's chunk size in bytes.
        chunk_bytes: u32,
    },
    /// The chunk begins behind the end.
    #[error("offset {offset} is behind the end of {bytes} bytes")]
    Behind {
        /// Where the chunk begins.
        offset: u32,
        /// The length of the whole in bytes.
        bytes: u32,
    },
    /// The chunk is shorter or longer than its place.
    #[error("the chunk at offset {offset} has {want} bytes, not {got}")]
    Length {
        /// Where the chunk begins.
        offset: u32,
        /// The bytes that the place has.
        want: u32,
        /// The bytes that came.
        got: u64,
    },
}

/// Bytes that are no message or record of the loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The bytes end before the format does.
    #[error("{got} bytes are too few: at least {want} are needed")]
    Short {
        /// The least number of bytes.
        want: usize,
        /// The bytes that came.
        got: usize,
    },
    /// The first byte names a version that is not known.
    #[error("version {got} is not known")]
    Version {
        /// The first byte.
        got: u8,
    },
}

impl Plan {
    /// Checks the plan against the loader's limits.
    ///
    /// # Errors
    /// [`PlanError`] for an empty or oversize contract or chunk, or too many chunks.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.bytes == 0 || self.bytes > CONTRACT_BYTES_MAX {
            return Err(PlanError::Bytes {
                got: self.bytes,
                limit: CONTRACT_BYTES_MAX,
            });
        }
        if self.chunk_bytes == 0 || self.chunk_bytes > CHUNK_BYTES_MAX {
            return Err(PlanError::ChunkBytes {
                got: self.chunk_bytes,
                limit: CHUNK_BYTES_MAX,
            });
        }
        let got = self.chunk_count();
        if got > CHUNKS_MAX {
            return Err(PlanError::Chunks {
                got,
                limit: CHUNKS_MAX,
            });
        }
        Ok(())
    }

    /// The number of chunks; 0 for a chunk size of 0, which [`Plan::check`] refuses.
    #[must_use]
    pub fn chunk_count(&self) -> u32 {
        if self.chunk_bytes == 0 {
            0
        } else {
            self.bytes.div_ceil(self.chunk_bytes)
        }
    }

    /// The offset of the chunk at `index`, and its length, both in bytes.
    #[must_use]
    pub fn place(&self, index: u32) -> (u32, u32) {
        let offset = index.saturating_mul(self.chunk_bytes).min(self.bytes);
        (offset, self.chunk_bytes.min(self.bytes - offset))
    }

    /// The index of a chunk of `chunk_len` bytes at `offset`.
    ///
    /// # Errors
    /// [`PlaceError`] when the chunk does not exactly fill one place of the plan.
    pub fn index_of(&self, offset: u32, chunk_len: usize) -> Result<u32, PlaceError> {
        if self.chunk_bytes == 0 || !offset.is_multiple_of(self.chunk_bytes) {
            return Err(PlaceError::Between {
                offset,
                chunk_bytes: self.chunk_bytes,
            });
        }
        if offset >= self.bytes {
            return Err(PlaceError::Behind {
                offset,
                bytes: self.bytes,
            });
        }
        let index = offset / self.chunk_bytes;
        let (_, want) = self.place(index);
        let got = chunk_len as u64;
        if got != u64::from(want) {
            return Err(PlaceError::Length { offset, want, got });
        }
        Ok(index)
    }

    /// The record under [`PLAN_KEY`].
    #[must_use]
    pub fn encode(&self) -> [u8; PLAN_RECORD_BYTES] {
        let mut record = [0; PLAN_RECORD_BYTES];
        record[0] = RECORD_VERSION;
        record[1..33].copy_from_slice(&self.sha256);
        record[33..37].copy_from_slice(&self.bytes.to_be_bytes());
        record[37..41].copy_from_slice(&self.chunk_bytes.to_be_bytes());
        record
    }

    /// Reads the record under [`PLAN_KEY`].
    ///
    /// # Errors
    /// [`FormatError`] for a wrong length or an unknown version.
    pub fn decode(record: &[u8]) -> Result<Self, FormatError> {
        let short = FormatError::Short {
            want: PLAN_RECORD_BYTES,
            got: record.len(),
        };
        let record: &[u8; PLAN_RECORD_BYTES] = record.try_into().map_err(|_| short)?;
        if record[0] != RECORD_VERSION {
            return Err(FormatError::Version { got: record[0] });
        }
        Ok(Self {
            sha256: hash_at(record, 1),
            bytes: number_at(record, 33),
            chunk_bytes: number_at(record, 37),
        })
    }
}

/// One chunk on its way to the loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkMessage<'a> {
    /// The hash of the whole that the chunk belongs to.
    pub sha256: Hash,
    /// Where the chunk begins in the whole, in bytes.
    pub offset: u32,
    /// The bytes of the chunk.
    pub chunk: &'a [u8],
}

impl<'a> ChunkMessage<'a> {
    /// The input of `put`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut message = Vec::with_capacity(CHUNK_HEADER_BYTES + self.chunk.len());
        message.push(MESSAGE_VERSION);
        message.extend_from_slice(&self.sha256);
        message.extend_from_slice(&self.offset.to_be_bytes());
        message.extend_from_slice(self.chunk);
        message
    }

    /// Reads the input of `put`.
    ///
    /// # Errors
    /// [`FormatError`] for a header that is too short or an unknown version.
    pub fn decode(message: &'a [u8]) -> Result<Self, FormatError> {
        let got = message.len();
        let short = FormatError::Short {
            want: CHUNK_HEADER_BYTES,
            got,
        };
        let (header, chunk) = message
            .split_first_chunk::<CHUNK_HEADER_BYTES>()
            .ok_or(short)?;
        if header[0] != MESSAGE_VERSION {
            return Err(FormatError::Version { got: header[0] });
        }
        Ok(Self {
            sha256: hash_at(header, 1),
            offset: number_at(header, 33),
            chunk,
        })
    }
}

/// The storage key of the chunk at `index`.
#[must_use]
pub fn chunk_key(index: u32) -> [u8; 5] {
    let [a, b, c, d] = index.to_be_bytes();
    [PLAN_KEY[0], a, b, c, d]
}

/// The record of one chunk.
#[must_use]
pub fn encode_chunk_record(chunk: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(1 + chunk.len());
    record.push(RECORD_VERSION);
    record.extend_from_slice(chunk);
    record
}

/// Reads the record of one chunk.
///
/// # Errors
/// [`FormatError`] for an empty record or an unknown version.
pub fn decode_chunk_record(record: &[u8]) -> Result<&[u8], FormatError> {
    let short = FormatError::Short { want: 1, got: 0 };
    let (version, chunk) = record.split_first().ok_or(short)?;
    if *version != RECORD_VERSION {
        return Err(FormatError::Version { got: *version });
    }
    Ok(chunk)
}

/// The `put` messages of a whole contract, in order.
///
/// The caller has hashed `code` into `plan.sha256` and set `plan.bytes` to its length.
pub fn chunk_messages<'a>(plan: &'a Plan, code: &'a [u8]) -> impl Iterator<Item = Vec<u8>> + 'a {
    (0..plan.chunk_count()).map(|index| {
        let (offset, length) = plan.place(index);
        let (begin, end) = (offset as usize, (offset + length) as usize);
        let chunk = code.get(begin..end).unwrap_or_default();
        ChunkMessage {
            sha256: plan.sha256,
            offset,
            chunk,
        }
        .encode()
    })
}

/// The argument of `begin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginRequest {
    /// The hash of the whole, 64 lower-case hexadecimal digits.
    #[serde(with = "hex_hash")]
    pub sha256: Hash,
    /// The length of the whole in bytes.
    pub bytes: u32,
    /// The length in bytes of every chunk but the last.
    pub chunk_bytes: u32,
}

impl From<BeginRequest> for Plan {
    fn from(request: BeginRequest) -> Self {
        Self {
            sha256: request.sha256,
            bytes: request.bytes,
            chunk_bytes: request.chunk_bytes,
        }
    }
}

impl From<&Plan> for BeginRequest {
    fn from(plan: &Plan) -> Self {
        Self {
            sha256: plan.sha256,
            bytes: plan.bytes,
            chunk_bytes: plan.chunk_bytes,
        }
    }
}

/// The argument of `deploy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployRequest {
    /// What the new code is called with, in the receipt that deploys it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<ThenCall>,
}

/// A call of the new code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThenCall {
    /// The method's name.
    pub method: String,
    /// Its argument; `null` when left out.
    #[serde(default)]
    pub args: Value,
}

/// What `status` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The version of the loader's interface: tells that the account holds a loader.
    pub loader: u32,
    /// The upload under way.
    pub upload: Option<UploadStatus>,
}

/// An upload under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadStatus {
    /// The hash of the whole, 64 lower-case hexadecimal digits.
    #[serde(with = "hex_hash")]
    pub sha256: Hash,
    /// The length of the whole in bytes.
    pub bytes: u32,
    /// The length in bytes of every chunk but the last.
    pub chunk_bytes: u32,
    /// The indices of the chunks that are there.
    pub present: Vec<u32>,
    /// The indices of the chunks that aren't.
    pub missing: Vec<u32>,
}

fn hash_at(bytes: &[u8], at: usize) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(&bytes[at..at + 32]);
    hash
}

fn number_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(number)
}

/// Hashes as hexadecimal text, for `serde(with)`.
pub(crate) mod hex_hash {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Hash;

    pub(crate) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::hex(hash))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        super::unhex(&text).ok_or_else(|| D::Error::custom("a hash is 64 lower-case hex digits"))
    }
}

/// The lower-case hexadecimal form of a hash.
#[must_use]
pub fn hex(hash: &Hash) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

fn unhex(text: &str) -> Option<Hash> {
    let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(hash)
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}
