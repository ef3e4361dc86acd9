//! What a module has of each thing that NEAR limits.
//!
//! In: a module's bytes. Out: counts, taken as `near-vm-runner`'s `prepare` takes them: a block is a
//! `block`, `loop` or `if`; functions include imported ones; a body's size is that of its entry; locals
//! and parameters are those of the module's own functions.

use anyhow::{Result, ensure};
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef};

/// The counts of one module.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Measures {
    pub(crate) bytes: u64,
    pub(crate) functions: u64,
    pub(crate) imports: u64,
    pub(crate) exports: u64,
    pub(crate) types: u64,
    pub(crate) globals: u64,
    pub(crate) tables: u64,
    pub(crate) table_elements: u64,
    pub(crate) memory_pages: u64,
    pub(crate) blocks: u64,
    pub(crate) blocks_per_function: u64,
    pub(crate) function_body_bytes: u64,
    pub(crate) locals: u64,
    pub(crate) params: u64,
    pub(crate) params_per_function: u64,
    pub(crate) code_bytes: u64,
    pub(crate) data_bytes: u64,
}

/// One function of the module's own, with its size.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// Its index among all functions, imported ones first.
    pub(crate) index: u32,
    /// The bytes of its body.
    pub(crate) bytes: u64,
}

/// Counts everything in a module.
pub(crate) fn measure(module: &[u8]) -> Result<(Measures, Vec<Body>)> {
    let mut found = Measures {
        bytes: module.len() as u64,
        ..Measures::default()
    };
    let mut bodies = Vec::new();
    let mut params_of_type = Vec::new();
    let mut type_of_function = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(types) => {
                found.types += u64::from(types.count());
                for kind in types.into_iter_err_on_gc_types() {
                    params_of_type.push(kind?.params().len() as u64);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let is_function = matches!(import?.ty, TypeRef::Func(_));
                    found.imports += 1;
                    found.functions += u64::from(is_function);
                }
            }
            Payload::FunctionSection(functions) => {
                found.functions += u64::from(functions.count());
                for kind in functions {
                    type_of_function.push(kind?);
                }
            }
            Payload::CodeSectionEntry(body) => {
                bodies.push(Body {
                    index: u32::try_from(found.imports)? + u32::try_from(bodies.len())?,
                    bytes: body.range().len() as u64,
                });
                found.body(&body)?;
            }
            other => found.section(&other)?,
        }
    }
    for kind in type_of_function {
        let params = params_of_type
            .get(kind as usize)
            .copied()
            .unwrap_or_default();
        found.params += params;
        found.params_per_function = found.params_per_function.max(params);
    }
    ensure!(found.code_bytes > 0, "the module has no code");
    Ok((found, bodies))
}

impl Measures {
    fn section(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::TableSection(tables) => {
                self.tables += u64::from(tables.count());
                for table in tables.clone() {
                    self.table_elements = self.table_elements.max(table?.ty.initial);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories.clone() {
                    self.memory_pages = self.memory_pages.max(memory?.initial);
                }
            }
            Payload::GlobalSection(globals) => self.globals += u64::from(globals.count()),
            Payload::ExportSection(exports) => {
                for export in exports.clone() {
                    self.exports += u64::from(export?.kind == ExternalKind::Func);
                }
            }
            Payload::DataSection(data) => self.data_bytes += data.range().len() as u64,
            _ => {}
        }
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<()> {
        let bytes = body.range().len() as u64;
        self.code_bytes += bytes;
        self.function_body_bytes = self.function_body_bytes.max(bytes);
        for local in body.get_locals_reader()? {
            self.locals += u64::from(local?.0);
        }
        let mut blocks = 0;
        for operator in body.get_operators_reader()? {
            use Operator::{Block, If, Loop};
            blocks += u64::from(matches!(operator?, Block { .. } | Loop { .. } | If { .. }));
        }
        self.blocks += blocks;
        self.blocks_per_function = self.blocks_per_function.max(blocks);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One imported function, one own function with a block, a loop, an `if` and two locals.
    const MODULE: &[u8] = &[
        0, 97, 115, 109, 1, 0, 0, 0, // magic, version
        1, 10, 2, 96, 1, 127, 0, 96, 2, 127, 127, 0, // types: (i32), (i32, i32)
        2, 7, 1, 1, b'e', 1, b'f', 0, 0, // import e.f of type 0
        3, 2, 1, 1, // one function of type 1
        5, 3, 1, 0, 2, // memory of 2 pages
        10, 21, 1, 19, 1, 2, 127, // code: two locals of i32
        2, 64, 3, 64, 65, 0, 4, 64, 1, 11, 11, 11, 65, 0, 26, 11,
    ];

    #[test]
    fn everything_is_counted_as_the_vm_counts_it() {
        let (found, bodies) = measure(MODULE).unwrap();
        let expected = Measures {
            bytes: MODULE.len() as u64,
            functions: 2,
            imports: 1,
            types: 2,
            memory_pages: 2,
            blocks: 3,
            blocks_per_function: 3,
            function_body_bytes: 19,
            locals: 2,
            params: 2,
            params_per_function: 2,
            code_bytes: 19,
            ..Measures::default()
        };
        assert_eq!(found, expected);
        assert_eq!(
            bodies,
            [Body {
                index: 1,
                bytes: 19
            }]
        );
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(measure(b"nothing").is_err());
        assert!(measure(&MODULE[..8]).is_err());
    }
}
