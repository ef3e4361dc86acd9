//! Images of compiled code: a tree of code blocks as bytes, and back.
//!
//! [`write`] turns the code block of a script into an image, [`read`] makes a script of it again.
//! Reading makes the outermost block alone: the body of each other function is decoded when it is
//! first entered, and positions when a stack trace wants them.
//!
//! An image belongs to the very build of the engine that wrote it: numbers of opcodes are part of it,
//! and the virtual machine trusts what it runs. So an embedder reads only what it wrote itself, kept
//! where nobody else writes. What this module guards is the rest: any bytes at all are either decoded
//! or refused with a [`ReadError`], in time and memory proportional to their length.
//!
//! What is not kept: names of the bindings of a scope, which only a direct `eval` would look up. An
//! embedder that stores images has to refuse `eval` by `ensure_can_compile_strings`.
//!
//! ```text
//! image     = version, count of strings, bytes of strings, bytes of code, places, strings, code,
//!             positions
//! place     = where among the strings one begins: four bytes, the least first
//! string    = units * 4 + form (narrow, wide, one of the engine's common strings), units of one or of
//!             two bytes
//! code      = function
//! function  = flags, length, name, span, positions, bytes of the body, body
//! body      = this mode, parameters, registers, mapped arguments, bytecode, handlers, inline
//!             caches, bindings, constants
//! constant  = n * 4 + kind, for a function and a big integer followed by its n bytes
//! ```
//! Numbers are of variable length, seven bits a byte, the least first. The opcode of an instruction
//! is a byte, its operands are numbers.

mod input;
mod operands;
mod positions;
mod reader;
mod strings;
mod writer;

use super::CodeBlock;
use crate::{
    Context, JsResult, JsString, Script, error::PanicError, spanned_source_text::SourceText,
    vm::source_info::SourcePath,
};
use boa_ast::scope::BindingLocator;
use boa_gc::Gc;
use std::{fmt, path::PathBuf, rc::Rc};

pub(crate) use operands::{HasOperand, Operand};
pub(crate) use positions::StoredPositions;
pub(crate) use reader::{StoredFunction, Undecoded};

/// Version of the format.
const VERSION: u8 = 2;
/// Most bindings of a scope: what reading it allocates is not bounded by the image's length.
const SCOPE_BINDINGS_MAX: u32 = 1 << 16;

/// Gives the source text of an image, if it can be had.
pub type SourceLoader = Rc<dyn Fn() -> Option<String>>;

/// What an image does not hold.
#[derive(Clone)]
pub struct Origin {
    /// What stack traces call the source.
    pub path: Option<PathBuf>,
    /// Gives the text that was compiled. `Function.prototype.toString` asks for it, once; without
    /// it the function is shown as native code.
    pub source: SourceLoader,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Bytes among others: an embedder need not copy an image out of what it lies in.
#[derive(Debug, Clone)]
pub struct Part {
    bytes: Rc<Vec<u8>>,
    from: usize,
}

impl Part {
    /// The bytes from a place on; none where that is behind their end.
    #[must_use]
    pub fn new(bytes: Rc<Vec<u8>>, from: usize) -> Self {
        let from = from.min(bytes.len());
        Self { bytes, from }
    }

    /// The bytes.
    #[must_use]
    pub fn get(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

impl From<Vec<u8>> for Part {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(Rc::new(bytes), 0)
    }
}

/// Why a code block has no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// It declares variables of the realm, as only the outermost code of a script can.
    #[error("the code declares global variables")]
    GlobalDeclaration,
    /// It uses a place among the lexical variables of its realm.
    #[error("the code uses a lexical variable of its realm")]
    GlobalBinding,
    /// It has more bindings in one scope than an image can hold.
    #[error("a scope has {got} bindings, at most {SCOPE_BINDINGS_MAX} are possible")]
    Scope {
        /// How many.
        got: u32,
    },
    /// A length or a place does not fit into 32 bits.
    #[error("the code is too long")]
    Length,
    /// Its instructions can't be told apart, or it was read from an image that is damaged.
    #[error("the code is malformed: {0}")]
    Malformed(#[from] ReadError),
}

/// Why bytes are no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Another version of the format.
    #[error("version {got} of an image is unknown")]
    Version {
        /// The version.
        got: u8,
    },
    /// The bytes end too early, or a part of them does.
    #[error("an image ends too early")]
    Ended,
    /// A part is longer than what it holds.
    #[error("a part of an image is longer than what it holds")]
    Trailing,
    /// A number of more than 32 bits, or one that is not written in the shortest way.
    #[error("a number of an image is malformed")]
    Number,
    /// A count that the bytes which follow can't hold, or one above its bound.
    #[error("an image counts {got} of something, at most {most} are possible")]
    Count {
        /// The count.
        got: u32,
        /// The most that is possible here.
        most: u32,
    },
    /// A number that stands for nothing.
    #[error("{got} has no meaning at its place in an image")]
    Meaning {
        /// The number.
        got: u32,
    },
}

impl From<ReadError> for crate::JsError {
    fn from(error: ReadError) -> Self {
        PanicError::new(error.to_string()).into()
    }
}

/// Writes the image of a code block. The same source gives the same bytes, in whatever context it was
/// compiled.
///
/// # Errors
/// [`WriteError`] for code whose meaning depends on its realm, or that is too large.
pub fn write(code: &Gc<CodeBlock>) -> Result<Vec<u8>, WriteError> {
    writer::Writer::default().image(code)
}

/// Makes a script from an image. What evaluates it is charged as the script that was compiled.
///
/// # Errors
/// [`ReadError`] when the image's own parts or its outermost code are malformed. A function whose
/// body is malformed fails when it is entered, with an error that no code can catch.
pub fn read(bytes: Part, origin: Origin, context: &mut Context) -> Result<Script, ReadError> {
    let path = SourcePath::from(origin.path.clone());
    let image = reader::Image::open(
        bytes,
        path,
        SourceText::deferred(origin.source),
        context.next_parser_identifier(),
    )?;
    let code = image.outermost()?;
    Ok(Script::from_code_block(code, origin.path, context))
}

/// Decodes all of an image, positions too, and gives the number of its functions.
///
/// # Errors
/// [`ReadError`] when any part is malformed.
pub fn check(bytes: Part) -> Result<usize, ReadError> {
    let most = bytes.get().len();
    let source = SourceText::deferred(Rc::new(|| None));
    let image = reader::Image::open(bytes, SourcePath::None, source, 0)?;
    image.check_strings()?;
    let mut waiting = vec![image.outermost()?];
    let (mut count, mut entries) = (0, 0);
    while let Some(code) = waiting.pop() {
        count += 1;
        // Functions that share their positions would make this quadratic.
        entries += code.source_info().map().to_entries()?.len();
        if entries > most {
            return Err(ReadError::Trailing);
        }
        for function in code.functions() {
            waiting.push(reader::decoded(&function?)?);
        }
    }
    Ok(count)
}

impl CodeBlock {
    /// The functions among its constants.
    fn functions(&self) -> impl Iterator<Item = Result<Gc<CodeBlock>, ReadError>> {
        self.constants.iter().filter_map(|constant| match constant {
            super::code_block::Constant::Function(function) => Some(Ok(function.clone())),
            super::code_block::Constant::Stored(function) => Some(function.get()),
            _ => None,
        })
    }

    /// The name of a binding, which an image tells when an error wants it.
    pub(crate) fn name_of(&self, binding: &BindingLocator) -> JsString {
        let number = binding.number_of_name();
        let stored = number.and_then(|number| self.source_info().map().stored_name(number));
        stored.unwrap_or_else(|| binding.name().clone())
    }

    /// The code to enter: the block itself, or the body that it stands for.
    #[inline]
    pub(crate) fn entered(code: &Gc<Self>) -> JsResult<Gc<Self>> {
        if code.undecoded.is_none() {
            return Ok(code.clone());
        }
        Ok(reader::decoded(code)?)
    }
}
