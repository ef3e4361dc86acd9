//! The tables of `icu_normalizer_data`: what its files hold as literals, byte for byte.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::Records;
use crate::engine_source::Files;

/// Which tables share a record, by what they are for: each form needs two of the records.
const RECORDS: [&[&str]; 3] = [
    // NFD, NFC.
    &["nfd_data"],
    // All.
    &["nfd_tables", "nfc"],
    // NFKD, NFKC.
    &["nfkd_data", "nfkd_tables"],
];

/// Takes the tables; what `load` gives is made of what was read of the records.
pub(super) fn take(files: &mut Files) -> Result<Records> {
    let mut records = Records::default();
    // The record of each table, and where in it the table lies.
    let mut places = Vec::new();
    for (record, names) in RECORDS.iter().enumerate() {
        let start = records.bytes.len();
        for name in *names {
            let path = format!("data/normalizer_{name}_v1.rs.data");
            let source = super::text(files, &path)?;
            let mut take = |bytes: Vec<u8>| {
                let from = records.bytes.len() - start;
                records.bytes.extend(&bytes);
                places.push((record, from, from + bytes.len()));
                places.len() - 1
            };
            let source = loaded(&source, &mut take).with_context(|| path.clone())?;
            files.insert(PathBuf::from(path), source.into_bytes());
        }
        records.ends.push(records.bytes.len());
    }
    let index = format!(
        "/// The record of each table, and where in it the table lies.\n\
         static PLACES: [(usize, usize, usize); {}] = {places:?};\n\
         /// Where each record ends.\n\
         #[cfg(not(target_arch = \"wasm32\"))]\n\
         static ENDS: [usize; {}] = {:?};\n",
        places.len(),
        records.ends.len(),
        records.ends,
    );
    files.insert(PathBuf::from("src/places.rs"), index.into_bytes());
    Ok(records)
}

/// The source with what `load` gives made of tables that are asked for; takes their bytes.
fn loaded(source: &str, take: &mut impl FnMut(Vec<u8>) -> usize) -> Result<String> {
    let (_, behind) = source.split_once("DataStruct = &").context("a constant")?;
    let (mut value, _) = behind.split_once("};\n        }\n").context("its end")?;
    let mut made = String::new();
    while let Some((before, behind)) = value.split_once("b\"") {
        let mut bytes = Vec::new();
        value = take_literal(behind, &mut bytes)?;
        write!(made, "{before}$crate::table({})", take(bytes))?;
        made += ".ok_or(icu_provider::DataError::custom(\"no tables\"))?";
    }
    let (before, behind) = source
        .split_once("from_static_ref(Self::")
        .context("what it gives")?;
    let (_, behind) = behind.split_once(')').context("its end")?;
    Ok(format!("{before}from_owned({made}{value}}}){behind}"))
}

/// Takes the bytes of a literal; gives what stands behind it.
fn take_literal<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str> {
    let mut rest = text;
    loop {
        let (next, behind) = rest.split_at(1);
        rest = behind;
        match next {
            "\"" => return Ok(rest),
            "\\" => rest = take_escape(rest, bytes)?,
            _ => bytes.extend(next.bytes()),
        }
    }
}

fn take_escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str> {
    let (kind, behind) = text.split_at(1);
    let byte = match kind {
        "0" => 0,
        "t" => b'\t',
        "n" => b'\n',
        "r" => b'\r',
        "x" => {
            bytes.push(u8::from_str_radix(&behind[..2], 16)?);
            return Ok(&behind[2..]);
        }
        "\\" | "\"" | "'" => kind.as_bytes()[0],
        _ => bail!("no such escape: {kind}"),
    };
    bytes.push(byte);
    Ok(behind)
}
