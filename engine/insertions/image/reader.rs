//! Reads images: functions as what has not been decoded yet, bodies when they are entered.

use super::{
    Part, ReadError, SCOPE_BINDINGS_MAX, VERSION,
    input::Input,
    operands,
    positions::StoredPositions,
    strings::{Text, text},
};
use crate::{
    JsBigInt, JsString, SpannedSourceText,
    builtins::function::ThisMode,
    spanned_source_text::SourceText,
    vm::{
        CodeBlock, Handler, InlineCache,
        code_block::{CodeBlockFlags, Constant},
        opcode::{Address, Bytecode},
        source_info::{SourceInfo, SourceMap, SourcePath},
    },
};
use boa_ast::{
    LinearPosition, LinearSpan,
    scope::{BindingLocator, BindingLocatorScope, Scope},
};
use boa_gc::{Finalize, Gc, Trace};
use boa_string::JsStr;
use thin_vec::ThinVec;
use std::{
    cell::{Cell, OnceCell},
    fmt,
    rc::Rc,
};

/// Bytes of a string's place.
const PLACE_BYTES: usize = 4;
/// Scopes of fewer bindings are made once for an image.
const SHARED_SCOPE_BINDINGS: u32 = 8;

/// Bytes of code, and what its parts share.
pub(crate) struct Image {
    bytes: Part,
    /// Strings that were used, by their numbers.
    strings: Box<[OnceCell<JsString>]>,
    /// Where the places of strings begin; the strings follow.
    places: usize,
    scopes: [OnceCell<Scope>; SHARED_SCOPE_BINDINGS as usize * 2],
    /// Where the code begins.
    code: usize,
    /// Where the positions begin.
    positions: usize,
    /// Tells its templates from those of other images and parsers of the context.
    number: u32,
    path: SourcePath,
    source: SourceText,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image").finish_non_exhaustive()
    }
}

/// A function whose body has not been decoded, or was apart from it.
#[derive(Debug, Clone, Trace, Finalize)]
pub(crate) struct Undecoded {
    #[unsafe_ignore_trace]
    image: Rc<Image>,
    from: usize,
    to: usize,
    body: OnceCell<Gc<CodeBlock>>,
}

impl Undecoded {
    /// The body, once it was decoded.
    #[inline]
    pub(crate) fn body(&self) -> Option<&Gc<CodeBlock>> {
        self.body.get()
    }
}

/// A function among constants, read when it is first made.
#[derive(Debug, Clone, Trace, Finalize)]
pub(crate) struct StoredFunction {
    #[unsafe_ignore_trace]
    image: Rc<Image>,
    from: usize,
    to: usize,
    function: OnceCell<Gc<CodeBlock>>,
}

impl StoredFunction {
    /// The function, whose body is read when it is entered.
    pub(crate) fn get(&self) -> Result<Gc<CodeBlock>, ReadError> {
        if let Some(function) = self.function.get() {
            return Ok(function.clone());
        }
        let mut input = Input::new(&self.image.bytes.get()[..self.to], self.from);
        let function = Gc::new(self.image.function(&mut input)?);
        input.end()?;
        Ok(self.function.get_or_init(|| function).clone())
    }
}

/// The body that a block stands for, or the block itself.
pub(super) fn decoded(code: &Gc<CodeBlock>) -> Result<Gc<CodeBlock>, ReadError> {
    let Some(undecoded) = &code.undecoded else {
        return Ok(code.clone());
    };
    if let Some(body) = undecoded.body() {
        return Ok(body.clone());
    }
    let bytes = &undecoded.image.bytes.get()[..undecoded.to];
    let mut input = Input::new(bytes, undecoded.from);
    let body = Gc::new(undecoded.image.body(&mut input, code)?);
    Ok(undecoded.body.get_or_init(|| body).clone())
}

impl Image {
    /// Reads the parts of an image.
    pub(super) fn open(
        bytes: Part,
        path: SourcePath,
        source: SourceText,
        number: u32,
    ) -> Result<Rc<Self>, ReadError> {
        let mut input = Input::new(bytes.get(), 0);
        let got = input.byte()?;
        if got != VERSION {
            return Err(ReadError::Version { got });
        }
        let count = input.count(1)?;
        let strings_length = input.length()?;
        let code_length = input.length()?;
        let places = input.at();
        input.bytes(count.checked_mul(PLACE_BYTES).ok_or(ReadError::Ended)?)?;
        let end = input.at().saturating_add(strings_length);
        let strings = (0..count).map(|_| OnceCell::new()).collect();
        let positions = end.saturating_add(code_length);
        if positions > bytes.get().len() {
            return Err(ReadError::Ended);
        }
        Ok(Rc::new(Self {
            bytes,
            strings,
            places,
            scopes: Default::default(),
            code: end,
            positions,
            number,
            path,
            source,
        }))
    }

    /// Reads the outermost code, which has to fill the code's part.
    pub(super) fn outermost(self: &Rc<Self>) -> Result<Gc<CodeBlock>, ReadError> {
        let mut input = Input::new(&self.bytes.get()[..self.positions], self.code);
        let code = Gc::new(self.function(&mut input)?);
        input.end()?;
        decoded(&code)
    }

    /// Makes all strings.
    pub(super) fn check_strings(&self) -> Result<(), ReadError> {
        let numbers = 0..u32::try_from(self.strings.len()).map_err(|_| ReadError::Number)?;
        numbers.into_iter().try_for_each(|number| self.string(number).map(drop))
    }

    /// The bytes of positions.
    pub(super) fn positions(&self) -> &[u8] {
        &self.bytes.get()[self.positions..]
    }

    pub(super) fn string(&self, index: u32) -> Result<JsString, ReadError> {
        let stored = self.strings.get(index as usize);
        let stored = stored.ok_or(ReadError::Meaning { got: index })?;
        if let Some(made) = stored.get() {
            return Ok(made.clone());
        }
        let strings = self.places + self.strings.len() * PLACE_BYTES;
        let place = &self.bytes.get()[self.places + index as usize * PLACE_BYTES..];
        let place = place.first_chunk().ok_or(ReadError::Ended)?;
        let at = strings.saturating_add(u32::from_le_bytes(*place) as usize);
        let made = match text(&mut Input::new(&self.bytes.get()[..self.code], at))? {
            Text::Own(units) => JsString::from_slice_skip_interning(JsStr::latin1(units)),
            Text::Common(units) => JsString::from(JsStr::latin1(units)),
            Text::Wide(units) => {
                let pairs = units.chunks_exact(2);
                let units: Vec<_> = pairs
                    .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                    .collect();
                JsString::from(units.as_slice())
            }
        };
        Ok(stored.get_or_init(|| made).clone())
    }

    /// What a function object shows of its code; the body stays as it is.
    fn function(self: &Rc<Self>, input: &mut Input<'_>) -> Result<CodeBlock, ReadError> {
        let got = input.number()?;
        let flags = u16::try_from(got).ok().and_then(CodeBlockFlags::from_bits);
        let flags = flags.ok_or(ReadError::Meaning { got })?;
        let length = input.number()?;
        let name = self.string(input.number()?)?;
        let span = span(input)?;
        let positions = StoredPositions::new(Rc::clone(self), input.number()?);
        let length_of_body = input.length()?;
        let from = input.at();
        input.bytes(length_of_body)?;
        let undecoded = Undecoded {
            image: Rc::clone(self),
            from,
            to: input.at(),
            body: OnceCell::new(),
        };
        let source_info = SourceInfo::new(
            SourceMap::stored(positions, self.path.clone()),
            name,
            SpannedSourceText::new(self.source.clone(), span),
        );
        Ok(CodeBlock {
            flags: Cell::new(flags),
            length,
            parameter_length: 0,
            register_count: 0,
            this_mode: ThisMode::Global,
            mapped_arguments_binding_indices: ThinVec::new(),
            bytecode: Bytecode::default(),
            constants: ThinVec::new(),
            bindings: Box::default(),
            handlers: ThinVec::new(),
            ic: Box::default(),
            source_info,
            global_lexs: Box::default(),
            global_fns: Box::default(),
            global_vars: Box::default(),
            debug_id: 0,
            undecoded: Some(Box::new(undecoded)),
            #[cfg(feature = "trace")]
            traced: Cell::new(false),
        })
    }

    /// Decodes the body of a function, which has to fill the input.
    fn body(
        self: &Rc<Self>,
        input: &mut Input<'_>,
        function: &CodeBlock,
    ) -> Result<CodeBlock, ReadError> {
        let this_mode = this_mode(input)?;
        let parameter_length = input.number()?;
        let register_count = input.number()?;
        let mapped_arguments_binding_indices =
            input.list(|input| Ok(input.number()?.checked_sub(1)))?;
        let bytes = operands::unpack(input, self.number)?;
        let handlers = input.list(handler)?;
        let names: Vec<_> = input.list(|input| self.string(input.number()?))?;
        let bindings: Vec<_> = input.list(|input| self.binding(input))?;
        let constants = input.list(|input| self.constant(input))?;
        input.end()?;
        let body = CodeBlock {
            flags: function.flags.clone(),
            length: function.length,
            parameter_length,
            register_count,
            this_mode,
            mapped_arguments_binding_indices,
            bytecode: Bytecode { bytes },
            constants,
            bindings: bindings.into_boxed_slice(),
            handlers,
            ic: names.into_iter().map(InlineCache::new).collect(),
            source_info: function.source_info.clone(),
            global_lexs: Box::default(),
            global_fns: Box::default(),
            global_vars: Box::default(),
            debug_id: function.debug_id,
            undecoded: None,
            #[cfg(feature = "trace")]
            traced: Cell::new(false),
        };
        has_its_scope(&body)?;
        Ok(body)
    }

    fn binding(&self, input: &mut Input<'_>) -> Result<BindingLocator, ReadError> {
        let name = input.number()?;
        if name as usize >= self.strings.len() {
            return Err(ReadError::Meaning { got: name });
        }
        // Zero stands for the global object; lexical variables of the realm have no number.
        let Some(index) = input.number()?.checked_sub(1) else {
            return Ok(BindingLocator::global(self.string(name)?));
        };
        if index > u32::MAX - 2 {
            return Err(ReadError::Meaning { got: index });
        }
        let mut locator = BindingLocator::unnamed(name);
        locator.set_scope(BindingLocatorScope::Stack(index));
        locator.set_binding_index(input.number()?);
        Ok(locator)
    }

    fn constant(self: &Rc<Self>, input: &mut Input<'_>) -> Result<Constant, ReadError> {
        let got = input.number()?;
        let value = got >> 2;
        Ok(match got & 3 {
            kind::STRING => Constant::String(self.string(value)?),
            kind::FUNCTION => {
                let from = input.at();
                input.bytes(value as usize)?;
                Constant::Stored(StoredFunction {
                    image: Rc::clone(self),
                    from,
                    to: input.at(),
                    function: OnceCell::new(),
                })
            }
            kind::BIG_INT => {
                let bytes = input.bytes(value as usize)?;
                let number = num_bigint::BigInt::from_signed_bytes_le(bytes);
                Constant::BigInt(JsBigInt::new(number))
            }
            _ => Constant::Scope(self.scope(value >> 1, value & 1 != 0)?),
        })
    }

    /// A scope of so many bindings that live in environments.
    fn scope(&self, bindings: u32, is_function: bool) -> Result<Scope, ReadError> {
        if bindings > SCOPE_BINDINGS_MAX {
            let most = SCOPE_BINDINGS_MAX;
            return Err(ReadError::Count {
                got: bindings,
                most,
            });
        }
        let make = || Scope::unnamed(bindings, is_function);
        let place = bindings as usize * 2 + usize::from(is_function);
        let shared = self.scopes.get(place);
        Ok(shared.map_or_else(make, |shared| shared.get_or_init(make).clone()))
    }
}

/// Kinds of constants.
pub(super) mod kind {
    pub(in super::super) const STRING: u32 = 0;
    pub(in super::super) const FUNCTION: u32 = 1;
    pub(in super::super) const BIG_INT: u32 = 2;
    pub(in super::super) const SCOPE: u32 = 3;
}

/// Zero for none, or the first place + 1 and the length.
fn span(input: &mut Input<'_>) -> Result<Option<LinearSpan>, ReadError> {
    let Some(start) = input.number()?.checked_sub(1) else {
        return Ok(None);
    };
    let length = input.number()?;
    let end = start.checked_add(length).ok_or(ReadError::Number)?;
    let place = |at: u32| LinearPosition::new(at as usize);
    Ok(Some(LinearSpan::new(place(start), place(end))))
}

fn this_mode(input: &mut Input<'_>) -> Result<ThisMode, ReadError> {
    Ok(match input.number()? {
        0 => ThisMode::Lexical,
        1 => ThisMode::Strict,
        2 => ThisMode::Global,
        got => return Err(ReadError::Meaning { got }),
    })
}

fn handler(input: &mut Input<'_>) -> Result<Handler, ReadError> {
    Ok(Handler {
        start: Address::new(input.number()?),
        end: Address::new(input.number()?),
        environment_count: input.number()?,
    })
}

/// A function with a scope of its own has it where entering it looks for it.
fn has_its_scope(code: &CodeBlock) -> Result<(), ReadError> {
    let place = usize::from(code.has_binding_identifier());
    let is_there = matches!(code.constants.get(place), Some(Constant::Scope(_)));
    if code.has_function_scope() && !is_there {
        let got = u32::from(code.flags.get().bits());
        return Err(ReadError::Meaning { got });
    }
    Ok(())
}
