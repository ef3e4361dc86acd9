//! Compiled code as it is stored: the engine's image of a program's function, in an envelope.
//!
//! In: the function into which a source was turned. Out: bytes, and the function again without
//! parsing or compiling. The envelope says which build of the engine wrote it and for which source,
//! and has a checksum. The checksum guards against damage, not against forgery: the engine trusts
//! the code that it runs, so only what the enclave itself compiled may be handed in here
//! (invariant 12).
//!
//! ```text
//! compiled = version (1), hash of the engine (32), hash of the source (32), checksum (8), image
//! ```

use boa_engine::vm::image::{self, ReadError, WriteError};
use boa_engine::{Context, JsError, Script};
use std::ops::Range;
use thiserror::Error;

/// Version of the envelope.
const VERSION: u8 = 1;
/// Where the parts of the envelope lie.
const ENGINE: Range<usize> = 1..33;
const SOURCE: Range<usize> = 33..65;
const CHECKSUM: Range<usize> = 65..73;
/// Bytes before the image.
const HEAD: usize = CHECKSUM.end;

/// What compiled code belongs to. It is of use for no other source and no other build of the engine,
/// whose instructions have other numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeKey {
    /// Hash of the engine's build.
    pub engine: [u8; 32],
    /// Hash of the source.
    pub source: [u8; 32],
}

/// Why bytes are not the compiled code that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CompiledError {
    /// They are of another version of the envelope.
    #[error("compiled code of version {got}, not {VERSION}")]
    Version {
        /// Their version.
        got: u8,
    },
    /// Another build of the engine wrote them.
    #[error("the code was compiled by another build of the engine")]
    Engine,
    /// They were compiled from another source.
    #[error("the code was compiled from another source")]
    Source,
    /// They are shorter than the envelope.
    #[error("compiled code has {got} bytes, at least {HEAD} are needed")]
    Length {
        /// How many there are.
        got: usize,
    },
    /// They were changed.
    #[error("the checksum of the compiled code does not match")]
    Checksum,
    /// The image is none.
    #[error("compiled code is malformed: {0}")]
    Image(#[from] ReadError),
    /// The image has code, but of no function.
    #[error("compiled code is not a function")]
    Function,
}

impl CompiledError {
    /// Whether compiling the source again makes it good: nothing is damaged, only out of date.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Version { .. } | Self::Engine)
    }
}

/// Why a function can't be written.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// It can't be compiled.
    #[error("not possible in a subcontract")]
    Compile(JsError),
    /// It has no image.
    #[error("{0}")]
    Image(#[from] WriteError),
}

/// Compiles a script and gives the bytes to store.
pub(crate) fn write(
    script: &Script,
    key: &CodeKey,
    context: &mut Context,
) -> Result<Vec<u8>, StoreError> {
    let code = script.codeblock(context).map_err(StoreError::Compile)?;
    let image = image::write(&code)?;
    Ok(sealed(key, &image))
}

/// The image inside of stored bytes, once all that is said of it holds.
///
/// # Errors
/// [`CompiledError`], but none that comes from the image itself.
pub(crate) fn opened<'a>(key: &CodeKey, bytes: &'a [u8]) -> Result<&'a [u8], CompiledError> {
    let got = bytes.len();
    let (head, image) = bytes
        .split_at_checked(HEAD)
        .ok_or(CompiledError::Length { got })?;
    if head[0] != VERSION {
        return Err(CompiledError::Version { got: head[0] });
    }
    if head[ENGINE] != key.engine {
        return Err(CompiledError::Engine);
    }
    if head[SOURCE] != key.source {
        return Err(CompiledError::Source);
    }
    if head[CHECKSUM] != checksum(image).to_be_bytes() {
        return Err(CompiledError::Checksum);
    }
    Ok(image)
}

fn sealed(key: &CodeKey, image: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD + image.len());
    out.push(VERSION);
    out.extend_from_slice(&key.engine);
    out.extend_from_slice(&key.source);
    out.extend_from_slice(&checksum(image).to_be_bytes());
    out.extend_from_slice(image);
    out
}

/// Tells damage: each step maps different words to different sums, so a change of one word is always
/// seen, and others but once in 2^64. Reason for not hashing: that costs 24 Mgas a byte, this less
/// than one.
fn checksum(bytes: &[u8]) -> u64 {
    /// Odd, so that multiplying loses nothing: 2^64 over the golden ratio.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |sum: u64, word: u64| {
        let sum = (sum ^ word).wrapping_mul(FACTOR);
        sum ^ (sum >> 32)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(bytes.len() as u64, |sum, word| {
        step(sum, u64::from_le_bytes(*word))
    });
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    step(sum, u64::from_le_bytes(last))
}

#[cfg(test)]
mod tests {
    use super::{CodeKey, CompiledError, HEAD, opened, sealed};

    const KEY: CodeKey = CodeKey {
        engine: [1; 32],
        source: [2; 32],
    };

    #[test]
    fn what_is_sealed_is_opened() {
        for length in 0..40_u8 {
            let image: Vec<_> = (0..length).collect();
            assert_eq!(opened(&KEY, &sealed(&KEY, &image)), Ok(image.as_slice()));
        }
    }

    #[test]
    fn whatever_bit_is_flipped_and_wherever_it_is_cut_it_is_not_opened() {
        let sound = sealed(&KEY, &[7; 21]);
        for at in 0..sound.len() {
            for bit in 0..8 {
                let mut bytes = sound.clone();
                bytes[at] ^= 1 << bit;
                let error = opened(&KEY, &bytes).expect_err("a flipped bit");
                assert_eq!(error.is_stale(), at < 33, "{error} at {at}");
            }
            assert!(opened(&KEY, &sound[..at]).is_err(), "cut at {at}");
        }
        let error = opened(&KEY, &sound[..HEAD - 1]).expect_err("too short");
        assert_eq!(error, CompiledError::Length { got: HEAD - 1 });
    }

    #[test]
    fn code_for_another_engine_is_stale_and_code_of_another_source_is_wrong() {
        let bytes = sealed(&KEY, &[7]);
        let other = [3; 32];
        let key = CodeKey {
            engine: other,
            ..KEY
        };
        assert_eq!(opened(&key, &bytes), Err(CompiledError::Engine));
        let key = CodeKey {
            source: other,
            ..KEY
        };
        assert_eq!(opened(&key, &bytes), Err(CompiledError::Source));
        assert!(!CompiledError::Source.is_stale());
    }
}
