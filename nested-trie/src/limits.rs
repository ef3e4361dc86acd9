//! The bounds of what is stored, and what they follow from.

/// Bytes of the longest subcontract id: a 64-byte label, `@`, a 64-byte account, and room for nested labels.
pub const ID_BYTES_MAX: usize = 256;

/// Bytes of the longest key.
pub const KEY_BYTES_MAX: usize = 2_048;

/// Most that entries weigh together in a page that has no children, but for one that is heavier
/// alone. Set by measured gas: docs/adr/0061.
pub(crate) const LEAF_WEIGHT_MAX: u32 = 1_000;

/// Most that the items of a page with children weigh together, but for two children with long
/// prefixes. Such a page is read more often than written. Set by measured gas: docs/adr/0061.
pub(crate) const PAGE_WEIGHT_MAX: u32 = 1_200;

/// What items weigh at least that go into a page of their own because those beside them did.
pub(crate) const PAGE_WEIGHT_MIN: u32 = LEAF_WEIGHT_MAX / 4;

/// Bytes of the longest value that lies in its page. Set by measured gas: docs/adr/0061.
pub(crate) const INLINE_BYTES_MAX: usize = 256;
