//! What stored entries cost, and who paid which part of one: the arithmetic of bills (docs/storage.md).
//!
//! In: lengths, and the note that lies beside an entry. Out: bytes to be paid for, and what each
//! payer is charged or gets back. Knows neither journal nor money; `charge.rs` moves that.

use crate::record::corrupt;
use conclave_abi::error::Failure;

/// Price of a stored byte, in yoctoNEAR. Source: NEAR protocol, `storage_amount_per_byte`.
pub(crate) const YOCTO_PER_BYTE: u128 = 10_000_000_000_000_000_000;

/// The payer that is the subcontract itself, in whose storage the entry is.
pub(crate) const ITSELF: &str = "";
/// The payer that is the enclave. No account and no subcontract has such a name.
pub(crate) const ENCLAVE: &str = "*";

/// A value is billed in steps of so many bytes, so that a number that gets a digit more costs
/// nothing.
const VALUE_STEP: u64 = 32;
/// Longest value that lies in a page (docs/spec/state.md).
const INLINE_BYTES_MAX: u64 = 256;
/// What an entry takes beside key and value.
const ENTRY: u64 = 8;
/// What a page takes beside its entries and its prefix: record, names, its place in the page above.
const PAGE: u64 = 209;
/// What the entries of a page weigh at least.
const PAGE_WEIGHT_MIN: u64 = 250;
/// What a value beside its page takes beside itself and its key.
const BESIDE: u64 = 64;
/// What an account record takes beside id and owner, its entry among the ids included.
const ACCOUNT: u64 = 164;
/// What a payer's name takes beside itself.
const NAME: u64 = 6;
/// Most that share an entry. Reason: each takes a name in the entry, which every writer rewrites.
const SHARES_MAX: usize = 4;

/// Bytes billed for an entry with a key and a value of such lengths. Never less than what it takes,
/// whatever else is stored: key and value, and its share of a page of the lightest kind.
pub(crate) fn of_entry(key_bytes: usize, value_bytes: usize) -> u64 {
    let (key, value) = (key_bytes as u64, value_bytes as u64);
    let value = (value + 1).next_multiple_of(VALUE_STEP);
    if value_bytes as u64 <= INLINE_BYTES_MAX {
        return inline(key, value);
    }
    let beside = inline(key, VALUE_STEP) + value + BESIDE + key.min(64);
    // A longer value never costs less.
    beside.max(inline(
        key,
        (INLINE_BYTES_MAX + 1).next_multiple_of(VALUE_STEP),
    ))
}

fn inline(key: u64, value: u64) -> u64 {
    let own = ENTRY + key + value;
    own + (PAGE + key).min(own * (PAGE + key) / PAGE_WEIGHT_MIN)
}

/// Bytes billed for the account record of a subcontract, to its owner.
pub(crate) fn of_account(id: &str, owner: &str) -> u64 {
    ACCOUNT + id.len() as u64 * 2 + owner.len() as u64 + inline(id.len() as u64, 0)
}

/// Bytes that a host record takes. Source: NEAR, `storage_num_extra_bytes_record`.
pub(crate) fn of_record(key_bytes: usize, record_bytes: usize) -> u64 {
    (40 + key_bytes + record_bytes) as u64
}

/// Who is charged (above 0) or gets back (below 0) how many bytes.
pub(crate) type Moved = (String, i64);

/// Who paid for an entry: shares, of which the last goes first when it shrinks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bill(Vec<Share>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Share {
    payer: String,
    bytes: u64,
}

impl Share {
    /// Bytes billed for it: its payer's name lies in the entry too.
    fn cost(&self) -> i64 {
        (self.bytes + name_bytes(&self.payer)) as i64
    }
}

fn name_bytes(payer: &str) -> u64 {
    if payer == ITSELF {
        0
    } else {
        NAME + payer.len() as u64
    }
}

impl Bill {
    /// Reads the note of an entry that is billed so many bytes.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn read(note: &[u8], bytes: u64) -> Result<Self, Failure> {
        Self::parse(note, bytes).ok_or_else(|| corrupt("who paid for an entry"))
    }

    fn parse(mut note: &[u8], bytes: u64) -> Option<Self> {
        let (mut shares, mut left) = (Vec::new(), bytes);
        loop {
            let (length, rest) = note.split_first().unwrap_or((&0, &[]));
            let (payer, rest) = rest.split_at_checked(usize::from(*length))?;
            let payer = core::str::from_utf8(payer).ok()?.to_owned();
            let Some((share, rest)) = rest.split_first_chunk::<4>() else {
                shares.push(Share { payer, bytes: left });
                return rest.is_empty().then_some(Self(shares));
            };
            let bytes = u64::from(u32::from_be_bytes(*share));
            left = left.checked_sub(bytes)?;
            shares.push(Share { payer, bytes });
            note = rest;
        }
    }

    /// The note: of each share the payer's name behind its length, and but for the last its bytes
    /// (`u32`). Empty where the subcontract itself paid for all.
    pub(crate) fn note(&self) -> Vec<u8> {
        let mut note = Vec::new();
        for (index, Share { payer, bytes }) in self.0.iter().enumerate() {
            let is_last = index + 1 == self.0.len();
            if is_last && index == 0 && payer == ITSELF {
                break;
            }
            note.push(payer.len() as u8);
            note.extend_from_slice(payer.as_bytes());
            if !is_last {
                note.extend_from_slice(&(*bytes as u32).to_be_bytes());
            }
        }
        note
    }

    /// Bytes of key and value that are billed.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.iter().map(|share| share.bytes).sum()
    }

    /// Makes it a bill of so many bytes: `payer` pays for more, and who paid last gets back what is
    /// less. A payer who comes when there are many already takes over the last one's share.
    pub(crate) fn resize(&mut self, bytes: u64, payer: &str) -> Vec<Moved> {
        let before = self.bytes();
        if bytes > before {
            self.grow(bytes - before, payer)
        } else {
            self.shrink(before - bytes)
        }
    }

    fn grow(&mut self, mut more: u64, payer: &str) -> Vec<Moved> {
        let mut moved = Vec::new();
        let is_his = |share: &Share| share.payer == payer;
        if self.0.len() >= SHARES_MAX
            && !self.0.last().is_some_and(is_his)
            && let Some(last) = self.0.pop()
        {
            more += last.bytes;
            moved.push((last.payer.clone(), -last.cost()));
        }
        match self.0.last_mut() {
            Some(last) if is_his(last) => {
                last.bytes += more;
                moved.push((payer.to_owned(), more as i64));
            }
            _ => {
                let payer = payer.to_owned();
                let share = Share { payer, bytes: more };
                moved.push((share.payer.clone(), share.cost()));
                self.0.push(share);
            }
        }
        moved
    }

    fn shrink(&mut self, mut less: u64) -> Vec<Moved> {
        let mut moved = Vec::new();
        while less > 0
            && let Some(last) = self.0.last_mut()
        {
            let back = less.min(last.bytes);
            less -= back;
            last.bytes -= back;
            let mut cost = back as i64;
            if last.bytes == 0 {
                cost += name_bytes(&last.payer) as i64;
            }
            moved.push((last.payer.clone(), -cost));
            if last.bytes == 0 {
                self.0.pop();
            }
        }
        moved
    }

    /// Who paid how many bytes, names included.
    pub(crate) fn payers(&self) -> impl Iterator<Item = (&str, u64)> {
        let payers = self.0.iter();
        payers.map(|share| (share.payer.as_str(), share.cost() as u64))
    }
}

#[cfg(test)]
#[path = "bill_strict_tests.rs"]
mod strict_tests;
#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;
