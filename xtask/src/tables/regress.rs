//! The tables of `regress`, which `src/tables.rs` unpacks where one is asked for.
//!
//! A table's intervals are written as how far each begins behind the one before and how far it
//! reaches, seven bits to a byte. Many tables share a record, all strings have one.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::Records;
use crate::engine_source::Files;

const SOURCE: &str = "src/unicodetables.rs";

/// Bytes of a record, unless one table has more. Reason: a read costs 60 Ggas and 9 Mgas a byte.
const RECORD_BYTES: usize = 2_048;

/// What was packed, and the source without it.
#[derive(Default)]
struct Packed {
    records: Records,
    /// Where the record begins that is not full yet.
    record: usize,
    /// Where the bytes of each table begin.
    tables: Vec<usize>,
    /// Of each set of strings: the first and the one behind its last.
    sets: Vec<(usize, usize)>,
    /// How many code points the strings have in all.
    code_points: usize,
}

/// Takes the tables; the source asks for them by their numbers.
pub(super) fn take(files: &mut Files) -> Result<Records> {
    let mut source = super::text(files, SOURCE)?;
    let mut packed = Packed::default();
    let tables = take_items(&mut source, "const ", ": [Interval; ")?;
    packed.add_tables(&tables)?;
    for (index, (name, _)) in tables.iter().enumerate() {
        source = replaced(&source, &format!("&{name}"), &format!("table({index})"));
    }
    let sets = take_items(&mut source, "static ", ": &[&[u32]; ")?;
    packed.add_sets(&sets)?;
    for (index, (name, _)) in sets.iter().enumerate() {
        let asked = format!("{name}.as_slice()");
        source = replaced(&source, &asked, &format!("string_set({index})"));
    }
    source += &packed.index();
    files.insert(PathBuf::from(SOURCE), source.into_bytes());
    Ok(packed.records)
}

/// Takes items `<keyword>NAME<kind>N] = [...];` out of the source; gives names and what they hold.
fn take_items(source: &mut String, keyword: &str, kind: &str) -> Result<Vec<(String, String)>> {
    let mut items = Vec::new();
    while let Some(at) = source.find(kind) {
        let start = source[..at].rfind('\n').map_or(0, |line| line + 1);
        let end = at + source[at..].find("];\n").context("an end")? + 3;
        let name = source[start..at].trim_start_matches("pub(crate) ");
        let name = name.strip_prefix(keyword).context("an item of this kind")?;
        let (_, text) = source[at..end].split_once(" =").context("a value")?;
        items.push((name.to_owned(), text.to_owned()));
        source.replace_range(start..end, "");
    }
    ensure!(!items.is_empty(), "no{kind}");
    Ok(items)
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

fn numbers(text: &str) -> Result<Vec<u32>> {
    let digits = text.split(|c: char| !c.is_ascii_digit());
    let digits = digits.filter(|digits| !digits.is_empty());
    digits.map(|digits| Ok(digits.parse()?)).collect()
}

fn strings(text: &str) -> Result<Vec<Vec<u32>>> {
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
    fn add_tables(&mut self, tables: &[(String, String)]) -> Result<()> {
        let tables = tables.iter().map(|(_, text)| numbers(text));
        let tables = tables.collect::<Result<Vec<_>>>()?;
        for (index, table) in tables.iter().enumerate() {
            if let Some(same) = tables[..index].iter().position(|other| other == table) {
                self.tables.push(self.tables[same]);
                continue;
            }
            ensure!(table.is_sorted() && table.len().is_multiple_of(2));
            let mut bytes = Vec::new();
            put(&mut bytes, table.len() as u32 / 2);
            let mut last = 0;
            for &number in table {
                put(&mut bytes, number - last);
                last = number;
            }
            let all = self.records.bytes.len();
            if all > self.record && all + bytes.len() > self.record + RECORD_BYTES {
                self.end_record();
            }
            self.tables.push(all);
            self.records.bytes.extend(bytes);
        }
        self.end_record();
        Ok(())
    }

    fn end_record(&mut self) {
        self.record = self.records.bytes.len();
        self.records.ends.push(self.record);
    }

    /// Writes the strings one after the other, each by the one before. The last set has to be the
    /// others in their order; it gets no bytes of its own.
    fn add_sets(&mut self, sets: &[(String, String)]) -> Result<()> {
        let sets = sets.iter().map(|(_, text)| strings(text));
        let sets = sets.collect::<Result<Vec<_>>>()?;
        let (all, parts) = sets.split_last().context("sets")?;
        ensure!(*all == parts.concat(), "the last set is the others");
        let (mut count, mut before) = (0, Vec::new());
        for set in parts {
            self.sets.push((count, count + set.len()));
            count += set.len();
            for string in set {
                self.add_string(&before, string)?;
                before.clone_from(string);
            }
        }
        self.sets.push((0, count));
        self.end_record();
        Ok(())
    }

    /// How many code points are the string's before, how many follow, and each by the one at its
    /// place before.
    fn add_string(&mut self, before: &[u32], string: &[u32]) -> Result<()> {
        let same = before.iter().zip(string).take_while(|(a, b)| a == b);
        let same = same.count();
        let follow = string.len() - same;
        ensure!(same < 16 && follow < 16);
        let bytes = &mut self.records.bytes;
        bytes.push((same << 4 | follow) as u8);
        for (index, code_point) in string.iter().enumerate().skip(same) {
            let step = *code_point as i32 - before.get(index).copied().unwrap_or(0) as i32;
            put(bytes, (step << 1 ^ step >> 31) as u32);
        }
        self.code_points += string.len();
        Ok(())
    }

    fn index(&self) -> String {
        let mut text = "\nuse crate::tables::{string_set, table};\n".to_owned();
        let mut list = |name: &str, kind: &str, of: &dyn std::fmt::Debug, count: usize| {
            let line = format!("pub(crate) static {name}: [{kind}; {count}] = {of:?};");
            writeln!(text, "{line}").expect("a text");
        };
        list("TABLES", "u16", &self.tables, self.tables.len());
        list("STRING_SETS", "(u16, u16)", &self.sets, self.sets.len());
        list("ENDS", "u16", &self.records.ends, self.records.ends.len());
        text + &format!(
            "pub(crate) const COUNT: usize = {};\npub(crate) const CODE_POINTS: usize = {};\n",
            self.tables.len(),
            self.code_points
        )
    }
}
