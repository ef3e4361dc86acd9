//! The tables, read where one is asked for.
//!
//! In: records of the tables, from whoever has them. Out: what the published tables hold, byte for
//! byte.

extern crate std;

use std::sync::OnceLock;

include!("places.rs");

/// Gives a record, by its number. It is asked each time a table is needed.
pub type Reader = fn(usize) -> Option<&'static [u8]>;

static READER: OnceLock<Reader> = OnceLock::new();

/// Says who has the records. Only the first word counts; without one, they are built in, but not in
/// Wasm.
pub fn read_with(reader: Reader) {
    READER.get_or_init(|| reader);
}

/// The bytes of a table, where it can be read.
#[must_use]
pub fn table(index: usize) -> Option<&'static [u8]> {
    let (record, start, end) = PLACES[index];
    Some(&read(record)?[start..end])
}

fn read(record: usize) -> Option<&'static [u8]> {
    match READER.get() {
        Some(reader) => reader(record),
        #[cfg(not(target_arch = "wasm32"))]
        None => {
            let start = if record == 0 { 0 } else { ENDS[record - 1] };
            Some(&include_bytes!("tables.bytes")[start..ENDS[record]])
        }
        #[cfg(target_arch = "wasm32")]
        None => None,
    }
}
