//! Packs the tables of `data`, which `src/packed.rs` unpacks where one is asked for.
//!
//! Bytes that stood before, in whatever table, are written as how many they are and how far behind
//! they lie; what comes between them as it is.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

/// The tables that are packed: first those of the canonical forms, from which the others take bytes.
const CANONICAL: [&str; 3] = ["nfd_data", "nfd_tables", "nfc"];
const COMPATIBLE: [&str; 2] = ["nfkd_data", "nfkd_tables"];

/// Fewest bytes that are taken from before.
const COPIED_MIN: usize = 4;
/// Most places that are looked at for the longest copy.
const PLACES_MAX: usize = 100;

fn main() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=pack.rs");
    println!("cargo::rustc-check-cfg=cfg(icu4x_custom_data)");
    let folder = PathBuf::from(env::var("OUT_DIR").expect("cargo says where"));
    for file in fs::read_dir("data").expect("the tables") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name");
        fs::copy(&path, folder.join(name)).expect("a copy");
    }
    let (mut bytes, mut tables) = (Vec::new(), Vec::new());
    let mut take = |name: &&str| {
        let path = folder.join(format!("normalizer_{name}_v1.rs.data"));
        let source = fs::read_to_string(&path).expect("a file of tables");
        fs::write(&path, loaded_unpacked(&source, &mut bytes, &mut tables)).expect("a file");
        bytes.len()
    };
    let canonical_end = CANONICAL.iter().map(&mut take).last().expect("tables");
    COMPATIBLE.iter().for_each(|name| {
        take(name);
    });
    let (canonical, compatible) = packed(&bytes, canonical_end);
    let source = format!(
        "const CANONICAL_END: usize = {canonical_end};\nconst END: usize = {};\n\
         static TABLES: [(usize, usize); {}] = {tables:?};\n\
         static CANONICAL_BYTES: [u8; {}] = {canonical:?};\n\
         static COMPATIBLE_BYTES: [u8; {}] = {compatible:?};\n",
        bytes.len(),
        tables.len(),
        canonical.len(),
        compatible.len(),
    );
    fs::write(folder.join("packed.rs"), source).expect("a file");
}

/// The source with what `load` gives made of unpacked tables; takes their bytes.
fn loaded_unpacked(
    source: &str,
    bytes: &mut Vec<u8>,
    tables: &mut Vec<(usize, usize)>,
) -> String {
    let (_, behind) = source.split_once("DataStruct = &").expect("a constant");
    let (mut value, _) = behind.split_once("};\n        }\n").expect("its end");
    let mut made = String::new();
    while let Some((before, behind)) = value.split_once("b\"") {
        let start = bytes.len();
        value = take_literal(behind, bytes);
        write!(made, "{before}$crate::table({})", tables.len()).expect("a text");
        tables.push((start, bytes.len()));
    }
    let (before, behind) = source.split_once("from_static_ref(Self::").expect("what it gives");
    let (_, behind) = behind.split_once(')').expect("its end");
    format!("{before}from_owned({made}{value}}}){behind}")
}

/// Takes the bytes of a literal; gives what stands behind it.
fn take_literal<'a>(text: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let mut rest = text;
    loop {
        let (next, behind) = rest.split_at(1);
        rest = behind;
        match next {
            "\"" => return rest,
            "\\" => rest = take_escape(rest, bytes),
            _ => bytes.extend(next.bytes()),
        }
    }
}

fn take_escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let (kind, behind) = text.split_at(1);
    let byte = match kind {
        "0" => 0,
        "t" => b'\t',
        "n" => b'\n',
        "r" => b'\r',
        "x" => {
            bytes.push(u8::from_str_radix(&behind[..2], 16).expect("two digits"));
            return &behind[2..];
        }
        "\\" | "\"" | "'" => kind.as_bytes()[0],
        _ => panic!("no such escape: {kind}"),
    };
    bytes.push(byte);
    behind
}

/// The bytes packed in two parts, of which the second begins at a place.
fn packed(bytes: &[u8], second: usize) -> (Vec<u8>, Vec<u8>) {
    let copies = best_copies(bytes, second);
    let (mut first, mut out) = (Vec::new(), Vec::new());
    let (mut place, mut literal) = (0, 0);
    while place < bytes.len() {
        let (length, distance) = copies[place];
        place += length.max(1);
        let is_end = place == second || place == bytes.len();
        if length > 0 {
            put_step(&mut out, &bytes[literal..place - length], length, distance);
        } else if is_end {
            put_step(&mut out, &bytes[literal..place], 0, 0);
        } else {
            continue;
        }
        literal = place;
        if place == second {
            first = std::mem::take(&mut out);
        }
    }
    (first, out)
}

/// For each place the copy with which all that follows is shortest, as its length and how far
/// behind it lies; a length of zero where the byte is written as it is. None reaches over `second`.
fn best_copies(bytes: &[u8], second: usize) -> Vec<(usize, usize)> {
    let all = longer_copies(bytes, second);
    let mut best = vec![(0, 0); bytes.len()];
    // Half bytes; a step takes two beyond what it holds.
    let mut cost = vec![0; bytes.len() + 1];
    for place in (0..bytes.len()).rev() {
        cost[place] = cost[place + 1] + 2;
        for &(longest, distance) in &all[place] {
            for length in [longest, longest.min(14), COPIED_MIN] {
                let more = if length < 15 { 0 } else { 2 * number_bytes(length - 15) };
                let with = cost[place + length] + 3 + more + 2 * number_bytes(distance);
                if with < cost[place] {
                    cost[place] = with;
                    best[place] = (length, distance);
                }
            }
        }
    }
    best
}

/// For each place the nearest copies, each longer than those before it.
fn longer_copies(bytes: &[u8], second: usize) -> Vec<Vec<(usize, usize)>> {
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
    let mut all = vec![Vec::new(); bytes.len()];
    for place in 0..bytes.len().saturating_sub(COPIED_MIN) {
        let end = if place < second { second } else { bytes.len() };
        let known = places.entry(&bytes[place..place + COPIED_MIN]).or_default();
        let mut longest = COPIED_MIN - 1;
        for &from in known.iter().rev().take(PLACES_MAX) {
            let pairs = bytes[place..end].iter().zip(&bytes[from..]);
            let length = pairs.take_while(|(a, b)| a == b).count();
            if length > longest {
                longest = length;
                all[place].push((length, place - from));
            }
        }
        known.push(place);
    }
    all
}

fn put_step(out: &mut Vec<u8>, literal: &[u8], length: usize, distance: usize) {
    out.push((literal.len().min(15) << 4 | length.min(15)) as u8);
    if literal.len() >= 15 {
        put(out, literal.len() - 15);
    }
    out.extend(literal);
    if length >= 15 {
        put(out, length - 15);
    }
    if length > 0 {
        put(out, distance);
    }
}

fn put(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn number_bytes(number: usize) -> usize {
    1 + (number >= 0x80) as usize + (number >= 0x4000) as usize
}
