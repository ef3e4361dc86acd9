//! Compiled programs: what a call runs, and its bytes.
//!
//! In: the image that the engine made of a program's function, and what a call has to know of the
//! program. Out: bytes, and the same again without parsing or compiling. The bytes say which build of
//! the engine made them. They are trusted: only what the enclave itself compiled may be read here
//! (invariant 12), kept where nobody else writes and guarded against damage by who keeps it.

use crate::port::Gas;
use crate::program::Program;
use boa_engine::vm::image::Part;
use std::cmp::Ordering;
use std::rc::Rc;
use thiserror::Error;

/// Version of the bytes, and of the function into which a source is turned.
const VERSION: u8 = 3;
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
    /// The three lists of names, and the engine's image of the function that makes instances, to the
    /// end of the bytes.
    bytes: Rc<Vec<u8>>,
    /// Where each list begins: what can be called, methods that may be entered while the subcontract
    /// runs further out, and those for whose storage it pays. All are sorted.
    lists_at: [usize; 3],
    image_at: usize,
    may_wait: bool,
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
        let methods: Vec<_> = program.methods().map(str::to_owned).collect();
        let mut bytes = Vec::with_capacity(image.len() + 256);
        let lists_at = [&methods, &program.reentrant, &program.sponsored].map(|list| {
            let at = bytes.len();
            put_names(&mut bytes, list);
            at
        });
        let image_at = bytes.len();
        bytes.extend_from_slice(image);
        Self {
            hash: program.hash,
            bytes: Rc::new(bytes),
            lists_at,
            image_at,
            may_wait: program.may_wait(),
        }
    }

    /// Whether its methods may wait for the outside: none does without an async function.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.may_wait
    }

    /// Names that can be called, sorted.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        let names = self.names(0);
        (0..names.count).filter_map(move |place| str::from_utf8(names.get(place)?).ok())
    }

    /// The place of a method among the names; none for what every object inherits.
    pub(crate) fn place_of(&self, name: &str) -> Option<u32> {
        u32::try_from(self.names(0).place_of(name)?).ok()
    }

    /// Whether a method may be entered while the subcontract runs further out: what
    /// `export const reentrant = ['name']` says.
    #[must_use]
    pub fn is_reentrant(&self, method: &str) -> bool {
        self.names(1).place_of(method).is_some()
    }

    /// Whether the subcontract pays for what a method stores: what
    /// `export const sponsored = ['name']` says.
    #[must_use]
    pub fn is_sponsored(&self, method: &str) -> bool {
        self.names(2).place_of(method).is_some()
    }

    fn names(&self, list: usize) -> Names<'_> {
        Names::new(&self.bytes[self.lists_at[list]..]).unwrap_or_default()
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
        out.push(u8::from(self.may_wait));
        let lists = self.lists_at[0]..self.image_at;
        out.extend_from_slice(&self.bytes[lists]);
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
        let (build, rest) = rest.split_first_chunk::<32>().ok_or(malformed)?;
        if (*version, *build) != (VERSION, BUILD) {
            return Err(CompiledError::Stale);
        }
        let (&may_wait, mut rest) = rest.split_first().ok_or(malformed)?;
        let length = bytes.len();
        let mut skip = || {
            let at = length - rest.len();
            rest = Names::new(rest)?.behind()?;
            Some(at)
        };
        let mut list = || skip().ok_or(malformed);
        let lists_at = [list()?, list()?, list()?];
        let image_at = length - rest.len();
        Ok(Self {
            hash,
            bytes: Rc::new(bytes),
            lists_at,
            image_at,
            may_wait: may_wait != 0,
        })
    }
}

/// Names in order, among bytes that may go on: their count, where each ends, and the names.
#[derive(Clone, Copy, Default)]
struct Names<'a> {
    count: usize,
    /// Four bytes for each.
    ends: &'a [u8],
    texts: &'a [u8],
}

impl<'a> Names<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
        let (ends, texts) = rest.split_at_checked(count.checked_mul(4)?)?;
        Some(Self { count, ends, texts })
    }

    /// Where a name ends; zero before the first.
    fn end(&self, count: usize) -> Option<usize> {
        let Some(place) = count.checked_sub(1) else {
            return Some(0);
        };
        let end = self.ends.get(place * 4..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_be_bytes(*end)).ok()
    }

    fn get(&self, place: usize) -> Option<&'a [u8]> {
        self.texts.get(self.end(place)?..self.end(place + 1)?)
    }

    /// What follows the names.
    fn behind(&self) -> Option<&'a [u8]> {
        self.texts.get(self.end(self.count)?..)
    }

    fn place_of(&self, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle)?.cmp(name.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// Appends names that are in order.
fn put_names(out: &mut Vec<u8>, names: &[String]) {
    let mut put = |number: usize| {
        let number = u32::try_from(number).expect("invariant: a source is shorter than 2^32");
        out.extend_from_slice(&number.to_be_bytes());
    };
    put(names.len());
    let mut end = 0;
    for name in names {
        end += name.len();
        put(end);
    }
    names
        .iter()
        .for_each(|name| out.extend_from_slice(name.as_bytes()));
}

impl PartialEq for Compiled {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.to_bytes() == other.to_bytes()
    }
}

impl Eq for Compiled {}
