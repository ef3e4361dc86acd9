//! Code size by crate, from the function names of the named build.
//!
//! In: the module with its name section and the sizes of its functions. Out: bytes and functions of each
//! crate, biggest first. A function of a generic type counts for the crate that its path begins with.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use rustc_demangle::demangle;
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::measure::Body;

/// The types whose methods name no crate.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize",
];

/// What one crate takes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CrateSize {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) functions: u64,
}

/// The code size of each crate, biggest first.
pub(crate) fn by_crate(module: &[u8], bodies: &[Body]) -> Result<Vec<CrateSize>> {
    let names = function_names(module)?;
    let mut sizes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for body in bodies {
        let name = names.get(&body.index).map_or("(unnamed)", String::as_str);
        let size = sizes.entry(crate_of(name)).or_default();
        size.0 += body.bytes;
        size.1 += 1;
    }
    let mut sizes: Vec<_> = sizes
        .into_iter()
        .map(|(name, (bytes, functions))| CrateSize {
            name,
            bytes,
            functions,
        })
        .collect();
    sizes.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    Ok(sizes)
}

fn function_names(module: &[u8]) -> Result<HashMap<u32, String>> {
    let mut names = HashMap::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CustomSection(section) = payload? else {
            continue;
        };
        let KnownCustom::Name(subsections) = section.as_known() else {
            continue;
        };
        for subsection in subsections {
            let Name::Function(functions) = subsection? else {
                continue;
            };
            for naming in functions {
                let naming = naming?;
                names.insert(naming.index, naming.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The crate that a mangled function name belongs to.
fn crate_of(symbol: &str) -> String {
    let path = format!("{:#}", demangle(symbol));
    if path == symbol && !symbol.contains("::") {
        return "(exports and C)".to_owned();
    }
    // `<&mut core::iter::Map<..> as Iterator>::next` belongs to the first path inside.
    let path = path.trim_start_matches(|c: char| !c.is_ascii_alphabetic() && c != '_');
    let path = ["mut ", "dyn ", "const "]
        .iter()
        .fold(path, |path, word| path.trim_start_matches(word));
    let name: String = path
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    // Methods of primitive types, such as `<f64>::powf`, are std's.
    if PRIMITIVES.contains(&name.as_str()) {
        "std".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_names_its_crate() {
        for (symbol, expected) in [
            ("_ZN10boa_engine2vm3run17h0123456789abcdefE", "boa_engine"),
            (
                "_ZN56_$LT$boa_gc..Gc$LT$T$GT$$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
                "boa_gc",
            ),
            ("_RNvCsciUMGOH01m6_1b3reg", "b"),
            ("memcpy", "(exports and C)"),
            ("(unnamed)", "(exports and C)"),
        ] {
            assert_eq!(crate_of(symbol), expected, "{symbol}");
        }
    }
}
