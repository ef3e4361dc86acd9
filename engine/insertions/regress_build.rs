//! Packs the Unicode tables of `src/unicodetables.rs`, which `src/packed_tables.rs` unpacks where
//! one is asked for.
//!
//! A table's intervals are written as how far each begins behind the one before and how far it
//! reaches, seven bits to a byte.

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

/// What was packed, and the source without it.
#[derive(Default)]
struct Packed {
    bytes: Vec<u8>,
    /// Where the bytes of each table begin.
    tables: Vec<usize>,
    /// Of each set of strings: the first and the one behind its last.
    sets: Vec<(usize, usize)>,
    /// Where the strings begin.
    strings: usize,
    /// How many code points the strings have in all.
    code_points: usize,
}

fn main() {
    println!("cargo::rerun-if-changed=src/unicodetables.rs");
    println!("cargo::rerun-if-changed=build.rs");
    let mut source = fs::read_to_string("src/unicodetables.rs").expect("the tables");
    let mut packed = Packed::default();
    let tables = take_items(&mut source, "const ", ": [Interval; ");
    packed.add_tables(&tables.iter().map(|(_, text)| numbers(text)).collect::<Vec<_>>());
    for (index, (name, _)) in tables.iter().enumerate() {
        source = replaced(&source, &format!("&{name}"), &format!("table({index})"));
    }
    let sets = take_items(&mut source, "static ", ": &[&[u32]; ");
    packed.add_sets(&sets.iter().map(|(_, text)| strings(text)).collect::<Vec<_>>());
    for (index, (name, _)) in sets.iter().enumerate() {
        source = replaced(&source, &format!("{name}.as_slice()"), &format!("string_set({index})"));
    }
    write!(source, "{}", packed.source()).expect("a text");
    let folder = PathBuf::from(env::var("OUT_DIR").expect("cargo says where"));
    fs::write(folder.join("unicodetables.rs"), source).expect("a file");
}

/// Takes items `<keyword>NAME<kind>N] = [...];` out of the source; gives names and what they hold.
fn take_items(source: &mut String, keyword: &str, kind: &str) -> Vec<(String, String)> {
    let mut items = Vec::new();
    while let Some(at) = source.find(kind) {
        let start = source[..at].rfind('\n').map_or(0, |line| line + 1);
        let end = at + source[at..].find("];\n").expect("an end") + 3;
        let name = source[start..at].trim_start_matches("pub(crate) ");
        let name = name.strip_prefix(keyword).expect("an item of this kind").to_owned();
        let text = source[at..end].split_once(" =").expect("a value").1.to_owned();
        items.push((name, text));
        source.replace_range(start..end, "");
    }
    assert!(!items.is_empty(), "no{kind}");
    items
}

/// Replaces a word that stands alone.
fn replaced(source: &str, word: &str, by: &str) -> String {
    let mut parts = source.split(word);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_longer = part.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        out += if is_longer { word } else { by };
        out += part;
    }
    out
}

fn numbers(text: &str) -> Vec<u32> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    digits.map(|digits| digits.parse().expect("a number")).collect()
}

fn strings(text: &str) -> Vec<Vec<u32>> {
    text.split("&[").skip(2).map(numbers).collect()
}

fn put(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

impl Packed {
    /// Writes the tables, given as the first and the last of each interval; the same one once.
    fn add_tables(&mut self, tables: &[Vec<u32>]) {
        for (index, table) in tables.iter().enumerate() {
            if let Some(same) = tables[..index].iter().position(|other| other == table) {
                self.tables.push(self.tables[same]);
                continue;
            }
            assert!(table.is_sorted() && table.len().is_multiple_of(2));
            self.tables.push(self.bytes.len());
            put(&mut self.bytes, table.len() as u32 / 2);
            let mut last = 0;
            for &number in table {
                put(&mut self.bytes, number - last);
                last = number;
            }
        }
    }

    /// Writes the strings one after the other, each by the one before. The last set has to be the
    /// others in their order; it gets no bytes of its own.
    fn add_sets(&mut self, sets: &[Vec<Vec<u32>>]) {
        let (all, parts) = sets.split_last().expect("sets");
        assert_eq!(*all, parts.concat(), "the last set is the others");
        self.strings = self.bytes.len();
        let (mut count, mut before) = (0, Vec::new());
        for set in parts {
            self.sets.push((count, count + set.len()));
            count += set.len();
            for string in set {
                self.add_string(&before, string);
                self.code_points += string.len();
                before.clone_from(string);
            }
        }
        self.sets.push((0, count));
    }

    /// How many code points are the string's before, how many follow, and each by the one at its
    /// place before.
    fn add_string(&mut self, before: &[u32], string: &[u32]) {
        let same = before.iter().zip(string).take_while(|(a, b)| a == b).count();
        let follow = string.len() - same;
        assert!(same < 16 && follow < 16);
        self.bytes.push((same << 4 | follow) as u8);
        for (index, code_point) in string.iter().enumerate().skip(same) {
            let step = *code_point as i32 - before.get(index).copied().unwrap_or(0) as i32;
            put(&mut self.bytes, (step << 1 ^ step >> 31) as u32);
        }
    }

    fn source(&self) -> String {
        format!(
            "\nuse crate::packed_tables::{{string_set, table}};\n\
             pub(crate) const COUNT: usize = {};\n\
             pub(crate) static TABLES: [u16; COUNT] = {:?};\n\
             pub(crate) static STRING_SETS: [(u16, u16); {}] = {:?};\n\
             pub(crate) static BYTES: [u8; {}] = {:?};\n\
             pub(crate) const STRINGS: usize = {};\n\
             pub(crate) const CODE_POINTS: usize = {};\n",
            self.tables.len(),
            self.tables,
            self.sets.len(),
            self.sets,
            self.bytes.len(),
            self.bytes,
            self.strings,
            self.code_points,
        )
    }
}
