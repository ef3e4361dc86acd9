//! Compiled programs: what a call runs, and its bytes.
//!
//! In: the image that the engine made of a program's function, and what a call has to know of the
//! program. Out: bytes, and the same again without parsing or compiling. The bytes say which build of
//! the engine made them. They are trusted: only what the enclave itself compiled may be read here
//! (invariant 12), kept where nobody else writes and guarded against damage by who keeps it.

use crate::port::Gas;
use crate::program::Program;
use crate::program::record::{put_list, put_text, take_list, take_text};
use boa_engine::vm::image::Part;
use std::rc::Rc;
use thiserror::Error;

/// Version of the bytes, and of the function into which a source is turned.
const VERSION: u8 = 1;
/// Gas to make a program ready, whatever its length, and for each byte. Reason: at most that, measured
/// with all bodies; one is decoded when it is entered, without a look at the gas.
const LOAD_GAS: (u64, u64) = (20_000_000_000, 60_000_000);
/// Gas of decoding that a unit of fuel stands for, where the host tells no gas.
const LOAD_GAS_PER_FUEL: u64 = 350_000_000;

/// The engine's build: sha256 over its source. Instructions have other numbers in another build.
pub const BUILD: [u8; 32] = *include_bytes!("../../target/engine-source/sha256");

/// A program as calls run it.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// sha256 of the source: what tells programs apart.
    pub hash: [u8; 32],
    /// What can be called, sorted.
    methods: Vec<String>,
    /// Methods that may be entered while the subcontract runs further out, sorted.
    reentrant: Vec<String>,
    /// Methods for whose storage the subcontract pays, sorted.
    sponsored: Vec<String>,
    /// The engine's image of the function that makes instances, to the end of the bytes.
    bytes: Rc<Vec<u8>>,
    image_at: usize,
}

/// Why bytes are no program that can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CompiledError {
    /// Another build of the engine compiled it: the source has to be compiled again.
    #[error("the code was compiled for another build of the engine")]
    Stale,
    /// They are no compiled program.
    #[error("compiled code is malformed")]
    Malformed,
}

impl Compiled {
    /// A program whose function has this image.
    #[must_use]
    pub fn new(program: &Program, image: &[u8]) -> Self {
        Self {
            hash: program.hash,
            methods: program.methods().map(str::to_owned).collect(),
            reentrant: program.reentrant.clone(),
            sponsored: program.sponsored.clone(),
            bytes: Rc::new(image.to_vec()),
            image_at: 0,
        }
    }

    /// Names that can be called, sorted.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(String::as_str)
    }

    /// Whether a method is one of its own, and not what every object inherits.
    pub(crate) fn has_method(&self, name: &str) -> bool {
        let place = |known: &String| known.as_str().cmp(name);
        self.methods.binary_search_by(place).is_ok()
    }

    /// Whether a method may be entered while the subcontract runs further out: what
    /// `export const reentrant = ['name']` says.
    #[must_use]
    pub fn is_reentrant(&self, method: &str) -> bool {
        self.reentrant.iter().any(|name| name == method)
    }

    /// Whether the subcontract pays for what a method stores: what
    /// `export const sponsored = ['name']` says.
    #[must_use]
    pub fn is_sponsored(&self, method: &str) -> bool {
        self.sponsored.iter().any(|name| name == method)
    }

    pub(crate) fn image(&self) -> Part {
        Part::new(Rc::clone(&self.bytes), self.image_at)
    }

    /// What the first call of an execution pays to make the program ready, at most.
    pub(crate) fn load_gas(&self) -> Gas {
        Gas(LOAD_GAS.0 + self.image().get().len() as u64 * LOAD_GAS.1)
    }

    /// The same in fuel.
    #[must_use]
    pub fn load_fuel(&self) -> u64 {
        self.load_gas().0 / LOAD_GAS_PER_FUEL
    }

    /// The program's bytes (docs/spec/state.md, "compiled").
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let image = self.image();
        let mut out = Vec::with_capacity(image.get().len() + 256);
        out.push(VERSION);
        out.extend_from_slice(&BUILD);
        for list in [&self.methods, &self.reentrant, &self.sponsored] {
            put_list(&mut out, list, |out, name| put_text(out, name));
        }
        out.extend_from_slice(image.get());
        out
    }

    /// Reads what [`Compiled::to_bytes`] wrote for the program of this hash, from a place among bytes on,
    /// which it keeps.
    ///
    /// # Errors
    /// [`CompiledError`].
    pub fn from_bytes(hash: [u8; 32], bytes: Vec<u8>, from: usize) -> Result<Self, CompiledError> {
        let malformed = CompiledError::Malformed;
        let rest = bytes.get(from..).ok_or(malformed)?;
        let (version, rest) = rest.split_first().ok_or(malformed)?;
        let (build, mut rest) = rest.split_first_chunk::<32>().ok_or(malformed)?;
        if (*version, *build) != (VERSION, BUILD) {
            return Err(CompiledError::Stale);
        }
        let mut list = || take_list(&mut rest, take_text).ok_or(malformed);
        let (methods, reentrant, sponsored) = (list()?, list()?, list()?);
        Ok(Self {
            hash,
            methods,
            reentrant,
            sponsored,
            image_at: bytes.len() - rest.len(),
            bytes: Rc::new(bytes),
        })
    }
}

impl PartialEq for Compiled {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.to_bytes() == other.to_bytes()
    }
}

impl Eq for Compiled {}
