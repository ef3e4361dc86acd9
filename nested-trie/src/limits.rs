//! The bounds of what is stored, and what they follow from.

/// Bytes of the longest subcontract id: a 64-byte label, `@`, a 64-byte account, and room for nested labels.
pub const ID_BYTES_MAX: usize = 256;

/// Bytes of the longest key.
pub const KEY_BYTES_MAX: usize = 2_048;

/// Most that the items of a page weigh together, but for a page of one entry or two children that
/// is heavier. Set by measured gas: docs/adr/0061.
pub(crate) const PAGE_WEIGHT_MAX: u32 = 1_000;

/// Bytes of the longest value that lies in its page. Set by measured gas: docs/adr/0061.
pub(crate) const INLINE_BYTES_MAX: usize = 256;
