//! Writes images.

use super::{
    SCOPE_BINDINGS_MAX, VERSION, WriteError,
    input::put,
    operands, positions,
    reader::{self, kind},
    strings::form,
};
use crate::{
    JsString,
    builtins::function::ThisMode,
    vm::{CodeBlock, code_block::Constant},
};
use boa_ast::scope::{BindingLocator, BindingLocatorScope};
use boa_gc::Gc;
use boa_string::{JsStrVariant, StaticJsStrings};
use rustc_hash::FxHashMap;

/// What the functions of an image share.
#[derive(Default)]
pub(super) struct Writer {
    numbers: FxHashMap<JsString, u32>,
    strings: Vec<JsString>,
    sites: FxHashMap<u64, u32>,
    positions: Vec<u8>,
}

impl Writer {
    pub(super) fn image(mut self, code: &Gc<CodeBlock>) -> Result<Vec<u8>, WriteError> {
        let mut bytes_of_code = Vec::new();
        self.function(code, &mut bytes_of_code)?;
        let (mut places, mut bytes_of_strings) = (Vec::new(), Vec::new());
        for string in &self.strings {
            places.extend_from_slice(&length(bytes_of_strings.len())?.to_le_bytes());
            put_string(string, &mut bytes_of_strings)?;
        }
        let mut out = vec![VERSION];
        put_length(self.strings.len(), &mut out)?;
        put_length(bytes_of_strings.len(), &mut out)?;
        put_length(bytes_of_code.len(), &mut out)?;
        out.append(&mut places);
        out.append(&mut bytes_of_strings);
        out.append(&mut bytes_of_code);
        out.append(&mut self.positions);
        Ok(out)
    }

    fn put_name(&mut self, name: &JsString, out: &mut Vec<u8>) -> Result<(), WriteError> {
        put(out, self.number(name)?);
        Ok(())
    }

    /// The number of a string.
    fn number(&mut self, string: &JsString) -> Result<u32, WriteError> {
        if let Some(number) = self.numbers.get(string) {
            return Ok(*number);
        }
        let number = length(self.strings.len())?;
        self.strings.push(string.clone());
        self.numbers.insert(string.clone(), number);
        Ok(number)
    }

    fn function(&mut self, code: &Gc<CodeBlock>, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let code = reader::decoded(code)?;
        put(out, code.flags.get().bits().into());
        put(out, code.length);
        self.put_name(code.name(), out)?;
        match code.source_info().text_spanned().span() {
            None => put(out, 0),
            Some(span) => {
                put_length(span.start().pos() + 1, out)?;
                put_length(span.end().pos() - span.start().pos(), out)?;
            }
        }
        put_length(self.positions.len(), out)?;
        positions::write(&code.source_info().map().to_entries()?, &mut self.positions);
        let mut body = Vec::new();
        self.body(&code, &mut body)?;
        put_length(body.len(), out)?;
        out.append(&mut body);
        Ok(())
    }

    fn inner_function(
        &mut self,
        code: &Gc<CodeBlock>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let mut function = Vec::new();
        self.function(code, &mut function)?;
        put(out, tagged(length(function.len())?, kind::FUNCTION)?);
        out.append(&mut function);
        Ok(())
    }

    fn body(&mut self, code: &CodeBlock, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let globals = code.global_lexs.len() + code.global_fns.len() + code.global_vars.len();
        if globals > 0 {
            return Err(WriteError::GlobalDeclaration);
        }
        put(
            out,
            match code.this_mode {
                ThisMode::Lexical => 0,
                ThisMode::Strict => 1,
                ThisMode::Global => 2,
            },
        );
        put(out, code.parameter_length);
        put(out, code.register_count);
        put_length(code.mapped_arguments_binding_indices.len(), out)?;
        for index in &code.mapped_arguments_binding_indices {
            put(out, index.map_or(0, |index| index + 1));
        }
        put_length(code.bytecode.bytes.len(), out)?;
        operands::pack(&code.bytecode.bytes, &mut self.sites, out)?;
        put_length(code.handlers.len(), out)?;
        for handler in &code.handlers {
            put(out, handler.start.as_u32());
            put(out, handler.end.as_u32());
            put(out, handler.environment_count);
        }
        put_length(code.ic.len(), out)?;
        for cache in &code.ic {
            self.put_name(&cache.name, out)?;
        }
        put_length(code.bindings.len(), out)?;
        for binding in &code.bindings {
            self.binding(code, binding, out)?;
        }
        put_length(code.constants.len(), out)?;
        for constant in &code.constants {
            self.constant(constant, out)?;
        }
        Ok(())
    }

    fn binding(
        &mut self,
        code: &CodeBlock,
        binding: &BindingLocator,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let name = code.name_of(binding);
        self.put_name(&name, out)?;
        match binding.scope() {
            BindingLocatorScope::GlobalObject => put(out, 0),
            // Its place depends on what other scripts of the realm have declared.
            BindingLocatorScope::GlobalDeclarative => return Err(WriteError::GlobalBinding),
            BindingLocatorScope::Stack(index) => {
                put(out, index + 1);
                put(out, binding.binding_index());
            }
        }
        Ok(())
    }

    fn constant(&mut self, constant: &Constant, out: &mut Vec<u8>) -> Result<(), WriteError> {
        match constant {
            Constant::String(string) => {
                let number = self.number(string)?;
                put(out, tagged(number, kind::STRING)?);
            }
            Constant::Function(function) => self.inner_function(function, out)?,
            Constant::Stored(function) => self.inner_function(&function.get()?, out)?,
            Constant::BigInt(number) => {
                let bytes = number.as_inner().to_signed_bytes_le();
                put(out, tagged(length(bytes.len())?, kind::BIG_INT)?);
                out.extend_from_slice(&bytes);
            }
            Constant::Scope(scope) => {
                let got = scope.num_bindings_non_local();
                if got > SCOPE_BINDINGS_MAX {
                    return Err(WriteError::Scope { got });
                }
                let value = got << 1 | u32::from(scope.is_function());
                put(out, tagged(value, kind::SCOPE)?);
            }
        }
        Ok(())
    }
}

/// A number with the kind of constant in its lowest bits.
fn tagged(number: u32, kind: u32) -> Result<u32, WriteError> {
    if number > u32::MAX >> 2 {
        return Err(WriteError::Length);
    }
    Ok(number << 2 | kind)
}

fn length(length: usize) -> Result<u32, WriteError> {
    u32::try_from(length).map_err(|_| WriteError::Length)
}

fn put_length(number: usize, out: &mut Vec<u8>) -> Result<(), WriteError> {
    put(out, length(number)?);
    Ok(())
}

fn put_string(string: &JsString, out: &mut Vec<u8>) -> Result<(), WriteError> {
    let units = length(string.len())?;
    if units > u32::MAX >> 2 {
        return Err(WriteError::Length);
    }
    match string.as_str().variant() {
        JsStrVariant::Latin1(bytes) => {
            let is_common = StaticJsStrings::get_string(&string.as_str()).is_some();
            put(out, units << 2 | if is_common { form::COMMON } else { form::OWN });
            out.extend_from_slice(bytes);
        }
        JsStrVariant::Utf16(wide) => {
            put(out, units << 2 | form::WIDE);
            for unit in wide {
                out.extend_from_slice(&unit.to_le_bytes());
            }
        }
    }
    Ok(())
}
