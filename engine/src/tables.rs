//! Unicode's tables, which patterns and `normalize` ask for: read of the host, where one is needed.
//!
//! In: records of the tables, from [`Host::table`](crate::port::Host::table), each asked for once in
//! an execution. Out: their bytes, to the crates that unpack them (docs/adr/0073). The contract holds
//! none of them, only their hash and where each record ends.

use crate::hooks;
use std::cell::RefCell;
use std::ops::Range;

include!("../../target/engine-source/tables.rs");

/// How many records there are.
pub const COUNT: usize = ENDS.len();

/// All records, one after the other: for builds other than the contract's.
#[cfg(not(target_arch = "wasm32"))]
pub static BYTES: &[u8] = include_bytes!("../../target/engine-source/tables");

thread_local! {
    /// What was read in this execution.
    static READ: RefCell<[Option<&'static [u8]>; COUNT]> = const { RefCell::new([None; COUNT]) };
}

/// Where a record lies in the tables.
#[must_use]
pub fn place(record: usize) -> Range<usize> {
    let start = record.checked_sub(1).map_or(0, |before| ENDS[before]);
    start as usize..ENDS[record] as usize
}

/// Makes the crates that unpack tables ask here for them.
pub(crate) fn install() {
    regress::tables::read_with(|record| read(PATTERNS + record));
    icu_normalizer_data::tables::read_with(|record| read(NORMALIZER + record));
}

/// Forgets what was read: the next execution has to read it itself.
pub(crate) fn forget() {
    READ.set([None; COUNT]);
}

/// A record. None where the host has none: it ends the execution then.
fn read(record: usize) -> Option<&'static [u8]> {
    if let Some(known) = READ.with_borrow(|known| known[record]) {
        return Some(known);
    }
    let bytes = match hooks::host() {
        Some(host) => host.table(record).ok()?,
        None => built_in(record)?,
    };
    READ.with_borrow_mut(|known| known[record] = Some(bytes));
    Some(bytes)
}

/// A record where there is no host.
#[cfg(not(target_arch = "wasm32"))]
fn built_in(record: usize) -> Option<&'static [u8]> {
    Some(&BYTES[place(record)])
}

/// The contract has none.
#[cfg(target_arch = "wasm32")]
fn built_in(_: usize) -> Option<&'static [u8]> {
    None
}
